package worker

// This file checks the values of options.

import (
	"slices"
	"strings"

	"nixops4/eval"
)

// ownOptions is where the library says that it declares the options that every component has. Their values are what a component is, and are
// checked as such.
var ownOptions = []string{"<component options>", "<deployment options>", "<resource options>"}

// optionSet checks the options in a set, and in sets inside it.
func (c *checking) optionSet(options *eval.Attrs, at []string) {
	for _, attr := range c.m.Sorted(options) {
		if attr.Name == "_module" || c.failed != nil {
			continue
		}
		where := extend(at, attr.Name)
		var option eval.Value
		if !c.step("options", c.path, func() (err *eval.Error) {
			option, err = c.m.Force(*attr.Slot)
			return err
		}) || option.Kind() != eval.KindAttrs {
			continue
		}
		if c.tag(option) != "option" {
			c.optionSet(option.Attrs(), where)
			continue
		}
		c.option(option, where)
	}
}

// tag is the _type of a set, or "".
func (c *checking) tag(v eval.Value) string {
	tag, ok := c.m.Get(v.Attrs(), "_type")
	if !ok {
		return ""
	}
	forced, err := c.m.Force(tag)
	if err != nil || forced.Kind() != eval.KindString {
		return ""
	}
	return forced.Text()
}

// option checks the value of one option, if it has one.
func (c *checking) option(option eval.Value, at []string) {
	own, providers := c.declaredByUs(option), len(at) == 1 && at[0] == "providers"
	if own && !providers {
		return
	}
	var value eval.Value
	var whole bool
	if !c.step("options", c.path, func() *eval.Error {
		isDefined, err := c.m.Select(option, "isDefined")
		if err != nil {
			return err
		}
		defined, err := c.m.ForceBool(isDefined, "while evaluating whether the option has a value")
		if err != nil || !defined {
			return err
		}
		whole = !c.opaque(option)
		value, err = c.m.Select(option, "value")
		return err
	}) || value.Kind() == eval.KindInvalid {
		return
	}
	c.step("options", c.path, func() *eval.Error {
		if providers {
			c.providers(value, at)
		} else {
			c.value(value, at, whole)
		}
		return nil
	})
}

func (c *checking) declaredByUs(option eval.Value) bool {
	declarations, err := c.m.Select(option, "declarations")
	if err != nil {
		return false
	}
	elems, err := c.m.ForceElems(declarations, "while evaluating the declarations of an option")
	return err == nil && slices.ContainsFunc(elems, func(elem eval.Value) bool {
		file, err := c.m.Force(elem)
		return err == nil && file.Kind() == eval.KindString && slices.Contains(ownOptions, file.Text())
	})
}

// opaque says that the type of an option tells nothing about what is in its values, so that they may well be endless.
func (c *checking) opaque(option eval.Value) bool {
	kind, err := c.m.Select(option, "type")
	if err == nil {
		kind, err = c.m.Select(kind, "name")
	}
	if err == nil {
		kind, err = c.m.Force(kind)
	}
	opaque := []string{"raw", "unspecified", "anything", "attrs", "package", "pkgs", "deferredModule", "functionTo", "optionType"}
	return err != nil || kind.Kind() != eval.KindString || slices.Contains(opaque, kind.Text())
}

// providers checks of each provider how it is started, and which types it has.
func (c *checking) providers(v eval.Value, at []string) {
	set, err := c.m.ForceAttrs(v, "while evaluating the providers")
	if err != nil {
		c.leaf(err, at)
		return
	}
	for _, attr := range c.m.Sorted(set) {
		provider, err := c.m.ForceAttrs(*attr.Slot, "while evaluating a provider")
		if err != nil {
			c.leaf(err, extend(at, attr.Name))
			continue
		}
		for _, name := range []string{"executable", "args", "type"} {
			if value, ok := c.m.Get(provider, name); ok {
				c.value(value, append(extend(at, attr.Name), name), true)
			}
		}
		types, ok := c.m.Get(provider, "resourceTypes")
		if !ok {
			continue
		}
		c.resourceTypes(types, append(extend(at, attr.Name), "resourceTypes"))
	}
}

func (c *checking) resourceTypes(v eval.Value, at []string) {
	set, err := c.m.ForceAttrs(v, "while evaluating the resource types")
	if err != nil {
		c.leaf(err, at)
		return
	}
	for _, attr := range c.m.Sorted(set) {
		where := extend(at, attr.Name)
		resourceType, err := c.m.ForceAttrs(*attr.Slot, "while evaluating a resource type")
		if err != nil {
			c.leaf(err, where)
			continue
		}
		for _, name := range []string{"type", "requireState", "outputsSkeleton"} {
			if value, ok := c.m.Get(resourceType, name); ok {
				c.value(value, extend(where, name), true)
			}
		}
	}
}

// value evaluates a value, and with whole all that is in it.
func (c *checking) value(v eval.Value, at []string, whole bool) {
	if c.budget--; c.budget < 0 {
		return
	}
	v, err := c.m.Force(v)
	switch {
	case err != nil:
		c.leaf(err, at)
	case !whole:
	case v.Kind() == eval.KindList:
		for _, elem := range v.Elems() {
			c.value(elem, at, true)
		}
	case v.Kind() == eval.KindAttrs && !c.closed(v):
		for _, attr := range c.m.Sorted(v.Attrs()) {
			c.value(*attr.Slot, extend(at, attr.Name), true)
		}
	}
}

// closed says that a set stands for something as a whole: a derivation, an option, a type.
func (c *checking) closed(v eval.Value) bool {
	if _, ok := c.m.Get(v.Attrs(), "outPath"); ok {
		return true
	}
	return c.tag(v) != ""
}

// leaf takes in what is wrong with a value. That one has no definition is a mistake only where it is used, and is found there.
func (c *checking) leaf(err *eval.Error, at []string) {
	undefined := strings.Contains(err.Msg, "was accessed but has no value defined") || strings.Contains(err.Msg, "is used but not defined")
	if !undefined {
		c.wrong(at, err)
	}
}
