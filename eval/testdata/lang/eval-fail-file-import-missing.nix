import ./tree/nope
