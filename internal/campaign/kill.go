package campaign

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/crash"
	"scorehouse/internal/harness"
	"scorehouse/internal/synth"
)

// kill sends three packages (results; corrections with deletes and faulty rows; the same corrections again) and ends the process, or
// PostgreSQL, at one of crash.Points or at a random moment, starts again, and compares the warehouse with that of an undisturbed run.
var kill = Campaign{
	Name:    "kill",
	Help:    "SIGKILL of the process or of PostgreSQL at each stage boundary, mid-COPY, mid-commit and at random moments",
	Default: 2 * len(crash.Points),
	Prepare: prepareKill,
}

const (
	killTenant  = "tamarack"
	tryDeadline = 3 * time.Minute
)

func prepareKill(ctx context.Context, log io.Writer) (func(context.Context, int) (string, error), func() error, error) {
	scratch, err := harness.TempHome()
	if err != nil {
		return nil, nil, err
	}
	cleanup := func() { _ = os.RemoveAll(scratch) }
	k := &killer{scratch: scratch}
	if k.binary, err = harness.Build(ctx, scratch, harness.Crashing); err == nil {
		if k.files, err = killFiles(); err == nil {
			k.want, err = k.undisturbed(ctx)
		}
	}
	if err != nil {
		cleanup()
		return nil, nil, err
	}
	fmt.Fprintf(log, "undisturbed run: %d lines of warehouse\n", strings.Count(k.want, "\n"))
	return k.try, finally(cleanup), nil
}

// killer makes tries.
type killer struct {
	scratch, binary string
	files           []plainFile
	want            string // dump of the warehouse after an undisturbed run
}

// plainFile is a package before encryption.
type plainFile struct {
	name     string
	csv      []byte
	metadata []byte
}

func (k *killer) undisturbed(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tryDeadline)
	defer cancel()
	home := filepath.Join(k.scratch, "undisturbed")
	s, err := harness.Start(ctx, harness.Options{Binary: k.binary, Home: home, Args: []string{"--students", "0"}})
	if err != nil {
		return "", err
	}
	defer s.Kill()
	if _, err := k.send(ctx, s, 0); err != nil {
		return "", err
	}
	return k.finish(ctx, s)
}

// try makes one run with one accident. The first tries visit every point, killing the process and PostgreSQL in turn; the others kill
// at random moments.
func (k *killer) try(ctx context.Context, i int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tryDeadline)
	defer cancel()
	random := rand.New(rand.NewPCG(uint64(i), 20260501))
	home := filepath.Join(k.scratch, "try"+strconv.Itoa(i))
	defer os.RemoveAll(home)
	accident, env := k.accident(i, random, home)
	s, err := harness.Start(ctx, harness.Options{Binary: k.binary, Home: home, Args: []string{"--students", "0"}, Env: env})
	if err != nil {
		return accident, err
	}
	defer func() { s.Kill() }()
	if env == nil {
		after := time.Duration(random.IntN(1500)) * time.Millisecond
		accident = fmt.Sprintf("process killed %v after the first file", after)
		timer := time.AfterFunc(after, s.Kill)
		defer timer.Stop()
	}
	sent, err := k.send(ctx, s, 0)
	for restarts := 0; err != nil || !k.settled(ctx, s); restarts++ {
		if restarts > 3 {
			return accident, fmt.Errorf("did not come to an end after %d restarts: %v", restarts, err)
		}
		s.Kill()
		if s, err = harness.Start(ctx, harness.Options{Binary: k.binary, Home: home, Args: []string{"--students", "0"}}); err != nil {
			return accident, fmt.Errorf("start again: %w", err)
		}
		var more int
		more, err = k.send(ctx, s, sent)
		sent += more
	}
	if env != nil {
		if _, err := os.Stat(filepath.Join(home, crashMark)); err != nil {
			return accident, fmt.Errorf("the accident did not happen")
		}
	}
	got, err := k.finish(ctx, s)
	if err != nil {
		return accident, err
	}
	if diff := cmp.Diff(strings.Split(k.want, "\n"), strings.Split(got, "\n")); diff != "" {
		return accident, fmt.Errorf("the warehouse differs from the undisturbed run (-want +got):\n%s", shorten(diff))
	}
	return accident, nil
}

// crashMark is the file by which a crashing binary says that it has reached its point.
const crashMark = "crashed"

func (k *killer) accident(i int, random *rand.Rand, home string) (string, []string) {
	if i >= 2*len(crash.Points) {
		return "process killed at a random moment", nil
	}
	point, victim := crash.Points[i/2], []string{"self", "postgres"}[i%2]
	nth := 1 + random.IntN(len(k.files))
	return fmt.Sprintf("%s killed at %s, visit %d", victim, point, nth), []string{
		fmt.Sprintf("SCOREHOUSE_CRASH=%s:%d:%s", point, nth, victim),
		"SCOREHOUSE_CRASH_PIDFILE=" + filepath.Join(home, "postgres", "data", "postmaster.pid"),
		"SCOREHOUSE_CRASH_MARK=" + filepath.Join(home, crashMark),
	}
}

