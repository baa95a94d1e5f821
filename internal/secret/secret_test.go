package secret

// This file tests that nothing of a secret is left.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestHide(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		secrets    []string
		text, want string
	}{
		{[]string{"hunter2"}, "password hunter2!", "password (sensitive)!"},
		{[]string{"hunter2"}, "nothing here", "nothing here"},
		{[]string{"abc"}, "abc is too short to be one", "abc is too short to be one"},
		{[]string{"true"}, "it is true", "it is true"},
		{[]string{"abcd", "abcdefgh"}, "abcdefgh abcd", "(sensitive) (sensitive)"},
		{[]string{"abcdef", "defghi"}, "abcdefghi", "(sensitive)"},
		{[]string{"aaaa"}, "aaaaaaa", "(sensitive)"},
		{[]string{"line one\nline two\n"}, "got line two", "got (sensitive)"},
		{[]string{`quo"te`}, `{"x":"quo\"te"}`, `{"x":"(sensitive)"}`},
		{[]string{"p&ss w"}, "https://h/?a=p%26ss+w", "https://h/?a=(sensitive)"},
		{[]string{"hunter2"}, "aHVudGVyMg==", "(sensitive)"},
		{[]string{"hunter2"}, "68756e74657232", "(sensitive)"},
		{[]string{"it's me"}, `echo 'it'\''s me'`, "echo '(sensitive)'"},
		{nil, "hunter2", "hunter2"},
	} {
		var r Redactor
		for _, s := range tt.secrets {
			r.Add(s)
		}
		if got := r.Hide(tt.text); got != tt.want {
			t.Errorf("%q in %q: got %q, want %q", tt.secrets, tt.text, got, tt.want)
		}
	}
	var none *Redactor
	none.Add("hunter2")
	if got := none.Hide("hunter2"); got != "hunter2" {
		t.Errorf("a nil one hid: %s", got)
	}
}

func TestHideJSON(t *testing.T) {
	t.Parallel()
	var r Redactor
	r.Add("name")
	r.Add("1234")
	r.Add(`a"bcd`)
	const text = `{ "name" : "the name", "n": 1234, "list": ["1234", "x\"y", "a\"bcd"], "deep": {"name": null} }`
	const want = `{ "name" : "the (sensitive)", "n": 1234, "list": ["(sensitive)", "x\"y", "(sensitive)"], "deep": {"name": null} }`
	if got := string(r.HideJSON([]byte(text))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, odd := range []string{`"`, `{"a`, `\`, ``, `"a\`} {
		r.HideJSON([]byte(odd)) // must not panic
	}
}

func TestAddWhole(t *testing.T) {
	t.Parallel()
	var r Redactor
	r.AddWholeJSON(json.RawMessage(`{"file": ["listen 80\npassword x\n"]}`))
	if got := r.Hide("listen 80"); got != "listen 80" {
		t.Errorf("a line is hidden: %s", got)
	}
	if got := r.Hide("<listen 80\npassword x\n>"); got != "<(sensitive)>" {
		t.Errorf("the text is not hidden: %s", got)
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	var r Redactor
	var b bytes.Buffer
	w := r.Writer(&b)
	for _, line := range []string{"hunter2 not known\n", "plain hunter2\n", `{"hunter2":"hunter2"}` + "\n"} {
		if n, err := fmt.Fprint(w, line); n != len(line) || err != nil {
			t.Errorf("%q: %d, %v", line, n, err)
		}
		r.Add("hunter2")
	}
	if want := "hunter2 not known\nplain (sensitive)\n{\"hunter2\":\"(sensitive)\"}\n"; b.String() != want {
		t.Errorf("got %s", b.String())
	}
}

// Adding and hiding in turn costs what a secret and a line cost, however many secrets there are.
func TestManySecrets(t *testing.T) {
	t.Parallel()
	var r Redactor
	began := time.Now()
	for i := range 20_000 {
		r.Add(fmt.Sprintf("password-%d", i))
		r.Hide("a line about password-7 and other things")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if got := r.Hide(strings.Repeat("password-19999 ", 2)); got != "(sensitive) (sensitive) " {
		t.Error(got)
	}
}
