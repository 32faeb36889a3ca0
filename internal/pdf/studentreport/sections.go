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
	c       compose.Column
	t       telling.Report
	w       *words.Words
	options Options
	first   bool // sheet of the student
}

// kept is a text that many reports have; own is one of this student's.
func kept(text string, s compose.Style) compose.Text {
	return compose.Text{Text: text, Style: s, Kept: true}
}
func own(text string, s compose.Style) compose.Text { return compose.Text{Text: text, Style: s} }

// blocks is a sheet from top to bottom; without a subject it says that there is no result.
func (b builder) blocks(s *report.SubjectReport) []compose.Block {
	all := b.who(s)
	if s == nil {
		all = append(all, b.missing()...)
		return append(all, b.notes(20)...)
	}
	all = append(all, b.c.Rule(16, 2, draw.Dark))
	all = append(all, b.c.Heading(pdf.Heading2, 8, kept(b.w.Subject(s.Subject), subject))...)
	if b.t.Report.Type == edu.InterimBlock {
		all = append(all, b.blockTable(*s)...)
		all = append(all, b.missing()...)
		return append(all, b.notes(22)...)
	}
	for _, w := range b.t.Warnings(s.Result) {
		all = append(all, b.c.Boxed(8, compose.CautionGround, draw.Caution, own(w.Heading, strong), own(w.Text, body)))
	}
	if telling.Scored(s.Result) {
		all = append(all, b.answer(*s)...)
		all = append(all, b.meaning(*s)...)
	}
	all = append(all, b.parts(*s)...)
	all = append(all, b.missing()...)
	return append(all, b.back(*s)...)
}

// who is the title and the facts.
func (b builder) who(s *report.SubjectReport) []compose.Block {
	w, r := b.w, b.t.Report
	all := b.c.Heading(pdf.Heading1, 0, own(b.t.Title(), title))
	if b.options.Address != nil && b.first {
		all = append(all, b.window(b.options.Address(r.Student), all))
	}
	fact := func(term, text string) compose.Fact {
		return compose.Fact{Term: kept(term, quiet), Text: own(text, small)}
	}
	facts := []compose.Fact{fact(w.Student.Name(), b.t.FullName()), fact(w.Student.Grade(), w.Grade(r.Grade))}
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
	return append(all, b.c.Facts(8, 4, 3, facts)...)
}

// window is an address where the window of an envelope will be, beneath what is above it.
func (b builder) window(lines []string, above []compose.Block) compose.Block {
	top := afterBrand
	for _, block := range above {
		top += block.Height
	}
	var texts []compose.Text
	for _, l := range lines {
		texts = append(texts, own(l, body))
	}
	return b.c.Fixed(top, max(windowTop, top+10), windowEnd, windowLeft, 330, texts)
}

// answer is the result in words, then as a figure.
func (b builder) answer(s report.SubjectReport) []compose.Block {
	w, levels := b.w, len(s.Scale.Levels)
	swatch := draw.Swatch(s.Result.Level, levels, edu.StandardLevel(levels), strconv.Itoa(s.Result.Level))
	all := b.c.Paragraph(pdf.Paragraph, 6, own(b.t.Lead(s), answer))
	all = append(all, b.c.Beside(pdf.Paragraph, 8, swatch, own(b.t.Result(s), body)))
	all = append(all, b.c.Paragraph(pdf.Paragraph, 4, own(b.t.Confidence(s), body))...)
	figure := b.c.Figure(14, b.t.Figure(s, b.c.Width))
	figure.WithNext = true
	all = append(all, figure)
	all = append(all, b.c.Paragraph(pdf.Paragraph, 6, kept(w.Score.Figure(), quiet))...)
	if s.Result.Condition == edu.ConditionStandardized {
		all = append(all, b.c.Paragraph(pdf.Paragraph, 6, kept(w.Student.Standardized(), quiet))...)
	}
	return all
}

