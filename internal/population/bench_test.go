package population

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// benchState is a snapshot of four million results in 300 districts.
func benchState(b *testing.B) *snapshot {
	r := rand.New(rand.NewPCG(1, 2))
	building := newBuilding()
	for school := range int32(5000) {
		district := int32(min(r.IntN(300), r.IntN(300))) + 1
		if school < 300 {
			district = school + 1
		}
		for _, subject := range edu.Subjects {
			first := uint64(school%3*3 + 3)
			for range 100 + r.IntN(600) {
				h := r.Uint64()
				grade := first + h%3
				if school%3 == 2 {
					grade = 11
				}
				p := profile(grade | (1+h>>8%4)<<4 | h>>16%8<<22)
				for a := range attributes {
					if fields[a].bits == 2 {
						p |= profile(1+h>>(20+3*a)%8/6) << fields[a].shift
					}
				}
				building.add(place{branch{2026, subject}, district, school + 1}, p)
			}
		}
	}
	s, err := building.snapshot(1)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// processorTime is what the process has used: what counts on a machine that others use too.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkState counts the districts of a state with no filter, one, and all nine.
func BenchmarkState(b *testing.B) {
	s := benchState(b)
	most := []edu.Flag{edu.NotStated, edu.No}
	for name, f := range map[string]report.Filters{
		"none": {},
		"one":  {LimitedEnglish: []edu.Flag{edu.Yes}},
		"nine": {Grades: []edu.Grade{3, 5, 7}, LimitedEnglish: most, IEP: most, Section504: most, EconomicDisadvantage: most, Migrant: most, Complete: most,
			Ethnicities: []edu.Ethnicity{1, 3, 4, 6}, Sexes: []edu.Sex{edu.Male}},
	} {
		b.Run(name, func(b *testing.B) {
			before := processorTime()
			for b.Loop() {
				s.counts(report.CountQuestion{Year: 2026, Filters: f})
			}
			b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
	b.Run("any", func(b *testing.B) {
		r := rand.New(rand.NewPCG(1, 2))
		before := processorTime()
		for b.Loop() {
			s.counts(report.CountQuestion{Year: 2026, Filters: drawFilters(r)})
		}
		b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	})
	b.Run("not stated", func(b *testing.B) {
		for b.Loop() {
			s.notStated(report.CountQuestion{Year: 2026})
		}
	})
}
