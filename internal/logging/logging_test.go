package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"scorehouse/internal/logging"
)

// service is a syslog service: a datagram socket as /dev/log is.
func service(t *testing.T) (socket string, conn *net.UnixConn) {
	t.Helper()
	dir, err := os.MkdirTemp("", "syslog") // t.TempDir may be longer than a socket's name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "log"), listen(t, filepath.Join(dir, "log"))
}

func listen(t *testing.T, socket string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func receive(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestTheLogGoesToTheFileAndToSyslog(t *testing.T) {
	t.Parallel()
	socket, conn := service(t)
	file := filepath.Join(t.TempDir(), "scorehouse.log")
	log, close, err := logging.New(logging.Options{Level: slog.LevelInfo, File: file, Syslog: socket})
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("too fine")
	log.With("tenant", "tamarack").WithGroup("batch").Warn("slow", "id", 12)
	log.Error("broken")
	form := regexp.MustCompile(`^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d scorehouse\[\d+\]: (\{.*\})$`)
	for _, want := range []struct{ priority, part string }{{"140", `"msg":"slow","tenant":"tamarack","batch":{"id":12}`}, {"139", `"msg":"broken"`}} {
		parts := form.FindStringSubmatch(receive(t, conn))
		if parts == nil || parts[1] != want.priority || !strings.Contains(parts[2], want.part) || !json.Valid([]byte(parts[2])) {
			t.Errorf("syslog got %q, want priority %s with %s", parts, want.priority, want.part)
		}
	}
	if err := close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if n := bytes.Count(text, []byte("\n")); n != 2 || bytes.Contains(text, []byte("too fine")) {
		t.Errorf("the file has %d lines, want 2:\n%s", n, text)
	}
}

func TestALogThatCannotBeOpenedIsAnError(t *testing.T) {
	t.Parallel()
	if _, _, err := logging.New(logging.Options{File: filepath.Join(t.TempDir(), "none", "x.log")}); err == nil {
		t.Error("no error")
	}
}

func TestALineThatIsTooLongIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	socket, conn := service(t)
	s := logging.NewSyslog(socket, logging.Local1, "x", slog.New(slog.DiscardHandler))
	s.Send(slog.LevelInfo, []byte("a"+strings.Repeat("é", 8000)+"\n"))
	if got := receive(t, conn); len(got) > 8192 || len(got) < 7900 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
	s.Close()
}

// lines collects the messages of a log.
type lines struct{ c chan string }

func (lines) Enabled(context.Context, slog.Level) bool { return true }
func (l lines) Handle(_ context.Context, r slog.Record) error {
	l.c <- r.Message
	return nil
}
func (l lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l lines) WithGroup(string) slog.Handler      { return l }

func TestSyslogThatIsAwayIsToldOnceAndFoundAgain(t *testing.T) {
	t.Parallel()
	socket, conn := service(t)
	told := lines{make(chan string, 100)}
	s := logging.NewSyslog(socket, logging.Local1, "x", slog.New(told))
	defer s.Close()
	s.Send(slog.LevelInfo, []byte("one"))
	receive(t, conn)
	conn.Close()
	if err := os.RemoveAll(socket); err != nil {
		t.Fatal(err)
	}
	s.Send(slog.LevelInfo, []byte("two"))
	s.Send(slog.LevelInfo, []byte("three"))
	<-told.c
	conn = listen(t, socket)
	for { // "three" may still find nobody
		s.Send(slog.LevelInfo, []byte("four"))
		if strings.HasSuffix(receive(t, conn), "four") {
			break
		}
	}
	if len(told.c) > 0 {
		t.Errorf("told %d times more", len(told.c))
	}
}

func TestAServiceThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	socket, _ := service(t) // nobody reads
	s := logging.NewSyslog(socket, logging.Local1, "x", slog.New(slog.DiscardHandler))
	started := time.Now()
	for range 20_000 {
		s.Send(slog.LevelInfo, []byte("line"))
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("sending to a stuck service took %s", took)
	}
	s.Close()
}
