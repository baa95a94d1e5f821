import <both.nix>
