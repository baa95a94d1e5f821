let
  web = {
    outputs.address = "10.0.0.1";
  };
in
"http://${web.outputs.adress}/"
