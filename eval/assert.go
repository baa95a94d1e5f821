package eval

// This file explains a failed assertion of an equality: where the two values differ.

import "nixops4/eval/syntax"

// assertEqual compiles the explanation of an assert whose condition is a == b; nil for others.
func (c *compiler) assertEqual(e *syntax.Assert) func(m *Evaluator, f *frame) *Error {
	return nil
}
