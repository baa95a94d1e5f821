[ (import <one.nix>) (import <two.nix>) (import <sub>) (import <sub/in.nix>) ]
