let
  config = {
    host = "${config.name}.${config.domain}";
    name = "web";
    domain = throw "the option 'domain' is used but not defined";
  };

  render = c: { url = "https://${c.host}/"; };
in
(render config).url
