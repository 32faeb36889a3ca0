package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/synth"
)

// byDemo releases what the demo publishes without anybody's review.
var byDemo = release.Operator("demo")

// demoLinkTime is how long the demo's public link opens.
const demoLinkTime = 366 * 24 * time.Hour

// release publishes the newest year of the state, once, and sees to a public link. Nobody reviews it: everything is invented. A release that is refused is said
// in the notes; the demo works without.
func (d *demo) release(ctx context.Context, state *synth.State) error {
	d.show.step("public results")
	desk, err := d.app.releases()
	if err != nil {
		return err
	}
	made, err := desk.List(ctx, demoTenant.ID)
	if err != nil {
		return err
	}
	year := newestSummative(state)
	if len(made) == 0 {
		if made, err = d.makeRelease(ctx, desk, year); err != nil {
			return err
		}
	}
	if d.public, err = d.publicLink(ctx, desk); err != nil {
		return err
	}
	for _, e := range made {
		if e.State == release.StateReleased {
			d.show.done("release %d of %s can be read by everybody with the link", e.ID, strconv.Itoa(int(e.Year)))
			return nil
		}
	}
	d.show.done("nothing is released; scorehouse release list says why")
	return nil
}

func (d *demo) makeRelease(ctx context.Context, desk *release.Desk, year edu.AcademicYear) ([]release.Entry, error) {
	var id int64
	var err error
	what := audit.What{Year: year, Type: edu.Summative}
	err = d.app.administer(audit.Event{Kind: audit.AdminReleaseMake, Tenant: demoTenant.ID, What: what}, func(e *audit.Event) error {
		id, err = desk.Make(ctx, release.Wish{Tenant: demoTenant.ID, Year: year, Kind: release.Final, By: byDemo})
		e.What.Object = numberID(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	e, err := desk.Wait(ctx, id)
	if err != nil {
		return nil, err
	}
	if e.State != release.StateReviewing {
		d.notes = append(d.notes, fmt.Sprintf("release %d is %s: %s", id, e.State, strings.Join(e.Reasons, " ")))
		return []release.Entry{e}, nil
	}
	if err := d.app.administer(ofRelease(audit.AdminReleasePublish, e), func(*audit.Event) error { return desk.Publish(ctx, id, byDemo) }); err != nil {
		return nil, err
	}
	e, err = desk.Get(ctx, id)
	return []release.Entry{e}, err
}

// newestSummative is the newest academic year with summative results.
func newestSummative(state *synth.State) (year edu.AcademicYear) {
	for p := range state.Packages() {
		if p.Type == edu.Summative {
			year = max(year, p.Year)
		}
	}
	return year
}

// publicLink returns the path of a public link that opens, from the demo's home or issued anew.
func (d *demo) publicLink(ctx context.Context, desk *release.Desk) (string, error) {
	file := filepath.Join(d.home, "public-link")
	if kept, err := os.ReadFile(file); err == nil {
		token := strings.TrimSpace(string(kept))
		pool, err := d.app.control()
		if err != nil {
			return "", err
		}
		if _, err := release.NewStore(pool).Link(ctx, token); err == nil {
			return release.PublicPath + token, nil
		}
	}
	var token string
	err := d.app.administer(audit.Event{Kind: audit.AdminLinkIssue, Tenant: demoTenant.ID}, func(e *audit.Event) error {
		var l release.Link
		var err error
		token, l, err = desk.Issue(ctx, release.LinkWish{Tenant: demoTenant.ID, Note: "the demo", For: demoLinkTime, By: byDemo})
		e.What.Object = numberID(l.ID)
		return err
	})
	if err == nil {
		err = os.WriteFile(file, []byte(token+"\n"), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("the demo's public link: %w", err)
	}
	return release.PublicPath + token, nil
}
