package release_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
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

// read is what readers see of a year, of everything that there is at the moment.
func (h *house) read(t *testing.T, y edu.AcademicYear) *release.View {
	t.Helper()
	v, err := h.later().Read(t.Context(), tamarack, y, 0)
	must(t, err)
	return v
}

func TestNobodySeesAReleaseBeforeItIsReleasedAndEverybodyAfterwards(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	unseen := func(when string) {
		t.Helper()
		shelf, err := h.later().Shelf(t.Context(), tamarack)
		must(t, err)
		if v := h.read(t, year); len(v.Parts) != 0 || len(v.Releases) != 0 || len(shelf.Years()) != 0 {
			t.Errorf("%s readers see %+v of years %v", when, v, shelf.Years())
		}
	}
	unseen("before anything")
	id := h.ask(t, release.Preliminary, year)
	unseen("while it is loading")
	must(t, h.work(t, id, h.config))
	unseen("while it is reviewed")
	if v, err := h.later().Read(t.Context(), tamarack, year, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("while it is reviewed readers of its number see %+v (%v)", v, err)
	}
	must(t, h.desk.Publish(t.Context(), id, reviewer))
	store := h.later()
	v, err := store.Read(t.Context(), tamarack, year, 0)
	must(t, err)
	r := v.Parts[0].Release
	if r.ID != id || r.Kind != release.Preliminary || r.Version != 1 || time.Since(r.At) > time.Minute || r.Tenant != tamarack || r.Year != year {
		t.Errorf("released: %+v", r)
	}
	again, err := store.Read(t.Context(), tamarack, 0, 0)
	if must(t, err); again.Parts[0].Release != r || again.Year != year {
		t.Errorf("the same release was read twice, or of %d", again.Year)
	}
	if other, err := store.Read(t.Context(), "hemlock", year, 0); err != nil || len(other.Parts) != 0 {
		t.Errorf("another state sees it: %v", err)
	}
	must(t, h.desk.Withdraw(t.Context(), id, reviewer))
	unseen("after it was withdrawn")
}

func TestAReleaseAnswersWithNamesAndHidesSmallGroups(t *testing.T) {
	t.Parallel()
	h, e := reviewed(t)
	must(t, h.desk.Publish(t.Context(), e.ID, reviewer))
	r := h.read(t, year).Parts[0].Release
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
		all = append(all, h.read(t, y).Parts[0].Release)
	}
	if diff := cmp.Diff(all[0].Names.All(), all[1].Names.All()); diff != "" {
		t.Errorf("of 2025 and of 2026 (-2025 +2026):\n%s", diff)
	}
}

func TestACorrectionIsDecidedTogetherWithWhatWasReleasedBefore(t *testing.T) {
	t.Parallel()
	h, first := reviewed(t)
	must(t, h.desk.Publish(t.Context(), first.ID, reviewer))
	h.publish(t, 2, 187, 189) // one more student in each of three schools
	alone := h.answer(t, 1, disclosure.Row{District: 1, School: 1})
	correction := h.make(t, release.Correction, year)
	if correction.Version != 2 || !slices.Equal(correction.Earlier, []int64{first.ID}) || correction.Effect.Changed == 0 {
		t.Errorf("the correction is %+v", correction)
	}
	must(t, h.desk.Publish(t.Context(), correction.ID, reviewer))
	if got := h.answer(t, 2, disclosure.Row{District: 1, School: 1}); alone.Students != 31 || got.Visibility != disclosure.Hidden {
		t.Errorf("school 1 had %+v and has %+v: the level of the one who joined can be worked out", alone, got)
	}
	var ids []int64
	for _, x := range h.read(t, year).Releases {
		ids = append(ids, x.ID)
	}
	if !slices.Equal(ids, []int64{correction.ID, first.ID}) {
		t.Errorf("releases of the year: %v", ids)
	}
}

// answer is what readers are told of the mathematics of a row as of the nth release of the year.
func (h *house) answer(t *testing.T, number int, row disclosure.Row) disclosure.Answer {
	t.Helper()
	v, err := h.later().Read(t.Context(), tamarack, year, number)
	must(t, err)
	p, _ := v.Part(edu.Math)
	r := p.Release
	return r.Answers.Answer(r.Answers.Subject(edu.Math), r.Answers.Row(row), r.Answers.Ask(nil))
}

