package script

// This file runs tests of scripts.

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"
)

// TestOptions say which tests run and how.
type TestOptions struct {
	Match  *regexp.Regexp // names of tests to run; nil: all
	Limits Limits
	// Log takes in what tests print, with the level; may be nil.
	Log func(test, level, text string)
	// Done takes in each result as it comes; may be nil.
	Done func(TestResult)
}

// TestResult is what became of one test.
type TestResult struct {
	File     string
	Name     string
	Err      error // nil: it passed
	Duration time.Duration
}

// TestReport is what became of all.
type TestReport struct {
	Results  []TestResult
	Coverage []Coverage
}

// Failed counts the tests that failed.
func (r *TestReport) Failed() int {
	n := 0
	for _, t := range r.Results {
		if t.Err != nil {
			n++
		}
	}
	return n
}

// FindTests returns the files whose names end in _test.star below a folder, in order. Folders whose names start with a dot are left out.
func FindTests(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !d.IsDir() && strings.HasSuffix(d.Name(), "_test.star"):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// Test runs the functions of files whose names start with test_, each with fakes of its own, one after the other. An error means that the context
// was cancelled; all else is in the report.
func Test(ctx context.Context, dir string, files []string, o TestOptions) (*TestReport, error) {
	p, err := NewProject(dir, o.Limits, nil)
	if err != nil {
		return nil, err
	}
	p.cover = &coverage{lines: map[string]map[int]int{}}
	p.extra = testBuiltins()
	report := &TestReport{}
	add := func(r TestResult) {
		report.Results = append(report.Results, r)
		if o.Done != nil {
			o.Done(r)
		}
	}
	for _, file := range files {
		file = absolute(file, dir)
		name := p.display(file)
		began := time.Now()
		if _, err := p.Load(ctx, file); err != nil {
			if ctx.Err() != nil {
				return report, context.Cause(ctx)
			}
			add(TestResult{File: name, Name: "(loading)", Err: err, Duration: time.Since(began)})
			continue
		}
		for _, fn := range tests(p.modules[file].globals) {
			if o.Match != nil && !o.Match.MatchString(fn.Name()) {
				continue
			}
			began := time.Now()
			err := p.test(ctx, fn, o)
			if ctx.Err() != nil {
				return report, context.Cause(ctx)
			}
			add(TestResult{File: name, Name: fn.Name(), Err: err, Duration: time.Since(began)})
		}
	}
	report.Coverage = p.cover.report(func(file string) bool { return strings.HasSuffix(file, "_test.star") })
	return report, nil
}

// tests returns the test functions in the order in which they are written.
func tests(globals starlark.StringDict) []*starlark.Function {
	var found []*starlark.Function
	for _, name := range globals.Keys() {
		if fn, ok := globals[name].(*starlark.Function); ok && strings.HasPrefix(name, "test_") {
			found = append(found, fn)
		}
	}
	slices.SortFunc(found, func(x, y *starlark.Function) int { return int(x.Position().Line - y.Position().Line) })
	return found
}

func (p *Project) test(ctx context.Context, fn *starlark.Function, o TestOptions) error {
	if fn.NumParams() > 0 {
		return explain(fmt.Errorf("%s: %s takes parameters; a test takes none", fn.Position(), fn.Name()), p, nil)
	}
	log := func(level, text string) {
		if o.Log != nil {
			o.Log(fn.Name(), level, text)
		}
	}
	limits := o.Limits
	fill(&limits.Time, time.Minute)
	r := newRun(p, nil, Options{Limits: limits, Log: log})
	fakes := []*run{}
	r.fakes = &fakes
	dir, err := newFakeDir(nil)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r.fake = &fakeWorld{run: r, dir: dir, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), exec: &fakeRules{}, ssh: &fakeRules{}, http: &fakeRules{}, asked: &fakeRules{}}
	r.world = r.fake
	_, err = r.call(ctx, fn, nil, nil)
	for _, f := range fakes {
		err = errors.Join(err, f.cleanUp(ctx), os.RemoveAll(f.fake.dir))
	}
	return err
}

// The form of JUnit, which systems for continuous integration read.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit returns the report as XML, a suite for each file.
func (r *TestReport) JUnit() ([]byte, error) {
	all := junitSuites{Tests: len(r.Results), Failures: r.Failed()}
	var total time.Duration
	durations := map[string]time.Duration{}
	for _, t := range r.Results {
		i := slices.IndexFunc(all.Suites, func(s junitSuite) bool { return s.Name == t.File })
		if i < 0 {
			i = len(all.Suites)
			all.Suites = append(all.Suites, junitSuite{Name: t.File})
		}
		s := &all.Suites[i]
		c := junitCase{Name: t.Name, Class: strings.TrimSuffix(t.File, ".star"), Time: seconds(t.Duration)}
		if t.Err != nil {
			first, _, _ := strings.Cut(t.Err.Error(), "\n")
			c.Failure = &junitFailure{first, t.Err.Error()}
			s.Failures++
		}
		s.Tests++
		s.Cases = append(s.Cases, c)
		durations[t.File] += t.Duration
		s.Time = seconds(durations[t.File])
		total += t.Duration
	}
	all.Time = seconds(total)
	text, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
