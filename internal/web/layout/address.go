package layout

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Address is the address of a page: a path and its query. Everything that changes what a page shows is in the
// query, so links and forms are made by changing a copy of it.
type Address struct {
	Path  string
	Query url.Values
}

// String returns path and query, keys in alphabetical order; an empty query leaves no question mark.
func (a Address) String() string {
	if q := a.Query.Encode(); q != "" {
		return a.Path + "?" + q
	}
	return a.Path
}

// With returns the address with a key set to the given values; no values, or one empty value, removes the key.
func (a Address) With(key string, values ...string) Address {
	q := a.clone()
	delete(q, key)
	if len(values) > 1 || len(values) == 1 && values[0] != "" {
		q[key] = values
	}
	return Address{a.Path, q}
}

// Without returns the address with the keys removed.
func (a Address) Without(keys ...string) Address {
	q := a.clone()
	for _, k := range keys {
		delete(q, k)
	}
	return Address{a.Path, q}
}

// Dropping returns the address with one value of a key removed. Values joined by commas count as separate.
func (a Address) Dropping(key, value string) Address {
	var kept []string
	for _, v := range a.Values(key) {
		if v != value {
			kept = append(kept, v)
		}
	}
	return a.With(key, kept...)
}

// Values returns the values of a key, whether repeated (only=1&only=2) or joined by commas (only=1,2).
func (a Address) Values(key string) []string {
	var values []string
	for _, v := range a.Query[key] {
		for part := range strings.SplitSeq(v, ",") {
			if part != "" {
				values = append(values, part)
			}
		}
	}
	return values
}

// Get returns the first value of a key.
func (a Address) Get(key string) string { return a.Query.Get(key) }

// Field is one key and value of a query, for hidden inputs.
type Field struct{ Name, Value string }

// Fields returns the query without some keys, as the hidden inputs of a GET form (whose action loses the query).
func (a Address) Fields(without ...string) []Field {
	var fields []Field
	for _, k := range slices.Sorted(maps.Keys(a.Query)) {
		if slices.Contains(without, k) {
			continue
		}
		for _, v := range a.Query[k] {
			fields = append(fields, Field{k, v})
		}
	}
	return fields
}

func (a Address) clone() url.Values {
	q := make(url.Values, len(a.Query))
	for k, v := range a.Query {
		q[k] = slices.Clone(v)
	}
	return q
}
