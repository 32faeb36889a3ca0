package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/scope"
	"scorehouse/internal/web"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/table"
)

// accesses asks a web server for every route of its table as people with random grants, and compares each answer with an oracle in memory: no
// answer shows a student, or a result, that the person may not see; none refuses what the person may see; and exactly one record, with the right
// number, stands for each answer that shows students. Linked unfiltered, the server lets everybody ask for every student, and only
// row-level security is left: then too no answer shows too much.
var accesses = Campaign{
	Name:     "access",
	Help:     "random people ask for random pages, as an oracle knows who may see what; logs and records are looked over too",
	Default:  20_000,
	Many:     true,
	Parallel: 4,
	Prepare:  prepareAccesses,
}

const (
	checkEvery  = 250 // tries between two looks at the logs
	leastShown  = 30  // percent of answers that must show students, or the campaign proves too little
	leastOfAll  = 1000
	ordersEvery = 25 // one in so many tries orders printed reports
	hiddenRatio = 8  // one in so many requests asks for something at random, whoever asks
)

func prepareAccesses(ctx context.Context, log io.Writer) (func(context.Context, int) (string, error), func() error, error) {
	h, err := startAccessHouse(ctx)
	if err != nil {
		return nil, nil, err
	}
	v := &visits{house: h}
	if err := v.know(); err != nil {
		h.stop()
		return nil, nil, err
	}
	filter := "with the application's filter and row-level security"
	if scope.Unfiltered() {
		filter = "with row-level security alone"
	}
	fmt.Fprintf(log, "%s: %d routes, %d people, %d students of two states\n", filter, len(h.routes), len(h.world.people), 2*h.world.states[0].students)
	return v.try, finally(h.stop), nil
}

// visits are the requests of the campaign.
type visits struct {
	house          *accessHouse
	asked, showing atomic.Int64
}

// visit is one request, and what the oracle says to it.
type visit struct {
	person  *accessPerson // nil: not signed in
	method  string
	route   string
	address string
	accept  string

	// What the answer must be. known is false where the oracle knows only that nothing may be shown that the person may not see.
	known    bool
	ok       bool         // 200 or, for an address that leads on, 303
	students []mark       // that the page must show, and no others
	exactly  *accessState // of a comparison's JSON: its rows are exact where the person may see each student there, and nowhere else
}

// mark is the last name of a student.
type mark = string

// know refuses to run when a route has a part that visits cannot fill.
func (v *visits) know() error {
	for _, r := range v.house.routes {
		for _, part := range partOfRoute.FindAllStringSubmatch(r.Pattern, -1) {
			if _, ok := partsOfRoutes[part[1]]; !ok && part[1] != "$" {
				return fmt.Errorf("route %s: the campaign knows no values for {%s}; add them to partsOfRoutes", r.Pattern, part[1])
			}
		}
	}
	return nil
}

var partOfRoute = regexp.MustCompile(`\{([a-z$]+)(?:\.\.\.)?\}`)

// partsOfRoutes give the parts of addresses values, most of which exist.
var partsOfRoutes = map[string]func(v *visits, random *rand.Rand) string{
	"token": func(_ *visits, random *rand.Rand) string {
		return pick(random, publishedToken, publishedToken, "x", "%00")
	},
	"place": func(_ *visits, random *rand.Rand) string { return pick(random, "dst0000001", "sch0000001", "x", "%27") },
	"state": func(v *visits, random *rand.Rand) string { return pick(random, "TK", "HM", "TK", "HM", "XX", "tk") },
	"district": func(_ *visits, random *rand.Rand) string {
		return pick(random, append(slices.Clone(accessDistricts), "9999")...)
	},
	"school": func(_ *visits, random *rand.Rand) string { return pick(random, "0117", "0118", "0119", "0201", "9999") },
	"grade":  func(_ *visits, random *rand.Rand) string { return pick(random, "03", "05", "05", "04", "KG", "x") },
	"type":   func(_ *visits, random *rand.Rand) string { return pick(random, "summative", "interim", "blocks", "x") },
	"what":   func(_ *visits, random *rand.Rand) string { return pick(random, "data", "session", "all", "x") },
	"report": func(_ *visits, random *rand.Rand) string { return pick(random, "indivStudentReport.html", "x") },
	"job": func(_ *visits, random *rand.Rand) string {
		return pick(random, "aaaaaaaaaaaaaaaaaaaaaaaaaa", "x", "%00")
	},
	"look":    func(_ *visits, random *rand.Rand) string { return pick(random, "style.css", "x") },
	"part":    func(_ *visits, random *rand.Rand) string { return pick(random, "1", "x") },
	"release": func(_ *visits, random *rand.Rand) string { return pick(random, "1", "2", "9", "x") },
	"link":    func(_ *visits, random *rand.Rand) string { return pick(random, "1", "2", "9", "x") },
	"student": func(v *visits, random *rand.Rand) string {
		if random.IntN(8) == 0 {
			return pick(random, "AAAAAAAAAAAAAAAAAAAAAA", "1", "TK0000001", "%00")
		}
		s := v.house.world.states[random.IntN(2)]
		return v.house.keys[s.mark(1+random.IntN(s.students))]
	},
}

