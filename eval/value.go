package eval

// This file defines the representation of values.
//
//	kind        ref                   bits
//	int         &intMark              the integer
//	float       &floatMark            IEEE bits
//	null, bool  &plainMark            kind | truth<<8
//	string      first byte            kind | length<<8   (no context)
//	string      *contextString        kindTaggedString
//	path        first byte            kind | length<<8
//	list        first element         kind | length<<8
//	attrs       *Attrs                kind
//	function    *frame                kind | number in the frame<<8 | lambda<<16
//	function    *Builtin, *partial    kind
//	function    *frame                kindLambda | the same (nothing has forced it yet)
//	thunk       *Thunk                kind
//
// So integers, strings and lists need no header of their own, and the tail of a list is a slice of it.
// The unsafe conversions of the whole package are in this file, frame.go, thunk.go and attrs.go.

import (
	"math"
	"unsafe"
)

// Kind is the type of a value. A [Value] of kind KindThunk has to be forced to learn more.
type Kind uint8

const (
	KindInvalid Kind = iota
	KindNull
	KindBool
	KindInt
	KindFloat
	KindString
	kindTaggedString // a string with context; Value.Kind reports KindString
	KindPath
	KindList
	KindAttrs
	KindFunction
	kindBuiltin // Value.Kind reports KindFunction
	kindPartial // Value.Kind reports KindFunction
	// States of a thunk, only found in its content and in slots of frames; see thunk.go. All kinds from here on
	// have to be forced.
	kindSuspended Kind = 0xf8
	kindRunning   Kind = 0xf9
	kindFailed    Kind = 0xfa
	// kindLambda is a function in a place that has not been forced: Nix suspends it there like any expression. Its
	// frame tells whether somebody forced it at another place.
	kindLambda Kind = 0xfb

	KindThunk Kind = 0xfd
)

// String names the kind as builtins.typeOf does.
func (k Kind) String() string {
	switch k {
	case KindNull:
		return "null"
	case KindBool:
		return "bool"
	case KindInt:
		return "int"
	case KindFloat:
		return "float"
	case KindString, kindTaggedString:
		return "string"
	case KindPath:
		return "path"
	case KindList:
		return "list"
	case KindAttrs:
		return "set"
	case KindFunction, kindBuiltin, kindPartial:
		return "lambda"
	case KindThunk:
		return "thunk"
	}
	return "invalid"
}

// A Value is a Nix value, maybe suspended. It is two words and is copied freely. The zero Value is no value.
type Value struct {
	ref  unsafe.Pointer
	bits uint64
}

var intMark, floatMark, plainMark, emptyMark byte

// Null, True and False are the values of these names.
var (
	Null  = Value{unsafe.Pointer(&plainMark), uint64(KindNull)}
	True  = Value{unsafe.Pointer(&plainMark), uint64(KindBool) | 1<<8}
	False = Value{unsafe.Pointer(&plainMark), uint64(KindBool)}

	emptyList = Value{unsafe.Pointer(&emptyMark), uint64(KindList)}
)

// Int makes an integer.
func Int(n int64) Value { return Value{unsafe.Pointer(&intMark), uint64(n)} }

// Float makes a floating-point number.
func Float(f float64) Value { return Value{unsafe.Pointer(&floatMark), math.Float64bits(f)} }

// Bool makes a boolean.
func Bool(b bool) Value {
	if b {
		return True
	}
	return False
}

// String makes a string without context.
func String(s string) Value { return bytesValue(s, KindString) }

// Path makes a path from an absolute, clean path.
func Path(s string) Value { return bytesValue(s, KindPath) }

func bytesValue(s string, k Kind) Value {
	if s == "" {
		return Value{unsafe.Pointer(&emptyMark), uint64(k)}
	}
	return Value{unsafe.Pointer(unsafe.StringData(s)), uint64(k) | uint64(len(s))<<8}
}

// A contextString is a string that remembers what it refers to.
type contextString struct {
	text    string
	context *Context
}

// StringWithContext makes a string; a nil or empty context gives a plain one.
func StringWithContext(s string, c *Context) Value {
	if c.Empty() {
		return String(s)
	}
	return Value{unsafe.Pointer(&contextString{s, c}), uint64(kindTaggedString)}
}

// List makes a list that shares the elements, which the caller must not change afterwards.
func List(elems []Value) Value {
	if len(elems) == 0 {
		return emptyList
	}
	return Value{unsafe.Pointer(unsafe.SliceData(elems)), uint64(KindList) | uint64(len(elems))<<8}
}

func attrsValue(a *Attrs) Value { return Value{unsafe.Pointer(a), uint64(KindAttrs)} }

func builtinValue(b *Builtin) Value { return Value{unsafe.Pointer(b), uint64(kindBuiltin)} }

func partialValue(p *partial) Value { return Value{unsafe.Pointer(p), uint64(kindPartial)} }

func thunkValue(t *Thunk) Value { return Value{unsafe.Pointer(t), uint64(KindThunk)} }

