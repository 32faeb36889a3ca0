package web

import "scorehouse/internal/web/static"

// Who calls a route. It says nothing about permission.
const (
	browser = "browser" // a person reading
	monitor = "monitor" // load balancers and operators' checks
)

// need is what a request must bring before its handler runs.
type need int

const (
	anyone     need = iota // no session
	signedIn               // a session
	aggregates             // a session whose grants reach the state in the address
	students               // a session whose grants reach students; the question itself checks which
)

// route is one line of the table.
type route struct {
	caller  string
	need    need
	pattern string // of http.ServeMux; also what the access log calls the request, so that it holds no address of a student
	handle  handler
}

// Routes that the log treats apart.
const (
	heartbeatPattern = "GET /services/heartbeat"
	staticPattern    = "GET " + static.Prefix
)

// routes is every route there is, besides the files of package static.
func (s *Server) routes() []route {
	table := []route{
		{monitor, anyone, heartbeatPattern, s.heartbeat},

		{browser, signedIn, "GET /{$}", s.start},
		{browser, anyone, "POST /signout", s.signOut},

		{browser, aggregates, "GET /s/{state}", s.comparison},
		{browser, aggregates, "GET /s/{state}/d/{district}", s.comparison},
		{browser, aggregates, "GET /s/{state}/d/{district}/sc/{school}", s.comparison},
		{browser, aggregates, "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", s.studentList},

		{browser, students, "GET /students/{student}", s.student},
		{browser, students, "GET /students/{student}/reports/{type}", s.studentReport},

		// Addresses of the system before this one, in bookmarks and mails.
		{browser, signedIn, "GET /assets/html/index.html", s.start},
		{browser, signedIn, "GET /assets/html/comparingPopulations.html", s.oldComparison},
		{browser, signedIn, "GET /assets/html/studentList.html", s.oldStudentList},

		{browser, anyone, "/", s.nothing},
	}
	if s.demo != nil {
		table = append(table,
			route{browser, anyone, "GET /signin", s.signInPage},
			route{browser, anyone, "POST /signin", s.signIn},
		)
	}
	return table
}
