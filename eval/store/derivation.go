package store

// This file defines derivations and computes the paths of their outputs.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Derivation says how to build something.
type Derivation struct {
	Name      string
	Outputs   Table[Output]
	Inputs    Table[*Inputs] // by path of the derivation
	Sources   []string       // in any order
	System    string
	Builder   string
	Arguments []string
	// Env has the variables of the builder. The one of an output's name holds its path.
	Env Table[string]
}

// Inputs are the outputs of a derivation that another one uses.
type Inputs struct {
	Outputs []string // in any order
	// Dynamic has, for outputs that are derivations themselves, what is used of those.
	Dynamic Table[*Inputs]
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
	// Base16 is Sum as text.
	Base16 string
	// Deferred says that the paths of the outputs cannot be computed from it.
	Deferred bool
	// Outputs are the names of the derivation's outputs.
	Outputs []string
}

// A Finder tells the hash of a derivation by its path.
type Finder func(drv string) (Modulo, error)

// AddInput notes that an output of a derivation is used.
func (d *Derivation) AddInput(drv, output string) { of(&d.Inputs, drv).add(output) }

// AddDynamicInput notes that an output is used of a derivation that is itself what a chain of outputs leads to, the
// first of them being of the derivation at the path drv.
func (d *Derivation) AddDynamicInput(drv string, chain []string, output string) {
	in := of(&d.Inputs, drv)
	for _, name := range chain {
		in = of(&in.Dynamic, name)
	}
	in.add(output)
}

// of is what is used of something, made when there is nothing yet.
func of(t *Table[*Inputs], name string) *Inputs {
	in, ok := t.Get(name)
	if !ok {
		in = &Inputs{}
		t.Set(name, in)
	}
	return in
}

func (in *Inputs) add(output string) {
	if !slices.Contains(in.Outputs, output) {
		in.Outputs = append(in.Outputs, output)
	}
}

// FillIn computes the paths of the outputs, all of which are [ByInputs], and puts them into the derivation and its
// environment.
func (d *Derivation) FillIn(dir Dir, find Finder) error {
	h, err := d.hash(find, true)
	if err != nil || h.Deferred {
		return err
	}
	for i, o := range d.Outputs {
		p, err := dir.outputPath(o.Name, h.Sum, d.Name)
		if err != nil {
			return err
		}
		d.Outputs[i].Value = Output{Kind: ByInputs, Path: p}
		d.Env.Set(o.Name, p)
	}
	return nil
}

// Hash is the hash of a derivation whose outputs are filled in, as those that use it need it.
func (d *Derivation) Hash(find Finder) (Modulo, error) {
	if out, ok := d.Outputs.Get("out"); ok && out.Kind == Fixed {
		text := "fixed:out:" + out.content() + ":" + out.Hash.Format(Base16) + ":" + out.Path
		m := Modulo{Sum: sha256.Sum256([]byte(text)), Outputs: []string{"out"}}
		m.Base16 = hex.EncodeToString(m.Sum[:])
		return m, nil
	}
	m, err := d.hash(find, false)
	m.Base16 = hex.EncodeToString(m.Sum[:])
	return m, err
}

// content writes method and algorithm of what the output is hashed with.
func (o *Output) content() string { return string(o.Method) + string(o.Algo) }

func (d *Derivation) hash(find Finder, mask bool) (Modulo, error) {
	m := Modulo{Outputs: d.Outputs.Names()}
	for _, o := range d.Outputs {
		m.Deferred = m.Deferred || o.Value.Kind == Floating || o.Value.Kind == Impure
	}
	// What is used is known by its hash, and two that have the same are one.
	hashed := make(Table[*Inputs], 0, len(d.Inputs))
	for _, in := range d.Inputs {
		h, err := find(in.Name)
		if err != nil {
			return m, err
		}
		m.Deferred = m.Deferred || h.Deferred
		for _, o := range in.Value.Outputs {
			if !slices.Contains(h.Outputs, o) {
				return m, fmt.Errorf("no hash for output '%s' of derivation '%s'", o, d.Name)
			}
			of(&hashed, h.Base16).add(o)
		}
	}
	m.Sum = sha256.Sum256(d.aterm(hashed, mask))
	return m, nil
}

// Write gives the text of the .drv file, the paths it refers to, and its own path.
func (d *Derivation) Write(dir Dir) (text string, references []string, drvPath string, err error) {
	written := d.aterm(d.Inputs, false)
	references = make([]string, 0, len(d.Sources)+len(d.Inputs))
	references = append(references, d.Sources...)
	for _, in := range d.Inputs {
		references = append(references, in.Name)
	}
	slices.Sort(references)
	references = slices.Compact(references)
	sum := sha256.Sum256(written)
	drvPath, err = dir.FixedOutput(d.Name+Extension, Text, Hash{SHA256, sum[:]}, references)
	return string(written), references, drvPath, err
}

// DerivationName is the name of the derivation at a path.
func DerivationName(drv string) string { return strings.TrimSuffix(Name(drv), Extension) }
