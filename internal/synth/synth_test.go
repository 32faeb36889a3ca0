package synth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"scorehouse/internal/edu"
	"scorehouse/internal/synth"
)

// record is a row of a CSV file in canonical order.
type record []string

var position = func() map[string]int {
	p := map[string]int{}
	for i, column := range strings.Split(synth.Header, ",") {
		p[column] = i
	}
	return p
}()

func (r record) get(column string) string { return r[position[column]] }

func (r record) number(t *testing.T, column string) int {
	t.Helper()
	n, err := strconv.Atoi(r.get(column))
	if err != nil {
		t.Fatalf("column %s is %q, want a whole number", column, r.get(column))
	}
	return n
}

// rows reads the CSV of a package with the standard library's reader.
func rows(t *testing.T, p synth.Package) []record {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.Bytes())
}

func parse(t *testing.T, content []byte) []record {
	t.Helper()
	if !utf8.Valid(content) {
		t.Fatal("the CSV is not UTF-8")
	}
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll() // fails on a ragged row
	if err != nil {
		t.Fatal(err)
	}
	out := make([]record, 0, len(all))
	for _, fields := range all[1:] {
		out = append(out, fields)
	}
	return out
}

func digest(t *testing.T, s *synth.State) string {
	t.Helper()
	h := sha256.New()
	for p := range s.Packages() {
		fmt.Fprintln(h, p.Name, p.Rows, p.GUID)
		h.Write(p.Metadata)
		if err := p.WriteCSV(h); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestOneSeedGivesOneState(t *testing.T) {
	t.Parallel()
	first := digest(t, synth.New(synth.Config{Seed: 7, Students: 500}))
	again := digest(t, synth.New(synth.Config{Seed: 7, Students: 500}))
	other := digest(t, synth.New(synth.Config{Seed: 8, Students: 500}))
	if first != again {
		t.Error("the same seed gave two different states")
	}
	if first == other {
		t.Error("two seeds gave the same state")
	}
}

func TestTheStateNamesExactlyTheStudentsAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []synth.Config{
		{Seed: 1, Students: 200},
		{Seed: 2, Students: 1501, NoInterims: true},
		{Seed: 3, Students: 900, Years: []edu.AcademicYear{2026}},
		{Seed: 4, Students: 900, Years: []edu.AcademicYear{2024, 2026, 2025}},
	} {
		s := synth.New(c)
		seen := map[string]bool{}
		for p := range s.Packages() {
			got := rows(t, p)
			if len(got) != p.Rows {
				t.Fatalf("%s has %d rows and says %d", p.Name, len(got), p.Rows)
			}
			for _, r := range got {
				seen[r.get("StudentIdentifier")] = true
			}
		}
		if len(seen) != c.Students || s.Students() != c.Students {
			t.Errorf("seed %d: files name %d students, State.Students says %d, want %d", c.Seed, len(seen), s.Students(), c.Students)
		}
	}
}

func TestPackagesComeOlderYearsFirstAndSummativeBeforeInterim(t *testing.T) {
	t.Parallel()
	var names []string
	for p := range synth.New(synth.Config{Students: 2000}).Packages() {
		names = append(names, p.Name)
	}
	if len(names) != 2*14+14+28 {
		t.Fatalf("got %d packages, want 28 summative, 14 interim comprehensive and 28 blocks", len(names))
	}
	for i, want := range map[int]string{
		0: "TK-2025-SUM-Math-G03.tar.gz.gpg", 14: "TK-2026-SUM-Math-G03.tar.gz.gpg", 27: "TK-2026-SUM-ELA-G11.tar.gz.gpg",
		28: "TK-2026-ICA-Math-G03.tar.gz.gpg", 42: "TK-2026-IAB-Math-G03-B1.tar.gz.gpg", 69: "TK-2026-IAB-ELA-G11-B2.tar.gz.gpg",
	} {
		if names[i] != want {
			t.Errorf("package %d is %s, want %s", i, names[i], want)
		}
	}
}

// limits are the longest values of the format in characters; columns not here are short by their code lists.
var limits = map[string]int{
	"ResponsibleDistrictIdentifier": 40, "OrganizationName": 60, "ResponsibleSchoolIdentifier": 40, "NameOfInstitution": 60,
	"StudentIdentifier": 40, "ExternalSSID": 40, "FirstName": 35, "MiddleName": 35, "LastOrSurname": 35,
	"AssessmentGuid": 255, "AssessmentSessionLocationId": 40, "AssessmentSessionLocation": 60,
}

// codes are the columns with a list of values.
var codes = map[string]string{
	"StateAbbreviation": "TK", "Sex": "Male|Female|NS", "GradeLevelWhenAssessed": "03|04|05|06|07|08|11",
	"AssessmentType":            "SUMMATIVE|INTERIM COMPREHENSIVE|INTERIM ASSESSMENT BLOCKS",
	"AssessmentAcademicSubject": "Math|ELA", "AdministrationCondition": "|IN|SD|NS", "CompleteStatus": "Complete|Partial", "Op": "C",
	"HispanicOrLatinoEthnicity": "|Y|N", "AmericanIndianOrAlaskaNative": "|Y|N", "Asian": "|Y|N", "BlackOrAfricanAmerican": "|Y|N",
	"NativeHawaiianOrOtherPacificIslander": "|Y|N", "White": "|Y|N", "DemographicRaceTwoOrMoreRaces": "|Y|N", "IDEAIndicator": "|Y|N",
	"LEPStatus": "|Y|N", "Section504Status": "|Y|N", "EconomicDisadvantageStatus": "|Y|N", "MigrantStatus": "|Y|N",
}

var required = strings.Split("StateAbbreviation ResponsibleDistrictIdentifier OrganizationName ResponsibleSchoolIdentifier NameOfInstitution StudentIdentifier LastOrSurname Sex", " ")

// document is the metadata file, read on its own terms.
type document struct {
	Content        string
	Identification struct {
		Guid, Type, Period, Version, Subject, EffectiveDate string
		Year                                                int
	}
	Overall                struct{ MinScore, MaxScore int }
	PerformanceLevels      map[string]struct{ Name, CutPoint any }
	Claims                 map[string]struct{ Name, MinScore, MaxScore any }
	ClaimsPerformanceLevel map[string]struct{ Name string }
}

func TestEveryRowKeepsTheFormat(t *testing.T) {
	t.Parallel()
	for _, crlf := range []bool{false, true} {
		s := synth.New(synth.Config{Seed: 11, Students: 900, InterimYears: 2, Blocks: synth.MaxBlocks, CRLF: crlf})
		for p := range s.Packages() {
			t.Run(fmt.Sprintf("crlf %v %s", crlf, p.BaseName()), func(t *testing.T) {
				t.Parallel()
				checkPackage(t, p, crlf)
			})
		}
	}
}

func checkPackage(t *testing.T, p synth.Package, crlf bool) {
	var d document
	if err := json.Unmarshal(p.Metadata, &d); err != nil {
		t.Fatal(err)
	}
	checkMetadata(t, p, d)
	var b bytes.Buffer
	if err := p.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if got := bytes.Contains(b.Bytes(), []byte("\r")); got != crlf {
		t.Errorf("carriage returns: %v, want %v", got, crlf)
	}
	header, _, _ := strings.Cut(b.String(), "\n")
	if got := strings.TrimSuffix(header, "\r"); got != synth.Header || strings.Count(got, ",") != 90 {
		t.Fatalf("header is %q", got)
	}
	taken := map[string]bool{}
	for _, r := range parse(t, b.Bytes()) {
		checkRow(t, p, d, r)
		key := r.get("StudentIdentifier") + " " + r.get("AssessmentAdministrationFinishDate")
		if taken[key] {
			t.Errorf("two rows for student and day %s", key)
		}
		taken[key] = true
	}
}

func checkMetadata(t *testing.T, p synth.Package, d document) {
	id := d.Identification
	if d.Content != "assessment" || id.Guid != p.GUID || id.Type != p.Type.String() || id.Subject != string(p.Subject) || id.Year != int(p.Year) {
		t.Errorf("metadata identifies %+v, want %s %s %s %d", id, p.GUID, p.Type, p.Subject, int(p.Year))
	}
	if id.Version == "" || id.Period == "" || len(id.Period) > 32 {
		t.Errorf("version %q, period %q", id.Version, id.Period)
	}
	if _, err := time.Parse("20060102", id.EffectiveDate); err != nil {
		t.Error(err)
	}
	if len(d.PerformanceLevels) != 5 || len(d.Claims) != 4 || len(d.ClaimsPerformanceLevel) != 3 {
		t.Errorf("%d levels, %d claims, %d claim levels; want 5, 4, 3", len(d.PerformanceLevels), len(d.Claims), len(d.ClaimsPerformanceLevel))
	}
	for _, l := range d.PerformanceLevels {
		if name := l.Name.(string); len(name) > 25 {
			t.Errorf("level name %q is longer than 25 characters", name)
		}
	}
}

func checkRow(t *testing.T, p synth.Package, d document, r record) {
	for column, limit := range limits {
		if n := utf8.RuneCountInString(r.get(column)); n > limit {
			t.Errorf("%s has %d characters, at most %d fit", column, n, limit)
		}
	}
	for i := 1; i <= edu.MaxGroups; i++ {
		id, text := r.get(fmt.Sprintf("Group%dId", i)), r.get(fmt.Sprintf("Group%dText", i))
		if (id == "") != (text == "") || len(id) > 40 || utf8.RuneCountInString(text) > 60 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			t.Errorf("group %d is %q, %q", i, id, text)
		}
	}
	for column, list := range codes {
		if !contains(list, r.get(column)) {
			t.Errorf("%s is %q, want one of %q", column, r.get(column), list)
		}
	}
	for _, column := range required {
		if r.get(column) == "" || r.get(column) != strings.TrimSpace(r.get(column)) {
			t.Errorf("%s is %q", column, r.get(column))
		}
	}
	grade := p.Grade.Code()
	if r.get("AssessmentGuid") != p.GUID || r.get("AssessmentType") != p.Type.String() || r.get("AssessmentAcademicSubject") != string(p.Subject) ||
		r.get("AssessmentYear") != strconv.Itoa(int(p.Year)) || r.get("AssessmentLevelForWhichDesigned") != grade || r.get("GradeLevelWhenAssessed") != grade {
		t.Errorf("row does not belong to %s", p.Name)
	}
	checkDates(t, p, r)
	checkScores(t, p, d, r)
	for _, a := range edu.Accommodations {
		if n := r.number(t, a.Column); !(n == 0 || n >= 4 && n <= 26) {
			t.Errorf("%s is %d", a.Column, n)
		}
	}
	if invalid := r.get("AdministrationCondition") == "IN"; invalid && p.Type != edu.Summative {
		t.Error("an interim is invalid")
	}
}

