package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"scorehouse/internal/fault"
)

type checkCommand struct {
	URL string `arg:"" optional:"" help:"Address of the web server. Default: the one in the configuration."`
}

// Run asks the heartbeat (runbook 7.13): it answers only when databases and queue work.
func (c checkCommand) Run(a *app) error {
	address := c.URL
	if address == "" {
		cfg, err := a.configuration()
		if err != nil {
			return err
		}
		address = "http://" + cfg.Web.Listen
	}
	ctx, cancel := context.WithTimeout(a.ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/services/heartbeat", nil)
	if err != nil {
		return fault.New(fault.Invalid, "%q is not an address", address)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the web server at %s does not answer", address)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the web server at %s broke off", address)
	}
	if response.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "heartbeat says %s: %s", response.Status, body)
	}
	fmt.Fprintf(a.stdout, "%s is well\n", address)
	return nil
}
