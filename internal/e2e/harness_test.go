package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
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
		return m.Run()
	}())
}

// visitor is a person's browser.
type visitor struct {
	t      *testing.T
	client *http.Client
	base   string
}

// signIn signs in as the n-th person of the sign-in page: 1 teacher, 2 principal, 3 district, 4 state.
func signIn(t *testing.T, s *harness.System, person int) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}, base: "http://" + s.Web}
	response, err := v.client.PostForm(v.base+"/signin", url.Values{"person": {fmt.Sprint(person)}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close() // of the person's first page, which may not be there yet
	if cookies := jar.Cookies(response.Request.URL); len(cookies) == 0 {
		t.Fatalf("sign in: no session, %s", response.Status)
	}
	return v
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
