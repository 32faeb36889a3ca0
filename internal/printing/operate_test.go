package printing_test

import (
	"os"
	"path/filepath"
	"testing"

	"scorehouse/internal/edu"
	"scorehouse/internal/jobs"
	"scorehouse/internal/printing"
)

func TestOperatorsSeeVerifyPurgeAndRegenerate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ahead(t)
	j, _ := h.printed(t, "for somebody")
	stands := func() printing.Standing {
		t.Helper()
		all, err := printing.Stands(t.Context(), h.control)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0]
	}
	if s := stands(); s.Kept != 10 || s.Students != 108 || s.Due != 0 || s.Printed != 10 || s.Failed != 0 || s.BegunAt == nil || s.FinishedAt == nil || s.Ready != 1 || s.ReadyBytes != j.Bytes() || s.CheckedVersion != 1 {
		t.Errorf("%+v", s)
	}
	verify := func() (int, []printing.Fault) {
		t.Helper()
		read, faults, err := printing.Verify(t.Context(), h.control, h.files, h.key)
		if err != nil {
			t.Fatal(err)
		}
		return read, faults
	}
	if read, faults := verify(); read != 12 || len(faults) != 0 {
		t.Errorf("%d read, %v", read, faults)
	}
	// One file is lost, one damaged, one replaced by another.
	names, _ := h.onDisk(t, "")
	lost, damaged := names[0], names[1]
	content, err := os.ReadFile(filepath.Join(h.dir, damaged))
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-100] ^= 1
	other, err := os.ReadFile(filepath.Join(h.dir, names[3]))
	for name, text := range map[string][]byte{damaged: content, names[2]: other} {
		if err == nil {
			err = os.WriteFile(filepath.Join(h.dir, name), text, 0o600)
		}
	}
	if err != nil || os.Remove(filepath.Join(h.dir, lost)) != nil {
		t.Fatal(err)
	}
	problems := map[string]string{}
	read, faults := verify()
	for _, f := range faults {
		problems[f.File] = f.Problem
	}
	if read != 12 || len(faults) != 3 || problems[lost] != "missing" || problems[damaged] != "damaged" || problems[names[2]] != "not the document that was printed" {
		t.Errorf("%d read, %v", read, faults)
	}
	grade := edu.Grade(4)
	of := printing.Selection{Tenant: tamarack, District: "D1", School: "S1", Grade: &grade, Year: 2026}
	if n, err := printing.Purge(t.Context(), h.control, h.files, of); n != 1 || err != nil || stands().Due != 1 {
		t.Errorf("purged %d, %v", n, err)
	}
	if n, err := printing.Regenerate(t.Context(), h.control, printing.Selection{}); n != 10 || err != nil || stands().Due != 10 || !stands().Wanted {
		t.Errorf("%d due, %v, %+v", n, err, stands())
	}
	h.tidy(t)
	c := h.clerk(t)
	if list, err := c.Queue.List(t.Context(), jobs.Filter{Kind: "print.ahead"}); err != nil || len(list) != 1 {
		t.Errorf("runs: %v, %v", list, err)
	}
	h.ahead(t)
	if _, faults := verify(); stands().Kept != 10 || len(faults) > 3 {
		t.Errorf("after another run: %+v, %v", stands(), faults)
	}
	if n, err := printing.Purge(t.Context(), h.control, h.files, printing.Selection{Tenant: "hemlock"}); n != 0 || err != nil {
		t.Errorf("purged %d of another tenant, %v", n, err)
	}
}
