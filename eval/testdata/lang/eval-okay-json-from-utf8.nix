builtins.fromJSON ''"é😀"''
