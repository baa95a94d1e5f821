<nope/nope.nix>
