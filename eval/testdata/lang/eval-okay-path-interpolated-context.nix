map builtins.getContext [ "${./tree/file}" (toString ./tree/file) ("" + ./tree/file) ]
