package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"scorehouse/internal/cache"
)

func size(s string) int { return len(s) }

func TestAnswersAreKeptUnderEverythingTheyDependOn(t *testing.T) {
	t.Parallel()
	c := cache.New(1 << 20)
	asked := 0
	recall := func(k cache.Key) {
		t.Helper()
		want := fmt.Sprintf("%+v", k)
		got, err := cache.Recall(t.Context(), c, k, size, func(context.Context) (string, error) { asked++; return want, nil })
		if err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	base := cache.Key{Tenant: "a", Version: 1, Settings: "s", Class: "c", Language: "en", Question: "q"}
	keys := []cache.Key{base, base, base, base, base, base}
	keys[1].Tenant, keys[2].Settings, keys[3].Class, keys[4].Language, keys[5].Question = "b", "t", "d", "es", "r"
	for range 2 {
		for _, k := range keys {
			recall(k)
		}
	}
	if asked != len(keys) {
		t.Errorf("asked %d times for %d answers", asked, len(keys))
	}
	newer := base
	newer.Version = 2
	recall(newer) // answers of version 1 go, those of another tenant stay
	asked = 0
	for _, k := range keys {
		recall(k)
	}
	if asked != len(keys)-1 {
		t.Errorf("asked %d times after a newer version, want %d", asked, len(keys)-1)
	}
	asked = 0
	c.Forget("a")
	recall(base)
	recall(keys[1])
	if asked != 1 {
		t.Errorf("asked %d times after one tenant's answers were forgotten, want once", asked)
	}
	if s := c.Stats(); s.Entries == 0 || s.Bytes == 0 || s.Hits == 0 || s.Misses == 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestThoseWhoAskAtOnceWaitForOneAnswer(t *testing.T) {
	t.Parallel()
	c := cache.New(1 << 20)
	var asked atomic.Int32
	release := make(chan struct{})
	first, cancel := context.WithCancel(t.Context())
	ask := func(ctx context.Context) (string, error) {
		asked.Add(1)
		<-release
		return "answer", ctx.Err() // the first who asked has gone by now
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ctx := t.Context()
			if i == 0 {
				ctx = first
			}
			got, err := cache.Recall(ctx, c, cache.Key{Question: "q"}, size, ask)
			if i > 0 && (got != "answer" || err != nil) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	for asked.Load() == 0 {
		time.Sleep(time.Millisecond) // until somebody asks; nothing depends on how long
	}
	cancel()
	close(release)
	wg.Wait()
	if _, err := cache.Recall(t.Context(), c, cache.Key{Question: "q"}, size, ask); err != nil || asked.Load() != 1 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}

func TestErrorsAreNotKeptAndMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := cache.New(64 << 10)
	broken := errors.New("broken")
	for want := range 2 {
		_, err := cache.Recall(t.Context(), c, cache.Key{Question: "q"}, size, func(context.Context) (string, error) {
			if want == 0 {
				return "", broken
			}
			return "fine", nil
		})
		if (want == 0) != errors.Is(err, broken) {
			t.Errorf("attempt %d: %v", want, err)
		}
	}
	text := string(make([]byte, 4<<10))
	for i := range 200 {
		if _, err := cache.Recall(t.Context(), c, cache.Key{Question: fmt.Sprint(i)}, size, func(context.Context) (string, error) { return text, nil }); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); c.Stats().Bytes > 64<<10; time.Sleep(time.Millisecond) { // evicting goes on beside
		if time.Now().After(deadline) {
			t.Fatalf("%+v", c.Stats())
		}
	}
	var none *cache.Cache
	none.Forget("a")
	if got, err := cache.Recall(t.Context(), none, cache.Key{}, size, func(context.Context) (string, error) { return "asked", nil }); got != "asked" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
