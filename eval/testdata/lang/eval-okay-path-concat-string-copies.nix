"x" + ./tree/file