func (b builder) meaning(s report.SubjectReport) []compose.Block {
	all := b.c.Heading(pdf.Heading3, 20, kept(b.w.Student.Meaning(), question))
	return append(all, b.c.Paragraph(pdf.Paragraph, 4, kept(b.w.Meaning(s.Subject, s.Result.Grade, s.Result.Level, len(s.Scale.Levels)), body))...)
}

// parts is the table of the claims.
func (b builder) parts(s report.SubjectReport) []compose.Block {
	if len(s.Result.Claims) == 0 {
		return nil
	}
	w := b.w
	var rows [][]compose.TableCell
	for _, c := range s.Result.Claims {
		result := compose.CellText{Text: kept(w.Student.None(), body)}
		if c.Level > 0 {
			sign := draw.ClaimIcon(c.Level)
			result = compose.CellText{Text: kept(w.ClaimLevelName(c.LevelName), body), Sign: &sign}
		}
		rows = append(rows, []compose.TableCell{
			{{Text: kept(w.ClaimName(c.Claim.Name), strong)}}, {{Text: kept(w.ClaimCovers(c.Claim.Name), small)}}, {result},
		})
	}
	all := b.c.Heading(pdf.Heading3, 20, kept(w.Student.Parts(), question))
	all = append(all, b.c.Table(2, []compose.TableColumn{
		{Head: kept(w.Student.Part(), quiet), Part: 0.33}, {Head: kept(w.Student.Covers(), quiet), Part: 0.42}, {Head: kept(w.Student.Result(), quiet), Part: 0.25},
	}, rows)...)
	all[len(all)-1].WithNext = true
	return append(all, b.c.Paragraph(pdf.Paragraph, 6, kept(w.Student.PartsNote(), quiet))...)
}

// missing says which subjects have no result.
func (b builder) missing() []compose.Block {
	var all []compose.Block
	if len(b.t.Report.Subjects) == 0 {
		all = append(all, b.c.Paragraph(pdf.Paragraph, 16, own(b.t.Lead(), answer))...)
	}
	for _, m := range b.t.Report.Missing {
		all = append(all, b.c.Paragraph(pdf.Paragraph, 12, kept(b.w.Student.Missing(m), quiet))...)
	}
	return all
}

// back is the second side: what changed, what can be done, notes.
func (b builder) back(s report.SubjectReport) []compose.Block {
	w := b.w
	var all []compose.Block
	if len(s.History) > 1 {
		all = append(all, b.history(s)...)
	}
	if telling.Scored(s.Result) {
		all = append(all, b.c.Heading(pdf.Heading3, 22, kept(w.Student.Next(), question))...)
		all = append(all, b.c.Paragraph(pdf.Paragraph, 4, kept(w.NextStep(s.Subject, s.Result.Level, len(s.Scale.Levels)), body))...)
	}
	if questions := w.Questions(); len(questions) > 0 {
		all = append(all, b.c.Heading(pdf.Heading3, 22, kept(w.Student.Questions(), question))...)
		var items []compose.Text
		for _, q := range questions {
			items = append(items, kept(q, body))
		}
		all = append(all, b.c.Points(4, 2, items)...)
	}
	if len(s.Accommodations) > 0 && !b.options.HideSupports {
		all = append(all, b.c.Heading(pdf.Heading3, 22, kept(w.Student.Supports(), question))...)
		all = append(all, b.c.Paragraph(pdf.Paragraph, 4, kept(w.List(w.Accommodations(s.Accommodations))+".", body))...)
	}
	all = append(all, b.notes(22)...)
	all[0].NewPage = true
	return all
}

// notes are what to keep in mind.
func (b builder) notes(before float64) []compose.Block {
	all := b.c.Heading(pdf.Heading3, before, kept(b.w.Student.Notes(), question))
	for i, n := range append(b.t.Notes(), b.w.Student.Languages()) {
		gap := 6.0
		if i == 0 {
			gap = 4
		}
		all = append(all, b.c.Paragraph(pdf.Paragraph, gap, kept(n, small))...)
	}
	if b.c.Job.Missing {
		all = append(all, b.c.Paragraph(pdf.Paragraph, 6, kept(b.w.Paper.Boxed(), small))...)
	}
	return all
}

