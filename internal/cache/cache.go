// Package cache keeps answers in the memory of a process, bounded by their size.
//
// A Key says everything an answer depends on, the version of the warehouse and of the state's settings among it. Neither changes within a version, so what is
// kept is never stale and needs no message to end; answers of older versions go when a newer one is asked for. What is kept belongs to everybody with
// the same key: whatever makes the answer differ from person to person stands in Class. Answers about single students are not kept.
//
// docs/decisions/0011-cache-in-process.md says why in the process, and in which library.
package cache

import (
	"context"
	"sync"

	"github.com/maypok86/otter/v2"
	"github.com/maypok86/otter/v2/stats"

	"scorehouse/internal/tenant"
)

// Key names an answer.
type Key struct {
	Tenant   tenant.ID
	Version  int    // of the warehouse
	Settings string // version of what the state has set for itself
	Class    string // of people who are shown the same; "" where an answer does not depend on who asks
	Language string // "" where an answer has no words
	Question string // what was asked, in full
}

// overhead is about what an entry takes beside its answer.
const overhead = 256

// kept is an answer with its size.
type kept struct {
	answer any
	size   uint32
}

// Cache keeps answers. It is safe for concurrent use. A nil Cache keeps nothing.
type Cache struct {
	entries *otter.Cache[Key, kept] // nil keeps nothing

	mu     sync.Mutex
	newest map[tenant.ID]int
}

// New returns a cache of at most so many bytes; none, or fewer, keep nothing.
func New(bytes int) *Cache {
	if bytes <= 0 {
		return &Cache{}
	}
	return &Cache{newest: map[tenant.ID]int{}, entries: otter.Must(&otter.Options[Key, kept]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(k Key, v kept) uint32 { return v.size + uint32(len(k.Question)+len(k.Class)) + overhead },
		StatsRecorder: stats.NewCounter(),
	})}
}

// Recall returns the answer to key, from the cache or else from ask, and keeps it. People who ask at the same time wait for one answer; it does not end
// with the request of whoever was first. Errors are not kept. size is in bytes, about. Callers share answers and must not change them.
func Recall[T any](ctx context.Context, c *Cache, key Key, size func(T) int, ask func(context.Context) (T, error)) (T, error) {
	if c.keepsNothing() {
		return ask(ctx)
	}
	c.settle(key)
	k, err := c.entries.Get(ctx, key, otter.LoaderFunc[Key, kept](func(ctx context.Context, _ Key) (kept, error) {
		answer, err := ask(context.WithoutCancel(ctx))
		if err != nil {
			return kept{}, err
		}
		return kept{answer, uint32(size(answer))}, nil
	}))
	if err != nil {
		var none T
		return none, err
	}
	return k.answer.(T), nil // a key's question says of which kind the answer is
}

func (c *Cache) keepsNothing() bool { return c == nil || c.entries == nil }

// settle drops what is known of older versions when a newer one is asked for.
func (c *Cache) settle(key Key) {
	c.mu.Lock()
	newer := key.Version > c.newest[key.Tenant]
	if newer {
		c.newest[key.Tenant] = key.Version
	}
	c.mu.Unlock()
	if newer {
		c.drop(func(k Key) bool { return k.Tenant == key.Tenant && k.Version < key.Version })
	}
}

// Forget drops every answer of a tenant.
func (c *Cache) Forget(id tenant.ID) {
	if !c.keepsNothing() {
		c.drop(func(k Key) bool { return k.Tenant == id })
	}
}

func (c *Cache) drop(which func(Key) bool) {
	for k := range c.entries.Keys() {
		if which(k) {
			c.entries.Invalidate(k)
		}
	}
}

// Stats says how a cache does.
type Stats struct {
	Entries      int
	Bytes, Limit int // about
	Hits, Misses int // since the start
}

// Stats returns how the cache does.
func (c *Cache) Stats() Stats {
	if c.keepsNothing() {
		return Stats{}
	}
	c.entries.CleanUp() // what was written last may not have been weighed yet
	s := c.entries.Stats()
	return Stats{c.entries.EstimatedSize(), int(c.entries.WeightedSize()), int(c.entries.GetMaximum()), int(s.Hits), int(s.Misses)}
}
