package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
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
	found   report.BundleCount
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
	b.found, err = c.reports.CountBundle(ctx, c.scope, b.of)
	return b, err
}

// storable reports whether a text can be one of the database's.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// group is the name of the student group that a bundle is of.
func (b bundle) group() string {
	if b.grade == nil {
		return ""
	}
	return b.found.Group
}

// statement states what a bundle is of: also which student, where it is of one.
func (b bundle) statement(students int) *statement {
	return &statement{students: students, what: audit.What{
		District: audit.Code(b.of.District), School: audit.Code(b.of.School), Grade: b.grade, Year: b.of.Year, Type: b.of.Type, Student: int64(b.found.Only),
	}}
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
	return s.askHow(c, b, printing.Options{Language: c.say().Language.Code, Duplex: true}, rand.Text(), nil), nil
}

// askHow shows the choices; wait says why the person must wait, nil when not.
func (s *Server) askHow(c *call, b bundle, o printing.Options, once string, wait error) answer {
	from := b.address
	from.Path = from.Path[:len(from.Path)-len("/print")]
	trail := s.trail(c, b.found.Place, b.address)
	if b.grade != nil {
		trail = append(trail, layout.Crumb{Text: c.say().Grade(*b.grade), Address: from.String()})
	}
	v := prints.View{
		Frame: s.frame(c, append(trail, layout.Crumb{Text: c.say().Print.Title()})...), Action: b.address, Only: b.only, Once: once, Place: b.found.Place, Grade: b.grade, Group: b.group(),
		Type: b.of.Type, Year: b.of.Year, Students: b.found.Students, Several: b.found.Classes > 1, Options: o, Days: wholeDays(s.keep), Wait: waiting(c.say(), wait),
	}
	for _, tag := range filter.Tags(c.say(), b.address, filter.All(c.say())) {
		v.Filters = append(v.Filters, tag.Text)
	}
	shown := b.statement(0)
	if wait != nil {
		shown.outcome = audit.Refused
	}
	return answer{shown: shown, page: prints.Page(v)}
}

// waiting says why somebody must wait before printing more.
func waiting(w *words.Words, why error) string {
	switch {
	case why == nil:
		return ""
	case errors.Is(why, printing.ErrTooMuch):
		return w.Print.TooMuch()
	}
	return w.Print.TooMany()
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
	if b.found.Students == 0 || once == "" || len(once) > 64 {
		return s.askHow(c, b, o, rand.Text(), nil), nil
	}
	if o.Order == "" {
		o.Order = printing.ByGrade
	}
	r := printing.Request{
		ID: printing.NewID(), Tenant: c.tenant.ID, Requester: requester(c.session), Once: once, Scope: c.scope, Wish: printing.Wish{Of: b.of, Options: o},
		Place: printing.Place{District: b.found.Place.District.Name, School: b.found.Place.School.Name, Group: b.group()}, Schools: b.found.Schools, Students: b.found.Students,
	}
	id, err := s.desk.Find(ctx, r.Requester, once)
	if err == nil && id == "" {
		id, err = s.begin(ctx, c, b.statement(r.Students), r.ID, func() (printing.ID, error) { return s.desk.Order(ctx, r) })
	}
	if fault.Is(err, fault.Conflict) {
		return s.askHow(c, b, o, once, err), nil
	}
	if err != nil {
		return answer{}, err
	}
	return answer{redirect: c.addressed(layout.Address{Path: jobPath(id)}).String(), recorded: true}, nil
}

// begin has a job printed, after a record that says so: without one nothing is printed. When it does not begin after all, another record says that.
func (s *Server) begin(ctx context.Context, c *call, shown *statement, id printing.ID, do func() (printing.ID, error)) (printing.ID, error) {
	shown.what.Object, shown.what.Format, shown.outcome = audit.ID(id), audit.PDF, audit.Begun
	e := s.eventOf(c, shown)
	if err := s.records.Record(ctx, e); err != nil {
		return "", err
	}
	begun, err := do()
	if err != nil || begun != id {
		e.Outcome = audit.Refused
		if err != nil && !fault.Is(err, fault.Conflict) {
			e.Outcome = audit.Failed
		}
		s.note(c, e)
	}
	return begun, err
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
	a = a.Without("only", "view", "sort", "align", "page", "size").With("year", strconv.Itoa(int(year)))
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
	q, query := c.URL.Query(), url.Values{}
	kind := edu.Summative
	if t, ok := edu.ParseAssessmentType(q.Get("asmtType")); ok {
		kind = t
	}
	if tone := q.Get("mode"); tone == "color" || tone == "COLOR" {
		query.Set(toneParameter, "color")
	}
	if words.Speaks(q.Get("lang")) {
		query.Set(layout.LanguageField, q.Get("lang"))
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
	return s.oldPDFOf(ctx, c, q, kind, query)
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
