[ (import <x/two.nix>) (import <x/both.nix>) (import <y>) ]
