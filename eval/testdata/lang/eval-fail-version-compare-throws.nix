builtins.compareVersions (throw "a") (throw "b")
