{
  a = 1;
  line = __curPos.line;
}
