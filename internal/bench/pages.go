package bench

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	grants "scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/cache"
	"scorehouse/internal/control"
	"scorehouse/internal/edu"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/population"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/comparison"
	"scorehouse/internal/words"
)

// pages asks for whole pages of a state of two million students with results of two years, as a browser gets them: signed in, recorded, from a web server
// that keeps no page and no comparison. SCOREHOUSE_BENCH_STUDENTS makes the state smaller.
var pages = Bench{Name: "pages", Help: "whole pages of a large state, nothing kept: comparisons, lists of students, students' reports; rendering", Run: runPages}

const (
	pagesAsked   = 300 // of each kind
	pagesWarmUp  = 20
	pagesRenders = 100
)

func runPages(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	students := bigStudents()
	p, stop, err := startPopulation(ctx, newBigState(students).of(2), log)
	if err != nil {
		return err
	}
	defer stop()
	if err := p.state.storeStudents(ctx, p.owner); err != nil {
		return fmt.Errorf("store students: %w", err)
	}
	log.Info("stored the students")
	site, err := p.serve(ctx, log)
	if err != nil {
		return err
	}
	defer site.close()
	detail := fmt.Sprintf("%d students with results of two years, %d districts, %d schools", students, bigDistricts, len(p.state.schools))
	if err := site.measure(ctx, p, detail, print); err != nil {
		return err
	}
	if s := site.indexes.Stats()[bigTenant.ID]; s.PassedOn > 0 {
		return fmt.Errorf("SQL answered %d questions", s.PassedOn)
	}
	return p.render(ctx, site.indexes, detail, print)
}

// bigSite is a web server over the state, as an installation has it but for its cache, and somebody who may see everything.
type bigSite struct {
	url, token string
	indexes    *population.Indexes
	closers    []func()
}

func (s *bigSite) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
}

func (p *bigPopulation) serve(ctx context.Context, log *slog.Logger) (_ *bigSite, err error) {
	s := &bigSite{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	databases, quiet := p.databases.As(pg.Web), slog.New(slog.DiscardHandler)
	pool, err := databases.Control(ctx)
	if err != nil {
		return nil, err
	}
	trail, err := audit.Open(ctx, audit.Config{Directory: filepath.Join(p.home, "audit"), Key: bytes.Repeat([]byte{7}, 32), Pool: pool, Role: "web"})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() { _ = trail.Close() })
	keys, err := login.OpenKeys(filepath.Join(p.home, "saml"), time.Now())
	if err != nil {
		return nil, err
	}
	tenants := control.NewTenants(databases)
	s.indexes = population.NewIndexes(population.IndexesConfig{Tenants: tenants, Warehouses: databases, Log: log})
	running, stopIndexes := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.indexes.Run(running) }()
	s.closers = append(s.closers, func() { stopIndexes(); <-done })
	sessions := login.OpenSessions(login.Config{Pool: pool})
	server, err := web.New(web.Options{
		Tenants: tenants, Warehouses: databases, Sessions: sessions, People: login.NewPeople(pool, nil), Trail: trail, Secret: bytes.Repeat([]byte{1}, web.SecretBytes), Logger: quiet,
		Cache:   cache.New(0), // nothing
		Counter: func(id tenant.ID, r *warehouse.Reader) report.Counter { return s.indexes.Of(id, r) },
		SignOn: login.NewSignOn(login.SignOnConfig{
			Pool: pool, Sessions: sessions, Providers: login.NewProviders(pool, nil, nil), Keys: keys, Tenants: tenants, Events: web.Events(trail), Logger: quiet,
			EntityID: "http://bench.example", AssertionConsumer: "http://bench.example/saml_post", SingleLogout: "http://bench.example/saml/logout",
		}),
	})
	if err != nil {
		return nil, err
	}
	listening := httptest.NewServer(server)
	s.closers = append(s.closers, listening.Close)
	s.url = listening.URL
	s.token, _, err = sessions.SignIn(ctx, login.Identity{Provider: login.DirectProvider, UserID: "reader", Name: "Reader", Grants: grants.Grants{{Role: grants.PII, Tenant: bigTenant.ID}}}, "")
	if err != nil {
		return nil, err
	}
	for s.indexes.Stats()[bigTenant.ID].Version == 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return s, nil
}

// get returns a page, and how long it took from the request to its last byte. Unpacking it is the reader's time.
func (s *bigSite) get(ctx context.Context, address string) (string, time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+address, nil)
	if err != nil {
		return "", 0, err
	}
	request.AddCookie(&http.Cookie{Name: "scorehouse", Value: s.token})
	request.Header.Set("Accept-Encoding", "gzip")
	began := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(response.Body)
	took := time.Since(began)
	if err != nil || response.StatusCode != http.StatusOK {
		return "", 0, errors.Join(err, fmt.Errorf("%s: status %d", address, response.StatusCode))
	}
	body, err := unpacked(packed, response.Header.Get("Content-Encoding"))
	return body, took, err
}

