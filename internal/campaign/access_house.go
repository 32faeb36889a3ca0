package campaign

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/control"
	"scorehouse/internal/edu"
	"scorehouse/internal/harness"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/printing"
	"scorehouse/internal/release"
	"scorehouse/internal/web"
	"scorehouse/internal/web/meter"
)

// accessHouse is a web server on a PostgreSQL of its own, with the least rights that it has in an installation, over the world.
type accessHouse struct {
	world     *accessWorld
	url       string
	routes    []web.Route
	keys      map[string]string // mark of a student -> opaque id in addresses
	trail     *accessTrail
	desk      *printing.Desk
	printer   *printing.Worker
	control   *pgxpool.Pool // as the web server has it
	sessions  *login.Sessions
	log       *watchedLog
	serverLog string

	close []func()
}

// accessTrail is the audit trail; it remembers the records of each request until they are asked for.
type accessTrail struct {
	log *audit.Log

	mu     sync.Mutex
	events map[string][]audit.Event
}

// Record records an event.
func (t *accessTrail) Record(ctx context.Context, e audit.Event) error {
	if err := t.log.Record(ctx, e); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events[string(e.RequestID)] = append(t.events[string(e.RequestID)], e)
	return nil
}

// take returns what was recorded of a request, and forgets it.
func (t *accessTrail) take(request string) []audit.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := t.events[request]
	delete(t.events, request)
	return events
}

// ofAStudent finds the names and codes of students.
var ofAStudent = regexp.MustCompile(`Zq[xc][TH][0-9]+`)

// watchedLog is where the server logs; it keeps only what should not be there.
type watchedLog struct {
	mu    sync.Mutex
	found string
	lines int
}

// Write looks a line over.
func (l *watchedLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines++
	if l.found == "" && ofAStudent.Match(line) {
		l.found = string(line)
	}
	return len(line), nil
}

func startAccessHouse(ctx context.Context) (_ *accessHouse, err error) {
	h := &accessHouse{world: newAccessWorld(), log: &watchedLog{}, keys: map[string]string{}}
	defer func() {
		if err != nil {
			h.stop()
		}
	}()
	home, err := harness.TempHome()
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, func() { _ = os.RemoveAll(home) })
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres"), Template: os.TempDir()})
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, func() { _ = cluster.Kill() })
	h.serverLog = filepath.Join(home, "postgres", "server.log")
	databases, err := pg.Open(pg.Config{Server: cluster.DSN("")})
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, databases.Close)
	if err := h.fill(ctx, databases); err != nil {
		return nil, err
	}
	if err := h.serve(ctx, databases.As(pg.Web), home); err != nil {
		return nil, err
	}
	return h, h.learnKeys(ctx)
}

// stop ends everything, the last begun first.
func (h *accessHouse) stop() {
	for i := len(h.close) - 1; i >= 0; i-- {
		h.close[i]()
	}
}

// fill makes the databases as an operator does, and writes the world into the warehouses.
func (h *accessHouse) fill(ctx context.Context, databases *pg.Databases) error {
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return err
	}
	for _, s := range h.world.states {
		if err := tenants.Add(ctx, s.tenant); err != nil {
			return err
		}
		pool, err := databases.Warehouse(ctx, s.tenant.ID)
		if err != nil {
			return err
		}
		if err := s.write(ctx, pool); err != nil {
			return fmt.Errorf("write the warehouse of %s: %w", s.tenant.ID, err)
		}
	}
	return nil
}

