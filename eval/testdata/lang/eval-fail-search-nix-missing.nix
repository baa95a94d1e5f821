import <nix/nothing-here.nix>
