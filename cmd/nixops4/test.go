package main

// This file is the verb test, which runs tests of operations.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/script"
)

const testLong = `Run the tests of operations: the functions test_* of files *_test.star, by default of all below the folder of the root.

A test calls an operation with a context made by fake(…), in which nothing is real: it says what programs, hosts and servers answer, and then what the
operation has done is compared. Files are real, in a folder that goes away.

The exit code is 1 when a test fails, and when there is none. Flags may have one hyphen, as those of go test.`

type testOptions struct {
	match    string
	junit    string
	coverage bool
}

func newTestCommand(a *app) *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:     "test [FILE|FOLDER…]",
		Short:   "Run the tests of operations",
		Long:    testLong,
		GroupID: groupDeploy,
		RunE: func(cmd *cobra.Command, args []string) error {
			var match *regexp.Regexp
			if o.match != "" {
				var err error
				if match, err = regexp.Compile(o.match); err != nil {
					return usagef(cmd, "--run does not take %q: %v", o.match, err)
				}
			}
			return a.runTests(&o, match, args)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"star"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.match, "run", "", "run only tests whose names match `REGEX`")
	flags.StringVar(&o.junit, "junit", "", "write the results to `FILE`, as XML in the form of JUnit")
	flags.BoolVar(&o.coverage, "coverage", false, "print which lines of the operations no test has run")
	return cmd
}

func (a *app) runTests(o *testOptions, match *regexp.Regexp, files []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the current directory: %w", err)
	}
	for i := range files {
		if files[i], err = filepath.Abs(files[i]); err != nil {
			return err
		}
	}
	root, err := findRoot(a.options.file, dir)
	switch {
	case err == nil:
		dir = filepath.Dir(root)
	case a.options.file != "":
		return err
	}
	if files, err = testFiles(dir, files); err != nil {
		return err
	}
	report, err := script.Test(a.interrupt.asked, dir, files, script.TestOptions{Match: match, Done: a.showTest, Log: func(test, level, text string) {
		if a.options.verbose {
			a.ui.line(test + ": " + level + ": " + text)
		}
	}})
	if err != nil {
		return errInterrupted
	}
	return errors.Join(a.writeJUnit(o.junit, report), a.summarizeTests(o, report))
}

// testFiles replaces folders by the tests in them; without any it is all of dir.
func testFiles(dir string, given []string) ([]string, error) {
	if len(given) == 0 {
		given = []string{dir}
	}
	var files []string
	for _, file := range given {
		info, err := os.Stat(file)
		if err != nil || !info.IsDir() {
			files = append(files, file) // one that does not exist is told as a test that cannot be loaded
			continue
		}
		found, err := script.FindTests(file)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return files, nil
}

// goFlags gives flags of the verb test that are written as those of go test, such as -run, their second hyphen.
func goFlags(root *cobra.Command, args []string) []string {
	cmd, _, err := root.Find(args)
	if err != nil || cmd.Parent() != root || cmd.Name() != "test" {
		return args
	}
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if len(name) > 1 && strings.HasPrefix(arg, "-") && cmd.Flags().Lookup(name) != nil {
			args[i] = "-" + arg
		}
	}
	return args
}

// showTest shows a test that failed or, when asked, any.
func (a *app) showTest(t script.TestResult) {
	switch {
	case t.Err != nil:
		fmt.Fprintf(a.ui.stdout, "FAIL %s: %s\n  %s\n", t.File, t.Name, strings.ReplaceAll(t.Err.Error(), "\n", "\n  "))
	case a.options.verbose:
		fmt.Fprintf(a.ui.stdout, "ok   %s: %s (%.2f s)\n", t.File, t.Name, t.Duration.Seconds())
	}
}

func (a *app) writeJUnit(file string, report *script.TestReport) error {
	if file == "" {
		return nil
	}
	text, err := report.JUnit()
	if err == nil {
		err = os.WriteFile(file, text, 0o666)
	}
	return err
}

func (a *app) summarizeTests(o *testOptions, report *script.TestReport) error {
	if o.coverage {
		for _, c := range report.Coverage {
			fmt.Fprintf(a.ui.stdout, "%s: %d of %d lines", c.File, c.Lines-len(c.Missed), c.Lines)
			if len(c.Missed) > 0 {
				fmt.Fprintf(a.ui.stdout, "; not %s", lineRanges(c.Missed))
			}
			fmt.Fprintln(a.ui.stdout)
		}
	}
	failed := report.Failed()
	switch {
	case len(report.Results) == 0:
		return withHint(errors.New("there are no tests"), "tests are the functions test_* of files *_test.star")
	case failed > 0:
		return fmt.Errorf("%d of %d tests failed", failed, len(report.Results))
	}
	tests := "tests"
	if len(report.Results) == 1 {
		tests = "test"
	}
	a.ui.note("%d %s passed", len(report.Results), tests)
	return nil
}

// lineRanges writes numbers as 3, 5-7.
func lineRanges(lines []int) string {
	var parts []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(lines[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", lines[i], lines[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
