package population

import (
	"cmp"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scorehouse/internal/report"
)

var onlySeed = flag.Uint64("seed", 0, "the one random state to try")

// seeds returns the seeds of n random states.
func seeds(n int) []uint64 {
	if *onlySeed != 0 {
		return []uint64{*onlySeed}
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i + 1)
	}
	return all
}

func (w *world) place(r *result) place {
	return place{branch{r.year, r.subject}, w.district(r), r.school}
}

func profileOf(r *result) profile {
	var p profile
	for a, v := range [attributes]int16{grade: int16(r.grade), level: r.level, limitedEnglish: int16(r.lep), iep: int16(r.iep), section504: int16(r.p504),
		economicDisadvantage: int16(r.econ), migrant: int16(r.migrant), complete: int16(r.complete), sex: int16(r.sex), ethnicity: int16(r.ethnicity)} {
		p |= profile(v) << fields[a].shift
	}
	return p
}

// built is the index of a version, made from all that counts in it.
func (w *world) built(t *testing.T, version int) *snapshot {
	b := newBuilding()
	for _, r := range w.counted(version) {
		b.add(w.place(r), profileOf(r))
	}
	for _, r := range w.results {
		if r.holds(version) && !r.countable() && r.kind != 1 {
			b.addInterim(r.year, interim{r.subject, w.district(r), r.school, int32(r.grade), 1})
		}
	}
	s, err := b.snapshot(version)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// changes are what PostgreSQL would say: for students with rows opened or closed between the versions, what counted and what counts.
func (w *world) changes(from, to int) *changes {
	touched := map[[2]any]bool{}
	for _, r := range w.results {
		if from < r.from && r.from <= to || from < r.to && r.to <= to {
			touched[[2]any{r.student, r.subject}] = true
		}
	}
	c := newChanges()
	for n, version := range map[int32]int{-1: from, 1: to} {
		for _, r := range w.counted(version) {
			if touched[[2]any{r.student, r.subject}] {
				c.add(w.place(r), profileOf(r), n)
			}
		}
		for _, r := range w.results {
			if r.kind != 1 && r.holds(version) {
				c.addInterim(r.year, interim{r.subject, w.district(r), r.school, int32(r.grade), n})
			}
		}
	}
	return c
}

func (s *snapshot) answer(q report.CountQuestion) answers {
	a := answers{s.counts(q), s.presences(q), s.notStated(q)}
	a.sort()
	return a
}

// content is what a snapshot holds at a place, in order.
type content struct {
	Place    place
	Profiles []profile
	Interims []interim
}

// contents are everything a snapshot holds, in order.
func (s *snapshot) contents() []content {
	var all []content
	for n, y := range s.years {
		for _, x := range y.subjects {
			for _, g := range x.segments {
				for _, r := range g.rosters() {
					all = append(all, content{Place: place{branch{n, x.name}, r.district, r.school}, Profiles: slices.Sorted(slices.Values(r.profiles))})
				}
			}
		}
		all = append(all, content{Place: place{branch: branch{year: n}}, Interims: y.interims})
	}
	slices.SortFunc(all, func(a, b content) int {
		return cmp.Or(cmp.Compare(a.Place.year, b.Place.year), cmp.Compare(a.Place.subject, b.Place.subject),
			cmp.Compare(a.Place.district, b.Place.district), cmp.Compare(a.Place.school, b.Place.school))
	})
	return all
}

// difference tells how two values differ, nothing when they do not. Nothing and empty are equal.
func difference(want, got any) string {
	if reflect.DeepEqual(want, got) { // faster
		return ""
	}
	return diff.Diff(want, got, unexported, cmpopts.EquateEmpty())
}

var unexported = diff.AllowUnexported(place{}, branch{}, interim{})

func TestTheIndexCountsWhatAPlainWalkCounts(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(1000) {
		r := rand.New(rand.NewPCG(seed, 4))
		w := drawWorld(r, drawSize(r))
		version := 1 + r.IntN(w.versions)
		s := w.built(t, version)
		for range 20 {
			q := w.drawQuestion(r)
			if d := difference(w.answer(version, q), s.answer(q)); d != "" {
				t.Fatalf("seed %d, version %d, %+v (-oracle +index):\n%s", seed, version, q, d)
			}
		}
	}
}

func TestAnIndexThatFollowedEveryPublicationEqualsOneMadeAnew(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(1000) {
		r := rand.New(rand.NewPCG(seed, 5))
		size := drawSize(r)
		size.publishes += 2
		w := drawWorld(r, size)
		followed := w.built(t, 1+r.IntN(2))
		for followed.version < w.versions {
			next := min(w.versions, followed.version+1+r.IntN(2))
			changed, err := followed.after(next, w.changes(followed.version, next))
			if err != nil {
				t.Fatalf("seed %d, from version %d to %d: %v", seed, followed.version, next, err)
			}
			followed = changed
			anew := w.built(t, next)
			if d := difference(anew.contents(), followed.contents()); d != "" {
				t.Fatalf("seed %d, version %d (-made anew +followed):\n%s", seed, next, d)
			}
			for range 4 {
				q := w.drawQuestion(r)
				if d := difference(w.answer(next, q), followed.answer(q)); d != "" {
					t.Fatalf("seed %d, version %d, %+v (-oracle +index):\n%s", seed, next, q, d)
				}
			}
		}
	}
}
