package script

// This file freezes values: what several threads see, or scripts that load others, may not change any more.

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
)

// freeze freezes a value with all that can be reached from it. The interpreter does not notice functions that refer to themselves, and would
// recurse for ever, so they are refused. They are of no use: functions cannot be recursive.
func freeze(v starlark.Value) error {
	f := freezer{seen: map[starlark.Value]bool{}}
	if err := f.visit(v, map[*starlark.Function]bool{}, 0); err != nil {
		return err
	}
	v.Freeze()
	return nil
}

// freezer walks as freezing does.
type freezer struct {
	seen map[starlark.Value]bool // lists, dicts and functions that were walked
}

// visit looks at v. path has the functions around, back to the last value that remembers that it is frozen.
func (f *freezer) visit(v starlark.Value, path map[*starlark.Function]bool, depth int) error {
	if depth > 10_000 {
		return limitf("the value is nested too deep")
	}
	switch v := v.(type) {
	case *starlark.Function:
		return f.function(v, path, depth)
	case starlark.Tuple:
		for _, element := range v {
			if err := f.visit(element, path, depth+1); err != nil {
				return err
			}
		}
	case *starlark.List, *starlark.Set:
		if f.seen[v] {
			return nil
		}
		f.seen[v] = true
		for element := range starlark.Elements(v.(starlark.Iterable)) {
			if err := f.visit(element, map[*starlark.Function]bool{}, depth+1); err != nil {
				return err
			}
		}
	case *starlark.Dict:
		if f.seen[v] {
			return nil
		}
		f.seen[v] = true
		for key, value := range v.Entries() {
			if err := errors.Join(f.visit(key, map[*starlark.Function]bool{}, depth+1), f.visit(value, map[*starlark.Function]bool{}, depth+1)); err != nil {
				return err
			}
		}
	case *record:
		if f.seen[v] {
			return nil
		}
		f.seen[v] = true
		for _, name := range v.names {
			if err := f.visit(v.fields[name], path, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *freezer) function(fn *starlark.Function, path map[*starlark.Function]bool, depth int) error {
	if path[fn] {
		return fmt.Errorf("function %s refers to itself; functions cannot be recursive", fn.Name())
	}
	if f.seen[fn] {
		return nil
	}
	path[fn] = true
	defer delete(path, fn)
	for i := range fn.NumParams() {
		if v := fn.ParamDefault(i); v != nil {
			if err := f.visit(v, path, depth+1); err != nil {
				return err
			}
		}
	}
	for i := range fn.NumFreeVars() {
		if _, v := fn.FreeVar(i); v != nil {
			if err := f.visit(v, path, depth+1); err != nil {
				return err
			}
		}
	}
	f.seen[fn] = true
	return nil
}
