package load_test

import (
	"archive/tar"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/batch"
	"scorehouse/internal/feed"
	"scorehouse/internal/sample"
)

// badPackage is a package that must end rejected.
type badPackage struct {
	name    string
	content func(t *testing.T) []byte
	code    int
	file    string // member that the first reject names; "" for the file as it arrived
	line    int64
	column  string
	says    string // a part of the reason
}

func files(csv, json string) func(*testing.T) []byte {
	return func(t *testing.T) []byte { return sample.Pack(t, csv, json) }
}

func members(list ...sample.Member) func(*testing.T) []byte {
	return func(t *testing.T) []byte { return sample.Seal(t, sample.TarGz(t, list...), sample.Sealing{}) }
}

func sealed(s sample.Sealing) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		return sample.Seal(t, sample.TarGz(t, sample.Files(sample.CSV(sample.Outcome(1)), sample.JSON())...), s)
	}
}

func raw(content []byte) func(*testing.T) []byte { return func(*testing.T) []byte { return content } }

// without returns the canonical header without one column.
func without(column string) []string {
	var names []string
	for _, n := range feed.Header() {
		if n != column {
			names = append(names, n)
		}
	}
	return names
}

var (
	good     = sample.CSV(sample.Outcome(1), sample.Outcome(2))
	csvFile  = sample.Member{Name: "results.csv", Body: good}
	jsonFile = sample.Member{Name: "results.json", Body: sample.JSON()}
)

