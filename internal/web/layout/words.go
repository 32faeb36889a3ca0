package layout

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/report"
)

// words are the texts of the frame and of what several pages share.
var words = struct {
	skip, product, signedIn, signOut, trail string
	fiction, footer                         string
	withheld, none, interim                 string
	spreadLevel                             string
	level, students, percent, keyCaption    string
	oldYear, newestYear                     string
	ending, endingIdle, endingEnd, endingIn string
	stay, again, minutes, seconds           string
}{
	skip: "Skip to the results", product: "Assessment results", signedIn: "Signed in as", signOut: "Sign out", trail: "Where you are",
	fiction:  "All schools, people and results on these pages are invented.",
	footer:   "Results are confidential. Share reports about a student only with the student’s family and with staff who teach the student.",
	withheld: "withheld for privacy", none: "no results", interim: "interim results only",
	spreadLevel: "%s: %d%%",
	level:       "Level", students: "Students", percent: "Percent", keyCaption: "%s: students by performance level",
	oldYear: "These are results of %s.", newestYear: "See %s, the newest",
	ending:     "You will be signed out soon",
	endingIdle: "You have not opened a page for a while. You are signed out after a time without activity, so that nobody else reads these results.",
	endingEnd:  "You have been signed in for as long as is allowed at a time. Sign in again to go on; you will come back to this page.",
	endingIn:   "Time left:", stay: "Stay signed in", again: "Sign in again", minutes: "%d minutes", seconds: "%d seconds",
}

func footnote(f Frame) string {
	if f.Fiction {
		return words.fiction
	}
	return words.footer
}

func home(f Frame) string {
	if f.Home == "" {
		return "/"
	}
	return f.Home
}

// absence says why a cell has no numbers.
func absence(v report.Visibility) string {
	switch v {
	case report.Withheld:
		return words.withheld
	case report.InterimOnly:
		return words.interim
	}
	return words.none
}

// absentMark stands for absence in a table.
func absentMark(v report.Visibility) string {
	switch v {
	case report.Withheld:
		return "*"
	case report.InterimOnly:
		return "i"
	}
	return "–"
}

// Count writes a whole number with commas between the thousands.
func Count(n int) string {
	s := strconv.Itoa(n)
	var groups []string
	for len(s) > 3 && s[len(s)-4] != '-' {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, groups...), ",")
}

// Plural returns one when n is 1, else many; a %s in it becomes the number.
func Plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	if strings.Contains(many, "%s") {
		return fmt.Sprintf(many, Count(n))
	}
	return many
}

// LongDay writes a day for sentences: April 10, 2026.
func LongDay(t time.Time) string { return t.Format("January 2, 2006") }

// ShortDay writes a day for tables: Apr 10, 2026.
func ShortDay(t time.Time) string { return t.Format("Jan 2, 2006") }

// List joins words for a sentence: "a", "a and b", "a, b and c".
func List(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// Level names a performance level in a table: "2 – Partial Understanding", or the name alone when it has the number.
func Level(number int, name string) string {
	if n := strconv.Itoa(number); name != "" && !strings.HasSuffix(name, n) {
		return n + " – " + name
	}
	return name
}