func pick(random *rand.Rand, values ...string) string { return values[random.IntN(len(values))] }

func (v *visits) try(ctx context.Context, i int) (string, error) {
	random := rand.New(rand.NewPCG(uint64(i), 20261125))
	if i%ordersEvery == ordersEvery-1 {
		return v.order(ctx, random)
	}
	x := v.draw(random)
	who := "nobody"
	if x.person != nil {
		who = fmt.Sprintf("%s %+v", x.person.name, x.person.grants)
	}
	what := fmt.Sprintf("%s %s as %s", x.method, x.address, who)
	a, err := v.house.ask(ctx, x.person, x.method, x.address, x.accept)
	if err != nil {
		return what, err
	}
	marks := marksIn(a.body)
	if v.asked.Add(1); len(marks) > 0 {
		v.showing.Add(1)
	}
	if err := x.judge(v.house.world, a, marks); err != nil {
		return what, err
	}
	if i%checkEvery == checkEvery-1 {
		if err := v.house.checkLogs(); err != nil {
			return what, err
		}
	}
	asked, showing := v.asked.Load(), v.showing.Load()
	share := int(100 * showing / asked)
	if asked >= leastOfAll && share < leastShown {
		return what, fmt.Errorf("only %d %% of %d answers show students", share, asked)
	}
	return fmt.Sprintf("%s (%d %% of %d answers show students)", what, share, asked), nil
}

func marksIn(body string) []mark {
	marks := markOfStudent.FindAllString(body, -1)
	slices.Sort(marks)
	return slices.Compact(marks)
}

var (
	markOfStudent = regexp.MustCompile(`Zqx[TH][0-9]{4}`)
	numberOnPage  = regexp.MustCompile(`(?:^|[^0-9A-Za-z.,])([1-3][0-9]),?([0-9]{3})(?:[^0-9A-Za-z.]|\.[^0-9]|$)`)
)

