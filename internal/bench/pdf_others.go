package bench

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func found(names ...string) (string, bool) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// wkhtmltopdf prints with Debian's, without scripts and without its usual wait of 200 ms for them.
type wkhtmltopdf struct{ path, dir string }

var wkhtmltopdfOptions = []string{"-q", "--disable-javascript", "--javascript-delay", "1", "--enable-local-file-access", "-s", "Letter"}

// each starts a process for each report, two at a time.
func (w wkhtmltopdf) each(ctx context.Context, from, n int) (time.Duration, error) {
	return w.halves(from, n, func(from, n int) (used time.Duration, err error) {
		for i := range n {
			cmd := exec.CommandContext(ctx, w.path, append(slices.Clone(wkhtmltopdfOptions), screenFile(w.dir, from+i), w.out(from+i))...)
			if err := w.run(cmd, from+i); err != nil {
				return 0, err
			}
			used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		return used, nil
	})
}

// reused gives many reports to one process, two processes at a time: its best way.
func (w wkhtmltopdf) reused(ctx context.Context, from, n int) (time.Duration, error) {
	return w.halves(from, n, func(from, n int) (time.Duration, error) {
		var lines strings.Builder
		for i := range n {
			fmt.Fprintln(&lines, strings.Join(append(slices.Clone(wkhtmltopdfOptions[1:]), screenFile(w.dir, from+i), w.out(from+i)), " "))
		}
		cmd := exec.CommandContext(ctx, w.path, "-q", "--read-args-from-stdin")
		cmd.Stdin = strings.NewReader(lines.String())
		err := w.run(cmd, from+n-1)
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
	})
}

func (w wkhtmltopdf) out(i int) string { return filepath.Join(w.dir, fmt.Sprintf("wk%d.pdf", i%64)) }

func (w wkhtmltopdf) halves(from, n int, print func(from, n int) (time.Duration, error)) (time.Duration, error) {
	var used [2]time.Duration
	var errs [2]error
	var all sync.WaitGroup
	for i := range used {
		all.Go(func() { used[i], errs[i] = print(from+i*n/2, n/2) })
	}
	all.Wait()
	if errs[0] == nil {
		errs[0] = errs[1]
	}
	return used[0] + used[1], errs[0]
}

// run runs it and looks whether the last file is a document.
func (w wkhtmltopdf) run(cmd *exec.Cmd, last int) error {
	cmd.Env = append(os.Environ(), "QT_QPA_PLATFORM=offscreen")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return isPDF(os.ReadFile(w.out(last)))
}

func isPDF(b []byte, err error) error {
	if err == nil && !bytes.HasPrefix(b, []byte("%PDF-")) {
		err = fmt.Errorf("%d bytes that are no document", len(b))
	}
	return err
}

// printingChromium prints with Chromium, reused, in as many tabs as are quickest.
type printingChromium struct {
	dir  string
	tabs []context.Context
	stop func()
}

func newPrintingChromium(ctx context.Context, dir string, log *slog.Logger) (*printingChromium, error) {
	path, ok := found("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
	if !ok {
		return nil, fmt.Errorf("no Chromium is installed: run make setup")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.WSURLReadTimeout(time.Minute), chromedp.Flag("disable-dev-shm-usage", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	first, cancel := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // it complains of pages without an address
	c := &printingChromium{dir: dir, tabs: []context.Context{first}, stop: func() { cancel(); end() }}
	if err := chromedp.Do(first); err != nil {
		c.stop()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	best, tabs := 0.0, c.tabs
	for len(c.tabs) <= 4 {
		begun := time.Now()
		if _, err := c.print(ctx, 0, 16); err != nil {
			c.stop()
			return nil, err
		}
		rate := 16 / time.Since(begun).Seconds()
		log.Info("Chromium", "tabs", len(c.tabs), "rate", int(rate))
		if rate > best {
			best, tabs = rate, slices.Clone(c.tabs)
		}
		tab, _ := chromedp.NewContext(first)
		if err := chromedp.Do(tab); err != nil {
			c.stop()
			return nil, err
		}
		c.tabs = append(c.tabs, tab)
	}
	c.tabs = tabs
	return c, nil
}

// print prints reports in all tabs at once. The processor time is that of the browser and all of its processes.
func (c *printingChromium) print(_ context.Context, from, n int) (time.Duration, error) {
	before := descendantsTime()
	next := make(chan int, n)
	for i := range n {
		next <- from + i
	}
	close(next)
	errs := make([]error, len(c.tabs))
	var all sync.WaitGroup
	for k, tab := range c.tabs {
		all.Go(func() {
			for i := range next {
				if err := c.one(tab, i); err != nil {
					errs[k] = err
				}
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return descendantsTime() - before, nil
}

func (c *printingChromium) one(tab context.Context, i int) error {
	html, err := os.ReadFile(screenFile(c.dir, i))
	if err != nil {
		return err
	}
	tree, err := chromedp.Call(tab, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return err
	}
	if _, err := chromedp.Call(tab, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: tree.FrameTree.Frame.ID, HTML: string(html)}); err != nil {
		return err
	}
	yes := true
	pdf, err := chromedp.Call(tab, page.PrintToPDF, page.PrintToPDFParams{PrintBackground: &yes, PreferCSSPageSize: &yes, GenerateTaggedPDF: &yes})
	if err != nil {
		return err
	}
	return isPDF(pdf.Data, nil)
}

// descendantsTime is the processor time of all processes under this one that run, and of those they have waited for.
func descendantsTime() time.Duration {
	type process struct{ parent, ticks int }
	all := map[int]process{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has just ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) < 15 {
			continue
		}
		number := func(i int) int { n, _ := strconv.Atoi(fields[i]); return n }
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		all[id] = process{number(1), number(11) + number(12) + number(13) + number(14)}
	}
	ticks := 0
	for id, p := range all {
		for up, depth := p.parent, 0; up > 1 && depth < 20; up, depth = all[up].parent, depth+1 {
			if up == os.Getpid() {
				ticks += all[id].ticks
				break
			}
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // of a hundredth
}
