import (throw "no path")
