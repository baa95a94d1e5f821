package flake

// This file reads and writes URLs as Nix does: strict about characters, and without changing what is written
// but for percent signs.

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A URL is a URL with its parts decoded.
type URL struct {
	Scheme    string
	Authority *Authority // nil when there is no // after the scheme
	Path      []string   // the parts between slashes; an absolute path starts with an empty one
	Query     map[string]string
	Fragment  string
	// Ignored are parameters of the query that have no value and count for nothing.
	Ignored []string
}

// An Authority is the part between // and the path.
type Authority struct {
	User, Password *string
	Host           string
	IPv6           bool
	Port           string
}

// A BadURLError is a text that is no URL, or not one of the kind that is asked for. What follows may try to read
// the text as something else.
type BadURLError struct{ msg string }

func (e *BadURLError) Error() string { return e.msg }

func badURL(format string, args ...any) error { return &BadURLError{fmt.Sprintf(format, args...)} }

const (
	unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	subDelims  = "!$&'()*+,;="
	pathChars  = unreserved + subDelims + ":@"
	queryChars = pathChars + "/?"
	hexDigits  = "0123456789ABCDEF"
)

// ParseURL reads a URL. Lenient ones may have blanks and quotes in the query, and carets in the fragment too.
func ParseURL(text string, lenient bool) (*URL, error) {
	invalid := func(why string) error { return badURL("'%s' is not a valid URL: %s", text, why) }
	rest, fragment, hasFragment := strings.Cut(text, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	if lenient {
		query, fragment = encodeOnly(query, ` "`), encodeOnly(fragment, ` "^`)
	}
	scheme, rest, ok := strings.Cut(rest, ":")
	if !ok || strings.Contains(scheme, "/") {
		return nil, badURL("'%s' doesn't have a scheme", text)
	}
	if !validScheme(scheme) {
		return nil, invalid("the scheme has characters that it must not have")
	}
	u := &URL{Scheme: scheme}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		n := strings.IndexByte(after, '/')
		if n < 0 {
			n = len(after)
		}
		var err error
		if u.Authority, err = parseAuthority(after[:n]); err != nil {
			return nil, err
		}
		rest = after[n:]
	}
	if _, transport := splitScheme(scheme); transport == "file" {
		if u.Authority != nil && u.Authority.Host != "" {
			return nil, badURL("file:// URL '%s' has unexpected authority '%s'", text, u.Authority)
		}
		if rest == "" {
			rest = "/"
		}
	}
	for part := range strings.SplitSeq(rest, "/") {
		p, ok := decode(part, pathChars)
		if !ok {
			return nil, invalid("the path has characters that it must not have")
		}
		u.Path = append(u.Path, p)
	}
	if hasFragment {
		if u.Fragment, ok = decode(fragment, queryChars); !ok {
			return nil, invalid("the fragment has characters that it must not have")
		}
	}
	var err error
	u.Query = map[string]string{}
	if hasQuery {
		u.Query, u.Ignored, err = decodeQuery(query)
	}
	return u, err
}

func validScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// splitScheme cuts APPLICATION+TRANSPORT; the application is empty when there is no plus.
func splitScheme(s string) (application, transport string) {
	application, transport, ok := strings.Cut(s, "+")
	if !ok {
		return "", s
	}
	return application, transport
}

func parseAuthority(text string) (*Authority, error) {
	invalid := func(why string) (*Authority, error) { return nil, badURL("invalid URL authority: '%s': %s", text, why) }
	a := &Authority{}
	host := text
	if user, rest, ok := cutLast(text, "@"); ok {
		name, password, hasPassword := strings.Cut(user, ":")
		host = rest
		n, ok := decode(name, unreserved+subDelims)
		if !ok {
			return invalid("the user has characters that it must not have")
		}
		a.User = &n
		if hasPassword {
			p, ok := decode(password, unreserved+subDelims+":")
			if !ok {
				return invalid("the password has characters that it must not have")
			}
			a.Password = &p
		}
	}
	if in, ok := strings.CutPrefix(host, "["); ok {
		address, after, closed := strings.Cut(in, "]")
		port, hasPort := strings.CutPrefix(after, ":")
		if !closed || !hasPort && after != "" {
			return invalid("the address has no end")
		}
		d, ok := decode(address, unreserved+":")
		if ip, err := netip.ParseAddr(d); !ok || err != nil || !ip.Is6() {
			return invalid("the address is not one")
		}
		a.Host, a.IPv6, a.Port = d, true, port
	} else {
		h, port, _ := strings.Cut(host, ":")
		d, ok := decode(h, unreserved+subDelims)
		if !ok {
			return invalid("the host has characters that it must not have")
		}
		a.Host, a.Port = d, port
	}
	if a.Port == "" {
		return a, nil
	}
	n, err := strconv.ParseUint(a.Port, 10, 16)
	if err != nil || n == 0 {
		return nil, badURL("port '%s' is invalid", a.Port)
	}
	a.Port = strconv.FormatUint(n, 10)
	return a, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}

