package specimen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/report"
)

// Student is the i-th of many: one sheet, with names, scores and levels that differ.
func Student(i int) report.StudentReport {
	first := []string{"Ana", "Liam", "Zoë", "Kwame", "Aiyana", "Noah", "Mei", "Olga"}[i%8]
	last := []string{"Reyes", "Ng", "O’Connor", "Boateng", "Red Cloud", "Smith", "Sokolova"}[i%7] + fmt.Sprintf("-%c%c", 'A'+i%26, 'a'+i/26%26)
	return Named(Of(edu.Summative, int16(2300+i%300), 0), first, "", last)
}

// Name is a name that people have, or that people try.
type Name struct {
	First, Last string
	Shown       string // what a reader must find; empty is whatever comes
}

// Hostile are such names.
var Hostile = []Name{
	{"Nguyễn Thị", "Minh Khai", "Nguyễn Thị Minh Khai"},
	{"Nguye\u0302\u0303n Thi\u0323", "Minh", "Nguyễn Thị Minh"},
	{"Зоя", "Космодемьянская", "Зоя Космодемьянская"},
	{"Ελένη", "Παπαδοπούλου", "Ελένη Παπαδοπούλου"},
	{"محمد", "عبد الرحمن", "عبد الرحمن"},
	{"דוד", "לוי", "לוי"},
	{"कृष्ण", "क्षत्रिय", "क्षत्रिय"},
	{"李", "小龙", ""}, {"สมชาย", "ใจดี", ""}, {"😀", "Emoji", "Emoji"}, {"𝔘𝔫𝔦", "ﬁﬂ", ""},
	{"Z\u0351\u036Ba\u0334\u0321\u0322l\u0335\u0321g\u0336\u0322o", "Marks", "Marks"},
	{"\u0301", "\u0300Leading", "Leading"},
	{"", "Only", "Only"}, {" ", "\t\n", ""}, {"", "", ""},
	{"((()", "\\)(\r\n", "((()"}, {"<b>Bold</b>", "&amp;", "<b>Bold</b>"}, {"%PDF-1.7", "endstream endobj", "endstream endobj"},
	{"\xff\xfe", "Bytes", "Bytes"}, {"\x00\x01\x02", "Controls", "Controls"}, {"\u202Eesrever", "\u2066Override", "Override"},
	{"Soft\u00ADhyphen", "No\u200Bspace", "Softhyphen"}, {"\uFFFF\uFFFE\uE000", "Private", "Private"},
	{strings.Repeat("Long", 60), "Name", "Name"}, {strings.Repeat("ÅÄÖ-", 40), strings.Repeat("x", 300), ""},
	{strings.Repeat("many ", 80), "Words", "Words"}, {"O’Connor-D'Arcy", "Ñuñez y Íñigo", "O’Connor-D'Arcy Ñuñez y Íñigo"},
	{"Ana محمد", "דוד Reyes", "Reyes"}, {"Μ\u03BCµ", "KΩΩ", ""}, {"\u2029", "\u0085", ""},
}

// Random is a report of a student as may be.
func Random(rng *rand.Rand) report.StudentReport {
	v := All()
	r := v[rng.IntN(len(v))].Report
	n := Hostile[rng.IntN(len(Hostile))]
	r = Named(r, n.First, "", n.Last)
	if r.Type == edu.Summative && len(r.Subjects) > 0 && rng.IntN(2) == 0 {
		r = Named(Of(edu.Summative, int16(2204+rng.IntN(455)), int16(2204+rng.IntN(455))), n.First, "", n.Last)
	}
	return r
}

// edge is that of the printed area: 15 mm, less a hair.
const edge = 55.5

// LaidOut reports what is wrong with the places of marks: over an edge, or over each other.
func LaidOut(all []compose.Mark, paper pdf.Size) []string {
	var wrong []string
	for i, a := range all {
		if a.Left < edge || a.Right > paper.Width-edge || a.Top < 30 || a.Bottom > paper.Height-40 {
			wrong = append(wrong, fmt.Sprintf("page %d: %s %q leaves the page: %.1f %.1f %.1f %.1f", a.Page, a.Kind, a.Text, a.Left, a.Top, a.Right, a.Bottom))
		}
		for _, b := range all[i+1:] {
			if a.Page != b.Page || a.Kind == "chart" && b.Kind != "text" || b.Kind == "chart" && a.Kind != "text" {
				continue
			}
			if a.Left < b.Right-0.5 && b.Left < a.Right-0.5 && a.Top < b.Bottom-0.5 && b.Top < a.Bottom-0.5 {
				wrong = append(wrong, fmt.Sprintf("page %d: %s %q lies over %s %q", a.Page, a.Kind, a.Text, b.Kind, b.Text))
			}
		}
	}
	return wrong
}
