package ere

// This file remembers the places of the text at which a choice has been tried before.

// A memory has two bits for each choice of the program at each position: tried, and led to a match. Where loops
// have made rounds without getting further, the rounds are part of the key.
type memory struct {
	choice []int32 // by instruction: its number among the choices
	width  int     // number of choices
	pages  map[int][]uint64
	loops  map[loopState]uint64
}

type loopState struct {
	pc, pos int
	rounds  uint64
}

const (
	pagePositions = 64
	maxPageWords  = 64 << 20 / 8
	maxLoopStates = 1 << 18
	maxLoops      = 31 // two bits each in a loopKey that is kept as an int
	triedBit      = 1
	matchedBit    = 2
)

// newMemory makes a memory, nil if none can be made for the program.
func newMemory(r *Regex) *memory {
	t := &memory{choice: make([]int32, len(r.prog)), pages: map[int][]uint64{}, loops: map[loopState]uint64{}}
	if r.loops > maxLoops {
		return nil
	}
	for i := range r.prog {
		switch r.prog[i].op {
		case opAlt, opRepeat, opSpan:
			t.choice[i] = int32(t.width)
			t.width++
		}
	}
	return t
}

// full says that the memory is as large as it may become. spent counts the states of loops in earlier ones: nested
// loops can have so many at one place that they must be bounded over a whole text.
func (t *memory) full(spent int) bool {
	return spent+len(t.loops) > maxLoopStates || len(t.pages)*(t.width*pagePositions*2/64+1) > maxPageWords
}

// loopKey packs the rounds that loops have made at a position.
func (t *memory) loopKey(loops []loop, pos int) uint64 {
	key := uint64(0)
	for i, l := range loops {
		if l.pos == pos {
			key |= uint64(l.rounds) << (2 * i)
		}
	}
	return key
}

// word finds the bits of a choice.
func (t *memory) word(pc int32, pos int) (*uint64, int) {
	page := t.pages[pos/pagePositions]
	if page == nil {
		page = make([]uint64, t.width*pagePositions*2/64+1)
		t.pages[pos/pagePositions] = page
	}
	bit := (pos%pagePositions*t.width + int(t.choice[pc])) * 2
	return &page[bit/64], bit % 64
}

// enter marks a choice as tried and says whether it was before, and whether that led to a match.
func (t *memory) enter(pc int32, pos int, key uint64) (seen, matched bool) {
	if key != 0 {
		s := loopState{int(pc), pos, key}
		old := t.loops[s]
		t.loops[s] = old | triedBit
		return old != 0, old&matchedBit != 0
	}
	w, bit := t.word(pc, pos)
	old := *w >> bit
	*w |= triedBit << bit
	return old&triedBit != 0, old&matchedBit != 0
}

// done notes whether a choice led to a match.
func (t *memory) done(j *job, matched bool) {
	if !matched {
		return
	}
	if j.low != 0 {
		t.loops[loopState{int(j.pc), j.pos, uint64(j.low)}] |= matchedBit
		return
	}
	w, bit := t.word(j.pc, j.pos)
	*w |= matchedBit << bit
}

// enterSpan marks a span as tried at the positions from low up to its end, or to the first one that was before. It
// returns the position after the last one it marked, and whether the one that was before led to a match; then all of
// these do. more says that the span goes on after the byte at a position.
func (t *memory) enterSpan(pc int32, low int, more func(at int) bool) (known int, matched bool) {
	for known = low; ; known++ {
		seen, matched := t.enter(pc, known, 0)
		if seen {
			if matched {
				t.spanMatched(pc, low, known-1)
			}
			return known, matched
		}
		if !more(known) {
			return known + 1, false
		}
	}
}

// spanMatched notes that a span led to a match from the positions from low to high.
func (t *memory) spanMatched(pc int32, low, high int) {
	for pos := low; pos <= high; pos++ {
		w, bit := t.word(pc, pos)
		*w |= matchedBit << bit
	}
}
