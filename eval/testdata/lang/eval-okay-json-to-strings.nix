map builtins.toJSON [ "\n\r\t\"\\/" "ä日本😀" "\${x}" "'" "a\tb" ]
