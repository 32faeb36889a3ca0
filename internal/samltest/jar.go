package samltest

import (
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// NewJar returns cookies that treat the loopback as browsers do: it counts as secure, so that Secure cookies are kept and sent there without TLS.
// Like every cookie jar of net/http it does not know SameSite; what depends on that is tested in Chromium.
func NewJar() http.CookieJar {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // never, without options
	}
	return loopbackJar{jar}
}

type loopbackJar struct{ jar *cookiejar.Jar }

// SetCookies keeps cookies.
func (j loopbackJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.jar.SetCookies(secured(u), cookies)
}

// Cookies returns what is sent.
func (j loopbackJar) Cookies(u *url.URL) []*http.Cookie { return j.jar.Cookies(secured(u)) }

// secured is the address as if it were one with TLS, where it is on the loopback.
func secured(u *url.URL) *url.URL {
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		copied := *u
		copied.Scheme = "https"
		return &copied
	}
	return u
}
