package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestJoinPairs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, out string // words separated by blanks
		pairs   string // NAME=VALUE as parsed, or the error
		rest    string
	}{
		{"eval --arg n 1", "eval --arg=n=1", "n=1", ""},
		{"eval --arg n a=b x", "eval --arg=n=a=b x", "n=a=b", "x"},
		{"eval --arg=n=1", "eval --arg=n=1", "n=1", ""},
		{"eval --arg n 1 --arg m 2", "eval --arg=n=1 --arg=m=2", "n=1 m=2", ""},
		{"eval --arg n -1", "eval --arg=n=-1", "n=-1", ""},
		{"eval --arg n --arg", "eval --arg=n=--arg", "n=--arg", ""},
		{"eval --file --arg x", "eval --file --arg x", "", "x"},
		{"eval -f --arg x", "eval -f --arg x", "", "x"},
		{"eval --strict --arg n 1", "eval --strict --arg=n=1", "n=1", ""},
		{"eval -- --arg n 1", "eval -- --arg n 1", "", "--arg n 1"},
		{"eval --arg n", "eval --arg n", "invalid argument \"n\" for \"--arg\" flag: want a name and a value", ""},
		{"eval --arg", "eval --arg", "flag needs an argument: --arg", ""},
	} {
		root := &cobra.Command{Use: "nixops4", SilenceErrors: true, SilenceUsage: true}
		var got pairs
		var rest []string
		var file string
		eval := &cobra.Command{Use: "eval", RunE: func(_ *cobra.Command, args []string) error { rest = args; return nil }}
		eval.Flags().Var(&got, "arg", "")
		eval.Flags().Bool("strict", false, "")
		root.PersistentFlags().StringVarP(&file, "file", "f", "", "")
		root.AddCommand(eval)

		joined := joinPairs(root, strings.Fields(tt.in))
		if text := strings.Join(joined, " "); text != tt.out {
			t.Errorf("joinPairs(%q) = %q, want %q", tt.in, text, tt.out)
		}
		root.SetArgs(joined)
		text := ""
		if err := root.Execute(); err != nil {
			text = err.Error()
		} else {
			var words []string
			for _, p := range got {
				words = append(words, p.name+"="+p.value)
			}
			text = strings.Join(words, " ")
		}
		if text != tt.pairs || !slices.Equal(rest, strings.Fields(tt.rest)) {
			t.Errorf("parsing %q: pairs %q, rest %q; want %q, %q", tt.in, text, rest, tt.pairs, tt.rest)
		}
	}
}
