{
  int = 1;
  negative = -1;
  float = 1.5;
  small = 1.0e-5;
  string = "a\n\t\r\"\\\${b} $ $$";
  path = /a/b;
  empty-list = [ ];
  list = [ 1 [ 2 ] ];
  empty-set = { };
  "quoted name" = null;
  "if" = true;
  "1a" = false;
  a'b-c_d = 0;
  nested.attrs.here = "deep";
}
