package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/harness"
	"scorehouse/internal/webtest"
)

const tenant = "tamarack"

// shared is one running demo without data, for tests that bring their own districts.
var (
	binary string
	shared *harness.System
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		scratch, err := harness.TempHome()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if binary, err = harness.Build(ctx, scratch); err == nil {
			shared, err = harness.Start(ctx, harness.Options{Binary: binary, Home: scratch + "/shared", Args: []string{"--students", "0"}})
		}
		defer func() { shared.Kill() }()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		select {
		case <-shared.Done():
			fmt.Fprintf(os.Stderr, "the shared demo has ended by itself:\n%s\n", shared.Output())
			code = 1
		default:
		}
		return code
	}())
}

// visitor is a person's browser.
type visitor struct {
	t      *testing.T
	client *http.Client
	base   string
}

// signIn signs in as one of the people of the demo's identity provider: teacher, principal, district, state and others.
func signIn(t *testing.T, s *harness.System, person string) *visitor {
	t.Helper()
	client, err := s.SignIn(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, client: client, base: "http://" + s.Web}
}

// get reads a page.
func (v *visitor) get(path string) *webtest.Page {
	v.t.Helper()
	response, err := v.client.Get(v.base + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	var body strings.Builder
	if _, err := io.Copy(&body, response.Body); err != nil {
		v.t.Fatal(err)
	}
	return webtest.ParsePage(v.t, path, response.StatusCode, response.Header, body.String())
}
