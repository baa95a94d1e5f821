builtins.toXML "<a href=\"x\">&'\n\t\r</a>"
