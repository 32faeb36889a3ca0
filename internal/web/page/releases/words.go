package releases

import (
	"fmt"
	"strings"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
	"scorehouse/internal/words"
)

// name is a release in a line: its kind and year.
func name(w *words.Words, e release.Entry) string {
	switch e.Kind {
	case release.Preliminary:
		return w.Releases.NamePreliminary(e.Year)
	case release.Correction:
		return w.Releases.NameCorrection(e.Year)
	}
	return w.Releases.NameFinal(e.Year)
}

func kind(w *words.Words, k release.Kind) string {
	switch k {
	case release.Preliminary:
		return w.Releases.KindPreliminary()
	case release.Correction:
		return w.Releases.KindCorrection()
	}
	return w.Releases.KindFinal()
}

func state(w *words.Words, s release.State) string {
	switch s {
	case release.StateLoading:
		return w.Releases.StateLoading()
	case release.StateReviewing:
		return w.Releases.StateReviewing()
	case release.StateReleased:
		return w.Releases.StateReleased()
	case release.StateWithdrawn:
		return w.Releases.StateWithdrawn()
	}
	return w.Releases.StateRefused()
}

func subjects(w *words.Words, all []edu.Subject) string {
	if len(all) == 0 {
		return w.Releases.AllSubjects()
	}
	return w.Subjects(all)
}

func rule(w *words.Words, r disclosure.Rule) string {
	switch r {
	case disclosure.Small:
		return w.Releases.RuleSmall()
	case disclosure.Change:
		return w.Releases.RuleChange()
	case disclosure.HiddenRow:
		return w.Releases.RuleRow()
	case disclosure.Complement:
		return w.Releases.RuleComplement()
	case disclosure.Audit:
		return w.Releases.RuleAudit()
	}
	return w.Releases.RuleClosing()
}

func row(w *words.Words, k disclosure.Kind) string {
	switch k {
	case disclosure.StateRow:
		return w.Releases.RowState()
	case disclosure.DistrictRow:
		return w.Releases.RowDistricts()
	}
	return w.Releases.RowSchools()
}

func problem(w *words.Words, p Problem) string {
	switch p {
	case BeingDecided:
		return w.Releases.BeingDecided()
	case CorrectsNothing:
		return w.Releases.CorrectsNothing()
	case NotReviewed:
		return w.Releases.NotReviewed()
	case Overtaken:
		return w.Releases.Overtaken()
	case RulesChanged:
		return w.Releases.RulesChanged()
	case Previewing:
		return w.Releases.Previewing()
	}
	return w.Releases.NotUnderstood()
}

func opens(w *words.Words, l release.Link) string {
	switch {
	case !l.Revoked.IsZero():
		return w.Releases.LinkRevoked()
	case !l.Opens(time.Now()):
		return w.Releases.LinkExpired()
	}
	return w.Releases.LinkOpens()
}

func indexed(w *words.Words, l release.Link) string {
	if l.Indexable {
		return w.Releases.Indexed()
	}
	return w.Releases.NotIndexed()
}

func earlier(w *words.Words, ids []int64) string {
	if len(ids) == 0 {
		return w.Releases.TogetherNone()
	}
	var all []string
	for _, id := range ids {
		all = append(all, fmt.Sprint(id))
	}
	return w.Releases.Together(strings.Join(all, ", "))
}

func stateName(all []State, id tenant.ID) string {
	for _, s := range all {
		if s.ID == id {
			return s.Name
		}
	}
	return string(id)
}

func address(id int64, below string) string { return fmt.Sprintf("%s/%d%s", Path, id, below) }

func fate(w *words.Words, s release.State) string {
	switch s {
	case release.StateLoading:
		return w.Releases.FateLoading()
	case release.StateReviewing:
		return w.Releases.FateReviewing()
	case release.StateReleased:
		return w.Releases.FateReleased()
	case release.StateWithdrawn:
		return w.Releases.FateWithdrawn()
	}
	return w.Releases.FateRefused()
}

func effect(w *words.Words, e release.Effect) string {
	return w.Releases.Effect(e.Exposed, e.Lost, e.Changed)
}

// shownMinN is what the form of the preview begins with.
func shownMinN(v ReleaseView) int {
	if v.MinN > 0 {
		return v.MinN
	}
	return v.Release.Policy.MinN
}
