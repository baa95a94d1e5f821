package eval

// This file turns the attributes of a derivation into what is built.

import (
	"fmt"
	"slices"
	"strings"

	"nixops4/eval/store"
)

// A derivationBuilder collects what the attributes of a derivation say.
type derivationBuilder struct {
	m       *Evaluator
	drv     *store.Derivation
	context *Context

	structured  bool     // attributes go into one JSON text instead of variables
	json        []string // members of that text, "name":value
	jsonText    string   // that text, when it is given as it is
	ignoreNulls bool

	outputs                  []string
	contentAddressed, impure bool
	hash                     *string
	algo                     store.Algo    // empty when not given
	method                   *store.Method // nil when not given
}

// makeDerivation is derivationStrict for a set whose name is known.
func (m *Evaluator) makeDerivation(name string, a *Attrs) (Value, *Error) {
	if err := store.CheckName(name); err != nil {
		return Value{}, Errorf(Other, "invalid derivation name: %v. Please pass a different 'name'.", err)
	}
	b := &derivationBuilder{
		m:       m,
		drv:     &store.Derivation{Name: name},
		outputs: []string{"out"},
	}
	var err *Error
	if b.structured, err = b.flag(a, "__structuredAttrs"); err != nil {
		return Value{}, err
	}
	if b.ignoreNulls, err = b.flag(a, "__ignoreNulls"); err != nil {
		return Value{}, err
	}
	for _, at := range m.Sorted(a) {
		if err := b.attribute(at); err != nil {
			return Value{}, err.tracef(at.Pos, "while evaluating attribute '%s' of derivation '%s'", at.Name, name)
		}
	}
	if err := b.finish(); err != nil {
		return Value{}, err
	}
	return m.addDerivation(b.drv)
}

func (b *derivationBuilder) flag(a *Attrs, name string) (bool, *Error) {
	p := b.m.Slot(a, name)
	if p == nil {
		return false, nil
	}
	return b.m.forceBool(*p, 0, "while evaluating the `"+name+"` attribute passed to builtins.derivationStrict")
}

func (b *derivationBuilder) attribute(at Attr) *Error {
	m := b.m
	if at.Name == "__ignoreNulls" {
		return nil
	}
	if b.ignoreNulls {
		if v, err := m.ForceSlot(at.Slot); err != nil || v.isNull() {
			return err
		}
	}
	switch at.Name {
	case "__contentAddressed":
		return b.feature(at, &b.contentAddressed, "ca-derivations")
	case "__impure":
		return b.feature(at, &b.impure, "impure-derivations")
	case "args":
		return b.arguments(*at.Slot)
	case "__structuredAttrs":
		if b.structured {
			return nil
		}
	}
	if b.structured {
		return b.member(at)
	}
	return b.variable(at)
}

// feature reads an attribute that turns an experimental feature on for the derivation.
func (b *derivationBuilder) feature(at Attr, on *bool, feature string) *Error {
	yes, err := b.m.forceBool(*at.Slot, 0, "")
	if err != nil || !yes {
		return err
	}
	*on = true
	return b.m.NeedFeature(feature)
}

func (b *derivationBuilder) arguments(v Value) *Error {
	elems, err := b.m.forceElems(v, 0, "")
	if err != nil {
		return err
	}
	for _, e := range elems {
		s, err := b.text(e, "while evaluating an element of the argument list")
		if err != nil {
			return err
		}
		b.drv.Arguments = append(b.drv.Arguments, s)
	}
	return nil
}

// text converts a value as toString does, with paths copied to the store.
func (b *derivationBuilder) text(v Value, why string) (string, *Error) {
	return b.m.coerce(v, 0, coerceMore|coerceCopy, why, &b.context)
}

