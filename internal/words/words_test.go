package words_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/words"
)

var en, es, vi = words.For("en"), words.For("es"), words.For("vi")

func TestEachLanguageWritesNumbersDaysAndListsItsOwnWay(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 4, 9, 0, 0, 0, 0, time.UTC)
	say := func(w *words.Words) []string {
		return []string{
			w.Number(0), w.Number(999), w.Number(1000), w.Number(12480), w.Number(1234567), w.Number(-1234), w.Percent(54), w.Range(2451, 2490),
			w.LongDay(day), w.ShortDay(day), w.ShortMonth(day), w.Year(2026), w.Year(2000),
			w.List(nil), w.List([]string{"a"}), w.List([]string{"a", "b"}), w.List([]string{"a", "b", "c"}),
			w.Grade(3), w.GradeInSentence(11), w.ShortGrade(0), w.Grade(99), w.Subject(edu.Math), w.SubjectInSentence(edu.ELA), w.Subject("Science"),
			w.Possessive("Ana"), w.Possessive("James"), w.Type(edu.InterimBlock),
		}
	}
	for w, want := range map[*words.Words][]string{
		en: {"0", "999", "1,000", "12,480", "1,234,567", "-1,234", "54%", "2451–2490",
			"April 9, 2026", "Apr 9, 2026", "Apr", "2025–26", "1999–00", "", "a", "a and b", "a, b and c",
			"Grade 3", "grade 11", "K", "Grade 99", "Mathematics", "ELA/Literacy", "Science", "Ana’s", "James’", "Interim Assessment Blocks"},
		es: {"0", "999", "1,000", "12,480", "1,234,567", "-1,234", "54\u00a0%", "2451–2490",
			"9 de abril de 2026", "9 abr 2026", "abr", "2025–26", "1999–00", "", "a", "a y b", "a, b y c",
			"3.er grado", "11.º grado", "K", "Grade 99", "Matemáticas", "artes del lenguaje en inglés", "Science", "Ana", "James", "Bloques de evaluación interina"},
		vi: {"0", "999", "1.000", "12.480", "1.234.567", "-1.234", "54%", "2451–2490",
			"ngày 9 tháng 4 năm 2026", "9 thg 4, 2026", "thg 4", "2025–2026", "1999–2000", "", "a", "a và b", "a, b và c",
			"Lớp 3", "lớp 11", "MG", "Grade 99", "Toán", "Ngữ văn Anh", "Science", "Ana", "James", "Giữa năm, theo chủ đề"},
	} {
		if diff := cmp.Diff(want, say(w)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", w.Language.English, diff)
		}
	}
}

