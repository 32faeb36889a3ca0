package e2e_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"scorehouse/internal/harness"
	"scorehouse/internal/synth"
)

// results is a hand-written delivery: grade 4 mathematics, spring 2026, of one district.
type results struct {
	guid string
	rows []map[string]string
}

// metadata is the JSON file of a delivery.
func (r results) metadata() []byte {
	return []byte(fmt.Sprintf(`{
  "Content": "assessment",
  "Identification": {"Guid": %q, "Type": "SUMMATIVE", "Year": "2026", "Period": "Spring 2026", "Version": "V1", "Subject": "Math", "EffectiveDate": "20260401"},
  "Overall": {"MinScore": "1200", "MaxScore": "2400"},
  "PerformanceLevels": {
    "Level1": {"Name": "Minimal Understanding"}, "Level2": {"Name": "Partial Understanding", "CutPoint": "1400"},
    "Level3": {"Name": "Adequate Understanding", "CutPoint": "1800"}, "Level4": {"Name": "Thorough Understanding", "CutPoint": "2100"},
    "Level5": {"Name": "", "CutPoint": ""}},
  "Claims": {
    "Claim1": {"Name": "Concepts and Procedures", "MinScore": "1200", "MaxScore": "2400"},
    "Claim2": {"Name": "Problem Solving and Modeling & Data Analysis", "MinScore": "1200", "MaxScore": "2400"},
    "Claim3": {"Name": "Communicating Reasoning", "MinScore": "1200", "MaxScore": "2400"},
    "Claim4": {"Name": "", "MinScore": "", "MaxScore": ""}},
  "ClaimsPerformanceLevel": {"Level1": {"Name": "Below Standard"}, "Level2": {"Name": "At/Near Standard"}, "Level3": {"Name": "Above Standard"}}
}`, r.guid))
}

// scores are a score in the middle of each level.
var scores = [5]int{0, 1300, 1600, 1950, 2250}

// add adds n students of a school with results of a level.
func (r *results) add(district, school, schoolName string, level, n int) {
	for range n {
		i := len(r.rows) + 1
		row := map[string]string{
			"StateAbbreviation": "TK", "ResponsibleDistrictIdentifier": district, "OrganizationName": "Harbor " + district,
			"ResponsibleSchoolIdentifier": school, "NameOfInstitution": schoolName,
			"StudentIdentifier": fmt.Sprintf("%s-%s-%04d", district, r.guid, i), "FirstName": "Ngọc Ánh", "LastOrSurname": fmt.Sprintf("Núñez-%04d", i),
			"Sex": []string{"F", "M"}[i%2], "Birthdate": "20160214", "GradeLevelWhenAssessed": "04",
			"HispanicOrLatinoEthnicity": "N", "AmericanIndianOrAlaskaNative": "N", "Asian": "Y", "BlackOrAfricanAmerican": "N",
			"NativeHawaiianOrOtherPacificIslander": "N", "White": "N", "DemographicRaceTwoOrMoreRaces": "N",
			"IDEAIndicator": "N", "LEPStatus": []string{"Y", "N", "N"}[i%3], "Section504Status": "N", "EconomicDisadvantageStatus": "N", "MigrantStatus": "N",
			"AssessmentGuid": r.guid, "AssessmentAdministrationFinishDate": "20260415", "AssessmentYear": "2026", "AssessmentType": "SUMMATIVE",
			"AssessmentAcademicSubject": "Math", "AssessmentLevelForWhichDesigned": "04",
			"AssessmentSubtestResultScoreValue": fmt.Sprint(scores[level]), "AssessmentSubtestMinimumValue": fmt.Sprint(scores[level] - 30),
			"AssessmentSubtestMaximumValue": fmt.Sprint(scores[level] + 40), "AssessmentPerformanceLevelIdentifier": fmt.Sprint(level),
			"CompleteStatus": "Complete",
		}
		for claim := 1; claim <= 3; claim++ {
			row[fmt.Sprintf("AssessmentSubtestResultScoreClaim%dValue", claim)] = fmt.Sprint(scores[level])
			row[fmt.Sprintf("AssessmentSubtestClaim%dMinimumValue", claim)] = fmt.Sprint(scores[level] - 60)
			row[fmt.Sprintf("AssessmentSubtestClaim%dMaximumValue", claim)] = fmt.Sprint(scores[level] + 60)
			row[fmt.Sprintf("AssessmentClaim%dPerformanceLevelIdentifier", claim)] = fmt.Sprint(min(level, 3))
		}
		r.rows = append(r.rows, row)
	}
}

// csv writes the rows with the given line end, in the canonical order of columns.
func (r results) csv(t *testing.T, lineEnd string) []byte {
	t.Helper()
	header := strings.Split(synth.Header, ",")
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.Write(header); err != nil {
		t.Fatal(err)
	}
	for _, row := range r.rows {
		record := make([]string, len(header))
		for i, name := range header {
			record[i] = row[name]
			if record[i] == "" && strings.HasPrefix(name, "Accommodation") {
				record[i] = "0"
			}
		}
		if err := w.Write(record); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return bytes.ReplaceAll(out.Bytes(), []byte("\n"), []byte(lineEnd))
}

// pack encrypts and signs a delivery as the demo's vendor.
func pack(t *testing.T, s *harness.System, csv, metadata []byte) []byte {
	t.Helper()
	signer, err := synth.ReadKey(s.VendorFile("vendor-private.asc"))
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := synth.ReadKey(s.VendorFile("loader-public.asc"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := synth.PackFiles(&out, "results", csv, metadata, signer, recipient); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
