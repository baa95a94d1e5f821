package main

// This file holds the script command conforms, which compares real output with the schemas in docs/.

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas compiles the schemas in docs/ once each.
var schemas = struct {
	sync.Mutex
	known map[string]*jsonschema.Schema
}{known: map[string]*jsonschema.Schema{}}

func schemaNamed(name string) (*jsonschema.Schema, error) {
	schemas.Lock()
	defer schemas.Unlock()
	if s := schemas.known[name]; s != nil {
		return s, nil
	}
	path, err := filepath.Abs(filepath.Join("../../docs", name+".schema.json"))
	if err != nil {
		return nil, err
	}
	s, err := jsonschema.NewCompiler().Compile(path)
	schemas.known[name] = s
	return s, err
}

// conforms asserts that stdout, stderr or a file is as a schema in docs/ says: conforms SCHEMA stdout|stderr|FILE. Of stderr it is each line.
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: conforms SCHEMA stdout|stderr|FILE")
	}
	schema, err := schemaNamed(args[0])
	ts.Check(err)
	texts := []string{ts.ReadFile(args[1])}
	if args[1] == "stderr" {
		texts = strings.Split(strings.TrimSpace(texts[0]), "\n")
	}
	for _, text := range texts {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
		if err == nil {
			err = schema.Validate(value)
		}
		switch {
		case err != nil && !neg:
			ts.Fatalf("%v\n%s", err, text)
		case err == nil && neg:
			ts.Fatalf("it is as %s says:\n%s", args[0], text)
		}
	}
}
