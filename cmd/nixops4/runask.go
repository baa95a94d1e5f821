package main

// This file asks for texts, without showing them when they are secret.

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"nixops4/script"
)

// askScript asks the question of a script.
func (a *app) askScript(ctx context.Context, q script.Question) (string, error) {
	switch {
	case !a.asks():
		return "", script.ErrNobody
	case q.YesNo:
		return a.askText(ctx, q.Text+" [y/N] ", false)
	}
	return a.askText(ctx, q.Text+": ", q.Secret)
}

// askText puts a question that is answered by a line.
func (a *app) askText(ctx context.Context, prompt string, secret bool) (string, error) {
	a.ui.prompt(prompt)
	if f, ok := a.stdin.(*os.File); ok && secret {
		show := hideTyping(f)
		defer func() {
			show()
			a.ui.line("")
		}()
	}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := a.input.ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		a.ui.line("")
		return "", script.ErrInterrupted
	case got := <-answers:
		if got.err != nil && !errors.Is(got.err, io.EOF) {
			return "", got.err
		}
		if got.line == "" {
			return "", script.ErrNobody // the input has ended
		}
		return strings.TrimRight(got.line, "\r\n"), nil
	}
}

// hideTyping stops a terminal from showing what is typed, until show is called.
func hideTyping(f *os.File) (show func()) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return func() {} // it is no terminal, and shows nothing
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, setTermios, &hidden); err != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, before) }
}
