builtins.toFile "${./tree/file}" "x"
