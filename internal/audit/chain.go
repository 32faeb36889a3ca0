package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// chain is this process's chain of one stream, and the file it is being written to. Only the goroutine of the Log touches it.
type chain struct {
	stream Stream
	name   string
	header headerField
	key    []byte // of this chain
	root   *os.Root
	limit  int64 // size at which the next file begins

	file *os.File
	size int64  // of the file, with what is in buf
	buf  []byte // lines that are not written yet
	seq  int64  // of the next line
	mac  []byte // of the newest line

	id       int64    // in the control database, 0 before it knows the chain
	marks    []anchor // lines that must be anchored besides the newest
	anchored int64    // number of the newest anchored line, -1 before the first
}

// newChain names a chain for a process; open begins its first file.
func newChain(cfg Config, root *os.Root, stream Stream, host string) *chain {
	name := fmt.Sprintf("%s-%s-%s", cfg.Role, time.Now().UTC().Format("20060102T150405Z"), strings.ToLower(rand.Text()[:16]))
	return &chain{
		stream: stream, name: name, key: chainKey(cfg.Key, stream, name), root: root, limit: cfg.FileSize, anchored: -1,
		header: headerField{Version: 1, Stream: stream, Key: keyName(cfg.Key), Host: host, Directory: cfg.Directory, Process: os.Getpid()},
	}
}

func fileName(stream Stream, chain string, number int) string {
	return fmt.Sprintf("%s.%s.%06d.log", stream, chain, number)
}

// add puts a line behind the others and returns it. It reaches the disk with the next sync, at the latest.
func (c *chain) add(body []byte) ([]byte, error) {
	if c.file != nil && c.size >= c.limit {
		if err := c.sync(); err != nil {
			return nil, err
		}
		if err := c.file.Close(); err != nil {
			return nil, err
		}
		c.file = nil
	}
	if c.file == nil {
		if err := c.open(); err != nil {
			return nil, err
		}
	}
	before := len(c.buf)
	c.line(body)
	return bytes.Clone(c.buf[before:]), nil
}

func (c *chain) line(body []byte) {
	before := len(c.buf)
	c.buf, c.mac = appendLine(c.buf, c.name, c.seq, body, c.key, c.mac)
	c.size += int64(len(c.buf) - before)
	c.seq++
}

// open begins the next file with the line that says what it is.
func (c *chain) open() error {
	c.header.File++
	c.header.Previous = hex.EncodeToString(c.mac)
	kind, mark := continued, markContinued
	if c.header.File == 1 {
		kind, mark = opened, markOpened
	}
	body, err := Record{Time: now(), Kind: kind, Begin: &c.header}.body()
	if err != nil {
		return err
	}
	c.file, err = c.root.OpenFile(fileName(c.stream, c.name, c.header.File), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	c.size = 0
	c.line(body)
	c.marks = append(c.marks, anchor{seq: c.seq - 1, mac: c.mac, mark: mark})
	if err := c.sync(); err != nil {
		return err
	}
	return c.syncDirectory()
}

// close writes the last line of the chain.
func (c *chain) close() error {
	body, err := Record{Time: now(), Kind: closed}.body()
	if err != nil {
		return err
	}
	c.line(body)
	c.marks = append(c.marks, anchor{seq: c.seq - 1, mac: c.mac, mark: markClosed})
	return c.sync()
}

// sync brings the lines to the disk.
func (c *chain) sync() error {
	if len(c.buf) == 0 {
		return nil
	}
	if _, err := c.file.Write(c.buf); err != nil {
		return err
	}
	c.buf = c.buf[:0]
	if err := c.file.Sync(); err != nil {
		return err
	}
	return c.stillThere()
}

// stillThere returns an error when somebody has removed or cut the file under us: what is written to it is lost.
func (c *chain) stillThere() error {
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink == 0 || info.Size() != c.size {
		return fmt.Errorf("the file %s was removed or changed while it was written", c.file.Name())
	}
	return nil
}

// giveUp lets go of a file that could not be written.
func (c *chain) giveUp() {
	if c.file != nil {
		_ = c.file.Close() // whatever it says, the file is not used again
	}
}

func (c *chain) syncDirectory() error {
	dir, err := c.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// due are the anchors that the control database does not have yet.
func (c *chain) due() []anchor {
	due := c.marks
	if last := c.seq - 1; last > c.anchored && (len(due) == 0 || due[len(due)-1].seq < last) {
		due = append(due[:len(due):len(due)], anchor{seq: last, mac: c.mac})
	}
	return due
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
