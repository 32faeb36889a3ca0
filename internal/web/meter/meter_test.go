package meter_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/web/meter"
)

// allow is a request of an address.
func allow(m *meter.Meter, client string, cost int) (time.Duration, bool) {
	return m.Allow(context.Background(), netip.MustParseAddr(client), cost)
}

func TestEachAddressHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	log := &strings.Builder{}
	m := meter.New("tests", meter.Limit{Burst: 3, PerSecond: 1}, 100, func() time.Time { return now }, slog.New(slog.NewTextHandler(log, nil)))
	wants := func(what, client string, cost int, want bool) {
		t.Helper()
		if _, ok := allow(m, client, cost); ok != want {
			t.Errorf("%s: %t, want %t", what, ok, want)
		}
	}
	for i := range 3 {
		wants(fmt.Sprint("request ", i), "192.0.2.1", 1, true)
	}
	if wait, ok := allow(m, "192.0.2.1", 2); ok || wait != 2*time.Second {
		t.Errorf("beyond the burst: %t, wait %s, want 2s", ok, wait)
	}
	wants("another address", "192.0.2.2", 1, true)
	wants("a large message", "192.0.2.3", 99, true)
	wants("after a large message", "192.0.2.3", 1, false)
	wants("IPv6", "2001:db8:0:1::1", 3, true)
	wants("another address of the same network", "2001:db8:0:1:ffff::2", 1, false)
	wants("another network", "2001:db8:0:2::1", 1, true)
	wants("IPv4 as IPv6", "::ffff:192.0.2.1", 1, false)
	now = now.Add(2 * time.Second)
	wants("after two seconds", "192.0.2.1", 2, true)
	wants("no more than what has come in", "192.0.2.1", 1, false)
	if got := strings.Count(log.String(), "address=192.0.2.1/32"); got != 1 {
		t.Errorf("%d lines of the log in two seconds, want 1:\n%s", got, log)
	}
	now = now.Add(time.Minute)
	allow(m, "192.0.2.1", 3)
	wants("again", "192.0.2.1", 1, false)
	if got := strings.Count(log.String(), "address=192.0.2.1/32 refused=3"); got != 1 { // the two of before, and this one
		t.Errorf("the second line does not tell how many were refused:\n%s", log)
	}
}

func TestWhatIsKnownOfAddressesIsBounded(t *testing.T) {
	t.Parallel()
	m := meter.New("tests", meter.Limit{Burst: 1, PerSecond: 1}, 10, func() time.Time { return time.Unix(0, 0) }, slog.New(slog.DiscardHandler))
	for i := range 1000 {
		allow(m, fmt.Sprintf("10.0.%d.%d", i/250, i%250), 1)
		if _, ok := allow(m, "10.0.0.0", 1); ok && i > 0 {
			t.Fatal("an address that keeps asking is forgotten")
		}
	}
	if m.Known() != 10 {
		t.Errorf("knows %d addresses, want 10", m.Known())
	}
}

func TestASchoolBehindOneAddressSignsInAtEightOClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	m := meter.New("tests", meter.Default, 100, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	for teacher := range 300 {
		for range 3 { // a page to choose at, the way to the identity provider, its answer
			if wait, ok := allow(m, "203.0.113.9", 1); !ok {
				t.Fatalf("teacher %d is refused, %s after eight", teacher, wait)
			}
		}
		now = now.Add(20 * time.Second / 300)
	}
}
