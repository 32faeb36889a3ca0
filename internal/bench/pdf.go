package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/web/gallery"
	"scorehouse/internal/words"
)

var printing = Bench{
	Name: "pdf",
	Help: "printed reports: ours against wkhtmltopdf and Chromium on the page that the screen shows, interleaved",
	Run:  printReports,
}

// The sizes of the bench.
const (
	printRounds = 5
	printMany   = 100_000 // for the memory
	printSchool = 1000
)

// printer is one way to print reports, on two processors. It prints some of them, from the i-th on, and says which processor time it took.
type printer struct {
	name  string
	each  int // reports a round
	print func(ctx context.Context, from, n int) (time.Duration, error)
}

// printReports measures all ways in turns, several times, and compares the medians.
func printReports(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	dir, err := os.MkdirTemp("", "scorehouse-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ours, err := newOurPress()
	if err != nil {
		return err
	}
	ways := []printer{{"single", 400, ours.singles}, {"bundled", 4 * printSchool, ours.bundles}}
	if err := writeScreens(dir, 64); err != nil {
		return err
	}
	if path, ok := found("wkhtmltopdf"); ok {
		w := wkhtmltopdf{path, dir}
		ways = append(ways, printer{"wkhtmltopdf, a process each", 24, w.each}, printer{"wkhtmltopdf, reused", 48, w.reused})
	} else {
		log.Warn("wkhtmltopdf is not installed (apt-get install wkhtmltopdf): nothing is compared with it")
	}
	browser, err := newPrintingChromium(ctx, dir, log)
	if err != nil {
		return err
	}
	defer browser.stop()
	ways = append(ways, printer{fmt.Sprintf("Chromium, %d tabs", len(browser.tabs)), 32, browser.print})
	took, wall, err := inTurns(ctx, ways)
	if err != nil {
		return err
	}
	compare(ways, took, wall, print)
	return ours.alone(print)
}

// inTurns runs every way in each round and returns processor and wall time of a report, round by round.
func inTurns(ctx context.Context, ways []printer) (took, wall [][]float64, err error) {
	took, wall = make([][]float64, len(ways)), make([][]float64, len(ways))
	for round := range printRounds {
		for i, w := range ways {
			begun := time.Now()
			used, err := w.print(ctx, round*w.each, w.each)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", w.name, err)
			}
			took[i] = append(took[i], used.Seconds()*1000/float64(w.each))
			wall[i] = append(wall[i], time.Since(begun).Seconds()/float64(w.each))
		}
	}
	return took, wall, nil
}

func compare(ways []printer, took, wall [][]float64, print func(Figure)) {
	for i, w := range ways {
		print(Figure{Name: "pdf.cpu", Value: median(took[i]), Unit: "ms/report", Detail: w.name})
		print(Figure{Name: "pdf.rate", Value: 1 / median(wall[i]), Unit: "reports/s", Detail: w.name + ", two at a time"})
	}
	for _, i := range []int{0, 1} {
		for k := 2; k < len(ways); k++ {
			var ratios []float64
			for round := range took[i] {
				ratios = append(ratios, took[k][round]/took[i][round])
			}
			print(Figure{Name: "pdf." + ways[i].name, Value: median(took[i]), Unit: "ms/report", Against: ways[k].name, Ratio: median(ratios),
				Detail: fmt.Sprintf("processor time; median of %d interleaved rounds, tagged", printRounds)})
		}
	}
}

// ourPress prints with our writer.
type ourPress struct {
	press   *compose.Press
	setters []*compose.Setter
	options studentreport.Options
}

func newOurPress() (*ourPress, error) {
	press, _, err := studentreport.NewPress("")
	if err != nil {
		return nil, err
	}
	o := &ourPress{press: press, options: specimen.Variant{}.Options("en", compose.Gray)}
	for range 2 {
		o.setters = append(o.setters, press.NewSetter())
	}
	_, err = o.bundles(context.Background(), 0, 2*printSchool) // so that the press keeps what it will keep
	return o, err
}

