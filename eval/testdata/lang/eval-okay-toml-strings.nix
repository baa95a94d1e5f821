builtins.fromTOML "a = \"tab\\t\\u00e9\\U0001F600\\\"\\\\\"\nb = 'C:\\x'\nc = \"\"\"\nfirst\nsecond \\\n   joined\"\"\"\nd = \"\"\"\"quoted\"\"\"\"\ne = \"\"\n"
