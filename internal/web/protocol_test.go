package web_test

import (
	"net"
	"net/http"
	"net/netip"
	"testing"

	"scorehouse/internal/web"
	"scorehouse/internal/web/origin"
	"scorehouse/internal/webtest"
)

func TestProxiesMaySpeakHTTP2WithoutTLSAndOthersMayNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		proxies origin.Proxies
		want    int // major version of HTTP; 0 is none
	}{
		"behind a proxy":    {origin.Proxies{netip.MustParsePrefix("127.0.0.1/32")}, 2},
		"without any proxy": {nil, 0},
	} {
		site := webtest.NewSite(t, func(o *web.Options) { o.Proxies = c.proxies })
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := site.Server.HTTP()
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close() })
		protocols := &http.Protocols{}
		protocols.SetUnencryptedHTTP2(true)
		client := &http.Client{Transport: &http.Transport{Protocols: protocols}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+"/help", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Forwarded-Proto", "https")
		got := 0
		if response, err := client.Do(request); err == nil {
			got = response.ProtoMajor
			if response.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d", name, response.StatusCode)
			}
			response.Body.Close()
		}
		if got != c.want {
			t.Errorf("%s: HTTP/%d, want %d", name, got, c.want)
		}
		if !server.Protocols.HTTP2() || !server.Protocols.HTTP1() {
			t.Errorf("%s: over TLS %v", name, server.Protocols)
		}
	}
}
