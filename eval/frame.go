package eval

// This file defines frames and the allocation of the small objects that evaluation makes by the million.

import "unsafe"

// A frame holds the values of the names that one construct introduces, and the frame around it. Its slots
// follow it in memory: a frame of n slots is an array of n+1 values whose first one holds the outer frame.
// Package resolve has checked that every slot asked for exists.
type frame struct {
	outer Value
}

const valueSize = unsafe.Sizeof(Value{})

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

// newFrame makes a frame of n slots, which the caller fills before anybody reads them.
func (m *Evaluator) newFrame(outer *frame, n int) *frame {
	if n < len(m.freeFrames) {
		if f := m.freeFrames[n]; f != nil {
			m.freeFrames[n] = (*frame)(f.outer.ref)
			f.outer = Value{ref: unsafe.Pointer(outer)}
			return f
		}
	}
	values := m.values(n + 1)
	values[0] = Value{ref: unsafe.Pointer(outer)}
	return (*frame)(unsafe.Pointer(unsafe.SliceData(values)))
}

// innerFrame makes a frame inside the one at hand.
func (m *Evaluator) innerFrame(f *frame, n int) *frame {
	f.capture()
	return m.newFrame(f, n)
}

func (f *frame) data() unsafe.Pointer { return unsafe.Pointer(f) }

// capture notes that something besides the running call holds the frame: a thunk, a function or a frame
// inside it. The word is free because the kind of a frame's outer value is known. Its other bits tell which functions
// of the frame have been forced.
func (f *frame) capture() { f.outer.bits |= 1 }

// release takes back the memory of a frame when the call it was made for is over and nothing else holds it. So
// a call that only computes allocates nothing: its frame is either the newest piece of the chunk, or kept for
// the next call with as many slots.
func (m *Evaluator) release(f *frame, n int) {
	if f.outer.bits != 0 {
		return
	}
	if start := m.next - n - 1; start >= 0 && unsafe.Pointer(&m.chunk[start]) == unsafe.Pointer(f) {
		m.next = start
		return
	}
	if n < len(m.freeFrames) {
		f.outer.ref = unsafe.Pointer(m.freeFrames[n])
		m.freeFrames[n] = f
	}
}

// Sizes of chunks, in values. A chunk stays as long as any value in it is reachable, and with it all that its other
// values refer to. That does not matter before the first collection, when chunks grow large so that allocating
// costs next to nothing; afterwards they are small.
const (
	firstChunk = 256
	largeChunk = 8192
	smallChunk = 16
	// largeChunks is how many values are allocated in large chunks: 2 GiB, the heap before the first collection on
	// a large machine.
	largeChunks = 2 << 30 / 16
)

// values makes room for n values, which the caller fills. Frames, sets, lists and thunks are all made of it.
func (m *Evaluator) values(n int) []Value {
	end := m.next + n
	if end > len(m.chunk) {
		if n > len(m.chunk)/4 && n >= smallChunk/2 {
			m.allocated += n
			return make([]Value, n)
		}
		m.newChunk()
		end = n
	}
	v := m.chunk[m.next:end:end]
	m.next = end
	return v
}

// newChunk allocates the next chunk.
func (m *Evaluator) newChunk() {
	size := len(m.chunk) * 2
	switch {
	case m.allocated > largeChunks:
		size = smallChunk
	case size < firstChunk:
		size = firstChunk
	case size > largeChunk:
		size = largeChunk
	}
	m.chunk = make([]Value, size)
	m.next = 0
	m.allocated += size
	if size == largeChunk {
		populate(m.chunk)
	}
}

// newThunk makes a suspended computation in a frame.
func (m *Evaluator) newThunk(c codeID, f *frame) *Thunk {
	f.capture()
	return m.newThunkOf(c, unsafe.Pointer(f))
}

// suspension is a suspended computation for a slot of a frame.
func (m *Evaluator) suspension(c codeID, f *frame) Value {
	f.capture()
	m.stats.Suspensions++
	return Value{unsafe.Pointer(f), uint64(c)<<8 | uint64(kindSuspended)}
}

// newThunkOf makes a suspended computation that knows itself what it is given as its frame.
func (m *Evaluator) newThunkOf(c codeID, data unsafe.Pointer) *Thunk {
	t := (*Thunk)(unsafe.Pointer(unsafe.SliceData(m.values(1))))
	m.stats.Thunks++
	t.value = Value{data, uint64(c)<<8 | uint64(kindSuspended)}
	return t
}

// function makes a function; lazily says that nothing needs its value yet.
func (l *lambda) function(_ *Evaluator, f *frame) (Value, *Error) {
	f.capture()
	return Value{unsafe.Pointer(f), l.bits | uint64(KindFunction)}, nil
}

func (l *lambda) lazily(f *frame) Value {
	f.capture()
	return Value{unsafe.Pointer(f), l.bits | uint64(kindLambda)}
}

// forced says that the function with a number in the frame has been forced.
func (f *frame) forced(number uint64) bool { return f.outer.bits>>(1+number)&1 != 0 }

func (f *frame) setForced(number uint64) { f.outer.bits |= 1 << (1 + number) }
