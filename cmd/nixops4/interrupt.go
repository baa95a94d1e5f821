package main

// This file turns signals into two contexts: the first signal asks to stop, the second to stop at once.

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// interrupts follows SIGINT, SIGTERM and SIGHUP. A verb that only reads works under asked, so the first signal ends it. A
// verb that changes things works under forced, and starts nothing new once asked is done.
type interrupts struct {
	asked  context.Context // done after the first signal
	forced context.Context // done after the second

	signals chan os.Signal
	done    chan struct{}
	// announce is called with 1 and 2 before the contexts are done, so that the user reads at once what happens.
	announce atomic.Pointer[func(nth int)]
	// lent, when it is set, gets what the user types to interrupt, and nothing else is done about it.
	lent atomic.Pointer[chan<- os.Signal]
}

// catchInterrupts starts to listen. A third signal ends the process at once, for the case that something hangs.
func catchInterrupts() *interrupts {
	i := &interrupts{signals: make(chan os.Signal, 4), done: make(chan struct{})}
	forced, force := context.WithCancel(context.Background())
	asked, ask := context.WithCancel(forced)
	i.forced, i.asked = forced, asked
	// SIGPIPE is caught so that a closed stderr makes a write fail instead of killing us in the middle of an apply. It is
	// not ignored, because providers would inherit that.
	signal.Notify(i.signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go i.listen(ask, force)
	return i
}

func (i *interrupts) listen(ask, force context.CancelFunc) {
	nth := 0
	for {
		select {
		case <-i.done:
			return
		case s := <-i.signals:
			if s == syscall.SIGPIPE {
				continue
			}
			if lent := i.lent.Load(); lent != nil && s == os.Interrupt {
				select {
				case *lent <- s:
				default: // nobody has looked at the one before
				}
				continue
			}
		}
		nth++
		if f := i.announce.Load(); f != nil && nth <= 2 {
			(*f)(nth)
		}
		switch nth {
		case 1:
			ask()
		case 2:
			force()
		default:
			os.Exit(exitInterrupted)
		}
	}
}

// onSignal sets what is called before the contexts are done.
func (i *interrupts) onSignal(f func(nth int)) { i.announce.Store(&f) }

// lend lets somebody else decide what an interrupt ends.
func (i *interrupts) lend(to chan<- os.Signal) { i.lent.Store(&to) }

// stop gives the signals back their usual effect.
func (i *interrupts) stop() {
	signal.Stop(i.signals)
	close(i.done)
}
