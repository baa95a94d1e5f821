[ (builtins.getEnv "TEST_VAR") (builtins.getEnv "NOT_SET_AT_ALL") (builtins.getEnv "") ]
