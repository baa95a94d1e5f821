package view

// This file is for those who show nothing but builds.

import "nixops4/engine"

// Builds passes on what is built and drops all other events.
func Builds(to func(engine.Event)) func(engine.Event) {
	return func(e engine.Event) {
		if _, ok := e.(engine.Building); ok {
			to(e)
		}
	}
}
