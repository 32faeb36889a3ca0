package delivery

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// source reads the stored file. It counts, it ends with its context, and it remembers its error, which the readers above it hide.
type source struct {
	ctx  context.Context
	r    io.Reader
	read atomic.Int64
	err  error // other than io.EOF
}

// Read reads from the file.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	s.read.Add(int64(n))
	if err != nil && err != io.EOF {
		s.err = fmt.Errorf("read stored file: %w", err)
		return n, s.err
	}
	return n, err
}

// received returns how many bytes of the file were read so far.
func (s *source) received() int64 { return s.read.Load() }

// The buffers of a readAhead: big enough that handing them over costs nothing.
const (
	aheadSize    = 128 << 10
	aheadBuffers = 4
)

// readAhead reads from a source in a goroutine of its own, so that what is above and what is below it run at the same time.
type readAhead struct {
	full  chan chunk
	empty chan []byte
	stop  chan struct{}
	done  sync.WaitGroup

	current []byte // not yet read part of last
	last    []byte
	err     error
}

type chunk struct {
	data []byte
	err  error
}

// newReadAhead begins to read src. Close must be called; src is free for others after that.
func newReadAhead(src io.Reader) *readAhead {
	a := &readAhead{full: make(chan chunk, aheadBuffers), empty: make(chan []byte, aheadBuffers), stop: make(chan struct{})}
	for range aheadBuffers {
		a.empty <- make([]byte, aheadSize)
	}
	a.done.Go(func() { a.run(src) })
	return a
}

func (a *readAhead) run(src io.Reader) {
	defer close(a.full)
	for {
		var buf []byte
		select {
		case buf = <-a.empty:
		case <-a.stop:
			return
		}
		n, err := io.ReadFull(src, buf)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		select {
		case a.full <- chunk{buf[:n], err}:
		case <-a.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read hands out what was read.
func (a *readAhead) Read(p []byte) (int, error) {
	for len(a.current) == 0 {
		if a.err != nil {
			return 0, a.err
		}
		if a.last != nil {
			a.empty <- a.last[:cap(a.last)]
			a.last = nil
		}
		c, ok := <-a.full
		if !ok {
			return 0, io.ErrClosedPipe
		}
		a.current, a.last, a.err = c.data, c.data, c.err
	}
	n := copy(p, a.current)
	a.current = a.current[n:]
	return n, nil
}

// Close stops reading and waits until src is not used any more. It must not run at the same time as Read.
func (a *readAhead) Close() {
	close(a.stop)
	a.done.Wait()
}
