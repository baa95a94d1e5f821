<nix>
