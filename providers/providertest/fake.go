package providertest

// This file defines the scripted provider.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"nixops4/providers/protocol"
)

// Main runs the scripted provider and returns the exit status. Each argument is the program for one request; the last one is used for all that follow,
// and without arguments the program is "ok". A resource can bring its own program in the input "fake", which wins. A program is a list of
// steps separated by ";":
//
//	ok                answer; created and updated resources have their inputs as outputs, except "fake"
//	outputs=JSON      answer with these outputs
//	sensitive=NAME    answer as ok does, and that the output NAME is a secret
//	error=TEXT        answer errorResponse
//	half-done=TEXT    answer errorResponse that says that something was done before
//	wrong-kind        answer with a response to another request
//	twice             answer twice at once
//	late=TEXT         answer, and write TEXT to standard output a little later
//	text=TEXT         answer with this line, whatever it is
//	cut               answer with half a response and end
//	huge=N            answer with an output of N bytes
//	exit=N            end with status N, without answering
//	exit-after=N      answer, then end with status N
//	signal=KILL       end by this signal (KILL, SEGV, TERM), without answering
//	close-stdout      close standard output and go on living
//	hang              never answer
//	sleep=DURATION    wait
//	stderr=TEXT       write a line to standard error
//	noise=N           write N lines to standard error
//	partial=TEXT      write to standard error without a newline
//	child=DURATION    start a program that lives on and holds standard error open; write its process ID to standard error
//	pid               write the provider's process ID to standard error
//	ignore-term       ignore SIGTERM
//	record=FILE       append the request's kind, type and inputs to FILE
//
// Before the programs may stand --v0, which makes the provider end without a word at a request that is an extension, as the existing NixOps4's do,
// or --v0-error, which makes it answer errorResponse to those. Otherwise it describes itself with create, update, destroy and read.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	f := &fake{out: stdout, log: stderr}
	for len(args) > 0 && strings.HasPrefix(args[0], "--v0") {
		f.v0 = args[0]
		args = args[1:]
	}
	if len(args) == 0 {
		args = []string{"ok"}
	}
	in := bufio.NewReader(stdin)
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return 0
		}
		r, err := protocol.DecodeRequest(line)
		if err != nil {
			fmt.Fprintf(stderr, "fake provider: %v\n", err)
			return 1
		}
		if protocol.OperationOf(r).Extension && f.extension(r) {
			n-- // programs are for the operations themselves
			if f.ended {
				return 0
			}
			continue
		}
		program := args[min(n, len(args)-1)]
		if own, ok := ownProgram(r); ok {
			program = own
		}
		f.run(program, r)
		if f.ended {
			return f.status
		}
	}
}

type fake struct {
	out, log io.Writer
	v0       string
	ended    bool
	status   int
}

// extension answers describeRequest, and all extensions when it plays an old provider. It reports whether it did.
func (f *fake) extension(r protocol.Request) bool {
	_, describe := r.(protocol.DescribeRequest)
	switch {
	case f.v0 == "--v0":
		fmt.Fprintf(f.log, "could not parse request: unknown variant %s\n", r.Kind())
		f.ended = true
	case f.v0 == "--v0-error":
		f.send(protocol.ErrorResponse{Message: "unknown request " + r.Kind()})
	case describe:
		f.send(protocol.DescribeResponse{Name: "fake", Operations: []string{"create", "update", "destroy", "read"}})
	default:
		return false
	}
	return true
}

// ownProgram returns the resource's own program.
func ownProgram(r protocol.Request) (string, bool) {
	var program string
	raw, ok := inputs(r)["fake"]
	return program, ok && json.Unmarshal(raw, &program) == nil
}

// inputs returns the inputs the request is about.
func inputs(r protocol.Request) protocol.Properties {
	switch r := r.(type) {
	case protocol.CreateResourceRequest:
		return r.InputProperties
	case protocol.UpdateResourceRequest:
		return r.InputProperties
	case protocol.DestroyResourceRequest:
		return r.Resource.InputProperties
	case protocol.ReadResourceRequest:
		return r.Resource.InputProperties
	case protocol.StateResourceReadRequest:
		return r.Resource.InputProperties
	case protocol.StateResourceEvent:
		return r.Resource.InputProperties
	}
	return nil
}

func (f *fake) run(program string, r protocol.Request) {
	for _, s := range strings.Split(program, ";") {
		name, argument, _ := strings.Cut(strings.TrimSpace(s), "=")
		if !f.before(name, argument, r) && !f.answer(name, argument, r) && !f.end(name, argument) {
			fmt.Fprintf(f.log, "fake provider: unknown step %q\n", name)
			f.ended, f.status = true, 64
		}
		if f.ended {
			return
		}
	}
}

// before runs a step that neither answers nor ends.
func (f *fake) before(name, argument string, r protocol.Request) bool {
	switch name {
	case "sleep":
		time.Sleep(duration(argument))
	case "stderr":
		fmt.Fprintln(f.log, argument)
	case "partial":
		fmt.Fprint(f.log, argument)
	case "noise":
		for i := range number(argument) {
			fmt.Fprintf(f.log, "line %d\n", i+1)
		}
	case "child":
		cmd := exec.Command("sleep", strconv.FormatFloat(duration(argument).Seconds(), 'f', -1, 64))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			fmt.Fprintf(f.log, "fake provider: %v\n", err)
		} else {
			fmt.Fprintln(f.log, cmd.Process.Pid)
		}
	case "pid":
		fmt.Fprintln(f.log, os.Getpid())
	case "ignore-term":
		signal.Ignore(syscall.SIGTERM)
	case "record":
		f.record(argument, r)
	default:
		return false
	}
	return true
}

