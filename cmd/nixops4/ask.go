package main

// This file asks the user.

import (
	"errors"
	"io"
	"os"
	"strings"
)

// asks reports whether there is somebody to ask: standard input and error are a terminal, unless flags say otherwise.
func (a *app) asks() bool {
	switch {
	case a.options.noInteractive:
		return false
	case a.options.interactive:
		return true
	}
	stdin, ok := a.stdin.(*os.File)
	return ok && isTerminal(stdin) && a.ui.errTerminal
}

// ask puts a question that is answered by yes or no; no is the answer of who types nothing or ends the input. A Ctrl-C is an error.
func (a *app) ask(question string) (bool, error) {
	a.ui.prompt(question + " [y/N] ")
	answers := make(chan string, 1)
	go func() {
		line, err := a.input.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		answers <- line
	}()
	select {
	case <-a.interrupt.asked.Done():
		a.ui.line("")
		a.ui.note("nothing was changed")
		return false, &silentError{errInterrupted}
	case line := <-answers:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true, nil
		}
		return false, nil
	}
}
