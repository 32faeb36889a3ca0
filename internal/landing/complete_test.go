package landing_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/batch"
	"scorehouse/internal/landing"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
)

func TestAnUploadThatEndedAndStayedQuietArrives(t *testing.T) {
	t.Parallel()
	z := start(t, func(c *landing.Config) { c.QuietPeriod = 0 }) // the default, 2 s
	c := z.login("vendor")
	data := packet("spring", 200_000)
	put(t, c, "file_drop/spring.tar.gz.gpg", data)
	closed := time.Now()
	z.wantArrived(z.arrived(1)[0], "spring.tar.gz.gpg", data)
	if took := z.batches()[0].ReceivedAt.Sub(closed); took < 1500*time.Millisecond || took > 3*time.Second {
		t.Errorf("received %s after the upload's end, want 2 to 3 s", took)
	}
	if b := z.batches()[0]; b.Sender != "vendor" || b.Tenant != "tamarack" || !strings.HasPrefix(b.StoredAs, fmt.Sprintf("arrivals/tamarack/%d/", time.Now().UTC().Year())) {
		t.Errorf("batch %+v", b)
	}
	z.wantEmpty()
}

func TestAFileRenamedFromATemporaryNameArrivesAtOnceAndNotBefore(t *testing.T) {
	t.Parallel()
	z := start(t, func(c *landing.Config) { c.QuietPeriod = time.Hour })
	c := z.login("vendor")
	data := packet("x", 70_000)
	for i, temporary := range []string{"a.gpg.partial", "a.gpg.filepart", "a.gpg.part", "a.gpg.tmp", ".a.gpg"} {
		put(t, c, "file_drop/"+temporary, data)
		if n := len(z.batches()); n != i {
			t.Errorf("%s arrived under its temporary name", temporary)
		}
		if err := c.Rename("file_drop/"+temporary, "file_drop/a.gpg"); err != nil {
			t.Fatal(err)
		}
		z.wantArrived(z.arrived(i + 1)[0], "a.gpg", data)
	}
	z.wantEmpty()
}

func TestAMatchingChecksumBesideTheFileLetsItArriveAtOnce(t *testing.T) {
	t.Parallel()
	data := packet("sum", 100_000)
	weak, strong := md5.Sum(data), sha256.Sum256(data)
	for name, text := range map[string]string{
		"MD5 with the file's name": hex.EncodeToString(weak[:]) + " a.gpg\n",
		"bare MD5":                 hex.EncodeToString(weak[:]),
		"SHA-256 in capitals":      "SHA256 (a.gpg) = " + strings.ToUpper(hex.EncodeToString(strong[:])),
	} {
		for _, first := range []string{"file", "checksum"} {
			t.Run(name+", "+first+" first", func(t *testing.T) {
				t.Parallel()
				z := start(t, func(c *landing.Config) { c.QuietPeriod = time.Hour })
				c := z.login("vendor")
				if first == "checksum" {
					put(t, c, "file_drop/a.gpg.done", []byte(text))
				}
				put(t, c, "file_drop/a.gpg", data)
				if first == "file" {
					put(t, c, "file_drop/a.gpg.done", []byte(text))
				}
				z.wantArrived(z.arrived(1)[0], "a.gpg", data)
				z.wantEmpty()
			})
		}
	}
}

func TestAFileWhoseChecksumDoesNotMatchWaitsAndIsThenRejected(t *testing.T) {
	t.Parallel()
	z := start(t, func(c *landing.Config) { c.QuietPeriod, c.ChecksumWait = 100*time.Millisecond, 1500*time.Millisecond })
	c := z.login("vendor")
	data, other := packet("right", 5000), packet("wrong", 5000)
	sum := md5.Sum(other)
	put(t, c, "file_drop/wrong.gpg.done", []byte(hex.EncodeToString(sum[:])))
	put(t, c, "file_drop/wrong.gpg", data)
	closed := time.Now()
	b := z.arrived(1)[0]
	if b.Status != batch.Rejected || *b.Code != landing.CodeChecksumMismatch || b.Reason == "" || b.ReceivedAt.Sub(closed) < time.Second {
		t.Errorf("batch %+v after %s, want a rejection after 1.5 s", b, b.ReceivedAt.Sub(closed))
	}
	if !bytes.Equal(z.stored(b), data) {
		t.Error("the file was not kept")
	}
	z.wantEmpty()
}