// draw makes a request: mostly for students, and mostly of people who may see some, since those show the most when something is wrong.
func (v *visits) draw(random *rand.Rand) visit {
	x := visit{method: http.MethodGet, accept: pick(random, "text/html", "text/html", "application/json", "*/*")}
	x.person = v.house.world.people[random.IntN(len(v.house.world.people))]
	switch k := random.IntN(100); {
	case k < 3:
		x.person = nil
	case k < 4:
		x.person = &accessPerson{name: "nobody any more", token: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	case k < 85: // somebody who may see students
		for !x.person.mayView("tamarack") && !x.person.mayView("hemlock") {
			x.person = v.house.world.people[random.IntN(len(v.house.world.people))]
		}
	}
	s := v.house.world.states[random.IntN(2)]
	at := accessSchools[random.IntN(len(accessSchools))]
	student := 1 + random.IntN(s.students)
	if x.person != nil && random.IntN(hiddenRatio) > 0 {
		s, at, student = v.within(random, x.person, s, at, student)
	}
	switch k := random.IntN(100); {
	case k < 45:
		v.list(&x, random, s, at)
	case k < 75:
		v.report(&x, random, s, student)
	case k < 80:
		v.student(&x, s, student)
	case k < 88:
		v.comparison(&x, random, s, at)
	default:
		v.any(&x, random)
	}
	return x
}

// within chooses a school and a student that a person may see, if there are any.
func (v *visits) within(random *rand.Rand, p *accessPerson, s *accessState, at accessSchool, student int) (*accessState, accessSchool, int) {
	if !p.mayView(s.tenant.ID) {
		s = v.house.world.states[slices.IndexFunc(v.house.world.states, func(other *accessState) bool { return other != s })]
	}
	visible := s.visible(p)
	if len(visible) == 0 {
		return s, at, student
	}
	r := visible[random.IntN(len(visible))]
	return s, r.at, r.student
}

// list asks for the students of a school and grade.
func (v *visits) list(x *visit, random *rand.Rand, s *accessState, at accessSchool) {
	grade := accessGrades[random.IntN(len(accessGrades))]
	q := url.Values{}
	var year edu.AcademicYear
	if random.IntN(3) > 0 {
		year = edu.AcademicYear(2025 + random.IntN(2))
		q.Set("year", strconv.Itoa(int(year)))
	}
	kind, subject, group := edu.Summative, edu.Subject(""), ""
	switch random.IntN(6) {
	case 0:
		kind = edu.InterimComprehensive
	case 1:
		kind, subject = edu.InterimBlock, edu.Math
	}
	if kind != edu.Summative || random.IntN(2) == 0 {
		q.Set("type", kind.Slug())
	}
	if kind != edu.InterimBlock && random.IntN(3) == 0 {
		subject = edu.Subjects[random.IntN(len(edu.Subjects))]
	}
	if subject != "" {
		q.Set("subject", string(subject))
	}
	if random.IntN(4) == 0 {
		group = "g-" + strconv.Itoa(random.IntN(4))
		q.Set("group", group)
	}
	if random.IntN(3) == 0 {
		q.Set("sort", pick(random, "name", "-name", "score.Math", "-date", "status"))
	}
	x.route = "GET /s/{state}/d/{district}/sc/{school}/g/{grade}"
	x.address = fmt.Sprintf("/s/%s/d/%s/sc/%s/g/%s?%s", s.tenant.StateCode, at.district, at.school, grade.Code(), q.Encode())
	x.known = true
	x.ok = x.person != nil && x.person.token != "" && x.person.mayView(s.tenant.ID) && x.person.sees(s.tenant.ID, at)
	if x.ok {
		for student := range s.listed(at, grade, year, kind, subject, group) {
			x.students = append(x.students, s.mark(student))
		}
		slices.Sort(x.students)
	}
}

// report asks for a student's report.
func (v *visits) report(x *visit, random *rand.Rand, s *accessState, student int) {
	kind := edu.AssessmentTypes[random.IntN(len(edu.AssessmentTypes))]
	if random.IntN(2) == 0 {
		kind = edu.Summative
	}
	var year edu.AcademicYear
	address := "/students/" + v.house.keys[s.mark(student)] + "/reports/" + kind.Slug()
	if random.IntN(2) == 0 {
		year = edu.AcademicYear(2025 + random.IntN(2))
		address += "?year=" + strconv.Itoa(int(year))
	}
	x.route, x.address = "GET /students/{student}/reports/{type}", address
	x.known = v.house.keys[s.mark(student)] != ""
	if x.known && x.person != nil {
		x.ok = slices.ContainsFunc(s.visible(x.person), func(r accessResult) bool {
			return r.student == student && r.kind == kind && (year == 0 || r.year == year)
		})
	}
	if x.ok {
		x.students = []mark{s.mark(student)}
	}
}

// student asks for the address that leads to a student's newest report.
func (v *visits) student(x *visit, s *accessState, student int) {
	x.route, x.address = "GET /students/{student}", "/students/"+v.house.keys[s.mark(student)]
	x.known = v.house.keys[s.mark(student)] != ""
	x.ok = x.known && x.person != nil && slices.ContainsFunc(s.visible(x.person), func(r accessResult) bool { return r.student == student })
}

// comparison asks for numbers.
func (v *visits) comparison(x *visit, random *rand.Rand, s *accessState, at accessSchool) {
	x.route, x.address = "GET /s/{state}", "/s/"+string(s.tenant.StateCode)
	if random.IntN(3) > 0 {
		x.route, x.address = x.route+"/d/{district}", x.address+"/d/"+at.district
		if random.IntN(2) == 0 {
			x.route, x.address = x.route+"/sc/{school}", x.address+"/sc/"+at.school
		}
	}
	if random.IntN(2) == 0 {
		x.route, x.address, x.exactly = x.route+".json", x.address+".json", s
	}
	x.address += "?year=" + strconv.Itoa(2025+random.IntN(2))
	x.known, x.ok = true, x.person != nil && x.person.mayCompare(s.tenant.ID)
}

// any asks for any route of the table, whatever it is. Routes that are added later are asked for here.
func (v *visits) any(x *visit, random *rand.Rand) {
	r := v.house.routes[random.IntN(len(v.house.routes))]
	if slices.Contains([]access.Permission{access.Administer, access.ReviewReleases, access.PublishReleases}, r.Permission) { // half of the time as somebody who may
		for range 20 {
			if x.person != nil && (x.person.administers("tamarack") || x.person.administers("hemlock")) || random.IntN(20) == 0 {
				break
			}
			x.person = v.house.world.people[random.IntN(len(v.house.world.people))]
		}
	}
	x.address = v.fill(r, random)
	x.route, x.method = r.Pattern, http.MethodGet
	if method, _, ok := strings.Cut(r.Pattern, " "); ok {
		x.method = method
	}
	if x.method == http.MethodDelete && !strings.HasSuffix(x.address, "/data") && x.person.administersAnything() {
		x.address = x.address[:strings.LastIndex(x.address, "/")] + "/data" // the others would sign everybody out
	}
	if x.method == http.MethodPost && r.Caller == web.Browser || strings.Contains(r.Pattern, "logout") {
		x.person = nil // ends sessions
	}
}

func (v *visits) fill(r web.Route, random *rand.Rand) string {
	_, pattern, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		pattern = r.Pattern
	}
	address := partOfRoute.ReplaceAllStringFunc(pattern, func(part string) string {
		name := strings.Trim(part, "{.}")
		if name == "$" {
			return ""
		}
		return partsOfRoutes[name](v, random)
	})
	q := url.Values{}
	for name, values := range map[string][]string{
		"stateCode": {"TK", "HM", "XX"}, "districtId": {"0042", "0043"}, "schoolId": {"0117", "0118"}, "asmtGrade": {"03", "05"}, "year": {"2025", "2026", "1"},
		"asmtYear": {"2026"}, "type": {"summative", "interim", "blocks"}, "taken": {"20260501", "x"}, "user": {"person-1", "person-2", "person-4"}, "state": {"TK", "HM"},
		"district": {"0042"}, "school": {"0117"}, "student": {"/students/" + partsOfRoutes["student"](v, random)}, "return": {"/s/TK", "//elsewhere.example"},
	} {
		if random.IntN(3) == 0 {
			q.Set(name, values[random.IntN(len(values))])
		}
	}
	return address + "?" + q.Encode()
}

