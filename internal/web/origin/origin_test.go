package origin_test

import (
	"net/http"
	"testing"

	"scorehouse/internal/web/origin"
)

func TestOnlyTrustedProxiesSayWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	const ours = "10.1.0.5"
	ps, err := origin.Parse([]string{"10.1.0.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		remote     string
		for_, from []string // X-Forwarded-For, X-Forwarded-Proto
		client     string
		secure     bool
	}{
		"a stranger's word":                   {"192.0.2.9:1", []string{"203.0.113.1"}, []string{"https"}, "192.0.2.9", false},
		"a proxy's word":                      {ours + ":1", []string{"203.0.113.1"}, []string{"https"}, "203.0.113.1", true},
		"what the browser had written before": {ours + ":1", []string{"8.8.8.8, 203.0.113.1"}, []string{"https"}, "203.0.113.1", true},
		"in two fields":                       {ours + ":1", []string{"8.8.8.8", "203.0.113.1"}, []string{"http", "https"}, "203.0.113.1", true},
		"a chain of proxies":                  {ours + ":1", []string{"203.0.113.1, 10.1.0.77"}, []string{"https"}, "203.0.113.1", true},
		"without TLS":                         {ours + ":1", []string{"203.0.113.1"}, []string{"http"}, "203.0.113.1", false},
		"the last word counts":                {ours + ":1", []string{"203.0.113.1"}, []string{"https, http"}, "203.0.113.1", false},
		"nothing said":                        {ours + ":1", nil, nil, ours, false},
		"unreadable":                          {ours + ":1", []string{"203.0.113.1, who knows"}, []string{"https"}, ours, true},
		"with a port":                         {ours + ":1", []string{"203.0.113.1:4711"}, []string{"https"}, "203.0.113.1", true},
		"version 6":                           {"[::ffff:10.1.0.5]:1", []string{"2001:db8::1"}, []string{"https"}, "2001:db8::1", true},
		"version 6 in brackets":               {ours + ":1", []string{"[2001:db8::1]:99"}, []string{"https"}, "2001:db8::1", true},
		"no address at all":                   {"@", nil, nil, "invalid IP", false},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.for_, "X-Forwarded-Proto": c.from}}
		o := ps.Of(r)
		if o.Client.String() != c.client || o.Secure != c.secure {
			t.Errorf("%s: %s, secure %t; want %s, %t", name, o.Client, o.Secure, c.client, c.secure)
		}
	}
}

func TestProxiesThatAreEverybodyOrNobodyAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"0.0.0.0/0", "::/0", "proxy.example", "10.1.0.0/33", "", "10.1.0"} {
		if ps, err := origin.Parse([]string{bad}); err == nil {
			t.Errorf("%q is taken for %v", bad, ps)
		}
	}
}