var badPackages = []badPackage{
	{name: "not OpenPGP", content: raw([]byte("PK\x03\x04 this is something else entirely")), code: feed.NotOpenPGP, says: "not an OpenPGP message"},
	{name: "nothing at all", content: raw(nil), code: feed.NotOpenPGP, says: "empty"},
	{name: "an armored key", content: func(t *testing.T) []byte { return sample.PublicKey(t, sample.SenderKey()) }, code: feed.NotOpenPGP, says: "PUBLIC KEY"},
	{name: "wrong key", content: sealed(sample.Sealing{To: sample.StrangerKey()}), code: feed.NotForUs, says: "not encrypted to a key"},
	{name: "unsigned", content: sealed(sample.Sealing{Unsigned: true}), code: feed.Unsigned, says: "not signed"},
	{name: "signed by an unknown key", content: sealed(sample.Sealing{By: sample.StrangerKey()}), code: feed.UnknownSigner, says: "not registered"},
	{name: "signed by the loader itself", content: sealed(sample.Sealing{By: sample.LoaderKey()}), code: feed.UnknownSigner, says: "not registered"},
	{name: "truncated ciphertext", content: func(t *testing.T) []byte {
		whole := sealed(sample.Sealing{})(t)
		return whole[:len(whole)*2/3]
	}, code: feed.Damaged, says: "damaged or incomplete"},
	{name: "one bit flipped", content: func(t *testing.T) []byte {
		whole := sealed(sample.Sealing{})(t)
		whole[len(whole)*2/3] ^= 4
		return whole
	}, code: feed.Damaged, says: "damaged or incomplete"},
	{name: "garbage behind the message", content: func(t *testing.T) []byte { return append(sealed(sample.Sealing{})(t), "\x00\x01garbage"...) }, code: feed.Damaged, says: "damaged"},
	{name: "text behind the armor", content: func(t *testing.T) []byte {
		return append(sealed(sample.Sealing{Armor: true})(t), "\n\nmore\n"...)
	}, code: feed.Damaged, says: "follows the end"},
	{name: "not a tar", content: func(t *testing.T) []byte { return sample.Seal(t, []byte(good), sample.Sealing{}) }, code: feed.NotGzipTar, says: "not a gzip-compressed tar"},
	{name: "a damaged tar", content: func(t *testing.T) []byte {
		archive := sample.TarGz(t, csvFile, jsonFile)
		return sample.Seal(t, archive[:len(archive)-30], sample.Sealing{})
	}, code: feed.NotGzipTar, says: "damaged"},
	{name: "two CSVs", content: members(csvFile, sample.Member{Name: "more.CSV", Body: good}, jsonFile), code: feed.WrongMembers, file: "more.CSV", says: "two CSV files"},
	{name: "two JSONs", content: members(csvFile, jsonFile, sample.Member{Name: "more.json", Body: "{}"}), code: feed.WrongMembers, file: "more.json", says: "two JSON files"},
	{name: "a resource fork", content: members(csvFile, sample.Member{Name: "._results.csv", Body: "x"}, jsonFile), code: feed.UnknownFileType, file: "._results.csv", says: "COPYFILE_DISABLE"},
	{name: "a read-me", content: members(csvFile, jsonFile, sample.Member{Name: "read.me", Body: "x"}), code: feed.UnknownFileType, file: "read.me", says: "not .csv, .json or .err"},
	{name: "path traversal member", content: members(sample.Member{Name: "../../results.csv", Body: good}, jsonFile), code: feed.UnsafeMember, file: "../../results.csv", says: "could leave its directory"},
	{name: "absolute path", content: members(sample.Member{Name: "/tmp/results.csv", Body: good}, jsonFile), code: feed.UnsafeMember, file: "/tmp/results.csv", says: "absolute path"},
	{name: "symbolic link", content: members(csvFile, jsonFile, sample.Member{Name: "a.err", Type: tar.TypeSymlink, Link: "/etc/passwd"}), code: feed.UnsafeMember, file: "a.err", says: "link"},
	{name: "hard link", content: members(csvFile, sample.Member{Name: "a.json", Type: tar.TypeLink, Link: "results.csv"}), code: feed.UnsafeMember, file: "a.json", says: "link"},
	{name: "a bomb", content: func(t *testing.T) []byte {
		return members(sample.Member{Name: "results.csv", Body: strings.Repeat("\x00", 80<<20)}, jsonFile)(t)
	}, code: feed.TooLarge, says: "times its size"},
	{name: "a huge JSON", content: members(csvFile, sample.Member{Name: "results.json", Body: strings.Repeat(" ", 2<<20)}), code: feed.TooLarge, file: "results.json", says: "larger than"},
	{name: "no JSON", content: members(csvFile), code: feed.MemberMissing, says: "no JSON file"},
	{name: "no CSV", content: members(jsonFile, sample.Member{Name: "results.err", Body: "{}"}), code: feed.MemberMissing, says: "no CSV file"},
	{name: "an empty archive", content: members(), code: feed.MemberMissing, says: "neither"},
	{name: "malformed JSON", content: files(good, "{\n \"Content\": \"assessment\",\n"), code: feed.JSONMalformed, file: "results.json", says: "not well-formed"},
	{name: "a list for JSON", content: files(good, "[]"), code: feed.JSONMalformed, file: "results.json", says: "not well-formed"},
	{name: "missing JSON path", content: files(good, sample.JSON("Claims.Claim2.MinScore", "-")), code: feed.JSONInvalid, file: "results.json", column: "Claims.Claim2.MinScore", says: "Claims.Claim2.MinScore is missing"},
	{name: "snake-case JSON", content: files(good, `{"content":"assessment","identification":{"guid":"x"}}`), code: feed.JSONInvalid, file: "results.json", column: "Identification.Type", says: "Identification.Type is missing"},
	{name: "unknown type", content: files(good, sample.JSON("Identification.Type", "Summative")), code: feed.JSONInvalid, file: "results.json", column: "Identification.Type", says: "must be SUMMATIVE"},
	{name: "student registration", content: files(good, `{"Content":"StudentRegistration"}`), code: feed.NotAcceptedYet, file: "results.json", column: "Content", says: "not accepted yet"},
	{name: "JSON in Latin-1", content: files(good, strings.Replace(sample.JSON(), "Minimal", "Minim\xe1l", 1)), code: feed.InvalidUTF8, file: "results.json", says: "UTF-8"},
	{name: "missing column", content: files(sample.CSVWith(without("Sex"), sample.Outcome(1)), sample.JSON()), code: feed.HeaderMismatch, file: "results.csv", line: 1, column: "Sex", says: "Missing column Sex"},
	{name: "unknown column", content: files(sample.CSVWith(append(feed.Header(), "ShoeSize"), sample.Outcome(1)), sample.JSON()), code: feed.HeaderMismatch, file: "results.csv", line: 1, says: "Unknown column ShoeSize"},
	{name: "a header that runs into the first row", content: files(strings.Replace(good, "\n", ",", 1), sample.JSON()),
		code: feed.HeaderMismatch, file: "results.csv", line: 1, says: "columns of the header are unknown"},
	{name: "duplicate column", content: files(sample.CSVWith(append(feed.Header(), "sex"), sample.Outcome(1)), sample.JSON()), code: feed.DuplicateColumn, file: "results.csv", line: 1, column: "Sex", says: "more than once"},
	{name: "no header", content: files(strings.Join(strings.Split(good, "\n")[1:], "\n"), sample.JSON()), code: feed.NoHeader, file: "results.csv", line: 1, says: "not a header"},
	{name: "semicolons", content: files(strings.ReplaceAll(good, ",", ";"), sample.JSON()), code: feed.WrongDelimiter, file: "results.csv", line: 1, says: "semicolon"},
	{name: "ragged row", content: files(good+"TK,0101\n", sample.JSON()), code: feed.RaggedRow, file: "results.csv", line: 4, says: "Line 4: The row has 2 fields, the header 91"},
	{name: "a quote that is not closed", content: files(good+"\"TK,0101\n", sample.JSON()), code: feed.BrokenQuotes, file: "results.csv", line: 4, says: "Line 4"},
	{name: "GUID mismatch", content: files(sample.CSV(sample.Outcome(1), sample.Outcome(2, "AssessmentGuid", "another")), sample.JSON()), code: feed.GUIDMismatch, file: "results.csv", line: 3, column: "AssessmentGuid", says: "Line 3: AssessmentGuid"},
	{name: "empty CSV", content: files("", sample.JSON()), code: feed.NoData, file: "results.csv", says: "empty"},
	{name: "blank lines only", content: files("\r\n\r\n", sample.JSON()), code: feed.NoData, file: "results.csv", says: "empty"},
	{name: "header only", content: files(sample.CSV(), sample.JSON()), code: feed.NoData, file: "results.csv", says: "only a header"},
	{name: "invalid UTF-8", content: files(sample.CSV(sample.Outcome(1), sample.Outcome(2, "FirstName", "Jos\xe9")), sample.JSON()), code: feed.InvalidUTF8, file: "results.csv", line: 3, says: "Line 3: The row is not encoded in UTF-8"},
	{name: "UTF-16", content: files("\xff\xfeS\x00t\x00a\x00", sample.JSON()), code: feed.InvalidUTF8, file: "results.csv", line: 1, says: "UTF-8"},
	{name: "no row accepted", content: files(sample.CSV(sample.Outcome(1, "Sex", "")), sample.JSON()), code: feed.NoRowAccepted, file: "results.csv", line: 2, column: "Sex", says: "Every row"},
}