func (p *accessPerson) administersAnything() bool {
	return p != nil && (p.administers("tamarack") || p.administers("hemlock"))
}

// judge compares an answer with what the oracle says.
func (x visit) judge(w *accessWorld, a accessAnswer, marks []mark) error {
	nobodyCanSignIn := a.status == http.StatusServiceUnavailable && x.route == "GET "+layout.SignInPath // there is no identity provider here
	if a.status >= http.StatusInternalServerError && !nobodyCanSignIn {
		return fmt.Errorf("status %d: %.300s", a.status, a.body)
	}
	if err := x.judgeLeaks(w, a.body, marks); err != nil {
		return err
	}
	if err := x.judgeRecords(a, marks); err != nil {
		return err
	}
	if !x.known {
		return nil
	}
	shown := a.status == http.StatusOK || a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/students/")
	switch {
	case x.ok && !shown:
		return fmt.Errorf("WRONG REFUSAL: status %d", a.status)
	case x.ok && x.students != nil && !slices.Equal(marks, x.students):
		return fmt.Errorf("shows %v, want %v", marks, x.students)
	case !x.ok && shown && !scope.Unfiltered():
		return fmt.Errorf("status %d for somebody who may not", a.status)
	case x.ok && x.exactly != nil && !scope.Unfiltered():
		return x.judgeExact(a.body)
	}
	return nil
}

