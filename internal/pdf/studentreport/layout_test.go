package studentreport_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
	"strconv"
	"testing"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/words"
)

var update = flag.Bool("update", false, "write the expected layout anew")

const layoutFile = "testdata/layout.golden"

// Documents printed ahead are kept until their layout has another number.
func TestWhatIsPrintedOtherwiseHasAnotherLayoutNumber(t *testing.T) {
	t.Parallel()
	sum := sha256.New()
	press := newPress(t, "")
	for _, l := range words.Languages() {
		var bundled bytes.Buffer
		w := words.For(l.Code)
		bundle := studentreport.NewBundle(&bundled, press.NewSetter(), "All variants", studentreport.Options{Words: w, Brand: "State of Tamarack"})
		bundle.Duplex = true
		for _, v := range specimen.All() {
			tone := compose.Gray
			if l.Code == "es" {
				tone = compose.Colour
			}
			addContent(t, sum, printed(t, press, v.Report, v.Options(l.Code, tone)))
			bundle.Add(v.Report)
		}
		bundle.Front(studentreport.Cover{Title: "All variants", About: []string{"Some"}, Requested: "Rosa", Exceptions: []studentreport.Exception{{Name: "Ana", Why: "None"}}})
		if err := bundle.Close(); err != nil {
			t.Fatal(err)
		}
		addContent(t, sum, bundled.Bytes())
	}
	got := fmt.Sprintf("layout %d is %x\n", studentreport.Layout, sum.Sum(nil)[:16])
	want, err := os.ReadFile(layoutFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	var before int
	_, _ = fmt.Sscanf(string(want), "layout %d", &before)
	if before >= studentreport.Layout {
		t.Fatalf("reports are printed otherwise than before, and what was printed ahead would stay: raise studentreport.Layout above %d, then make golden", before)
	}
	if !*update {
		t.Fatal("layout.golden is out of date: make golden")
	}
	if err := os.WriteFile(layoutFile, []byte(got), 0o644); err != nil {
		t.Fatal(err)
	}
}

var streamHead = regexp.MustCompile(`<<([^\n]*)/Length ([0-9]+)>>\nstream\n`)

// addContent adds the streams of a document as they are before compression; but not the table of objects, which says where they are after it.
func addContent(t *testing.T, sum hash.Hash, document []byte) {
	t.Helper()
	streams := 0
	for at := streamHead.FindSubmatchIndex(document); at != nil; at = streamHead.FindSubmatchIndex(document) {
		dict := document[at[2]:at[3]]
		length, err := strconv.Atoi(string(document[at[4]:at[5]]))
		if err != nil {
			t.Fatal(err)
		}
		content := document[at[1] : at[1]+length]
		document = document[at[1]+length:]
		if bytes.Contains(dict, []byte("/Type/XRef")) {
			continue
		}
		if bytes.Contains(dict, []byte("/FlateDecode")) {
			plain, err := zlib.NewReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if content, err = io.ReadAll(plain); err != nil {
				t.Fatal(err)
			}
		}
		streams++
		sum.Write(dict)
		sum.Write(content)
	}
	if streams < 5 {
		t.Fatalf("only %d streams found in a document", streams)
	}
}
