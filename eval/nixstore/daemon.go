package nixstore

// This file speaks the protocol of the Nix daemon, as far as it is needed to put objects into the store.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"

	"github.com/nix-community/go-nix/pkg/wire"
)

// The numbers of the protocol. The version that we speak is 1.32, which every Nix since 2.4 knows.
const (
	clientMagic = 0x6e697863
	daemonMagic = 0x6478696f
	ourVersion  = 1<<8 | 32

	opAdd        = 7
	opHold       = 11
	opInfo       = 26
	opValid      = 31
	maxString    = 1 << 26
	sayNext      = 0x6f6c6d67
	sayLast      = 0x616c7473
	sayError     = 0x63787470
	sayStart     = 0x53545254
	sayStop      = 0x53544f50
	sayResult    = 0x52534c54
	fieldInteger = 0
)

// A refusedError is what the daemon answers when it does not do what it is asked for.
type refusedError struct{ message string }

func (e *refusedError) Error() string { return e.message }

// A connection is a process that speaks the protocol. One operation runs at a time.
type connection struct {
	cmd *exec.Cmd
	out io.WriteCloser
	w   *bufio.Writer
	r   *bufio.Reader
	log func(string)
	err error // the first failure to write
	mu  sync.Mutex
}

// connect starts the process and greets it.
func connect(program string, env []string, log func(string)) (*connection, error) {
	cmd := exec.Command(program, "--stdio")
	cmd.Env = env
	out, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &connection{cmd: cmd, out: out, w: bufio.NewWriter(out), r: bufio.NewReader(in), log: log}
	if err := c.greet(); err != nil {
		_ = c.close() // the first error says more
		if text := strings.TrimSpace(said.String()); text != "" {
			err = errors.New(text)
		}
		return nil, err
	}
	return c, nil
}

func (c *connection) greet() error {
	c.number(clientMagic)
	if err := c.flush(); err != nil {
		return err
	}
	if n, err := wire.ReadUint64(c.r); err != nil || n != daemonMagic {
		return errors.Join(errors.New("it does not speak the protocol of the Nix daemon"), err)
	}
	if _, err := wire.ReadUint64(c.r); err != nil {
		return err
	}
	c.number(ourVersion)
	c.number(0) // no CPU is asked for
	c.number(0) // nor space
	if err := c.flush(); err != nil {
		return err
	}
	return c.listen()
}

// close ends the process.
func (c *connection) close() error {
	_ = c.out.Close() // it ends when nothing comes any more
	return c.cmd.Wait()
}

// valid tells which of the paths are in the store.
func (c *connection) valid(paths []string) ([]string, error) {
	c.number(opValid)
	c.texts(paths)
	c.number(0) // without asking substituters
	if err := c.ask(); err != nil {
		return nil, err
	}
	return c.readTexts()
}

// hold protects a path from the garbage collector as long as the process runs. The path need not be in the store yet.
func (c *connection) hold(path string) error {
	c.number(opHold)
	c.text(path)
	if err := c.ask(); err != nil {
		return err
	}
	return c.readNumbers(1) // always 1
}

// references lists what a path refers to; false means that it is not in the store.
func (c *connection) references(path string) ([]string, bool, error) {
	c.number(opInfo)
	c.text(path)
	if err := c.ask(); err != nil {
		return nil, false, err
	}
	ok, err := wire.ReadUint64(c.r)
	if err != nil || ok == 0 {
		return nil, false, err
	}
	refs, err := c.readInfo()
	return refs, true, err
}

// readInfo reads what the store knows about a path, of which only the references count here.
func (c *connection) readInfo() (refs []string, err error) {
	for range 2 { // the derivation and the hash
		if _, err = c.readText(); err != nil {
			return nil, err
		}
	}
	if refs, err = c.readTexts(); err != nil {
		return nil, err
	}
	for range 3 { // time, size, built here
		if _, err = wire.ReadUint64(c.r); err != nil {
			return nil, err
		}
	}
	if _, err = c.readTexts(); err == nil { // signatures
		_, err = c.readText() // the content address
	}
	return refs, err
}

