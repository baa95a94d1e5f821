{
  hosts = [
    { name = "a"; }
    {
      name = "b";
      ports = [
        80
        (1 + null)
      ];
    }
  ];
}
