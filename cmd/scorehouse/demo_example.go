package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"scorehouse/internal/edu"
	"scorehouse/internal/synth"
)

const examplePackage = "example.tar.gz.gpg"

// writeExample writes a package for whoever tries the demo: grade 4 mathematics of the demo teacher's school scored again, each
// student one level higher, and three rows with mistakes that files have.
func (v *vendor) writeExample(state *synth.State) error {
	if fileExists(v.path(examplePackage)) {
		return nil
	}
	teacher := state.People()[0]
	for p := range state.Packages() {
		if p.Year != 2026 || p.Type != edu.Summative || p.Subject != edu.Math || p.Grade != 4 {
			continue
		}
		var text bytes.Buffer
		if err := p.WriteCSV(&text); err != nil {
			return err
		}
		rows, err := scoredAgain(&text, teacher.DistrictID, teacher.SchoolID, p.Metadata)
		if err != nil {
			return fmt.Errorf("make the example package: %w", err)
		}
		return v.packExample(rows, p.Metadata)
	}
	return nil
}

func (v *vendor) packExample(rows, metadata []byte) error {
	temporary := v.path(".example")
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = synth.PackFiles(f, "example", rows, metadata, v.signer, v.loader)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, v.path(examplePackage))
}

// mistakes are put into the first rows of the example, one each.
var mistakes = []struct{ column, value string }{
	{"GradeLevelWhenAssessed", "15"}, {"AssessmentAdministrationFinishDate", "2026-02-30"}, {"StudentIdentifier", ""},
}

func scoredAgain(text io.Reader, district, school string, metadata []byte) ([]byte, error) {
	cuts, err := cutPoints(metadata)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(text).ReadAll()
	if err != nil {
		return nil, err
	}
	column := make(map[string]int, len(records[0]))
	for i, name := range records[0] {
		column[name] = i
	}
	kept := records[:1:1]
	for _, r := range records[1:] {
		if r[column["ResponsibleDistrictIdentifier"]] == district && r[column["ResponsibleSchoolIdentifier"]] == school {
			kept = append(kept, r)
		}
	}
	for i, r := range kept[1:] {
		if i < len(mistakes) {
			r[column[mistakes[i].column]] = mistakes[i].value
			continue
		}
		level, err := strconv.Atoi(r[column["AssessmentPerformanceLevelIdentifier"]])
		if err != nil || level < 1 || level > len(cuts) {
			continue // the highest level stays
		}
		score := cuts[level-1] + 3
		for name, value := range map[string]int{
			"AssessmentPerformanceLevelIdentifier": level + 1, "AssessmentSubtestResultScoreValue": score,
			"AssessmentSubtestMinimumValue": score - 18, "AssessmentSubtestMaximumValue": score + 21,
		} {
			r[column[name]] = strconv.Itoa(value)
		}
	}
	var out bytes.Buffer
	return csvBytes(&out, kept)
}

func csvBytes(out *bytes.Buffer, records [][]string) ([]byte, error) {
	err := csv.NewWriter(out).WriteAll(records)
	return out.Bytes(), err
}

// cutPoints reads the lowest scores of levels 2, 3 and 4 from a metadata file of ours.
func cutPoints(metadata []byte) ([]int, error) {
	var m struct {
		PerformanceLevels map[string]struct{ CutPoint json.RawMessage }
	}
	if err := json.Unmarshal(metadata, &m); err != nil {
		return nil, err
	}
	var cuts []int
	for _, level := range []string{"Level2", "Level3", "Level4"} {
		text := string(bytes.Trim(m.PerformanceLevels[level].CutPoint, `"`))
		cut, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("cut point of %s: %w", level, err)
		}
		cuts = append(cuts, cut)
	}
	return cuts, nil
}