func (s *accessState) write(ctx context.Context, pool *pgxpool.Pool) error {
	var b pgx.Batch
	for v := 1; v <= newestVersion; v++ {
		b.Queue(`insert into publication (version, batch_id, kind) values ($1, $1, 'publish')`, v)
	}
	districts := map[string]int{}
	for i, code := range accessDistricts {
		districts[code] = i + 1
		b.Queue(`insert into district (district_id, code, name, batch_id, from_version) values ($1, $2, $3, 1, 1)`, i+1, code, "District "+code)
	}
	schools := map[accessSchool]int{}
	for i, at := range accessSchools {
		schools[at] = i + 1
		b.Queue(`insert into school (school_id, district_id, code, name, batch_id, from_version) values ($1, $2, $3, $4, 1, 1)`, i+1, districts[at.district], at.school, "School "+at.school)
	}
	assessments := map[accessResult]int{} // by year, kind and subject
	for _, r := range s.results {
		k := accessResult{year: r.year, kind: r.kind, subject: r.subject}
		if assessments[k] != 0 {
			continue
		}
		assessments[k] = len(assessments) + 1
		b.Queue(`insert into assessment (assessment_id, guid, type, subject, academic_year, period, form_version, effective_on, score_min, score_max,
			level_names, cut_points, claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names, batch_id, from_version)
			values ($1, 'guid-' || $1::int, $2, $3, $4, 'Spring', '1', '2026-04-01', 1000, 32000,
			case $2::smallint when 3 then '{}' else '{Minimal,Partial,Proficient,Advanced}' end::text[], case $2::smallint when 3 then '{}' else '{2000,4000,6000}' end::smallint[],
			'{1}', '{Concepts}', '{1000}', '{32000}', '{Below,At,Above}', 1, 1)`, assessments[k], int16(r.kind), string(r.subject), int16(r.year))
	}
	for n := 1; n <= s.students; n++ {
		b.Queue(`insert into student (student_id, code, first_name, last_name, birth_on, sex, group_ids, group_names, batch_id, from_version)
			values ($1, $2, 'Canaryne', $3, '2014-05-06', 1, array[$4], array['Room ' || $4], 1, 1)`, n, s.code(n), s.mark(n), s.group(n))
	}
	for _, r := range s.results {
		var score *int
		claims := []*int16{nil, nil, nil, new(int16(2))}
		if r.score > 0 {
			score = &r.score
		}
		taken := time.Date(int(r.year), 5, 1+r.student%20, 0, 0, 0, 0, time.UTC)
		if r.kind != edu.Summative {
			taken = taken.AddDate(0, -3, 0)
		}
		b.Queue(`insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, to_version, taken_on, academic_year, type, grade,
			enrolled_grade, score, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete,
			condition, subject, claims)
			values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $10, $11, $11, $11, case $9::smallint when 3 then null else 4 end, 1, 2, 0, 1, 1, 1, 1, 1, 2, 0, $12, $13)`,
			r.student, assessments[accessResult{year: r.year, kind: r.kind, subject: r.subject}], districts[r.at.district], schools[r.at], r.from, r.to, taken,
			int16(r.year), int16(r.kind), int16(r.grade), score, string(r.subject), claims)
	}
	return pool.SendBatch(ctx, &b).Close()
}