// Mathematics is released in June, English in July, and mathematics is corrected in August.
func TestReadersReadOfEachSubjectTheNewestReleaseThatHasIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made []release.Entry
	for _, x := range []struct {
		kind    release.Kind
		subject edu.Subject
	}{{release.Final, edu.Math}, {release.Final, edu.ELA}, {release.Correction, edu.Math}} {
		id, err := h.desk.Make(t.Context(), release.Wish{Tenant: tamarack, Year: year, Kind: x.kind, Subjects: []edu.Subject{x.subject}, By: reviewer})
		must(t, err)
		must(t, h.work(t, id, h.config))
		must(t, h.desk.Publish(t.Context(), id, reviewer))
		made = append(made, h.get(t, id))
	}
	var keys []string
	reads := func(when string, number int, want ...int) { // numbers of the releases of mathematics and of English
		t.Helper()
		v, err := h.later().Read(t.Context(), tamarack, year, number)
		must(t, err)
		var got []int
		for i, p := range v.Parts {
			got = append(got, p.Release.Number)
			if i < len(edu.Subjects) && len(v.Parts) == 2 && p.Subject != edu.Subjects[i] || p.Release.Answers.Decision.Subjects[p.Index].Subject != p.Subject {
				t.Errorf("%s part %d is %s", when, i, p.Subject)
			}
			place, _ := v.Names.Find(v.Names.All()[1].ID)
			if a := p.Release.Answers.Answer(p.Index, p.Row(place), p.Release.Answers.Ask(nil)); a.Students == 0 || len(v.Names.All()) != 10 {
				t.Errorf("%s %s of a district is %+v; %d places", when, p.Subject, a, len(v.Names.All()))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s readers read releases %v, want %v", when, got, want)
		}
		if slices.Contains(keys, v.Key()) {
			t.Errorf("%s the view has the key of another", when)
		}
		keys = append(keys, v.Key())
	}
	reads("after all three", 0, 3, 2)
	reads("as of the first", 1, 1)
	reads("as of the second", 2, 1, 2)
	must(t, h.desk.Withdraw(t.Context(), made[2].ID, reviewer))
	reads("after the correction was withdrawn", 0, 1, 2)
	must(t, h.desk.Withdraw(t.Context(), made[0].ID, reviewer))
	reads("after mathematics was withdrawn", 0, 2)
	if _, err := h.later().Read(t.Context(), tamarack, year, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a withdrawn release can be asked for: %v", err)
	}
}

func TestAShelfStaysTheSameWhileNothingChanges(t *testing.T) {
	t.Parallel()
	h, e := reviewed(t)
	must(t, h.desk.Publish(t.Context(), e.ID, reviewer))
	store := h.later()
	now := time.Now()
	store.SetNow(func() time.Time { return now })
	shelf := func() *release.Shelf {
		t.Helper()
		s, err := store.Shelf(t.Context(), tamarack)
		must(t, err)
		return s
	}
	before := shelf()
	now = now.Add(release.Age)
	if shelf() != before {
		t.Error("the same releases are another shelf")
	}
	must(t, h.desk.Withdraw(t.Context(), e.ID, reviewer))
	if v, err := before.View(t.Context(), year, 0); err != nil || len(v.Parts) != 2 {
		t.Errorf("a shelf that was taken before a release was withdrawn shows %v, %v", v, err)
	}
	now = now.Add(release.Age)
	if after := shelf(); after.Key() == before.Key() || len(after.Years()) != 0 {
		t.Errorf("after it was withdrawn: %v", after.Years())
	}
}

// Nobody waits for the database in a queue: those who ask at once wait together, those who ask just after it did not answer are told at once.
func TestReadersWaitTogetherForADatabaseThatDoesNotAnswer(t *testing.T) {
	h := newHouse(t)
	back := release.SetPatience(300*time.Millisecond, time.Minute)
	defer back()
	conn, err := h.control.Acquire(t.Context())
	must(t, err)
	tx, err := conn.Begin(t.Context())
	must(t, err)
	defer conn.Release()
	_, err = tx.Exec(t.Context(), `lock table release.release in access exclusive mode`)
	must(t, err)
	store, began := h.later(), time.Now()
	now := began
	store.SetNow(func() time.Time { return now })
	var readers sync.WaitGroup
	for range 50 {
		readers.Go(func() {
			if _, err := store.Link(context.Background(), "x"); !fault.Is(err, fault.Unavailable) {
				t.Errorf("while the database hangs: %v", err)
			}
		})
	}
	readers.Wait()
	waited := time.Since(began)
	if waited > 8*time.Second {
		t.Errorf("50 readers waited for %s", waited)
	}
	_, first := store.Shelf(t.Context(), tamarack)
	if _, second := store.Shelf(t.Context(), tamarack); !fault.Is(first, fault.Unavailable) || first != second {
		t.Errorf("just after a failure it is asked again: %v, %v", first, second)
	}
	must(t, tx.Rollback(t.Context()))
	back()
	now = now.Add(2 * time.Minute)
	if _, err := store.Shelf(t.Context(), tamarack); err != nil {
		t.Errorf("when the database answers again: %v", err)
	}
}

