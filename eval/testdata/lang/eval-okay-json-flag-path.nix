{ a = ./dir4; }
