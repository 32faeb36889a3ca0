package studentreport

import (
	"strconv"
	"strings"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
	"scorehouse/internal/words"
)

// builder sets the blocks of one sheet.
type builder struct {
	c       compose.Column // as wide as the page
	text    compose.Column // as wide as is good to read
	t       telling.Report
	w       *words.Words
	style   *styles
	options Options
	first   bool // sheet of the student
}

// kept is a text that many reports have; own is one of this student's.
func kept(text string, s compose.Style) compose.Text {
	return compose.Text{Text: text, Style: s, Kept: true}
}
func own(text string, s compose.Style) compose.Text { return compose.Text{Text: text, Style: s} }

// blocks is a sheet from top to bottom; without a subject it says that there is no result.
func (b builder) blocks(s *report.SubjectReport) {
	b.who(s)
	if s == nil {
		b.missing()
		b.notes(pdf.Heading2, 20)
		return
	}
	b.c.Rule(16, 2, draw.Dark)
	b.text.Heading(pdf.Heading2, 8, kept(b.w.Subject(s.Subject), b.style.subject))
	if b.t.Report.Type == edu.InterimBlock {
		b.blockTable(*s)
		b.questions()
		b.missing()
		b.notes(pdf.Heading3, 22)
		return
	}
	for _, w := range b.t.Warnings(s.Result) {
		b.c.Boxed(8, compose.CautionGround, draw.Caution, own(w.Heading, b.style.strong), own(w.Text, b.style.body))
	}
	if telling.Scored(s.Result) {
		b.answer(*s)
		b.meaning(*s)
	}
	b.parts(*s)
	b.missing()
	b.back(*s)
}

// who is the title and the facts.
func (b builder) who(s *report.SubjectReport) {
	w, r := b.w, b.t.Report
	b.c.Heading(pdf.Heading1, 0, own(b.t.Title(), b.style.title))
	if b.options.Address != nil && b.first {
		b.window(b.options.Address(r))
	}
	fact := func(term, text string) compose.Fact {
		return compose.Fact{Term: kept(term, b.style.quiet), Text: own(text, b.style.small)}
	}
	facts := []compose.Fact{fact(w.Student.Name(), b.t.FullName()), fact(w.Student.Grade(), b.grade(r.Grade))}
	if s != nil && !s.Result.Taken.IsZero() {
		facts = append(facts, fact(w.Paper.Tested(), b.t.Day(s.Result.Taken)))
	}
	if r.Place.School.Name != "" {
		facts = append(facts, fact(w.Student.School(), r.Place.School.Name))
	}
	if r.Place.District.Name != "" {
		facts = append(facts, fact(w.Student.District(), r.Place.District.Name))
	}
	if b.options.ShowCode && r.Student.Code != "" {
		facts = append(facts, fact(w.Student.Code(), r.Student.Code))
	}
	b.c.Facts(8, 4, 3, facts)
}

// grade is a grade beside its word.
func (b builder) grade(g edu.Grade) string {
	if g == edu.Kindergarten {
		return b.w.Grade(g)
	}
	return strconv.Itoa(int(g))
}

// window is an address where the window of an envelope will be, beneath what is above it.
func (b builder) window(lines []string) {
	top := afterBrand + b.c.Stack.Height(0)
	var texts []compose.Text
	for _, l := range lines {
		texts = append(texts, own(l, b.style.body))
	}
	b.c.Fixed(top, max(windowTop, top+10), windowEnd, windowLeft, 330, texts)
}

// answer is the result in words, then as a figure.
func (b builder) answer(s report.SubjectReport) {
	w, levels := b.w, len(s.Scale.Levels)
	swatch := draw.Swatch(s.Result.Level, levels, edu.StandardLevel(levels), strconv.Itoa(s.Result.Level))
	b.text.Paragraph(pdf.Paragraph, 6, own(b.t.Lead(s), b.style.answer))
	b.c.Beside(pdf.Paragraph, 8, swatch, own(b.t.Result(s), b.style.body))
	b.text.Paragraph(pdf.Paragraph, 4, own(b.t.Confidence(s), b.style.body))
	b.c.Figure(14, b.t.Figure(s, b.c.Width, telling.Numbered))
	b.c.Stack.KeepWithNext()
	b.key(s)
	b.text.Paragraph(pdf.Paragraph, 8, kept(w.Score.Figure(), b.style.quiet))
	if s.Result.Condition == edu.ConditionStandardized {
		b.text.Paragraph(pdf.Paragraph, 6, kept(w.Student.Standardized(), b.style.quiet))
	}
}

