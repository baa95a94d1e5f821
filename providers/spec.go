package providers

// This file defines how a provider is named.

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// builtinPrefix marks an executable that is part of NixOps4, such as "builtin:local".
const builtinPrefix = "builtin:"

// Spec names a provider: the program and its arguments. Executable is a path, a name to look up in PATH, or "builtin:NAME".
type Spec struct {
	Executable string   `json:"executable"`
	Args       []string `json:"args"`
}

// ParseSpec decodes a resource's `provider` attribute: {"type": "stdio", "executable": …, "args": […]}. Other keys are ignored.
func ParseSpec(provider json.RawMessage) (Spec, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(provider, &object) != nil || object == nil {
		return Spec{}, errors.New("provider: want an object with type, executable and args")
	}
	var kind string
	if raw, ok := object["type"]; !ok {
		return Spec{}, errors.New(`provider: missing "type" (want "stdio")`)
	} else if json.Unmarshal(raw, &kind) != nil || kind != "stdio" {
		return Spec{}, fmt.Errorf(`provider: type is %s, want "stdio"`, raw)
	}
	var spec Spec
	if raw, ok := object["executable"]; !ok {
		return Spec{}, errors.New(`provider: missing "executable"`)
	} else if json.Unmarshal(raw, &spec.Executable) != nil || spec.Executable == "" {
		return Spec{}, errors.New(`provider: "executable" is not a non-empty string`)
	}
	if raw, ok := object["args"]; ok && json.Unmarshal(raw, &spec.Args) != nil {
		return Spec{}, errors.New(`provider: "args" is not a list of strings`)
	}
	return spec, nil
}

// MarshalJSON writes what [ParseSpec] reads.
func (s Spec) MarshalJSON() ([]byte, error) {
	args := s.Args
	if args == nil {
		args = []string{}
	}
	return json.Marshal(map[string]any{"type": "stdio", "executable": s.Executable, "args": args})
}

// String returns the executable and arguments as one would type them.
func (s Spec) String() string {
	return strings.Join(append([]string{s.Executable}, s.Args...), " ")
}

// key identifies the pool: two specs with the same key may share processes.
func (s Spec) key() string {
	return s.Executable + "\x00" + strings.Join(s.Args, "\x00")
}
