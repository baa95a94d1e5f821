(import ./tree/set.nix).value + (let unused = import ./tree/nope; in 0)
