builtins.compareVersions "${builtins.toFile "v" "1"}" "1"
