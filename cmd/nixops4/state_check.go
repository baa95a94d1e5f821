package main

// This file checks, repairs and compacts states.

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/state"
)

// checked is the result of checking one state, also in JSON.
type checked struct {
	Store      addr.Path      `json:"store,omitzero"`
	Name       string         `json:"name"`
	Missing    bool           `json:"missing,omitzero"` // it does not exist yet
	Damage     string         `json:"damage,omitzero"`
	Copy       string         `json:"copy,omitzero"` // kept by a repair
	Cut        int64          `json:"cut,omitzero"`  // bytes, by a repair
	Events     uint64         `json:"events"`
	Resources  int            `json:"resources"`
	Unfinished []state.Intent `json:"unfinished,omitzero"`
	Lock       *state.Lock    `json:"lock,omitzero"`
	Remarks    []string       `json:"remarks,omitzero"`
}

const stateCheckLong = `Read the states from end to end and tell what is wrong with them, which operations were interrupted, and who holds locks.

With --repair, a last event that a crash left unfinished is cut off, after a copy of the state was kept. Nothing that was acknowledged is lost by
that. Damage of another kind is told with its offset and left alone.

The exit code is 1 when a state is damaged.`

func newStateCheckCommand(a *app) *cobra.Command {
	var f stateFlags
	var asJSON, repair bool
	cmd := &cobra.Command{
		Use:               "check",
		Short:             "Find out whether states are sound, and repair them",
		Long:              stateCheckLong,
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.openPlaces(a.interrupt.asked, cmd, &f)
			if err != nil {
				return err
			}
			defer p.close()
			return p.check(a.interrupt.asked, a, cmd, &f, repair, asJSON)
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "cut off a last event that a crash left unfinished, after keeping a copy")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	f.addTo(a, cmd, true)
	return cmd
}

func (p *places) check(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags, repair, asJSON bool) error {
	results := []checked{}
	damaged := 0
	for _, at := range p.all {
		c := checked{Store: at.keeper, Name: at.name}
		if repair {
			if err := at.repair(ctx, a, cmd, f, &c); err != nil {
				return err
			}
		}
		if err := at.check(ctx, &c); err != nil {
			c.Damage = err.Error()
			damaged++
		}
		results = append(results, c)
	}
	if asJSON {
		if err := a.ui.json(results); err != nil {
			return err
		}
	} else {
		for _, c := range results {
			c.print(a)
		}
	}
	for _, path := range p.errored() {
		a.ui.message("warning", fmt.Sprintf("%s holds what could not be recorded", path))
		a.ui.hint("record it: nixops4 state push " + shellQuote(path))
	}
	if damaged > 0 {
		return errors.Join(a.ui.flush(), &silentError{errors.New("a state is damaged")})
	}
	return nil
}

// errored returns the files beside the project, or where the command was started, with what could not be recorded.
func (p *places) errored() []string {
	found := state.FindErrored(p.dir)
	if here, err := os.Getwd(); err == nil && here != p.dir && p.dir != "." {
		found = append(found, state.FindErrored(".")...)
	}
	return found
}

// repair repairs the state under its lock.
func (at *place) repair(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags, c *checked) error {
	repairer, ok := at.store.(state.Repairer)
	if !ok {
		return fmt.Errorf("repairing the state %s: %w", at.name, errors.ErrUnsupported)
	}
	held, err := at.lock(ctx, a, cmd, f)
	if err != nil {
		return err
	}
	c.Copy, c.Cut, err = repairer.Repair(ctx)
	if errors.Is(err, state.ErrNotFound) {
		err = nil // there is nothing yet
	}
	var corrupt *state.CorruptError
	if errors.As(err, &corrupt) {
		err = nil // told by the check that follows
	}
	return errors.Join(err, held.Release(ctx))
}

// check reads the state.
func (at *place) check(ctx context.Context, c *checked) error {
	snapshot, err := state.ReadUnderWay(ctx, at.store)
	if errors.Is(err, state.ErrNotFound) {
		c.Missing = true
		return nil
	}
	if err != nil {
		return err
	}
	c.Events, c.Unfinished = snapshot.Next, snapshot.Intents
	err = snapshot.Document.Walk(func(names []string, r state.Resource) error {
		path := addr.Of(names...)
		c.Resources++
		if r.Provider() == nil {
			c.Remarks = append(c.Remarks, fmt.Sprintf("%s: its provider is not recorded, so it can only be destroyed while it is declared", path))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := at.store.Events(ctx, 0); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if locker, ok := at.store.(state.Locker); ok {
		if c.Lock, err = locker.Holder(ctx); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return nil
}

func (c checked) print(a *app) {
	if c.Copy != "" {
		a.ui.note("%s: an unfinished event of %d bytes was cut off; a copy of the state before that is %s", c.Name, c.Cut, c.Copy)
	}
	switch {
	case c.Damage != "":
		a.ui.message("error", c.Damage)
		return
	case c.Missing:
		fmt.Fprintf(a.ui.stdout, "%s: does not exist yet\n", c.Name)
		return
	}
	fmt.Fprintf(a.ui.stdout, "%s: sound, %s, %s\n", c.Name, number(int(c.Events), "event"), number(c.Resources, "resource"))
	for _, i := range c.Unfinished {
		a.ui.tellIntent(i)
	}
	for _, remark := range c.Remarks {
		a.ui.note("%s", remark)
	}
	switch {
	case c.Lock != nil && c.Lock.Dead():
		a.ui.note("%s: was locked by %s, which has ended; the next command that changes something takes the lock over", c.Name, c.Lock)
	case c.Lock != nil:
		a.ui.note("%s: locked by %s; the lock's ID is %s", c.Name, c.Lock, c.Lock.ID)
	}
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

const stateCompactLong = `Replace the events of the states by one each that stands for all of them, after a copy was kept. The history is in the copy then.

A state does not need it: it grows with what changes, and a long one is read quickly.`

func newStateCompactCommand(a *app) *cobra.Command {
	var f stateFlags
	cmd := &cobra.Command{
		Use:               "compact",
		Short:             "Shorten states, and keep their history in a copy",
		Long:              stateCompactLong,
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: withPlaces(a, &f, func(cmd *cobra.Command, p *places, _ []string) error {
			if kept := p.errored(); len(kept) > 0 {
				return withHint(fmt.Errorf("%s holds what could not be recorded, and can only be recorded while the history is there", kept[0]), "record it first: nixops4 state push "+shellQuote(kept[0]))
			}
			for _, at := range p.all {
				if err := at.compact(a.interrupt.asked, a, cmd, &f); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	f.addTo(a, cmd, true)
	return cmd
}

func (at *place) compact(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags) error {
	compacter, ok := at.store.(state.Compacter)
	if !ok {
		return fmt.Errorf("compacting the state %s: %w", at.name, errors.ErrUnsupported)
	}
	held, err := at.lock(ctx, a, cmd, f)
	if err != nil {
		return err
	}
	copied, err := compacter.Compact(ctx)
	if err = errors.Join(err, held.Release(ctx)); err != nil {
		return err
	}
	a.ui.note("%s is compacted; its history is in %s", at.name, copied)
	return nil
}
