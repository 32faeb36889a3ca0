// Package decide decides which numbers of a release the strict audience is shown (see package disclosure for what that means).
//
// For each subject, and the whole state at once: small groups are hidden; what could be subtracted is hidden with them (closing.go); then an audit plays
// somebody who knows all answers and all rules and draws everything that follows (audit.go, nullspace.go). What it works out is repaired by hiding a
// further cell, until it finds nothing. The unfiltered answers are settled first, and filters hide only filtered cells. Where repair does not end, all options of the
// attribute are hidden for the row and its siblings, then further up; last, the attribute is not released, and if the unfiltered tables themselves are
// not safe, the subject is not. The same counts always give the same decision.
//
// Earlier releases of the year are part of the same question: their answers cannot be taken back, and what changed between two releases is a group too.
package decide

import (
	"fmt"
	"slices"
	"sync"

	"scorehouse/internal/disclosure"
)

// Earlier is a release that was made before of the same academic year and type of assessment. Whatever it showed counts as shown for ever, unless it was never
// seen by anybody of the strict audience and is not passed here.
type Earlier struct {
	Decision *disclosure.Decision
	Counts   *disclosure.Counts
}

// Release decides a release by the policy of the catalogue of its counts. It returns an error, and no decision, when the counts do not add up, or when earlier
// releases cannot be compared with it; parts that cannot be made safe are not released, which the decision says with its reasons.
func Release(now *disclosure.Counts, earlier []Earlier) (*disclosure.Decision, error) {
	if err := now.Check(); err != nil {
		return nil, fmt.Errorf("decide the release of %v: %w", now.Year, err)
	}
	for _, e := range earlier {
		if _, err := disclosure.Open(e.Decision, e.Counts); err != nil {
			return nil, fmt.Errorf("decide the release of %v: %w", now.Year, err)
		}
		if e.Counts.Year != now.Year {
			return nil, fmt.Errorf("decide the release of %v: an earlier release is of %v", now.Year, e.Counts.Year)
		}
	}
	d := disclosure.NewDecision(now)
	errs := make([]error, len(now.Subjects))
	var working sync.WaitGroup
	for i := range now.Subjects {
		working.Go(func() {
			s, err := newSystem(now.Subjects[i].Subject, now, earlier)
			if err != nil {
				errs[i] = err
				return
			}
			x := &deciding{system: s, decision: &d.Subjects[i]}
			x.decide()
			x.write(d, i, now)
		})
	}
	working.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("decide the release of %v: %w", now.Year, err)
		}
	}
	return d, nil
}

// deciding is a subject that is being decided.
type deciding struct {
	*system
	decision *disclosure.SubjectDecision
	auditor  *auditor
	families map[family]bool // closed
	attempts map[int32]int   // by cell: in how many rounds it was found
}

// family is an attribute in a row and the rows below it; hub says that only pairs with the hub are meant.
type family struct {
	attribute disclosure.Attribute
	hub       bool
	row       int
}

// How often the audit is followed by repairs: of the unfiltered answers; of single cells; and, after that, of whole families.
const (
	unfilteredRounds = 30
	cellRounds       = 20
	familyRounds     = 20
)

func (d *deciding) decide() {
	d.families, d.attempts = map[family]bool{}, map[int32]int{}
	d.auditor = d.newAuditor()
	defer func() { d.decision.Iterations = d.auditor.iterations }()
	d.lookBack(d.auditor)
	d.unfiltered = true
	if !d.settle(unfilteredRounds, 0) {
		d.withhold(d.finding() + " in the unfiltered tables")
		return
	}
	d.unfiltered = false
	if d.settle(cellRounds, familyRounds) {
		return
	}
	if d.policy.Hub != disclosure.NoAttribute { // without pairs there is less to keep apart
		for _, a := range d.policy.Attributes {
			if a != d.policy.Hub {
				d.closeAttribute(a, true)
			}
		}
		if d.settle(cellRounds, familyRounds) {
			return
		}
	}
	for _, a := range d.policy.Attributes {
		d.closeAttribute(a, false)
	}
	if len(d.audit(d.auditor)) > 0 || d.auditor.unfinished != "" {
		d.withhold(d.finding() + " even when only the unfiltered tables are shown")
	}
}

// finding says in words what the last audit found, or why it found nothing out.
func (d *deciding) finding() string {
	if d.auditor.unfinished != "" {
		return "the audit did not come to an end (" + d.auditor.unfinished + ")"
	}
	return "the audit can still work out a number of a small group"
}

// maxAttempts is how often single cells are hidden for the sake of one before its family is.
const maxAttempts = 5

