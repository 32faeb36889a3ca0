package web

import (
	"bytes"
	"container/list"
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit is how often one address may ask for what costs a record or much work without anybody being signed in: signing in and out. A request
// counts once, one with a large message once for each 64 KiB begun.
type Limit struct {
	Burst     int // at once
	PerSecond int // and further ones in the long run
}

// DefaultLimit does not hurt a school whose machines all come from one address. Somebody who signs in asks two or three times: 300 teachers may begin within
// the same twenty seconds, and after them six to ten more each second.
var DefaultLimit = Limit{Burst: 600, PerSecond: 20}

// recordedRefusals limits the records of forms that another site sent. The forms are refused in any case.
var recordedRefusals = Limit{Burst: 60, PerSecond: 1}

const (
	bucketsKept  = 1 << 16 // addresses known at a time, some 20 MB; the one that has asked for nothing for the longest time is forgotten
	costBytes    = 64 << 10
	toldInterval = time.Minute // between two lines of the log about one address
)

// meter keeps a token bucket for each address. It is safe for concurrent use.
type meter struct {
	limit  Limit
	keep   int
	name   string
	now    func() time.Time
	logger *slog.Logger

	mu      sync.Mutex
	buckets map[netip.Prefix]*list.Element // of *bucket
	recent  *list.List                     // the newest in front
}

// bucket is what one address may still ask for.
type bucket struct {
	from    netip.Prefix
	tokens  *rate.Limiter
	refused int // since the last line of the log
	told    time.Time
}

func newMeter(name string, limit Limit, now func() time.Time, logger *slog.Logger) *meter {
	return &meter{limit: limit, keep: bucketsKept, name: name, now: now, logger: logger, buckets: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// allow takes what a request costs from its address. When there is not enough, it returns after how long there will be.
func (m *meter) allow(ctx context.Context, client netip.Addr, cost int) (wait time.Duration, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, b := m.now(), m.bucket(networkOf(client))
	cost = min(cost, m.limit.Burst)
	if b.tokens.AllowN(now, cost) {
		return 0, true
	}
	if b.refused++; now.Sub(b.told) >= toldInterval {
		m.logger.LogAttrs(ctx, slog.LevelWarn, "an address asks too often", slog.String("for", m.name), slog.String("address", b.from.String()), slog.Int("refused", b.refused))
		b.told, b.refused = now, 0
	}
	missing := float64(cost) - b.tokens.TokensAt(now)
	return time.Duration(missing / float64(m.limit.PerSecond) * float64(time.Second)), false
}

// bucket returns the bucket of an address, a full one for an address that is not known.
func (m *meter) bucket(from netip.Prefix) *bucket {
	if e, ok := m.buckets[from]; ok {
		m.recent.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if m.recent.Len() >= m.keep {
		oldest := m.recent.Remove(m.recent.Back()).(*bucket)
		delete(m.buckets, oldest.from)
	}
	b := &bucket{from: from, tokens: rate.NewLimiter(rate.Limit(m.limit.PerSecond), m.limit.Burst)}
	m.buckets[from] = m.recent.PushFront(b)
	return b
}

// networkOf is what counts as one address: of IPv6 the network of 64 bits, in which a machine takes any address it likes.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // connections without an address count as one
	}
	return p
}

// metered answers a request only within the limit of its address, before anything else is done for it.
func (s *Server) metered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := sizeOf(r)
		wait, ok := s.asking.allow(r.Context(), traceOf(r.Context()).client, 1+int(size/costBytes))
		if !ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
			s.send(w, r, nil, s.problem(r, nil, errTooOften))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sizeOf returns the size of a request's body. One that does not say is read, no further than any body may be.
func sizeOf(r *http.Request) int64 {
	if r.ContentLength >= 0 {
		return min(r.ContentLength, maxResponse)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	return int64(len(body))
}

// failing ends a body as its reading ended.
type failing struct{ err error }

// Read returns the error, the end of the body without one.
func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// navigated answers only a person's browser that opens a page: pages of other sites can make it ask for an image, or fill a frame, as often as they like.
// Browsers that do not say what they ask for are believed.
func (s *Server) navigated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mode, destination := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
		if mode != "" && mode != "navigate" || destination != "" && destination != "document" {
			s.send(w, r, nil, s.problem(r, nil, errNotOpened))
			return
		}
		next.ServeHTTP(w, r)
	})
}
