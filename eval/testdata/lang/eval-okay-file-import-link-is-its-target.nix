map (p: baseNameOf (import p).here) [ ./tree/set.nix ./tree/set-link.nix ]
