# A customer.
{ lib, ... }:
{
  options.greeting = lib.mkOption {
    type = lib.types.str;
    default = "Hello";
    description = "How the customer likes to be greeted.";
  };
}
