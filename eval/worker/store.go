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
	// Build builds outputs of derivations in the store, and tells what happens; nil means that it is logged. It may be called from several
	// goroutines.
	Build(ctx context.Context, outputs []eval.DerivationOutput, tell func(nixstore.Event)) (map[eval.DerivationOutput]string, error)
	// Hold protects paths from the garbage collector, if they are in the store, as long as it is open.
	Hold(paths []string) error
}

// evalStore is the store for the evaluator, which tells by nil that there is none.
func (e *evaluation) evalStore() eval.Store {
	if e.store == nil {
		return nil
	}
	return e.store
}

// Realise puts what a resource refers to into the store, and leaves building to the server, which goes on with other requests.
func (e *evaluation) Realise(_ context.Context, r *RealiseRequest, tell func(nixstore.Event)) (later, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	e.requests++
	if e.store != nil && len(r.Hold) > 0 {
		if err := e.store.Hold(r.Hold); err != nil {
			return nil, err
		}
	}
	objects, outputs, failed := e.m.Wanted(r.Refs)
	if failed != nil {
		return nil, storeError(fmt.Errorf("needs what is not in the Nix store: %v", failed))
	}
	return e.toStore(objects, outputs, tell, nil)
}

// toStore puts objects into the store. What it returns builds outputs, and hands their paths to built, which may be nil.
func (e *evaluation) toStore(objects []eval.StoreObject, outputs []eval.DerivationOutput, tell func(nixstore.Event), built func(map[eval.DerivationOutput]string)) (later, error) {
	if len(objects)+len(outputs) == 0 {
		return nil, nil
	}
	if e.store == nil {
		return nil, withoutStore(objects, outputs)
	}
	if err := e.store.Put(objects); err != nil {
		return nil, storeError(fmt.Errorf("needs files in the Nix store: %w", err))
	}
	if len(outputs) == 0 {
		return nil, nil
	}
	in := e.store
	return func(ctx context.Context) error {
		paths, err := in.Build(ctx, outputs, tell)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return storeError(fmt.Errorf("needs what cannot be built: %w", err))
		case built != nil:
			built(paths)
		}
		return nil
	}, nil
}

// complete has those outputs built that the answer names by what stands for their paths, because these are not known before.
func (q *question) complete(c *Component) error {
	if c.Resource == nil || len(q.outputs) == 0 {
		return nil
	}
	rest, err := q.toStore(q.objects, q.outputs, nil, c.Resource.replace)
	c.later = rest
	return err
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

func storeError(err error) *Error {
	text := "it " + err.Error()
	return &Error{Kind: eval.IOFailure.String(), Message: text, Trace: "error: " + text, Brief: "error: " + text}
}

// withoutStore is the error of a resource that needs a store when there is none. What is there all the same is fine.
func withoutStore(objects []eval.StoreObject, outputs []eval.DerivationOutput) error {
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
	err := storeError(fmt.Errorf("needs %s, but there is no Nix here", strings.Join(needs, ", ")))
	err.Advice = nixstore.Advice
	return err
}
