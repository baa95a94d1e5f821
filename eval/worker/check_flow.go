package worker

// This file finds all outputs that an input is made of. Evaluation alone only finds the first of them that is not known.

import (
	"context"
	"slices"
	"strconv"

	"nixops4/eval"
)

// standIn is how the element of a context begins that stands for an output.
const standIn = "&"

// Flow evaluates the inputs of a resource once more, in a generation in which each output that is not known is a text with a mark, and returns
// what the marks in the inputs say. Where outputs are not only put into texts, evaluation may fail; then nothing is known.
func (e *evaluation) Flow(ctx context.Context, r *FlowRequest) (*Flows, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	e.requests++
	if e.standIns == nil {
		e.standIns = map[string]Output{}
		e.generation()
	}
	f := &flowing{question: question{evaluation: e}, result: &Flows{Flows: []Flow{}}, budget: maxChecked}
	err := e.m.Run(ctx, func() *eval.Error {
		export, missing, err := f.find(r.Path)
		if err != nil || missing != nil {
			return err
		}
		resource, ok := f.m.Get(export, "resource")
		if !ok {
			return nil
		}
		inputs, err := f.m.Select(resource, "inputs")
		if err != nil {
			return err
		}
		return f.value(inputs, nil)
	})
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return f.result, nil
}

// stand returns the text that stands for an output.
func (e *evaluation) stand(o Output) eval.Value {
	elem := standIn + pathKey(o.Path, o.Name)
	e.standIns[elem] = o
	return eval.StringWithContext(display(extend(o.Path, o.Name)), eval.NewContext(elem))
}

type flowing struct {
	question
	result *Flows
	budget int // how many more values are looked at
}

// value looks at all strings in a value. Only that evaluation was cancelled is an error; what else goes wrong has been told by the check.
func (f *flowing) value(v eval.Value, at []string) *eval.Error {
	if f.budget--; f.budget < 0 {
		return nil
	}
	v, err := f.m.Force(v)
	switch {
	case err != nil && err.Kind == eval.Canceled:
		return err
	case err != nil:
		return nil
	}
	switch v.Kind() {
	case eval.KindString:
		f.note(v.Context(), at)
	case eval.KindList:
		for i, elem := range v.Elems() {
			if err := f.value(elem, extend(at, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case eval.KindAttrs:
		if path, ok := f.m.Get(v.Attrs(), "outPath"); ok {
			return f.value(path, at)
		}
		for _, attr := range f.m.Sorted(v.Attrs()) {
			if err := f.value(*attr.Slot, extend(at, attr.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *flowing) note(c *eval.Context, at []string) {
	var outputs []Output
	for _, elem := range c.Elems() {
		if o, ok := f.standIns[elem]; ok {
			outputs = append(outputs, o)
		}
	}
	if len(outputs) > 0 {
		f.result.Flows = append(f.result.Flows, Flow{At: slices.Clone(at), Outputs: outputs})
	}
}
