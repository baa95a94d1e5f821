package engine

// This file is a configuration of any size for benchmarks.

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

// flatConfig has n pairs of resources: file-I needs the output of memo-I.
type flatConfig struct {
	n    int
	told sync.Map
}

func (c *flatConfig) Component(_ context.Context, path addr.Path, _ Want) (*Component, error) {
	if path.IsRoot() {
		var names []string
		for _, kind := range []string{"file", "memo"} {
			for i := range c.n {
				names = append(names, fmt.Sprintf("%s-%06d", kind, i))
			}
		}
		return &Component{Members: names}, nil
	}
	kind, number, _ := strings.Cut(path.Name(), "-")
	r := &Resource{Type: kind, Inputs: plan.Values{Known: plan.Object{"x": json.RawMessage(`1`)}}}
	if kind == "file" {
		output := addr.Output{Resource: addr.Of("memo-" + number), Name: "value"}
		if _, ok := c.told.Load(output); !ok {
			r.Inputs.Unknown = []plan.Unknown{{At: []string{"x"}, Until: output}}
		}
	}
	return &Component{Resource: r}, nil
}

func (c *flatConfig) Tell(_ context.Context, path addr.Path, outputs plan.Object, _ []string) error {
	for name := range outputs {
		c.told.Store(addr.Output{Resource: path, Name: name}, true)
	}
	return nil
}

func (c *flatConfig) provider(providers.Spec, addr.Path) Provider { return flatProvider{} }

// flatProvider can only create: nothing is stateful.
type flatProvider struct{ Provider }

func (flatProvider) Supports(context.Context, string, string) (bool, error) { return false, nil }

func (flatProvider) Create(context.Context, protocol.CreateResourceRequest) (protocol.CreateResourceResponse, error) {
	return protocol.CreateResourceResponse{OutputProperties: protocol.Properties{"value": json.RawMessage(`1`)}}, nil
}
