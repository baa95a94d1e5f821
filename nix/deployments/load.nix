# What the program calls with the value of a file or of a flake's outputs: gives the root that it is, or null.
(import ./. { lib = import ../lib; }).rootOf
