package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	grants "scorehouse/internal/access"
	"scorehouse/internal/control"
	"scorehouse/internal/harness"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// webLoad is what a web server holds: a mixture of pages at a steady rate.
var webLoad = Bench{Name: "web", Help: "a web server under load: -rate, -duration, -students, -people", Run: runWebLoad}

// WebLoad says how much load the bench web makes. The command sets it from its flags.
var WebLoad = struct {
	Rate     int           // requests a second
	Duration time.Duration // of the measurement, after a warm-up
	Students int           // of the state
	People   int           // who are signed in
}{1000, 5 * time.Minute, 2_000_000, 1000}

// runWebLoad measures the built binary's web server, in a process of its own, over a big state: people of several roles ask for comparisons (60 %), lists (25 %) and
// reports of students (15 %), each request at its time whether the ones before it have been answered or not. Records of the audit trail are written.
func runWebLoad(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	s, err := startServed(ctx, log)
	if s != nil {
		defer s.stop()
	}
	if err != nil {
		return err
	}
	visitors, err := s.invite(ctx)
	if err != nil {
		return err
	}
	log.Info("warming up", "people", len(visitors))
	if _, err := s.drive(ctx, visitors, min(WebLoad.Rate, 200), 10*time.Second, log); err != nil {
		return err
	}
	before := s.usage()
	began := time.Now()
	result, err := s.drive(ctx, visitors, WebLoad.Rate, WebLoad.Duration, log)
	if err != nil {
		return err
	}
	after, took := s.usage(), time.Since(began)
	result.report(print)
	detail := fmt.Sprintf("%d students; a state reader, district and school people, people without students", WebLoad.Students)
	print(Figure{Name: "web.memory_start", Value: megabytes(before.memory), Unit: "MB", Detail: "resident, of the web server, after the warm-up; " + detail})
	print(Figure{Name: "web.memory_end", Value: megabytes(after.memory), Unit: "MB"})
	print(Figure{Name: "web.cpu", Value: (after.ours - before.ours).Seconds() / took.Seconds() * 100, Unit: "% of a processor", Detail: fmt.Sprintf("web server; %.2f ms a request",
		float64((after.ours-before.ours).Microseconds())/1000/float64(result.answered()))})
	print(Figure{Name: "web.cpu_postgresql", Value: (after.server - before.server).Seconds() / took.Seconds() * 100, Unit: "% of a processor"})
	print(Figure{Name: "web.cpu_load", Value: (after.load - before.load).Seconds() / took.Seconds() * 100, Unit: "% of a processor", Detail: "the bench itself"})
	return nil
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }

// served is a web server over a big state.
type served struct {
	url, metrics string
	state        *bigState
	sessions     *login.Sessions
	cluster      *pgcluster.Cluster
	web          *exec.Cmd
	close        []func()
}

func (s *served) stop() {
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
}

var servedTenant = tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}

func startServed(ctx context.Context, log *slog.Logger) (*served, error) {
	s := &served{state: newBigState(WebLoad.Students)}
	home, err := harness.TempHome()
	if err != nil {
		return s, err
	}
	s.close = append(s.close, func() { _ = os.RemoveAll(home) })
	s.cluster, err = pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres"), Durable: true, Settings: map[string]string{"shared_buffers": "2GB", "max_connections": "200"}})
	if err != nil {
		return s, err
	}
	s.close = append(s.close, func() { _ = s.cluster.Kill() })
	databases, err := pg.Open(pg.Config{Server: s.cluster.DSN("")})
	if err != nil {
		return s, err
	}
	s.close = append(s.close, databases.Close)
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return s, err
	}
	if err := tenants.Add(ctx, servedTenant); err != nil {
		return s, err
	}
	owner, err := databases.Warehouse(ctx, servedTenant.ID)
	if err != nil {
		return s, err
	}
	log.Info("filling the warehouse", "students", WebLoad.Students)
	if err := s.state.store(ctx, owner); err != nil {
		return s, err
	}
	if err := s.state.storeStudents(ctx, owner); err != nil {
		return s, err
	}
	if err := publishNewestYear(ctx, databases, log); err != nil {
		return s, err
	}
	sessions, err := databases.As(pg.Web).Control(ctx)
	if err != nil {
		return s, err
	}
	s.sessions = login.OpenSessions(login.Config{Pool: sessions})
	return s, s.serve(ctx, home, log)
}

