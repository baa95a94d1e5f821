// Package nixlib holds the Nix side of NixOps4: what `import <nixops4> { }` gives a root.
//
// Its files are default.nix, which names what users can use; components/, the component, provider and
// resource-type modules and mkRoot; providers/, the modules of the providers that ship in the binary;
// deployments/, the form that roots had before; docs/, what documentation is made of; flake/, the
// flake-parts module; and lib/, the standalone
// module system for roots that bring no nixpkgs.
//
// The evaluator resolves the search path entry <nixops4> to Files (engine/nixconfig hands it over), so
// that the binary needs nothing beside it.
package nixlib

import "embed"

// Files is this folder's tree of Nix files, default.nix at its root. It is read-only.
//
//go:embed default.nix components deployments docs flake lib providers
var Files embed.FS
