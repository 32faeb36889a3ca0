package bench

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/harness"
	"scorehouse/internal/synth"
)

// ingest sends one package of 200,000 rows through the built binary, three times into an empty state each, and in the same
// run, on the same server, copies the same CSV with `psql \copy` into one table of text columns, which checks nothing.
var ingest = Bench{Name: "ingest", Help: "encrypted file to staged, staged to published, file dropped to visible", Run: runIngest}

const (
	ingestRows = 200_000
	ingestRuns = 3
)

func runIngest(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	scratch, err := harness.TempHome()
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	binary, err := harness.Build(ctx, scratch)
	if err != nil {
		return err
	}
	p := synth.New(synth.Config{Seed: 11, Students: synth.MinStudents}).BenchPackage(ingestRows)
	var text bytes.Buffer
	if err := p.WriteCSV(&text); err != nil {
		return err
	}
	counted, err := countedRows(text.Bytes())
	if err != nil {
		return err
	}
	var staged, published, visible, copied []float64
	for run := range ingestRuns {
		r, err := ingestOnce(ctx, binary, filepath.Join(scratch, "run"+strconv.Itoa(run)), p, text.Bytes(), counted)
		if err != nil {
			return err
		}
		log.Info("run", "number", run+1, "staged", r.staged, "published", r.published, "visible", r.visible, "psql copy", r.copied)
		staged, published = append(staged, r.staged.Seconds()), append(published, r.published.Seconds())
		visible, copied = append(visible, r.visible.Seconds()), append(copied, r.copied.Seconds())
	}
	detail := fmt.Sprintf("%d rows x 91 columns, %.0f MB of CSV, median of %d", ingestRows, float64(text.Len())/1e6, ingestRuns)
	print(Figure{Name: "ingest.staged", Value: ingestRows / median(staged), Unit: "rows/s", Against: `psql \copy of the same CSV into one text table`,
		Ratio: median(copied) / median(staged), Detail: detail})
	print(Figure{Name: "ingest.published", Value: ingestRows / median(published), Unit: "rows/s", Against: `psql \copy of the same CSV into one text table`,
		Ratio: median(copied) / median(published), Detail: detail + ", new students"})
	print(Figure{Name: "ingest.visible", Value: median(visible), Unit: "s", Detail: detail + ", from the upload's end to the number on the page"})
	return nil
}

type ingestRun struct{ staged, published, visible, copied time.Duration }

// countedRows counts the rows of a CSV that enter comparisons: all but those marked invalid.
func countedRows(text []byte) (int, error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return 0, err
	}
	condition := slices.Index(header, "AdministrationCondition")
	n := 0
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if record[condition] != "IN" {
			n++
		}
	}
}

func ingestOnce(ctx context.Context, binary, home string, p synth.Package, text []byte, counted int) (ingestRun, error) {
	var r ingestRun
	s, err := harness.Start(ctx, harness.Options{Binary: binary, Home: home, Args: []string{"--students", "0"}})
	if err != nil {
		return r, err
	}
	defer s.Kill()
	packed, err := packFor(s, p)
	if err != nil {
		return r, err
	}
	if err := s.Send(ctx, p.Name, bytes.NewReader(packed)); err != nil {
		return r, err
	}
	began := time.Now()
	if err := waitVisible(ctx, s, p.Year, counted); err != nil {
		return r, err
	}
	r.visible = time.Since(began)
	b, err := s.WaitBatch(ctx, p.Name)
	if err != nil {
		return r, err
	}
	if b.Status != "published" || b.RowsAccepted != p.Rows {
		return r, fmt.Errorf("the package ended %s with %d of %d rows: %s", b.Status, b.RowsAccepted, p.Rows, b.Reason)
	}
	if r.staged, r.published, err = stageTimes(ctx, s, b.ID); err != nil {
		return r, err
	}
	if r.copied, err = psqlCopy(ctx, s, text); err != nil {
		return r, err
	}
	return r, s.Stop()
}

func packFor(s *harness.System, p synth.Package) ([]byte, error) {
	signer, err := synth.ReadKey(s.VendorFile("vendor-private.asc"))
	if err != nil {
		return nil, err
	}
	recipient, err := synth.ReadKey(s.VendorFile("loader-public.asc"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = synth.Pack(&out, p, signer, recipient)
	return out.Bytes(), err
}

// waitVisible asks for the state's page until it shows the number of students counted.
func waitVisible(ctx context.Context, s *harness.System, year edu.AcademicYear, counted int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	client, err := s.SignIn(ctx, "state")
	if err != nil {
		return err
	}
	want := fmt.Sprintf("%d,%03d", counted/1000, counted%1000)
	page := fmt.Sprintf("http://%s/s/TK?year=%d", s.Web, year)
	for ctx.Err() == nil {
		response, err := client.Get(page)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
		if strings.Contains(string(body), want) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("the page does not show %s students: %w", want, ctx.Err())
}

// stageTimes reads from the batch's story how long it took from the first step of the load to staged, and from there to published.
func stageTimes(ctx context.Context, s *harness.System, id int) (staged, published time.Duration, err error) {
	out, err := s.Run(ctx, "batch", "show", strconv.Itoa(id), "--json")
	if err != nil {
		return 0, 0, err
	}
	var story struct {
		Events []struct {
			Stage             string
			Started, Finished time.Time
		}
	}
	if err := json.Unmarshal([]byte(out), &story); err != nil {
		return 0, 0, err
	}
	var begin, stagedAt, publishBegin, publishedAt time.Time
	for _, e := range story.Events {
		switch e.Stage {
		case "open", "check", "load", "stage":
			if begin.IsZero() || e.Started.Before(begin) {
				begin = e.Started
			}
			stagedAt = e.Finished
		case "migrate", "publish":
			if publishBegin.IsZero() || e.Started.Before(publishBegin) {
				publishBegin = e.Started
			}
			publishedAt = e.Finished
		}
	}
	if stagedAt.IsZero() || publishedAt.IsZero() {
		return 0, 0, fmt.Errorf("the story of batch %d lacks stages", id)
	}
	return stagedAt.Sub(begin), publishedAt.Sub(publishBegin), nil
}

// psqlCopy copies the CSV into a fresh unlogged table of text columns with the stock client.
func psqlCopy(ctx context.Context, s *harness.System, text []byte) (time.Duration, error) {
	var columns []string
	for name := range strings.SplitSeq(synth.Header, ",") {
		columns = append(columns, strconv.Quote(name)+" text")
	}
	create := fmt.Sprintf("drop table if exists copied; create unlogged table copied (%s)", strings.Join(columns, ", "))
	connection := s.Database("postgres")
	if out, err := exec.CommandContext(ctx, "psql", connection, "-qc", create).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("psql: %w: %s", err, out)
	}
	command := exec.CommandContext(ctx, "psql", connection, "-qc", `\copy copied from stdin csv header`)
	command.Stdin = bytes.NewReader(text)
	began := time.Now()
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("psql: %w: %s", err, out)
	}
	return time.Since(began), nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
