[ (builtins.split "," "a,b,,c,") (builtins.split "[ ,]+" " a , b ") (builtins.split "\n" "a\nb\n") ]
