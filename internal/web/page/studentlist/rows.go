package studentlist

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// bandWidth and bandHeight are the measures of a score drawn in a cell.
const bandWidth, bandHeight = 148, 32

// fewBlocks is how many columns of blocks fit beside the names on a wide screen.
const fewBlocks = 6

// subjects are those with columns: all in the overview, else the one chosen.
func subjects(r report.StudentList) []edu.Subject {
	if r.Subject != "" {
		return []edu.Subject{r.Subject}
	}
	return r.Subjects
}

// dated reports whether rows carry a day: interim comprehensive assessments are taken many times.
func dated(r report.StudentList) bool { return r.Type == edu.InterimComprehensive }

// claims are the claims with columns: none in the overview.
func claims(r report.StudentList) []edu.Claim {
	if r.Subject == "" {
		return nil
	}
	return r.Scales[r.Subject].Claims
}

// fullName is how a list names a student: last name first.
func fullName(s report.Student) string {
	name := s.Last + ", " + s.First
	if s.Middle != "" {
		name += " " + string([]rune(s.Middle)[:1]) + "."
	}
	return name
}

func address(v View, row report.StudentRow) string {
	if v.StudentAddress == nil {
		return ""
	}
	return v.StudentAddress(row)
}

// scaleOf turns a report's scale into what charts take; small charts name no level.
func scaleOf(s report.Scale) draw.Scale {
	d := draw.Scale{Min: float64(s.Min), Max: float64(s.Max), Standard: edu.StandardLevel(len(s.Levels))}
	for _, l := range s.Levels {
		d.Levels = append(d.Levels, draw.Level{Number: l.Number, Cut: float64(l.CutPoint)})
	}
	return d
}

func band(w *words.Words, s report.Scale, r report.Result) draw.List {
	score := draw.Score{Value: float64(r.Score.Value), Low: float64(r.Score.Low), High: float64(r.Score.High)}
	return draw.Band(scaleOf(s), score, bandWidth, bandHeight, w.Students.Interval(int(r.Score.Value), int(r.Score.Low), int(r.Score.High)))
}

// claim returns how a result did on a claim, nil when it says nothing.
func claim(r *report.Result, number int) *report.ClaimResult {
	for i := range r.Claims {
		if r.Claims[i].Claim.Number == number && r.Claims[i].Level > 0 {
			return &r.Claims[i]
		}
	}
	return nil
}

// columnSort is the sorting of a column of the report.
func columnSort(v View, key string, numbers bool) layout.Sorting {
	return layout.SortBy(v.Address.Without("page"), sortOf(v), key, numbers)
}

func sortOf(v View) string {
	if s := v.Address.Get("sort"); s != "" {
		return s
	}
	return "name"
}

// sortAttribute is aria-sort of the one column that is sorted.
func sortAttribute(s layout.Sorting) templ.Attributes {
	if s.Now == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": s.Now}
}

func years(v View) []layout.Option {
	var options []layout.Option
	for _, y := range v.Report.Years {
		options = append(options, layout.Option{Text: v.say().Year(y), Address: v.Address.With("year", fmt.Sprint(int(y))).Without("page", "only", "block"), Current: y == v.Report.Year})
	}
	return options
}

func types(v View) []layout.Option {
	var options []layout.Option
	for _, t := range v.Report.Types {
		a := v.Address.With("type", t.Slug()).Without("sort", "view", "validity", "page", "block", "results")
		if t == edu.InterimBlock && v.Report.Subject == "" && len(v.Report.Subjects) > 0 {
			a = a.With("subject", string(v.Report.Subjects[0]))
		}
		options = append(options, layout.Option{Text: v.say().Type(t), Address: a, Current: t == v.Report.Type})
	}
	return options
}

// views are the choices of subject; blocks have no overview.
func views(v View) []layout.Option {
	var options []layout.Option
	if v.Report.Type != edu.InterimBlock {
		all := v.Address.Without("subject", "sort", "page")
		if v.Report.View == report.ByLevel { // of one subject
			all = all.Without("view")
		}
		options = append(options, layout.Option{Text: v.say().Students.Overview(), Address: all, Current: v.Report.Subject == ""})
	}
	for _, s := range v.Report.Subjects {
		options = append(options, layout.Option{Text: v.say().Subject(s), Address: v.Address.With("subject", string(s)).Without("sort", "page", "block"), Current: s == v.Report.Subject})
	}
	return options
}