func TestAFileSentAgainToMatchItsChecksumArrives(t *testing.T) {
	t.Parallel()
	z := start(t, func(c *landing.Config) { c.ChecksumWait = time.Hour })
	c := z.login("vendor")
	data := packet("right", 5000)
	sum := sha256.Sum256(data)
	put(t, c, "file_drop/a.gpg.done", []byte(hex.EncodeToString(sum[:])))
	put(t, c, "file_drop/a.gpg", packet("wrong", 5000))
	z.settled(c)
	if n := len(z.batches()); n != 0 {
		t.Fatalf("%d batches while the checksum does not match", n)
	}
	put(t, c, "file_drop/a.gpg", data)
	z.wantArrived(z.arrived(1)[0], "a.gpg", data)
	z.wantEmpty()
}

func TestAFileThatIsNoPackageIsRejectedAndNotKept(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	c := z.login("vendor")
	if err := c.Mkdir("file_drop/more"); err != nil {
		t.Fatal(err)
	}
	put(t, c, "file_drop/more/students.csv", []byte("a,b\n"))
	b := z.arrived(1)[0]
	if b.Status != batch.Rejected || *b.Code != landing.CodeFileType || b.File != "more/students.csv" || !strings.Contains(b.Reason, ".gpg") {
		t.Errorf("batch %+v", b)
	}
	if _, err := z.files.Stat(b.StoredAs); !os.IsNotExist(errorsUnwrapAll(err)) {
		t.Errorf("the file was kept (%v)", err)
	}
	z.wantEmpty()
	for _, name := range []string{"a.PGP", "b.asc"} {
		put(t, c, "file_drop/"+name, []byte(name))
	}
	for _, b := range z.arrived(3)[:2] {
		if b.Status != batch.Received {
			t.Errorf("%s: %+v", b.File, b)
		}
	}
}

func TestAnUploadThatBrokeOffWaitsUntilItIsResumed(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	data := packet("long", 300_000)
	half := func() {
		conn, err := z.connect("vendor")
		if err != nil {
			t.Fatal(err)
		}
		c := z.session(conn)
		f, err := c.OpenFile("file_drop/a.gpg", os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data[:100_000]); err != nil {
			t.Fatal(err)
		}
		conn.Close() // without closing the file
	}
	half()
	c := z.login("vendor")
	z.settled(c)
	z.stop() // a restart changes nothing
	z.run()
	c = z.login("vendor")
	z.settled(c)
	if n := len(z.batches()); n != 0 {
		t.Fatalf("%d batches of half a file", n)
	}
	info, err := c.Stat("file_drop/a.gpg")
	if err != nil || info.Size() != 100_000 {
		t.Fatalf("the half file: %v, %v", info, err)
	}
	f, err := c.OpenFile("file_drop/a.gpg", os.O_WRONLY)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(info.Size(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data[info.Size():]); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	z.wantArrived(z.arrived(1)[0], "a.gpg", data)
	z.wantEmpty()

	half()
	put(t, c, "file_drop/a.gpg", data) // or sent again as a whole
	z.wantArrived(z.arrived(2)[0], "a.gpg", data)
	z.wantEmpty()
}

func TestAHalfFileStaysHalfWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	conn, err := z.connect("vendor")
	if err != nil {
		t.Fatal(err)
	}
	c := z.session(conn)
	if err := c.Mkdir("file_drop/d"); err != nil {
		t.Fatal(err)
	}
	f, err := c.Create("file_drop/d/a.gpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(packet("half", 1000)); err != nil {
		t.Fatal(err)
	}
	if err := c.Rename("file_drop/d/a.gpg", "file_drop/b.gpg"); err == nil {
		t.Error("a file was renamed while it is being uploaded")
	}
	if err := c.Rename("file_drop/d", "file_drop/e"); err == nil {
		t.Error("a folder was renamed while a file in it is being uploaded")
	}
	conn.Close()
	c = z.login("vendor")
	within(t, 5*time.Second, "the server notices the lost connection", func() bool {
		return c.Rename("file_drop/d/a.gpg", "file_drop/d/b.gpg") == nil
	})
	if err := c.Rename("file_drop/d", "file_drop/e"); err != nil {
		t.Fatal(err)
	}
	z.settled(c)
	if list := z.batches(); len(list) != 0 {
		t.Errorf("half a file arrived: %+v", list)
	}
	if err := c.Remove("file_drop/e/b.gpg"); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveDirectory("file_drop/e"); err != nil {
		t.Fatal(err)
	}
	z.wantEmpty()
}

