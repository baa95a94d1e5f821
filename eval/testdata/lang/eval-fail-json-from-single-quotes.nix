builtins.fromJSON '''a'''
