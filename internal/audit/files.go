package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// file is a file of the trail, by its name.
type file struct {
	stream Stream
	chain  string
	number int
	path   string
}

var fileForm = regexp.MustCompile(`^(audit|security)\.([a-z]{1,16}-[0-9]{8}T[0-9]{6}Z-[a-z2-7]{16})\.([0-9]{6,})\.log$`)

// listFiles returns the files of a directory in the order stream, chain, number, and the names of those that are none of the trail's.
func listFiles(dir string) (files []file, strange []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("audit trail: %w", err)
	}
	for _, e := range entries {
		parts := fileForm.FindStringSubmatch(e.Name())
		if parts == nil || !e.Type().IsRegular() {
			strange = append(strange, filepath.Join(dir, e.Name()))
			continue
		}
		n, err := strconv.Atoi(parts[3])
		if err != nil || fileName(Stream(parts[1]), parts[2], n) != e.Name() {
			strange = append(strange, filepath.Join(dir, e.Name()))
			continue
		}
		files = append(files, file{Stream(parts[1]), parts[2], n, filepath.Join(dir, e.Name())})
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.stream, b.stream), cmp.Compare(a.chain, b.chain), cmp.Compare(a.number, b.number))
	})
	return files, strange, nil
}

// longestLine is more than any record takes.
const longestLine = 256 << 10

// eachLine calls visit for every line of a file, without its line feed; whole is false for a last line that has none, and for one that is longer than any record.
func (f file) eachLine(visit func(number int, line []byte, whole bool) error) error {
	r, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer r.Close()
	lines := bufio.NewReaderSize(r, longestLine)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		whole := err == nil
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("audit trail: %w", err)
		}
		if err := visit(n, bytes.TrimSuffix(line, []byte("\n")), whole); err != nil {
			return err
		}
	}
}
