package release_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/release"
)

func pgArgs(numbers ...int) string {
	return "(" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ", "), "[]") + ")"
}

func wantKind(t *testing.T, err error, kind fault.Kind, part string) {
	t.Helper()
	if !fault.Is(err, kind) || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v (%s), want %s with %q", err, fault.KindOf(err), kind, part)
	}
}

// later is a store that has asked nothing yet: what a server sees when what it knew is older than release.Age.
func (h *house) later() *release.Store { return release.NewStore(h.web) }

func TestNobodySeesAReleaseBeforeItIsReleasedAndEverybodyAfterwards(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	unseen := func(when string) {
		t.Helper()
		if r, err := h.later().Newest(t.Context(), tamarack, year); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s readers see %+v (%v)", when, r, err)
		}
		if years, err := h.later().Years(t.Context(), tamarack); err != nil || len(years) != 0 {
			t.Errorf("%s there are years %v (%v)", when, years, err)
		}
	}
	unseen("before anything")
	id := h.ask(t, release.Preliminary, year)
	unseen("while it is loading")
	must(t, h.work(t, id, h.config))
	unseen("while it is reviewed")
	if r, err := h.later().Of(t.Context(), tamarack, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("while it is reviewed readers of its number see %+v (%v)", r, err)
	}
	must(t, h.desk.Publish(t.Context(), id, reviewer))
	store := h.later()
	r, err := store.Newest(t.Context(), tamarack, year)
	must(t, err)
	if r.ID != id || r.Kind != release.Preliminary || r.Version != 1 || time.Since(r.At) > time.Minute || r.Tenant != tamarack || r.Year != year {
		t.Errorf("released: %+v", r)
	}
	again, err := store.Newest(t.Context(), tamarack, year)
	if must(t, err); again != r {
		t.Error("the same release was read twice")
	}
	if years, err := store.Years(t.Context(), tamarack); err != nil || !slices.Equal(years, []edu.AcademicYear{year}) {
		t.Errorf("years %v (%v)", years, err)
	}
	if _, err := store.Newest(t.Context(), "hemlock", year); !fault.Is(err, fault.NotFound) {
		t.Errorf("another state sees it: %v", err)
	}
	must(t, h.desk.Withdraw(t.Context(), id, reviewer))
	unseen("after it was withdrawn")
}

func TestAReleaseAnswersWithNamesAndHidesSmallGroups(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.make(t, release.Final, year)
	must(t, h.desk.Publish(t.Context(), e.ID, reviewer))
	r, err := h.later().Newest(t.Context(), tamarack, year)
	must(t, err)
	state, ok := r.Names.Of(disclosure.Row{})
	if !ok || state.Name != "State of Tamarack" || len(r.Names.All()) != 10 || len(r.Answers.Rows()) != 10 {
		t.Errorf("state %+v, %d places, %d rows", state, len(r.Names.All()), len(r.Answers.Rows()))
	}
	for i, row := range r.Answers.Rows() {
		p := r.Names.All()[i]
		if found, ok := r.Names.Find(p.ID); !ok || found != p || p.Row != row || !regexp.MustCompile(`^[a-z2-7]{10}$`).MatchString(p.ID) {
			t.Errorf("place %d of row %v is %+v, found as %+v", i, row, p, found)
		}
	}
	math := r.Answers.Subject(edu.Math)
	ask := func(values ...int16) disclosure.Answer {
		var filters []disclosure.Chosen
		if len(values) > 0 {
			filters = []disclosure.Chosen{{Attribute: disclosure.Grade, Values: values}}
		}
		return r.Answers.Answer(math, r.Answers.Row(disclosure.Row{District: 1, School: 1}), r.Answers.Ask(filters))
	}
	if got := ask(); got.Visibility != disclosure.Shown || got.Students != 31 {
		t.Errorf("school 1 has %+v, want 31 students", got)
	}
	if got := ask(5); got.Visibility != disclosure.Hidden || got.Students != 0 {
		t.Errorf("the one student of grade 5 in school 1: %+v", got)
	}
	if diff := cmp.Diff([]string{"Minimal", "Partial", "Proficient", "Advanced"}, r.Levels[edu.Math]); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
}

func TestPublicIdentifiersStayTheSameFromReleaseToRelease(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var all []*release.Released
	for _, y := range []edu.AcademicYear{2025, 2026} {
		must(t, h.desk.Publish(t.Context(), h.make(t, release.Final, y).ID, reviewer))
		r, err := h.later().Newest(t.Context(), tamarack, y)
		must(t, err)
		all = append(all, r)
	}
	if diff := cmp.Diff(all[0].Names.All(), all[1].Names.All()); diff != "" {
		t.Errorf("of 2025 and of 2026 (-2025 +2026):\n%s", diff)
	}
}

