map builtins.pathExists [
  ./tree ./tree/file ./tree/link ./tree/link-to-link ./tree/folder-link ./tree/dangling ./tree/loop
  ./tree/nope ./tree/file/x ./tree/folder-link/default.nix ./tree/folder-link/nope /. /nope
]
