# A derivation that refers to providers, so that building it builds them. `providers` is what it mentions.
{
  name,
  system,
  providers,
}:
derivation {
  inherit name system;
  builder = "/bin/sh";
  args = [
    "-c"
    ''printf '%s\n' "$providers" > "$out"''
  ];
  providers = builtins.toJSON providers;
}
