package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"time"
)

// MuxPatterns returns every pattern that the server's multiplexer answers, found in its own tree: what is registered past the route table is in
// it too. (net/http gives no list; should its insides change, the test that calls this fails.)
func (s *Server) MuxPatterns() []string {
	var all []string
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if v.IsNil() {
				return
			}
			if v.Type().String() == "*http.pattern" {
				all = append(all, v.Elem().FieldByName("str").String())
				return
			}
			if v.Type().String() == "*http.routingNode" {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).Name != "handler" {
					walk(v.Field(i))
				}
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				walk(v.MapIndex(key))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	walk(reflect.ValueOf(s.mux).Elem().FieldByName("tree"))
	for f, mux := range s.files {
		before := all
		all = nil
		walk(reflect.ValueOf(mux).Elem().FieldByName("tree"))
		for i := range all {
			all[i] += "." + string(f)
		}
		all = append(before, all...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// OriginOf is what the server makes of a request's origin.
func OriginOf(ps Proxies, r *http.Request) (netip.Addr, bool) {
	o := ps.originOf(r)
	return o.client, o.secure
}

// Meter is a meter with a clock of the test's, and few addresses.
type Meter struct{ m *meter }

// NewMeter returns one that knows so many addresses at a time.
func NewMeter(limit Limit, keep int, now func() time.Time, logger *slog.Logger) Meter {
	m := newMeter("tests", limit, now, logger)
	m.keep = keep
	return Meter{m}
}

// Allow is a request of an address.
func (m Meter) Allow(client string, cost int) (time.Duration, bool) {
	return m.m.allow(context.Background(), netip.MustParseAddr(client), cost)
}

// Known is how many addresses the meter knows.
func (m Meter) Known() int { return len(m.m.buckets) }
