package web

import (
	"context"
	"net/url"

	"scorehouse/internal/edu"
	"scorehouse/internal/web/layout"
)

// Addresses of the system before this one lead to the page that answers the same question. What a person may see is decided
// there. Old addresses of single students are not understood: they hold the state's own student number, which addresses here
// never do.

// oldComparison leads from comparingPopulations.html?stateCode=&districtId=&schoolId=&asmtYear= and filters.
func (s *Server) oldComparison(_ context.Context, c *call) (answer, error) {
	state, err := c.oldState()
	if err != nil {
		return answer{}, err
	}
	q := c.URL.Query()
	return answer{redirect: c.oldAddress(comparisonPath(state, q.Get("districtId"), q.Get("schoolId"))).String()}, nil
}

// oldStudentList leads from studentList.html?stateCode=&districtId=&schoolId=&asmtGrade=&asmtYear=&asmtType=&asmtSubject=.
func (s *Server) oldStudentList(_ context.Context, c *call) (answer, error) {
	state, err := c.oldState()
	if err != nil {
		return answer{}, err
	}
	q := c.URL.Query()
	grade, ok := edu.ParseGrade(q.Get("asmtGrade"))
	if !ok || q.Get("districtId") == "" || q.Get("schoolId") == "" {
		return answer{}, errNoSuchPage
	}
	a := c.oldAddress(listPath(state, q.Get("districtId"), q.Get("schoolId"), grade)).Without("grade")
	if t, ok := edu.ParseAssessmentType(q.Get("asmtType")); ok {
		a = a.With("type", t.Slug())
	}
	if subject, ok := edu.ParseSubject(q.Get("asmtSubject")); ok {
		a = a.With("subject", string(subject))
	}
	return answer{redirect: a.With("group", q.Get("studentGroupId")).String()}, nil
}

func (c *call) oldState() (edu.StateCode, error) {
	state, ok := edu.ParseStateCode(c.URL.Query().Get("stateCode"))
	if !ok {
		return "", errNoSuchPage
	}
	return state, nil
}

// oldAddress takes year and filters along; the filters have kept their names and values.
func (c *call) oldAddress(path string) layout.Address {
	a := layout.Address{Path: path, Query: url.Values{}}
	for _, k := range filterParameters {
		if v := c.URL.Query()[k]; len(v) > 0 {
			a.Query[k] = v
		}
	}
	return a.With("year", c.URL.Query().Get("asmtYear"))
}
