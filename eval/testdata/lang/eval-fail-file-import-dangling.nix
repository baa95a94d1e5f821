import ./tree/dangling
