let show = p: builtins.substring (builtins.stringLength (toString ./.)) 100 (toString p); in map show [ ./a ./a/../b ./. ../lang/x ./a/. ./tree/.././c ]
