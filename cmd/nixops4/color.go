package main

// This file defines the value of --color.

import "fmt"

// colorMode is when to colour.
type colorMode int

const (
	colorAuto colorMode = iota
	colorAlways
	colorNever
)

var colorModes = []string{colorAuto: "auto", colorAlways: "always", colorNever: "never"}

func (m *colorMode) String() string { return colorModes[*m] }
func (m *colorMode) Type() string   { return "WHEN" }

func (m *colorMode) Set(s string) error {
	for i, name := range colorModes {
		if s == name {
			*m = colorMode(i)
			return nil
		}
	}
	return fmt.Errorf("want auto, always or never")
}
