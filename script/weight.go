package script

// This file bounds values that hold others without remembering whether those were looked at: tuples and structs. Hashing and freezing one walks along all
// that is in it, the same part as often as it is there, in one step that nothing can stop.

import (
	"errors"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// maxWeight is how many parts a tuple or a struct may have, those within it included.
const maxWeight = 1_000_000

// maxDepth is how deep tuples and structs may be nested: each is weighed when it is made.
const maxDepth = 1000

// light refuses to put values together that are too heavy.
func light(values ...starlark.Value) error {
	left := maxWeight
	for _, v := range values {
		if !weigh(v, &left, 0) {
			return limitf("a value with more than %d parts, the same ones counted again, or %d levels is too large", maxWeight, maxDepth)
		}
	}
	return nil
}

// lightAll is light for the elements of a value.
func lightAll(v starlark.Value) error {
	list, ok := v.(starlark.Iterable)
	if !ok {
		return nil
	}
	left := maxWeight
	for element := range starlark.Elements(list) {
		if _, small := element.(starlark.Tuple); !small {
			if _, small := element.(*starlarkstruct.Struct); !small {
				continue
			}
		}
		if !weigh(element, &left, 0) {
			return light(element, element) // the message
		}
	}
	return nil
}

// weigh takes the parts of v off left, and reports whether there were enough.
func weigh(v starlark.Value, left *int, depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch v := v.(type) {
	case starlark.Tuple:
		*left -= len(v)
		for _, part := range v {
			if *left < 0 || !weigh(part, left, depth+1) {
				return false
			}
		}
	case *starlarkstruct.Struct:
		for _, part := range v.Entries() {
			if *left--; *left < 0 || !weigh(part, left, depth+1) {
				return false
			}
		}
	}
	return *left >= 0
}

// safeStruct is the function struct.
func safeStruct(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	for _, kv := range kwargs {
		if err := light(kv[1], kv[1]); err != nil {
			return nil, err
		}
	}
	return starlarkstruct.Make(thread, b, args, kwargs)
}

// countable refuses to walk along what has too many elements.
func (g guard) countable(v starlark.Value) error {
	if n := starlark.Len(v); n > g.limits.Elements {
		return limitf("%s of %d elements is too large: the limit is %d", article(v), n, g.limits.Elements)
	}
	return nil
}

// zip bounds how many elements there are in all.
func (g guard) zip(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	rows := g.limits.Elements
	var failed error
	for _, arg := range args {
		if n := starlark.Len(arg); n >= 0 {
			rows = min(rows, n)
		}
		failed = errors.Join(failed, lightAll(arg))
	}
	if failed != nil {
		return nil, failed
	}
	if len(args) > 0 && rows > g.limits.Elements/len(args) {
		return nil, limitf("%d tuples of %d elements are too many: the limit is %d elements", rows, len(args), g.limits.Elements)
	}
	return starlark.Universe["zip"].(*starlark.Builtin).CallInternal(thread, args, kwargs)
}
