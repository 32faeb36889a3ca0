package release

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
)

// Heading is a release that strict audiences may read, as lists have it.
type Heading struct {
	ID       int64 // for caches, never for readers
	Year     edu.AcademicYear
	Number   int // by which readers ask for it: the how manieth of its year, from 1. Withdrawn ones count, so it never changes
	Kind     Kind
	At       time.Time     // when it was released
	Subjects []edu.Subject // all that it answers for, and perhaps more
}

// Shelf is everything that strict audiences may read of a state, as of one moment. It does not change, so one request that has taken it has one answer whatever is
// released or withdrawn meanwhile. It is safe for concurrent use.
type Shelf struct {
	headings []Heading // the newest first
	years    []edu.AcademicYear
	key      string
	open     func(ctx context.Context, h Heading) (*Released, error)

	mu    sync.Mutex
	views map[wanted]*View
}

// wanted is a View that is asked for.
type wanted struct {
	year   edu.AcademicYear
	number int
}

// NewShelf makes a shelf of releases, the newest first. open reads one of them; the same heading always opens the same release.
func NewShelf(headings []Heading, open func(context.Context, Heading) (*Released, error)) *Shelf {
	s := &Shelf{headings: headings, open: open, views: map[wanted]*View{}}
	digest := sha256.New()
	for _, h := range headings {
		fmt.Fprintf(digest, "%d %d\n", h.Year, h.ID)
		if !slices.Contains(s.years, h.Year) {
			s.years = append(s.years, h.Year)
		}
	}
	slices.Sort(s.years)
	slices.Reverse(s.years)
	s.key = hex.EncodeToString(digest.Sum(nil)[:12])
	return s
}

// Years returns the academic years of which something is released, the newest first; none when nothing is. The caller must not change them.
func (s *Shelf) Years() []edu.AcademicYear { return s.years }

// Key is a digest of what is on the shelf: two of the same Key answer every question the same. Releases do not change, so it is one of which there are.
func (s *Shelf) Key() string { return s.key }

// Newest returns the number of the newest release for settling caches, 0 when there is none.
func (s *Shelf) Newest() (id int64) {
	for _, h := range s.headings {
		id = max(id, h.ID)
	}
	return id
}

// OfYear returns the releases of a year, the newest first.
func (s *Shelf) OfYear(year edu.AcademicYear) []Heading {
	var of []Heading
	for _, h := range s.headings {
		if h.Year == year {
			of = append(of, h)
		}
	}
	return of
}

// View is what strict audiences read of a year: of each subject the newest release that answers for it. It does not change and may be used by many at once.
type View struct {
	Year     edu.AcademicYear
	Number   int       // as of this release of the year; 0 is the newest
	Releases []Heading // of the year, the newest first
	Parts    []Part    // one for each subject, in the order of edu.Subjects, then by name; none when nothing of the year is released
	Names    Names     // all institutions of Parts, by the newest release that has them

	key string
}

// Part is a subject of a view with the release that answers for it.
type Part struct {
	Subject edu.Subject
	Release *Released
	Index   int // of the subject in Release.Answers
}

// Key is what an answer made of the view, and of the years that there are, may be kept under.
func (v *View) Key() string { return v.key }

// Part returns the part of a subject, false when no release of the year has it.
func (v *View) Part(s edu.Subject) (Part, bool) {
	i := slices.IndexFunc(v.Parts, func(p Part) bool { return p.Subject == s })
	if i < 0 {
		return Part{}, false
	}
	return v.Parts[i], true
}

// Row returns where an institution of the view stands in the part's Release.Answers, -1 when that has no results of it.
func (p Part) Row(x Place) int {
	if x.Row.Kind() == disclosure.StateRow {
		return p.Release.Answers.Row(disclosure.Row{})
	}
	own, ok := p.Release.Names.Find(x.ID)
	if !ok {
		return -1
	}
	return p.Release.Answers.Row(own.Row)
}

// withheld reports whether the release could not be made to show anything of the subject.
func (p Part) withheld() bool { return p.Release.Answers.Decision.Subjects[p.Index].Withheld }

// View returns what is read of a year; year 0 is the newest of which something is released, number 0 the newest of its releases. With another number it is what was
// read when that release was the newest, as far as it is not withdrawn since. NotFound when the year has no such release; a year of which nothing is released is a view without parts.
func (s *Shelf) View(ctx context.Context, year edu.AcademicYear, number int) (*View, error) {
	if year == 0 && len(s.years) > 0 {
		year = s.years[0]
	}
	w := wanted{year, number}
	s.mu.Lock()
	v := s.views[w]
	s.mu.Unlock()
	if v != nil {
		return v, nil
	}
	v = &View{Year: year, Number: number, Releases: s.OfYear(year), key: fmt.Sprintf("%s %d %d", s.key, year, number)}
	if number != 0 && !slices.ContainsFunc(v.Releases, func(h Heading) bool { return h.Number == number }) {
		return nil, errNoRelease
	}
	for _, h := range v.Releases {
		if number != 0 && h.Number > number || !v.wants(h) {
			continue
		}
		r, err := s.open(ctx, h)
		if err != nil {
			return nil, err
		}
		v.take(r)
	}
	slices.SortFunc(v.Parts, func(a, b Part) int { return compareSubjects(a.Subject, b.Subject) })
	if len(v.Releases) > 0 { // years without releases are as many as somebody asks for
		s.mu.Lock()
		s.views[w] = v
		s.mu.Unlock()
	}
	return v, nil
}

// wants reports whether an older release may have a subject that no newer one answers for.
func (v *View) wants(h Heading) bool {
	return slices.ContainsFunc(h.Subjects, func(s edu.Subject) bool {
		p, ok := v.Part(s)
		return !ok || p.withheld()
	})
}

// take takes from a release, older than those before, the subjects that are still missing, and its institutions.
func (v *View) take(r *Released) {
	taken := false
	for i, d := range r.Answers.Decision.Subjects {
		part := Part{d.Subject, r, i}
		at := slices.IndexFunc(v.Parts, func(p Part) bool { return p.Subject == d.Subject })
		switch {
		case at < 0:
			v.Parts = append(v.Parts, part)
		case v.Parts[at].withheld() && !d.Withheld:
			v.Parts[at] = part
		default:
			continue
		}
		taken = true
	}
	switch {
	case !taken:
	case v.Names.places == nil:
		v.Names = r.Names
	default:
		v.Names = v.Names.and(r.Names)
	}
}

// and returns the institutions of n and those of older names that n has not.
func (n Names) and(older Names) Names {
	places := slices.Clone(n.places)
	for _, p := range older.places {
		_, known := n.byID[p.ID]
		if _, same := n.byRow[p.Row]; !known && !same {
			places = append(places, p)
		}
	}
	slices.SortFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Row.District, b.Row.District), cmp.Compare(a.Row.School, b.Row.School))
	})
	return NewNames(places)
}

// compareSubjects orders subjects as reports show them, others after them by name.
func compareSubjects(a, b edu.Subject) int {
	at := func(s edu.Subject) int {
		if i := slices.Index(edu.Subjects, s); i >= 0 {
			return i
		}
		return len(edu.Subjects)
	}
	return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b))
}
