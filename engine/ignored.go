package engine

// This file leaves out of comparisons what somebody expects to be different, and checks that there is such a thing.

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/internal/spell"
)

// checkIgnored reports an input that lifecycle.ignoreChanges names and that is neither declared nor recorded, so that a mistyped name does not protect nothing.
func (d *decision) checkIgnored() error {
	inputs := d.item.Inputs
	names := slices.Concat(slices.Collect(maps.Keys(inputs.Known)), slices.Collect(maps.Keys(d.item.Before.Inputs)))
	for _, unknown := range inputs.Unknown {
		if len(unknown.At) == 0 {
			return nil // it may be any
		}
		names = append(names, unknown.At[0])
	}
	for _, at := range d.decl.Settings.IgnoreChanges {
		if at[0] != "*" && !slices.Contains(names, at[0]) {
			return &NoAttributeError{Where: "lifecycle.ignoreChanges", What: "input", Name: at[0], Names: names}
		}
	}
	return nil
}

// ignoreChanges returns inputs with what lifecycle.ignoreChanges names as it was before.
func ignoreChanges(inputs plan.Values, before plan.Object, ignored [][]string) plan.Values {
	for _, at := range ignored {
		if len(at) == 1 && at[0] == "*" {
			return plan.Values{Known: before, Sensitive: inputs.Sensitive}
		}
		old := before.At(at)
		if old == nil && len(at) > 1 && before.At(at[:len(at)-1]) == nil {
			continue
		}
		inputs.Known = inputs.Known.With(at, old)
		inputs.Unknown = slices.DeleteFunc(slices.Clone(inputs.Unknown), func(u plan.Unknown) bool {
			return len(u.At) >= len(at) && slices.Equal(u.At[:len(at)], at)
		})
	}
	return inputs
}

// expects reports whether a change is one that somebody expects. Places may be given with or without "inputs" and "outputs".
func (d *drifting) expects(path addr.Path, at []string, expected [][]string) bool {
	for _, place := range [][]string{at, at[1:]} {
		full := addr.Of(append(path.Names(), place...)...)
		if slices.ContainsFunc(d.ignore, full.HasPrefix) {
			return true
		}
		for _, e := range expected {
			if len(e) <= len(place) && slices.Equal(e, place[:len(e)]) {
				return true
			}
		}
	}
	return false
}

func (d *drifting) knowAttributes(path addr.Path, objects ...plan.Object) {
	d.foundMu.Lock()
	defer d.foundMu.Unlock()
	names := d.attributes[path]
	if names == nil {
		names = map[string]bool{}
		d.attributes[path] = names
	}
	for _, object := range objects {
		for name := range object {
			names[name] = true
		}
	}
}

// attribute returns the attribute that a place names, with or without "inputs" and "outputs"; "" for all of them.
func attribute(at []string) string {
	if len(at) > 0 && (at[0] == "inputs" || at[0] == "outputs") {
		at = at[1:]
	}
	if len(at) == 0 {
		return ""
	}
	return at[0]
}

// checkExpected reports an attribute that lifecycle.ignoreDrift names and that there is not.
func (d *drifting) checkExpected(path addr.Path, expected [][]string) error {
	for _, at := range expected {
		if err := d.checkAttribute("lifecycle.ignoreDrift", path, at); err != nil {
			return err
		}
	}
	return nil
}

func (d *drifting) checkAttribute(where string, path addr.Path, at []string) error {
	d.foundMu.Lock()
	defer d.foundMu.Unlock()
	name, names := attribute(at), d.attributes[path]
	if name == "" || names == nil || names[name] || names[at[0]] {
		return nil
	}
	return &NoAttributeError{Where: where, What: "input or output", Name: name, Names: slices.Collect(maps.Keys(names))}
}

// checkIgnored reports what was to be left out and is not there.
func (d *drifting) checkIgnored() error {
	for _, ignored := range d.ignore {
		if err := d.checkIgnoredPath(ignored); err != nil {
			return err
		}
	}
	return nil
}

func (d *drifting) checkIgnoredPath(ignored addr.Path) error {
	for path := ignored; !path.IsRoot(); path = path.Parent() {
		if d.recordedAnywhere(path) {
			return d.checkAttribute(path.String(), path, ignored.Names()[len(path.Names()):])
		}
	}
	if recorded, err := d.recordedBelow(ignored); recorded || err != nil {
		return err
	}
	var missing *NoMemberError
	_, err := d.config.Component(d.evalCtx, ignored, WantKind)
	if errors.As(err, &missing) && !missing.Resource { // else it is declared, an attribute of something that is, or not known
		return err
	}
	return nil
}

// NoAttributeError says that an attribute is named which a resource does not have.
type NoAttributeError struct {
	Where string // who names it: an option, or the resource
	What  string // "input", "input or output"
	Name  string
	Names []string // those it has
}

// Error returns one line, with the nearest name when there is one.
func (e *NoAttributeError) Error() string {
	text := fmt.Sprintf("%s: there is no %s %q", e.Where, e.What, e.Name)
	if hint := spell.Hint(e.Name, e.Names); hint != "" {
		text += ", " + hint
	}
	return text
}
