package syntax

// This file defines the kinds of tokens and their names in messages.

// A kind is a kind of token. Kinds are numbered in the order in which messages list what was expected.
type kind uint8

const (
	tEOF kind = iota
	tError
	tInvalid
	tID
	tStr
	tIndStr
	tInt
	tFloat
	tPath
	tHomePath
	tSearchPath
	tPathEnd
	tURI
	tIf
	tThen
	tElse
	tAssert
	tWith
	tLet
	tIn
	tRec
	tInherit
	tEq
	tNotEq
	tLessEq
	tGreaterEq
	tUpdate
	tConcat
	tAnd
	tOr
	tImpl
	tOrWord
	tPipeFrom
	tPipeTo
	tDollarCurly
	tIndOpen
	tIndClose
	tEllipsis
	tLess
	tGreater
	tPlus
	tMinus
	tStar
	tSlash
	tQuestion
	tColon
	tAt
	tSemicolon
	tNot
	tDot
	tQuote
	tParenOpen
	tParenClose
	tCurlyOpen
	tCurlyClose
	tBracketOpen
	tBracketClose
	tAssign
	tComma
	kinds
)

var kindNames = [kinds]string{
	tEOF:          "end of file",
	tError:        "error",
	tInvalid:      "invalid token",
	tID:           "identifier",
	tStr:          "string",
	tIndStr:       "indented string",
	tInt:          "integer",
	tFloat:        "floating-point literal",
	tPath:         "path",
	tHomePath:     "'~/…' path",
	tSearchPath:   "'<…>' path",
	tPathEnd:      "end of path",
	tURI:          "URI",
	tIf:           "'if'",
	tThen:         "'then'",
	tElse:         "'else'",
	tAssert:       "'assert'",
	tWith:         "'with'",
	tLet:          "'let'",
	tIn:           "'in'",
	tRec:          "'rec'",
	tInherit:      "'inherit'",
	tEq:           "'=='",
	tNotEq:        "'!='",
	tLessEq:       "'<='",
	tGreaterEq:    "'>='",
	tUpdate:       "'//'",
	tConcat:       "'++'",
	tAnd:          "'&&'",
	tOr:           "'||'",
	tImpl:         "'->'",
	tOrWord:       "'or'",
	tPipeFrom:     "'<|'",
	tPipeTo:       "'|>'",
	tDollarCurly:  "'${'",
	tIndOpen:      "start of an indented string",
	tIndClose:     "end of an indented string",
	tEllipsis:     "'...'",
	tLess:         "'<'",
	tGreater:      "'>'",
	tPlus:         "'+'",
	tMinus:        "'-'",
	tStar:         "'*'",
	tSlash:        "'/'",
	tQuestion:     "'?'",
	tColon:        "':'",
	tAt:           "'@'",
	tSemicolon:    "';'",
	tNot:          "'!'",
	tDot:          "'.'",
	tQuote:        "'\"'",
	tParenOpen:    "'('",
	tParenClose:   "')'",
	tCurlyOpen:    "'{'",
	tCurlyClose:   "'}'",
	tBracketOpen:  "'['",
	tBracketClose: "']'",
	tAssign:       "'='",
	tComma:        "','",
}

func (k kind) String() string { return kindNames[k] }

// keyword returns the kind of a word: a keyword's, or tID.
func keyword(word string) kind {
	if len(word) < 2 || len(word) > 7 {
		return tID
	}
	switch word {
	case "if":
		return tIf
	case "then":
		return tThen
	case "else":
		return tElse
	case "assert":
		return tAssert
	case "with":
		return tWith
	case "let":
		return tLet
	case "in":
		return tIn
	case "rec":
		return tRec
	case "inherit":
		return tInherit
	case "or":
		return tOrWord
	}
	return tID
}

// isReserved says whether a name must be quoted to be an attribute name. The word or need not be.
func isReserved(word string) bool {
	k := keyword(word)
	return k != tID && k != tOrWord
}

// Classes of bytes.
const (
	cSpace   = 1 << iota // blank, tab, line ends
	cIDStart             // may start a name
	cID                  // may continue a name
	cPath                // may be in a path, between slashes
	cScheme              // may be in the scheme of a URI
	cURI                 // may be in a URI after the colon
	cDigit
)

var class = makeClasses()

func makeClasses() (t [256]uint8) {
	add := func(bits uint8, chars string) {
		for i := 0; i < len(chars); i++ {
			t[chars[i]] |= bits
		}
	}
	for c := 'a'; c <= 'z'; c++ {
		bits := uint8(cIDStart | cID | cPath | cScheme | cURI)
		t[c] |= bits
		t[c-'a'+'A'] |= bits
	}
	add(cID|cPath|cScheme|cURI|cDigit, "0123456789")
	add(cSpace, " \t\r\n")
	add(cIDStart, "_")
	add(cID, "_'-")
	add(cPath, "._-+")
	add(cScheme, "+-.")
	add(cURI, "%/?:@&=+$,-_.!~*'")
	return t
}
