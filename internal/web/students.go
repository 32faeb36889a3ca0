package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/studentlist"
	"scorehouse/internal/web/page/studentreport"
)

// studentList shows the students of one school and grade, a page of them when they are many.
func (s *Server) studentList(ctx context.Context, c *call) (answer, error) {
	l, address, shown, err := c.listed(ctx)
	if err != nil {
		return answer{}, err
	}
	pages, err := paged(address, len(l.Rows))
	if err != nil {
		return answer{}, err
	}
	l.Rows = l.Rows[pages.From:pages.To]
	shown.students = distinct(l.Rows)
	frame := s.frame(c, append(s.trail(c, l.Place, address), layout.Crumb{Text: c.say().Grade(l.Grade)})...)
	if frame.Quick, err = s.quick(ctx, c, address); err != nil {
		return answer{}, err
	}
	return answer{shown: shown, page: studentlist.Page(studentlist.View{
		Frame:          frame,
		Report:         l,
		Address:        address,
		Pages:          pages,
		StudentAddress: func(row report.StudentRow) string { return c.addressed(studentAddress(l, row)).String() },
		File:           fileAddress(address),
		Print:          c.printAddress(address, l.Place.District.ID, l.Place.School.ID, l.Year),
	})}, nil
}

// listed asks the question of a list's address, and states what its answer shows.
func (c *call) listed(ctx context.Context) (report.StudentList, layout.Address, *statement, error) {
	address := c.address(append([]string{"type", "subject", "group", "view", "sort", "validity", "only", pageParameter, sizeParameter, "results", "block"}, carried...)...)
	grade, ok := edu.ParseGrade(c.PathValue("grade"))
	if !ok {
		return report.StudentList{}, address, nil, errNoSuchPage
	}
	p := parser{address: address}
	q := report.StudentListQuestion{
		District: c.PathValue("district"),
		School:   c.PathValue("school"),
		Grade:    grade,
		Year:     value(&p, "year", parseYear),
		Type:     value(&p, "type", parseType),
		Subject:  value(&p, "subject", parseSubject),
		Validity: values(&p, "validity", parseValidity),
		View:     value(&p, "view", parseView),
		Sort:     address.Get("sort"),
		GroupID:  address.Get("group"),
		Only:     address.Values("only"),
	}
	if p.err != nil {
		return report.StudentList{}, address, nil, p.err
	}
	var err error
	if q.Filters, err = parseFilters(address); err != nil {
		return report.StudentList{}, address, nil, err
	}
	l, err := c.reports.StudentList(ctx, c.scope, q)
	if err != nil {
		return report.StudentList{}, address, nil, err
	}
	return l, address, &statement{students: distinct(l.Rows), what: audit.What{
		District: audit.Code(q.District), School: audit.Code(q.School), Grade: &grade, Subject: l.Subject, Year: l.Year, Type: l.Type}}, nil
}

// distinct counts the students of rows: an interim list has a row per student and day.
func distinct(rows []report.StudentRow) int {
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.Key] = true
	}
	return len(seen)
}

// studentAddress is the report of a row's student on the row's opportunity.
func studentAddress(l report.StudentList, row report.StudentRow) layout.Address {
	taken := ""
	if l.Type == edu.InterimComprehensive {
		for _, r := range row.Results {
			taken = r.Taken.Format("20060102") // all of a row have the same day
		}
	}
	return reportAddress(row.Key, l.Type, l.Year, taken)
}

// student leads to a student's newest report. That there is one, and of which year and type, is something about the student too.
func (s *Server) student(ctx context.Context, c *call) (answer, error) {
	r, err := c.reports.StudentReport(ctx, c.scope, report.StudentReportQuestion{StudentID: c.student})
	if err != nil {
		return answer{}, err
	}
	for _, o := range r.Opportunities {
		if o.Current {
			return answer{redirect: c.addressed(opportunityAddress(c.PathValue("student"), o)).String(), shown: c.oneStudent(r)}, nil
		}
	}
	return answer{}, errNoSuchPage
}

// oneStudent states that an answer shows something of a report.
func (c *call) oneStudent(r report.StudentReport) *statement {
	return &statement{students: 1, what: audit.What{District: audit.Code(r.Place.District.ID), School: audit.Code(r.Place.School.ID), Grade: &r.Grade,
		Year: r.Year, Type: r.Type, Student: int64(c.student)}}
}

func opportunityAddress(student string, o report.Opportunity) layout.Address {
	taken := ""
	if o.Type == edu.InterimComprehensive {
		taken = o.Taken.Format("20060102")
	}
	return reportAddress(student, o.Type, o.Year, taken)
}

// studentReport shows one student's results of one opportunity.
func (s *Server) studentReport(ctx context.Context, c *call) (answer, error) {
	r, address, err := c.reported(ctx)
	if err != nil {
		return answer{}, err
	}
	list := c.listAddress(r)
	trail := s.trail(c, r.Place, c.addressed(layout.Address{}))
	if list != "" {
		trail = append(trail, layout.Crumb{Text: c.say().Grade(r.Grade), Address: list})
	}
	trail = append(trail, layout.Crumb{Text: strings.TrimSpace(r.Student.First + " " + r.Student.Last)})
	return answer{shown: c.oneStudent(r), page: studentreport.Page(studentreport.View{
		Frame:   s.frame(c, trail...),
		Report:  r,
		Address: address,
		OpportunityAddress: func(o report.Opportunity) string {
			return c.addressed(opportunityAddress(c.PathValue("student"), o)).String()
		},
		ListAddress: list,
		File:        fileAddress(address),
		PDF:         layout.Address{Path: address.Path + ".pdf", Query: address.Query},
	})}, nil
}

// reported asks the question of a report's address.
func (c *call) reported(ctx context.Context) (report.StudentReport, layout.Address, error) {
	address := c.address("year", "taken")
	kind, ok := edu.ParseAssessmentTypeSlug(c.PathValue("type"))
	if !ok {
		return report.StudentReport{}, address, errNoSuchPage
	}
	p := parser{address: address}
	q := report.StudentReportQuestion{StudentID: c.student, Type: kind, Year: value(&p, "year", parseYear), Taken: value(&p, "taken", parseDay)}
	if p.err != nil {
		return report.StudentReport{}, address, errNoSuchPage
	}
	r, err := c.reports.StudentReport(ctx, c.scope, q)
	return r, address, err
}

// listAddress is the list a report's student is in, "" when the person may not see it.
func (c *call) listAddress(r report.StudentReport) string {
	if !c.scope.SeesSchool(r.Place.District.ID, r.Place.School.ID) {
		return ""
	}
	return c.addressed(layout.Address{
		Path:  listPath(c.tenant.StateCode, r.Place.District.ID, r.Place.School.ID, r.Grade),
		Query: url.Values{"year": {strconv.Itoa(int(r.Year))}, "type": {r.Type.Slug()}},
	}).String()
}
