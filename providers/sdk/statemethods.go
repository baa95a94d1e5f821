package sdk

// This file holds the methods of resources that store state.

import (
	"context"
	"encoding/json"
	"fmt"

	"nixops4/providers/protocol"
	"nixops4/state"
)

// callMethod runs compact, which puts one event in the place of all and returns the name of the copy that is kept of the log, or verify, which reads all
// of the log and returns how many events and resources there are.
func (t *StateResource[In]) callMethod(ctx context.Context, r protocol.CallMethodRequest) (protocol.Response, error) {
	for name := range r.Arguments {
		return nil, fmt.Errorf("the method %s takes no argument %q", r.Method, name)
	}
	switch r.Method {
	case "compact":
		compacted, err := t.compact(ctx, protocol.StateCompactRequest{Resource: r.Resource})
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(map[string]string{"copy": compacted.(protocol.StateCompactResponse).Copy})
		return protocol.CallMethodResponse{Result: text}, err
	case "verify":
		return t.verify(ctx, r.Resource)
	}
	return nil, fmt.Errorf("there is no method %q; the methods are [\"compact\" \"verify\"]", r.Method)
}

func (t *StateResource[In]) verify(ctx context.Context, resource protocol.Resource) (protocol.Response, error) {
	s, err := t.store(resource.InputProperties)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.Read(ctx)
	if err != nil {
		return nil, err
	}
	events, err := s.Events(ctx, 0)
	if err != nil {
		return nil, err
	}
	resources := 0
	err = snapshot.Document.Walk(func([]string, state.Resource) error {
		resources++
		return nil
	})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]int{"events": len(events), "resources": resources, "unfinished": len(snapshot.Intents)})
	return protocol.CallMethodResponse{Result: text}, err
}