func TestSpanishSaysEBeforeTheSoundOfI(t *testing.T) {
	t.Parallel()
	for second, want := range map[string]string{"inglés": "a e inglés", "Irene": "a e Irene", "hijos": "a e hijos", "hielo": "a y hielo", "hierba": "a y hierba", "yodo": "a y yodo", "ciencia": "a y ciencia"} {
		if got := es.List([]string{"a", second}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCountsTakeThePluralOfTheirLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		w    *words.Words
		n    int
		want string
	}{
		{en, 0, "0 students with results"}, {en, 1, "1 student with results"}, {en, 2, "2 students with results"}, {en, 1001, "1,001 students with results"},
		{es, 0, "0 estudiantes con resultados"}, {es, 1, "1 estudiante con resultados"}, {es, 21, "21 estudiantes con resultados"}, {es, 1000000, "1,000,000 estudiantes con resultados"},
		{vi, 0, "0 học sinh có kết quả"}, {vi, 1, "1 học sinh có kết quả"}, {vi, 12480, "12.480 học sinh có kết quả"},
	} {
		if got := c.w.Students.Counted(c.n); got != c.want {
			t.Errorf("%s, %d: got %q, want %q", c.w.Language.Code, c.n, got, c.want)
		}
	}
}

// The sentences of a report, in each language, with the values that make them awkward.
func TestSentencesReadWell(t *testing.T) {
	t.Parallel()
	say := func(w *words.Words) []string {
		return []string{
			w.Score.Lead("Ana", []string{w.Score.Met([]string{w.SubjectInSentence(edu.Math)}), w.Score.NotYet([]string{w.SubjectInSentence(edu.ELA)})}),
			w.Score.Scored("Ana", 2472, w.LevelInSentence(2, "Partial Understanding")),
			w.Score.Scored("Ana", 2472, w.LevelInSentence(2, "Level 2")),
			w.Score.RoseBeyond(w.Score.SinceGrade(3), 90),
			w.Score.FellWithin(w.Score.SinceDay(time.Date(2025, 11, 3, 0, 0, 0, 0, time.UTC)), 1),
			w.Students.Title(3),
			w.Students.NoteCuts(edu.Math, 2204, 2659, []string{w.Students.LevelFrom(w.LevelName(2, "Level 2"), 2411), w.Students.LevelFrom(w.LevelName(3, "Level 3"), 2485)}),
			w.Comparison.TitleSchools("Lakeside"), w.LevelInTable(3, "Adequate Understanding"), w.Frame.LevelPercent(w.LevelName(1, ""), 7),
		}
	}
	for w, want := range map[*words.Words][]string{
		en: {"Ana has met the standard in Mathematics and has not yet met the standard in ELA/Literacy.",
			"Ana scored 2472: level 2, Partial Understanding.", "Ana scored 2472: level 2.",
			"Since grade 3 the score rose by 90 points, more than chance alone would explain.",
			"Since November 3, 2025 the score fell by 1 point; a change of this size can happen by chance.",
			"How did the students of grade 3 do?", "Mathematics: scores run from 2204 to 2659. Level 2 from 2411 and Level 3 from 2485.",
			"How do the schools of Lakeside compare?", "3 – Adequate Understanding", "Level 1: 7%"},
		es: {"Ana cumplió con el estándar en matemáticas y todavía no cumple con el estándar en artes del lenguaje en inglés.",
			"Ana obtuvo un puntaje de 2472: nivel 2, Comprensión parcial.", "Ana obtuvo un puntaje de 2472: nivel 2.",
			"Desde 3.er grado, el puntaje subió 90 puntos, más de lo que se explicaría solo por azar.",
			"Desde el 3 de noviembre de 2025, el puntaje bajó 1 punto; un cambio de este tamaño puede ocurrir por azar.",
			"¿Cómo les fue a los estudiantes de 3.er grado?", "Matemáticas: los puntajes van de 2204 a 2659. Nivel 2 desde 2411 y Nivel 3 desde 2485.",
			"¿Cómo se comparan las escuelas de Lakeside?", "3 – Comprensión adecuada", "Nivel 1: 7\u00a0%"},
		vi: {"Ana đã đạt chuẩn ở môn Toán và chưa đạt chuẩn ở môn Ngữ văn Anh.",
			"Ana được 2472 điểm: mức 2, Hiểu biết một phần.", "Ana được 2472 điểm: mức 2.",
			"Từ lớp 3 đến nay, điểm đã tăng 90 điểm, nhiều hơn mức có thể do ngẫu nhiên.",
			"Từ ngày 3 tháng 11 năm 2025 đến nay, điểm đã giảm 1 điểm; thay đổi cỡ này có thể xảy ra do ngẫu nhiên.",
			"Học sinh lớp 3 có kết quả ra sao?", "Toán: điểm từ 2204 đến 2659. Mức 2 từ 2411 và Mức 3 từ 2485.",
			"So sánh các trường của Lakeside", "3 – Hiểu biết đầy đủ", "Mức 1: 7%"},
	} {
		if diff := cmp.Diff(want, say(w)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", w.Language.English, diff)
		}
	}
}

func TestEverythingOfTheFieldHasAName(t *testing.T) {
	t.Parallel()
	for _, l := range words.Languages() {
		w := words.For(l.Code)
		var names []string
		for _, s := range edu.Subjects {
			names = append(names, w.Subject(s), w.SubjectInSentence(s))
			for _, g := range edu.TestedGrades {
				for level := range 4 {
					names = append(names, w.Meaning(s, g, level+1, 4), w.NextStep(s, level+1, 4), w.PlainLevelName(level+1, 4, ""))
				}
			}
		}
		for _, a := range edu.Accommodations {
			if w.Accommodation(a.Label) != w.Accommodation(a.Column) {
				t.Errorf("%s: accommodation %q has two names", l.Code, a.Label)
			}
			names = append(names, w.Accommodation(a.Label))
		}
		for _, at := range edu.AssessmentTypes {
			names = append(names, w.Type(at))
		}
		for g := edu.Kindergarten; g <= 13; g++ {
			names = append(names, w.Grade(g), w.GradeInSentence(g), w.ShortGrade(g))
		}
		for _, e := range edu.Ethnicities {
			names = append(names, w.Ethnicity(e))
		}
		for f := edu.NotStated; f <= edu.Yes; f++ {
			names = append(names, w.Flag(f), w.Completeness(f), w.Sex(edu.Sex(f)), w.ClaimLevelMeaning(int(f)+1))
		}
		names = append(names, w.Meaning("Science", 5, 1, 3), w.Meaning(edu.Math, 5, 5, 5), w.NextStep("Science", 3, 3), w.Ethnicity(99), w.Sex(-1), w.Flag(7))
		names = append(names, w.Questions()...)
		if i := slices.Index(names, ""); i >= 0 {
			t.Errorf("%s: name %d of %d is empty", l.Code, i, len(names))
		}
		if len(w.Questions()) != 3 || w.ClaimLevelMeaning(0) != "" || w.ClaimLevelMeaning(4) != "" {
			t.Errorf("%s: questions or claim levels are not as many as there are", l.Code)
		}
	}
}

func TestEveryLevelHasAMeaningOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, l := range words.Languages() {
		w, seen := words.For(l.Code), map[string]bool{}
		for _, s := range edu.Subjects {
			for _, g := range []edu.Grade{3, 5, 6, 8, 9, 11} {
				for level := 1; level <= 4; level++ {
					seen[w.Meaning(s, g, level, 4)] = true
				}
			}
		}
		if len(seen) != 24 {
			t.Errorf("%s: %d different texts for two subjects, three ranges of grades and four levels, want 24", l.Code, len(seen))
		}
	}
}

