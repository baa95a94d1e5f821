# What the tests are about: the nixops4 library with its standalone lib, or with the lib that the
# environment variable NIXOPS4_TEST_LIB names, which must pass the same tests.
let
  path = builtins.getEnv "NIXOPS4_TEST_LIB";
in
import ../.. (if path == "" then { } else { lib = import (/. + path); })
