package typeface

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"
)

// Weight is how heavy letters are.
type Weight int

// The weights of a set.
const (
	Regular Weight = iota
	Semibold
	weights
)

// Set is the fonts of an installation. It may be used by many goroutines.
type Set struct {
	shipped [weights]*Face
	others  []*candidate // of the operator's folder, the best first
}

// candidate is a font of the folder, loaded when a text first needs it.
type candidate struct {
	path  string
	index int
	has   font.Cmap
	bold  bool
	load  func() (*Face, error)
}

// NewSet returns a set of two fonts.
func NewSet(regular, semibold []byte) (*Set, error) {
	s := &Set{}
	for w, file := range [][]byte{regular, semibold} {
		face, err := NewFace(file, w)
		if err != nil {
			return nil, err
		}
		s.shipped[w] = face
	}
	return s, nil
}

// WithFolder returns the set together with the TrueType fonts of a folder and of those in it (*.ttf), for scripts that the shipped fonts
// lack. Fonts without serifs come first. Files that are not TrueType fonts, or may not be embedded, are left out and named in the second
// value; a folder that cannot be read is an error.
func (s *Set) WithFolder(folder string) (*Set, []string, error) {
	var names, refused []string
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.EqualFold(filepath.Ext(path), ".ttf") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read fonts: %w", err)
	}
	slices.SortFunc(names, func(a, b string) int {
		if n := rank(a) - rank(b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	more := &Set{shipped: s.shipped, others: slices.Clone(s.others)}
	for _, name := range names {
		c, err := newCandidate(name, int(weights)+len(more.others))
		if err != nil {
			refused = append(refused, filepath.Base(name)+": "+err.Error())
			continue
		}
		more.others = append(more.others, c)
	}
	return more, refused, nil
}

// rank puts upright fonts without serifs first.
func rank(path string) int {
	name, n := strings.ToLower(filepath.Base(path)), 0
	for word, cost := range map[string]int{"sans": -8, "serif": 16, "mono": 32, "italic": 64, "oblique": 64, "condensed": 4, "display": 4, "ui": 2, "looped": 2} {
		if strings.Contains(name, word) {
			n += cost
		}
	}
	return n
}

// newCandidate reads which characters a font has.
func newCandidate(path string, index int) (*candidate, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	loader, err := opentype.NewLoader(file)
	if err != nil {
		return nil, errNoTrueType
	}
	if !loader.HasTable(opentype.MustNewTag("glyf")) {
		return nil, errNoTrueType
	}
	raw, err := loader.RawTable(opentype.MustNewTag("cmap"))
	if err != nil {
		return nil, errNoTrueType
	}
	parsed, _, err := tables.ParseCmap(raw)
	if err != nil {
		return nil, errNoTrueType
	}
	has, _, err := font.ProcessCmap(parsed, 0)
	if err != nil {
		return nil, errNoTrueType
	}
	os2, err := loader.RawTable(opentype.MustNewTag("OS/2"))
	if err == nil && len(os2) >= 10 && u16(os2, 8)&0x0002 != 0 {
		return nil, errors.New("its licence forbids embedding")
	}
	c := &candidate{path: path, index: index, has: has, bold: err == nil && len(os2) >= 6 && u16(os2, 4) >= 600}
	c.load = sync.OnceValues(func() (*Face, error) { return readFace(path, index) })
	return c, nil
}

func readFace(path string, index int) (*Face, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all bytes.Buffer
	if _, err := io.Copy(&all, io.LimitReader(file, 64<<20)); err != nil {
		return nil, err
	}
	return NewFace(all.Bytes(), index)
}

// Face returns the shipped font of a weight.
func (s *Set) Face(w Weight) *Face { return s.shipped[w] }

// find returns the best font that has a character, nil when none has.
func (s *Set) find(w Weight, r rune) *Face {
	if s.shipped[w].Has(r) {
		return s.shipped[w]
	}
	var other *candidate
	for _, c := range s.others {
		if _, ok := c.has.Lookup(r); !ok {
			continue
		}
		if c.bold == (w == Semibold) {
			if face, err := c.load(); err == nil {
				return face
			}
		} else if other == nil {
			other = c
		}
	}
	if other != nil {
		if face, err := other.load(); err == nil {
			return face
		}
	}
	return nil
}
