package ere

// This file runs programs.

import "strings"

// A job is a choice to come back to, or something to undo on the way back.
type job struct {
	kind jobKind
	pc   int32
	// sols is the number of matches found when the job was made.
	sols int
	// pos is a position; low is one too, or what depends on kind.
	pos, low int
}

type jobKind uint8

const (
	tryAlways jobKind = iota // go on at pc
	tryUnless                // the same, unless a match was found since
	trySpan                  // go on after pc with the text up to pos, or less, down to low; unless a match was found
	setGroup                 // group entry pc was pos
	setLoop                  // loop pc was at pos with low rounds
	noteDone                 // everything after (pc, pos) with loops low has been tried
)

// A loop counts the rounds of a repetition at one position.
type loop struct{ pos, rounds int }

type matcher struct {
	*Regex
	text string
	poll func() error

	exact    bool // the whole text must match
	notEmpty bool // the match must not be empty
	inside   bool // begin is not the start of the text, for "^"

	begin, end int   // of the best match so far
	best       []int // its groups
	groups     []int
	loopsAt    []loop
	jobs       []job
	sols       int

	steps     int // choices made and places looked at
	fresh     int // steps when places tried were last forgotten
	nextCheck int // when to look at the bounds again
	patience  int // how many steps are made before places tried are remembered
	tried     *memory
	spent     int // states of loops in memories forgotten
}

const (
	freeSteps = 1 << 16 // the usual patience
	pollSteps = 1 << 14
	// bytesPerStep is how many bytes of a span cost as much as a choice.
	bytesPerStep = 16
)

func (r *Regex) matcher(text string, poll func() error) *matcher {
	m := &matcher{Regex: r, text: text, poll: poll, patience: freeSteps, nextCheck: pollSteps}
	m.groups = make([]int, 2*r.groups)
	m.best = make([]int, 2*r.groups)
	if r.loops > 0 {
		m.loopsAt = make([]loop, r.loops)
	}
	return m
}