func TestACorrectionIsDecidedTogetherWithWhatWasReleasedBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.make(t, release.Preliminary, year)
	must(t, h.desk.Publish(t.Context(), first.ID, reviewer))
	h.publish(t, 2, 187, 189) // one more student in each of three schools
	alone := h.answer(t, first.ID, disclosure.Row{District: 1, School: 1})
	correction := h.make(t, release.Correction, year)
	if correction.Version != 2 || !slices.Equal(correction.Earlier, []int64{first.ID}) || correction.Effect.Changed == 0 {
		t.Errorf("the correction is %+v", correction)
	}
	must(t, h.desk.Publish(t.Context(), correction.ID, reviewer))
	if got := h.answer(t, correction.ID, disclosure.Row{District: 1, School: 1}); alone.Students != 31 || got.Visibility != disclosure.Hidden {
		t.Errorf("school 1 had %+v and has %+v: the level of the one who joined can be worked out", alone, got)
	}
	ids, err := h.later().OfYear(t.Context(), tamarack, year)
	if must(t, err); !slices.Equal(ids, []int64{correction.ID, first.ID}) {
		t.Errorf("releases of the year: %v", ids)
	}
}

func (h *house) answer(t *testing.T, id int64, row disclosure.Row) disclosure.Answer {
	t.Helper()
	r, err := h.later().Of(t.Context(), tamarack, id)
	must(t, err)
	return r.Answers.Answer(r.Answers.Subject(edu.Math), r.Answers.Row(row), r.Answers.Ask(nil))
}

func TestAWithdrawnReleaseStaysKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	seen, dropped := h.make(t, release.Preliminary, year), h.make(t, release.Preliminary, year)
	must(t, h.desk.Publish(t.Context(), seen.ID, reviewer))
	must(t, h.desk.Withdraw(t.Context(), seen.ID, reviewer))
	must(t, h.desk.Withdraw(t.Context(), dropped.ID, reviewer)) // never seen by anybody
	if e := h.make(t, release.Final, year); !slices.Equal(e.Earlier, []int64{seen.ID}) {
		t.Errorf("decided together with %v, want %d alone", e.Earlier, seen.ID)
	}
}

func TestAReleaseThatAnotherHasOvertakenIsNotPublished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slow, quick := h.make(t, release.Preliminary, year), h.make(t, release.Final, year)
	must(t, h.desk.Publish(t.Context(), quick.ID, reviewer))
	wantKind(t, h.desk.Publish(t.Context(), slow.ID, reviewer), fault.Conflict, "decided together")
	if e := h.get(t, slow.ID); e.State != release.StateReviewing {
		t.Errorf("it is %s", e.State)
	}
}

func TestWhatIsRefusedSaysWhyAndCannotBePublished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.make(t, release.Final, 2031)
	if e.State != release.StateRefused || len(e.Reasons) != 1 || !strings.Contains(e.Reasons[0], "no summative results of 2031") {
		t.Errorf("a release of nothing: %+v", e)
	}
	wantKind(t, h.desk.Publish(t.Context(), e.ID, reviewer), fault.Conflict, "Only a release that has been decided")
	// Not even by whoever owns the table.
	_, err := h.control.Exec(t.Context(), `update release.release set state = 'released', released_by = 'x' where release_id = $1`, e.ID)
	if pg.CodeOf(err) != "23514" {
		t.Errorf("the table lets it be released: %v", err)
	}
	loading := h.ask(t, release.Final, year)
	wantKind(t, h.desk.Publish(t.Context(), loading, reviewer), fault.Conflict, "Only a release that has been decided")
}

func TestWhatWasDecidedNeverChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.make(t, release.Final, year)
	for _, set := range []string{"decision = ''", "counts = ''", "earlier = '{7}'", "names = '[]'", "version = 9", "kind = 'correction'", "state = 'loading'", "academic_year = 2025"} {
		if _, err := h.control.Exec(t.Context(), `update release.release set `+set+` where release_id = $1`, e.ID); pg.CodeOf(err) != "23514" {
			t.Errorf("%s: %v, want a refusal", set, err)
		}
	}
}

