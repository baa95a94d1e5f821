toString ([ 1 (throw "x") ])
