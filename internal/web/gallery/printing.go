package gallery

import (
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/downloads"
	"scorehouse/internal/web/page/prints"
	"scorehouse/internal/words"
)

// longName is a school's whose name is longer than there is room for anywhere.
const longName = "Upper Moose River Consolidated School for the Arts, Sciences and Outdoor Learning"

// ordering are the pages that ask how reports shall be printed, and those of what was asked for.
func ordering(w *words.Words) []Sample {
	return []Sample{
		{"print-grade", "Print: one grade", prints.Page(printView(w, 28, false)), false},
		{"print-district", "Print: a district, a long name, several choices", prints.Page(longPrint(w)), false},
		{"print-nobody", "Print: nobody has results", prints.Page(printView(w, 0, false)), false},
		{"downloads-list", "Downloads: every state of a job", downloads.List(downloadsView(w)), false},
		{"downloads-none", "Downloads: nothing asked for", downloads.List(downloads.ListView{Frame: frame(w, w.Downloads.Title()), Days: 7, Address: nowhere}), false},
		{"job-printing", "Job: being printed", downloads.Job(jobView(w, printing.Printing, "", nil)), false},
		{"job-ready", "Job: ready, several documents", downloads.Job(jobView(w, printing.Ready, "", parts())), false},
		{"job-failed", "Job: failed on our side", downloads.Job(jobView(w, printing.Failed, printing.OurSide, nil)), false},
		{"job-expired", "Job: expired", downloads.Job(jobView(w, printing.Expired, "", nil)), false},
	}
}

func nowhere(printing.ID, string) string { return "#" }

func printView(w *words.Words, students int, several bool) prints.View {
	v := prints.View{
		Frame: frame(w, "Otter Lake", w.Print.Title()), Action: layout.Address{Path: "#"}, Once: "x", Students: students, Several: several, Days: 7,
		Place: report.Institution{District: edu.District{ID: "0042", Name: "Alder Falls"}, School: edu.School{ID: "0117", Name: "Otter Lake Elementary"}},
		Grade: new(edu.Grade(5)), Type: edu.Summative, Year: 2026, Options: printing.Options{Language: w.Language.Code, Duplex: true},
	}
	return v
}

func longPrint(w *words.Words) prints.View {
	v := printView(w, 2412, true)
	v.Grade, v.Place.School, v.Place.District.Name = nil, edu.School{}, longName
	v.Filters, v.Wait = []string{w.Sex(edu.Female)}, w.Print.TooMuch()
	return v
}

func jobOf(state printing.State, reason printing.Reason) printing.Job {
	at := time.Date(2026, 10, 6, 14, 5, 0, 0, time.Local)
	j := printing.Job{
		ID: "k3o46s2gpcn67i7ephkh5ntqjx", State: state, Reason: reason, Students: 2000, RequestedAt: at, Place: printing.Place{District: "Alder Falls", School: "Otter Lake Elementary"},
		Wish: printing.Wish{Of: report.BundleQuestion{Type: edu.Summative, Year: 2026}, Options: printing.Usual},
	}
	switch state {
	case printing.Printing:
		j.Done = 812
	case printing.Ready, printing.Expired:
		j.Done, j.ExpiresAt = 2000, at.AddDate(0, 0, 7)
	}
	return j
}

func jobView(w *words.Words, state printing.State, reason printing.Reason, parts []printing.Part) downloads.JobView {
	j := jobOf(state, reason)
	j.Parts = parts
	f := frame(w, w.Downloads.Title(), downloads.Name(w, j))
	f.Again = !state.Over()
	return downloads.JobView{Frame: f, Job: j, Address: nowhere}
}

func parts() []printing.Part {
	return []printing.Part{
		{Number: 1, School: "Otter Lake Elementary", Grade: new(edu.Grade(4)), Piece: 1, Pieces: 1, Students: 96, Pages: 388, Bytes: 812_000},
		{Number: 2, School: "Otter Lake Elementary", Grade: new(edu.Grade(5)), Piece: 1, Pieces: 2, First: "Aba", Last: "Mül", Students: 1000, Pages: 4021, Bytes: 7_900_000},
		{Number: 3, School: longName, Grade: new(edu.Grade(5)), Piece: 2, Pieces: 2, First: "Mun", Last: "Zúñ", Students: 904, Pages: 3622, Bytes: 7_100_000},
	}
}

func downloadsView(w *words.Words) downloads.ListView {
	f := frame(w, w.Downloads.Title())
	f.Again = true
	v := downloads.ListView{Frame: f, Days: 7, Address: nowhere}
	for _, s := range []printing.State{printing.Printing, printing.Waiting, printing.Ready, printing.Failed, printing.Cancelled, printing.Expired} {
		reason := printing.Reason("")
		if s == printing.Failed {
			reason = printing.OurSide
		}
		v.Jobs = append(v.Jobs, jobOf(s, reason))
	}
	v.Jobs[1].Place.School = longName
	v.Jobs[2].Wish.Of.Filters.Grades, v.Jobs[2].Place.Group = []edu.Grade{5}, "Room 12"
	v.Jobs[3].Place.School = ""
	v.Jobs[4].Wish.Of.Students, v.Jobs[4].Students = []int{1, 2, 3}, 3
	return v
}
