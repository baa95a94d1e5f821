map (re: map (n: builtins.match re (builtins.substring 0 n "aaaaaa") != null) [ 0 1 2 3 4 ]) [ "a{2}" "a{2,}" "a{1,3}" "a{0,1}" "a{0}" "(aa){1,2}" "a{2}{2}" ]
