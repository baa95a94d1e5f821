package eval

// This file defines the regular expressions of match and split.

type regex struct{}