// variable takes an attribute that becomes a variable of the builder's environment.
func (b *derivationBuilder) variable(at Attr) *Error {
	s, err := b.text(*at.Slot, "")
	if err != nil {
		return err
	}
	if at.Name == "__json" {
		b.m.Log("warning: In derivation '" + b.drv.Name + "': setting structured attributes via '__json' is deprecated, and may be " +
			"disallowed in future versions of Nix. Set '__structuredAttrs = true' instead.")
		b.jsonText, err = b.m.normalJSON(s)
		return err
	}
	b.drv.Env.Set(at.Name, s)
	switch at.Name {
	case "builder":
		b.drv.Builder = s
	case "system":
		b.drv.System = s
	case "outputs":
		return b.setOutputs(strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" \t\n\r", c) }))
	default:
		return b.content(at.Name, s)
	}
	return nil
}

// content takes the attributes that say what is known about the result.
func (b *derivationBuilder) content(name, s string) *Error {
	switch name {
	case "outputHash":
		b.hash = &s
	case "outputHashAlgo":
		// A name that is not known counts as none.
		if a, err := store.ParseAlgo(s); err == nil {
			b.algo = a
		}
	case "outputHashMode":
		return b.setMethod(s)
	}
	return nil
}

func (b *derivationBuilder) setMethod(mode string) *Error {
	methods := map[string]store.Method{
		"recursive": store.NAR, "nar": store.NAR, "flat": store.Flat, "text": store.Text, "git": store.GitSum,
	}
	method, ok := methods[mode]
	if !ok {
		return Errorf(Other, "invalid value '%s' for 'outputHashMode' attribute", mode)
	}
	b.method = &method
	switch method {
	case store.Text:
		return b.m.needFeatureFor("dynamic-derivations", " ("+fmt.Sprintf("text-hashed derivation '%s', outputHashMode = \"text\"", b.drv.Name)+")")
	case store.GitSum:
		return b.m.NeedFeature("git-hashing")
	}
	return nil
}

func (b *derivationBuilder) setOutputs(names []string) *Error {
	b.outputs = nil
	for _, name := range names {
		if slices.Contains(b.outputs, name) {
			return Errorf(Other, "duplicate derivation output '%s'", name)
		}
		if name == "drvPath" {
			return Errorf(Other, "invalid derivation output name 'drvPath'")
		}
		b.outputs = append(b.outputs, name)
	}
	if len(b.outputs) == 0 {
		return Errorf(Other, "derivation cannot have an empty set of outputs")
	}
	return nil
}

// member takes an attribute that becomes a member of the JSON text.
func (b *derivationBuilder) member(at Attr) *Error {
	m := b.m
	text, err := b.jsonMember(at)
	if err != nil {
		return err
	}
	b.json = append(b.json, text)
	switch at.Name {
	case "builder":
		v, err := m.forceString(*at.Slot, 0, "")
		if err != nil {
			return err
		}
		b.drv.Builder = v.Text()
		b.context = b.context.Union(v.Context())
	case "system":
		b.drv.System, err = m.forceStringNoContext(*at.Slot, 0, "")
	case "outputs":
		var names []string
		if names, err = b.names(*at.Slot); err == nil {
			err = b.setOutputs(names)
		}
	case "outputHash", "outputHashAlgo", "outputHashMode":
		var s string
		if s, err = m.forceStringNoContext(*at.Slot, 0, ""); err == nil {
			err = b.content(at.Name, s)
		}
	case "allowedReferences", "allowedRequisites", "disallowedReferences", "disallowedRequisites", "maxSize", "maxClosureSize":
		m.Log(fmt.Sprintf("warning: In a derivation named '%s', 'structuredAttrs' disables the effect of the derivation attribute '%s'; "+
			"use 'outputChecks.<output>.%[2]s' instead", b.drv.Name, at.Name))
	}
	return err
}