// atOnce has both setters work on halves of a range.
func (o *ourPress) atOnce(from, n int, work func(s *compose.Setter, from, n int) error) (time.Duration, error) {
	before := processorTime()
	errs := make([]error, len(o.setters))
	var all sync.WaitGroup
	for i, s := range o.setters {
		all.Go(func() { errs[i] = work(s, from+i*n/2, n/2) })
	}
	all.Wait()
	return processorTime() - before, cmp.Or(errs[0], errs[1])
}

func (o *ourPress) singles(_ context.Context, from, n int) (time.Duration, error) {
	return o.atOnce(from, n, func(s *compose.Setter, from, n int) error {
		for i := range n {
			var b bytes.Buffer
			if err := studentreport.Write(&b, s, specimen.Student(from+i), o.options); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *ourPress) bundles(_ context.Context, from, n int) (time.Duration, error) {
	return o.atOnce(from, n, func(s *compose.Setter, from, n int) error {
		for ; n > 0; from, n = from+printSchool, n-printSchool {
			if err := o.school(io.Discard, s, from, min(n, printSchool)); err != nil {
				return err
			}
		}
		return nil
	})
}

// school prints a bundle with a cover.
func (o *ourPress) school(to io.Writer, s *compose.Setter, from, n int) error {
	b := studentreport.NewBundle(to, s, "Otter Lake", o.options)
	for i := range n {
		b.Add(specimen.Student(from + i))
	}
	b.Front(studentreport.Cover{Title: "Otter Lake"})
	return b.Close()
}

// alone measures what is compared with nothing: sizes, one school, memory.
func (o *ourPress) alone(print func(Figure)) error {
	for _, l := range words.Languages() {
		options := specimen.Variant{}.Options(l.Code, compose.Colour)
		var single, bundle bytes.Buffer
		if err := studentreport.Write(&single, o.setters[0], specimen.Student(0), options); err != nil {
			return err
		}
		b := studentreport.NewBundle(&bundle, o.setters[0], "Size", options)
		for i := range 200 {
			b.Add(specimen.Student(i))
		}
		if err := b.Close(); err != nil {
			return err
		}
		print(Figure{Name: "pdf.bytes_single", Value: float64(single.Len()), Unit: "bytes", Detail: l.English})
		print(Figure{Name: "pdf.bytes_bundled", Value: float64(bundle.Len()) / 200, Unit: "bytes/report", Detail: l.English + ", 200 in a document"})
	}
	begun := time.Now()
	if err := o.school(io.Discard, o.setters[0], 0, printSchool); err != nil {
		return err
	}
	print(Figure{Name: "pdf.school", Value: time.Since(begun).Seconds(), Unit: "s", Detail: "a document of 1,000 reports with a cover, on one processor"})
	return o.memory(print)
}

// memory prints bundles one after another and looks at the heap early and late.
func (o *ourPress) memory(print func(Figure)) error {
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	early := 0.0
	for from := 0; from < printMany; from += 2 * printSchool {
		if _, err := o.bundles(context.Background(), from, 2*printSchool); err != nil {
			return err
		}
		if from == printMany/10 {
			early = heap()
		}
	}
	print(Figure{Name: "pdf.memory", Value: heap(), Unit: "MB", Against: "after a tenth of them", Ratio: early / heap(), Detail: fmt.Sprintf("live after %d reports in bundles", printMany)})
	return nil
}

// writeScreens writes the pages that the screen shows of some students, each a file of its own.
func writeScreens(dir string, n int) error {
	w := words.For("en")
	for i := range n {
		page, err := gallery.Screen(w, specimen.Student(i))
		if err != nil {
			return err
		}
		if err := os.WriteFile(screenFile(dir, i), page, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func screenFile(dir string, i int) string { return filepath.Join(dir, fmt.Sprintf("%d.html", i%64)) }
