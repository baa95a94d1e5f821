builtins.toFile "..-x" "x"