func (b *derivationBuilder) names(v Value) ([]string, *Error) {
	elems, err := b.m.forceElems(v, 0, "")
	if err != nil {
		return nil, err
	}
	names := make([]string, len(elems))
	for i, e := range elems {
		if names[i], err = b.m.forceStringNoContext(e, 0, ""); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// finish checks what was collected and completes the derivation.
func (b *derivationBuilder) finish() *Error {
	if err := secretIn(b.context, "a derivation"); err != nil {
		return err
	}
	if err := b.inputs(); err != nil {
		return err
	}
	if b.structured {
		b.jsonText = "{" + strings.Join(b.json, ",") + "}"
	}
	if b.jsonText != "" {
		b.drv.Env.Set("__json", b.jsonText)
	}
	switch {
	case b.drv.Builder == "":
		return Errorf(Other, "required attribute 'builder' missing")
	case b.drv.System == "":
		return Errorf(Other, "required attribute 'system' missing")
	case store.IsDerivation(b.drv.Name) && !(b.method != nil && *b.method == store.Text && b.onlyOut()):
		return Errorf(Other, "derivation names are allowed to end in '%s' only if they produce a single derivation file", store.Extension)
	case b.hash != nil:
		return b.fixed(*b.hash)
	case b.contentAddressed && b.impure:
		return Errorf(Other, "derivation cannot be both content-addressed and impure")
	case b.contentAddressed || b.impure:
		b.floating()
		return nil
	}
	for _, name := range b.outputs {
		b.drv.Env.Set(name, "")
		b.drv.Outputs.Set(name, store.Output{})
	}
	return asError(b.drv.FillIn(b.m.store, b.m.findDerivation))
}

func (b *derivationBuilder) onlyOut() bool { return len(b.outputs) == 1 && b.outputs[0] == "out" }

// fixed makes the output of a derivation whose result is known.
func (b *derivationBuilder) fixed(hash string) *Error {
	if !b.onlyOut() {
		return Errorf(Other, "multiple outputs are not supported in fixed-output derivations")
	}
	h, err := b.m.ParseHash(hash, b.algo)
	if err != nil {
		return err
	}
	out := store.Output{Kind: store.Fixed, Method: store.Flat, Algo: h.Algo, Hash: h}
	if b.method != nil {
		out.Method = *b.method
	}
	var err2 error
	if out.Path, err2 = b.m.store.FixedOutput(b.drv.Name, out.Method, h, nil); err2 != nil {
		return asError(err2)
	}
	b.drv.Env.Set("out", out.Path)
	b.drv.Outputs.Set("out", out)
	return nil
}

// floating makes the outputs of a derivation whose paths depend on what is built.
func (b *derivationBuilder) floating() {
	out := store.Output{Kind: store.Floating, Method: store.NAR, Algo: store.SHA256}
	if b.impure {
		out.Kind = store.Impure
	}
	if b.algo != "" {
		out.Algo = b.algo
	}
	if b.method != nil {
		out.Method = *b.method
	}
	for _, name := range b.outputs {
		b.drv.Env.Set(name, store.Placeholder(name))
		b.drv.Outputs.Set(name, out)
	}
}

// inputs makes everything that the attributes refer to an input of the derivation.
func (b *derivationBuilder) inputs() *Error {
	for _, ref := range b.context.references() {
		switch ref.kind {
		case refPath:
			b.drv.Sources = append(b.drv.Sources, ref.path)
		case refOutput:
			b.output(ref)
		case refDeep:
			if err := b.deep(ref.path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *derivationBuilder) output(ref reference) {
	var chain []string
	for in := ref.inner; in != ""; {
		outer := parseElem(in)
		chain = append([]string{outer.output}, chain...)
		in = outer.inner
	}
	if len(chain) > 0 {
		b.drv.AddDynamicInput(ref.path, chain, ref.output)
		return
	}
	b.drv.AddInput(ref.path, ref.output)
}

// deep makes a derivation and all that it refers to an input, together with all outputs of the derivations
// among that: the builder may want to look at any of it.
func (b *derivationBuilder) deep(drv string) *Error {
	all, err := b.m.closure(drv)
	if err != nil {
		return err
	}
	for _, p := range all {
		b.drv.Sources = append(b.drv.Sources, p)
		if !store.IsDerivation(p) {
			continue
		}
		k, err := b.m.known(p)
		if err != nil {
			return asError(err)
		}
		for _, name := range k.hash.Outputs {
			b.drv.AddInput(p, name)
		}
	}
	return nil
}