// unpacked is a body as a reader sees it.
func unpacked(body []byte, encoding string) (string, error) {
	if encoding == "" {
		return string(body), nil
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

// measure asks for pages of every kind.
func (s *bigSite) measure(ctx context.Context, p *bigPopulation, detail string, print func(Figure)) error {
	r := rand.New(rand.NewPCG(5, 6))
	student := regexp.MustCompile(`href="(/students/[A-Za-z0-9_-]+/reports/[^"]*)"`)
	var reports []string
	list := func() string {
		n := r.IntN(len(p.state.schools))
		x := p.state.schools[n]
		grades := bigGrades[x.kind]
		return fmt.Sprintf("/s/TK/d/D%03d/sc/S%04d/g/%02d?year=%d", x.district, n+1, grades[r.IntN(len(grades))], bigYear)
	}
	for len(reports) < pagesAsked+pagesWarmUp {
		body, _, err := s.get(ctx, list())
		if err != nil {
			return err
		}
		for i, m := range student.FindAllStringSubmatch(body, -1) {
			if i%20 == 0 {
				reports = append(reports, strings.ReplaceAll(m[1], "&amp;", "&"))
			}
		}
	}
	school := func() string {
		n := r.IntN(len(p.state.schools))
		return fmt.Sprintf("/s/TK/d/D%03d/sc/S%04d?", p.state.schools[n].district, n+1)
	}
	for _, kind := range []struct {
		name, of string
		address  func() string
		holds    string
	}{
		{"state", "300 districts, no filter", func() string { return fmt.Sprintf("/s/TK?year=%d", bigYear) }, "District 300<"},
		{"state_filtered", "300 districts, up to nine filters", func() string { return "/s/TK?" + filterQuery(r) }, "<h1"},
		{"district", "the largest, up to nine filters", func() string { return "/s/TK/d/D001?" + filterQuery(r) }, "<h1"},
		{"school", "up to nine filters", func() string { return school() + filterQuery(r) }, "<h1"},
		{"list", "students of a school and grade", list, "<table"},
		{"report", "of a student", func() string { return reports[r.IntN(len(reports))] }, "<h1"},
	} {
		if err := s.measureKind(ctx, kind.name, kind.of+"; "+detail, kind.address, kind.holds, print); err != nil {
			return err
		}
	}
	return nil
}

func (s *bigSite) measureKind(ctx context.Context, name, detail string, address func() string, holds string, print func(Figure)) error {
	var took, used []time.Duration
	bytes := 0
	for i := range pagesAsked + pagesWarmUp {
		before := processorTime()
		body, t, err := s.get(ctx, address())
		if err != nil {
			return err
		}
		if !strings.Contains(body, holds) {
			return fmt.Errorf("a page of %s is not one", name)
		}
		if i < pagesWarmUp {
			continue
		}
		took, used, bytes = append(took, t), append(used, processorTime()-before), max(bytes, len(body))
	}
	slices.Sort(took)
	slices.Sort(used)
	for _, percent := range []int{50, 95} {
		print(Figure{Name: fmt.Sprintf("pages.%s.p%d", name, percent), Value: float64(took[len(took)*percent/100].Microseconds()) / 1000, Unit: "ms",
			Detail: fmt.Sprintf("%s; %d pages of up to %d kB, nothing kept; p%d of processor time, unpacking with it, %.1f ms", detail, len(took), bytes/1000, percent,
				float64(used[len(used)*percent/100].Microseconds())/1000)})
	}
	return nil
}

// filterQuery is the query of an address with filters as populationQuestion draws them.
func filterQuery(r *rand.Rand) string {
	f := populationQuestion(r).Filters
	q := []string{fmt.Sprintf("year=%d", bigYear)}
	flags := map[edu.Flag]string{edu.NotStated: "NS", edu.No: "N", edu.Yes: "Y"}
	for _, x := range []struct {
		name   string
		values []edu.Flag
	}{
		{"dmgPrgLep", f.LimitedEnglish}, {"dmgPrgIep", f.IEP}, {"dmgPrg504", f.Section504}, {"dmgStsEcd", f.EconomicDisadvantage}, {"dmgStsMig", f.Migrant}, {"complete", f.Complete},
	} {
		for _, v := range x.values {
			q = append(q, x.name+"="+flags[v])
		}
	}
	for _, g := range f.Grades {
		q = append(q, "grade="+g.Code())
	}
	for _, e := range f.Ethnicities {
		q = append(q, fmt.Sprintf("ethnicity=%d", e))
	}
	for _, x := range f.Sexes {
		q = append(q, "sex="+x.Code())
	}
	return strings.Join(q, "&")
}

// render measures what is left to do when the numbers of a state page are known.
func (p *bigPopulation) render(ctx context.Context, indexes *population.Indexes, detail string, print func(Figure)) error {
	r := report.New(p.reader, report.Settings{Tenant: bigTenant, StudentKey: func(int) string { return "" }, Counter: indexes.Of(bigTenant.ID, p.reader)})
	c, err := r.ComparingPopulations(ctx, scope.Scope{Tenant: bigTenant.ID, Aggregates: true, AllStudents: true}, report.ComparisonQuestion{Year: bigYear})
	if err != nil {
		return err
	}
	view := comparison.View{
		Frame: layout.Frame{Words: words.For("en"), Tenant: bigTenant.Name, Home: "/", Person: "Reader"}, Report: c, Address: layout.Address{Path: "/s/TK"},
		RowAddress: func(row report.ComparisonRow) string { return "/s/TK/d/" + row.ID },
	}
	var b bytes.Buffer
	var used []time.Duration
	for range pagesRenders {
		b.Reset()
		before := processorTime()
		if err := comparison.Page(view).Render(ctx, &b); err != nil {
			return err
		}
		used = append(used, processorTime()-before)
	}
	print(Figure{Name: "pages.render", Value: float64(middle(used).Microseconds()) / 1000, Unit: "ms", Detail: fmt.Sprintf("processor time of rendering a state page of %d rows, %d kB; median of %d; %s",
		len(c.Rows), b.Len()/1000, len(used), detail)})
	return nil
}