// arrangements are the choices of how to look at the students; blocks have no scores to look at.
func arrangements(v View) []layout.Option {
	if v.Report.Type == edu.InterimBlock {
		return nil
	}
	var options []layout.Option
	for _, o := range []struct {
		view report.StudentListView
		text string
	}{{report.EveryStudent, v.say().Students.OneList()}, {report.ByLevel, v.say().Students.ByLevel()}, {report.NearCut, v.say().Students.NearCut()}} {
		options = append(options, layout.Option{Text: o.text, Address: v.Address.With("view", string(o.view)).Without("page"), Current: o.view == v.Report.View})
	}
	return options
}

// part is rows of the table under a head of their own.
type part struct {
	head     string // "" for rows without one
	students int    // of the head, on this page or not
	rows     []report.StudentRow
}

// parts are the rows of the page, by level in that view.
func parts(v View) []part {
	if v.Report.View != report.ByLevel {
		return []part{{rows: v.Report.Rows}}
	}
	level := func(row report.StudentRow) int {
		if r := row.Results[v.Report.Subject]; r != nil {
			return r.Level
		}
		return 0
	}
	var all []part
	for _, g := range v.Report.Levels {
		p := part{head: v.say().Students.NoLevel(), students: g.Students}
		if g.Level > 0 {
			p.head = v.say().LevelInTable(g.Level, g.Name)
		}
		for _, row := range v.Report.Rows {
			if level(row) == g.Level {
				p.rows = append(p.rows, row)
			}
		}
		if len(p.rows) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// width counts the columns of the table.
func width(r report.StudentList) int {
	n := 1
	if dated(r) {
		n++
	}
	for _, s := range subjects(r) {
		n += columns(r, s)
	}
	return n
}

// otherwise names the other levels that a result's error band reaches, where the view is about them.
func otherwise(v View, s edu.Subject, r report.Result) string {
	if v.Report.View != report.NearCut || len(r.Otherwise) == 0 {
		return ""
	}
	var names []string
	for _, n := range r.Otherwise {
		for _, l := range v.Report.Scales[s].Levels {
			if l.Number == n {
				names = append(names, v.say().LevelInTable(n, l.Name))
			}
		}
	}
	return v.say().Students.OrLevel(names)
}

func groups(v View) []layout.Option {
	if len(v.Report.Groups) == 0 {
		return nil
	}
	options := []layout.Option{{Text: v.say().Students.AllGroups(), Address: v.Address.Without("group", "page"), Current: v.Report.GroupID == ""}}
	for _, g := range v.Report.Groups {
		options = append(options, layout.Option{Text: g.Name, Address: v.Address.With("group", g.ID).Without("page"), Current: g.ID == v.Report.GroupID})
	}
	return options
}

// sorts are the sort orders, for screens too narrow for a head with links: those of every column.
func sorts(v View) []layout.Option {
	w, r, present := v.say(), v.Report, sortOf(v)
	var options []layout.Option
	add := func(text, key string) {
		options = append(options, layout.Option{Text: text, Address: v.Address.With("sort", key).Without("page"), Current: key == present})
	}
	add(w.Students.Name(), "name")
	if dated(r) {
		add(w.Students.Date(), "-date")
	}
	if r.Type == edu.InterimBlock {
		for _, b := range blocksShown(v) {
			add(w.BlockName(b), "-block."+b)
		}
		return options
	}
	for _, s := range subjects(r) {
		add(w.Subject(s), "-score."+string(s))
	}
	for _, c := range claims(r) {
		add(w.ClaimName(c.Name), fmt.Sprintf("-claim.%d", c.Number))
	}
	if slices.ContainsFunc(subjects(r), func(s edu.Subject) bool { return hasStatus(r, s) }) {
		add(w.Students.Status(), "status")
	}
	return options
}

func fields(v View) []filter.Field {
	return append(filter.Fields(v.say(), nil, &v.Report.NotStated), filter.Validity(v.say(), v.Report.Type))
}

// Only returns the opaque ids of the students an address keeps.
func Only(a layout.Address) []string { return a.Values("only") }

// choosable reports whether students can be ticked: a single one cannot be compared.
func choosable(v View) bool { return v.Report.Students > 1 }

// blocksShown are the blocks with columns: those chosen, else all that have results.
func blocksShown(v View) []string {
	var chosen []string
	for _, b := range v.Report.Blocks {
		if slices.Contains(v.Address.Query["block"], b) {
			chosen = append(chosen, b)
		}
	}
	if len(chosen) == 0 {
		return v.Report.Blocks
	}
	return chosen
}

// every reports whether cells of blocks show earlier results too.
func every(v View) bool { return v.Address.Get("results") == "all" }

// results are the choices of how much the cells of blocks show.
func results(v View) []layout.Option {
	return []layout.Option{
		{Text: v.say().Students.NewestOnly(), Address: v.Address.Without("results"), Current: !every(v)},
		{Text: v.say().Students.AllResults(), Address: v.Address.With("results", "all"), Current: every(v)},
	}
}

func filtered(v View) bool {
	return len(filter.Tags(v.say(), v.Address, fields(v))) > 0 || v.Report.GroupID != ""
}

// shownShape are the distributions worth a bar: one student is no distribution.
func shownShape(r report.StudentList) []report.Distribution {
	var shown []report.Distribution
	for _, d := range r.Shape {
		if len(d.Levels) > 0 && d.Students > 1 && (r.Subject == "" || d.Subject == r.Subject) {
			shown = append(shown, d)
		}
	}
	return shown
}

// columns counts the columns of a subject.
func columns(r report.StudentList, s edu.Subject) int {
	n := 3 + len(claims(r)) // score, scale and level
	if hasStatus(r, s) {
		n++
	}
	return n
}

// anyResult reports whether some result of the list, of one subject or in any block, has a property.
func anyResult(r report.StudentList, of []edu.Subject, has func(report.Result) bool) bool {
	for _, row := range r.Rows {
		for _, s := range of {
			if result := row.Results[s]; result != nil && has(*result) {
				return true
			}
		}
		for _, all := range row.Blocks {
			if len(all) > 0 && has(all[0]) {
				return true
			}
		}
	}
	return false
}

func isInvalid(r report.Result) bool { return r.Condition == edu.ConditionInvalid }
func isPartial(r report.Result) bool { return r.Complete == edu.No }
func isStandardized(r report.Result) bool {
	return r.Type != edu.Summative && r.Condition == edu.ConditionStandardized
}
func isNonStandardized(r report.Result) bool {
	return r.Type == edu.InterimComprehensive && r.Condition == edu.ConditionNonStandardized
}

// hasStatus reports whether a subject needs its column of statuses.
func hasStatus(r report.StudentList, s edu.Subject) bool {
	return anyResult(r, []edu.Subject{s}, func(x report.Result) bool {
		return isInvalid(x) || isPartial(x) || isStandardized(x) || isNonStandardized(x)
	})
}

// statusNotes explain the statuses that the list shows.
func statusNotes(v View) []string {
	w, r := v.say().Students, v.Report
	var notes []string
	for _, n := range []struct {
		has  func(report.Result) bool
		text string
	}{{isPartial, w.NotePartial()}, {isInvalid, w.NoteInvalid()}, {isStandardized, w.NoteStandardized()}, {isNonStandardized, w.NoteNonStandardized()}} {
		if anyResult(r, subjects(r), n.has) {
			notes = append(notes, n.text)
		}
	}
	if r.Type == edu.InterimBlock && anyResult(r, nil, isStandardized) {
		notes[len(notes)-1] += " " + w.NoteOthers()
	}
	return notes
}

// blockLevel is the level of a block's result: its one claim's.
func blockLevel(r *report.Result) (int, string) {
	for _, c := range r.Claims {
		if c.Level > 0 {
			return c.Level, c.LevelName
		}
	}
	return 0, ""
}

// dayOf is the day of a row's result.
func dayOf(row report.StudentRow) *report.Result {
	keys := make([]string, 0, len(row.Results))
	for s := range row.Results {
		keys = append(keys, string(s))
	}
	slices.Sort(keys)
	for _, k := range keys {
		if r := row.Results[edu.Subject(k)]; r != nil {
			return r
		}
	}
	return nil
}
