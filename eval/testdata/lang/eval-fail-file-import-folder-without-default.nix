import ./tree/empty.d
