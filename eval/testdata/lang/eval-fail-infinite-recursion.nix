let
  a = {
    inherit (b) address;
  };
  b = {
    address = "${a.address}/24";
  };
in
a.address
