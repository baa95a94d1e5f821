map (builtins.match "([a-zA-Z0-9_-]+)=(\"([^\"]*)\"|([^ ]*))( .*)?") [ "a=b" "a=\"b c\" d" "=x" "a= " ]
