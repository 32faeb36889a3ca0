package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"scorehouse/internal/cache"
	"scorehouse/internal/certificate"
	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/release"
	"scorehouse/internal/web"
	"scorehouse/internal/web/meter"
	"scorehouse/internal/web/origin"
)

type webSection struct {
	Listen         string   `yaml:"listen" doc:"Address of the web server. Beyond the loopback it needs tls_certificate or trusted_proxies. Default 127.0.0.1:8080."`
	Address        string   `yaml:"address" doc:"Address under which browsers and identity providers know the server, such as https://reports.example.gov. Requests for another host are refused, so proxies must pass the Host on. Identity providers must be told when it changes. Default: that of listen, which does on the loopback only."`
	Cache          int      `yaml:"cache" doc:"Megabytes of memory for comparisons and their pages, so that each is computed once after a publication. Nothing about single students is in it. 0 keeps nothing. Default 64; 300 for a large state whose people use many filters."`
	TLSCertificate string   `yaml:"tls_certificate" doc:"File with the server's TLS certificate and those above it (PEM). It is read again when it changes. Default empty: no TLS in this process."`
	TLSKey         string   `yaml:"tls_key" doc:"File with the key of tls_certificate (PEM)."`
	TrustedProxies []string `yaml:"trusted_proxies" doc:"Addresses or networks of proxies that speak TLS in front of the server, such as 10.1.0.5 or 10.1.0.0/24. Only what they say of the browser's address (X-Forwarded-For) and of TLS (X-Forwarded-Proto) is believed; requests that came without TLS are refused. Default none."`
	SignInBurst    int      `yaml:"sign_in_burst" doc:"How many requests for signing in and out one address may send at once; who signs in sends two or three. A message larger than 64 KiB counts several times. What is beyond is answered with 429, no record, no work. Default 600: 300 people of a school behind one address may begin within the same twenty seconds. Higher where a whole district comes from one."`
	SignInRate     int      `yaml:"sign_in_rate" doc:"How many more it may send each second. Default 20."`
	SecretKey      string   `yaml:"secret_key" doc:"File with the key that makes students' page addresses opaque, made at the first start. Changing it breaks bookmarks of student pages, nothing else. Default /var/lib/scorehouse/keys/web.key."`
}

// Validate refuses addresses that cannot be read, and to serve beyond the loopback without TLS.
func (s webSection) Validate() error {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fault.New(fault.Invalid, "listen %q is not an address such as 127.0.0.1:8080", s.Listen)
	}
	if (s.TLSCertificate == "") != (s.TLSKey == "") {
		return fault.New(fault.Invalid, "tls_certificate and tls_key belong together")
	}
	if _, err := origin.Parse(s.TrustedProxies); err != nil {
		return err
	}
	if s.Cache < 0 {
		return fault.New(fault.Invalid, "cache must not be negative")
	}
	if s.SignInBurst < 10 || s.SignInRate < 1 {
		return fault.New(fault.Invalid, "sign_in_burst must be at least 10 and sign_in_rate at least 1, or people cannot sign in")
	}
	if !s.overTLS() && !isLoopback(host) {
		return fault.New(fault.Invalid, "listen %s reaches beyond the loopback: set tls_certificate and tls_key, or trusted_proxies", s.Listen)
	}
	return s.validateAddress()
}

func (s webSection) validateAddress() error {
	if s.Address == "" && s.overTLS() {
		return fault.New(fault.Invalid, "address is missing: name the address under which browsers reach the server, such as https://reports.example.gov")
	}
	if s.Address == "" {
		return nil
	}
	u, err := url.Parse(s.Address)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return fault.New(fault.Invalid, "address %q is not one such as https://reports.example.gov, without a path", s.Address)
	}
	if s.overTLS() && u.Scheme != "https" || u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return fault.New(fault.Invalid, "address %s must begin with https://", s.Address)
	}
	return nil
}

// overTLS reports whether browsers reach the server over TLS.
func (s webSection) overTLS() bool { return s.TLSCertificate != "" || len(s.TrustedProxies) > 0 }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// publicAddress is how browsers reach the server that listens on an address.
func (s webSection) publicAddress(listening string) string {
	if s.Address != "" {
		return s.Address
	}
	return "http://" + listening
}

type loginSection struct {
	Idle     time.Duration `yaml:"idle" doc:"How long somebody stays signed in without opening a page; two minutes before, a warning offers to stay. At least 5m. Default 20m."`
	Lifetime time.Duration `yaml:"lifetime" doc:"How long somebody stays signed in at most, however much is used. Default 8h."`
}

