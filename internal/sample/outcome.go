package sample

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"scorehouse/internal/feed"
)

// GUID is the assessment that samples are about.
const GUID = "8f2a6c1e-5b7d-4c3f-9e10-2d4b6a8c0e12"

// State is the state code of samples.
const State = "TK"

// Row is one row of a CSV file by column; columns that are absent are blank.
type Row map[string]string

// Outcome returns a sound row, number n of the file: a student of its own, grade 3, Math, summative, with changes given as pairs
// of column and value.
func Outcome(n int, changes ...string) Row {
	r := Row{
		"StateAbbreviation": State, "ResponsibleDistrictIdentifier": "0101", "OrganizationName": "Alder Creek Unified",
		"ResponsibleSchoolIdentifier": "0101-03", "NameOfInstitution": "Heron Lake Elementary",
		"StudentIdentifier": fmt.Sprintf("S%07d", n), "ExternalSSID": fmt.Sprintf("X%d", n),
		"FirstName": "Marisol", "MiddleName": "Ines", "LastOrSurname": "Okonkwo", "Sex": "female", "Birthdate": "20170412",
		"GradeLevelWhenAssessed": "03", "HispanicOrLatinoEthnicity": "N", "BlackOrAfricanAmerican": "Y", "IDEAIndicator": "N",
		"LEPStatus": "N", "EconomicDisadvantageStatus": "Y", "Group1Id": "g-17", "Group1Text": "Room 12",
		"AssessmentGuid": GUID, "AssessmentSessionLocationId": "L9", "AssessmentSessionLocation": "Heron Lake Elementary",
		"AssessmentAdministrationFinishDate": "20260415", "AssessmentYear": "2026", "AssessmentType": "SUMMATIVE",
		"AssessmentAcademicSubject": "Math", "AssessmentLevelForWhichDesigned": "03",
		"AssessmentSubtestResultScoreValue": "1850", "AssessmentSubtestMinimumValue": "1810", "AssessmentSubtestMaximumValue": "1890",
		"AssessmentPerformanceLevelIdentifier": "3", "CompleteStatus": "Complete",
	}
	for claim := 1; claim <= 3; claim++ {
		r[fmt.Sprintf("AssessmentSubtestResultScoreClaim%dValue", claim)] = "1840"
		r[fmt.Sprintf("AssessmentSubtestClaim%dMinimumValue", claim)] = "1790"
		r[fmt.Sprintf("AssessmentSubtestClaim%dMaximumValue", claim)] = "1890"
		r[fmt.Sprintf("AssessmentClaim%dPerformanceLevelIdentifier", claim)] = "2"
	}
	for _, c := range feed.Columns {
		if strings.HasPrefix(c.Name, "Accommodation") {
			r[c.Name] = "0"
		}
	}
	r["AccommodationBraille"] = "6"
	return r.With(changes...)
}

// Block returns a sound row of an interim block.
func Block(n int, changes ...string) Row {
	r := Outcome(n, "AssessmentType", "INTERIM ASSESSMENT BLOCKS", "AssessmentClaim1PerformanceLevelIdentifier", "2")
	for name := range r {
		if strings.Contains(name, "Subtest") || strings.HasPrefix(name, "AssessmentPerformance") ||
			strings.HasPrefix(name, "AssessmentClaim2") || strings.HasPrefix(name, "AssessmentClaim3") {
			r[name] = ""
		}
	}
	return r.With(changes...)
}

// With returns a copy of the row with changes given as pairs of column and value.
func (r Row) With(changes ...string) Row {
	r = maps.Clone(r)
	for i := 0; i < len(changes); i += 2 {
		if _, known := columns[changes[i]]; !known {
			panic("sample: no column " + changes[i])
		}
		r[changes[i]] = changes[i+1]
	}
	return r
}

var columns = func() map[string]bool {
	m := make(map[string]bool)
	for _, name := range feed.Header() {
		m[name] = true
	}
	return m
}()