// decodeQuery reads NAME=VALUE with & between; of two with one name the first counts, and one without a value
// does not.
func decodeQuery(text string) (query map[string]string, ignored []string, err error) {
	query = map[string]string{}
	for param := range strings.SplitSeq(text, "&") {
		name, value, hasValue := strings.Cut(param, "=")
		n, ok := decode(name, queryChars)
		v, ok2 := decode(value, queryChars)
		if !ok || !ok2 {
			return nil, nil, badURL("invalid URI query '%s': it has characters that it must not have", text)
		}
		if _, ok := query[n]; hasValue && !ok {
			query[n] = v
		}
		if !hasValue && text != "" {
			ignored = append(ignored, name)
		}
	}
	return query, ignored, nil
}

// decode replaces percent signs. It is false when a character is not allowed or a percent sign stands alone.
func decode(s, allowed string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 >= len(s) {
				return "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(n))
			i += 2
		case strings.IndexByte(allowed, c) >= 0:
			b.WriteByte(c)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// encode writes everything but unreserved characters and those to be kept with percent signs.
func encode(s, keep string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte(unreserved, c) >= 0 || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// encodeOnly writes the given characters with percent signs.
func encodeOnly(s, chars string) string {
	for _, c := range chars {
		s = strings.ReplaceAll(s, string(c), encode(string(c), ""))
	}
	return s
}

// String writes the authority.
func (a *Authority) String() string {
	var b strings.Builder
	if a.User != nil {
		b.WriteString(encode(*a.User, ""))
		if a.Password != nil {
			b.WriteString(":" + encode(*a.Password, ""))
		}
		b.WriteByte('@')
	}
	if a.IPv6 {
		b.WriteString("[" + encode(a.Host, ":") + "]")
	} else {
		b.WriteString(encode(a.Host, ""))
	}
	if a.Port != "" {
		b.WriteString(":" + a.Port)
	}
	return b.String()
}

// String writes the URL.
func (u *URL) String() string {
	var b strings.Builder
	b.WriteString(u.Scheme + ":")
	if u.Authority != nil {
		b.WriteString("//" + u.Authority.String())
	}
	for i, p := range u.Path {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(encode(p, ":@"))
	}
	sep := "?"
	for _, name := range slices.Sorted(maps.Keys(u.Query)) {
		b.WriteString(sep + encode(name, ":@/?") + "=" + encode(u.Query[name], ":@/?"))
		sep = "&"
	}
	if u.Fragment != "" {
		b.WriteString("#" + encode(u.Fragment, ""))
	}
	return b.String()
}

// segments are the parts of the path that are not empty.
func (u *URL) segments() []string {
	return slices.DeleteFunc(slices.Clone(u.Path), func(s string) bool { return s == "" })
}

// File is the path of a file that the URL names.
func (u *URL) File() (string, error) {
	for _, p := range u.Path {
		if strings.Contains(p, "/") {
			return "", badURL("URL path component '%s' contains '/', which is not allowed in file names", p)
		}
		if strings.Contains(p, "\x00") {
			return "", badURL("URL path component '%s' contains NUL byte which is not allowed", strings.ReplaceAll(p, "\x00", "␀"))
		}
	}
	return joinParts(u.Path), nil
}

// joinParts puts the parts of a path together with one slash between two of them.
func joinParts(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	out := ""
	if parts[0] == "" {
		out, parts = "/", parts[1:]
	}
	for i, p := range parts {
		if i > 0 && !strings.HasSuffix(out, "/") {
			out += "/"
		}
		out += p
	}
	return out
}

// fileParts are the parts of the path of a file in a URL.
func fileParts(file string) []string {
	var parts []string
	if strings.HasPrefix(file, "/") {
		parts = append(parts, "")
	}
	for p := range strings.SplitSeq(file, "/") {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if file == "" || strings.HasSuffix(file, "/") {
		parts = append(parts, "")
	}
	return parts
}
