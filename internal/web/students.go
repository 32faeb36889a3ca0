package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/studentlist"
	"scorehouse/internal/web/page/studentreport"
)

// studentList shows the students of one school and grade.
func (s *Server) studentList(ctx context.Context, c *call) (answer, error) {
	grade, ok := edu.ParseGrade(c.PathValue("grade"))
	if !ok {
		return answer{}, fault.New(fault.NotFound, "There is no such grade.")
	}
	address := c.address(append([]string{"type", "subject", "group", "sort"}, kept...)...)
	p := parser{address: address}
	q := report.StudentListQuestion{
		District: c.PathValue("district"),
		School:   c.PathValue("school"),
		Grade:    grade,
		Year:     value(&p, "year", parseYear),
		Type:     value(&p, "type", parseType),
		Subject:  value(&p, "subject", parseSubject),
		Sort:     address.Get("sort"),
		GroupID:  address.Get("group"),
	}
	if p.err != nil {
		return answer{}, p.err
	}
	var err error
	if q.Filters, err = parseFilters(address); err != nil {
		return answer{}, err
	}
	l, err := c.reports.StudentList(ctx, c.scope, q)
	if err != nil {
		return answer{}, err
	}
	trail := append(c.trail(l.Place, address), layout.Crumb{Text: l.Grade.String()})
	return answer{page: studentlist.Page(studentlist.View{
		Frame:          s.frame(c, trail...),
		Report:         l,
		Address:        address,
		StudentAddress: func(row report.StudentRow) string { return studentAddress(l, row) },
	})}, nil
}

// studentAddress is the report of a row's student on the row's opportunity.
func studentAddress(l report.StudentList, row report.StudentRow) string {
	taken := ""
	if l.Type == edu.InterimComprehensive {
		for _, r := range row.Results {
			taken = r.Taken.Format("20060102") // all of a row have the same day
		}
	}
	return reportAddress(row.Key, l.Type, l.Year, taken).String()
}

// studentID returns the student of an address. Whatever is not one of the tenant's is the same as a student who does not exist.
func (c *call) studentID() (int, error) {
	id, ok := c.keys.decode(c.PathValue("student"))
	if !ok {
		return 0, errNoSuchStudent
	}
	return id, nil
}

// student leads to a student's newest report.
func (s *Server) student(ctx context.Context, c *call) (answer, error) {
	id, err := c.studentID()
	if err != nil {
		return answer{}, err
	}
	r, err := c.reports.StudentReport(ctx, c.scope, report.StudentReportQuestion{StudentID: id})
	if err != nil {
		return answer{}, err
	}
	for _, o := range r.Opportunities {
		if o.Current {
			return answer{redirect: opportunityAddress(c.PathValue("student"), o)}, nil
		}
	}
	return answer{}, errNoSuchStudent
}

func opportunityAddress(student string, o report.Opportunity) string {
	taken := ""
	if o.Type == edu.InterimComprehensive {
		taken = o.Taken.Format("20060102")
	}
	return reportAddress(student, o.Type, o.Year, taken).String()
}

// studentReport shows one student's results of one opportunity.
func (s *Server) studentReport(ctx context.Context, c *call) (answer, error) {
	id, err := c.studentID()
	if err != nil {
		return answer{}, err
	}
	kind, ok := edu.ParseAssessmentTypeSlug(c.PathValue("type"))
	if !ok {
		return answer{}, errNoSuchStudent
	}
	address := c.address("year", "taken")
	p := parser{address: address}
	q := report.StudentReportQuestion{StudentID: id, Type: kind, Year: value(&p, "year", parseYear), Taken: value(&p, "taken", parseDay)}
	if p.err != nil {
		return answer{}, errNoSuchStudent
	}
	r, err := c.reports.StudentReport(ctx, c.scope, q)
	if err != nil {
		return answer{}, err
	}
	list := c.listAddress(r)
	trail := c.trail(r.Place, layout.Address{})
	if list != "" {
		trail = append(trail, layout.Crumb{Text: r.Grade.String(), Address: list})
	}
	trail = append(trail, layout.Crumb{Text: strings.TrimSpace(r.Student.First + " " + r.Student.Last)})
	return answer{page: studentreport.Page(studentreport.View{
		Frame:              s.frame(c, trail...),
		Report:             r,
		Address:            address,
		OpportunityAddress: func(o report.Opportunity) string { return opportunityAddress(c.PathValue("student"), o) },
		ListAddress:        list,
	})}, nil
}

// listAddress is the list a report's student is in, "" when the person may not see it.
func (c *call) listAddress(r report.StudentReport) string {
	if !c.scope.SeesSchool(r.Place.District.ID, r.Place.School.ID) {
		return ""
	}
	return layout.Address{
		Path:  listPath(c.tenant.StateCode, r.Place.District.ID, r.Place.School.ID, r.Grade),
		Query: url.Values{"year": {strconv.Itoa(int(r.Year))}, "type": {r.Type.Slug()}},
	}.String()
}