func contains(list, value string) bool {
	for _, x := range strings.Split(list, "|") {
		if x == value {
			return true
		}
	}
	return false
}

func checkDates(t *testing.T, p synth.Package, r record) {
	day, err := time.Parse("20060102", r.get("AssessmentAdministrationFinishDate"))
	if err != nil {
		t.Fatal(err)
	}
	if first := time.Date(int(p.Year)-1, 9, 1, 0, 0, 0, 0, time.UTC); day.Before(first) || day.After(first.AddDate(0, 10, 0)) {
		t.Errorf("taken on %s, outside the academic year", r.get("AssessmentAdministrationFinishDate"))
	}
	if r.get("Birthdate") == "" {
		return
	}
	born, err := time.Parse("20060102", r.get("Birthdate"))
	if err != nil {
		t.Fatal(err)
	}
	september := time.Date(int(p.Year)-1, 9, 2, 0, 0, 0, 0, time.UTC)
	age := int(september.Sub(born).Hours() / 24 / 365.25)
	if age < int(p.Grade)+5-1 || age > int(p.Grade)+7 {
		t.Errorf("born %s, aged %d in grade %d", r.get("Birthdate"), age, p.Grade)
	}
}

func checkScores(t *testing.T, p synth.Package, d document, r record) {
	overall := [3]string{"AssessmentSubtestResultScoreValue", "AssessmentSubtestMinimumValue", "AssessmentSubtestMaximumValue"}
	if p.Type == edu.InterimBlock {
		for _, c := range append(overall[:], "AssessmentPerformanceLevelIdentifier") {
			if r.get(c) != "" {
				t.Errorf("%s is %q in a block", c, r.get(c))
			}
		}
	} else {
		score, _, _ := checkBand(t, r, overall, d.Overall.MinScore, d.Overall.MaxScore)
		level := 1
		for _, l := range []string{"Level2", "Level3", "Level4"} {
			if score >= int(d.PerformanceLevels[l].CutPoint.(float64)) {
				level++
			}
		}
		if got := r.number(t, "AssessmentPerformanceLevelIdentifier"); got != level {
			t.Errorf("score %d has level %d, want %d", score, got, level)
		}
	}
	for i := 1; i <= 4; i++ {
		checkClaim(t, p, d, r, i)
	}
}

