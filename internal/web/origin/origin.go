// Package origin tells where a request comes from, behind proxies too.
package origin

import (
	"net/http"
	"net/netip"
	"strings"

	"scorehouse/internal/fault"
)

// Proxies are the addresses of proxies in front of the server. What they say about a request (X-Forwarded-For,
// X-Forwarded-Proto) is believed; what anybody else says is not.
type Proxies []netip.Prefix

// Parse reads addresses and networks: 10.1.2.3, 10.1.0.0/16, ::1. Anything else is Invalid.
func Parse(texts []string) (Proxies, error) {
	var all Proxies
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			if p.Bits() == 0 {
				return nil, fault.New(fault.Invalid, "the proxy network %s is everybody: name the proxies", text)
			}
			all = append(all, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%q is not the address of a proxy: write 10.1.2.3 or 10.1.0.0/16", text)
		}
		all = append(all, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
	}
	return all, nil
}

func (ps Proxies) contain(a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Origin is where a request comes from.
type Origin struct {
	Client netip.Addr // the person's machine, as far as it is known; zero when the connection has no address
	Secure bool       // it reached us, or a proxy of ours, over TLS
}

// Of tells where a request comes from. The client is the last address in X-Forwarded-For that is not a proxy of ours: what
// stands before it anybody may have written.
func (ps Proxies) Of(r *http.Request) Origin {
	o := Origin{Secure: r.TLS != nil}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return o
	}
	o.Client = peer.Addr().Unmap()
	if !ps.contain(o.Client) {
		return o
	}
	proto := strings.Split(strings.Join(r.Header.Values("X-Forwarded-Proto"), ","), ",")
	o.Secure = o.Secure || strings.TrimSpace(proto[len(proto)-1]) == "https"
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a, err := parseHop(hops[i])
		if err != nil {
			return o // what stands before something unreadable is not believed either
		}
		o.Client = a
		if !ps.contain(a) {
			return o
		}
	}
	return o
}

// parseHop reads an entry of X-Forwarded-For; some proxies add the port.
func parseHop(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap(), nil
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap(), err
}