// settle hides what the rules say, then closes and audits until the audit finds nothing. It answers false when that does not happen.
func (d *deciding) settle(cells, families int) bool {
	d.primary()
	d.each(d.enqueue)
	d.close()
	for round := range cells + families {
		pins := d.audit(d.auditor)
		d.decision.Rounds++
		if len(pins) == 0 { // what has not come to its end has found nothing out
			return d.auditor.unfinished == ""
		}
		repaired := false
		for _, p := range pins {
			d.attempts[p.cell]++
			switch n := d.attempts[p.cell]; {
			case round >= cells:
			case n <= maxAttempts || families == 0:
				repaired = d.repair(p, n) || repaired
			default:
				d.closeFamily(p)
				repaired = true
			}
		}
		if !repaired && families > 0 {
			for _, p := range pins {
				d.closeFamily(p)
			}
		}
		if len(d.queue) == 0 && families == 0 { // nothing is left to hide
			return false
		}
		d.close()
	}
	return false
}

// primary hides each cell that is hidden for its own sake, or for its row's.
func (d *deciding) primary() {
	defer func() {
		if !d.unfiltered {
			d.blankRows(d.now)
		}
	}()
	for c, n := range d.now.students {
		row, q := d.place(int32(c))
		switch {
		case n == 0 || d.unfiltered && q != 0:
		case n < d.minN:
			d.hide(int32(c), disclosure.Small)
		case d.changed(int32(c)):
			d.hide(int32(c), disclosure.Change)
		case d.wasHidden(int32(c)):
			d.hide(int32(c), disclosure.Complement)
		case !d.now.shown[row*d.questions]:
			d.hide(int32(c), disclosure.HiddenRow)
		}
	}
}

// changed reports whether a cell put beside the same of an earlier release tells of few students.
func (d *deciding) changed(c int32) bool {
	return slices.ContainsFunc(d.earlier, func(e *layer) bool { return e.shown[c] && d.changedLittle(e, c) })
}

// wasHidden reports whether the last release hid a cell that is much the same now: what it was hidden for is still there, and would be given away now.
func (d *deciding) wasHidden(c int32) bool {
	if len(d.earlier) == 0 {
		return false
	}
	last := d.earlier[len(d.earlier)-1]
	change := d.change(last, c)
	return last.students[c] > 0 && !last.shown[c] && -d.minN < change && change < d.minN && d.canHide(c)
}

// repair hides what gives itself away, or else further cells: as many as it was tried before, and one. It follows what gave the cell away back to its causes: in each group that narrowed
// something, the smallest cell that can be hidden; where there is none, in the groups that narrowed the hidden members of that one, and so on. What the sums give away only
// together has no single cause: then it looks in the groups of the cell, and in those of their hidden members. It answers false when it leads nowhere.
func (d *deciding) repair(p pin, again int) bool {
	if d.canHide(p.cell) {
		d.hide(p.cell, disclosure.Audit)
		return true
	}
	wanted := 1 << min(max(again-1, 0), 4)
	if left := d.widen(d.causes([]int32{p.cell}, p.by), p.cell, wanted, d.causesOf); left < wanted {
		return true
	}
	return d.widen(d.groupsOf(p.cell, nil), p.cell, wanted, d.groupsOfAll) < wanted
}

// repairDepth is how many groups away from what was worked out repair looks for something to hide.
const repairDepth = 6

// widen hides cells in some groups, and where that is not enough in the groups that next returns for the hidden cells in these. It returns how many more are wanted.
func (d *deciding) widen(groups []int32, pinned int32, wanted int, next func(cells []int32) []int32) int {
	seen := map[int32]bool{}
	for range repairDepth {
		groups = slices.DeleteFunc(groups, func(g int32) bool { return seen[g] })
		for _, g := range groups {
			seen[g] = true
		}
		for ; wanted > 0; wanted-- {
			best := int32(-1)
			for _, g := range groups {
				c := d.further(g, pinned)
				if c >= 0 && (best < 0 || d.now.students[c] < d.now.students[best] || d.now.students[c] == d.now.students[best] && c < best) {
					best = c
				}
			}
			if best < 0 {
				break
			}
			d.hide(best, disclosure.Audit)
		}
		if wanted == 0 || len(groups) == 0 {
			return wanted
		}
		groups = next(d.hiddenIn(groups))
	}
	return wanted
}

