package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/feed"
	"scorehouse/internal/sample"
)

// check runs one file against metadata and returns its rejects as "line column code", and the accepted rows' lines.
func check(t *testing.T, csv, json string) (rejects []string, accepted []int64, result feed.Result) {
	t.Helper()
	m, problems := feed.ParseMetadata([]byte(json))
	if len(problems) > 0 {
		t.Fatalf("metadata: %v", problems)
	}
	result, err := feed.Check(strings.NewReader(csv), feed.Options{Assessment: m.Assessment, State: sample.State}, func(r *feed.Row) error {
		accepted = append(accepted, r.Line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range result.Rejects {
		rejects = append(rejects, strings.TrimSpace(fmt.Sprintf("%d %s %d", r.Line, r.Column, r.Code)))
		if r.Message == "" || strings.Contains(r.Message, "Okonkwo") {
			t.Errorf("message %q", r.Message)
		}
	}
	return rejects, accepted, result
}

func TestEachRuleOfARow(t *testing.T) {
	t.Parallel()
	const (
		score, low, high, level = "AssessmentSubtestResultScoreValue", "AssessmentSubtestMinimumValue", "AssessmentSubtestMaximumValue", "AssessmentPerformanceLevelIdentifier"
		claim, claimLow         = "AssessmentSubtestResultScoreClaim1Value", "AssessmentSubtestClaim1MinimumValue"
		claimHigh, claimLevel   = "AssessmentSubtestClaim1MaximumValue", "AssessmentClaim1PerformanceLevelIdentifier"
		taken                   = "AssessmentAdministrationFinishDate"
	)
	for _, c := range []struct {
		name    string
		changes []string
		want    []string // "column code"; none when the row is accepted
	}{
		{"sound", nil, nil},
		{"spaces and letter case", []string{"StateAbbreviation", " tk ", "Sex", " FEMALE ", score, " 1850 ", "AssessmentType", "summative", "AssessmentAcademicSubject", "MATHEMATICS"}, nil},
		{"blank where it may be", []string{"ExternalSSID", "", "FirstName", "", "MiddleName", "", "LastOrSurname", "", "Birthdate", "", "Group1Id", "", "Group1Text", "", "AssessmentSessionLocation", "", "LEPStatus", ""}, nil},
		{"required text", []string{"StudentIdentifier", " ", "OrganizationName", ""}, []string{"OrganizationName 4001", "StudentIdentifier 4001"}},
		{"required code", []string{"Sex", ""}, []string{"Sex 4001"}},
		{"required number", []string{score, "", "AccommodationAbacus", ""}, []string{"AccommodationAbacus 4001", score + " 4001"}},
		{"other state", []string{"StateAbbreviation", "CA"}, []string{"StateAbbreviation 4008"}},
		{"differs from JSON", []string{"AssessmentYear", "2025", "AssessmentType", "INTERIM COMPREHENSIVE", "AssessmentAcademicSubject", "ELA"},
			[]string{"AssessmentType 4009", "AssessmentAcademicSubject 4009", "AssessmentYear 4009"}},
		{"identifier of 40", []string{"StudentIdentifier", strings.Repeat("é", 40)}, nil},
		{"identifier of 41", []string{"StudentIdentifier", strings.Repeat("é", 41)}, []string{"StudentIdentifier 4006"}},
		{"name of 36", []string{"LastOrSurname", strings.Repeat("x", 36)}, []string{"LastOrSurname 4006"}},
		{"school name of 61", []string{"NameOfInstitution", strings.Repeat("x", 61)}, []string{"NameOfInstitution 4006"}},
		{"line break in a name", []string{"NameOfInstitution", "Heron Lake\r\nElementary"}, nil},
		{"line break in an identifier", []string{"StudentIdentifier", "S1\nS2"}, []string{"StudentIdentifier 4010"}},
		{"control characters", []string{"FirstName", "a\x00b", "LastOrSurname", "12345678\x1b", "MiddleName", "a\u0085b", "ExternalSSID", "x\x7f"},
			[]string{"ExternalSSID 4010", "FirstName 4010", "MiddleName 4010", "LastOrSurname 4010"}},
		{"unknown codes", []string{"Sex", "Fluid", "Asian", "maybe", "GradeLevelWhenAssessed", "15", "AdministrationCondition", "XX", "CompleteStatus", "Completed", "Op", "U"},
			[]string{"Op 4004", "Sex 4004", "GradeLevelWhenAssessed 4004", "Asian 4004", "AdministrationCondition 4004", "CompleteStatus 4004"}},
		{"kindergarten to thirteen", []string{"GradeLevelWhenAssessed", "KG", "AssessmentLevelForWhichDesigned", "13"}, nil},
		{"conditions", []string{"AdministrationCondition", "valid", "CompleteStatus", "partial", "Op", "i"}, nil},
		{"not numbers", []string{score, "12.7", low, "1e3", level, "three", "AccommodationScribe", "x"}, []string{"AccommodationScribe 4002", score + " 4002", low + " 4002", level + " 4002"}},
		{"too large a number", []string{score, "40000"}, []string{score + " 4003"}},
		{"very many digits", []string{score, strings.Repeat("9", 30)}, []string{score + " 4003"}},
		{"score below the range", []string{score, "1199", low, "1100"}, []string{score + " 4003"}},
		{"score at the ends", []string{score, "2400", high, "2450"}, nil},
		{"band the wrong way round", []string{low, "1900"}, []string{low + " 4011"}},
		{"level out of the levels", []string{level, "5"}, []string{level + " 4011"}},
		{"level 0", []string{level, "0"}, []string{level + " 4011"}},
		{"claim without result", []string{claim, "0", claimLow, "", claimHigh, "0", claimLevel, ""}, nil},
		{"claim with level only", []string{claim, "", claimLow, "", claimHigh, "", claimLevel, "3"}, nil},
		{"claim score out of range", []string{claim, "2500", claimHigh, "2600"}, []string{claim + " 4003"}},
		{"claim band the wrong way round", []string{claimLow, "1845"}, []string{claimLow + " 4011"}},
		{"claim band with one end", []string{claimLow, ""}, []string{claimLow + " 4011"}},
		{"claim band without score", []string{claim, ""}, []string{claim + " 4011"}},
		{"claim level out of the levels", []string{claimLevel, "4"}, []string{claimLevel + " 4011"}},
		{"claim that the JSON does not name", []string{"AssessmentClaim4PerformanceLevelIdentifier", "1"}, []string{"AssessmentClaim4PerformanceLevelIdentifier 4011"}},
		{"unnamed claim of zeros", []string{"AssessmentClaim4PerformanceLevelIdentifier", "0", "AssessmentSubtestClaim4MinimumValue", "0"}, nil},
		{"accommodation codes", []string{"AccommodationBraille", "26", "AccommodationScribe", "4"}, nil},
		{"unknown accommodation codes", []string{"AccommodationBraille", "27", "AccommodationScribe", "3", "AccommodationAbacus", "-1"},
			[]string{"AccommodationBraille 4004", "AccommodationAbacus 4004", "AccommodationScribe 4004"}},
		{"group name without code", []string{"Group2Text", "Choir"}, []string{"Group2Id 4001"}},
		{"not a date", []string{taken, "31-12-2025", "Birthdate", "2015-02-30"}, []string{taken + " 4005", "Birthdate 4005"}},
		{"taken long ago", []string{taken, "20240930"}, []string{taken + " 4003"}},
		{"taken in the autumn", []string{taken, "10/1/25"}, nil},
		{"born after the assessment", []string{"Birthdate", "20270101"}, []string{"Birthdate 4003"}},
		{"born a century ago", []string{"Birthdate", "1/1/27"}, []string{"Birthdate 4003"}},
		{"a delete needs the key only", []string{"Op", "D", "Sex", "", score, "", "AccommodationScribe", "", "Birthdate", "x"}, nil},
		{"a delete needs its key", []string{"Op", "D", taken, ""}, []string{taken + " 4001"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, accepted, _ := check(t, sample.CSV(sample.Outcome(1, c.changes...), sample.Outcome(2)), sample.JSON())
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], "2 ")
			}
			if c.name == "line break in a name" || c.name == "line break in an identifier" {
				accepted[len(accepted)-1]-- // the second row stands a line lower
			}
			want := []int64{2, 3}
			if c.want != nil {
				want = []int64{3}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rejects (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(want, accepted); diff != "" {
				t.Errorf("accepted lines (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAllRaggedRowsAndWrongGUIDsAreToldInOnePass(t *testing.T) {
	t.Parallel()
	csv := sample.CSV(sample.Outcome(1), sample.Outcome(2, "AssessmentGuid", "x"), sample.Outcome(3)) + "a,b\n" + "c\n" + "\xff,\n"
	got, accepted, result := check(t, csv, sample.JSON())
	if diff := cmp.Diff([]string{"3 AssessmentGuid 3014", "5  3008", "6  3008", "7  3008"}, got); diff != "" {
		t.Errorf("rejects (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int64{2}, accepted); diff != "" { // nothing after the first fault that refuses the file
		t.Errorf("accepted (-want +got)\n%s", diff)
	}
	if result.Total != 6 || result.Accepted != 0 || result.Fatal == nil || result.Fatal.Code != feed.GUIDMismatch {
		t.Errorf("got %+v", result)
	}
}

func TestRejectsAreBoundedAndCounted(t *testing.T) {
	t.Parallel()
	m, _ := feed.ParseMetadata([]byte(sample.JSON()))
	rows := make([]sample.Row, 30)
	for i := range rows {
		rows[i] = sample.Outcome(i, "Sex", "?", "FirstName", "\x01")
	}
	result, err := feed.Check(strings.NewReader(sample.CSV(rows...)), feed.Options{Assessment: m.Assessment, State: sample.State, MaxRejects: 25}, nil)
	if err != nil || len(result.Rejects) != 25 || result.Dropped != 35 || result.Rejected != 30 || result.Total != 30 {
		t.Errorf("got %d kept, %d dropped, %d of %d rows, %v", len(result.Rejects), result.Dropped, result.Rejected, result.Total, err)
	}
	fatal := sample.CSV(sample.Outcome(1)) + strings.Repeat("x\n", 1500)
	_, _, result = check(t, fatal, sample.JSON())
	if len(result.Rejects) != 1000 || result.Dropped != 500 {
		t.Errorf("got %d kept, %d dropped", len(result.Rejects), result.Dropped)
	}
}

func TestDatesInEveryForm(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"20260131", "2026-01-31", "01-31-2026", "1/31/2026", "01/31/2026", "1/31/26", "31 January 2026", "31 Jan 26", "31 JAN 2026", " 20260131 "} {
		got, accepted, _ := check(t, sample.CSV(sample.Outcome(1, "AssessmentAdministrationFinishDate", form)), sample.JSON())
		if len(got) != 0 || len(accepted) != 1 {
			t.Errorf("%q is refused: %v", form, got)
		}
	}
	for _, form := range []string{"2026", "202601", "31-01-2026", "13/1/2026", "2/29/2026", "2026-1-31", "1/31/126", "31 Janu 2026", "2026-01-31T10:11", "abc", "0/0/0", "+1/31/2026", "１２３４５６７８"} {
		got, _, _ := check(t, sample.CSV(sample.Outcome(1, "AssessmentAdministrationFinishDate", form)), sample.JSON())
		if diff := cmp.Diff([]string{"2 AssessmentAdministrationFinishDate 4005"}, got); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", form, diff)
		}
	}
}

func TestMetadataBecomesAnAssessment(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`"Content"`, `"CONTENT"`, `"Identification"`, `"identification"`, `"CutPoint"`, `"cutpoint"`).Replace(sample.JSON("Identification.EffectiveDate", "2026-03-01"))
	m, problems := feed.ParseMetadata([]byte("\ufeff" + text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := edu.Assessment{
		GUID: sample.GUID, Type: edu.Summative, Subject: edu.Math, Year: 2026, Period: "Spring 2026", Version: "V1", EffectiveDate: "20260301", ScoreMin: 1200, ScoreMax: 2400,
		Levels: []edu.PerformanceLevel{{Number: 1, Name: "Minimal Understanding", CutPoint: 1200}, {Number: 2, Name: "Partial Understanding", CutPoint: 1400},
			{Number: 3, Name: "Adequate Understanding", CutPoint: 1800}, {Number: 4, Name: "Thorough Understanding", CutPoint: 2100}},
		Claims: []edu.Claim{{Number: 1, Name: "Concepts & Procedures", Min: 1200, Max: 2400}, {Number: 2, Name: "Problem Solving and Modeling & Data Analysis", Min: 1200, Max: 2400},
			{Number: 3, Name: "Communicating Reasoning", Min: 1200, Max: 2400}},
		ClaimLevels: []string{"Below Standard", "At/Near Standard", "Above Standard"},
	}
	if diff := cmp.Diff(feed.Metadata{Content: "assessment", Assessment: want}, m); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	block, problems := feed.ParseMetadata([]byte(sample.BlockJSON()))
	if len(problems) > 0 || block.Assessment.Type != edu.InterimBlock || len(block.Assessment.Claims) != 1 || block.Assessment.Claims[0].Name != "Fractions" || block.Assessment.Levels != nil {
		t.Errorf("block: %+v, %v", block.Assessment, problems)
	}
}

func TestEachRuleOfTheMetadata(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, document string
		want           []string // "path code"
	}{
		{"missing paths", sample.JSON("Identification.Guid", "-", "PerformanceLevels.Level5.CutPoint", "-"), []string{"Identification.Guid 3013", "PerformanceLevels.Level5.CutPoint 3013"}},
		{"no content", sample.JSON("Content", "-"), []string{"Content 3013"}},
		{"other content", sample.JSON("Content", "items"), []string{"Content 3013"}},
		{"registration", sample.JSON("Content", "STUDENTREGISTRATION"), []string{"Content 3016"}},
		{"blank required", sample.JSON("Identification.Guid", " ", "Identification.Year", "", "Identification.Version", ""),
			[]string{"Identification.Guid 3013", "Identification.Year 3013", "Identification.Version 3013"}},
		{"type in another case", sample.JSON("Identification.Type", "Summative"), []string{"Identification.Type 3013"}},
		{"implausible year", sample.JSON("Identification.Year", "26"), []string{"Identification.Year 3013"}},
		{"decimals", sample.JSON("Overall.MaxScore", "2400.5"), []string{"Overall.MaxScore 3013", "Overall.MaxScore 3013", "PerformanceLevels.Level2.CutPoint 3013", "PerformanceLevels.Level3.CutPoint 3013", "PerformanceLevels.Level4.CutPoint 3013"}},
		{"not a date", sample.JSON("Identification.EffectiveDate", "soon"), []string{"Identification.EffectiveDate 3013"}},
		{"cut points that fall", sample.JSON("PerformanceLevels.Level3.CutPoint", "1300"), []string{"PerformanceLevels.Level3.CutPoint 3013"}},
		{"cut point above the range", sample.JSON("PerformanceLevels.Level4.CutPoint", "2401"), []string{"PerformanceLevels.Level4.CutPoint 3013"}},
		{"level after a blank one", sample.JSON("PerformanceLevels.Level2.Name", ""), []string{"PerformanceLevels.Level3.Name 3013", "PerformanceLevels.Level2.Name 3013"}},
		{"long name", sample.JSON("PerformanceLevels.Level1.Name", strings.Repeat("x", 26)), []string{"PerformanceLevels.Level1.Name 3013"}},
		{"empty claim range", sample.JSON("Claims.Claim1.MaxScore", "1200"), []string{"Claims.Claim1.MaxScore 3013"}},
		{"block without name", sample.BlockJSON("Claims.Claim1.Name", ""), []string{"Claims.Claim1.Name 3013"}},
		{"twice", `{"Content":"assessment","content":"assessment"}`, nil},
		{"a list where a text belongs", strings.Replace(sample.JSON(), `"V1"`, `["V1"]`, 1), []string{"Identification.Version 3013"}},
		{"two documents", sample.JSON() + "{}", []string{" 3012"}},
		{"null", "null", []string{" 3012"}},
		{"empty", "", []string{" 3012"}},
		{"not UTF-8", "{\"Content\":\"\xff\"}", []string{" 3015"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, problems := feed.ParseMetadata([]byte(c.document))
			var got []string
			for _, p := range problems {
				got = append(got, fmt.Sprintf("%s %d", p.Column, p.Code))
			}
			if c.want == nil && len(got) > 0 {
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzMetadata reads anything for a JSON file.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte(sample.JSON()))
	f.Add([]byte(sample.BlockJSON()))
	f.Add([]byte(`{"content":{"a":[1,{}]}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		m, problems := feed.ParseMetadata(document)
		if len(problems) == 0 && (m.Assessment.GUID == "" || m.Assessment.Type == 0 || m.Assessment.Version == "") {
			t.Fatalf("accepted without key: %+v", m)
		}
	})
}

// FuzzCheck reads anything for a CSV file.
func FuzzCheck(f *testing.F) {
	m, _ := feed.ParseMetadata([]byte(sample.JSON()))
	f.Add([]byte(sample.CSV(sample.Outcome(1), sample.Outcome(2, "Op", "D"))))
	f.Add([]byte("a;b\n"))
	f.Fuzz(func(t *testing.T, csv []byte) {
		var buf []byte
		result, err := feed.Check(strings.NewReader(string(csv)), feed.Options{Assessment: m.Assessment, State: sample.State}, func(r *feed.Row) error {
			buf = feed.AppendOutcome(buf[:0], r, 1, len(m.Assessment.Claims))
			buf = feed.AppendStudent(buf, r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if result.Fatal == nil && result.Accepted+result.Rejected != result.Total {
			t.Fatalf("%d accepted and %d rejected of %d", result.Accepted, result.Rejected, result.Total)
		}
	})
}
