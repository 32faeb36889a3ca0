package studentreport_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/words"
)

// counter counts bytes.
type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func BenchmarkSingle(b *testing.B) {
	for _, tone := range []compose.Tone{compose.Gray, compose.Colour} {
		b.Run(fmt.Sprint(tone), func(b *testing.B) {
			press, _, err := studentreport.NewPress("")
			if err != nil {
				b.Fatal(err)
			}
			s, o, n := press.NewSetter(), studentreport.Options{Words: words.For("en"), Brand: "State of Tamarack", Tone: tone}, counter(0)
			i := 0
			for b.Loop() {
				if err := studentreport.Write(&n, s, specimen.Student(i), o); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64(n)/float64(b.N), "bytes/report")
			b.ReportAllocs()
		})
	}
}

// BenchmarkBundled prints bundles of a thousand reports, each of one sheet of two sides; an op is one report.
func BenchmarkBundled(b *testing.B) {
	press, _, err := studentreport.NewPress("")
	if err != nil {
		b.Fatal(err)
	}
	s, o, n := press.NewSetter(), studentreport.Options{Words: words.For("en"), Brand: "State of Tamarack"}, counter(0)
	bundle := studentreport.NewBundle(&n, s, "Otter Lake", o)
	for i := range 1000 { // so that the press keeps what it will keep
		bundle.Add(specimen.Student(i))
	}
	if err := bundle.Close(); err != nil {
		b.Fatal(err)
	}
	n, bundle = 0, studentreport.NewBundle(&n, s, "Otter Lake", o)
	i, used := 0, processorTime()
	for b.Loop() {
		bundle.Add(specimen.Student(i))
		if i++; i%1000 == 0 {
			if err := bundle.Close(); err != nil {
				b.Fatal(err)
			}
			bundle = studentreport.NewBundle(&n, s, "Otter Lake", o)
		}
	}
	if err := bundle.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(processorTime()-used)/float64(b.N), "cpu-ns/report")
	b.ReportMetric(float64(n)/float64(b.N), "bytes/report")
	b.ReportAllocs()
}

// processorTime is what this process has used, which counts on a machine that others use too.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