// history is how results changed: a sentence, a figure, the numbers.
func (b builder) history(s report.SubjectReport) []compose.Block {
	w := b.w
	all := b.c.Heading(pdf.Heading3, 0, kept(w.Student.History(), question))
	all = append(all, b.c.Paragraph(pdf.Paragraph, 4, own(b.t.Change(s.History), body))...)
	figure := b.c.Figure(12, b.t.History(s, b.c.Width))
	figure.WithNext = true
	all = append(all, figure)
	all = append(all, b.c.Paragraph(pdf.Paragraph, 4, kept(w.Score.HistoryFigure(), quiet))...)
	var rows [][]compose.TableCell
	for _, p := range s.History {
		when := w.Year(p.Year)
		if b.t.Report.Type != edu.Summative {
			when = w.ShortDay(p.Taken)
		}
		rows = append(rows, []compose.TableCell{
			{{Text: kept(when, smallKey)}}, {{Text: kept(w.ShortGrade(p.Grade), small)}},
			{{Text: own(strconv.Itoa(int(p.Score.Value)), smallKey)}}, {{Text: own(w.Range(int(p.Score.Low), int(p.Score.High)), small)}},
			{{Text: kept(w.LevelInTable(p.Level, p.LevelName), small)}},
		})
	}
	return append(all, b.c.Table(8, []compose.TableColumn{
		{Head: kept(w.Student.Year(), quiet), Part: 0.18}, {Head: kept(w.Student.Grade(), quiet), Part: 0.14}, {Head: kept(w.Student.Score(), quiet), Part: 0.13, Right: true},
		{Head: kept(w.Student.LikelyRange(), quiet), Part: 0.19, Right: true}, {Head: kept(w.Student.Level(), quiet), Part: 0.36},
	}, rows)...)
}

// blockTable is the interim blocks of a subject: the newest result of each, and all earlier ones.
func (b builder) blockTable(s report.SubjectReport) []compose.Block {
	w := b.w
	var rows [][]compose.TableCell
	for _, block := range telling.Blocks(s) {
		earlier := compose.TableCell{{Text: kept(w.Student.NoEarlier(), quiet)}}
		if len(block.Results) > 1 {
			earlier = nil
			for _, r := range block.Results[1:] {
				earlier = append(earlier, b.blockResult(r)...)
			}
		}
		rows = append(rows, []compose.TableCell{
			{{Text: kept(w.BlockName(block.Name), strong)}, {Text: kept(w.Grade(block.Grade), quiet)}}, b.blockResult(block.Results[0]), earlier,
		})
	}
	all := b.c.Paragraph(pdf.Paragraph, 6, own(b.t.Lead(s), answer))
	return append(all, b.c.Table(8, []compose.TableColumn{
		{Head: kept(w.Student.Block(), quiet), Part: 0.44}, {Head: kept(w.Student.Newest(), quiet), Part: 0.28}, {Head: kept(w.Student.Earlier(), quiet), Part: 0.28},
	}, rows)...)
}

func (b builder) blockResult(r report.Result) compose.TableCell {
	w := b.w
	cell := compose.TableCell{{Text: kept(w.Student.None(), body)}}
	if n, name := telling.BlockLevel(r); n > 0 {
		sign := draw.ClaimIcon(n)
		cell[0] = compose.CellText{Text: kept(w.ClaimLevelName(name), body), Sign: &sign}
	}
	about := []string{w.ShortDay(r.Taken)}
	if r.Complete == edu.No {
		about = append(about, w.Student.Partial())
	}
	if r.Condition == edu.ConditionInvalid {
		about = append(about, w.Student.Invalid())
	}
	return append(cell, compose.CellText{Text: own(strings.Join(about, " · "), quiet)})
}
