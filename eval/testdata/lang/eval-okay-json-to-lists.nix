map builtins.toJSON [ [ ] [ 1 ] [ 1 "a" null ] [ [ ] [ [ ] ] ] ]
