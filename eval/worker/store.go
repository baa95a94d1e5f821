package worker

// This file brings what resources refer to into the Nix store before they are told.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"nixops4/eval"
	"nixops4/eval/nixstore"
	"nixops4/eval/store"
)

// Store is a Nix store that can build while evaluation goes on.
type Store interface {
	eval.Store
	// Put puts objects into the store, in order. It reads them with the evaluator's means.
	Put(objects []eval.StoreObject) error
	// Build builds outputs of derivations in the store. It may be called from several goroutines.
	Build(ctx context.Context, outputs []eval.DerivationOutput) (map[eval.DerivationOutput]string, error)
}

// evalStore is the store for the evaluator, which tells by nil that there is none.
func (e *evaluation) evalStore() eval.Store {
	if e.store == nil {
		return nil
	}
	return e.store
}

// toStore puts what the answer refers to into the store, and leaves building to the server, which goes on with other requests.
func (q *question) toStore(c *Component, path []string) error {
	objects, outputs := q.objects, q.outputs
	if c.Resource == nil || len(objects)+len(outputs) == 0 {
		return nil
	}
	if q.store == nil {
		return withoutStore(path, objects, outputs)
	}
	if err := q.store.Put(objects); err != nil {
		return storeError(path, fmt.Errorf("needs files in the Nix store: %w", err))
	}
	if len(outputs) == 0 {
		return nil
	}
	built := q.store
	c.later = func(ctx context.Context) error {
		paths, err := built.Build(ctx, outputs)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return storeError(path, fmt.Errorf("needs what cannot be built: %w", err))
		}
		c.Resource.replace(paths)
		return nil
	}
	return nil
}

// replace puts the paths of outputs in place of what stands for them until they are built.
func (r *Resource) replace(built map[eval.DerivationOutput]string) {
	for output, p := range built {
		stands := []byte(store.OutputPlaceholder(output.Derivation, output.Output))
		r.Provider = bytes.ReplaceAll(r.Provider, stands, []byte(p))
		for name, text := range r.Inputs {
			r.Inputs[name] = bytes.ReplaceAll(text, stands, []byte(p))
		}
	}
}

func storeError(path []string, err error) error {
	text := fmt.Sprintf("the resource %s %v", display(path), err)
	return &Error{Kind: eval.IOFailure.String(), Message: text, Trace: "error: " + text, Brief: "error: " + text}
}

// withoutStore is the error of a resource that needs a store when there is none. What is there all the same is fine.
func withoutStore(path []string, objects []eval.StoreObject, outputs []eval.DerivationOutput) error {
	var needs []string
	for _, o := range outputs {
		if text := "the derivation '" + o.Derivation + "'"; !slices.Contains(needs, text) {
			needs = append(needs, text)
		}
	}
	if len(needs) == 0 {
		for _, o := range objects {
			if _, err := os.Lstat(o.Path); errors.Is(err, fs.ErrNotExist) {
				needs = append(needs, "'"+o.Path+"' in the Nix store")
			}
		}
	}
	if len(needs) == 0 {
		return nil
	}
	return storeError(path, fmt.Errorf("needs %s, but there is no Nix here; %s", strings.Join(needs, ", "), nixstore.Advice))
}
