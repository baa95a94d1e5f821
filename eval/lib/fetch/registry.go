package fetch

// This file looks names of flakes up in registries.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"nixops4/eval/lib/flake"
)

// DefaultRegistry is where the registry is that all have in common.
const DefaultRegistry = "https://channels.nixos.org/flake-registry.json"

// A Registry is a file that says where flakes are, by their names.
type Registry struct {
	// Place is a path or a URL. A file that does not exist is an empty registry.
	Place string
	// Own says that it is the user's or the machine's: inputs of flakes do not depend on it.
	Own bool
}

type registryFile struct {
	Version int
	Flakes  []struct {
		From, To map[string]json.RawMessage
		Exact    bool
	}
}

// resolve replaces the name of a flake by where it is.
func (f *Fetcher) resolve(ctx context.Context, ref *flake.Ref, limited bool) (*flake.Ref, error) {
	for n := 0; ref.Input["type"] == "indirect"; n++ {
		if n == 100 {
			return nil, fmt.Errorf("cycle detected in flake registry for '%s'", ref)
		}
		next, err := f.lookUp(ctx, ref, limited)
		if err != nil {
			return nil, err
		}
		ref = next
	}
	return ref, nil
}

// lookUp finds the first entry for a name.
func (f *Fetcher) lookUp(ctx context.Context, ref *flake.Ref, limited bool) (*flake.Ref, error) {
	asked := []string{}
	for _, r := range f.Registries {
		if limited && r.Own {
			continue
		}
		asked = append(asked, r.Place)
		file, err := f.registry(ctx, r.Place)
		if err != nil {
			return nil, fmt.Errorf("looking up '%s' in the flake registry '%s': %w", ref, r.Place, err)
		}
		for _, e := range file.Flakes {
			from, err := flake.RefFromJSON(e.From)
			if err != nil || !matches(from.Input, ref.Input, e.Exact) {
				continue // a kind of entry that is not known here cannot be a name
			}
			to, err := flake.RefFromJSON(e.To)
			if err != nil {
				return nil, fmt.Errorf("reading the flake registry '%s': %w", r.Place, err)
			}
			return withRef(to, from.Input, ref)
		}
	}
	where := "there is no registry"
	if len(asked) > 0 {
		where = "looked in " + strings.Join(asked, ", ")
	}
	return nil, fmt.Errorf("cannot find flake '%s' in the flake registries (%s); write where it is, such as github:NixOS/nixpkgs", ref, where)
}

func matches(from, asked flake.Attrs, exact bool) bool {
	if from["type"] != "indirect" || from["id"] != asked["id"] {
		return false
	}
	if exact {
		return maps.Equal(from, asked)
	}
	return (from["ref"] == nil || from["ref"] == asked["ref"]) && (from["rev"] == nil || from["rev"] == asked["rev"])
}

// withRef is where an entry leads to, with the branch and the commit that were asked for.
func withRef(to *flake.Ref, from flake.Attrs, asked *flake.Ref) (*flake.Ref, error) {
	in := to.Input.Clone()
	for _, name := range []string{"ref", "rev"} {
		if v, ok := asked.Input[name]; ok && from[name] == nil {
			in[name] = v
		}
	}
	if asked.Input["rev"] != nil && in["type"] != "git" && in["type"] != "indirect" {
		delete(in, "ref") // a commit of a forge needs no branch
	}
	in, err := flake.InputFromAttrs(in)
	dir := to.Dir
	if dir == "" {
		dir = asked.Dir
	}
	return &flake.Ref{Input: in, Dir: dir}, err
}

// registry reads a registry.
func (f *Fetcher) registry(ctx context.Context, place string) (*registryFile, error) {
	name := place
	if !filepath.IsAbs(place) {
		d, err := f.download(ctx, place)
		if err != nil {
			return nil, err
		}
		name = d.file
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &registryFile{}, nil
	}
	if err != nil {
		return nil, err
	}
	file := &registryFile{}
	if err := json.Unmarshal(text, file); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if file.Version != 2 {
		return nil, fmt.Errorf("it has the version %d, which is not known here", file.Version)
	}
	return file, nil
}