// CSV returns a file with all columns in canonical order and LF line ends.
func CSV(rows ...Row) string { return CSVWith(feed.Header(), rows...) }

// CSVWith returns a file with the given columns. Columns that the format does not have are blank.
func CSVWith(header []string, rows ...Row) string {
	var out strings.Builder
	w := csv.NewWriter(&out)
	_ = w.Write(header) // a strings.Builder does not fail
	for _, r := range rows {
		record := make([]string, len(header))
		for i, name := range header {
			record[i] = r[name]
		}
		_ = w.Write(record)
	}
	w.Flush()
	return out.String()
}

// JSON returns sound metadata of the assessment of Outcome, with changes given as pairs of path and value. The value "-" removes
// the path.
func JSON(changes ...string) string {
	values := map[string]any{
		"Content":                       "assessment",
		"Identification.Guid":           GUID,
		"Identification.Type":           "SUMMATIVE",
		"Identification.Year":           "2026",
		"Identification.Period":         "Spring 2026",
		"Identification.Version":        "V1",
		"Identification.Subject":        "Math",
		"Identification.EffectiveDate":  "20260301",
		"Overall.MinScore":              1200,
		"Overall.MaxScore":              2400,
		"PerformanceLevels.Level1.Name": "Minimal Understanding", "PerformanceLevels.Level2.Name": "Partial Understanding",
		"PerformanceLevels.Level3.Name": "Adequate Understanding", "PerformanceLevels.Level4.Name": "Thorough Understanding", "PerformanceLevels.Level5.Name": "",
		"PerformanceLevels.Level2.CutPoint": 1400, "PerformanceLevels.Level3.CutPoint": 1800, "PerformanceLevels.Level4.CutPoint": 2100, "PerformanceLevels.Level5.CutPoint": "",
		"Claims.Claim1.Name": "Concepts & Procedures", "Claims.Claim1.MinScore": 1200, "Claims.Claim1.MaxScore": 2400,
		"Claims.Claim2.Name": "Problem Solving and Modeling & Data Analysis", "Claims.Claim2.MinScore": 1200, "Claims.Claim2.MaxScore": 2400,
		"Claims.Claim3.Name": "Communicating Reasoning", "Claims.Claim3.MinScore": "1200", "Claims.Claim3.MaxScore": "2400",
		"Claims.Claim4.Name": "", "Claims.Claim4.MinScore": "", "Claims.Claim4.MaxScore": "",
		"ClaimsPerformanceLevel.Level1.Name": "Below Standard", "ClaimsPerformanceLevel.Level2.Name": "At/Near Standard", "ClaimsPerformanceLevel.Level3.Name": "Above Standard",
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			delete(values, changes[i])
		} else {
			values[changes[i]] = changes[i+1]
		}
	}
	root := map[string]any{}
	for path, v := range values {
		at := root
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		at[names[len(names)-1]] = v
	}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// BlockJSON returns sound metadata of the assessment of Block.
func BlockJSON(changes ...string) string {
	block := []string{
		"Identification.Type", "INTERIM ASSESSMENT BLOCKS", "Overall.MinScore", "0", "Overall.MaxScore", "0",
		"PerformanceLevels.Level1.Name", "", "PerformanceLevels.Level2.Name", "", "PerformanceLevels.Level3.Name", "", "PerformanceLevels.Level4.Name", "",
		"PerformanceLevels.Level2.CutPoint", "", "PerformanceLevels.Level3.CutPoint", "", "PerformanceLevels.Level4.CutPoint", "",
		"Claims.Claim1.Name", "Fractions", "Claims.Claim1.MinScore", "0", "Claims.Claim1.MaxScore", "0",
		"Claims.Claim2.Name", "Grade 3", "Claims.Claim2.MinScore", "0", "Claims.Claim2.MaxScore", "0",
		"Claims.Claim3.Name", "", "Claims.Claim3.MinScore", "0", "Claims.Claim3.MaxScore", "0",
	}
	return JSON(append(block, changes...)...)
}