func TestNamesOfTheDataAreTranslatedWhenTheyAreKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{en.LevelName(2, "Partial Understanding"), "Partial Understanding"}, {es.LevelName(2, "PARTIAL  understanding"), "Comprensión parcial"},
		{es.LevelName(2, "Level 2"), "Nivel 2"}, {vi.LevelName(2, ""), "Mức 2"}, {es.LevelName(2, "Tamarack Silver"), "Tamarack Silver"}, {es.LevelName(2, "Level 3"), "Level 3"},
		{en.ClaimName("Concepts and Procedures"), "Concepts and Procedures"}, {es.ClaimName("Concepts & Procedures"), "Conceptos y procedimientos"},
		{vi.ClaimName("Geometry"), "Hình học"}, {vi.ClaimName("Something else"), "Something else"}, {es.ClaimName("Research & Inquiry"), "Investigación"},
		{es.ClaimCovers("Reading"), "Comprender cuentos y textos informativos"}, {en.ClaimCovers("Something else"), ""},
		{es.ClaimLevelName("At/Near Standard"), "En el estándar o cerca"}, {en.ShortClaimLevel("At/Near Standard"), "At/Near"}, {vi.ShortClaimLevel("Below Standard"), "Dưới"},
		{es.ShortClaimLevel("Something else"), "Something else"}, {es.BlockName("Read Literary Texts"), "Leer textos literarios"},
		{es.Accommodation("Braille"), "Braille"}, {vi.Accommodation("Something else"), "Something else"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if diff := cmp.Diff([]string{"Ábaco", "Calculadora", "Subtítulos"}, es.Accommodations([]string{"Closed captioning", "Calculator", "Abacus"})); diff != "" {
		t.Errorf("supports in the order of Spanish (-want +got):\n%s", diff)
	}
}

