package main

import (
	"context"
	"fmt"
	"net"

	"scorehouse/internal/demoidp"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
)

// demoProvider is the name of the demo's identity provider among those that are believed.
const demoProvider = "demo"

// startSignIn starts the demo's identity provider and lets the web server believe it, as an operator does with `scorehouse provider add`. It
// is a site of its own, on localhost where the reports are on 127.0.0.1: browsers share cookies between ports of one host.
func (d *demo) startSignIn(ctx context.Context) error {
	listener, err := net.Listen("tcp", d.command.SignInListen)
	if err != nil {
		return explainListen(err, d.command.SignInListen, "--sign-in-listen")
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return err
	}
	server, err := demoidp.New(demoidp.Config{
		Address: "http://" + net.JoinHostPort("localhost", port), Service: "http://" + d.roles.webAddress() + "/saml/metadata", People: signInPeople(d.people), Logger: d.log,
	})
	if err != nil {
		return err
	}
	d.roles.run("demo identity provider", func() error { return server.Serve(d.roles.ctx, listener) })
	return d.believe(ctx, server)
}

// believe adds the identity provider to those that are believed, anew at each start: its key is new too.
func (d *demo) believe(ctx context.Context, server *demoidp.Server) error {
	pool, err := d.app.control()
	if err != nil {
		return err
	}
	providers := login.NewProviders(pool, nil, nil)
	metadata, err := login.FetchMetadata(ctx, server.EntityID())
	if err != nil {
		return fmt.Errorf("metadata of the demo's identity provider: %w", err)
	}
	if _, err := providers.Remove(ctx, login.OpenSessions(login.Config{Pool: pool}), demoProvider); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = providers.Add(ctx, login.Provider{Name: demoProvider, Title: "Demo identity provider", MetadataURL: server.EntityID(), Metadata: metadata,
		AllTenants: true, Shape: login.SBAC})
	return err
}
