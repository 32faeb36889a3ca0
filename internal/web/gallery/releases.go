package gallery

import (
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/web/page/releases"
	"scorehouse/internal/words"
)

// reviewing are the pages for people who review and release.
func reviewing(w *words.Words) []Sample {
	waits := releaseView(w, release.StateReviewing)
	waits.MinN, waits.Preview = 20, &release.Preview{MinN: 20, Effect: release.Effect{Exposed: 3, Lost: 1240, Changed: 12}, Decision: waits.Release.Decision}
	refused := releaseView(w, release.StateRefused)
	refused.Release.Decision, refused.Release.Version, refused.Problem = nil, 0, releases.NotReviewed
	refused.Release.Reasons = []string{"There are no summative results of 2026 in what was asked for."}
	list := releases.ListView{Frame: frame(w, w.Releases.Title()), Year: 2026, States: reviewedStates(), Publish: reviewedStates(), Problem: releases.BeingDecided}
	for i, s := range []release.State{release.StateLoading, release.StateReviewing, release.StateReleased, release.StateWithdrawn, release.StateRefused} {
		e := releaseView(w, s).Release.Entry
		e.ID, e.Kind = int64(5-i), release.Kinds[i%3]
		list.Releases = append(list.Releases, e)
	}
	day := time.Date(2026, 10, 6, 9, 30, 0, 0, time.UTC)
	list.Links = []release.Link{
		{ID: 3, Tenant: "tamarack", Indexable: true, Expires: day.AddDate(20, 0, 0), Note: "Report card site of the department"},
		{ID: 2, Tenant: "tamarack", Expires: day.AddDate(-1, 0, 0)},
		{ID: 1, Tenant: "tamarack", Expires: day.AddDate(20, 0, 0), Revoked: day},
	}
	issued := releases.LinkView{Frame: frame(w, w.Releases.Issued()), State: reviewedStates()[0], Link: list.Links[0], Address: "https://reports.example.gov/public/n7vytxhy4akci4zjlckdfxyx3g"}
	return []Sample{
		{"releases", "Releases: every state, and public links", releases.List(list), false},
		{"releases-none", "Releases: none yet", releases.List(releases.ListView{Frame: list.Frame, Year: 2026, States: reviewedStates()}), false},
		{"release-review", "Release: waits for review, with a preview", releases.Release(waits), false},
		{"release-loading", "Release: being decided", releases.Release(loadingView(w)), false},
		{"release-refused", "Release: refused", releases.Release(refused), false},
		{"release-link", "Public link: issued", releases.Link(issued), false},
	}
}

func reviewedStates() []releases.State {
	return []releases.State{{ID: "tamarack", Code: "TK", Name: "State of Tamarack"}, {ID: "hemlock", Code: "HM", Name: "State of Hemlock"}}
}

func loadingView(w *words.Words) releases.ReleaseView {
	v := releaseView(w, release.StateLoading)
	v.Release.Decision, v.Release.Version = nil, 0
	return v
}

func releaseView(w *words.Words, s release.State) releases.ReleaseView {
	day := time.Date(2026, 10, 6, 9, 30, 0, 0, time.UTC)
	r := release.Review{Policy: disclosure.DefaultPolicy(), Entry: release.Entry{ID: 7, Tenant: "tamarack", Year: 2026, Kind: release.Correction, State: s, MadeBy: "jun-tanabe-1 at tamarack",
		MadeAt: day, DecidedAt: &day, Version: 214, Earlier: []int64{3, 5}, Effect: release.Effect{Exposed: 41, Lost: 380, Changed: 12}}}
	if s == release.StateReleased || s == release.StateWithdrawn {
		r.ReleasedAt, r.ReleasedBy = &day, "jun-tanabe-1 at tamarack"
	}
	if s == release.StateWithdrawn {
		r.WithdrawnAt, r.WithdrawnBy = &day, "operator marek"
	}
	for _, subject := range edu.Subjects {
		d := disclosure.SubjectDecision{Subject: subject, Rounds: 4}
		d.Tallies[disclosure.StateRow] = disclosure.Tally{Cells: 28, Hidden: [disclosure.Rules]int{1, 0, 0, 1, 0, 0}}
		d.Tallies[disclosure.DistrictRow] = disclosure.Tally{Cells: 8120, Hidden: [disclosure.Rules]int{490, 2, 12, 300, 11, 0}}
		d.Tallies[disclosure.SchoolRow] = disclosure.Tally{Cells: 129_340, Hidden: [disclosure.Rules]int{28_712, 10, 2_870, 10_411, 130, 24}}
		r.Decision = append(r.Decision, d)
	}
	r.Decision[0].Reasons = []string{"Math: migrant is not released: the audit could still work out the number of a small group"}
	return releases.ReleaseView{Frame: frame(w, w.Releases.Title()), State: reviewedStates()[0], Release: r, Publish: true}
}
