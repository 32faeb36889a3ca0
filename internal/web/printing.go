package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/prints"
	"scorehouse/internal/words"
)

// Printed reports: one at once, at the address of its page with .pdf behind it; many as a job, from the addresses of lists and comparisons with /print
// behind them, with the same parameters. What comes of a job is in downloads.go.

// Parameters of printing.
const (
	toneParameter     = "tone"     // gray, which is usual, or color
	supportsParameter = "supports" // hide leaves out which supports there were
	orderParameter    = "order"    // of a bundle
	duplexParameter   = "duplex"   // 1: each student begins a new sheet
	onceParameter     = "once"     // made with the form
	reportsParameter  = "reports"  // language of the reports, where the page has another
)

// studentReportPDF prints one student's report. Its language is the reader's, or the one in the address.
func (s *Server) studentReportPDF(ctx context.Context, c *call) (answer, error) {
	r, _, err := c.reported(ctx)
	if err != nil {
		return answer{}, err
	}
	o, err := c.printOptions(layout.Address{Query: c.URL.Query()}, c.say().Language.Code)
	if err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	if err := s.press.One(ctx, &b, c.tenant.ID, r, o); err != nil {
		return answer{}, err
	}
	shown := c.oneStudent(r)
	shown.what.Format = audit.PDF
	return answer{shown: shown, kind: "application/pdf", stream: &stream{
		name: printing.SingleName(r, o), inline: true, bytes: int64(b.Len()), write: writeTo(&b),
	}}, nil
}

// printOptions reads how to print.
func (c *call) printOptions(a layout.Address, language string) (printing.Options, error) {
	p := parser{address: a}
	o := printing.Options{
		Language:     cmp.Or(value(&p, reportsParameter, parseLanguage), language),
		Colour:       value(&p, toneParameter, parseTone) == "color",
		Order:        value(&p, orderParameter, parseOrder),
		Duplex:       value(&p, duplexParameter, parseSwitch),
		HideSupports: value(&p, supportsParameter, parseHide) != "",
	}
	return o, p.err
}

func parseLanguage(s string) (string, bool) { return s, words.Speaks(s) }
func parseTone(s string) (string, bool)     { return s, s == "gray" || s == "color" }
func parseHide(s string) (string, bool)     { return s, s == "hide" }
func parseOrder(s string) (printing.Order, bool) {
	return printing.Order(s), slices.Contains(printing.Orders, printing.Order(s))
}

// bundle is what an address with /print asks for.
type bundle struct {
	of      report.BundleQuestion
	grade   *edu.Grade
	address layout.Address // without the students chosen one by one
	only    []string       // their opaque ids
	found   report.Bundle
}

// bundled reads whose reports an address and a form ask for, and finds them within the scope: everybody there, or the students who are ticked. One who may
// not be seen is as good as one who does not exist, and then nothing is printed.
func (s *Server) bundled(ctx context.Context, c *call) (bundle, error) {
	b := bundle{address: c.address(append([]string{"type", "group", "validity"}, carried...)...), only: c.Form["only"]}
	p := parser{address: b.address}
	b.of = report.BundleQuestion{
		Type: cmp.Or(value(&p, "type", parseType), edu.Summative), Year: value(&p, "year", parseYear), District: c.PathValue("district"), School: c.PathValue("school"),
		Validity: values(&p, "validity", parseValidity), GroupID: b.address.Get("group"),
	}
	if p.err != nil {
		return b, p.err
	}
	if !storable(b.of.GroupID) {
		return b, errNoSuchPage // nobody has such a group
	}
	var err error
	if b.of.Filters, err = parseFilters(b.address); err != nil {
		return b, err
	}
	if code := c.PathValue("grade"); code != "" {
		grade, ok := edu.ParseGrade(code)
		if !ok {
			return b, errNoSuchPage
		}
		b.grade, b.of.Filters.Grades = &grade, []edu.Grade{grade}
	} else {
		b.only = nil // on other pages it names schools or grades
	}
	for _, key := range b.only {
		student, ok := c.keys.decode(key)
		if !ok {
			return b, errNoSuchPage
		}
		b.of.Students = append(b.of.Students, student)
	}
	if b.of.Year == 0 {
		if b.of.Year, err = c.reports.NewestYear(ctx, b.of.Type); err != nil {
			return b, err
		}
		b.address = b.address.With("year", strconv.Itoa(int(b.of.Year)))
	}
	b.found, err = c.reports.Bundle(ctx, c.scope, b.of)
	if err == nil && len(b.only) > 0 {
		// The place that the address names counts too: a student of elsewhere is not chosen from its list.
		place := b.of
		place.Students = nil
		var there report.Bundle
		if there, err = c.reports.Bundle(ctx, c.scope, place); err == nil {
			b.found.Place = there.Place
		}
		for _, p := range b.found.Students {
			if p.Place.District.ID != b.of.District || b.of.School != "" && p.Place.School.ID != b.of.School {
				return b, errNoSuchPage
			}
		}
	}
	return b, err
}

