package main

// This file is the verb version.

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is the version of nixops4. A package can set it with -ldflags "-X main.version=…".
var version = "0.1.0"

// languageVersion is the version of Nix whose language is built in.
const languageVersion = "2.34"

// versionInfo is what version --json prints.
type versionInfo struct {
	Version  string `json:"version"`
	Language string `json:"nixLanguage"`
	Protocol string `json:"providerProtocol"`
	Go       string `json:"go"`
	System   string `json:"system"`
}

func newVersionCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		GroupID:           groupOther,
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				fmt.Fprintf(a.ui.stdout, "nixops4 %s\n", version)
				return nil
			}
			return a.ui.json(versionInfo{
				Version:  version,
				Language: languageVersion,
				Protocol: "v0",
				Go:       runtime.Version(),
				System:   runtime.GOOS + "/" + runtime.GOARCH,
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON, with the language and protocol it speaks")
	return cmd
}
