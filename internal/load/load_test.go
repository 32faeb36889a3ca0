package load_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/batch"
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