// storable reports whether a text can be one of the database's.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// classes reports whether a bundle holds several schools or grades, so that their order is a choice.
func (b bundle) classes() int {
	type class struct {
		place report.Institution
		grade edu.Grade
	}
	seen := map[class]bool{}
	for _, p := range b.found.Students {
		seen[class{p.Place, p.Grade}] = true
	}
	return len(seen)
}

// schools are those whose students are in a bundle.
func (b bundle) schools() []scope.School {
	var all []scope.School
	seen := map[scope.School]bool{}
	for _, p := range b.found.Students {
		at := scope.School{District: p.Place.District.ID, School: p.Place.School.ID}
		if !seen[at] {
			seen[at] = true
			all = append(all, at)
		}
	}
	return all
}

// group is the name of the student group that a bundle is of.
func (b bundle) group(ctx context.Context, c *call) (string, error) {
	if b.of.GroupID == "" || b.grade == nil {
		return "", nil
	}
	l, err := c.reports.StudentList(ctx, c.scope, report.StudentListQuestion{District: b.of.District, School: b.of.School, Grade: *b.grade, Year: b.of.Year, Type: b.of.Type})
	for _, g := range l.Groups {
		if g.ID == b.of.GroupID {
			return g.Name, err
		}
	}
	return b.of.GroupID, err
}

// statement states what a bundle is of.
func (b bundle) statement(students int) *statement {
	return &statement{students: students, what: audit.What{District: audit.Code(b.of.District), School: audit.Code(b.of.School), Grade: b.grade, Year: b.of.Year, Type: b.of.Type}}
}

// printPage asks how the reports of a place, or of the students ticked there, shall be printed.
func (s *Server) printPage(ctx context.Context, c *call) (answer, error) {
	if err := c.ParseForm(); err != nil {
		return answer{}, errNoSuchPage
	}
	b, err := s.bundled(ctx, c)
	if err != nil {
		return answer{}, err
	}
	return s.askHow(ctx, c, b, printing.Options{Language: c.say().Language.Code, Duplex: true}, rand.Text(), false)
}

// askHow shows the choices; tooMany says why the person must wait.
func (s *Server) askHow(ctx context.Context, c *call, b bundle, o printing.Options, once string, tooMany bool) (answer, error) {
	group, err := b.group(ctx, c)
	if err != nil {
		return answer{}, err
	}
	from := b.address
	from.Path = from.Path[:len(from.Path)-len("/print")]
	trail := s.trail(c, b.found.Place, b.address)
	if b.grade != nil {
		trail = append(trail, layout.Crumb{Text: c.say().Grade(*b.grade), Address: from.String()})
	}
	v := prints.View{
		Frame: s.frame(c, append(trail, layout.Crumb{Text: c.say().Print.Title()})...), Action: b.address, Only: b.only, Once: once, Place: b.found.Place, Grade: b.grade, Group: group,
		Type: b.of.Type, Year: b.of.Year, Students: len(b.found.Students), Several: b.classes() > 1, Options: o, Days: wholeDays(s.keep), TooMany: tooMany,
	}
	for _, tag := range filter.Tags(c.say(), b.address, filter.All(c.say())) {
		v.Filters = append(v.Filters, tag.Text)
	}
	return answer{shown: b.statement(0), page: prints.Page(v)}, nil
}

// wholeDays is a time in whole days, as people are told.
func wholeDays(d time.Duration) int { return int(d / (24 * time.Hour)) }

