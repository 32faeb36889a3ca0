package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/harness"
)

// bundled orders the printed reports of the largest district of a demo as a person does, and waits for them as the page's script does.
var bundled = Bench{Name: "bundle", Help: "the reports of a whole district, from the order in the demo to documents that can be collected", Run: runBundle}

// bundleStudents makes a demo whose largest district has more than 2,000 students with results; bundleRounds is how often it is ordered.
const bundleStudents, bundleRounds = 12_000, 5

func runBundle(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	home, err := harness.TempHome()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	binary, err := harness.Build(ctx, home)
	if err != nil {
		return err
	}
	log.Info("starting a demo", "students", bundleStudents)
	s, err := harness.Start(ctx, harness.Options{Binary: binary, Home: filepath.Join(home, "demo"), Args: []string{"--students", strconv.Itoa(bundleStudents)}})
	if err != nil {
		return err
	}
	defer func() { _ = s.Stop() }()
	client, err := s.SignIn(ctx, "state")
	if err != nil {
		return err
	}
	b := bundler{client, "http://" + s.Web}
	district, students, err := b.largest(ctx)
	if err != nil {
		return err
	}
	log.Info("the largest district", "students", students)
	for range bundleRounds {
		took, err := b.order(ctx, district)
		if err != nil {
			return err
		}
		print(Figure{Name: "bundle.district", Value: took.Seconds(), Unit: "s", Detail: fmt.Sprintf("%d students by name, from the order to the last document, while everything else of the demo runs beside it", students)})
	}
	return nil
}

// bundler is a browser of somebody who is signed in.
type bundler struct {
	client *http.Client
	base   string
}

func (b bundler) get(ctx context.Context, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+address, nil)
	if err != nil {
		return "", err
	}
	return b.read(request)
}

func (b bundler) read(request *http.Request) (string, error) {
	answer, err := b.client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", request.URL.Path, answer.StatusCode)
	}
	return string(body), err
}

var (
	districtLink = regexp.MustCompile(`href="(/s/TK/d/[^"/?]+)`)
	ofStudents   = regexp.MustCompile(`([0-9,]+) students with results`)
	onceField    = regexp.MustCompile(`name="once" value="([^"]+)"`)
)

// largest finds the district with the most students with results, by asking how to print each.
func (b bundler) largest(ctx context.Context) (district string, most int, err error) {
	page, err := b.get(ctx, "/s/TK")
	if err != nil {
		return "", 0, err
	}
	for _, m := range districtLink.FindAllStringSubmatch(page, -1) {
		form, err := b.get(ctx, m[1]+"/print")
		if err != nil {
			return "", 0, err
		}
		if n := ofStudents.FindStringSubmatch(form); n != nil {
			if students, err := strconv.Atoi(strings.ReplaceAll(n[1], ",", "")); err == nil && students > most {
				district, most = m[1], students
			}
		}
	}
	if most == 0 {
		return "", 0, fmt.Errorf("no district has students with results")
	}
	return district, most, nil
}

// order orders the reports of a district and waits until they are there.
func (b bundler) order(ctx context.Context, district string) (time.Duration, error) {
	form, err := b.get(ctx, district+"/print")
	if err != nil {
		return 0, err
	}
	once := onceField.FindStringSubmatch(form)
	if once == nil {
		return 0, fmt.Errorf("the page that asks how to print has no form")
	}
	began := time.Now()
	values := url.Values{"once": {once[1]}, "order": {"name"}, "reports": {"en"}, "duplex": {"1"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base+district+"/print", strings.NewReader(values.Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := b.client.Do(request)
	if err != nil {
		return 0, err
	}
	answer.Body.Close()
	job := answer.Request.URL.Path
	if !strings.HasPrefix(job, "/downloads/") {
		return 0, fmt.Errorf("ordering leads to %s, status %d", job, answer.StatusCode)
	}
	for {
		text, err := b.get(ctx, job+"/progress")
		if err != nil {
			return 0, err
		}
		var progress struct {
			Over bool
		}
		if err := json.Unmarshal([]byte(text), &progress); err != nil {
			return 0, err
		}
		if progress.Over {
			return time.Since(began), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
