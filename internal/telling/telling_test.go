package telling_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
	"scorehouse/internal/words"
)

// told tells a report in English.
func told(r report.StudentReport) telling.Report {
	return telling.Report{Words: words.For("en"), Report: r}
}

var scale = report.Scale{Min: 2204, Max: 2659, Levels: []edu.PerformanceLevel{
	{Number: 1, Name: "Minimal", CutPoint: 2204}, {Number: 2, Name: "Partial", CutPoint: 2411}, {Number: 3, Name: "Adequate", CutPoint: 2485}, {Number: 4, Name: "Thorough", CutPoint: 2549}}}

// subject is a result with a score, its band and its level.
func subject(s edu.Subject, score edu.Score, level int) report.SubjectReport {
	return report.SubjectReport{Subject: s, Scale: scale, Result: report.Result{Subject: s, Grade: 4, Score: score, Level: level, LevelName: scale.Levels[level-1].Name, Complete: edu.Yes}}
}

func of(subjects ...report.SubjectReport) report.StudentReport {
	return report.StudentReport{Student: report.Student{First: "Ana", Last: "Silva"}, Grade: 4, Type: edu.Summative, Year: 2026, Subjects: subjects}
}

func TestTheAnswerComesFirstInWords(t *testing.T) {
	t.Parallel()
	below, at, above := edu.Score{Value: 2400}, edu.Score{Value: 2500}, edu.Score{Value: 2600}
	for want, r := range map[string]report.StudentReport{
		"Ana has met the standard in Mathematics and has not yet met the standard in ELA/Literacy.": of(subject(edu.Math, at, 3), subject(edu.ELA, below, 1)),
		"Ana has exceeded the standard in Mathematics and ELA/Literacy.":                            of(subject(edu.Math, above, 4), subject(edu.ELA, above, 4)),
		"Ana has no result here.": of(),
	} {
		if diff := cmp.Diff(want, told(r).Answer()); diff != "" {
			t.Errorf("lead (-want +got):\n%s", diff)
		}
	}
	invalid := subject(edu.Math, at, 3)
	invalid.Result.Condition = edu.ConditionInvalid
	if diff := cmp.Diff("Ana has met the standard in Mathematics. Read the warnings below first.", told(of(invalid)).Answer()); diff != "" {
		t.Errorf("lead of an invalid result (-want +got):\n%s", diff)
	}
}

func TestUncertaintyIsSpoken(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]report.SubjectReport{
		"Tested again, Ana would likely score between 2500 and 2530.": subject(edu.Math, edu.Score{Value: 2510, Low: 2500, High: 2530}, 3),
		"Tested again, Ana would likely score between 2447 and 2487. That range lies on both sides of the standard (2485), so this result alone cannot say for sure whether Ana has met it.": subject(edu.Math, edu.Score{Value: 2472, Low: 2447, High: 2487}, 2),
		"Tested again, Ana would likely score between 2540 and 2560. That range reaches into level 3, Adequate, so the level could be either.":                                               subject(edu.Math, edu.Score{Value: 2550, Low: 2540, High: 2560}, 4),
		"Tested again, Ana would likely score between 2395 and 2420. That range reaches into level 2, Partial, so the level could be either.":                                                subject(edu.Math, edu.Score{Value: 2405, Low: 2395, High: 2420}, 1),
	} {
		if diff := cmp.Diff(want, told(of(s)).Confidence(s)); diff != "" {
			t.Errorf("confidence (-want +got):\n%s", diff)
		}
	}
}

func TestAChangeIsWeighedAgainstChance(t *testing.T) {
	t.Parallel()
	past := func(grade edu.Grade, value, half int16) report.PastResult {
		return report.PastResult{Result: report.Result{Grade: grade, Taken: time.Date(2025, 11, 3, 0, 0, 0, 0, time.UTC), Score: edu.Score{Value: value, Low: value - half, High: value + half}}}
	}
	for want, history := range map[string][]report.PastResult{
		"": {past(3, 2400, 20)},
		"Since grade 3 the score rose by 90 points, more than chance alone would explain.":       {past(3, 2400, 20), past(4, 2490, 20)},
		"Since grade 3 the score rose by 30 points; a change of this size can happen by chance.": {past(3, 2400, 20), past(4, 2430, 20)},
		"Since grade 3 the score fell by 70 points, more than chance alone would explain.":       {past(3, 2400, 20), past(4, 2330, 20)},
		"Since November 3, 2025 the score has stayed the same.":                                  {past(4, 2400, 20), past(4, 2400, 20)},
	} {
		if diff := cmp.Diff(want, told(of()).Change(history)); diff != "" {
			t.Errorf("change (-want +got):\n%s", diff)
		}
	}
}

func TestWarningsTellInvalidFirst(t *testing.T) {
	t.Parallel()
	trouble := subject(edu.Math, edu.Score{Value: 2500}, 3)
	trouble.Result.Condition, trouble.Result.Complete = edu.ConditionInvalid, edu.No
	got := told(of()).Warnings(trouble.Result)
	if len(got) != 2 || got[0].Heading != "This result is marked invalid." || got[1].Heading != "Ana did not finish this test." {
		t.Errorf("warnings: %q", got)
	}
	if got := told(of()).Warnings(subject(edu.Math, edu.Score{Value: 2500}, 3).Result); got != nil {
		t.Errorf("warnings of a good result: %q", got)
	}
}

func TestATestWithoutAScoreSaysSoAndIsNoVerdict(t *testing.T) {
	t.Parallel()
	none := subject(edu.ELA, edu.Score{}, 1)
	none.Result.Level = 0
	if got := told(of()).Warnings(none.Result); len(got) != 1 || got[0].Heading != "Ana has no score in this test." {
		t.Errorf("warnings: %q", got)
	}
	want := "Ana has met the standard in Mathematics. Read the warnings below first."
	if diff := cmp.Diff(want, told(of(subject(edu.Math, edu.Score{Value: 2500}, 3), none)).Answer()); diff != "" {
		t.Errorf("lead (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("Ana has no result here.", told(of(none)).Answer()); diff != "" {
		t.Errorf("lead of no score at all (-want +got):\n%s", diff)
	}
}

func TestTheKeyOfClaimsHasTheLevelsThatOccurOnceEach(t *testing.T) {
	t.Parallel()
	r := report.Result{Claims: []report.ClaimResult{{Level: 3}, {Level: 1}, {Level: 3}, {Level: 0}}}
	var got []int
	for _, c := range telling.ClaimLevels(r) {
		got = append(got, c.Level)
	}
	if diff := cmp.Diff([]int{1, 3}, got); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
}

func TestBlocksAreGroupedNewestFirst(t *testing.T) {
	t.Parallel()
	block := func(grade edu.Grade, name string, month time.Month) report.Result {
		return report.Result{Grade: grade, Taken: time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC), Claims: []report.ClaimResult{{Claim: edu.Claim{Name: name}, Level: 2}}}
	}
	rows := telling.Blocks(report.SubjectReport{Blocks: []report.Result{block(3, "Geometry", 1), block(4, "Fractions", 1), block(4, "Fractions", 3)}})
	if len(rows) != 2 || rows[0].Name != "Fractions" || rows[0].Results[0].Taken.Month() != 3 || rows[1].Grade != 3 {
		t.Errorf("rows: %+v", rows)
	}
}
