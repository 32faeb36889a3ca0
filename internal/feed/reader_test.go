package feed_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/feed"
)

// record is what a Reader says of one record.
type record struct {
	Line   int64
	Fields []string
}

func readAll(src io.Reader) ([]record, error) {
	r := feed.NewReader(src)
	var all []record
	for r.Next() {
		rec := record{Line: r.Line()}
		for i := range r.Len() {
			rec.Fields = append(rec.Fields, string(r.Field(i)))
		}
		all = append(all, rec)
	}
	return all, r.Err()
}

func TestReaderSplitsRecordsAndCountsPhysicalLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300<<10)
	for name, c := range map[string]struct {
		in   string
		want []record
	}{
		"LF":                        {"a,b\nc,d\n", []record{{1, []string{"a", "b"}}, {2, []string{"c", "d"}}}},
		"CRLF":                      {"a,b\r\nc,d\r\n", []record{{1, []string{"a", "b"}}, {2, []string{"c", "d"}}}},
		"bare CR":                   {"a,b\rc,d\re,f", []record{{1, []string{"a", "b"}}, {2, []string{"c", "d"}}, {3, []string{"e", "f"}}}},
		"mixed line ends":           {"a\rb\nc\r\nd", []record{{1, []string{"a"}}, {2, []string{"b"}}, {3, []string{"c"}}, {4, []string{"d"}}}},
		"blank lines":               {"\n\r\n\ra\n\n\nb", []record{{4, []string{"a"}}, {7, []string{"b"}}}},
		"no last line end":          {"a,b", []record{{1, []string{"a", "b"}}}},
		"empty fields":              {",\n,,\n", []record{{1, []string{"", ""}}, {2, []string{"", "", ""}}}},
		"byte order mark":           {"\ufeffa,b\n", []record{{1, []string{"a", "b"}}}},
		"byte order mark and quote": {"\ufeff\"a\",b\n", []record{{1, []string{"a", "b"}}}},
		"quotes":                    {"\"a,\"\"1\"\"\",b\n\"\",c", []record{{1, []string{`a,"1"`, "b"}}, {2, []string{"", "c"}}}},
		"line breaks inside quotes": {"\"a\nb\r\nc\rd\",e\nf,g\n", []record{{1, []string{"a\nb\nc\rd", "e"}}, {5, []string{"f", "g"}}}},
		"a record longer than the buffer": {"a,b\n" + long + ",\"" + long + "\"\nc,d\n",
			[]record{{1, []string{"a", "b"}}, {2, []string{long, long}}, {3, []string{"c", "d"}}}},
		"nothing": {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for reader, src := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
				got, err := readAll(src)
				if err != nil {
					t.Fatalf("%s: %v", reader, err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s: (-want +got)\n%s", reader, diff)
				}
			}
		})
	}
}

func TestReaderTellsWhyAFileCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken pipe")
	for name, c := range map[string]struct {
		in   io.Reader
		want error
		line int64
	}{
		"quote inside a value":   {strings.NewReader("a\nb\"c,d\n"), feed.ErrBareQuote, 2},
		"text after a quote":     {strings.NewReader("a\n\"b\"c\n"), feed.ErrBareQuote, 2},
		"quote not closed":       {strings.NewReader("a\n\"b\nc\n"), feed.ErrUnclosedQuote, 2},
		"quote that hides a lot": {strings.NewReader("a\n\"" + strings.Repeat("b\n", 1<<20)), feed.ErrRecordTooLong, 2},
		"source that fails":      {io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken)), broken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := feed.NewReader(c.in)
			for r.Next() {
			}
			if !errors.Is(r.Err(), c.want) || r.Line() != c.line {
				t.Errorf("got %v on line %d, want %v on line %d", r.Err(), r.Line(), c.want, c.line)
			}
		})
	}
}

// FuzzReader compares with encoding/csv on everything but bare CR, which only ours takes for a line end.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "\"a\"\"b\",\"c\r\nd\"\r\n\r\n,", "a\"b", "\"a", "\"a\"b", "\"\"", ",\"\",\n", "\xff,\xfe\n", "\ufeffa\n", "a,\"\n\n\"\r\nb,c"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		in = bytes.ReplaceAll(in, []byte("\r\n"), []byte{0})
		in = bytes.ReplaceAll(in, []byte("\r"), nil)
		in = bytes.ReplaceAll(in, []byte{0}, []byte("\r\n"))
		if bytes.HasPrefix(in, []byte("\xef\xbb\xbf")) {
			return
		}
		compare(t, in)
	})
}

func compare(t *testing.T, in []byte) {
	t.Helper()
	theirs := csv.NewReader(bytes.NewReader(in))
	theirs.FieldsPerRecord = -1
	var want [][]string
	var wantErr error
	for {
		rec, err := theirs.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			wantErr = err
			break
		}
		want = append(want, rec)
	}
	for _, src := range []io.Reader{bytes.NewReader(in), iotest.HalfReader(bytes.NewReader(in))} {
		records, err := readAll(src)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q: got error %v, encoding/csv %v", in, err, wantErr)
		}
		var got [][]string
		for _, r := range records {
			got = append(got, r.Fields)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: (-encoding/csv +got)\n%s", in, diff)
		}
	}
}

// TestReaderAgreesWithEncodingCSV goes through every text of up to four signs of an alphabet that matters.
func TestReaderAgreesWithEncodingCSV(t *testing.T) {
	t.Parallel()
	alphabet := []string{"a", ",", "\"", "\n", "\r\n", "é"}
	var walk func(prefix string, left int)
	walk = func(prefix string, left int) {
		compare(t, []byte(prefix))
		// The same behind more than one machine word, so that both loops of the scanner meet it.
		compare(t, []byte("0123456789,"+prefix))
		if left == 0 {
			return
		}
		for _, s := range alphabet {
			walk(prefix+s, left-1)
		}
	}
	walk("", 4)
}
