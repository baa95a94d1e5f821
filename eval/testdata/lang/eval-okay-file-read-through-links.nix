map builtins.readFile [ ./tree/link ./tree/link-to-link ./tree/folder-link/deep/text ]
