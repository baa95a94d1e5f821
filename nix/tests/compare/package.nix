{ greeting, a }: { text = "${greeting} ${toString a}"; }
