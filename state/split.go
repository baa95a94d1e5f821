package state

// This file takes valid JSON apart.
//
// encoding/json checks what it decodes, and checks again what is inside when that is decoded later. A state is checked once, where it
// comes from, and then taken apart level by level; with the functions here, which rely on that, reading a state takes a third of the time.

import (
	"bytes"
	"encoding/json"
)

// splitObject returns the members of an object, or nil for any other value. text must be valid JSON in UTF-8; the values share it.
func splitObject(text []byte) map[string]json.RawMessage {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '{' {
		return nil
	}
	members := map[string]json.RawMessage{}
	for i = skipSpace(text, i+1); text[i] != '}'; i = skipSpace(text, i) {
		if text[i] == ',' {
			i = skipSpace(text, i+1)
		}
		end := skipString(text, i)
		name := decodeName(text[i:end])
		i = skipSpace(text, skipSpace(text, end)+1) // after the colon
		end = skipValue(text, i)
		members[name] = json.RawMessage(text[i:end:end])
		i = end
	}
	return members
}

// splitArray returns the items of an array; ok is false for any other value. text must be valid JSON in UTF-8; the items share it.
func splitArray(text []byte) (items []json.RawMessage, ok bool) {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '[' {
		return nil, false
	}
	for i = skipSpace(text, i+1); text[i] != ']'; i = skipSpace(text, i) {
		if text[i] == ',' {
			i = skipSpace(text, i+1)
		}
		end := skipValue(text, i)
		items = append(items, json.RawMessage(text[i:end:end]))
		i = end
	}
	return items, true
}

// decodeName decodes the string with its quotes.
func decodeName(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is known to be valid
	return s
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func skipSpace(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i.
func skipString(text []byte, i int) int {
	for i++; ; {
		j := bytes.IndexByte(text[i:], '"')
		backslashes := 0
		for k := i + j - 1; k >= i && text[k] == '\\'; k-- {
			backslashes++
		}
		i += j + 1
		if backslashes%2 == 0 {
			return i
		}
	}
}

// skipValue returns the index after the value that starts at i.
func skipValue(text []byte, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default: // a number or a word
			for i < len(text) && text[i] != ',' && text[i] != '}' && text[i] != ']' && !isSpace(text[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// compact returns valid JSON without white space between tokens: the same slice when there is none. Nothing at all stands for null, as it
// does for encoding/json. What is not valid JSON is returned as it is.
func compact(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	if isCompact(raw) {
		return raw
	}
	var b bytes.Buffer
	b.Grow(len(raw))
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

// isCompact reports whether there is no white space between tokens. raw need not be valid.
func isCompact(raw []byte) bool {
	inString := false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case b == '"':
			inString = !inString
		case inString && b == '\\':
			i++
		case !inString && isSpace(b):
			return false
		}
	}
	return true
}
