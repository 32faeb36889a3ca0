package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"scorehouse/internal/control"
	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/harness"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/release"
	"scorehouse/internal/report/released/releasedtest"
	"scorehouse/internal/web"
	"scorehouse/internal/web/meter"
)

// publicPages asks for what is published of a state of 60 districts and 600 schools, each page from the cache, over loopback, with the load in the same process.
// SCOREHOUSE_BENCH_PUBLIC_SECONDS is how long.
var publicPages = Bench{Name: "public", Help: "public pages from the cache: requests a second as fast as they are answered, and how long they take at 2,000 a second", Run: runPublic}

const (
	publicToken   = "bench-public-token"
	publicReaders = 64   // connections
	publicRate    = 2000 // a second
)

func runPublic(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	url, stop, err := servePublic(ctx, log)
	if err != nil {
		return err
	}
	defer stop()
	base, seconds := url+"/public/"+publicToken, secondsOf("SCOREHOUSE_BENCH_PUBLIC_SECONDS", 20)
	pages := []string{base, base + "?lang=es", base + "?year=2025", base + ".csv", base + ".json"}
	for i := range 20 {
		pages = append(pages, fmt.Sprintf("%s/p/dst%07d", base, i+1), fmt.Sprintf("%s/p/dst%07d?dmgPrgIep=Y", base, i+1))
	}
	r := &publicReading{pages: pages, client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxConnsPerHost: publicReaders, MaxIdleConnsPerHost: publicReaders, DisableCompression: true}}}
	defer r.client.CloseIdleConnections()
	for _, page := range pages { // into the cache
		if _, err := r.get(ctx, page); err != nil {
			return err
		}
	}
	detail := fmt.Sprintf("%d pages and files of 60 districts and 600 schools, gzip, %d connections of the same process, %d processors", len(pages), publicReaders, runtime.GOMAXPROCS(0))
	took, bytes, err := r.asFastAsAnswered(ctx, seconds)
	if err != nil {
		return err
	}
	print(Figure{Name: "public.requests", Value: float64(len(took)) / seconds.Seconds(), Unit: "requests/s", Detail: fmt.Sprintf("%s; %.1f kB each", detail, float64(bytes)/1000/float64(len(took)))})
	printQuantiles(print, "public.fastest", took, "each connection asks again when it is answered; "+detail)
	if took, err = r.atRate(ctx, publicRate, seconds); err != nil {
		return err
	}
	printQuantiles(print, "public", took, fmt.Sprintf("at %d a second, from when each was due; %s", publicRate, detail))
	return nil
}

// secondsOf reads a number of seconds from the environment.
func secondsOf(name string, otherwise int) time.Duration {
	n := otherwise
	_, _ = fmt.Sscan(os.Getenv(name), &n)
	return time.Duration(n) * time.Second
}

// servePublic starts a web server whose releases are in memory; what the state has set for itself is in a database, as always.
func servePublic(ctx context.Context, log *slog.Logger) (url string, stop func(), err error) {
	var closers []func()
	stop = func() {
		for i := len(closers) - 1; i >= 0; i-- {
			closers[i]()
		}
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	home, err := harness.TempHome()
	if err != nil {
		return "", stop, err
	}
	closers = append(closers, func() { _ = os.RemoveAll(home) })
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres")})
	if err != nil {
		return "", stop, err
	}
	closers = append(closers, func() { _ = cluster.Kill() })
	databases, err := pg.Open(pg.Config{Server: cluster.DSN("")})
	if err != nil {
		return "", stop, err
	}
	closers = append(closers, databases.Close)
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return "", stop, err
	}
	if err := tenants.Add(ctx, servedTenant); err != nil {
		return "", stop, err
	}
	log.Info("deciding two releases")
	releases, err := releasedtest.New(servedTenant.ID, disclosure.DefaultPolicy(), drawn.Medium, 2026, 2025)
	if err != nil {
		return "", stop, err
	}
	releases.AddLink(publicToken, release.Link{ID: 1, Tenant: servedTenant.ID, Expires: time.Now().Add(24 * time.Hour)})
	server, err := web.New(web.Options{Tenants: tenants, Warehouses: databases.As(pg.Web), Secret: make([]byte, web.SecretBytes), Logger: slog.New(slog.DiscardHandler),
		Releases: releases, PublicLimit: meter.Limit{Burst: 1 << 30, PerSecond: 1 << 30}})
	if err != nil {
		return "", stop, err
	}
	listening := httptest.NewServer(server)
	closers = append(closers, listening.Close)
	return listening.URL, stop, nil
}

// publicReading are readers of public pages.
type publicReading struct {
	pages  []string
	client *http.Client

	mu    sync.Mutex
	took  []time.Duration
	bytes int64
	err   error
}

// get reads a page and returns how many bytes were sent.
func (p *publicReading) get(ctx context.Context, page string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || n == 0) {
		err = fmt.Errorf("%s: status %d, %d bytes", page, response.StatusCode, n)
	}
	return n, err
}

// ask asks for one of the pages and notes how long it took from a time on.
func (p *publicReading) ask(ctx context.Context, since time.Time, random int) {
	n, err := p.get(ctx, p.pages[random%len(p.pages)])
	took := time.Since(since)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took, p.bytes = append(p.took, took), p.bytes+n
	if err != nil && p.err == nil {
		p.err = err
	}
}

// done returns what was noted, and forgets it.
func (p *publicReading) done() ([]time.Duration, int64, error) {
	took, bytes := p.took, p.bytes
	p.took, p.bytes = nil, 0
	return took, bytes, p.err
}

func (p *publicReading) asFastAsAnswered(ctx context.Context, duration time.Duration) ([]time.Duration, int64, error) {
	end := time.Now().Add(duration)
	var readers sync.WaitGroup
	for i := range publicReaders {
		readers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for now := time.Now(); now.Before(end) && ctx.Err() == nil; now = time.Now() {
				p.ask(ctx, now, random.Int())
			}
		})
	}
	readers.Wait()
	return p.done()
}

// atRate begins a request when it is due, however many wait.
func (p *publicReading) atRate(ctx context.Context, rate int, duration time.Duration) ([]time.Duration, error) {
	random, began := rand.New(rand.NewPCG(8, 9)), time.Now()
	var running sync.WaitGroup
	for i := range int(duration.Seconds() * float64(rate)) {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		if ctx.Err() != nil {
			break
		}
		n := random.Int()
		running.Go(func() { p.ask(ctx, due, n) })
	}
	running.Wait()
	took, _, err := p.done()
	return took, err
}
