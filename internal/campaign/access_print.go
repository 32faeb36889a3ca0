package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/filestore"
	"scorehouse/internal/pg"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// Printing in the campaign access: people order the reports of classes, schools, districts and of students one by one, whatever they may see; what
// the server takes is printed, or copied from what is printed ahead, and other people try to collect it; so does the same person, with other grants by then.

// print gives the house a desk, and a printer with the rights that it has in an installation, which prints every class ahead.
func (h *accessHouse) print(ctx context.Context, control *pgxpool.Pool, web *pg.Databases, home string) (*printing.Desk, *printing.Press, error) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, err
	}
	files, err := filestore.Open(filepath.Join(home, "printed"))
	if err != nil {
		return nil, nil, err
	}
	press, _, err := printing.NewPress("", func(context.Context, tenant.ID) (printing.Look, error) { return printing.Look{Brand: "A state"}, nil })
	if err != nil {
		return nil, nil, err
	}
	databases := web.As(pg.Printer)
	pool, err := databases.Control(ctx)
	if err != nil {
		return nil, nil, err
	}
	config := printing.Config{
		Pool: pool, Files: files, Key: key.Recipient(), Press: press, Logger: slog.New(slog.NewJSONHandler(h.log, nil)),
		Reports: func(ctx context.Context, id tenant.ID) (*report.Reports, error) {
			store, err := databases.Warehouse(ctx, id)
			if err != nil {
				return nil, err
			}
			return report.New(warehouse.NewReader(store).For(id), report.Settings{Tenant: tenant.Tenant{ID: id}}), nil
		},
	}
	h.printer, h.desk = printing.NewWorker(config), printing.NewDesk(control, files, key)
	if scope.Unfiltered() {
		return h.desk, press, nil // who may have what is printed ahead is decided by the application alone
	}
	for _, s := range h.world.states {
		if _, err := pool.Exec(ctx, `insert into printing.ahead (tenant) values ($1)`, s.tenant.ID); err != nil {
			return nil, nil, err
		}
		queued := &river.Job[printing.AheadArgs]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 3}, Args: printing.AheadArgs{Tenant: s.tenant.ID}}
		if err := printing.NewAheadWorker(config).Work(ctx, queued); err != nil {
			return nil, nil, err
		}
	}
	return h.desk, press, nil
}

// printed is something that was ordered, and printed.
type printed struct {
	id       string
	person   *accessPerson
	students map[mark]bool
}

// order posts the form of an address with /print as a person, and compares what comes of it with the oracle: who may see everybody asked for gets a job of
// exactly those; everybody else the answer for what does not exist.
func (v *visits) order(ctx context.Context, random *rand.Rand) (string, error) {
	x := v.draw(random)
	s := v.house.world.states[random.IntN(2)]
	at := accessSchools[random.IntN(len(accessSchools))]
	if x.person != nil && random.IntN(hiddenRatio) > 0 {
		s, at, _ = v.within(random, x.person, s, at, 1)
	}
	p, grade := x.person, accessGrades[random.IntN(len(accessGrades))]
	address := fmt.Sprintf("/s/%s/d/%s", s.tenant.StateCode, at.district)
	within := func(r accessResult) bool { return r.at.district == at.district }
	level := random.IntN(4)
	if level > 0 {
		address += "/sc/" + at.school
		within = func(r accessResult) bool { return r.at == at }
	}
	if level > 1 {
		address += "/g/" + grade.Code()
		within = func(r accessResult) bool { return r.at == at && r.grade == grade }
	}
	form := url.Values{"once": {fmt.Sprint(random.Uint64())}}
	if random.IntN(2) == 0 { // as classes are printed ahead
		form["reports"], form["tone"], form["duplex"], form["order"] = []string{"en"}, []string{"gray"}, []string{"1"}, []string{string(printing.ByGrade)}
	}
	wanted := map[int]bool{}
	for _, r := range s.results {
		if r.holds() && r.year == 2026 && r.kind == edu.Summative && within(r) {
			wanted[r.student] = true
		}
	}
	may := p != nil && p.token != "" && p.mayView(s.tenant.ID) && (level == 0 && p.sees(s.tenant.ID, accessSchool{at.district, "any"}) || level > 0 && p.sees(s.tenant.ID, at))
	if level == 3 {
		wanted = map[int]bool{}
		for range 1 + random.IntN(3) {
			student := 1 + random.IntN(s.students)
			form.Add("only", v.house.keys[s.mark(student)])
			wanted[student] = true
			may = may && slices.ContainsFunc(s.visible(p), func(r accessResult) bool {
				return r.student == student && r.at == at && r.grade == grade && r.year == 2026 && r.kind == edu.Summative
			})
		}
	}
	what := fmt.Sprintf("POST %s/print %v as %+v", address, form["only"], p)
	a, err := v.house.post(ctx, p, address+"/print?year=2026", form)
	if err != nil {
		return what, err
	}
	return what, v.judgeOrder(ctx, s, p, a, may, wanted, random)
}

