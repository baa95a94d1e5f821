import ./tree/loop