func checkClaim(t *testing.T, p synth.Package, d document, r record, i int) {
	columns := [3]string{
		fmt.Sprintf("AssessmentSubtestResultScoreClaim%dValue", i),
		fmt.Sprintf("AssessmentSubtestClaim%dMinimumValue", i), fmt.Sprintf("AssessmentSubtestClaim%dMaximumValue", i),
	}
	level := r.get(fmt.Sprintf("AssessmentClaim%dPerformanceLevelIdentifier", i))
	if level == "" {
		if r.get(columns[0])+r.get(columns[1])+r.get(columns[2]) != "" {
			t.Errorf("claim %d has scores without a level", i)
		}
		if used := i <= 3 && p.Type != edu.InterimBlock || i == 1 || i == 4 && p.Subject == edu.ELA && p.Type != edu.InterimBlock; used && r.get("CompleteStatus") == "Complete" {
			t.Errorf("claim %d is blank in a complete result", i)
		}
		return
	}
	claim := d.Claims[fmt.Sprintf("Claim%d", i)]
	_, low, high := checkBand(t, r, columns, int(claim.MinScore.(float64)), int(claim.MaxScore.(float64)))
	want := "2"
	if p.Type != edu.InterimBlock {
		switch standard := int(d.PerformanceLevels["Level3"].CutPoint.(float64)); {
		case high < standard:
			want = "1"
		case low >= standard:
			want = "3"
		}
		if level != want {
			t.Errorf("claim %d from %d to %d has level %s, want %s", i, low, high, level, want)
		}
	}
	if !contains("1|2|3", level) {
		t.Errorf("claim %d has level %q", i, level)
	}
}

