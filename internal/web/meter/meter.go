// Package meter limits how often one address of the network may ask for something.
package meter

import (
	"container/list"
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit is how often one address may ask: so many requests at once, and in the long run so many a second.
type Limit struct {
	Burst     int // at once
	PerSecond int // and further ones in the long run
}

// Default does not hurt a school whose machines all come from one address. Somebody who signs in asks two or three times: 300 teachers may begin within
// the same twenty seconds, and after them six to ten more each second.
var Default = Limit{Burst: 600, PerSecond: 20}

// Kept is how many addresses a meter should know at a time, some 20 MB; the one that has asked for nothing for the longest time is forgotten.
const Kept = 1 << 16

// toldInterval is between two lines of the log about one address.
const toldInterval = time.Minute

// Meter keeps a token bucket for each address. It is safe for concurrent use.
type Meter struct {
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

// New returns a meter of a name, which the log has, that knows so many addresses at a time.
func New(name string, limit Limit, keep int, now func() time.Time, logger *slog.Logger) *Meter {
	return &Meter{limit: limit, keep: keep, name: name, now: now, logger: logger, buckets: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// Allow takes what a request costs from its address. Costs beyond the limit's burst count as the burst. When there is not enough, it returns after how long there will be.
func (m *Meter) Allow(ctx context.Context, client netip.Addr, cost int) (wait time.Duration, ok bool) {
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
func (m *Meter) bucket(from netip.Prefix) *bucket {
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

// Known is how many addresses the meter knows.
func (m *Meter) Known() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.buckets)
}