func TestAFolderThatTakesTheNameOfAnotherBringsNothingOfIt(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, dir := range []string{"whole", "half"} {
		if err := root.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"whole/a.gpg.partial", "half/a.gpg"} {
		if err := root.WriteFile(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u := landing.NewUploads(root)
	for _, r := range [][2]string{{"whole/a.gpg.partial", "whole/a.gpg"}, {"whole", "other"}, {"half", "whole"}} {
		if err := u.Rename(r[0], r[1]); err != nil {
			t.Fatal(err)
		}
		if got, want := u.Declared("whole/a.gpg"), r[1] == "whole/a.gpg"; got != want {
			t.Errorf("after renaming %s to %s: declared complete %v, want %v", r[0], r[1], got, want)
		}
	}
}

func TestANewUploadPutsAnOldOneOnTheSameFileToAnEnd(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	c := z.login("vendor")
	zombie, err := c.Create("file_drop/a.gpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zombie.Write(packet("zombie", 90_000)); err != nil {
		t.Fatal(err)
	}
	data := packet("alive", 50_000)
	put(t, z.login("vendor"), "file_drop/a.gpg", data)
	if _, err := zombie.Write([]byte("more")); err == nil {
		t.Error("the old upload went on")
	}
	z.wantArrived(z.arrived(1)[0], "a.gpg", data)
	if err := zombie.Close(); err == nil {
		t.Error("the old upload ended well")
	}
	z.settled(c)
	if n := len(z.batches()); n != 1 {
		t.Errorf("%d batches, want 1", n)
	}
}

func TestWritesBeyondTheLimitFailAndTheFileStaysIncomplete(t *testing.T) {
	t.Parallel()
	z := start(t, func(c *landing.Config) { c.MaxFileSize = 10_000 })
	c := z.login("vendor")
	f, err := c.Create("file_drop/big.gpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(packet("big", 10_001)); err == nil {
		t.Error("10,001 bytes were accepted")
	}
	f.Close()
	z.settled(c)
	if n := len(z.batches()); n != 0 {
		t.Errorf("%d batches", n)
	}
}

func TestAScanAtTheStartFindsFilesThatNobodyAnnounced(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	put(t, z.login("vendor"), "file_drop/first.gpg", []byte("first"))
	z.arrived(1)
	z.stop()
	data := packet("carried", 1000)
	if err := os.WriteFile(filepath.Join(z.cfg.Root, "drop/tamarack/vendor/file_drop/carried.gpg"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	z.run()
	z.wantArrived(z.arrived(2)[0], "carried.gpg", data)
}

func TestALaterFileDoesNotOvertakeOneThatCannotBeRegisteredNow(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	z.stop()
	var failed atomic.Int32
	d := deps(pgtest.As(t, z.pool, pg.Landing), z.files, slog.New(slog.DiscardHandler))
	d.Enqueue = func(ctx context.Context, tx pgx.Tx, id batch.ID) error {
		if failed.Add(1) <= 3 {
			return errors.New("the queue does not answer")
		}
		return enqueue(ctx, tx, id)
	}
	z.runWith(d)
	c := z.login("vendor")
	put(t, c, "file_drop/first.gpg", packet("first", 1000))
	within(t, 20*time.Second, "three failures", func() bool { return failed.Load() == 3 })
	put(t, c, "file_drop/second.gpg", packet("second", 1000))
	z.arrived(2)
	ids := map[string]batch.ID{}
	for _, b := range z.batches() {
		ids[b.File] = b.ID
	}
	if ids["first.gpg"] > ids["second.gpg"] {
		t.Errorf("batches %v: the second came before the first", ids)
	}
}

func TestTheSameFileSentTwiceArrivesTwice(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	c := z.login("vendor")
	data := packet("same", 5000)
	for i := range 2 {
		put(t, c, "file_drop/a.gpg", data)
		z.wantArrived(z.arrived(i + 1)[0], "a.gpg", data)
	}
	z.wantEmpty()
}
