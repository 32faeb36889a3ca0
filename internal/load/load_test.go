package load_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scorehouse/internal/batch"
	"scorehouse/internal/edu"
	"scorehouse/internal/feed"
	"scorehouse/internal/sample"
)

func TestAGoodPackageBecomesCleanStagedRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	csv := sample.CSV(
		sample.Outcome(1),
		sample.Outcome(2, "FirstName", "Zoë, \"Zo\"", "ExternalSSID", "", "Birthdate", "", "Group1Id", "", "Group1Text", "", "AccommodationBraille", "0",
			"AdministrationCondition", "IN", "ResponsibleSchoolIdentifier", "0101-04", "NameOfInstitution", "Alder Middle",
			"AssessmentSubtestResultScoreClaim2Value", "0", "AssessmentSubtestClaim2MinimumValue", "0", "AssessmentSubtestClaim2MaximumValue", "", "AssessmentClaim2PerformanceLevelIdentifier", "0"),
		sample.Outcome(3, "Op", "D", "OrganizationName", "Alder Creek Unified School District"),
	)
	story := w.load(sample.Pack(t, csv, sample.JSON()))
	b := story.Batch
	if b.Status != batch.Staged || *b.RowsTotal != 3 || *b.RowsAccepted != 3 || *b.RowsRejected != 0 {
		t.Fatalf("got %s with %d, %d, %d rows", b.Status, *b.RowsTotal, *b.RowsAccepted, *b.RowsRejected)
	}
	if diff := cmp.Diff([]batch.ID{b.ID}, w.migrated); diff != "" {
		t.Errorf("migration enqueued (-want +got)\n%s", diff)
	}
	var stages []string
	for _, e := range story.Events {
		stages = append(stages, e.Stage+" "+string(e.Outcome))
	}
	if diff := cmp.Diff([]string{"arrive done", "open done", "check done", "load done", "stage done"}, stages); diff != "" {
		t.Errorf("stages (-want +got)\n%s", diff)
	}
	got := w.dump(b.StagingSchema)
	want := map[string][]string{
		"school": {
			`(1,0101,"Alder Creek Unified School District",0101-03,"Heron Lake Elementary")`,
			`(2,0101,"Alder Creek Unified School District",0101-04,"Alder Middle")`,
		},
		"student": {
			`(2,S0000001,X1,Marisol,Ines,Okonkwo,2017-04-12,2,{g-17},"{""Room 12""}")`,
			`(3,S0000002,,"Zoë, ""Zo""",Ines,Okonkwo,,2,,)`,
		},
		"outcome": {
			`(2,1,S0000001,1,2026-04-15,L9,"Heron Lake Elementary",3,3,1850,1810,1890,3,2,1,129,1,1,0,2,0,2,0,"{1840,1790,1890,2,1840,1790,1890,2,1840,1790,1890,2}","\\x000600000000000000000000000000")`,
			`(3,1,S0000002,2,2026-04-15,L9,"Heron Lake Elementary",3,3,1850,1810,1890,3,2,1,129,1,1,0,2,0,2,3,"{1840,1790,1890,2,NULL,NULL,NULL,NULL,1840,1790,1890,2}",)`,
			`(4,2,S0000003,1,2026-04-15,,,0,0,,,,,0,0,0,0,0,0,0,0,0,0,,)`,
		},
	}
	if !strings.Contains(got["assessment"][0], "Concepts & Procedures") {
		t.Errorf("assessment: %s", got["assessment"])
	}
	delete(got, "assessment")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("staged rows (-want +got)\n%s", diff)
	}
}

func TestBareCRLineEndsAndAnyOrderOfColumnsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	header := slices.Clone(feed.Header()[:88]) // without the optional columns
	slices.Reverse(header)
	header[3] = strings.ToUpper(header[3])
	rows := []sample.Row{sample.Outcome(1), sample.Outcome(2)}
	for _, r := range rows {
		r[header[3]] = "0"
	}
	csv := strings.ReplaceAll(sample.CSVWith(header, rows...), "\n", "\r")
	b := w.load(sample.Pack(t, csv, sample.JSON())).Batch
	if b.Status != batch.Staged || *b.RowsAccepted != 2 {
		t.Fatalf("%s: %s", b.Status, b.Reason)
	}
	if got := w.dump(b.StagingSchema)["outcome"]; !strings.HasPrefix(got[0], "(2,1,S0000001,") || !strings.HasPrefix(got[1], "(3,1,S0000002,") {
		t.Errorf("outcomes: %s", got)
	}
}