func (v *visits) judgeOrder(ctx context.Context, s *accessState, p *accessPerson, a accessAnswer, may bool, wanted map[int]bool, random *rand.Rand) error {
	id, ordered := strings.CutPrefix(a.location, "/downloads/")
	switch {
	case ordered && !may && !scope.Unfiltered():
		return fmt.Errorf("LEAK: ordered by somebody who may not")
	case !ordered && may && len(wanted) > 0 && a.status != http.StatusOK: // a page asks to wait when many are unfinished
		return fmt.Errorf("WRONG REFUSAL: status %d", a.status)
	case !ordered:
		return nil
	}
	begun := 0
	for _, e := range a.events {
		if e.Kind == audit.StudentExport && e.Outcome == audit.Begun && (e.Students == len(wanted) || scope.Unfiltered()) {
			begun++
		}
	}
	if begun != 1 {
		return fmt.Errorf("RECORD: %d records of an order of %d students: %+v", begun, len(wanted), a.events)
	}
	queued := &river.Job[printing.Args]{JobRow: &rivertype.JobRow{Attempt: 3, MaxAttempts: 3}, Args: printing.Args{Job: printing.ID(id)}}
	if err := v.house.printer.Work(ctx, queued); err != nil && !scope.Unfiltered() {
		return fmt.Errorf("print: %w", err)
	}
	marks := map[mark]bool{}
	for student := range wanted {
		marks[s.mark(student)] = true
	}
	if err := v.judgeCollecting(ctx, printed{id, p, marks}, random); err != nil || scope.Unfiltered() {
		return err
	}
	at := accessSchools[random.IntN(len(accessSchools))]
	later := &accessPerson{name: p.name, grants: access.Grants{{Role: access.PII, Tenant: s.tenant.ID, District: at.district, School: at.school}}}
	return v.judgeLater(ctx, later, id)
}

// judgeLater lets the requester come again when other grants hold: to collect what was printed, and to have it printed again. Nothing shows what the person may
// not see by then.
func (v *visits) judgeLater(ctx context.Context, p *accessPerson, id string) error {
	if err := v.house.signIn(ctx, p); err != nil {
		return err
	}
	if err := v.judgeParts(ctx, p, id); err != nil {
		return fmt.Errorf("with other grants: %w", err)
	}
	if _, err := v.house.control.Exec(ctx, `update printing.job set expires_at = now() where job_id = $1`, id); err != nil {
		return err
	}
	a, err := v.house.post(ctx, p, "/downloads/"+id+"/retry", nil)
	if err != nil || a.status != http.StatusSeeOther {
		return err
	}
	queued := &river.Job[printing.Args]{JobRow: &rivertype.JobRow{Attempt: 3, MaxAttempts: 3}, Args: printing.Args{Job: printing.ID(id)}}
	_ = v.house.printer.Work(ctx, queued) // nobody may be left
	if err := v.judgeParts(ctx, p, id); err != nil {
		return fmt.Errorf("printed again with other grants: %w", err)
	}
	return nil
}

// judgeParts reads the first documents of a job as a person, who may see everything that is in them.
func (v *visits) judgeParts(ctx context.Context, p *accessPerson, id string) error {
	for part := 1; part <= 3; part++ {
		a, err := v.house.ask(ctx, p, http.MethodGet, fmt.Sprintf("/downloads/%s/parts/%d", id, part), "text/html")
		if err != nil || a.status != http.StatusOK {
			return err
		}
		if err := (visit{person: p}).judgeLeaks(v.house.world, a.body, marksIn(a.body)); err != nil {
			return fmt.Errorf("/downloads/%s/parts/%d: %w", id, part, err)
		}
	}
	return nil
}

// judgeCollecting lets somebody at random, and the requester, collect.
func (v *visits) judgeCollecting(ctx context.Context, j printed, random *rand.Rand) error {
	if !scope.Unfiltered() {
		if err := v.judgeParts(ctx, j.person, j.id); err != nil {
			return err
		}
	}
	other := v.house.world.people[random.IntN(len(v.house.world.people))]
	for _, p := range []*accessPerson{other, nil, j.person} {
		for _, below := range []string{"", "/parts/1", "/all", "/progress"} {
			a, err := v.house.ask(ctx, p, http.MethodGet, "/downloads/"+j.id+below, "text/html")
			if err != nil {
				return err
			}
			if p != j.person && (a.status == http.StatusOK || strings.Contains(a.body, j.id) && a.status != http.StatusSeeOther && p != nil) {
				return fmt.Errorf("LEAK: /downloads/%s%s, status %d for somebody else", j.id, below, a.status)
			}
			for _, m := range marksIn(a.body) {
				if !j.students[m] && !scope.Unfiltered() {
					return fmt.Errorf("LEAK: /downloads/%s%s shows %s", j.id, below, m)
				}
			}
			if p == j.person && a.status != http.StatusOK && !scope.Unfiltered() {
				return fmt.Errorf("WRONG REFUSAL: /downloads/%s%s, status %d", j.id, below, a.status)
			}
			if p == j.person && below == "/all" && !scope.Unfiltered() && (len(a.events) != 1 || a.events[0].Students != len(j.students)) {
				return fmt.Errorf("RECORD: collecting %d students: %+v", len(j.students), a.events)
			}
		}
	}
	return nil
}