func TestABadPackageEndsRejectedAndTheNextGoodOneIsNotAffected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range badPackages {
		t.Run(p.name, func(t *testing.T) {
			w := *w
			w.t = t
			story := w.load(p.content(t))
			b := story.Batch
			if b.Status != batch.Rejected || b.Code == nil || *b.Code != p.code || !strings.Contains(b.Reason, p.says) {
				t.Fatalf("got %s, code %s, reason %q; want rejected, %d, a reason with %q", b.Status, number(b.Code), b.Reason, p.code, p.says)
			}
			if p.file == "" {
				p.file = b.File
			}
			if len(story.FirstRejects) == 0 {
				t.Fatal("no rejects stored")
			}
			first := story.FirstRejects[0]
			got := batch.Reject{File: first.File, Line: first.Line, Column: first.Column}
			want := batch.Reject{File: p.file, Line: p.line, Column: p.column}
			if p.name == "malformed JSON" || p.name == "snake-case JSON" || p.name == "a list for JSON" {
				got.Line, want.Column = 0, first.Column
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("first reject (-want +got)\n%s", diff)
			}
			if b.StagingSchema != "" {
				t.Errorf("staging schema %s stays", b.StagingSchema)
			}
			last := story.Events[len(story.Events)-1]
			if last.Outcome != batch.OutcomeRejected || last.Detail != b.Reason {
				t.Errorf("last event: %s, %q", last.Outcome, last.Detail)
			}
		})
	}
	if len(w.migrated) != 0 {
		t.Errorf("migrations enqueued for rejected batches: %v", w.migrated)
	}
	left, err := w.staging.Leftovers(t.Context())
	if err != nil || len(left) != 0 {
		t.Errorf("left in staging: %v, %v", left, err)
	}
	if b := w.load(sample.Pack(t, good, sample.JSON())).Batch; b.Status != batch.Staged {
		t.Errorf("the next good package is %s: %s", b.Status, b.Reason)
	}
}