func TestTheLanguageIsTheReadersChoice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header      string
		preferences []string
		want        string
	}{
		{"", nil, "en"}, {"es", nil, "es"}, {"es-MX,es;q=0.9,en;q=0.8", nil, "es"}, {"vi-VN", nil, "vi"}, {"de-DE, vi;q=0.5", nil, "vi"}, {"de", nil, "en"},
		{"en-US,es;q=0.9", nil, "en"}, {"es", []string{"vi"}, "vi"}, {"es", []string{"", "xx", "VI "}, "vi"}, {"es", []string{"../../etc"}, "es"},
		{"%%%", nil, "en"}, {strings.Repeat("es,", 1000), nil, "en"}, {"*", nil, "en"},
	} {
		if got := words.Negotiate(c.header, c.preferences...); got != c.want {
			t.Errorf("Accept-Language %.40q, preferences %q: got %s, want %s", c.header, c.preferences, got, c.want)
		}
	}
	if words.For("xx") != en || words.Speaks("xx") || !words.Speaks("vi") {
		t.Error("a language that is not spoken is not answered in English")
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, s := range []string{"", "es-MX,es;q=0.9", "*;q=0.1", "en-u-co-phonebk", "x-klingon", "a,b,c;q=x"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, header, preference string) {
		if got := words.Negotiate(header, preference); !words.Speaks(got) {
			t.Errorf("%q, %q: %q", header, preference, got)
		}
	})
}

func TestATenantPutsItsOwnTextsInPlace(t *testing.T) {
	t.Parallel()
	own, err := en.Override(map[string]string{
		"comparison.tested":             "Took part",
		"comparison.districts":          "{districts} counties",
		"comparison.districts.one":      "a single county",
		"comparison.answer":             "of {students} young people met the standard",
		"meaning.math.middle.2":         "Ask your county for what level 2 means.",
		"help.reading.error-band":       "Our state says: **be careful**.\n\n- [More](https://example.org/more)",
		"help.reading.error-band.title": "Certainty",
		"vocabulary.grade.3.title":      "Third grade",
	})
	if err != nil {
		t.Fatal(err)
	}
	page, _ := own.HelpPage(words.HelpReading)
	section := page.Sections[1]
	got := []string{own.Comparison.Tested(), own.Comparison.Districts(1), own.Comparison.Districts(2000), own.Comparison.Answer(5), own.Comparison.School(),
		own.Meaning(edu.Math, 7, 2, 4), own.Meaning(edu.Math, 7, 3, 4)[:8], own.Grade(3), section.Title, section.Blocks[0].Text[1].Text, section.Blocks[1].Items[0][0].Link}
	want := []string{"Took part", "a single county", "2,000 counties", "of 5 young people met the standard", "School",
		"Ask your county for what level 2 means.", "Students", "Third grade", "Certainty", "be careful", "https://example.org/more"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts of a tenant (-want +got):\n%s", diff)
	}
	if page, _ := en.HelpPage(words.HelpReading); en.Comparison.Tested() != "Tested" || en.Grade(3) != "Grade 3" || page.Sections[1].Title == "Certainty" {
		t.Error("the texts of one tenant reach others")
	}
	again, err := own.Override(map[string]string{"comparison.school": "Campus"})
	if err != nil || again.Comparison.Tested() != "Took part" || again.Comparison.School() != "Campus" {
		t.Errorf("texts laid over those of a tenant: %v", err)
	}
	if page, _ := again.HelpPage(words.HelpReading); page.Sections[1].Title != "Certainty" {
		t.Error("laying texts over those of a tenant loses its help")
	}
	if same, err := es.Override(nil); err != nil || same != es {
		t.Errorf("no texts of its own: %v, %v", same, err)
	}
}

