package file

// This file keeps what is known of a file, reads what was added to it, and writes.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"nixops4/state"
)

// cache is what is known of a file.
type cache struct {
	log     state.Log
	info    os.FileInfo // of the file when it was last read or written
	end     int64       // offset after the last event and the white space that follows it
	newline bool        // the byte before end is a newline
	starts  []int64     // offset of each event
	tail    []byte      // the last bytes before end, to notice when they change
}

// tailSize is how many bytes before the end are compared before new events are read.
const tailSize = 512

// readNew returns a cache that is up to date with the locked file, given the one from before (may be nil, and is used up).
func readNew(path string, file *os.File, c *cache) (*cache, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading state file %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading state file %s: it is not a regular file", path)
	}
	if c != nil && c.unchanged(info) {
		return c, nil
	}
	if c == nil || !c.grown(file, info) {
		c = &cache{}
	}
	added := make([]byte, info.Size()-c.end)
	if _, err := io.ReadFull(io.NewSectionReader(file, c.end, int64(len(added))), added); err != nil {
		return nil, fmt.Errorf("reading state file %s: %w", path, err)
	}
	if err := c.add(path, added); err != nil {
		return nil, err
	}
	c.info = info
	return c, nil
}

// unchanged reports whether the file is as it was last seen.
func (c *cache) unchanged(info os.FileInfo) bool {
	return os.SameFile(c.info, info) && c.info.Size() == info.Size() && c.info.ModTime().Equal(info.ModTime())
}

// grown reports whether the file is the known one with something added.
func (c *cache) grown(file *os.File, info os.FileInfo) bool {
	if !os.SameFile(c.info, info) || info.Size() <= c.end {
		return false
	}
	now := make([]byte, len(c.tail))
	_, err := file.ReadAt(now, c.end-int64(len(now)))
	return err == nil && bytes.Equal(now, c.tail)
}

// add reads the events in data, which starts at c.end.
func (c *cache) add(path string, data []byte) error {
	base := c.end
	corrupt := func(at int64, torn bool, format string, args ...any) error {
		return &state.CorruptError{Path: path, Offset: at, Torn: torn, Msg: fmt.Sprintf(format, args...)}
	}
	for s := (scanner{data: data}); ; {
		start, e, err := s.next()
		at := base + start
		var garbage *garbageError
		first := c.log.Document == nil
		switch {
		case err == io.EOF && first:
			return corrupt(0, false, "it is empty, so it is not a state file")
		case err == io.EOF:
			c.seen(data, base)
			return nil
		case errors.Is(err, errTorn) && !first:
			return corrupt(at, true, "the last event is incomplete, as after a crash while it was written; "+
				"`nixops4 state check --repair` keeps a copy of the file and cuts it off")
		case errors.As(err, &garbage) && !first:
			return corrupt(base+garbage.offset, false, "%s", err)
		}
		if err == nil {
			err = c.log.Add(e)
		}
		if err != nil && first && base == 0 && bytes.HasPrefix(data, byteOrderMark) {
			return corrupt(0, false, "it starts with a byte order mark, as some editors put it there; remove these three bytes")
		}
		if err != nil && first {
			return corrupt(at, false, "it is not a state file: %s", err)
		}
		if err != nil {
			return corrupt(at, false, "%s", err)
		}
		c.starts = append(c.starts, at)
	}
}

// byteOrderMark is U+FEFF in UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// seen notes that everything up to the end of data, which started at base, has been read.
func (c *cache) seen(data []byte, base int64) {
	c.end = base + int64(len(data))
	if len(data) > 0 {
		c.newline = data[len(data)-1] == '\n'
		c.tail = bytes.Clone(lastBytes(append(c.tail[:len(c.tail):len(c.tail)], lastBytes(data)...)))
	}
}

func lastBytes(b []byte) []byte { return b[max(0, len(b)-tailSize):] }

// events reads events from index from on again. from is below the next index.
func (c *cache) events(file *os.File, from uint64) ([]state.Event, error) {
	// A compacted log's first event stands for many indexes; the others follow without gaps.
	first := c.log.Next - uint64(len(c.starts)) // of the event at starts[0], if it were an ordinary one
	i := 0
	if from > first {
		i = int(from - first)
	}
	data := make([]byte, c.end-c.starts[i])
	if _, err := file.ReadAt(data, c.starts[i]); err != nil {
		return nil, fmt.Errorf("reading state file %s: %w", file.Name(), err)
	}
	var events []state.Event
	for s := (scanner{data: data}); ; i++ {
		_, e, err := s.next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading state file %s: %w", file.Name(), err)
		}
		if i > 0 {
			e.Index = first + uint64(i)
		}
		events = append(events, e)
	}
}

// write appends the batch, which is already part of c.log, to the locked file, durably. After an error it tries to make the file as before.
func (c *cache) write(file *os.File, b state.Batch) error {
	var data []byte
	if !c.newline {
		data = append(data, '\n')
	}
	starts := make([]int64, len(b.Events))
	for i, e := range b.Events {
		e.Index = b.Expected + uint64(i)
		starts[i] = c.end + int64(len(data))
		data = append(append(data, encode(e)...), '\n')
	}
	_, err := file.WriteAt(data, c.end)
	if err == nil {
		err = file.Sync()
	}
	var info os.FileInfo
	if err == nil {
		info, err = file.Stat()
	}
	if err != nil {
		return errors.Join(err, takeBack(file, c.end))
	}
	c.starts = append(c.starts, starts...)
	c.seen(data, c.end)
	c.info = info
	return nil
}

// takeBack cuts off a write that failed.
func takeBack(file *os.File, size int64) error {
	err := file.Truncate(size)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return fmt.Errorf("cutting the file back to %d bytes: %w", size, err)
	}
	return nil
}

func encode(e state.Event) []byte {
	data, err := e.MarshalJSON()
	if err != nil {
		panic(fmt.Sprintf("state/file: an event that was parsed cannot be encoded: %v", err))
	}
	return data
}
