let __nixPath = [ { prefix = ""; path = ./tree/folder; } ]; in builtins.readFile <deep/text>
