throw "thrown in a file"
