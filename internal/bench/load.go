package bench

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// kinds of pages, with how many of a hundred requests ask for them.
var loadKinds = []struct {
	name  string
	share int
	pages func(*visitor) []string
}{
	{"comparisons", 60, func(v *visitor) []string { return v.aggregates }},
	{"lists", 25, func(v *visitor) []string { return v.lists }},
	{"reports", 15, func(v *visitor) []string { return v.reports }},
}

// loadResult is what came of a load.
type loadResult struct {
	rate  int
	asked time.Duration

	mu     sync.Mutex
	took   [][]time.Duration // by kind, from when each request was meant to begin
	bytes  int64
	failed int
	first  error
}

// mostConnections is how many connections browsers keep open; behind a proxy there are fewer.
const mostConnections = 512

// drive asks at a steady rate for a time. A request begins when it is due, however many wait: what waits counts as slow.
func (s *served) drive(ctx context.Context, visitors []*visitor, rate int, duration time.Duration, log *slog.Logger) (*loadResult, error) {
	result := &loadResult{rate: rate, asked: duration, took: make([][]time.Duration, len(loadKinds))}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxConnsPerHost: mostConnections, MaxIdleConnsPerHost: mostConnections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	random := rand.New(rand.NewPCG(3, 4))
	var running sync.WaitGroup
	began := time.Now()
	total := int(duration.Seconds() * float64(rate))
	for i := range total {
		due := began.Add(time.Duration(float64(i) / float64(rate) * float64(time.Second)))
		time.Sleep(time.Until(due))
		if ctx.Err() != nil {
			break
		}
		if i > 0 && i%(rate*30) == 0 {
			log.Info("under load", "seconds", i/rate, "memory_mb", int(megabytes(s.usage().memory)))
		}
		kind, v, address := choose(visitors, random)
		look := i%200 == 0
		running.Go(func() {
			n, err := s.request(ctx, client, v, address, look)
			result.add(kind, time.Since(due), n, err)
		})
	}
	running.Wait()
	if result.failed > total/2 {
		return result, fmt.Errorf("%d of %d requests failed, the first: %w", result.failed, total, result.first)
	}
	return result, ctx.Err()
}

// choose takes a kind of page by its share, somebody who may see such pages, and one of that person's.
func choose(visitors []*visitor, random *rand.Rand) (kind int, v *visitor, address string) {
	n := random.IntN(100)
	for kind = range loadKinds {
		if n -= loadKinds[kind].share; n < 0 {
			break
		}
	}
	for len(address) == 0 {
		v = visitors[random.IntN(len(visitors))]
		if pages := loadKinds[kind].pages(v); len(pages) > 0 {
			address = pages[random.IntN(len(pages))]
		}
	}
	return kind, v, address
}

// request asks for a page as a browser does, and reads it all; look makes sure that it is one.
func (s *served) request(ctx context.Context, client *http.Client, v *visitor, address string, look bool) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+address, nil)
	if err != nil {
		return 0, err
	}
	request.AddCookie(&http.Cookie{Name: "scorehouse", Value: v.token})
	request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: status %d", address, response.StatusCode)
	}
	if !look {
		return io.Copy(io.Discard, response.Body)
	}
	page, err := gzip.NewReader(response.Body)
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(page)
	if err == nil && !strings.HasSuffix(strings.TrimSpace(string(text)), "</html>") {
		err = errors.New(address + ": not a whole page")
	}
	return int64(len(text)) / 8, err
}

func (r *loadResult) add(kind int, took time.Duration, bytes int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took[kind] = append(r.took[kind], took)
	r.bytes += bytes
	if err != nil {
		r.failed++
		if r.first == nil {
			r.first = err
		}
	}
}

func (r *loadResult) answered() int {
	n := 0
	for _, took := range r.took {
		n += len(took)
	}
	return n
}

// report prints the figures: of all requests, then of each kind.
func (r *loadResult) report(print func(Figure)) {
	all := slices.Concat(r.took...)
	detail := fmt.Sprintf("%d requests at %d a second for %s, from when each was due; %.1f kB each", len(all), r.rate, r.asked, float64(r.bytes)/1000/float64(len(all)))
	printQuantiles(print, "web", all, detail)
	for i, kind := range loadKinds {
		printQuantiles(print, "web."+kind.name, r.took[i], fmt.Sprintf("%d requests", len(r.took[i])))
	}
	errors := Figure{Name: "web.errors", Value: float64(r.failed), Unit: "requests"}
	if r.first != nil {
		errors.Detail = "the first: " + r.first.Error()
	}
	print(errors)
}

func printQuantiles(print func(Figure), name string, took []time.Duration, detail string) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	for _, q := range []struct {
		name string
		part float64
	}{{"p50", 0.50}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1}} {
		at := min(int(q.part*float64(len(took))), len(took)-1)
		print(Figure{Name: name + "." + q.name, Value: float64(took[at].Microseconds()) / 1000, Unit: "ms", Detail: detail})
	}
}