// judgeExact wants the rows of a comparison to be exact whose every student the person may see, and no others.
func (x visit) judgeExact(body string) error {
	var c table.Comparison
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return err
	}
	var at accessSchool
	if c.Place.District != nil {
		at.district = c.Place.District.Code
	}
	if c.Place.School != nil {
		at.school = c.Place.School.Code
	}
	wider := []accessSchool{{}, {district: at.district}}
	for i, row := range c.Reference {
		if err := x.judgeRow(row, wider[i]); err != nil {
			return err
		}
	}
	for _, row := range c.Rows {
		part := at
		switch c.RowsAre {
		case "districts":
			part.district = row.ID
		case "schools":
			part.school = row.ID
		}
		if err := x.judgeRow(row, part); err != nil {
			return err
		}
	}
	return x.judgeRow(c.Overall, at)
}

func (x visit) judgeRow(row table.ComparisonRow, at accessSchool) error {
	if may := x.person.sees(x.exactly.tenant.ID, at); row.Exact != may {
		return fmt.Errorf("row %q at %+v is exact: %v, want %v", row.ID, at, row.Exact, may)
	}
	for _, d := range row.Results {
		counted := slices.ContainsFunc(d.Levels, func(l table.LevelCount) bool { return l.Students != nil })
		if !row.Exact && (counted || d.Visibility == "shown" && d.Range == nil) {
			return fmt.Errorf("LEAK: exact numbers of row %q at %+v: %+v", row.ID, at, d)
		}
	}
	return nil
}

// judgeLeaks wants every student that is named, and every score, to be one that the person may see.
func (x visit) judgeLeaks(w *accessWorld, body string, marks []mark) error {
	seen, scores, others := map[mark]bool{}, map[int]bool{}, map[int]mark{}
	for _, s := range w.states {
		var visible []accessResult
		if x.person != nil {
			visible = s.visible(x.person)
		}
		for _, r := range visible {
			seen[s.mark(r.student)] = true
			scores[r.score] = true
		}
		for _, r := range s.results {
			others[r.score] = s.mark(r.student)
		}
	}
	for _, m := range marks {
		if !seen[m] {
			return fmt.Errorf("LEAK: shows %s", m)
		}
	}
	for _, m := range numberOnPage.FindAllStringSubmatch(body, -1) {
		n, err := strconv.Atoi(m[1] + m[2])
		if err != nil {
			return err
		}
		if whose, is := others[n]; is && !scores[n] {
			return fmt.Errorf("LEAK: shows the score %d, of %s", n, whose)
		}
	}
	return nil
}

// judgeRecords wants exactly one record, with the right number, for an answer that shows something of students, and none that says so for others.
func (x visit) judgeRecords(a accessAnswer, marks []mark) error {
	var reads []audit.Event
	for _, e := range a.events {
		if (e.Kind == audit.StudentRead || e.Kind == audit.StudentExport) && (e.Outcome == audit.Done || e.Outcome == "") {
			reads = append(reads, e)
		}
	}
	want := len(marks)
	if a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/students/") {
		want = 1 // that there is such a student is something of the student
	}
	switch {
	case want > 0 && len(reads) != 1:
		return fmt.Errorf("RECORD: %d records for an answer with %d students", len(reads), want)
	case want > 0 && reads[0].Students != want:
		return fmt.Errorf("RECORD: says %d students, the answer has %d", reads[0].Students, want)
	case want == 0 && slices.ContainsFunc(reads, func(e audit.Event) bool { return e.Students > 0 }):
		return fmt.Errorf("RECORD: says that students were shown: %+v", reads)
	}
	return nil
}