// record appends to a file, in one write.
func (f *fake) record(name string, r protocol.Request) {
	text, err := json.Marshal(inputs(r))
	var file *os.File
	if err == nil {
		file, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	}
	if err == nil {
		defer file.Close()
		_, err = fmt.Fprintf(file, "%s %s %s\n", r.Kind(), r.Subject(), text)
	}
	if err != nil {
		fmt.Fprintf(f.log, "fake provider: %v\n", err)
	}
}

// answer runs a step that answers.
func (f *fake) answer(name, argument string, r protocol.Request) bool {
	switch name {
	case "ok", "exit-after", "late":
		f.send(answerTo(r, nil))
	case "outputs":
		f.send(answerTo(r, json.RawMessage(argument)))
	case "sensitive":
		f.send(secretAnswer(answerTo(r, nil), argument))
	case "huge":
		f.send(answerTo(r, json.RawMessage(`{"huge":"`+strings.Repeat("x", number(argument))+`"}`)))
	case "error":
		f.send(protocol.ErrorResponse{Message: argument})
	case "half-done":
		f.send(protocol.ErrorResponse{Message: argument, HalfDone: true})
	case "wrong-kind":
		f.send(protocol.StateResourceEventResponse{})
	case "twice":
		line := encode(answerTo(r, nil))
		f.write(append(line, line...))
	case "text":
		f.write([]byte(argument + "\n"))
	case "cut":
		line := encode(answerTo(r, nil))
		f.write(line[:len(line)/2])
		f.ended = true
	default:
		return false
	}
	if name == "exit-after" {
		f.ended, f.status = true, number(argument)
	}
	if name == "late" {
		time.Sleep(20 * time.Millisecond)
		f.write([]byte(argument + "\n"))
	}
	return true
}

// end runs a step after which no answer comes.
func (f *fake) end(name, argument string) bool {
	switch name {
	case "exit":
		f.ended, f.status = true, number(argument)
	case "signal":
		s := map[string]syscall.Signal{"KILL": syscall.SIGKILL, "SEGV": syscall.SIGSEGV, "TERM": syscall.SIGTERM}[argument]
		if s == syscall.SIGSEGV {
			s = syscall.SIGABRT // the Go runtime reports SIGSEGV at length, and turns it into SIGABRT at best
			signal.Reset(s)
		}
		_ = syscall.Kill(os.Getpid(), s)
		time.Sleep(time.Minute)
	case "close-stdout":
		if c, ok := f.out.(io.Closer); ok {
			c.Close()
		}
		time.Sleep(time.Minute)
	case "hang":
		time.Sleep(time.Hour)
	default:
		return false
	}
	return true
}

// secretAnswer says in a response that an output is a secret.
func secretAnswer(response protocol.Response, name string) protocol.Response {
	switch response := response.(type) {
	case protocol.CreateResourceResponse:
		response.SensitiveOutputs = []string{name}
		return response
	case protocol.UpdateResourceResponse:
		response.SensitiveOutputs = []string{name}
		return response
	}
	return response
}

// answerTo returns the regular response to r, with outputs if given.
func answerTo(r protocol.Request, outputs json.RawMessage) protocol.Response {
	properties := protocol.Properties{}
	for name, value := range inputs(r) {
		if name != "fake" {
			properties[name] = value
		}
	}
	if outputs != nil {
		properties = nil
		_ = json.Unmarshal(outputs, &properties) // what is not an object shows as no outputs
	}
	switch r.(type) {
	case protocol.CreateResourceRequest:
		return protocol.CreateResourceResponse{OutputProperties: properties}
	case protocol.UpdateResourceRequest:
		return protocol.UpdateResourceResponse{OutputProperties: properties}
	case protocol.DestroyResourceRequest:
		return protocol.DestroyResourceResponse{}
	case protocol.ReadResourceRequest:
		return protocol.ReadResourceResponse{OutputProperties: properties}
	case protocol.StateResourceReadRequest:
		return protocol.StateResourceReadResponse{State: json.RawMessage(`{"_type":"nixopsState","resources":{},"deployments":{}}`)}
	case protocol.StateResourceEvent:
		return protocol.StateResourceEventResponse{}
	}
	return protocol.ErrorResponse{Message: "the fake provider does not know " + r.Kind()}
}

func (f *fake) send(r protocol.Response) { f.write(encode(r)) }

func encode(r protocol.Response) []byte {
	line, err := protocol.Encode(r)
	if err != nil {
		line = []byte("fake provider: " + err.Error() + "\n")
	}
	return line
}

func (f *fake) write(line []byte) {
	if _, err := io.Copy(f.out, bytes.NewReader(line)); err != nil {
		f.ended, f.status = true, 1
	}
}

// number and duration return 0 for what is not one.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func duration(s string) time.Duration {
	d, _ := time.ParseDuration(s)
	return d
}
