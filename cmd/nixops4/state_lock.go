package main

// This file shows and breaks locks.

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/internal/spell"
	"nixops4/state"
)

// heldLock is the JSON form of a lock.
type heldLock struct {
	Store addr.Path  `json:"store,omitzero"`
	Lock  state.Lock `json:"lock"`
}

const stateUnlockLong = `Break the lock with that ID, which a command left behind that does not run any more. Without ID, show who holds which lock.

The lock of a process of this machine that has ended is broken by the next command without being asked. Break a lock only when you know that its
command does not run any more. If it does, it can save nothing from then on, and keeps what it has done in a file beside the project.`

func newStateUnlockCommand(a *app) *cobra.Command {
	var f stateFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "unlock [ID]",
		Short: "Show who has locked a state, or break the lock",
		Long:  stateUnlockLong,
		Args:  atMostArgs(1, "ID"),
		ValidArgsFunction: firstArg(func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return a.completeLocks(cmd, &f), cobra.ShellCompDirectiveNoFileComp
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON && len(args) > 0 {
				return usagef(cmd, "--json shows the locks, so no ID goes with it")
			}
			p, err := a.openPlaces(a.interrupt.asked, cmd, &f)
			if err != nil {
				return err
			}
			defer p.close()
			if len(args) > 0 {
				return p.unlock(a.interrupt.asked, a, args[0])
			}
			return p.showLocks(a.interrupt.asked, a, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the locks as JSON")
	f.addTo(a, cmd, false)
	return cmd
}

// locks returns the locks that are held. A state without locks has none.
func (p *places) locks(ctx context.Context) ([]heldLock, error) {
	held := []heldLock{}
	for _, at := range p.all {
		locker, ok := at.store.(state.Locker)
		if !ok {
			continue
		}
		l, err := locker.Holder(ctx)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, fmt.Errorf("asking for the lock of %s: %w", at.name, err)
		}
		if l != nil {
			held = append(held, heldLock{at.keeper, *l})
		}
	}
	return held, nil
}

func (p *places) showLocks(ctx context.Context, a *app, asJSON bool) error {
	held, err := p.locks(ctx)
	switch {
	case err != nil:
		return err
	case asJSON:
		return a.ui.json(held)
	case len(held) == 0:
		a.ui.note("no state is locked")
	}
	for _, h := range held {
		fmt.Fprintf(a.ui.stdout, "%s\n", h.Lock.ID)
		what := "the lock"
		if !h.Store.IsRoot() {
			what += " of " + h.Store.String()
		}
		a.ui.note("%s %s is held by %s", what, h.Lock.ID, h.Lock)
		if h.Lock.Dead() {
			a.ui.note("that process has ended, so the next command breaks the lock by itself")
		}
	}
	return nil
}

func (p *places) unlock(ctx context.Context, a *app, id string) error {
	held, err := p.locks(ctx)
	if err != nil {
		return err
	}
	var known []string
	for _, h := range held {
		known = append(known, h.Lock.ID)
		if h.Lock.ID != id {
			continue
		}
		for _, at := range p.all {
			if locker, ok := at.store.(state.Locker); ok && at.keeper == h.Store {
				if err := locker.Unlock(ctx, id); err != nil {
					return err
				}
				a.ui.note("the lock of %s was broken: it was held by %s", at.name, h.Lock)
			}
		}
		return nil
	}
	hint := spell.Hint(id, known)
	if hint == "" && len(known) > 0 {
		hint = fmt.Sprintf("it is held by %s; its ID is %s", held[0].Lock, known[0])
	}
	if len(known) == 0 {
		return fmt.Errorf("no lock with the ID %q is held; no state is locked", id)
	}
	return withHint(fmt.Errorf("no lock with the ID %q is held", id), hint)
}

func (a *app) completeLocks(cmd *cobra.Command, f *stateFlags) []cobra.Completion {
	ctx, cancel := context.WithTimeout(a.interrupt.asked, completionPatience)
	defer cancel()
	a.ui.silence()
	p, err := a.openPlaces(ctx, cmd, f)
	if err != nil {
		return nil
	}
	defer p.close()
	held, err := p.locks(ctx)
	if err != nil {
		return nil
	}
	var ids []cobra.Completion
	for _, h := range held {
		ids = append(ids, h.Lock.ID)
	}
	return ids
}
