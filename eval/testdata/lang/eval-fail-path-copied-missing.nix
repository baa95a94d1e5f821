"${./tree/nope}"