// key says what each level is called and which scores it has.
func (b builder) key(s report.SubjectReport) {
	var signs []draw.List
	var names, ranges []compose.Text
	levels := s.Scale.Levels
	for i, l := range levels {
		last := int(s.Scale.Max)
		if i+1 < len(levels) {
			last = int(levels[i+1].CutPoint) - 1
		}
		signs = append(signs, draw.Swatch(l.Number, len(levels), edu.StandardLevel(len(levels)), strconv.Itoa(l.Number)))
		names = append(names, kept(b.w.LevelName(l.Number, l.Name), b.style.small))
		ranges = append(ranges, kept(b.w.Range(int(l.CutPoint), last), b.style.quiet))
	}
	b.c.Key(8, signs, names, ranges)
	b.c.Stack.KeepWithNext()
}

func (b builder) meaning(s report.SubjectReport) {
	b.text.Heading(pdf.Heading3, 20, kept(b.w.Student.Meaning(), b.style.question))
	plain, text := b.t.Meaning(s)
	b.text.Paragraph(pdf.Paragraph, 4, compose.Text{Lead: plain, Text: text, Style: b.style.body, Kept: true})
}

// parts is the table of the claims.
func (b builder) parts(s report.SubjectReport) {
	if len(s.Result.Claims) == 0 {
		return
	}
	w := b.w
	var rows [][]compose.TableCell
	for _, c := range s.Result.Claims {
		result := compose.CellText{Text: kept(w.Student.None(), b.style.body)}
		if c.Level > 0 {
			sign := draw.ClaimIcon(c.Level)
			result = compose.CellText{Text: kept(w.ClaimLevelName(c.LevelName), b.style.body), Sign: &sign}
		}
		rows = append(rows, []compose.TableCell{
			{{Text: kept(w.ClaimName(c.Claim.Name), b.style.strong)}}, {{Text: kept(w.ClaimCovers(c.Claim.Name), b.style.small)}}, {result},
		})
	}
	b.text.Heading(pdf.Heading3, 20, kept(w.Student.Parts(), b.style.question))
	b.c.Table(2, []compose.TableColumn{
		{Head: kept(w.Student.Part(), b.style.quiet), Part: 0.33}, {Head: kept(w.Student.Covers(), b.style.quiet), Part: 0.42}, {Head: kept(w.Student.Result(), b.style.quiet), Part: 0.25},
	}, rows)
	b.c.Stack.KeepWithNext()
	b.claimKey(s.Result)
	b.text.Paragraph(pdf.Paragraph, 6, kept(w.Student.PartsNote(), b.style.quiet))
}

// claimKey says what the levels of claims that occur mean.
func (b builder) claimKey(r report.Result) {
	var signs []draw.List
	var names, about []compose.Text
	for _, c := range telling.ClaimLevels(r) {
		signs = append(signs, draw.ClaimIcon(c.Level))
		names = append(names, kept(b.w.ClaimLevelName(c.LevelName), b.style.smallKey))
		about = append(about, kept(b.w.ClaimLevelMeaning(c.Level), b.style.quiet))
	}
	if len(signs) == 0 {
		return
	}
	b.c.Key(8, signs, names, about)
	b.c.Stack.KeepWithNext()
}

// missing says which subjects have no result.
func (b builder) missing() {
	if len(b.t.Report.Subjects) == 0 {
		b.text.Paragraph(pdf.Paragraph, 16, own(b.t.Lead(), b.style.answer))
	}
	for _, m := range b.t.Report.Missing {
		b.text.Paragraph(pdf.Paragraph, 12, kept(b.w.Student.Missing(m), b.style.quiet))
	}
}

// back is the second side: what changed, what can be done, notes.
func (b builder) back(s report.SubjectReport) {
	w, from := b.w, b.c.Stack.Blocks()
	if len(s.History) > 1 {
		b.history(s)
	}
	if telling.Scored(s.Result) {
		b.text.Heading(pdf.Heading3, 22, kept(w.Student.Next(), b.style.question))
		b.text.Paragraph(pdf.Paragraph, 4, kept(w.NextStep(s.Subject, s.Result.Level, len(s.Scale.Levels)), b.style.body))
	}
	b.questions()
	if len(s.Accommodations) > 0 && !b.options.HideSupports {
		b.text.Heading(pdf.Heading3, 22, kept(w.Student.Supports(), b.style.question))
		b.text.Paragraph(pdf.Paragraph, 4, kept(w.List(w.Accommodations(s.Accommodations))+".", b.style.body))
	}
	b.notes(pdf.Heading3, 22)
	if telling.Scored(s.Result) {
		b.c.Stack.NewPage(from)
	}
}