// Validate checks the times.
func (s loginSection) Validate() error {
	if s.Idle < 5*time.Minute {
		return fault.New(fault.Invalid, "idle must be at least 5m, or people are signed out while they read")
	}
	if s.Lifetime < s.Idle {
		return fault.New(fault.Invalid, "lifetime must not be shorter than idle")
	}
	return nil
}

// refreshMetadata is how often the metadata of identity providers that have an address are asked for.
const refreshMetadata = time.Hour

// startWeb serves pages. demo says on each that everything is invented.
func (r *roles) startWeb(ctx context.Context, p *part, demo bool) error {
	listener, err := net.Listen("tcp", r.cfg.Web.Listen)
	if err != nil {
		return explainListen(err, r.cfg.Web.Listen, "--listen")
	}
	r.webListener = listener
	options, err := r.webOptions(ctx, p, r.cfg.Web.publicAddress(listener.Addr().String()))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	options.Fiction = demo
	if err := errors.Join(r.startCounting(ctx, p, &options), r.printingOptions(p, &options)); err != nil {
		return errors.Join(err, listener.Close())
	}
	server, err := web.New(options)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := r.startWarming(ctx, server); err != nil {
		return errors.Join(err, listener.Close())
	}
	r.web = server.HTTP()
	r.web.BaseContext = func(net.Listener) context.Context { return ctx }
	serve := func() error { return r.web.Serve(listener) }
	if options.TLS {
		files, err := certificate.Open(r.cfg.Web.TLSCertificate, r.cfg.Web.TLSKey, r.log)
		if err != nil {
			return errors.Join(fault.Wrap(fault.Invalid, err, "the TLS certificate cannot be used"), listener.Close())
		}
		r.web.TLSConfig = files.Config()
		serve = func() error { return r.web.ServeTLS(listener, "", "") }
	}
	r.run("web server", func() error {
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}

// webOptions puts together what the web server needs. address is how browsers reach it.
func (r *roles) webOptions(ctx context.Context, p *part, address string) (web.Options, error) {
	secret, err := secretKey(r.cfg.Web.SecretKey)
	if err != nil {
		return web.Options{}, err
	}
	proxies, err := origin.Parse(r.cfg.Web.TrustedProxies)
	if err != nil {
		return web.Options{}, err
	}
	if r.trail, err = openTrail(ctx, r.cfg, p.control, "web", r.log); err != nil {
		return web.Options{}, err
	}
	keys, err := login.OpenKeys(filepath.Join(r.cfg.Keys.Directory, samlKeys), time.Now())
	if err != nil {
		return web.Options{}, fmt.Errorf("keys for signing in: %w", err)
	}
	table := r.cfg.Access.table()
	tenants := control.NewTenants(p.databases)
	sessions := login.OpenSessions(login.Config{Pool: p.control, Idle: r.cfg.Login.Idle, Lifetime: r.cfg.Login.Lifetime, Roles: table})
	providers := login.NewProviders(p.control, table, nil)
	r.run("metadata of identity providers", func() error { return providers.Run(ctx, refreshMetadata, r.log) })
	return web.Options{
		Tenants: tenants, Warehouses: p.databases, Sessions: sessions, People: login.NewPeople(p.control, table), Trail: r.trail,
		SignOn: login.NewSignOn(login.SignOnConfig{
			Pool: p.control, Sessions: sessions, Providers: providers, Keys: keys, Tenants: tenants, Roles: table, Events: web.Events(r.trail), Logger: r.log,
			EntityID: address + "/saml/metadata", AssertionConsumer: address + "/saml_post", SingleLogout: address + "/saml/logout",
		}),
		Review:   release.NewDesk(p.control, release.RulesOf(tenants.Get, release.ReaderOf(p.databases))),
		Releases: release.NewStore(p.control),
		Secret:   secret, Checks: r.checks(p), TLS: r.cfg.Web.TLSCertificate != "", Proxies: proxies,
		Cache:   cache.New(r.cfg.Web.Cache << 20),
		Address: r.cfg.Web.Address, Limit: meter.Limit{Burst: r.cfg.Web.SignInBurst, PerSecond: r.cfg.Web.SignInRate}, Logger: r.log,
	}, nil
}

type webCommand struct{}

// Run runs the web server until it is told to end.
func (webCommand) Run(a *app) error { return a.serve(webRole) }
