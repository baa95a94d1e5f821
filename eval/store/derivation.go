package store

// This file defines derivations and computes the paths of their outputs.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Derivation says how to build something. Sets of paths and names need not be sorted.
type Derivation struct {
	Name      string
	Outputs   map[string]Output
	Inputs    map[string]*Inputs // by path of the derivation
	Sources   []string
	System    string
	Builder   string
	Arguments []string
	// Env has the variables of the builder. The one of an output's name holds its path.
	Env map[string]string
}

// Inputs are the outputs of a derivation that another one uses.
type Inputs struct {
	Outputs []string
	// Dynamic has, for outputs that are derivations themselves, what is used of those.
	Dynamic map[string]*Inputs
}

// OutputKind says how the path of an output comes about.
type OutputKind uint8

const (
	// ByInputs outputs have a path that depends on the derivation. It is empty while it is not known: before
	// [Derivation.FillIn], and for good when it depends on an output whose path is not known.
	ByInputs OutputKind = iota
	// Fixed outputs have a content that is known.
	Fixed
	// Floating outputs have a path that depends on their content.
	Floating
	// Impure outputs are floating and never the same.
	Impure
)

// An Output is one result of a derivation.
type Output struct {
	Kind   OutputKind
	Path   string // empty when it is not known
	Method Method // not of ByInputs
	Algo   Algo   // not of ByInputs
	Hash   Hash   // of Fixed
}

// A Modulo is a hash of a derivation that stays the same when something it uses is fetched in another way but has
// the same content.
type Modulo struct {
	Sum [sha256.Size]byte
	// Deferred says that the paths of the outputs cannot be computed from it.
	Deferred bool
	// Outputs are the names of the derivation's outputs.
	Outputs []string
}

// A Finder tells the hash of a derivation by its path.
type Finder func(drv string) (Modulo, error)

// AddInput notes that an output of a derivation is used.
func (d *Derivation) AddInput(drv, output string) { d.input(drv).add(output) }

// AddDynamicInput notes that an output is used of a derivation that is itself what a chain of outputs leads to, the
// first of them being of the derivation at the path drv.
func (d *Derivation) AddDynamicInput(drv string, chain []string, output string) {
	in := d.input(drv)
	for _, name := range chain {
		if in.Dynamic == nil {
			in.Dynamic = map[string]*Inputs{}
		}
		if in.Dynamic[name] == nil {
			in.Dynamic[name] = &Inputs{}
		}
		in = in.Dynamic[name]
	}
	in.add(output)
}

func (d *Derivation) input(drv string) *Inputs {
	if d.Inputs == nil {
		d.Inputs = map[string]*Inputs{}
	}
	if d.Inputs[drv] == nil {
		d.Inputs[drv] = &Inputs{}
	}
	return d.Inputs[drv]
}

func (in *Inputs) add(output string) {
	if !slices.Contains(in.Outputs, output) {
		in.Outputs = append(in.Outputs, output)
	}
}

// OutputNames lists the outputs in order.
func (d *Derivation) OutputNames() []string { return slices.Sorted(maps.Keys(d.Outputs)) }

// FillIn computes the paths of the outputs, all of which are [ByInputs], and puts them into the derivation and its
// environment.
func (d *Derivation) FillIn(dir Dir, find Finder) error {
	h, err := d.hash(find, true)
	if err != nil || h.Deferred {
		return err
	}
	for name := range d.Outputs {
		p, err := dir.outputPath(name, h.Sum, d.Name)
		if err != nil {
			return err
		}
		d.Outputs[name] = Output{Kind: ByInputs, Path: p}
		d.Env[name] = p
	}
	return nil
}

// Hash is the hash of a derivation whose outputs are filled in, as those that use it need it.
func (d *Derivation) Hash(find Finder) (Modulo, error) {
	if out, ok := d.Outputs["out"]; ok && out.Kind == Fixed {
		text := "fixed:out:" + out.content() + ":" + out.Hash.Format(Base16) + ":" + out.Path
		return Modulo{Sum: sha256.Sum256([]byte(text)), Outputs: []string{"out"}}, nil
	}
	return d.hash(find, false)
}

// content writes method and algorithm of what the output is hashed with.
func (o *Output) content() string { return string(o.Method) + string(o.Algo) }

func (d *Derivation) hash(find Finder, mask bool) (Modulo, error) {
	m := Modulo{Outputs: d.OutputNames()}
	for _, o := range d.Outputs {
		m.Deferred = m.Deferred || o.Kind == Floating || o.Kind == Impure
	}
	// What is used is known by its hash, and two that have the same are one.
	hashed := map[string]*Inputs{}
	for drv, in := range d.Inputs {
		h, err := find(drv)
		if err != nil {
			return m, err
		}
		m.Deferred = m.Deferred || h.Deferred
		key := hex.EncodeToString(h.Sum[:])
		for _, o := range in.Outputs {
			if !slices.Contains(h.Outputs, o) {
				return m, fmt.Errorf("no hash for output '%s' of derivation '%s'", o, d.Name)
			}
			if hashed[key] == nil {
				hashed[key] = &Inputs{}
			}
			hashed[key].add(o)
		}
	}
	m.Sum = sha256.Sum256(d.aterm(hashed, mask))
	return m, nil
}

// Write gives the text of the .drv file, the paths it refers to, and its own path.
func (d *Derivation) Write(dir Dir) (text string, references []string, drvPath string, err error) {
	text = string(d.aterm(d.Inputs, false))
	references = slices.Concat(d.Sources, slices.Collect(maps.Keys(d.Inputs)))
	slices.Sort(references)
	references = slices.Compact(references)
	drvPath, err = dir.TextPath(d.Name+Extension, text, references)
	return text, references, drvPath, err
}

// DerivationName is the name of the derivation at a path.
func DerivationName(drv string) string { return strings.TrimSuffix(Name(drv), Extension) }
