// Command nixops4 manages real-world objects that are declared and wired together by Nix expressions.
//
// Each verb is one file ([newApplyCommand] in apply.go, and so on); the frame they share is app.go (options, standard
// streams), ui.go (what is printed where), exit.go (how it ends), usage.go (mistyped command lines) and interrupt.go
// (Ctrl-C). The verbs decide nothing about resources: they find the root (root.go), hand it to package engine through
// engine/nixconfig, and show what comes back.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	os.Exit(run())
}

// run is the whole command; tests call it under the name nixops4.
func run() (code int) {
	ui := newUI(os.Stdout, os.Stderr, os.Getenv)
	defer func() {
		if p := recover(); p != nil {
			code = ui.internalError(p, debug.Stack())
		}
	}()
	return newApp(ui, os.Stdin).run(os.Args[1:])
}
