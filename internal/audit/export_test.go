package audit

import (
	"bytes"
	"os"
	"testing"
)

// AtEachStep calls f wherever a process could die between writing, syncing and anchoring. Set it before the first Record.
func (l *Log) AtEachStep(f func(point string)) { l.step = f }

// Rechain computes every MAC of a chain's only file anew, as somebody with the key can.
func Rechain(t *testing.T, path string, key []byte) {
	t.Helper()
	files, _, err := listFiles(path[:bytes.LastIndexByte([]byte(path), '/')])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.path != path {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var out, previous []byte
		ck := chainKey(key, f.stream, f.chain)
		for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
			_, signed, _, err := parseLine(line)
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := bytes.Cut(signed, []byte(`,"time"`))
			out, previous = appendLine(out, f.chain, int64(i), append([]byte(`"time"`), body...), ck, previous)
		}
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// ChainKeyName is what a header says of a key.
func ChainKeyName(key []byte) string { return keyName(key) }

// Encode returns the line that an event becomes.
func Encode(e Event, key []byte) (string, error) {
	r, err := e.record(key, now())
	if err != nil {
		return "", err
	}
	body, err := r.body()
	if err != nil {
		return "", err
	}
	line, _ := appendLine(nil, "web-20260101T000000Z-aaaaaaaaaaaaaaaa", 1, body, key, nil)
	return string(line), nil
}

// Digest is what stands for a text.
func Digest(key []byte, s string) string { return digest(key, s) }

// Kinds lists every kind.
func Kinds() map[Kind]Stream { return streamOf }
