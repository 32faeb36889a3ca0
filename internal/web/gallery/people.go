package gallery

import (
	"slices"
	"strings"
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/edu"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/explain"
	"scorehouse/internal/web/page/forward"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/web/page/providers"
	"scorehouse/internal/web/page/session"
	"scorehouse/internal/web/page/states"
	"scorehouse/internal/words"
)

// nobody is the frame of pages for people who are not signed in.
func nobody(w *words.Words) layout.Frame {
	return layout.Frame{Words: w, Tenant: "Scorehouse", Fiction: true}
}

// signing are the pages around signing in and out, and those for people who administer.
func signing(w *words.Words) []Sample {
	forwarded := forward.View{Frame: nobody(w), Kind: forward.SignedIn}
	forwarded.Frame.Forward = "#"
	explained := explainView(w)
	unknown := explainView(w)
	unknown.People, unknown.Problem = nil, explain.NobodyKnown
	blank := explain.View{Frame: explained.Frame, States: explained.States, Permission: access.ViewStudents}
	ending := statesView(w)
	ending.Frame.Session = &layout.Session{Idle: layout.Warning, End: 8 * time.Hour, Return: "/s/TK"}
	hard := statesView(w)
	hard.Frame.Session = &layout.Session{Idle: layout.Warning, End: 40 * time.Second, Return: "/s/TK"}
	return []Sample{
		{"ending-idle", "Warning before the end of the session", states.Page(ending), false},
		{"ending-end", "Warning before the end of the longest session", states.Page(hard), false},
		{"states", "Several states", states.Page(statesView(w)), false},
		{"states-map", "Several states: on the map", states.Page(mapView(w)), false},
		{"providers", "Several identity providers", providers.Page(providersView(w)), false},
		{"forward-in", "Forward: signed in", forward.Page(forwarded), false},
		{"session-idle", "Session: ends without use", session.Page(session.View{Frame: frame(w), Kind: session.EndsIdle, Minutes: 2, Stay: "#", Return: "/s/TK"}), false},
		{"session-end", "Session: has lasted as long as it may", session.Page(session.View{Frame: frame(w), Kind: session.EndsHard, Minutes: 1, Again: "#"}), false},
		{"session-sign-out", "Session: asked to sign out by another site", session.Page(session.View{Frame: frame(w), Kind: session.SignOut}), false},
		{"explain", "Who sees what: an answer", explain.Page(explained), false},
		{"explain-unknown", "Who sees what: nobody of that name", explain.Page(unknown), false},
		{"explain-blank", "Who sees what: nothing asked yet", explain.Page(blank), false},
	}
}

func statesView(w *words.Words) states.View {
	f := frame(w)
	f.Tenant = "Scorehouse"
	return states.View{Frame: f, States: []states.State{
		{Code: "HM", Name: "State of Hemlock", Address: "#", Sees: states.Comparisons},
		{Code: "TK", Name: "State of Tamarack", Address: "#", Sees: states.SomeStudents, Start: layout.Crumb{Text: w.Start.YourDistrict(), Address: "#"}},
		{Code: "NW", Name: "Commonwealth of the Northern Wetlands and the Upper Moose River Territories", Address: "#", Sees: states.AllStudents},
	}}
}

// mapView has states of every kind of name on the map, and the others beside it.
func mapView(w *words.Words) states.View {
	v := statesView(w)
	for _, s := range []struct{ code, name string }{
		{"CA", "State of California"}, {"CT", "Connecticut"}, {"DC", "District of Columbia"}, {"MA", "Commonwealth of Massachusetts"}, {"MP", "Commonwealth of the Northern Mariana Islands"},
		{"NC", "North Carolina"}, {"PA", "Commonwealth of Pennsylvania"}, {"VI", "Territory of the U.S. Virgin Islands"}, {"WA", "State of Washington"},
	} {
		v.States = append(v.States, states.State{Code: edu.StateCode(s.code), Name: s.name, Address: "#", Sees: states.Comparisons})
	}
	slices.SortFunc(v.States, func(a, b states.State) int { return strings.Compare(a.Name, b.Name) })
	return v
}

