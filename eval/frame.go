package eval

// This file defines frames and the allocation of the small objects that evaluation makes by the million.

import "unsafe"

// A frame holds the values of the names that one construct introduces, and the frame around it. Its slots
// follow it in memory: a frame of n slots is an array of n+1 values whose first one holds the outer frame.
// Package resolve has checked that every slot asked for exists.
type frame struct {
	outer Value
}

const (
	valueSize = unsafe.Sizeof(Value{})
	// chunkValues is the number of values that are allocated together. A chunk stays as long as any
	// value in it is reachable, so it must not be large.
	chunkValues = 256
	chunkThunks = 128
)

func (f *frame) slot(i int) *Value {
	return (*Value)(unsafe.Add(unsafe.Pointer(f), uintptr(i+1)*valueSize))
}

// up is the frame that is depth frames outward.
func (f *frame) up(depth int) *frame {
	for ; depth > 0; depth-- {
		f = (*frame)(f.outer.ref)
	}
	return f
}

// newFrame makes a frame of n empty slots.
func (m *Evaluator) newFrame(outer *frame, n int) *frame {
	values := m.values(n + 1)
	values[0].ref = unsafe.Pointer(outer)
	return (*frame)(unsafe.Pointer(unsafe.SliceData(values)))
}

// values makes room for n values.
func (m *Evaluator) values(n int) []Value {
	if n > len(m.freeValues) {
		if n > chunkValues/4 {
			return make([]Value, n)
		}
		m.freeValues = make([]Value, chunkValues)
	}
	v := m.freeValues[:n:n]
	m.freeValues = m.freeValues[n:]
	return v
}

// newThunk makes a suspended computation.
func (m *Evaluator) newThunk(c code, f *frame) *Thunk {
	if len(m.freeThunks) == 0 {
		m.freeThunks = make([]Thunk, chunkThunks)
	}
	t := &m.freeThunks[0]
	m.freeThunks = m.freeThunks[1:]
	m.stats.Thunks++
	t.value.ref = unsafe.Pointer(f)
	t.code = c
	return t
}

// isBlackhole says that c is the code of a thunk that is being forced. Go has no comparison of functions, but
// a function value is a pointer, and blackhole has only one.
func isBlackhole(c code) bool {
	b := code(blackhole)
	return *(*unsafe.Pointer)(unsafe.Pointer(&c)) == *(*unsafe.Pointer)(unsafe.Pointer(&b))
}