// search looks for the leftmost match at or after a position; inside says that this is not the start of the text.
func (m *matcher) search(from int, inside bool) (bool, error) {
	m.forget()
	for start := from; start <= len(m.text); start++ {
		if !m.nullable {
			skip := m.skip(start)
			if skip < 0 {
				return false, nil
			}
			start += skip
		}
		m.inside = inside || start > from
		ok, err := m.attempt(start)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// skip is how far the next place is where a match may start, or -1.
func (m *matcher) skip(start int) int {
	if m.prefix != "" {
		return strings.Index(m.text[start:], m.prefix)
	}
	for i := start; i < len(m.text); i++ {
		if m.first.has(m.text[i]) {
			return i - start
		}
	}
	return -1
}

// forget drops what was learned from other attempts.
func (m *matcher) forget() {
	if m.tried != nil {
		m.spent += len(m.tried.loops)
	}
	m.fresh, m.tried = m.steps, nil
	m.nextCheck = min(m.nextCheck, m.steps+m.patience)
}

// attempt looks for a match that starts at a position.
func (m *matcher) attempt(start int) (bool, error) {
	if m.steps++; m.steps >= m.nextCheck {
		if err := m.check(); err != nil {
			return false, err
		}
	}
	m.begin, m.end, m.sols = start, -1, 0
	for i := range m.groups {
		m.groups[i] = -1
	}
	for i := range m.loopsAt {
		m.loopsAt[i] = loop{}
	}
	m.jobs = m.jobs[:0]
	pc, pos := int32(0), start
	for {
		pc, pos = m.forward(pc, pos)
		if m.sols > 0 && (m.exact || !m.chooses || m.end == len(m.text)) {
			return true, nil
		}
		if pc >= 0 { // forward stopped for a check
			if err := m.check(); err != nil {
				return false, err
			}
			continue
		}
		if pc, pos = m.back(); pc < 0 {
			return m.sols > 0, nil
		}
	}
}

// forward runs until the way taken ends, which it tells by a negative pc.
func (m *matcher) forward(pc int32, pos int) (int32, int) {
	text := m.text
	for {
		in := &m.prog[pc]
		switch in.op {
		case opByte:
			if pos == len(text) || text[pos] != in.byte {
				return -1, 0
			}
			pos++
		case opSet:
			if pos == len(text) || !in.set.has(text[pos]) {
				return -1, 0
			}
			pos++
		case opOpen, opClose:
			slot := in.arg
			if in.op == opClose {
				slot++
			}
			m.undo(setGroup, slot, m.groups[slot], 0)
			m.groups[slot] = pos
		case opBegin:
			if pos != m.begin || m.inside {
				return -1, 0
			}
		case opEnd:
			if pos != len(text) {
				return -1, 0
			}
		case opAccept:
			m.accept(pos)
			return -1, 0
		default:
			if m.steps++; m.steps >= m.nextCheck {
				return pc, pos
			}
			if m.tried != nil && in.op != opSpan && m.wasTried(pc, pos, m.tried.loopKey(m.loopsAt, pos)) {
				return -1, 0
			}
			if pc, pos = m.choose(in, pc, pos); pc < 0 {
				return -1, 0
			}
			continue
		}
		pc = in.next
	}
}

// viable says that a way may succeed, as far as the next byte tells.
func (m *matcher) viable(a *ahead, pos int) bool {
	end := pos == len(m.text)
	if !end && a.set.has(m.text[pos]) {
		return true
	}
	return a.empty && (end || !m.exact) && !(m.notEmpty && pos == m.begin)
}

// choose takes the first way of a choice and leaves a job for the other.
func (m *matcher) choose(in *inst, pc int32, pos int) (int32, int) {
	switch in.op {
	case opAlt:
		if !m.viable(in.viaAlt, pos) {
			return in.next, pos
		}
		if m.viable(in.viaNext, pos) {
			m.jobs = append(m.jobs, job{kind: tryAlways, pc: in.next, pos: pos})
		}
		return in.alt, pos
	case opSpan:
		if m.tried != nil {
			return m.spanOnce(in, pc, pos)
		}
		end := pos
		for end < len(m.text) && in.set.has(m.text[end]) {
			end++
		}
		m.steps += (end - pos) / bytesPerStep
		if end > pos && !in.solo {
			m.jobs = append(m.jobs, job{kind: trySpan, pc: pc, pos: end - 1, low: pos, sols: m.sols})
		}
		return in.next, end
	}
	if !m.viable(in.viaAlt, pos) {
		return in.next, pos
	}
	if in.arg >= 0 {
		return m.round(in, pos)
	}
	if m.viable(in.viaNext, pos) {
		m.jobs = append(m.jobs, job{kind: tryUnless, pc: in.next, pos: pos, sols: m.sols})
	}
	return in.alt, pos
}

// round begins another round of a repetition that may match nothing.
func (m *matcher) round(in *inst, pos int) (int32, int) {
	l := &m.loopsAt[in.arg]
	old, now := *l, loop{pos, 1}
	if l.rounds > 0 && l.pos == pos {
		now.rounds = l.rounds + 1
	}
	if now.rounds > 2 {
		return in.next, pos
	}
	m.jobs = append(m.jobs,
		job{kind: tryUnless, pc: in.next, pos: pos, sols: m.sols},
		job{kind: setLoop, pc: in.arg, pos: old.pos, low: old.rounds})
	*l = now
	return in.alt, pos
}

// undo leaves a job that undoes something, if there is anything to go back to.
func (m *matcher) undo(kind jobKind, pc int32, pos, low int) {
	if len(m.jobs) > 0 {
		m.jobs = append(m.jobs, job{kind: kind, pc: pc, pos: pos, low: low})
	}
}

// accept notes a match that ends at pos.
func (m *matcher) accept(pos int) {
	if m.exact && pos != len(m.text) || m.notEmpty && pos == m.begin {
		return
	}
	m.sols++
	if m.end < pos {
		m.end = pos
		copy(m.best, m.groups)
	}
}

// back takes jobs off the stack until there is a way to go on.
func (m *matcher) back() (int32, int) {
	for len(m.jobs) > 0 {
		top := len(m.jobs) - 1
		j := &m.jobs[top]
		switch j.kind {
		case tryAlways:
			m.jobs = m.jobs[:top]
			return j.pc, j.pos
		case tryUnless:
			m.jobs = m.jobs[:top]
			if j.sols == m.sols {
				return j.pc, j.pos
			}
		case trySpan:
			in := &m.prog[j.pc]
			if j.sols == m.sols {
				if pos := m.shorter(in, j); pos >= 0 {
					return in.next, pos
				}
			} else if m.tried != nil {
				m.tried.spanMatched(j.pc, j.low, j.pos+1)
			}
			m.jobs = m.jobs[:top]
		case setGroup:
			m.groups[j.pc] = j.pos
			m.jobs = m.jobs[:top]
		case setLoop:
			m.loopsAt[j.pc] = loop{j.pos, j.low}
			m.jobs = m.jobs[:top]
		case noteDone:
			m.tried.done(j, m.sols > j.sols)
			m.jobs = m.jobs[:top]
		}
	}
	return -1, 0
}

// shorter takes the next shorter text for a span from its job, or returns -1.
func (m *matcher) shorter(in *inst, j *job) int {
	m.steps++
	for j.pos >= j.low {
		pos := j.pos
		j.pos--
		if m.viable(in.viaNext, pos) {
			return pos
		}
	}
	return -1
}

// check is called every now and then.
func (m *matcher) check() error {
	if m.poll != nil {
		if err := m.poll(); err != nil {
			return err
		}
	}
	if m.steps-m.fresh >= m.patience && m.tried == nil {
		m.tried = newMemory(m.Regex)
		if m.tried == nil {
			return ErrTooLarge
		}
	}
	if m.tried != nil && m.tried.full(m.spent) {
		return ErrTooLarge
	}
	m.nextCheck = m.steps + pollSteps
	return nil
}

// wasTried says that everything after a choice has been tried before; otherwise it is from now on.
//
// What was found then is not longer than the best match, so nothing new can come of it. It still counts as a
// match for the repetitions around it.
func (m *matcher) wasTried(pc int32, pos int, key uint64) bool {
	seen, matched := m.tried.enter(pc, pos, key)
	if seen {
		if matched {
			m.sols++
		}
		return true
	}
	m.jobs = append(m.jobs, job{kind: noteDone, pc: pc, pos: pos, low: int(key), sols: m.sols})
	return false
}

// spanOnce is choose for a span while places tried are remembered. What was tried after a longer text need not be
// tried again after a shorter one, so that spans one after the other do not take quadratic time.
func (m *matcher) spanOnce(in *inst, pc int32, pos int) (int32, int) {
	low := pos
	if key := m.tried.loopKey(m.loopsAt, pos); key != 0 {
		// What comes after an empty span depends on the loops; what comes after a longer one does not.
		if m.wasTried(pc, pos, key) {
			return -1, 0
		}
		m.jobs = append(m.jobs, job{kind: tryUnless, pc: in.next, pos: pos, sols: m.sols})
		if pos == len(m.text) || !in.set.has(m.text[pos]) {
			return -1, 0 // the job above goes on
		}
		low++
	}
	known, matched := m.tried.enterSpan(pc, low, func(at int) bool { return at < len(m.text) && in.set.has(m.text[at]) })
	if matched {
		m.sols++
		return -1, 0
	}
	if known == low {
		return -1, 0
	}
	m.jobs = append(m.jobs, job{kind: trySpan, pc: pc, pos: known - 2, low: low, sols: m.sols})
	return in.next, known - 1
}