func providersView(w *words.Words) providers.View {
	return providers.View{Frame: nobody(w), Providers: []providers.Provider{
		{Title: "State of Tamarack, Department of Education", Address: "#"},
		{Title: "Alder Falls School District", Address: "#"},
		{Title: "Regional Cooperative of the Northern Wetlands and the Upper Moose River Territories", Address: "#"},
	}}
}

func explainView(w *words.Words) explain.View {
	grants := access.Grants{
		{Role: access.General, Tenant: "tamarack", District: "0042"},
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"},
		{Role: access.PII, Tenant: "tamarack", District: "0043", School: "0117"},
		{Role: access.SARExtracts, Tenant: "tamarack", District: "0042"},
	}
	at := explain.Place{District: "0042", School: "0117", Reasons: access.Explain(grants, "tamarack", "0042", "0117", access.ViewStudents)}
	other := explain.Place{District: "0044", School: "0201", Reasons: access.Explain(grants, "tamarack", "0044", "0201", access.ViewStudents)}
	f := frame(w, w.Frame.WhoSeesWhat())
	f.Tools = []layout.Crumb{{Text: w.Frame.WhoSeesWhat(), Address: "#"}}
	return explain.View{
		Frame: f, States: []explain.State{{Code: "TK", Name: "State of Tamarack"}, {Code: "HM", Name: "State of Hemlock"}},
		User: "g.okafor", State: "TK", District: "0042", School: "0117", Permission: access.ViewStudents,
		People: []explain.Person{{Provider: "tamarack", SignedIn: time.Date(2026, 10, 6, 9, 30, 0, 0, time.UTC),
			Rejected: []access.Rejection{{Position: 3, Class: "no_district"}}, Places: []explain.Place{at, other}}},
	}
}

func messages(w *words.Words) []struct {
	name string
	view message.View
} {
	type sample = struct {
		name string
		view message.View
	}
	return []sample{
		{"not-found", message.View{Frame: frame(w), Kind: message.NotFound}},
		{"failed", message.View{Frame: frame(w), Kind: message.Failed, Reference: "7f3a-91c2"}},
		{"no-results", message.View{Frame: frame(w, "Otter Lake"), Kind: message.NoResults, Detail: w.Comparison.Empty("Otter Lake One-Room School", 2026), Next: message.Link{Text: w.Frame.NewestYear(2025), Address: "#"}}},
		{"sign-in-needed", message.View{Frame: nobody(w), Kind: message.SignInNeeded, Next: message.Link{Address: "#"}}},
		{"unavailable", message.View{Frame: frame(w), Kind: message.Unavailable, Reference: "7f3a-91c3"}},
		{"forbidden", message.View{Frame: frame(w), Kind: message.Forbidden, Detail: w.Message.NotPermitted()}},
		{"not-understood", message.View{Frame: frame(w), Kind: message.NotUnderstood, Detail: w.Message.ValueUnreadable(w.Comparison.Year())}},
		{"no-role", message.View{Frame: frame(w), Kind: message.NoRole, Reference: "7f3a-91c4"}},
		{"signed-out", message.View{Frame: nobody(w), Kind: message.SignedOut}},
		{"sign-in-refused", message.View{Frame: nobody(w), Kind: message.SignInRefused, Reference: "7f3a-91c5"}},
		{"sign-in-loop", message.View{Frame: nobody(w), Kind: message.SignInLoop, Reference: "7f3a-91c6"}},
		{"no-provider", message.View{Frame: nobody(w), Kind: message.NoProvider, Reference: "7f3a-91c7"}},
		{"sign-out-failed", message.View{Frame: nobody(w), Kind: message.SignOutFailed, Reference: "7f3a-91c8"}},
		{"insecure", message.View{Frame: nobody(w), Kind: message.Insecure, Reference: "7f3a-91c9"}},
	}
}
