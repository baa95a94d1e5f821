<nix/nothing-here.nix>
