package web

import (
	"reflect"
	"slices"
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
