[ (import ./tree/set.nix).value (import ./tree/folder) (import (toString ./tree/folder)) (import { outPath = ./tree/folder; }) ]
