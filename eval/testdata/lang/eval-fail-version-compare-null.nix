builtins.compareVersions null ""
