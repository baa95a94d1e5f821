"${./tree + "/bad name"}"
