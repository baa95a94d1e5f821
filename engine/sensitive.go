package engine

// This file knows which values are secrets, and lets nobody see them who is only told what happens.

import (
	"encoding/json"
	"errors"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/internal/secret"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// SensitiveOutputs returns the names of a resource's outputs that are secrets: those that the declaration says, and those that its provider has said when it was
// recorded. Without a declaration it is all that are recorded as such. Either may be nil.
func SensitiveOutputs(decl *Resource, entry *plan.Recorded) []string {
	var names []string
	switch {
	case decl != nil && entry != nil:
		names = slices.Concat(decl.Sensitive, entry.SensitiveByProvider)
	case decl != nil:
		names = slices.Clone(decl.Sensitive)
	case entry != nil:
		names = slices.Clone(entry.SensitiveOutputs)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Learn makes the secrets in a record known to a redactor: the outputs that are secrets, those that declared names as well, and inputs that are made
// from secrets.
func Learn(secrets *secret.Redactor, entry *plan.Recorded, declared []string) {
	if entry == nil {
		return
	}
	learnOutputs(secrets, entry.Outputs, entry.SensitiveOutputs)
	learnOutputs(secrets, entry.Outputs, declared)
	learnInputs(secrets, entry.Inputs, entry.SensitiveInputs)
}

func learnOutputs(secrets *secret.Redactor, outputs plan.Object, names []string) {
	for _, name := range names {
		secrets.AddJSON(outputs[name])
	}
}

func learnInputs(secrets *secret.Redactor, inputs plan.Object, places [][]string) {
	for _, at := range places {
		if len(at) > 0 {
			secrets.AddWholeJSON(inputs.At(at))
		}
	}
}

// mark completes what evaluation says of sensitive inputs: it cannot mark numbers, and in a state that was recorded elsewhere nothing is marked.
func (r *Run) mark(inputs plan.Values) plan.Values {
	r.mu.Lock()
	numbers := r.numbers
	r.mu.Unlock()
	if r.opts.Secrets.Empty() && len(numbers) == 0 {
		return inputs
	}
	found := plan.LeavesIn(inputs.Known, func(leaf any) bool {
		switch leaf := leaf.(type) {
		case string:
			return r.opts.Secrets.Contains(leaf)
		case json.Number:
			return numbers[leaf.String()]
		}
		return false
	})
	inputs.Sensitive = addPlaces(inputs.Sensitive, found)
	return inputs
}

// addPlaces returns all of the places, sorted, each once.
func addPlaces(places, more [][]string) [][]string {
	all := slices.Concat(places, more)
	slices.SortFunc(all, slices.Compare[[]string])
	return slices.CompactFunc(all, slices.Equal[[]string])
}

// shortestNumber is how many digits a secret number has at least for inputs that are equal to it to be taken for made from it.
const shortestNumber = 4

// learn makes outputs of a resource known to evaluation and, as far as they are secrets, to the redactor.
func (r *Run) learn(outputs plan.Object, names []string) {
	learnOutputs(r.opts.Secrets, outputs, names)
	for _, name := range names {
		for _, at := range plan.LeavesIn(plan.Object{name: outputs[name]}, func(leaf any) bool {
			n, ok := leaf.(json.Number)
			return ok && len(n) >= shortestNumber
		}) {
			r.mu.Lock()
			r.numbers = addNumber(r.numbers, string(outputs.At(at)))
			r.mu.Unlock()
		}
	}
}

// addNumber copies, so that readers need no lock.
func addNumber(known map[string]bool, number string) map[string]bool {
	more := map[string]bool{number: true}
	for n := range known {
		more[n] = true
	}
	return more
}

// redact returns an error that does not show secrets. What it is stays.
func (r *Run) redact(err error) error { return Redact(r.opts.Secrets, err) }

// Redact returns an error whose text, and whose provider's last lines, show no secrets. errors.Is and errors.As find in it what they find in err.
func Redact(secrets *secret.Redactor, err error) error {
	if err == nil || secrets.Empty() {
		return err
	}
	var p *providers.Error
	if errors.As(err, &p) {
		clean := *p
		clean.Msg = secrets.Hide(p.Msg)
		clean.Stderr = hideAll(secrets, p.Stderr)
		if err == error(p) {
			return &clean
		}
		if text := secrets.Hide(err.Error()); text != err.Error() || !slices.Equal(clean.Stderr, p.Stderr) {
			return &redactedError{text, err, &clean}
		}
		return err
	}
	if text := secrets.Hide(err.Error()); text != err.Error() {
		return &redactedError{text, err, nil}
	}
	return err
}

func hideAll(secrets *secret.Redactor, lines []string) []string {
	hidden := make([]string, len(lines))
	for i, line := range lines {
		hidden[i] = secrets.Hide(line)
	}
	return hidden
}

// redactedError is an error with another text.
type redactedError struct {
	text     string
	err      error
	provider *providers.Error // in the place of that in err; may be nil
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

// As gives the provider's error without secrets.
func (e *redactedError) As(target any) bool {
	if p, ok := target.(**providers.Error); ok && e.provider != nil {
		*p = e.provider
		return true
	}
	return false
}

// RedactEvent returns an event that shows no secrets: in lines of providers and in errors. The values of its item are as they are; views
// mask those.
func RedactEvent(secrets *secret.Redactor, e Event) Event {
	switch e := e.(type) {
	case Log:
		e.Text = secrets.Hide(e.Text)
		return e
	case Retrying:
		e.Err = Redact(secrets, e.Err)
		return e
	case Failed:
		e.Err = redactFailure(secrets, e.Err)
		return e
	}
	return e
}

// redactFailure keeps a Failure what it is.
func redactFailure(secrets *secret.Redactor, err error) error {
	if failure, ok := err.(Failure); ok {
		failure.Err = Redact(secrets, failure.Err)
		return failure
	}
	return Redact(secrets, err)
}

// secretsOf are the outputs of a resource that are secrets, by its declaration, its record and its provider.
func (w *walk) secretsOf(path addr.Path, s *settled) []string {
	before := s.before
	if s.item != nil {
		before = s.item.Before
	}
	w.mu.Lock()
	said := w.byProvider[path]
	w.mu.Unlock()
	names := slices.Concat(SensitiveOutputs(s.decl, before), said)
	slices.Sort(names)
	return slices.Compact(names)
}

// sensitiveLater are the places of inputs that are made from secrets when some stay as they were before.
func sensitiveLater(places [][]string, before *plan.Recorded, ignored [][]string) [][]string {
	if len(ignored) == 0 {
		return places
	}
	return addPlaces(places, before.SensitiveInputs)
}

// markOutputs says in a record which of its outputs are secrets.
func (w *walk) markOutputs(entry *plan.Recorded, item *plan.Item, decl *Resource) {
	said := []string(nil)
	if item.Before != nil {
		said = item.Before.SensitiveByProvider
	}
	w.mu.Lock()
	if now, asked := w.byProvider[item.Path]; asked {
		said = now
	}
	w.mu.Unlock()
	entry.SensitiveByProvider = said
	entry.SensitiveOutputs = SensitiveOutputs(decl, entry)
}

// heed keeps what a provider has said of which outputs are secrets. Those that have a secret in them are, too: it was told one and gives it back.
func (r *Run) heed(path addr.Path, outputs protocol.Properties, sensitive []string) {
	learnOutputs(r.opts.Secrets, plan.Object(outputs), sensitive)
	if !r.opts.Secrets.Empty() {
		for _, at := range plan.LeavesIn(plan.Object(outputs), func(leaf any) bool {
			text, ok := leaf.(string)
			return ok && r.opts.Secrets.Contains(text)
		}) {
			sensitive = append(sensitive, at[0])
		}
	}
	slices.Sort(sensitive)
	sensitive = slices.Compact(sensitive)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byProvider[path] = sensitive
}

// sameMarks reports whether two records say the same of what is sensitive in them.
func sameMarks(a, b *plan.Recorded) bool {
	return slices.EqualFunc(a.SensitiveInputs, b.SensitiveInputs, slices.Equal[[]string]) &&
		slices.Equal(a.SensitiveOutputs, b.SensitiveOutputs) && slices.Equal(a.SensitiveByProvider, b.SensitiveByProvider)
}

// intentMarks says in an intent what must not be shown of it.
func intentMarks(inputs [][]string, outputs []string) *state.Sensitive {
	if len(inputs)+len(outputs) == 0 {
		return nil
	}
	return &state.Sensitive{Inputs: inputs, Outputs: outputs}
}

// markIntended takes over what an intent says of what is sensitive, and makes it known.
func (r *Run) markIntended(entry *plan.Recorded, intent state.Intent) {
	if intent.Sensitive != nil {
		entry.SensitiveInputs, entry.SensitiveOutputs = intent.Sensitive.Inputs, intent.Sensitive.Outputs
	}
	Learn(r.opts.Secrets, entry, nil)
}