func number(n *int) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}

func TestWeakLegacyKeysWorkOnlyWhenAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	weak := &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024, MinRSABits: 1024}
	loader, sender := sample.NewKeyWith(t, "old loader", weak), sample.NewKeyWith(t, "old vendor", weak)
	content := sample.Seal(t, sample.TarGz(t, csvFile, jsonFile), sample.Sealing{To: loader, By: sender, Config: weak})
	w.keys.loader[0].Entity, w.keys.loader[0].AllowWeak = loader, true
	w.keys.senders[0].Entity = publicPart(t, sender)
	if b := w.load(content).Batch; b.Status != batch.Rejected || *b.Code != feed.WeakProtection {
		t.Errorf("weak signer: %s, code %s: %s", b.Status, number(b.Code), b.Reason)
	}
	w.keys.senders[0].AllowWeak = true
	if b := w.load(content).Batch; b.Status != batch.Staged {
		t.Errorf("weak signer that was accepted: %s, code %s: %s", b.Status, number(b.Code), b.Reason)
	}
}

func TestAFileThatRottedInOurStorageIsNotBlamedOnItsSender(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.arrive(badPackages[0].content(t))
	kept := w.story(id).Batch.StoredAs
	if err := w.files.Remove(kept); err != nil {
		t.Fatal(err)
	}
	if err := w.files.Create(kept, func(out io.Writer) error { _, err := io.WriteString(out, "rotten"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := w.work(t.Context(), id, 10); err != nil && !strings.Contains(err.Error(), "digest differs") {
		t.Fatal(err)
	}
	if b := w.story(id).Batch; b.Status != batch.Failed {
		t.Errorf("got %s (%s), want failed: an operator must look into the storage", b.Status, b.Reason)
	}
}

func TestAFileThatIsNotEncryptedIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		content []byte
		kept    bool
	}{
		"plain text":                     {[]byte(good), false},
		"an archive":                     {sample.TarGz(t, csvFile, jsonFile), false},
		"signed only":                    {sample.Seal(t, []byte(good), sample.Sealing{Plain: true}), false},
		"signed only, armored":           {sample.Seal(t, []byte(good), sample.Sealing{Plain: true, Armor: true}), false},
		"signed only, cut off":           {sample.Seal(t, []byte(good), sample.Sealing{Plain: true})[:100], false},
		"encrypted, to somebody else":    {sealed(sample.Sealing{To: sample.StrangerKey()})(t), true},
		"encrypted and armored, cut off": {sealed(sample.Sealing{Armor: true})(t)[:600], true},
		"encrypted, with too few files":  {sample.Seal(t, sample.TarGz(t, csvFile), sample.Sealing{}), true},
	} {
		b := w.load(c.content).Batch
		if b.Status != batch.Rejected {
			t.Errorf("%s: the batch is %s", name, b.Status)
		}
		if _, err := w.files.Stat(b.StoredAs); (err == nil) != c.kept {
			t.Errorf("%s: kept is %v, want %v (%v)", name, err == nil, c.kept, err)
		}
	}
}