// order takes the request of the page before, and leads to its job.
func (s *Server) order(ctx context.Context, c *call) (answer, error) {
	if err := c.ParseForm(); err != nil {
		return answer{}, errNoSuchPage
	}
	b, err := s.bundled(ctx, c)
	if err != nil {
		return answer{}, err
	}
	o, err := c.printOptions(layout.Address{Query: c.PostForm}, c.say().Language.Code)
	if err != nil {
		return answer{}, err
	}
	once := c.PostForm.Get(onceParameter)
	if len(b.found.Students) == 0 || once == "" || len(once) > 64 {
		return s.askHow(ctx, c, b, o, rand.Text(), false)
	}
	if o.Order == "" {
		o.Order = printing.ByGrade
	}
	group, err := b.group(ctx, c)
	if err != nil {
		return answer{}, err
	}
	if b.grade == nil {
		b.of.Filters.Grades = slices.Clone(b.of.Filters.Grades)
	}
	id, err := s.desk.Order(ctx, printing.Request{
		Tenant: c.tenant.ID, Requester: requester(c.session), Once: once, Scope: c.scope, Wish: printing.Wish{Of: b.of, Options: o},
		Place: printing.Place{District: b.found.Place.District.Name, School: b.found.Place.School.Name, Group: group}, Schools: b.schools(), Students: len(b.found.Students),
	})
	if fault.Is(err, fault.Conflict) {
		return s.askHow(ctx, c, b, o, once, true)
	}
	if err != nil {
		return answer{}, err
	}
	shown := b.statement(len(b.found.Students))
	shown.what.Object, shown.what.Format, shown.outcome = audit.ID(id), audit.PDF, audit.Begun
	return answer{redirect: c.addressed(layout.Address{Path: jobPath(id)}).String(), shown: shown}, nil
}

// requester is who a session is to the desk.
func requester(x login.Session) printing.Requester {
	return printing.Requester{Provider: x.Provider, User: x.UserID, Name: x.Name}
}

// printAddress leads from the page of a place to printing its reports; empty where the person may not see all of its students.
func (c *call) printAddress(a layout.Address, district, school string, year edu.AcademicYear) layout.Address {
	s, err := c.session.Grants.ScopeFor(access.ViewStudents, c.tenant.ID)
	if err != nil || district == "" || school == "" && !s.SeesDistrict(district) || school != "" && !s.SeesSchool(district, school) {
		return layout.Address{}
	}
	a = a.Without("only", "sort", "align", "page", "size").With("year", strconv.Itoa(int(year)))
	a.Path += "/print"
	return a
}

// oldPDF leads from the PDF service of the system before this one, /services/pdf/indivStudentReport.html: with a student's number to the printed
// report, with a school to printing its reports.
func (s *Server) oldPDF(ctx context.Context, c *call) (answer, error) {
	state, err := c.oldState()
	if err != nil || c.PathValue("report") != "indivStudentReport.html" {
		return answer{}, errNoSuchPage
	}
	q, old := c.URL.Query(), url.Values{}
	kind := edu.Summative
	if t, ok := edu.ParseAssessmentType(q.Get("asmtType")); ok {
		kind = t
	}
	if tone := q.Get("mode"); tone == "color" || tone == "COLOR" {
		old.Set(toneParameter, "color")
	}
	if words.Speaks(q.Get("lang")) {
		old.Set(layout.LanguageField, q.Get("lang"))
	}
	all, err := s.tenants.all(ctx)
	if err != nil {
		return answer{}, err
	}
	for _, t := range all {
		if t.StateCode == state && c.session.Grants.May(access.ViewStudents, t.ID) {
			c.tenant = t
		}
	}
	if c.tenant.ID == "" {
		return answer{}, errNoSuchPage
	}
	traceOf(ctx).tenant = c.tenant.ID
	if !storable(q.Get("studentId")) {
		return answer{}, errNoSuchPage
	}
	if q.Get("studentId") == "" {
		a := c.oldAddress(comparisonPath(state, q.Get("districtId"), q.Get("schoolId"))+"/print").With("type", kind.Slug())
		if q.Get("districtId") == "" || q.Get("schoolId") == "" {
			return answer{}, errNoSuchPage
		}
		return answer{redirect: a.String(), shown: &statement{}}, nil
	}
	return s.oldPDFOf(ctx, c, q, kind, old)
}

// oldPDFOf leads to the printed report of a student whom the state knows by a number.
func (s *Server) oldPDFOf(ctx context.Context, c *call, q url.Values, kind edu.AssessmentType, query url.Values) (answer, error) {
	var err error
	if c.scope, err = c.session.Grants.ScopeFor(access.ViewStudents, c.tenant.ID); err != nil {
		return answer{}, err
	}
	if c.reports, c.keys, err = s.reports.of(ctx, c.tenant); err != nil {
		return answer{}, err
	}
	student, found, err := c.reports.StudentOfCode(ctx, c.scope, q.Get("studentId"))
	if err != nil || !found {
		return answer{}, cmp.Or(err, errNoSuchPage)
	}
	a := layout.Address{Path: "/students/" + c.keys.encode(student) + "/reports/" + kind.Slug() + ".pdf", Query: query}.With("year", q.Get("asmtYear"))
	if kind == edu.InterimComprehensive {
		a = a.With("taken", q.Get("dateTaken"))
	}
	return answer{redirect: a.String(), shown: &statement{students: 1, what: audit.What{Student: int64(student), Type: kind}}}, nil
}
