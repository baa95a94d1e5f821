import <x/one.nix>