// causes returns the groups that narrowed anything of some cells in any release, and by, in order.
func (d *deciding) causes(cells []int32, by int32) []int32 {
	all := []int32{by}
	for _, c := range cells {
		for _, b := range d.auditor.known {
			all = append(all, b.by[int(c)*b.planes:int(c+1)*b.planes]...)
		}
		for _, x := range d.auditor.links {
			all = append(all, x.change.by[int(c)*x.change.planes:int(c+1)*x.change.planes]...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for len(all) > 0 && all[0] < 0 {
		all = all[1:]
	}
	return all
}

func (d *deciding) causesOf(cells []int32) []int32 { return d.causes(cells, -1) }

// groupsOfAll returns the groups of some cells, in order.
func (d *deciding) groupsOfAll(cells []int32) []int32 {
	var all, of []int32
	for _, c := range cells {
		of = d.groupsOf(c, of)
		all = append(all, of...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// hiddenIn returns the hidden cells of some groups.
func (d *deciding) hiddenIn(groups []int32) []int32 {
	var cells, members []int32
	for _, g := range groups {
		members = d.members(g, members)
		for _, c := range members {
			if !d.now.shown[c] {
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// further returns the smallest part of a group that can be hidden, or else its total; -1 when there is neither.
func (d *deciding) further(g, pinned int32) int32 {
	members := d.members(g, nil)
	if c := d.smallest(members[1:], nil); c >= 0 {
		return c
	}
	if members[0] != pinned && d.canHide(members[0]) {
		return members[0]
	}
	return -1
}

// closeFamily hides all options of the attribute of a cell in its row and the rows below it; when they are hidden already it widens what gives the cell away, and when that
// cannot be it goes on with the row above. An attribute that would have to be hidden of the state is not released.
func (d *deciding) closeFamily(p pin) {
	row, q := d.place(p.cell)
	for _, f := range d.attributesOf(q, p.by) {
		for f.row = row; ; f.row = int(d.parents[f.row]) {
			if d.parents[f.row] < 0 {
				d.closeAttribute(f.attribute, f.hub)
				break
			}
			if !d.families[f] {
				d.families[f] = true
				d.hideAttribute(f.row, f)
				for _, below := range d.children[f.row] {
					d.hideAttribute(int(below), f)
				}
				break
			}
			if d.repair(p, d.attempts[p.cell]) {
				break
			}
		}
	}
}

// attributesOf returns which attribute to close so that a question is: its own, the one combined with the hub, that of the group that gave it away, or all.
func (d *deciding) attributesOf(q int, by int32) []family {
	options := d.catalogue.Options(disclosure.Question(q))
	switch len(options) {
	case 1:
		return []family{{attribute: options[0].Attribute}}
	case 2:
		return []family{{attribute: options[1].Attribute, hub: true}}
	}
	if hierarchy := int32(len(d.inners) * d.questions); by >= hierarchy {
		sum := d.sums[(by-hierarchy)%int32(len(d.sums))]
		return []family{{attribute: sum.Divided}}
	}
	var all []family
	for _, a := range d.policy.Attributes {
		all = append(all, family{attribute: a})
	}
	return all
}

// hideAttribute hides the questions of a family in a row.
func (d *deciding) hideAttribute(row int, f family) {
	for q := 1; q < d.questions; q++ {
		if d.belongs(q, f) {
			d.hide(int32(row*d.questions+q), disclosure.Closing)
		}
	}
}

// belongs reports whether a question is one of a family.
func (d *deciding) belongs(q int, f family) bool {
	options := d.catalogue.Options(disclosure.Question(q))
	if f.hub && len(options) < 2 {
		return false
	}
	return slices.ContainsFunc(options, func(o disclosure.Option) bool { return o.Attribute == f.attribute })
}

// closeAttribute does not release an attribute at all, or not together with the hub.
func (d *deciding) closeAttribute(a disclosure.Attribute, hub bool) {
	list, what := &d.decision.NotReleased, fmt.Sprint(a)
	if hub {
		list, what = &d.decision.HubNotReleased, fmt.Sprintf("%v with %v", d.policy.Hub, a)
	}
	if slices.Contains(*list, a) {
		return
	}
	*list = append(*list, a)
	d.decision.Reasons = append(d.decision.Reasons, fmt.Sprintf("%s: %s is not released: %s", d.decision.Subject, what, d.finding()))
	f := family{attribute: a, hub: hub}
	for row := range d.rows {
		d.hideAttribute(row, f)
		for q := range d.questions { // nobody is told whether there is anybody, either; but which grades a school has is known
			if d.belongs(q, f) && d.gradeOf[q] != q {
				d.now.blank[row*d.questions+q] = true
			}
		}
	}
}

// withhold releases nothing of the subject.
func (d *deciding) withhold(reason string) {
	d.decision.Withheld = true
	d.decision.Reasons = append(d.decision.Reasons, fmt.Sprintf("%s is not released: %s", d.decision.Subject, reason))
}

// write puts the outcome into the decision, in the places of its own counts.
func (d *deciding) write(to *disclosure.Decision, subject int, now *disclosure.Counts) {
	questions := make([]int, now.Catalogue.Len())
	for q, at := range d.questionsIn(now.Catalogue) {
		if at >= 0 {
			questions[at] = q
		}
	}
	for r, row := range d.rows {
		there := now.Row(row)
		if there < 0 {
			continue
		}
		tally := &d.decision.Tallies[row.Kind()]
		for at, q := range questions {
			c := r*d.questions + q
			if d.now.students[c] > 0 {
				tally.Cells++
				if rule := d.rule[c]; rule != shownRule {
					tally.Hidden[rule]++
				}
			}
			if d.decision.Withheld || !d.now.shown[c] || !d.now.shown[r*d.questions] || !to.Answers(subject, disclosure.Question(at)) {
				continue
			}
			to.Show(subject, there, disclosure.Question(at))
		}
	}
}
