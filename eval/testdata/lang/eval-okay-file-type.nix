map builtins.readFileType [ ./tree ./tree/file ./tree/link ./tree/dangling ./tree/loop ./tree/folder-link ./tree/script /. ]
