builtins.fromTOML ''"a b" = 1
'c.d' = 2
1234 = 3
"" = 4
"\u00e9" = 5
bare-key_1 = 6
''
