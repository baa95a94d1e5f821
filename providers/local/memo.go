package local

// This file defines the type memo.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nixops4/providers/protocol"
	"nixops4/providers/sdk"
)

// memoIn are the inputs of memo.
type memoIn struct {
	InitializeWith json.RawMessage `json:"initialize_with"`
}

// memoOut are the outputs of memo.
type memoOut struct {
	Value json.RawMessage `json:"value"`
}

type memoMethod = func(context.Context, existingMemo, protocol.Properties) (any, error)

type existingMemo = sdk.Existing[memoIn, memoOut]

func memoType() sdk.Type {
	return sdk.Resource[memoIn, memoOut]{
		RequireState: true,
		Create: func(_ context.Context, in memoIn, _ bool) (memoOut, error) {
			return memoOut{in.InitializeWith}, nil
		},
		Update: func(_ context.Context, old existingMemo, _ memoIn) (memoOut, error) {
			return recordedMemo(old)
		},
		// A memo exists in state only: there is nothing to remove, what is recorded is how it is, and what is not recorded does not exist.
		Destroy: func(context.Context, existingMemo) error { return nil },
		Read: func(_ context.Context, old existingMemo) (*sdk.Found[memoIn, memoOut], error) {
			if old.Outputs == nil {
				return nil, nil
			}
			out, err := recordedMemo(old)
			return &sdk.Found[memoIn, memoOut]{Outputs: out}, err
		},
		Methods: map[string]memoMethod{"reset": resetMemo},
		// The ID is the value, as JSON if it is that and otherwise as a string.
		Import: func(_ context.Context, id string) (sdk.Found[memoIn, memoOut], error) {
			value := json.RawMessage(id)
			if !json.Valid(value) {
				var err error
				if value, err = json.Marshal(id); err != nil {
					return sdk.Found[memoIn, memoOut]{}, err
				}
			}
			return sdk.Found[memoIn, memoOut]{Inputs: &memoIn{value}, Outputs: memoOut{value}}, nil
		},
	}
}

// resetMemo gives a memo the value in the argument value or, without it, the one that it would be created with now. It returns the value it had.
func resetMemo(_ context.Context, old existingMemo, arguments protocol.Properties) (any, error) {
	before, err := recordedMemo(old)
	if err != nil {
		return nil, err
	}
	value := old.Inputs.InitializeWith
	for name, given := range arguments {
		if name != "value" {
			return nil, fmt.Errorf("there is no argument %q; the only one is value", name)
		}
		value = given
	}
	return sdk.WithOutputs[memoOut]{Result: before.Value, Outputs: memoOut{value}}, nil
}

func recordedMemo(old existingMemo) (memoOut, error) {
	if old.Outputs == nil || old.Outputs.Value == nil {
		return memoOut{}, errors.New("the value is not recorded; a memo cannot be updated without the outputs it had")
	}
	return *old.Outputs, nil
}
