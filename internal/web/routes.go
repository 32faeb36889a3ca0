package web

import (
	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/releases"
	"scorehouse/internal/web/static"
	"scorehouse/internal/words"
)

// Caller is who calls a route. It says nothing about permission.
type Caller string

// The callers.
const (
	Browser  Caller = "browser"           // a person reading
	Monitor  Caller = "monitor"           // load balancers and operators' checks
	Program  Caller = "program"           // operators' scripts, and our own in the browser: JSON unless they ask for a page
	Provider Caller = "identity provider" // through a person's browser: requests of another site
)

// Audience is whom a route answers at all.
type Audience string

// The audiences.
const (
	Anyone  Audience = "anyone"
	Session Audience = "session" // people who are signed in
)

// Place is where a route takes the state from in which its permission must be held. A person whose grants do not reach the state gets
// the answer for one that does not exist.
type Place string

// The places.
const (
	NoState   Place = ""           // the route is not about a state
	InPath    Place = "address"    // {state} is its code
	OfStudent Place = "student"    // {student} is an opaque id, which holds in one tenant
	OfJob     Place = "job"        // {job} is one of the person's own, in the tenant that it is of
	AnyState  Place = "any tenant" // wherever the person holds the permission
	ByLink    Place = "link"       // {token} opens what is published of one state to whoever knows it
)

// Route is a line of the table: who calls, who is answered, what must be permitted where, and what the answer is recorded as.
type Route struct {
	Caller     Caller
	Audience   Audience
	Permission access.Permission // "" needs none beyond the audience
	Place      Place
	Audited    audit.Kind // an answer leaves only after a record of this kind; "" for answers that show nothing of anybody
	Pattern    string     // of http.ServeMux; also what logs call the request, so that they hold no address of a student
}

// route is a Route with what it does.
type route struct {
	Route
	handle handler
	limits
}

// limits are what is unusual about a route.
type limits struct {
	body      int64 // bytes of a request's body; 0 is maxBody
	crossSite bool  // other sites may send it: protected by a state of its own, see signon.go
	published bool  // has a limit of its own for each address
	metered   bool  // leaves a record, or takes long, for anybody who asks: only so often from one address
	navigated bool  // for browsers that open a page: not for images and frames of other sites
	quiet     bool  // does not count as opening a page: the idle limit runs on
	form      form  // the ending of its addresses, for files
}

// Routes that the log or the server treats apart.
const (
	heartbeatPattern = "GET /services/heartbeat"
	staticPattern    = "GET " + static.Prefix
)

