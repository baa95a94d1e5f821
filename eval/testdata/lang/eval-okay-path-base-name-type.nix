map (x: builtins.typeOf (baseNameOf x)) [ "/a/b" /a/b ]
