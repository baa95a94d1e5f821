package main

// This file chooses how to show what happens: a live view on a terminal, lines elsewhere, JSON when it is asked for.

import (
	"crypto/rand"
	"sync"
	"time"

	"nixops4/engine"
	"nixops4/engine/plan"
	"nixops4/engine/view"
)

// progress shows what happens. While it is open, all messages go through it.
type progress struct {
	app     *app
	options view.Options

	mu   sync.Mutex // guards the rest
	sink interface{ Event(engine.Event) }
	plan func(*plan.Plan) // takes in the plan that is about to be carried out
	live *view.Live       // nil: there is none, or not now
	undo func()           // of redirecting messages to live
}

func (a *app) newProgress(format logFormat) *progress {
	p := &progress{
		app: a, options: view.Options{Color: a.ui.color(a.ui.errTerminal), Verbose: a.options.verbose},
		plan: func(*plan.Plan) {},
	}
	p.sink = view.NewLines(a.ui.messages(), p.options)
	switch {
	case format == logJSON:
		j := view.NewJSON(a.ui.messages(), rand.Text(), time.Now)
		a.ui.redirect(nil, j.Message) // until the end: the command's last messages are JSON as well
		p.sink, p.plan = j, j.Plan
	case a.ui.errTerminal && a.ui.getenv("TERM") != "dumb":
		p.plan = p.startLive
	}
	return p
}

// event takes in an event.
func (p *progress) event(e engine.Event) {
	p.mu.Lock()
	sink := p.sink
	p.mu.Unlock()
	sink.Event(engine.RedactEvent(p.app.ui.secrets, e))
}

// begin says that a plan is about to be carried out. Before that there may be a question on the screen.
func (p *progress) begin(made *plan.Plan) { p.plan(made) }

func (p *progress) startLive(made *plan.Plan) {
	live := view.NewLive(p.app.ui.stderr, view.LiveOptions{Options: p.options, Size: p.app.ui.size})
	live.Begin(made)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live, p.sink, p.undo = live, live, p.app.ui.redirect(live, nil)
}

// close gives the terminal back. It may be called twice.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live == nil {
		return
	}
	p.live.Close()
	p.undo()
	p.live, p.sink = nil, view.NewLines(p.app.ui.messages(), p.options)
}
