{
  description = "NixOps4: manage resources that are declared and wired together by Nix expressions";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAllSystems = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      library = import ./nix { inherit lib; };
    in
    {
      # mkRoot, evalRoot and what else roots are written with, on top of nixpkgs' own lib.
      inherit (library) lib modules;

      packages = forAllSystems (pkgs: rec {
        nixops4 = pkgs.callPackage ./package.nix { };
        default = nixops4;
      });

      checks = forAllSystems (pkgs: {
        # Its check phase runs the tests.
        inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) nixops4;

        gofmt = pkgs.runCommand "nixops4-gofmt" { nativeBuildInputs = [ pkgs.go ]; } ''
          unformatted=$(gofmt -l ${self})
          if [ -n "$unformatted" ]; then
            echo "not formatted by gofmt: $unformatted" >&2
            exit 1
          fi
          touch $out
        '';
      });

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.go
            pkgs.gopls
            pkgs.nixfmt
            pkgs.openssh
            pkgs.postgresql
          ];
        };
      });

      formatter = forAllSystems (pkgs: pkgs.nixfmt);
    };
}
