package report

import (
	"context"
	"fmt"

	"scorehouse/internal/cache"
)

// rememberedBytes is how much a Counter that remembers keeps.
const rememberedBytes = 8 << 20

// remembering is a Counter that keeps answers of another. A warehouse never changes within a version, so an answer holds as long as its version is
// asked for.
type remembering struct {
	counter Counter
	cache   *cache.Cache
}

// Remember returns a Counter that keeps answers of another which takes long. Pages of one state ask the same of it: that of each district counts the state, too.
func Remember(c Counter) Counter { return &remembering{counter: c, cache: cache.New(rememberedBytes)} }

// Forget empties what is remembered of earlier answers: the next ones are counted again.
func (r *Reports) Forget() {
	r.cache.Forget(r.tenant.ID)
	r.facts.Forget("")
	if c, ok := r.counter.(interface{ Forget() }); ok {
		c.Forget()
	}
}

// Forget empties what is remembered.
func (r *remembering) Forget() { r.cache.Forget("") }

func (r *remembering) Counts(ctx context.Context, version int, q CountQuestion) ([]Count, error) {
	return cache.Recall(ctx, r.cache, keyOf("counts", version, q), func(counts []Count) int { return 48 * len(counts) },
		func(ctx context.Context) ([]Count, error) { return r.counter.Counts(ctx, version, q) })
}

func (r *remembering) Interim(ctx context.Context, version int, q CountQuestion) ([]Presence, error) {
	q.Filters = Filters{}
	return cache.Recall(ctx, r.cache, keyOf("interim", version, q), func(all []Presence) int { return 24 * len(all) },
		func(ctx context.Context) ([]Presence, error) { return r.counter.Interim(ctx, version, q) })
}

func (r *remembering) NotStated(ctx context.Context, version int, q CountQuestion) (NotStatedCounts, error) {
	q.Filters = Filters{}
	return cache.Recall(ctx, r.cache, keyOf("not stated", version, q), func(NotStatedCounts) int { return 64 },
		func(ctx context.Context) (NotStatedCounts, error) { return r.counter.NotStated(ctx, version, q) })
}

// keyOf is the key of an answer about everybody of the one tenant that a Counter counts.
func keyOf(what string, version int, q CountQuestion) cache.Key {
	return cache.Key{Version: version, Question: fmt.Sprintf("%s %+v", what, q)} // numbers only: no two questions are written alike
}