// questions are some to ask the teacher.
func (b builder) questions() {
	questions := b.w.Questions()
	if len(questions) == 0 {
		return
	}
	b.text.Heading(pdf.Heading3, 22, kept(b.w.Student.Questions(), b.style.question))
	var items []compose.Text
	for _, q := range questions {
		items = append(items, kept(q, b.style.body))
	}
	b.text.Points(4, 2, items)
}

// notes are what to keep in mind.
func (b builder) notes(role pdf.Role, before float64) {
	b.text.Heading(role, before, kept(b.w.Student.Notes(), b.style.question))
	for i, n := range append(b.t.Notes(), b.w.Student.Languages()) {
		gap := 6.0
		if i == 0 {
			gap = 4
		}
		b.text.Paragraph(pdf.Paragraph, gap, kept(n, b.style.small))
	}
	if b.c.Job.Missing {
		b.text.Paragraph(pdf.Paragraph, 6, kept(b.w.Paper.Boxed(), b.style.small))
	}
}

// history is how results changed: a sentence, a figure, the numbers.
func (b builder) history(s report.SubjectReport) {
	w := b.w
	b.text.Heading(pdf.Heading3, 0, kept(w.Student.History(), b.style.question))
	b.text.Paragraph(pdf.Paragraph, 4, own(b.t.Change(s.History), b.style.body))
	b.c.Figure(12, b.t.History(s, b.c.Width))
	b.c.Stack.KeepWithNext()
	b.text.Paragraph(pdf.Paragraph, 4, kept(w.Score.HistoryFigure(), b.style.quiet))
	var rows [][]compose.TableCell
	for _, p := range s.History {
		when := w.Year(p.Year)
		if b.t.Report.Type != edu.Summative {
			when = w.ShortDay(p.Taken)
		}
		rows = append(rows, []compose.TableCell{
			{{Text: kept(when, b.style.smallKey)}}, {{Text: kept(b.grade(p.Grade), b.style.small)}},
			{{Text: own(strconv.Itoa(int(p.Score.Value)), b.style.smallKey)}}, {{Text: own(w.Range(int(p.Score.Low), int(p.Score.High)), b.style.small)}},
			{{Text: kept(w.LevelInTable(p.Level, p.LevelName), b.style.small)}},
		})
	}
	b.c.Table(8, []compose.TableColumn{
		{Head: kept(w.Student.Year(), b.style.quiet), Part: 0.18}, {Head: kept(w.Student.Grade(), b.style.quiet), Part: 0.14}, {Head: kept(w.Student.Score(), b.style.quiet), Part: 0.13, Right: true},
		{Head: kept(w.Student.LikelyRange(), b.style.quiet), Part: 0.19, Right: true}, {Head: kept(w.Student.Level(), b.style.quiet), Part: 0.36},
	}, rows)
}

// blockTable is the interim blocks of a subject: the newest result of each, and all earlier ones.
func (b builder) blockTable(s report.SubjectReport) {
	w := b.w
	var rows [][]compose.TableCell
	for _, block := range telling.Blocks(s) {
		earlier := compose.TableCell{{Text: kept(w.Student.NoEarlier(), b.style.quiet)}}
		if len(block.Results) > 1 {
			earlier = nil
			for _, r := range block.Results[1:] {
				earlier = append(earlier, b.blockResult(r)...)
			}
		}
		rows = append(rows, []compose.TableCell{
			{{Text: kept(w.BlockName(block.Name), b.style.strong)}, {Text: kept(w.Grade(block.Grade), b.style.quiet)}}, b.blockResult(block.Results[0]), earlier,
		})
	}
	b.text.Paragraph(pdf.Paragraph, 6, own(b.t.Lead(s), b.style.answer))
	b.c.Table(8, []compose.TableColumn{
		{Head: kept(w.Student.Block(), b.style.quiet), Part: 0.44}, {Head: kept(w.Student.Newest(), b.style.quiet), Part: 0.28}, {Head: kept(w.Student.Earlier(), b.style.quiet), Part: 0.28},
	}, rows)
}

func (b builder) blockResult(r report.Result) compose.TableCell {
	w := b.w
	cell := compose.TableCell{{Text: kept(w.Student.None(), b.style.body)}}
	if n, name := telling.BlockLevel(r); n > 0 {
		sign := draw.ClaimIcon(n)
		cell[0] = compose.CellText{Text: kept(w.ClaimLevelName(name), b.style.body), Sign: &sign}
	}
	about := []string{w.ShortDay(r.Taken)}
	if r.Complete == edu.No {
		about = append(about, w.Student.Partial())
	}
	if r.Condition == edu.ConditionInvalid {
		about = append(about, w.Student.Invalid())
	}
	return append(cell, compose.CellText{Text: own(strings.Join(about, " · "), b.style.quiet)})
}
