package report

import (
	"context"
	"fmt"
	"sync"
)

// remembering is a Counter that keeps the newest answers of another. A warehouse never changes within a version, so
// an answer holds as long as its version is asked for.
type remembering struct {
	counter   Counter
	counts    memory[[]Count]
	interim   memory[[]Presence]
	notStated memory[NotStatedCounts]
}

// Remember returns a Counter that keeps the newest answers of another.
func Remember(c Counter) Counter { return &remembering{counter: c} }

// Forget empties what is remembered of earlier answers: the next ones are counted again.
func (r *Reports) Forget() {
	if c, ok := r.counter.(interface{ Forget() }); ok {
		c.Forget()
	}
}

// Forget empties what is remembered.
func (r *remembering) Forget() {
	r.counts.forget()
	r.interim.forget()
	r.notStated.forget()
}

func (r *remembering) Counts(ctx context.Context, version int, q CountQuestion) ([]Count, error) {
	return r.counts.recall(version, q, func() ([]Count, error) { return r.counter.Counts(ctx, version, q) })
}

func (r *remembering) Interim(ctx context.Context, version int, q CountQuestion) ([]Presence, error) {
	q.Filters = Filters{}
	return r.interim.recall(version, q, func() ([]Presence, error) { return r.counter.Interim(ctx, version, q) })
}

func (r *remembering) NotStated(ctx context.Context, version int, q CountQuestion) (NotStatedCounts, error) {
	q.Filters = Filters{}
	return r.notStated.recall(version, q, func() (NotStatedCounts, error) { return r.counter.NotStated(ctx, version, q) })
}

// memorySize is how many answers of a kind are kept.
const memorySize = 128

// memory keeps answers of one version, the newest that was asked about. It is safe for concurrent use.
type memory[T any] struct {
	mu      sync.Mutex
	version int
	kept    map[string]T
}

// recall returns the kept answer to a question, else what ask answers. Callers share answers and must not change them.
func (m *memory[T]) recall(version int, q CountQuestion, ask func() (T, error)) (T, error) {
	key := fmt.Sprintf("%+v", q)
	m.mu.Lock()
	answer, ok := m.kept[key]
	ok = ok && m.version == version
	m.mu.Unlock()
	if ok {
		return answer, nil
	}
	answer, err := ask()
	if err != nil {
		return answer, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if version > m.version || m.kept == nil {
		m.version, m.kept = version, map[string]T{}
	}
	if version == m.version {
		for old := range m.kept { // any one makes room
			if len(m.kept) < memorySize {
				break
			}
			delete(m.kept, old)
		}
		m.kept[key] = answer
	}
	return answer, nil
}

func (m *memory[T]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = nil
}
