[ (builtins.substring 2 (-1) "nixos") (builtins.substring 2 (-100) "nixos") (builtins.substring 10 (-1) "nixos") ]