func TestAWorkerThatDiesBetweenStepsLeavesNothingAndTheNextDecides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.ask(t, release.Final, year)
	untouched := func(after string) {
		t.Helper()
		var empty bool
		must(t, h.control.QueryRow(t.Context(), `select state = 'loading' and num_nulls(version, policy, earlier, counts, decision, names, levels, forecast, decided_at) = 9
			from release.release where release_id = $1`, id).Scan(&empty))
		if !empty {
			t.Errorf("after the end of a worker at %q something is stored", after)
		}
	}
	steps := 0
	for _, at := range []string{"counted", "decided", "named"} {
		ctx, kill := context.WithCancel(t.Context())
		c := h.config
		c.Step = func(name string) {
			if name == at {
				steps++
				kill()
			}
		}
		if err := h.workIn(ctx, id, c); err == nil {
			t.Errorf("the worker that ended at %q has succeeded", at)
		}
		untouched(at)
	}
	if steps != 3 {
		t.Errorf("%d of 3 steps were met", steps)
	}
	must(t, h.work(t, id, h.config))
	first := h.get(t, id)
	must(t, h.work(t, id, h.config)) // again: the queue may give a job twice
	if diff := cmp.Diff(first, h.get(t, id)); diff != "" || first.State != release.StateReviewing {
		t.Errorf("%s; deciding it again changes it:\n%s", first.State, diff)
	}
}

func TestThePreviewOfAnotherSmallestNumberStoresNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.make(t, release.Final, year)
	before, err := h.desk.Review(t.Context(), e.ID)
	must(t, err)
	p, err := h.desk.Preview(t.Context(), e.ID, 40)
	must(t, err)
	hidden := func(shares []release.ShareText) (n int) {
		for _, s := range shares {
			n += s.Small + s.Further
		}
		return n
	}
	if hidden(before.Shares) == 0 || hidden(p.Shares) <= hidden(before.Shares) || p.MinN != 40 || len(p.Refused) != 0 {
		t.Errorf("with 11, %d are hidden; with 40, %d: %v", hidden(before.Shares), hidden(p.Shares), p.Refused)
	}
	after, err := h.desk.Review(t.Context(), e.ID)
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the preview has changed the release:\n%s", diff)
	}
	_, err = h.desk.Preview(t.Context(), e.ID, 0)
	wantKind(t, err, fault.Invalid, "smallest number")
}

func TestMakingIsRefusedWhileOneIsDecidedAndForCorrectionsOfNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ask := func(k release.Kind) error {
		_, err := h.desk.Make(t.Context(), release.Wish{Tenant: tamarack, Year: year, Kind: k, By: reviewer})
		return err
	}
	wantKind(t, ask(release.Correction), fault.Invalid, "nothing to correct")
	wantKind(t, ask("sketch"), fault.Invalid, "no kind of release")
	must(t, ask(release.Final))
	wantKind(t, ask(release.Final), fault.Conflict, "being decided")
}

func TestLinksOpenUntilTheyExpireOrAreRevoked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	issue := func(d time.Duration) (string, release.Link) {
		t.Helper()
		token, l, err := h.desk.Issue(t.Context(), release.LinkWish{Tenant: tamarack, Note: " press office ", Indexable: true, For: d, By: reviewer})
		must(t, err)
		return token, l
	}
	token, l := issue(24 * time.Hour)
	got, err := h.later().Link(t.Context(), token)
	if must(t, err); got.ID != l.ID || got.Tenant != tamarack || !got.Indexable || got.Note != "press office" || time.Until(got.Expires) < 23*time.Hour {
		t.Errorf("the link is %+v", got)
	}
	short, _ := issue(time.Millisecond)
	for name, token := range map[string]string{"expired": short, "unknown": strings.Repeat("a", 26), "empty": "", "number": fmt.Sprint(l.ID)} {
		if _, err := h.later().Link(t.Context(), token); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want NotFound", name, err)
		}
	}
	must(t, h.desk.Revoke(t.Context(), l.ID, reviewer))
	if _, err := h.later().Link(t.Context(), token); !fault.Is(err, fault.NotFound) {
		t.Errorf("after it was revoked: %v", err)
	}
	links, err := h.desk.Links(t.Context(), tamarack)
	if must(t, err); len(links) != 2 || links[1].RevokedBy != reviewer {
		t.Errorf("links: %+v", links)
	}
	if links, err := h.desk.Links(t.Context(), "hemlock"); err != nil || len(links) != 0 {
		t.Errorf("of another state: %+v (%v)", links, err)
	}
	var found bool
	must(t, h.control.QueryRow(t.Context(), `select bool_or(l::text like '%' || $1 || '%') from release.link as l`, token).Scan(&found))
	if found {
		t.Error("the token is in the table")
	}
	_, _, err = h.desk.Issue(t.Context(), release.LinkWish{Tenant: tamarack, For: 10 * 365 * 24 * time.Hour, By: reviewer})
	wantKind(t, err, fault.Invalid, "5 years")
}