// serve starts the web server and signs everybody in.
func (h *accessHouse) serve(ctx context.Context, databases *pg.Databases, home string) error {
	pool, err := databases.Control(ctx)
	if err != nil {
		return err
	}
	trail, err := audit.Open(ctx, audit.Config{Directory: filepath.Join(home, "audit"), Key: bytes.Repeat([]byte{7}, 32), Pool: pool, Role: "web"})
	if err != nil {
		return err
	}
	h.close = append(h.close, func() { _ = trail.Close() })
	h.trail = &accessTrail{log: trail, events: map[string][]audit.Event{}}
	keys, err := login.OpenKeys(filepath.Join(home, "saml"), time.Now())
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(h.log, nil))
	running := httptest.NewUnstartedServer(nil)
	h.url = "http://" + running.Listener.Addr().String()
	sessions, providers, tenants := login.OpenSessions(login.Config{Pool: pool}), login.NewProviders(pool, nil, nil), control.NewTenants(databases)
	secret := make([]byte, web.SecretBytes)
	rand.Read(secret)
	desk, press, err := h.print(ctx, pool, databases, home)
	if err != nil {
		return err
	}
	published, err := publishedOf("tamarack")
	if err != nil {
		return err
	}
	server, err := web.New(web.Options{
		Releases: published, PublicLimit: meter.Limit{Burst: 1 << 20, PerSecond: 1 << 20},
		Desk: desk, Press: press, Keep: time.Hour,
		Tenants: tenants, Warehouses: databases, Sessions: sessions, People: login.NewPeople(pool, nil), Review: release.NewDesk(pool, release.RulesOf(tenants.Get, release.ReaderOf(databases))), Trail: h.trail, Secret: secret, Logger: logger,
		SignOn: login.NewSignOn(login.SignOnConfig{
			Pool: pool, Sessions: sessions, Providers: providers, Keys: keys, Tenants: tenants, Events: web.Events(h.trail), Logger: logger,
			EntityID: h.url + "/saml/metadata", AssertionConsumer: h.url + "/saml_post", SingleLogout: h.url + "/saml/logout",
		}),
	})
	if err != nil {
		return err
	}
	h.routes = server.Routes()
	running.Config.Handler = server
	running.Config.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	running.Start()
	h.close = append(h.close, running.Close)
	h.control, h.sessions = pool, sessions
	for _, p := range h.world.people {
		if err := h.signIn(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

var linkOfStudent = regexp.MustCompile(`href="/students/([A-Za-z0-9_-]+)/reports/[^"]*"[^>]*>(?:<bdi>)?(Zqx[TH][0-9]{4})`)

// learnKeys reads every list as people who may see all students, to learn by which opaque ids pages know them.
func (h *accessHouse) learnKeys(ctx context.Context) error {
	for _, s := range h.world.states {
		reader := &accessPerson{}
		for _, p := range h.world.people {
			if p.sees(s.tenant.ID, accessSchool{"any", "any"}) {
				reader = p
			}
		}
		if reader.token == "" {
			return fmt.Errorf("nobody may see every student of %s", s.tenant.ID)
		}
		for _, at := range accessSchools {
			for _, g := range accessGrades {
				for _, query := range []string{"year=2026", "year=2025"} { // nearly everybody has a summative result in one of the years
					a, err := h.ask(ctx, reader, http.MethodGet, fmt.Sprintf("/s/%s/d/%s/sc/%s/g/%s?%s", s.tenant.StateCode, at.district, at.school, g.Code(), query), "text/html")
					if err != nil {
						return err
					}
					for _, m := range linkOfStudent.FindAllStringSubmatch(a.body, -1) {
						h.keys[m[2]] = m[1]
					}
				}
			}
		}
	}
	if want := 2 * h.world.states[0].students * 9 / 10; len(h.keys) < want {
		return fmt.Errorf("the lists lead to %d students, not to %d or more", len(h.keys), want)
	}
	return nil
}

// accessAnswer is what came of a request.
type accessAnswer struct {
	status   int
	location string
	body     string
	events   []audit.Event
}

// signIn begins a session of a person, with the grants that the person has now.
func (h *accessHouse) signIn(ctx context.Context, p *accessPerson) (err error) {
	who := login.Identity{Provider: login.DirectProvider, UserID: p.name, LoginName: p.name, Name: p.name, Title: "Reader", Grants: p.grants}
	p.token, _, err = h.sessions.SignIn(ctx, who, "")
	return err
}

// ask sends a request of a person, nil for somebody who is not signed in, and returns the answer with its records.
func (h *accessHouse) ask(ctx context.Context, p *accessPerson, method, address, accept string) (accessAnswer, error) {
	var form io.Reader
	if method == http.MethodPost {
		form = strings.NewReader("x=y")
	}
	return h.send(ctx, p, method, address, accept, form)
}

// post sends a form of a person.
func (h *accessHouse) post(ctx context.Context, p *accessPerson, address string, form url.Values) (accessAnswer, error) {
	return h.send(ctx, p, http.MethodPost, address, "text/html", strings.NewReader(form.Encode()))
}

func (h *accessHouse) send(ctx context.Context, p *accessPerson, method, address, accept string, form io.Reader) (accessAnswer, error) {
	request, err := http.NewRequestWithContext(ctx, method, h.url+address, form)
	if err != nil {
		return accessAnswer{}, err
	}
	request.Header.Set("Accept", accept)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p != nil {
		request.AddCookie(&http.Cookie{Name: "scorehouse", Value: p.token})
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return accessAnswer{}, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return accessAnswer{}, err
	}
	if bytes.HasPrefix(body, []byte("%PDF")) {
		if body, err = textOfPDF(ctx, body); err != nil {
			return accessAnswer{}, err
		}
	}
	id := response.Header.Get("X-Request-Id")
	if id == "" {
		return accessAnswer{}, errors.New("the answer has no X-Request-Id")
	}
	return accessAnswer{status: response.StatusCode, location: response.Header.Get("Location"), body: string(body), events: h.trail.take(id)}, nil
}

// textOfPDF is what somebody reads in a document.
func textOfPDF(ctx context.Context, document []byte) ([]byte, error) {
	command := exec.CommandContext(ctx, "pdftotext", "-", "-")
	command.Stdin = bytes.NewReader(document)
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("pdftotext: %w", err)
	}
	return text, nil
}

// checkLogs looks for students in what the server and PostgreSQL have logged.
func (h *accessHouse) checkLogs() error {
	h.log.mu.Lock()
	found, lines := h.log.found, h.log.lines
	h.log.mu.Unlock()
	if found != "" {
		return fmt.Errorf("the log names a student: %s", found)
	}
	if lines == 0 {
		return errors.New("the server has logged nothing")
	}
	text, err := os.ReadFile(h.serverLog)
	if err == nil && ofAStudent.Match(text) {
		err = fmt.Errorf("PostgreSQL's log names a student: %s", ofAStudent.Find(text))
	}
	return err
}
