{
  value = import ./inner.nix { };
}