// add puts something into the store whose path follows from its content, and returns the path.
func (c *connection) add(name, method string, references []string, write func(io.Writer) error) (string, error) {
	c.number(opAdd)
	c.text(name)
	c.text(method)
	c.texts(references)
	c.number(0) // it need not be repaired
	// The daemon may have something to say while it reads.
	sent := make(chan error, 1)
	go func() {
		err := write(&frames{c})
		c.number(0)
		c.note(c.w.Flush())
		sent <- err
	}()
	err := c.listen()
	if failed := <-sent; failed != nil && c.failure() == nil {
		return "", failed // the daemon only saw that something was missing
	}
	if err = errors.Join(err, c.failure()); err != nil {
		return "", err
	}
	path, err := c.readText()
	if err == nil {
		_, err = c.readInfo()
	}
	return path, err
}

// frames writes what is given to it in pieces with their lengths before them.
type frames struct{ c *connection }

func (f *frames) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	f.c.number(uint64(len(p)))
	f.c.note2(f.c.w.Write(p))
	return len(p), f.c.failure()
}

// ask sends what was written and waits until the daemon has done it.
func (c *connection) ask() error {
	if err := c.flush(); err != nil {
		return err
	}
	return c.listen()
}

// listen takes in what the daemon says until it is done.
func (c *connection) listen() error {
	for {
		what, err := wire.ReadUint64(c.r)
		if err != nil {
			return unexpectedEnd(err)
		}
		switch what {
		case sayLast:
			return nil
		case sayNext:
			var line string
			if line, err = c.readText(); err == nil {
				c.log(strings.TrimRight(line, "\n"))
			}
		case sayError:
			return c.readError()
		case sayStart:
			err = c.readActivity()
		case sayStop:
			_, err = wire.ReadUint64(c.r)
		case sayResult:
			if err = c.readNumbers(2); err == nil {
				err = c.readFields()
			}
		default:
			return fmt.Errorf("the Nix daemon says %#x, which is not known here", what)
		}
		if err != nil {
			return unexpectedEnd(err)
		}
	}
}

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the connection to the Nix daemon ended")
	}
	return err
}

func (c *connection) readError() error {
	if _, err := c.readText(); err != nil { // always "Error"
		return err
	}
	if err := c.readNumbers(1); err != nil { // the level
		return err
	}
	if _, err := c.readText(); err != nil { // a name that is not used
		return err
	}
	message, err := c.readText()
	if err == nil {
		err = c.readNumbers(1) // there is no position
	}
	if err != nil {
		return err
	}
	traces, err := wire.ReadUint64(c.r)
	for ; err == nil && traces > 0; traces-- {
		if err = c.readNumbers(1); err == nil {
			_, err = c.readText()
		}
	}
	if err != nil {
		return err
	}
	return &refusedError{strings.TrimSpace(message)}
}

func (c *connection) readActivity() error {
	if err := c.readNumbers(3); err != nil { // id, level, type
		return err
	}
	if _, err := c.readText(); err != nil {
		return err
	}
	if err := c.readFields(); err != nil {
		return err
	}
	return c.readNumbers(1) // the activity around it
}

func (c *connection) readFields() error {
	n, err := wire.ReadUint64(c.r)
	for ; err == nil && n > 0; n-- {
		var kind uint64
		if kind, err = wire.ReadUint64(c.r); err != nil {
			return err
		}
		if kind == fieldInteger {
			err = c.readNumbers(1)
		} else {
			_, err = c.readText()
		}
	}
	return err
}

func (c *connection) readNumbers(n int) error {
	for range n {
		if _, err := wire.ReadUint64(c.r); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) readText() (string, error) { return wire.ReadString(c.r, maxString) }

func (c *connection) readTexts() ([]string, error) {
	n, err := wire.ReadUint64(c.r)
	if err != nil {
		return nil, err
	}
	var all []string
	for range n {
		text, err := c.readText()
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

func (c *connection) number(n uint64) { c.note(wire.WriteUint64(c.w, n)) }

func (c *connection) text(s string) { c.note(wire.WriteString(c.w, s)) }

func (c *connection) texts(all []string) {
	c.number(uint64(len(all)))
	for _, s := range all {
		c.text(s)
	}
}

func (c *connection) flush() error {
	c.note(c.w.Flush())
	return c.failure()
}

// note keeps the first failure to write, which flush returns.
func (c *connection) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

func (c *connection) note2(_ int, err error) { c.note(err) }

func (c *connection) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
