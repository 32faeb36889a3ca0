package decide

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/drawn"
)

// drawnSystem returns a small state laid out for deciding its first subject, with everything shown that is not small.
func drawnSystem(t *testing.T, seed uint64) *deciding {
	t.Helper()
	n := drawn.Draw(rand.New(rand.NewPCG(seed, 2)), drawn.Size{Districts: 4, Schools: 14, Students: 2200}).Counts(disclosure.DefaultPolicy(), 2026)
	s, err := newSystem(n.Subjects[0].Subject, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &deciding{system: s, decision: &disclosure.SubjectDecision{Subject: n.Subjects[0].Subject}}
}

// Not parallel: it changes how long audits go on.
func TestAnAuditThatDoesNotComeToItsEndReleasesNothing(t *testing.T) {
	for name, limit := range map[string]*int{"patience": &patience, "iterations": &maxIterations} {
		t.Run(name, func(t *testing.T) {
			before := *limit
			defer func() { *limit = before }()
			*limit = 1
			released := 0
			for seed := range uint64(4) {
				d := drawnSystem(t, seed)
				d.decide()
				if d.decision.Complete() {
					released++
				} else if !strings.Contains(strings.Join(d.decision.Reasons, " "), "did not come to an end") {
					t.Errorf("seed %d: %q", seed, d.decision.Reasons)
				}
			}
			if released > 0 {
				t.Errorf("%d of 4 were released whole", released)
			}
		})
	}
}

func TestAnswersThatContradictEachOtherAreNotReleased(t *testing.T) {
	t.Parallel()
	d := drawnSystem(t, 1)
	d.auditor = d.newAuditor()
	d.auditor.whole = true
	if d.audit(d.auditor); d.auditor.unfinished != "" {
		t.Fatalf("as it is: %q", d.auditor.unfinished)
	}
	at := slices.IndexFunc(d.rows, func(r disclosure.Row) bool { return r.Kind() == disclosure.DistrictRow }) * d.questions * d.planes()
	d.now.base.lo[at], d.now.base.hi[at] = 1, 1 // a district that has one student, whatever its schools have
	if d.audit(d.auditor); d.auditor.unfinished == "" {
		t.Error("nobody noticed")
	}
}

func TestAProjectionThatIsNotNearEnoughSaysSo(t *testing.T) {
	t.Parallel()
	e := &equations{unknowns: 3, from: []int32{0, 2, 4}, members: []int32{0, ^1, 1, ^2}, scale: []float64{1, 1}}
	if x, iterations, near := e.project(1); !near || len(x) != 3 || iterations == 0 {
		t.Errorf("%v after %d iterations, near %v", x, iterations, near)
	}
	e.scale[1] = 1e200 // overflows
	if _, _, near := e.project(1); near {
		t.Error("numbers that are none are taken for near")
	}
}
