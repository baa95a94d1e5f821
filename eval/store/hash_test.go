package store

import "testing"

func TestParseHash(t *testing.T) {
	t.Parallel()
	const hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	for _, c := range []struct{ text, algo, want string }{
		{hello, "", hello},
		{hello[7:], "sha256", hello},
		{"2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824", "sha256", hello},
		{"094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic", "sha256", hello},
		{"sha256:094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic", "sha256", hello},
		{"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "sha256", hello},
		{"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "", hello},
		{"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ", "", hello},
		{"md5:5d41402abc4b2a76b9719d911017c592", "", "md5:5d41402abc4b2a76b9719d911017c592"},
		{hello[7:], "", "hash '" + hello[7:] + "' does not include a type, nor is the type otherwise known from context"},
		{hello, "sha1", "hash '" + hello + "' should have type 'sha1'"},
		{"abc", "sha256", "hash 'abc' has wrong length for hash algorithm 'sha256'"},
		{"rot:abc", "", "unknown hash algorithm 'rot', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'"},
		{"sha256-AAAA", "", "invalid SRI hash 'AAAA', length 3 != expected length 32"},
		{"zzzz402abc4b2a76b9719d911017c592", "md5", "invalid base16 hash 'zzzz402abc4b2a76b9719d911017c592', length 0 != expected length 16"},
	} {
		h, err := ParseHash(c.text, Algo(c.algo))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = h.Prefixed(Base16)
		}
		if got != c.want {
			t.Errorf("%s (%s): got %s, want %s", c.text, c.algo, got, c.want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	h := HashString(SHA1, "hello")
	for f, want := range map[Format]string{
		Base16: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", Nix32: "9m1skbnr5i43n3yypvda5s65vhfwdx5a",
		Base64: "qvTGHdzF6KLavt4PO0gs2a6pQ00=", SRI: "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00=",
	} {
		if got := h.Format(f); got != want {
			t.Errorf("%s: got %s, want %s", f, got, want)
		}
		if f == SRI {
			continue
		}
		if again, err := ParseHash(h.Format(f), SHA1); err != nil || !again.Equal(h) {
			t.Errorf("%s is not read back: %v", f, err)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a": "", ".a": "", "...": "", "a.-b": "", "A+b-c.d_e?f=": "", "-": "",
		"":     "name must not be empty",
		".":    "name '.' is not valid",
		"..":   "name '..' is not valid",
		".-x":  "name '.-x' is not valid: first dash-separated component must not be '.'",
		"..-x": "name '..-x' is not valid: first dash-separated component must not be '..'",
		"a b":  "name 'a b' contains illegal character ' '",
		"ä":    "name 'ä' contains illegal character 'ä'",
	} {
		got := ""
		if err := CheckName(name); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][3]string{
		"/nix/store/x":     {"/nix/store/x", "", "in"},
		"/nix/store/x/y/z": {"/nix/store/x", "/y/z", "in"},
		"/nix/store":       {}, "/nix/store/": {}, "/nix/stores/x": {}, "/": {}, "": {},
	} {
		p, rest, ok := DefaultDir.Split(file)
		got := [3]string{p, rest}
		if ok {
			got[2] = "in"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}
