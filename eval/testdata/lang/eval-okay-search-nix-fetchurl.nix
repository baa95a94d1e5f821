[ <nix/fetchurl.nix> (builtins.typeOf (import <nix/fetchurl.nix>)) ]