func TestTextsOfATenantAreHeldToTheRules(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]struct{ text, want string }{
		"comparison.unknown":       {"x", "there is no text of that name"},
		"comparison.tested":        {"Number of students who took part", "there is room for 10"},
		"comparison.answer":        {"of many", "the placeholder {students} is missing"},
		"comparison.of_all":        {"of {student}", "there is no placeholder {student} here"},
		"comparison.school":        {"{place}", "there is no placeholder {place} here"},
		"comparison.school.one":    {"School", "has no form"},
		"comparison.districts.few": {"{districts}", "has no form"},
		"score.lead":               {"{student.title} {verdicts}", "has no form"},
		"meaning.math.middle.2":    {"{student} can", "there is no placeholder {student} here"},
		"help.reading.answer":      {"## New {#section}", "cannot begin another"},
		"help.reading.level":       {"[x](javascript:alert)", "a link leads to"},
		"help.reading.nowhere":     {"x", "no section of that name"},
		"help.nothing.answer":      {"x", "no section of that name"},
		"frame.skip":               {" ", "it is empty"},
		"frame.product":            {"a\x00b", "control character"},
		"frame.none":               {"a\u202eb", "control character"},
		"frame.footer":             {"\xff", "not UTF-8"},
		"frame.fiction":            {strings.Repeat("x", 9000), "longer than"},
	} {
		own, err := en.Override(map[string]string{key: c.text, "frame.interim": "good"})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "text "+key) || own != nil {
			t.Errorf("%s: %q: %v, want one that says %q", key, c.text, err, c.want)
		}
	}
	_, err := en.Override(map[string]string{"a.b": "x", "c.d": "y"})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two mistakes: %v, want both", err)
	}
}

func TestHelpIsThereInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, l := range words.Languages() {
		w := words.For(l.Code)
		for _, name := range words.HelpPages {
			if page, ok := w.HelpPage(name); !ok || page.Title == "" || len(page.Sections) < 3 {
				t.Errorf("%s: help page %s: %v, %d sections", l.Code, name, ok, len(page.Sections))
			}
		}
		var titles []string
		for _, s := range w.Glossary().Sections {
			titles = append(titles, s.Title)
		}
		if len(titles) < 20 {
			t.Errorf("%s: the glossary has %d terms", l.Code, len(titles))
		}
		if l.Code == "en" && !slices.IsSortedFunc(titles, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
			t.Errorf("the glossary is not in order: %q", titles)
		}
		if w.ContentVersion("meaning") < 1 || w.ContentVersion("nothing") != 0 {
			t.Errorf("%s: version of content: %d", l.Code, w.ContentVersion("meaning"))
		}
	}
	if _, ok := en.HelpPage("nothing"); ok {
		t.Error("there is a page of help called nothing")
	}
}

func TestAMessageWithoutValuesCostsNoMemory(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { sink = es.Comparison.Tested() }); n != 0 {
		t.Errorf("a plain message: %v allocations, want 0", n)
	}
	if n := testing.AllocsPerRun(100, func() { sink = es.Comparison.Answer(12480) }); n > 1 {
		t.Errorf("a message with a number: %v allocations, want 1", n)
	}
}

var sink string

func BenchmarkPlainMessage(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sink = es.Comparison.Tested()
	}
}

func BenchmarkMessageWithACount(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sink = es.Comparison.Answer(12480)
	}
}

func BenchmarkNumber(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sink = vi.Number(12480)
	}
}

// What a state page of 300 rows and two subjects says: per cell a label, two numbers, a caution and a sentence for the bar.
func BenchmarkStatePageOf300Rows(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for range 600 {
			sink = es.Subject(edu.Math)
			sink = es.Number(1234)
			sink = es.Percent(54)
			sink = es.Comparison.TestedInline()
			sink = es.Comparison.OfAll(2480)
			sink = es.Comparison.CompareOne("Lakeside Elementary")
			for level := range 4 {
				sink = es.Frame.LevelPercent(es.LevelName(level+1, "Partial Understanding"), 25)
			}
		}
	}
}

func BenchmarkOverride(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := en.Override(map[string]string{"comparison.tested": "Took part"}); err != nil {
			b.Fatal(err)
		}
	}
}
