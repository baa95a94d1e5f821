builtins.readFile [ ./tree/file ]