func checkBand(t *testing.T, r record, columns [3]string, lowest, highest int) (score, low, high int) {
	score, low, high = r.number(t, columns[0]), r.number(t, columns[1]), r.number(t, columns[2])
	if !(lowest <= low && low <= score && score <= high && high <= highest) || low == high {
		t.Errorf("%s: score %d, error band %d to %d, scale %d to %d", columns[0], score, low, high, lowest, highest)
	}
	return score, low, high
}

func TestASecondStateBearsItsOwnCode(t *testing.T) {
	t.Parallel()
	s := synth.New(synth.Config{Seed: 2, Students: 300, Code: synth.HemlockCode, Name: synth.HemlockName, Years: []edu.AcademicYear{2026}, NoInterims: true})
	packages := 0
	for p := range s.Packages() {
		packages++
		var text strings.Builder
		if err := p.WriteCSV(&text); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.Name, "HM-2026-SUM-") || strings.Contains(text.String(), "TK-") || !strings.HasPrefix(strings.SplitN(text.String(), "\n", 3)[1], "HM,HM-D") {
			t.Errorf("%s: begins %.80q", p.Name, strings.SplitN(text.String(), "\n", 3)[1])
		}
	}
	if packages != 14 || s.People()[3].Institution != "State of Hemlock" {
		t.Errorf("%d packages of %s", packages, s.People()[3].Institution)
	}
}
