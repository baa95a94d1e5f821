package fetch

// This file lets requests say who asks: access tokens of forges, and passwords from netrc files.

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
)

// Credentials are secrets that requests are made with. They are sent to the hosts that they are for, over HTTPS, and shown nowhere.
type Credentials struct {
	// Tokens are access tokens by HOST, HOST/OWNER or HOST/OWNER/REPOSITORY of a forge, as in Nix's setting access-tokens.
	Tokens map[string]string
	// Netrc are files in the format of ~/.netrc; the first that knows a host counts. They may be missing.
	Netrc []string
}

// token is that of the longest name that a site is under.
func (c *Credentials) token(s site) string {
	at := s.host + "/" + s.owner + "/" + s.repo
	best := ""
	for _, name := range slices.Sorted(maps.Keys(c.Tokens)) {
		if rest, ok := strings.CutPrefix(at, name); ok && (rest == "" || rest[0] == '/') && len(name) > len(best) {
			best = name
		}
	}
	return c.Tokens[best]
}

// authorization is the header that a forge wants for a token; both are empty without one.
func (s site) authorization(token string) (name, value string) {
	switch {
	case token == "":
		return "", ""
	case s.kind == "github":
		return "Authorization", "token " + token
	case s.kind == "sourcehut":
		return "Authorization", "Bearer " + token
	}
	kind, secret, ok := strings.Cut(token, ":")
	switch {
	case ok && kind == "OAuth2":
		return "Authorization", "Bearer " + secret
	case ok && kind == "PAT":
		return "Private-Token", secret
	case ok:
		return kind, secret
	}
	return "Private-Token", token
}

// headerKey is that of the header in a context.
type headerKey struct{}

type header struct{ name, value string }

// withHeader makes requests of a context have a header.
func withHeader(ctx context.Context, name, value string) context.Context {
	if name == "" {
		return ctx
	}
	return context.WithValue(ctx, headerKey{}, header{name, value})
}

// authorize adds to a request what its server may want to know.
func (c *Credentials) authorize(req *http.Request) error {
	if req.URL.Scheme != "https" {
		return nil // anybody on the way could read it
	}
	if h, ok := req.Context().Value(headerKey{}).(header); ok {
		req.Header.Set(h.name, h.value)
		return nil
	}
	if req.URL.User != nil {
		return nil
	}
	for _, file := range c.Netrc {
		user, password, ok, err := netrcEntry(file, req.URL.Hostname())
		if err != nil {
			return err
		}
		if ok {
			req.SetBasicAuth(user, password)
			return nil
		}
	}
	return nil
}

// redirected keeps a secret from hosts that it is not for. What the standard library knows as one, it keeps by itself.
func redirected(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return fmt.Errorf("stopped after %d redirections", len(via))
	}
	h, ok := req.Context().Value(headerKey{}).(header)
	if ok && (req.URL.Host != via[0].URL.Host || req.URL.Scheme != "https") {
		req.Header.Del(h.name)
	}
	return nil
}

// netrcEntry looks a host up in a netrc file.
func netrcEntry(file, host string) (user, password string, ok bool, err error) {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) || os.IsPermission(err) {
		return "", "", false, nil
	}
	if err != nil {
		return "", "", false, fmt.Errorf("reading %s: %w", file, err)
	}
	words := netrcWords(string(text))
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "machine":
			if ok {
				return user, password, true, nil
			}
			i++
			ok = i < len(words) && words[i] == host
		case "default":
			if ok {
				return user, password, true, nil
			}
			ok = true
		case "login", "password", "account":
			if i+1 < len(words) && ok {
				switch words[i] {
				case "login":
					user = words[i+1]
				case "password":
					password = words[i+1]
				}
			}
			i++
		}
	}
	return user, password, ok, nil
}

// netrcWords splits the text of a netrc file. A macro goes on to an empty line; a word in quotes may have blanks.
func netrcWords(text string) []string {
	var words []string
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro = macro && line != ""; macro || strings.HasPrefix(line, "#") {
			continue
		}
		for line != "" {
			var word string
			if quoted, ok := strings.CutPrefix(line, `"`); ok {
				word, line = untilQuote(quoted)
			} else {
				end := strings.IndexAny(line+" ", " \t")
				word, line = line[:end], line[end:]
			}
			if line = strings.TrimLeft(line, " \t"); word == "macdef" {
				macro = true
				break
			}
			words = append(words, word)
		}
	}
	return words
}

func untilQuote(text string) (word, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:]
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}
