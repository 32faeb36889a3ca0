package edu_test

import (
	"testing"

	"scorehouse/internal/edu"
)

func TestEveryCodeReadsBackAsItIsWritten(t *testing.T) {
	for _, x := range edu.AssessmentTypes {
		if got, ok := edu.ParseAssessmentType(x.String()); !ok || got != x {
			t.Errorf("type %v: got %v, %v", x, got, ok)
		}
		if got, ok := edu.ParseAssessmentTypeSlug(x.Slug()); !ok || got != x {
			t.Errorf("type %v by slug: got %v, %v", x, got, ok)
		}
	}
	for _, x := range edu.Subjects {
		if got, ok := edu.ParseSubject(string(x)); !ok || got != x {
			t.Errorf("subject %v: got %v, %v", x, got, ok)
		}
	}
	for g := edu.Kindergarten; g <= 13; g++ {
		if got, ok := edu.ParseGrade(g.Code()); !ok || got != g {
			t.Errorf("grade %v: got %v, %v", g, got, ok)
		}
	}
	for c := edu.ConditionValid; c <= edu.ConditionInvalid; c++ {
		if got, ok := edu.ParseCondition(c.Code()); !ok || got != c {
			t.Errorf("condition %v: got %v, %v", c, got, ok)
		}
	}
	for _, s := range []edu.Sex{edu.SexNotStated, edu.Male, edu.Female} {
		if got, ok := edu.ParseSex(s.Code()); !ok || got != s {
			t.Errorf("sex %v: got %v, %v", s, got, ok)
		}
	}
}

// The system before this one matched by prefix: "15" was grade 1, "None" was no, "Fluid" was female.
func TestCodesMatchWholeOrNotAtAll(t *testing.T) {
	for _, s := range []string{"14", "15", "99", "3.0", "003", "-1", "", "G3", "KGX"} {
		if g, ok := edu.ParseGrade(s); ok {
			t.Errorf("grade %q: got %v", s, g)
		}
	}
	for _, s := range []string{"None", "NA", "10", "X", "UNKNOWN", "-1"} {
		if f, ok := edu.ParseFlag(s); ok {
			t.Errorf("flag %q: got %v", s, f)
		}
	}
	for _, s := range []string{"Fluid", "Mx", "X", "", "NB"} {
		if x, ok := edu.ParseSex(s); ok {
			t.Errorf("sex %q: got %v", s, x)
		}
	}
	for _, s := range []string{"U", "CX", "DX"} {
		if x, ok := edu.ParseOperation(s); ok {
			t.Errorf("operation %q: got %v", s, x)
		}
	}
	for _, s := range []string{"ICA", "INTERIM", "SUMMATIVES"} {
		if x, ok := edu.ParseAssessmentType(s); ok {
			t.Errorf("type %q: got %v", s, x)
		}
	}
}

func TestRaceFlagsGiveOneEthnicity(t *testing.T) {
	const y, n, absent = edu.Yes, edu.No, edu.NotStated
	for _, c := range []struct {
		race edu.Race
		want edu.Ethnicity
	}{
		{edu.Race{y, n, y, n, n, y, y}, edu.Hispanic}, // Hispanic of any race
		{edu.Race{n, n, y, n, n, y, y}, edu.TwoOrMoreRaces},
		{edu.Race{n, y, y, y, n, y, n}, edu.Black},
		{edu.Race{absent, y, y, absent, n, y, n}, edu.Asian},
		{edu.Race{n, y, n, n, y, y, n}, edu.AmericanIndian},
		{edu.Race{n, n, n, n, y, y, n}, edu.PacificIslander},
		{edu.Race{n, n, n, n, n, y, absent}, edu.White},
		{edu.Race{n, n, n, n, n, n, n}, edu.EthnicityNotStated},
		{edu.Race{}, edu.EthnicityNotStated},
	} {
		if got := c.race.Ethnicity(); got != c.want {
			t.Errorf("%v: got %s, want %s", c.race, got.Label(), c.want.Label())
		}
		if back := edu.UnpackRace(c.race.Pack()); back != c.race {
			t.Errorf("packed and unpacked: got %v, want %v", back, c.race)
		}
	}
}

func TestTheStandardIsTheUpperHalfOfTheLevels(t *testing.T) {
	for levels, want := range map[int]int{2: 2, 3: 2, 4: 3, 5: 3, 6: 4} {
		if got := edu.StandardLevel(levels); got != want {
			t.Errorf("%d levels: got %d, want %d", levels, got, want)
		}
	}
}