// table is every route there is.
func (s *Server) table() []route {
	line := func(c Caller, a Audience, p access.Permission, place Place, k audit.Kind, pattern string, h handler) route {
		return route{Route: Route{c, a, p, place, k, pattern}, handle: h}
	}
	but := func(r route, l limits) route { r.limits = l; return r }
	csv := func(p access.Permission, place Place, k audit.Kind, pattern string, h func(form) handler) route {
		return but(line(Browser, Session, p, place, k, pattern, h(asCSV)), limits{form: asCSV})
	}
	json := func(p access.Permission, place Place, k audit.Kind, pattern string, h func(form) handler) route {
		return but(line(Program, Session, p, place, k, pattern, h(asJSON)), limits{form: asJSON, quiet: true})
	}
	public := func(pattern string, f form) route {
		caller := Browser
		if f == asJSON {
			caller = Program
		}
		return but(line(caller, Anyone, "", ByLink, "", pattern, s.public(f)), limits{published: true, form: f})
	}
	return []route{
		line(Monitor, Anyone, "", NoState, "", heartbeatPattern, s.heartbeat),
		line(Browser, Anyone, "", NoState, "", staticPattern, nil), // package static
		line(Browser, Anyone, "", NoState, "", "POST "+layout.LanguagePath, s.chooseLanguage),

		// Help. It shows nothing of anybody, and must be there for people who cannot sign in.
		line(Browser, Anyone, "", NoState, "", "GET "+layout.HelpPath, s.helpPages),
		line(Browser, Anyone, "", NoState, "", "GET "+layout.ReadingPath, s.help(words.HelpReading)),
		line(Browser, Anyone, "", NoState, "", "GET "+layout.GlossaryPath, s.help(words.HelpGlossary)),
		line(Browser, Anyone, "", NoState, "", "GET "+layout.QuestionsPath, s.help(words.HelpQuestions)),
		line(Browser, Anyone, "", NoState, "", "GET "+layout.AccessibilityPath, s.help(words.HelpAccessibility)),

		// How a state has its pages look.
		but(line(Browser, Session, access.ViewAggregates, InPath, "", "GET "+ownPath+"{state}/{look}", s.look), limits{quiet: true}),

		// Reports.
		line(Browser, Session, "", NoState, "", "GET /{$}", s.start),
		line(Browser, Session, access.ViewAggregates, InPath, audit.AggregateRead, "GET /s/{state}", s.comparison),
		line(Browser, Session, access.ViewAggregates, InPath, audit.AggregateRead, "GET /s/{state}/d/{district}", s.comparison),
		line(Browser, Session, access.ViewAggregates, InPath, audit.AggregateRead, "GET /s/{state}/d/{district}/sc/{school}", s.comparison),
		line(Browser, Session, access.ViewStudents, InPath, audit.StudentRead, "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", s.studentList),
		line(Browser, Session, access.ViewStudents, OfStudent, audit.StudentRead, "GET /students/{student}", s.student),
		line(Browser, Session, access.ViewStudents, OfStudent, audit.StudentRead, "GET /students/{student}/reports/{type}", s.studentReport),

		line(Browser, Session, access.ViewAggregates, InPath, "", "GET /s/{state}/search", s.searchForm),
		line(Browser, Session, access.ViewAggregates, InPath, audit.StudentRead, "POST /s/{state}/search", s.search),

		// The same as files.
		csv(access.ViewAggregates, InPath, audit.AggregateExport, "GET /s/{state}.csv", s.comparisonFile),
		csv(access.ViewAggregates, InPath, audit.AggregateExport, "GET /s/{state}/d/{district}.csv", s.comparisonFile),
		csv(access.ViewAggregates, InPath, audit.AggregateExport, "GET /s/{state}/d/{district}/sc/{school}.csv", s.comparisonFile),
		csv(access.ViewStudents, InPath, audit.StudentExport, "GET /s/{state}/d/{district}/sc/{school}/g/{grade}.csv", s.studentListFile),
		csv(access.ViewStudents, OfStudent, audit.StudentExport, "GET /students/{student}/reports/{type}.csv", s.studentReportFile),
		json(access.ViewAggregates, InPath, audit.AggregateExport, "GET /s/{state}.json", s.comparisonFile),
		json(access.ViewAggregates, InPath, audit.AggregateExport, "GET /s/{state}/d/{district}.json", s.comparisonFile),
		json(access.ViewAggregates, InPath, audit.AggregateExport, "GET /s/{state}/d/{district}/sc/{school}.json", s.comparisonFile),
		json(access.ViewStudents, InPath, audit.StudentExport, "GET /s/{state}/d/{district}/sc/{school}/g/{grade}.json", s.studentListFile),
		json(access.ViewStudents, OfStudent, audit.StudentExport, "GET /students/{student}/reports/{type}.json", s.studentReportFile),
		line(Program, Anyone, "", NoState, "", "GET "+openAPIPath, s.openAPI),

		// Printed reports, and what people have asked for. A job is there for its requester only.
		but(line(Browser, Session, access.ViewStudents, OfStudent, audit.StudentExport, "GET /students/{student}/reports/{type}.pdf", s.studentReportPDF), limits{form: asPDF}),
		line(Browser, Session, access.ViewStudents, InPath, audit.StudentRead, "GET /s/{state}/d/{district}/print", s.printPage),
		line(Browser, Session, access.ViewStudents, InPath, audit.StudentRead, "GET /s/{state}/d/{district}/sc/{school}/print", s.printPage),
		line(Browser, Session, access.ViewStudents, InPath, audit.StudentRead, "GET /s/{state}/d/{district}/sc/{school}/g/{grade}/print", s.printPage),
		but(line(Browser, Session, access.ViewStudents, InPath, audit.StudentExport, "POST /s/{state}/d/{district}/print", s.order), limits{body: maxSelection}),
		but(line(Browser, Session, access.ViewStudents, InPath, audit.StudentExport, "POST /s/{state}/d/{district}/sc/{school}/print", s.order), limits{body: maxSelection}),
		but(line(Browser, Session, access.ViewStudents, InPath, audit.StudentExport, "POST /s/{state}/d/{district}/sc/{school}/g/{grade}/print", s.order), limits{body: maxSelection}),
		line(Browser, Session, "", NoState, "", "GET "+downloadsPath, s.downloads),
		line(Browser, Session, access.ViewStudents, OfJob, audit.StudentRead, "GET "+downloadsPath+"/{job}", s.jobPage),
		but(line(Program, Session, "", NoState, "", "GET "+downloadsPath+"/{job}/progress", s.jobProgress), limits{quiet: true}),
		line(Browser, Session, access.ViewStudents, OfJob, audit.StudentExport, "GET "+downloadsPath+"/{job}/parts/{part}", s.collectPart),
		line(Browser, Session, access.ViewStudents, OfJob, audit.StudentExport, "GET "+downloadsPath+"/{job}/all", s.collectAll),
		line(Browser, Session, "", NoState, "", "POST "+downloadsPath+"/{job}/cancel", s.cancelJob),
		line(Browser, Session, access.ViewStudents, OfJob, audit.StudentExport, "POST "+downloadsPath+"/{job}/retry", s.retryJob),
		line(Browser, Session, "", NoState, "", "POST "+downloadsPath+"/{job}/delete", s.deleteJob),

		// What is published, for everybody who knows a link.
		public("GET "+publicPath+"{token}", ""),
		public("GET "+publicPath+"{token}/p/{place}", ""),
		public("GET "+publicPath+"{token}.csv", asCSV),
		public("GET "+publicPath+"{token}/p/{place}.csv", asCSV),
		public("GET "+publicPath+"{token}.json", asJSON),
		public("GET "+publicPath+"{token}/p/{place}.json", asJSON),
		but(line(Browser, Anyone, "", ByLink, "", "GET "+publicPath+"{token}/look/{look}", s.look), limits{published: true}),

		// Signing in and out.
		but(line(Browser, Anyone, "", NoState, "", "GET "+layout.SignInPath, s.signIn), limits{metered: true, navigated: true}),
		but(line(Provider, Anyone, "", NoState, "", "POST /saml_post", s.signedIn), limits{body: maxResponse, crossSite: true, metered: true, navigated: true}),
		line(Provider, Anyone, "", NoState, "", "GET /saml/metadata", s.metadata),
		but(line(Provider, Anyone, "", NoState, "", "GET /saml/logout", s.singleLogout), limits{metered: true}), // some providers ask from a frame
		but(line(Provider, Anyone, "", NoState, "", "POST /saml/logout", s.singleLogout), limits{body: maxResponse, crossSite: true, metered: true}),
		line(Browser, Anyone, "", NoState, "", "POST /signout", s.signOut),
		line(Browser, Anyone, "", NoState, "", "GET /logout", s.signOutByAddress),
		line(Browser, Anyone, "", NoState, "", "GET "+layout.OverPath, s.signedOut),
		but(line(Program, Session, "", NoState, "", "GET "+layout.SessionPath, s.sessionLeft), limits{quiet: true}),
		but(line(Browser, Session, "", NoState, "", "GET "+layout.WarningPath, s.sessionWarning), limits{quiet: true}),
		line(Browser, Session, "", NoState, "", "POST "+layout.StayPath, s.stay),

		// For people who administer.
		line(Browser, Session, access.Administer, AnyState, audit.AdminAccessExplain, "GET /admin/access", s.explainAccess),
		line(Browser, Session, access.ReviewReleases, AnyState, audit.AdminReleaseRead, "GET "+releases.Path, s.releaseList),
		line(Browser, Session, access.ReviewReleases, AnyState, audit.AdminReleaseMake, "POST "+releases.Path, s.makeRelease),
		line(Browser, Session, access.ReviewReleases, AnyState, audit.AdminReleaseRead, "GET "+releases.Path+"/{release}", s.releasePage),
		line(Browser, Session, access.ReviewReleases, AnyState, audit.AdminReleaseRead, "POST "+releases.Path+"/{release}/preview", s.previewRelease),
		line(Browser, Session, access.PublishReleases, AnyState, audit.AdminReleasePublish, "POST "+releases.Path+"/{release}/publish", s.publishRelease),
		line(Browser, Session, access.PublishReleases, AnyState, audit.AdminReleaseWithdraw, "POST "+releases.Path+"/{release}/withdraw", s.withdrawRelease),
		line(Browser, Session, access.PublishReleases, AnyState, audit.AdminLinkIssue, "POST "+releases.LinksPath, s.issueLink),
		line(Browser, Session, access.PublishReleases, AnyState, audit.AdminLinkRevoke, "POST "+releases.LinksPath+"/{link}/revoke", s.revokeLink),
		line(Program, Session, access.Administer, AnyState, audit.AdminFlush, "DELETE /services/flush/{what}", s.flush),
		line(Program, Session, access.Administer, AnyState, audit.AdminFlush, "DELETE /services/cache/{what}", s.flush), // as the system before this one had it

		// Addresses of the system before this one, in bookmarks and mails.
		line(Browser, Session, "", NoState, "", "GET /assets/html/index.html", s.start),
		line(Browser, Session, access.ViewAggregates, AnyState, "", "GET /assets/html/comparingPopulations.html", s.oldComparison),
		line(Browser, Session, access.ViewAggregates, AnyState, "", "GET /assets/html/studentList.html", s.oldStudentList),
		line(Browser, Session, access.ViewStudents, AnyState, audit.StudentRead, "GET /services/pdf/{report}", s.oldPDF),
		line(Browser, Anyone, "", NoState, "", "GET /logout_redirect", s.signedOut),

		line(Browser, Anyone, "", NoState, "", "/", s.nothing),
	}
}

// Routes returns the table, for tests that try every line of it.
func (s *Server) Routes() []Route {
	var all []Route
	for _, r := range s.table() {
		all = append(all, r.Route)
	}
	return all
}