// publishNewestYear has a release of the newest year counted and decided, and publishes it: readers are told of places whose students they may not see.
func publishNewestYear(ctx context.Context, databases *pg.Databases, log *slog.Logger) error {
	began := time.Now()
	control, err := databases.Control(ctx)
	if err != nil {
		return err
	}
	store, err := databases.As(pg.Printer).Warehouse(ctx, servedTenant.ID)
	if err != nil {
		return err
	}
	find := func(context.Context, tenant.ID) (tenant.Tenant, error) { return servedTenant, nil }
	open := func(_ context.Context, id tenant.ID) (*warehouse.Reader, error) {
		return warehouse.NewReader(store).For(id), nil
	}
	desk := release.NewDesk(control, release.RulesOf(find, open))
	id, err := desk.Make(ctx, release.Wish{Tenant: servedTenant.ID, Year: bigYear, Kind: release.Final, By: "operator bench"})
	if err != nil {
		return err
	}
	worker := release.NewWorker(release.Config{Pool: control, Logger: log, Tenant: find, Reader: open})
	queued := &river.Job[release.Args]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 1}, Args: release.Args{Release: id}}
	if err := worker.Work(ctx, queued); err != nil {
		return fmt.Errorf("decide a release: %w", err)
	}
	if err := desk.Publish(ctx, id, "operator bench"); err != nil {
		return fmt.Errorf("publish a release: %w", err)
	}
	log.Info("published the newest year", "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// serve starts the web server and waits until it counts with its index.
func (s *served) serve(ctx context.Context, home string, log *slog.Logger) error {
	binary, err := harness.Build(ctx, home)
	if err != nil {
		return err
	}
	web, err := freeAddress()
	if err != nil {
		return err
	}
	s.metrics, err = freeAddress()
	if err != nil {
		return err
	}
	file, output := filepath.Join(home, "scorehouse.yaml"), filepath.Join(home, "web.log")
	text := fmt.Sprintf("databases: {server: %q}\nweb: {listen: %q, secret_key: %q}\nkeys: {directory: %q}\naudit: {directory: %q, key_file: %q}\nmetrics: {listen: %q}\nlog: {file: %q}\n",
		s.cluster.DSN(""), web, home+"/keys/web.key", home+"/keys", home+"/audit", home+"/keys/audit.key", s.metrics, output)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	s.web = exec.Command(binary, "web", "--config", file)
	s.web.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.web.Stderr = os.Stderr
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the death signal is bound to the thread that starts the child
		defer close(ended)
		err := s.web.Start()
		started <- err
		if err == nil {
			_ = s.web.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = s.web.Process.Kill(); <-ended })
	s.url = "http://" + web
	log.Info("waiting for the population index")
	return s.ready(ctx)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

var indexReady = regexp.MustCompile(`(?m)^scorehouse_population_version\{[^}]*\} [1-9]`)

// ready waits until the index holds the state.
func (s *served) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		if body, err := fetch(ctx, "http://"+s.metrics+"/metrics"); err == nil && indexReady.MatchString(body) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the web server has no population index: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func fetch(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// visitor is somebody signed in, with the pages the person asks for.
type visitor struct {
	token                      string
	aggregates, lists, reports []string
}

// invite signs people in: one of twenty sees the whole state, five a district, twelve a school, two no students.
func (s *served) invite(ctx context.Context) ([]*visitor, error) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []*visitor
	for i := range WebLoad.People {
		school := random.IntN(len(s.state.schools))
		for s.state.schools[school].students == 0 {
			school = random.IntN(len(s.state.schools))
		}
		v, err := s.visitor(ctx, i, school, random)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// filtersAsked are filters that people put on comparisons.
var filtersAsked = []string{"", "", "", "", "?dmgPrgIep=Y", "?dmgPrgLep=Y", "?grade=05", "?grade=08&sex=female", "?ethnicity=3,6", "?dmgStsEcd=Y&dmgPrgIep=N", "?sort=-standard.Math", "?align=full"}

func (s *served) visitor(ctx context.Context, i, school int, random *rand.Rand) (*visitor, error) {
	x := s.state.schools[school]
	district, code := fmt.Sprintf("D%03d", x.district), fmt.Sprintf("S%04d", school+1)
	grant := grants.Grant{Role: grants.PII, Tenant: servedTenant.ID}
	switch kind := i % 20; {
	case kind == 0:
	case kind < 6:
		grant.District = district
	case kind < 18:
		grant.District, grant.School = district, code
	default:
		grant.Role = grants.General
	}
	id := fmt.Sprintf("reader-%d", i)
	token, _, err := s.sessions.SignIn(ctx, login.Identity{Provider: login.DirectProvider, UserID: id, LoginName: id, Name: "Reader", Title: "Reader", Grants: grants.Grants{grant}}, "")
	if err != nil {
		return nil, err
	}
	v := &visitor{token: token}
	filter := func() string { return filtersAsked[random.IntN(len(filtersAsked))] }
	ours := "/s/TK/d/" + district + "/sc/" + code
	v.aggregates = []string{"/s/TK", "/s/TK" + filter(), "/s/TK/d/" + district, "/s/TK/d/" + district + filter(), ours, ours}
	if grant.Role == grants.General {
		return v, nil
	}
	for _, g := range bigGrades[x.kind] {
		v.lists = append(v.lists, fmt.Sprintf("%s/g/%02d?year=2026&type=summative", ours, g))
	}
	for _, list := range v.lists {
		body, err := s.get(ctx, v, list)
		if err != nil {
			return nil, err
		}
		for _, link := range studentLink.FindAllStringSubmatch(body, 40) {
			v.reports = append(v.reports, link[1]+"/reports/summative?year=2026")
		}
		if len(v.reports) > 0 {
			break
		}
	}
	if len(v.reports) == 0 {
		return nil, fmt.Errorf("%s leads to no student", ours)
	}
	return v, nil
}

func (s *served) get(ctx context.Context, v *visitor, address string) (string, error) {
	return (&scopedVisitor{url: s.url, token: v.token}).get(ctx, address)
}

// usage is what the machine has spent so far.
type usage struct {
	ours, server, load time.Duration // processor time of the web server, of PostgreSQL, of this bench
	memory             int64         // resident bytes of the web server
}

func (s *served) usage() usage {
	p := usedBy(s.cluster.PID())
	u := usage{server: p.server, load: p.ours}
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.web.Process.Pid)); err == nil {
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		var user, system, pages int64
		fmt.Sscan(fields[11]+" "+fields[12]+" "+fields[21], &user, &system, &pages)
		u.ours, u.memory = time.Duration(user+system)*10*time.Millisecond, pages*int64(os.Getpagesize())
	}
	return u
}
