package e2e_test

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestADistrictIsPrintedAndCollected follows a request from the page that asks how, through the queue and the printer, to the documents, with other
// people's tools: nobody else gets it, and nothing of it is readable on the disk.
func TestADistrictIsPrintedAndCollected(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	sent := results{guid: "print-math-4"}
	for _, s := range []string{"P1", "P2"} {
		sent.add("PRINT", s, "Printing House "+s, 3, 30)
	}
	if err := shared.Send(ctx, "print.tar.gz.gpg", bytes.NewReader(pack(t, shared, sent.csv(t, "\n"), sent.metadata()))); err != nil {
		t.Fatal(err)
	}
	if b, err := shared.WaitBatch(ctx, "print.tar.gz.gpg"); err != nil || b.Status != "published" {
		t.Fatalf("%+v, %v", b, err)
	}
	reader := signIn(t, shared, "state")
	const address = "/s/TK/d/PRINT/print?year=2026"
	form := reader.get(address).OK()
	if text := form.Text("main"); !strings.Contains(text, "60 students with results") {
		t.Fatalf("the page that asks how says:\n%s", text)
	}
	answer, err := reader.client.PostForm(reader.base+address, url.Values{"once": form.Attributes("input[name=once]", "value"), "order": {"name"}, "reports": {"en"}, "duplex": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	job := answer.Request.URL.Path
	if !strings.HasPrefix(job, "/downloads/") {
		t.Fatalf("ordering leads to %s, status %d", job, answer.StatusCode)
	}
	asked := time.Now()
	for !strings.Contains(reader.get(job+"/progress").Body, `"over":true`) {
		if time.Since(asked) > time.Minute {
			t.Fatalf("not ready: %s", reader.get(job+"/progress").Body)
		}
		time.Sleep(50 * time.Millisecond) // polls, as the script of the page does
	}
	page := reader.get(job).OK()
	document := reader.get(page.Attributes(".documents a", "href")[0]).OK()
	path := filepath.Join(t.TempDir(), "bundle.pdf")
	if err := os.WriteFile(path, []byte(document.Body), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(ctx, "qpdf", "--check", path).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
	text, err := exec.CommandContext(ctx, "pdftotext", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Thao Nguyễn", "Printing House P1", "Printing House P2", "Contents"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document does not say %q", want)
		}
	}
	// Nobody else, not even somebody who may see more; and nothing on the disk.
	for _, other := range []string{"teacher", "super", "states"} {
		v := signIn(t, shared, other)
		for _, below := range []string{"", "/parts/1", "/all"} {
			if p := v.get(job + below); p.Status != http.StatusNotFound {
				t.Errorf("%s at %s: status %d", other, job+below, p.Status)
			}
		}
	}
	found := 0
	err = filepath.WalkDir(filepath.Join(shared.Home, "printed"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err == nil && strings.Contains(name, strings.TrimPrefix(job, "/downloads/")) {
			found++
		}
		if bytes.Contains(content, []byte("%PDF")) || bytes.Contains(content, []byte("Printing House")) {
			t.Errorf("%s is readable", name)
		}
		return err
	})
	if err != nil || found != 1 {
		t.Errorf("%d files of the job on the disk, %v", found, err)
	}
	for command, want := range map[string]string{"verify": " 0 not whole", "status": "tamarack"} {
		if out, err := shared.Run(ctx, "pdf", command); err != nil || !strings.Contains(out, want) {
			t.Errorf("pdf %s: %v\n%s", command, err, out)
		}
	}
}
