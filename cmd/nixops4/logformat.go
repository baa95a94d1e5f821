package main

// This file defines the value of --log-format.

import "fmt"

// logFormat is how events are told.
type logFormat int

const (
	logText logFormat = iota
	logJSON
)

var logFormats = []string{logText: "text", logJSON: "json"}

func (f *logFormat) String() string { return logFormats[*f] }
func (f *logFormat) Type() string   { return "FORMAT" }

func (f *logFormat) Set(s string) error {
	for i, name := range logFormats {
		if s == name {
			*f = logFormat(i)
			return nil
		}
	}
	return fmt.Errorf("want text or json")
}
