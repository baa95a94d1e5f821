package worker

// This file takes in mistakes that the library reports instead of throwing the first of them.

import "nixops4/eval"

// reports are messages, each once.
type reports struct {
	seen map[string]bool
	new  []string
}

// builtin is the function that the library looks for; it gives true.
func (r *reports) builtin() *eval.Builtin {
	return &eval.Builtin{
		Name: "nixops4Report", Args: []string{"message"}, Strict: 1,
		Doc: "Notes the mistake that *message* describes and goes on. It exists while a root is checked.",
		F1: func(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
			message, err := m.ForceString(v, "while evaluating the description of a mistake")
			if err != nil {
				return eval.Value{}, err
			}
			if text := message.Text(); !r.seen[text] {
				r.seen[text] = true
				r.new = append(r.new, text)
			}
			return eval.Bool(true), nil
		},
	}
}

// take returns what was reported since it was called before.
func (r *reports) take() []string {
	taken := r.new
	r.new = nil
	return taken
}