func TestBadRowsAreRefusedWithPlaceAndReasonAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	csv := sample.CSV(
		sample.Outcome(1),
		sample.Outcome(2, "Sex", "Fluid", "AssessmentSubtestResultScoreValue", "12.7", "FirstName", strings.Repeat("x", 36)),
		sample.Outcome(3),
		sample.Outcome(4, "StateAbbreviation", "CA"),
	)
	story := w.load(sample.Pack(t, csv, sample.JSON()))
	b := story.Batch
	if b.Status != batch.Staged || *b.RowsTotal != 4 || *b.RowsAccepted != 2 || *b.RowsRejected != 2 {
		t.Fatalf("%s with %d, %d, %d rows: %s", b.Status, *b.RowsTotal, *b.RowsAccepted, *b.RowsRejected, b.Reason)
	}
	want := []batch.Reject{
		{Stage: "check", File: "results.csv", Line: 3, Column: "FirstName", Code: feed.TooLong, Message: "FirstName: The value is longer than 35 characters. Shorten it."},
		{Stage: "check", File: "results.csv", Line: 3, Column: "Sex", Code: feed.NotInCodeList, Message: "Sex: The value is not in the column's list of codes. Use one of the codes that docs/formats/assessment.md lists."},
		{Stage: "check", File: "results.csv", Line: 3, Column: "AssessmentSubtestResultScoreValue", Code: feed.NotWholeNumber, Message: "AssessmentSubtestResultScoreValue: The value is not a whole number. Write digits only, without decimals or separators."},
		{Stage: "check", File: "results.csv", Line: 5, Column: "StateAbbreviation", Code: feed.OtherState, Message: "StateAbbreviation: The row belongs to another state. Send it with that state's account."},
	}
	byColumn := cmpopts.SortSlices(func(a, b batch.Reject) bool { return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column })
	if diff := cmp.Diff(want, story.FirstRejects, byColumn); diff != "" {
		t.Errorf("rejects (-want +got)\n%s", diff)
	}
}

func TestTheLastRowOfAResultAndOfAStudentWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	csv := sample.CSV(
		sample.Outcome(1, "AssessmentSubtestResultScoreValue", "1820"), // 2: replaced by 5
		sample.Outcome(2, "Op", "D"),                                   // 3: deleted twice
		sample.Outcome(3),                                              // 4
		sample.Outcome(1, "AssessmentSubtestResultScoreValue", "1830", "FirstName", "Mara"),           // 5: replaced by 7
		sample.Outcome(1, "AssessmentAdministrationFinishDate", "2026-04-20", "FirstName", "Maribel"), // 6: another day
		sample.Outcome(1, "AssessmentSubtestResultScoreValue", "1840", "FirstName", "Marisol"),        // 7
		sample.Outcome(2, "Op", "D"), // 8
		sample.Outcome(2),            // 9: an update: delete and create
		sample.Outcome(4, "Op", "D"), // 10
	)
	story := w.load(sample.Pack(t, csv, sample.JSON()))
	b := story.Batch
	if b.Status != batch.Staged || *b.RowsTotal != 9 || *b.RowsAccepted != 6 || *b.RowsRejected != 3 {
		t.Fatalf("%s with %d, %d, %d rows: %s", b.Status, *b.RowsTotal, *b.RowsAccepted, *b.RowsRejected, b.Reason)
	}
	var rejects []string
	for _, r := range story.FirstRejects {
		rejects = append(rejects, fmt.Sprint(r.Stage, r.Line, r.Code))
	}
	if diff := cmp.Diff([]string{"stage2 4007", "stage3 1001", "stage5 4007"}, rejects); diff != "" {
		t.Errorf("rejects (-want +got)\n%s", diff)
	}
	dump := w.dump(b.StagingSchema)
	short := func(list []string) (out []string) {
		for _, s := range list {
			out = append(out, strings.Join(strings.Split(s, ",")[:4], ","))
		}
		return out
	}
	if diff := cmp.Diff([]string{"(4,S0000003,X3,Marisol", "(7,S0000001,X1,Marisol", "(9,S0000002,X2,Marisol"}, short(dump["student"])); diff != "" {
		t.Errorf("students (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"(10,2,S0000004,1", "(4,1,S0000003,1", "(6,1,S0000001,1", "(7,1,S0000001,1", "(8,2,S0000002,1", "(9,1,S0000002,1"}, short(dump["outcome"])); diff != "" {
		t.Errorf("outcomes (-want +got)\n%s", diff)
	}
	if rows, sealed, err := w.staging.Sealed(t.Context(), b.StagingSchema); err != nil || !sealed || rows != 6 {
		t.Errorf("sealed: %d rows, %v, %v", rows, sealed, err)
	}
}

func TestABlockIsLoadedWithoutOverallScore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	csv := sample.CSV(sample.Block(1), sample.Block(2, "AssessmentClaim1PerformanceLevelIdentifier", ""))
	story := w.load(sample.Pack(t, csv, sample.BlockJSON()))
	b := story.Batch
	if b.Status != batch.Staged || *b.RowsAccepted != 1 || b.AssessmentType != edu.InterimBlock {
		t.Fatalf("%s with %d rows: %s", b.Status, *b.RowsAccepted, b.Reason)
	}
	if r := story.FirstRejects; len(r) != 1 || r[0].Code != feed.Required || r[0].Column != "AssessmentClaim1PerformanceLevelIdentifier" {
		t.Errorf("rejects: %v", r)
	}
	if got := w.dump(b.StagingSchema)["outcome"][0]; !strings.Contains(got, "3,3,,,,,2,") || !strings.Contains(got, `"{NULL,NULL,NULL,2}"`) {
		t.Errorf("outcome: %s", got)
	}
}