// send uploads the files from number `from` on, one after the other, each when the one before has come to its end, so that
// the undisturbed run and the tries see the same order. It returns how many it has sent for certain; a file whose upload
// broke off is not counted.
func (k *killer) send(ctx context.Context, s *harness.System, from int) (int, error) {
	sent := 0
	if err := k.waitFor(ctx, s, from); err != nil {
		return sent, err
	}
	for _, file := range k.files[from:] {
		arrived, err := k.arrived(ctx, s, file.name)
		if err != nil {
			return sent, err
		}
		if !arrived {
			packed, err := k.pack(s, file)
			if err != nil {
				return sent, err
			}
			if err := s.Send(ctx, file.name, bytes.NewReader(packed)); err != nil {
				return sent, err
			}
		}
		sent++
		if err := k.waitFor(ctx, s, from+sent); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// arrived reports whether a file needs not be sent again: its upload was complete although the kill cut off the answer. It
// may still lie in the drop, be on its way to the file store, or be a batch already.
func (k *killer) arrived(ctx context.Context, s *harness.System, name string) (bool, error) {
	landing := filepath.Join(s.Home, "landing")
	if _, err := os.Stat(filepath.Join(landing, "drop", killTenant, "vendor", "file_drop", name)); err == nil {
		return true, nil
	}
	if taken, err := os.ReadDir(filepath.Join(landing, "taken")); err == nil && len(taken) > 0 {
		return true, nil
	}
	batches, err := s.Batches(ctx)
	if err != nil {
		return false, err
	}
	for _, b := range batches {
		if b.File == name {
			return true, nil
		}
	}
	return false, nil
}

// waitFor waits until the first n files have come to their end.
func (k *killer) waitFor(ctx context.Context, s *harness.System, n int) error {
	for _, file := range k.files[:n] {
		b, err := s.WaitBatch(ctx, file.name)
		if err != nil {
			return err
		}
		if b.Status != "published" {
			return fmt.Errorf("%s ended %s: %d %s", b.File, b.Status, b.Code, b.Reason)
		}
	}
	return nil
}

// settled reports whether the process lives and every file has come to its end.
func (k *killer) settled(ctx context.Context, s *harness.System) bool {
	select {
	case <-s.Done():
		return false
	case <-time.After(300 * time.Millisecond): // a last accident (after publishing) may still be under way
	}
	return k.waitFor(ctx, s, len(k.files)) == nil
}

// finish checks that nothing was left behind and dumps the warehouse.
func (k *killer) finish(ctx context.Context, s *harness.System) (string, error) {
	batches, err := s.Batches(ctx)
	if err != nil {
		return "", err
	}
	if len(batches) != len(k.files) {
		return "", fmt.Errorf("%d batches for %d files: %+v", len(batches), len(k.files), batches)
	}
	var rejects strings.Builder
	for _, b := range batches {
		fmt.Fprintf(&rejects, "%s %s %d/%d/%d\n", b.File, b.Status, b.RowsTotal, b.RowsAccepted, b.RowsRejected)
	}
	if err := s.NothingLeftInStaging(ctx, killTenant); err != nil {
		return "", err
	}
	if found, err := s.StudentsInLogs(ctx, killTenant); err != nil || len(found) > 0 {
		return "", fmt.Errorf("students in logs: %v %w", found, err)
	}
	dump, err := s.DumpWarehouse(ctx, killTenant)
	if err != nil {
		return "", err
	}
	return rejects.String() + dump, s.Stop()
}

func (k *killer) pack(s *harness.System, file plainFile) ([]byte, error) {
	signer, err := synth.ReadKey(s.VendorFile("vendor-private.asc"))
	if err != nil {
		return nil, err
	}
	recipient, err := synth.ReadKey(s.VendorFile("loader-public.asc"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = synth.PackFiles(&out, strings.TrimSuffix(file.name, ".tar.gz.gpg"), file.csv, file.metadata, signer, recipient)
	return out.Bytes(), err
}

// killFiles makes the packages: a first delivery, corrections, and the corrections once more under another name.
func killFiles() ([]plainFile, error) {
	state := synth.New(synth.Config{Seed: 7, Students: 1200, NoInterims: true})
	for p := range state.Packages() {
		var text bytes.Buffer
		if err := p.WriteCSV(&text); err != nil {
			return nil, err
		}
		corrected, err := corrections(text.Bytes())
		if err != nil {
			return nil, err
		}
		return []plainFile{
			{"first.tar.gz.gpg", text.Bytes(), p.Metadata},
			{"corrected.tar.gz.gpg", corrected, p.Metadata},
			{"again.tar.gz.gpg", corrected, p.Metadata},
		}, nil
	}
	return nil, errors.New("the synthetic state has no packages")
}

// corrections changes a delivery: every tenth row is deleted (in the second delivery of these corrections it is not there
// any more, so code 1000), every seventh gets another score, every eleventh another surname, every thirteenth an
// accommodation code that does not exist.
func corrections(text []byte) ([]byte, error) {
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	for i, r := range records[1:] {
		switch {
		case i%10 == 3:
			r[column["Op"]] = "D"
		case i%7 == 2:
			low, high := r[column["AssessmentSubtestMinimumValue"]], r[column["AssessmentSubtestMaximumValue"]]
			if low != high {
				r[column["AssessmentSubtestResultScoreValue"]] = low
			}
		case i%11 == 5:
			r[column["LastOrSurname"]] = "Corrected"
		case i%13 == 6:
			r[column["AccommodationBraille"]] = "3"
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(records); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func shorten(text string) string {
	if len(text) > 4000 {
		return text[:4000] + "\n…"
	}
	return text
}
