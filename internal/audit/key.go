package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// keyBytes is the length of a key.
const keyBytes = 32

// OpenKey reads the keys of the trail, and makes a file with a new one, readable by its owner only, when there is none. The file
// holds one key per line in hex. New records use the first; the others verify records from before a change of key.
func OpenKey(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("make the key of the audit trail: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the audit trail: %w", err)
	}
	var keys [][]byte
	for i, line := range bytes.Fields(text) {
		key := make([]byte, hex.DecodedLen(len(line)))
		if _, err := hex.Decode(key, line); err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("key of the audit trail: line %d of %s is not %d hex digits", i+1, path, 2*keyBytes)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("key of the audit trail: %s is empty", path)
	}
	return keys, nil
}

// makeKey makes the file whole or not at all; another process may be quicker.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails
	f, err := os.CreateTemp(filepath.Dir(path), ".audit-key-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}