// number says that the bits are a number and hold no kind.
func (v Value) number() bool {
	return v.ref == unsafe.Pointer(&intMark) || v.ref == unsafe.Pointer(&floatMark)
}

// kind is the exact kind, including the ones that are not exported.
func (v Value) kind() Kind {
	if v.ref == unsafe.Pointer(&intMark) {
		return KindInt
	}
	if v.ref == unsafe.Pointer(&floatMark) {
		return KindFloat
	}
	return Kind(v.bits)
}

// Kind is the type of the value.
func (v Value) Kind() Kind {
	switch k := v.kind(); k {
	case kindTaggedString:
		return KindString
	case kindBuiltin, kindPartial:
		return KindFunction
	case kindLambda:
		if v.scope().forced(v.inFrame()) {
			return KindFunction
		}
		return KindThunk
	default:
		return k
	}
}

// pending says that the content of a thunk or slot is no value.
func (v Value) pending() bool {
	return Kind(v.bits) >= kindSuspended && Kind(v.bits) <= kindFailed && !v.number()
}

// lazy says that what is in a slot of a frame has to be forced.
func (v Value) lazy() bool { return Kind(v.bits) >= kindSuspended && !v.number() }

// isFunction says that v is a function, of any kind, forced or not.
func (v Value) isFunction() bool {
	k := Kind(v.bits)
	return (k >= KindFunction && k <= kindPartial || k == kindLambda) && !v.number()
}

// isLambda says that v is a function that may not have been forced yet.
func (v Value) isLambda() bool { return Kind(v.bits) == kindLambda && !v.number() }

func (v Value) isThunk() bool { return Kind(v.bits) == KindThunk && !v.number() }

func (v Value) isInt() bool { return v.ref == unsafe.Pointer(&intMark) }

func (v Value) isFloat() bool { return v.ref == unsafe.Pointer(&floatMark) }

func (v Value) isAttrs() bool { return Kind(v.bits) == KindAttrs && !v.number() }

func (v Value) isList() bool { return Kind(v.bits) == KindList && !v.number() }

func (v Value) isBool() bool { return Kind(v.bits) == KindBool && !v.number() }

func (v Value) isNull() bool { return Kind(v.bits) == KindNull && !v.number() }

func (v Value) isString() bool {
	k := Kind(v.bits)
	return (k == KindString || k == kindTaggedString) && !v.number()
}

func (v Value) isPath() bool { return Kind(v.bits) == KindPath && !v.number() }

// IntVal is the integer; the value must be one.
func (v Value) IntVal() int64 { return int64(v.bits) }

// FloatVal is the floating-point number; the value must be one.
func (v Value) FloatVal() float64 { return math.Float64frombits(v.bits) }

// BoolVal is the truth of a boolean.
func (v Value) BoolVal() bool { return v.bits>>8 != 0 }

// Text is the text of a string or path.
func (v Value) Text() string {
	if Kind(v.bits) == kindTaggedString {
		return (*contextString)(v.ref).text
	}
	return unsafe.String((*byte)(v.ref), int(v.bits>>8))
}

// Context is the context of a string, nil for everything else.
func (v Value) Context() *Context {
	if v.kind() == kindTaggedString {
		return (*contextString)(v.ref).context
	}
	return nil
}

// Elems are the elements of a list. Forcing an element through [Evaluator.ForceSlot] may write back its
// value; otherwise they must not be changed.
func (v Value) Elems() []Value {
	n := int(v.bits >> 8)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*Value)(v.ref), n)
}

// Len is the length of a list.
func (v Value) Len() int { return int(v.bits >> 8) }

// Attrs is the set; the value must be one.
func (v Value) Attrs() *Attrs { return (*Attrs)(v.ref) }

// scope is the frame around a function.
func (v Value) scope() *frame { return (*frame)(v.ref) }

// inFrame is the number that a function has in its frame.
func (v Value) inFrame() uint64 { return v.bits >> 8 & 0xff }

// forceLambda notes that a function is forced, wherever it is.
func (v Value) forceLambda() Value {
	v.scope().setForced(v.inFrame())
	return Value{v.ref, v.bits ^ uint64(kindLambda^KindFunction)}
}

// knownLambda is a function that may not have been forced, as it is now.
func (v Value) knownLambda() Value {
	if v.scope().forced(v.inFrame()) {
		return Value{v.ref, v.bits ^ uint64(kindLambda^KindFunction)}
	}
	return v
}

func (v Value) builtin() *Builtin { return (*Builtin)(v.ref) }

func (v Value) partial() *partial { return (*partial)(v.ref) }

func (v Value) thunk() *Thunk { return (*Thunk)(v.ref) }

// Valid says that v is a value at all.
func (v Value) Valid() bool { return v.ref != nil }

// same says that two values are one and the same object, as C++ Nix finds by comparing pointers.
func (v Value) same(w Value) bool { return v == w }
