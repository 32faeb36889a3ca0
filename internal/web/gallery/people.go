package gallery

import (
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/explain"
	"scorehouse/internal/web/page/forward"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/web/page/providers"
	"scorehouse/internal/web/page/session"
	"scorehouse/internal/web/page/states"
)

// nobody is the frame of pages for people who are not signed in.
func nobody() layout.Frame { return layout.Frame{Tenant: "Scorehouse", Fiction: true} }

// signing are the pages around signing in and out, and those for people who administer.
func signing() []Sample {
	forwarded := forward.View{Frame: nobody(), Kind: forward.SignedIn}
	forwarded.Frame.Forward = "#"
	explained := explainView()
	unknown := explainView()
	unknown.People, unknown.Problem = nil, explain.NobodyKnown
	blank := explain.View{Frame: explained.Frame, States: explained.States, Permission: access.ViewStudents}
	ending := statesView()
	ending.Frame.Session = &layout.Session{Idle: layout.Warning, End: 8 * time.Hour, Return: "/s/TK"}
	hard := statesView()
	hard.Frame.Session = &layout.Session{Idle: layout.Warning, End: 40 * time.Second, Return: "/s/TK"}
	return []Sample{
		{"ending-idle", "Warning before the end of the session", states.Page(ending), false},
		{"ending-end", "Warning before the end of the longest session", states.Page(hard), false},
		{"states", "Several states", states.Page(statesView()), false},
		{"providers", "Several identity providers", providers.Page(providersView()), false},
		{"forward-in", "Forward: signed in", forward.Page(forwarded), false},
		{"session-idle", "Session: ends without use", session.Page(session.View{Frame: frame(), Kind: session.EndsIdle, Minutes: 2, Stay: "#", Return: "/s/TK"}), false},
		{"session-end", "Session: has lasted as long as it may", session.Page(session.View{Frame: frame(), Kind: session.EndsHard, Minutes: 1, Again: "#"}), false},
		{"session-sign-out", "Session: asked to sign out by another site", session.Page(session.View{Frame: frame(), Kind: session.SignOut}), false},
		{"explain", "Who sees what: an answer", explain.Page(explained), false},
		{"explain-unknown", "Who sees what: nobody of that name", explain.Page(unknown), false},
		{"explain-blank", "Who sees what: nothing asked yet", explain.Page(blank), false},
	}
}

func statesView() states.View {
	f := frame()
	f.Tenant = "Scorehouse"
	return states.View{Frame: f, States: []states.State{
		{Name: "State of Hemlock", Address: "#", Sees: states.Comparisons},
		{Name: "State of Tamarack", Address: "#", Sees: states.SomeStudents, Start: layout.Crumb{Text: "Your district", Address: "#"}},
		{Name: "Commonwealth of the Northern Wetlands and the Upper Moose River Territories", Address: "#", Sees: states.AllStudents},
	}}
}

func providersView() providers.View {
	return providers.View{Frame: nobody(), Providers: []providers.Provider{
		{Title: "State of Tamarack, Department of Education", Address: "#"},
		{Title: "Alder Falls School District", Address: "#"},
		{Title: "Regional Cooperative of the Northern Wetlands and the Upper Moose River Territories", Address: "#"},
	}}
}

func explainView() explain.View {
	grants := access.Grants{
		{Role: access.General, Tenant: "tamarack", District: "0042"},
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"},
		{Role: access.PII, Tenant: "tamarack", District: "0043", School: "0117"},
		{Role: access.SARExtracts, Tenant: "tamarack", District: "0042"},
	}
	at := explain.Place{District: "0042", School: "0117", Reasons: access.Explain(grants, "tamarack", "0042", "0117", access.ViewStudents)}
	other := explain.Place{District: "0044", School: "0201", Reasons: access.Explain(grants, "tamarack", "0044", "0201", access.ViewStudents)}
	f := frame("Who sees what")
	f.Tools = []layout.Crumb{{Text: "Who sees what", Address: "#"}}
	return explain.View{
		Frame: f, States: []explain.State{{Code: "TK", Name: "State of Tamarack"}, {Code: "HM", Name: "State of Hemlock"}},
		User: "g.okafor", State: "TK", District: "0042", School: "0117", Permission: access.ViewStudents,
		People: []explain.Person{{Provider: "tamarack", SignedIn: time.Date(2026, 10, 6, 9, 30, 0, 0, time.UTC),
			Rejected: []string{"Value 3: the chain names a school without its district."}, Places: []explain.Place{at, other}}},
	}
}

func messages() []struct {
	name string
	view message.View
} {
	type sample = struct {
		name string
		view message.View
	}
	return []sample{
		{"not-found", message.View{Frame: frame(), Kind: message.NotFound}},
		{"failed", message.View{Frame: frame(), Kind: message.Failed, Reference: "7f3a-91c2"}},
		{"no-results", message.View{Frame: frame("Otter Lake"), Kind: message.NoResults, Detail: "Otter Lake One-Room School has no results of 2025–26 yet.", Next: message.Link{Text: "Results of 2024–25", Address: "#"}}},
		{"sign-in-needed", message.View{Frame: nobody(), Kind: message.SignInNeeded, Next: message.Link{Text: "Sign in", Address: "#"}}},
		{"unavailable", message.View{Frame: frame(), Kind: message.Unavailable, Reference: "7f3a-91c3"}},
		{"forbidden", message.View{Frame: frame(), Kind: message.Forbidden, Detail: "You may not see the students of this school."}},
		{"not-understood", message.View{Frame: frame(), Kind: message.NotUnderstood, Detail: "The year must be a number such as 2026."}},
		{"no-role", message.View{Frame: frame(), Kind: message.NoRole, Reference: "7f3a-91c4"}},
		{"signed-out", message.View{Frame: nobody(), Kind: message.SignedOut}},
		{"sign-in-refused", message.View{Frame: nobody(), Kind: message.SignInRefused, Reference: "7f3a-91c5"}},
		{"sign-in-loop", message.View{Frame: nobody(), Kind: message.SignInLoop, Reference: "7f3a-91c6"}},
		{"no-provider", message.View{Frame: nobody(), Kind: message.NoProvider, Reference: "7f3a-91c7"}},
		{"sign-out-failed", message.View{Frame: nobody(), Kind: message.SignOutFailed, Reference: "7f3a-91c8"}},
		{"insecure", message.View{Frame: nobody(), Kind: message.Insecure, Reference: "7f3a-91c9"}},
	}
}