func TestAWithdrawnReleaseStaysKnown(t *testing.T) {
	t.Parallel()
	h, seen := reviewed(t)
	dropped := h.make(t, release.Preliminary, year)
	must(t, h.desk.Publish(t.Context(), seen.ID, reviewer))
	must(t, h.desk.Withdraw(t.Context(), seen.ID, reviewer))
	must(t, h.desk.Withdraw(t.Context(), dropped.ID, reviewer)) // never seen by anybody
	if e := h.make(t, release.Final, year); !slices.Equal(e.Earlier, []int64{seen.ID}) {
		t.Errorf("decided together with %v, want %d alone", e.Earlier, seen.ID)
	}
}

func TestAReleaseThatAnotherHasOvertakenIsNotPublished(t *testing.T) {
	t.Parallel()
	h, slow := reviewed(t)
	quick := h.make(t, release.Final, year)
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
	h, e := reviewed(t)
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
	h, e := reviewed(t)
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

func TestOneReleaseIsPreviewedAtATimeAndNobodyWaitsInLine(t *testing.T) {
	t.Parallel()
	h, e := reviewed(t)
	done := h.desk.HoldPreview()
	_, err := h.desk.Preview(t.Context(), e.ID, 40)
	wantKind(t, err, fault.Conflict, "Another preview")
	done()
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := h.desk.Preview(gone, e.ID, 40); err == nil {
		t.Error("a preview for somebody who has gone is made")
	}
	if _, err := h.desk.Preview(t.Context(), e.ID, 40); err != nil {
		t.Errorf("after one that was broken off: %v", err)
	}
}

// set replaces what the state has set.
func (h *house) set(t *testing.T, document string) {
	t.Helper()
	run(t, h.warehouse, `insert into custom_metadata (state_code, asmt_custom_metadata) values ('TK', $1)
		on conflict (state_code, asmt_subject) do update set asmt_custom_metadata = excluded.asmt_custom_metadata`, document)
}

func TestAReleaseIsDecidedByThePolicyOfTheStateAndPublishedWhileThatHolds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, `{"disclosure": {"attributes": ["sex", "dmgPrgIep"], "hub": "sex", "min_n_of": {"ELA": 12}}}`)
	e := h.make(t, release.Final, year)
	r, err := h.desk.Review(t.Context(), e.ID)
	must(t, err)
	want := disclosure.DefaultPolicy()
	want.Attributes, want.Hub, want.MinNOf = []disclosure.Attribute{disclosure.Sex, disclosure.IEP}, disclosure.Sex, map[edu.Subject]int{edu.ELA: 12}
	if diff := cmp.Diff(want, r.Policy); diff != "" {
		t.Errorf("decided by (-want +got):\n%s", diff)
	}
	for _, changed := range []string{`{"min_cell_size": 15, "disclosure": {"attributes": ["sex", "dmgPrgIep"], "hub": "sex", "min_n_of": {"ELA": 12}}}`,
		`{"disclosure": {"attributes": ["sex", "dmgPrgIep"], "hub": "sex"}}`, `{"disclosure": {"attributes": ["sex"], "hub": "sex", "min_n_of": {"ELA": 12}}}`, `{"disclosure": 1}`, `{}`} {
		h.set(t, changed)
		wantKind(t, h.desk.Publish(t.Context(), e.ID, reviewer), fault.Conflict, "has set something else")
	}
	h.set(t, `{"theme": "classic", "disclosure": {"attributes": ["sex", "dmgPrgIep"], "hub": "sex", "min_n_of": {"ELA": 12}, "strict_for_all": true}}`)
	must(t, h.desk.Publish(t.Context(), e.ID, reviewer))
}

func TestWhatTheStateHasSetAndCannotBeReadReleasesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set(t, `{"disclosure": {"hub": "grades"}}`)
	if e := h.make(t, release.Final, year); e.State != release.StateRefused || !strings.Contains(e.Reasons[0], "cannot be read: custom_metadata of all subjects: disclosure") {
		t.Errorf("a release by rules that cannot be read: %+v", e)
	}
}

// Without a printer a release stays to be decided. It must not hold up its year.
func TestAReleaseThatIsStillBeingDecidedCanBeDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.ask(t, release.Final, year)
	must(t, h.desk.Withdraw(t.Context(), id, reviewer))
	must(t, h.work(t, id, h.config)) // its worker was only slow
	if e := h.get(t, id); e.State != release.StateWithdrawn || e.DecidedAt != nil {
		t.Errorf("it is %+v", e)
	}
	if r, err := h.desk.Review(t.Context(), id); err != nil || len(r.Decision) > 0 {
		t.Errorf("what reviewers see of it: %+v, %v", r, err)
	}
	wantKind(t, h.desk.Publish(t.Context(), id, reviewer), fault.Conflict, "Only a release that has been decided")
	wantKind(t, h.desk.Withdraw(t.Context(), id, reviewer), fault.Conflict, "can be withdrawn")
	if e := h.make(t, release.Final, year); e.State != release.StateReviewing {
		t.Errorf("the next one is %+v", e)
	}
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
