package delivery

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"

	"scorehouse/internal/feed"
)

// Limits keep one package from exhausting the loader. Zero values mean the defaults, which fit files of five million rows.
type Limits struct {
	Archive  int64 // bytes of the unpacked archive. Default 16 GiB
	Metadata int64 // bytes of a .json or .err member. Default 1 MiB
	Members  int   // members including directories. Default 32
	Ratio    int64 // unpacked bytes per byte received, looked at beyond 64 MiB. Default 250
}

func (l Limits) withDefaults() Limits {
	if l.Archive == 0 {
		l.Archive = 16 << 30
	}
	if l.Metadata == 0 {
		l.Metadata = 1 << 20
	}
	if l.Members == 0 {
		l.Members = 32
	}
	if l.Ratio == 0 {
		l.Ratio = 250
	}
	return l
}

// ratioFrom is the unpacked size below which the rate of compression does not matter.
const ratioFrom = 64 << 20

// archive is what reading an archive found.
type archive struct {
	json     []byte
	jsonName string
	csvName  string
	csvSize  int64
}

// callerError marks an error of the function that reads the CSV.
type callerError struct{ error }

// Unwrap returns the error.
func (e callerError) Unwrap() error { return e.error }

// readArchive reads a gzip-compressed tar archive to its end, checks its members and hands the CSV to csv (which may be nil).
// received tells how many bytes of the stored file were read so far.
func readArchive(r io.Reader, limits Limits, received func() int64, csv func(io.Reader) error) (archive, error) {
	unpacked := &limited{limits: limits, received: received}
	zipped, err := gzip.NewReader(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return archive{}, archiveError(err)
	}
	defer zipped.Close()
	unpacked.r = zipped
	var a archive
	members := tar.NewReader(unpacked)
	for n := 1; ; n++ {
		header, err := members.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return a, archiveError(err)
		}
		if n > limits.Members {
			return a, about(feed.TooLarge, "", "The archive holds more than %d members. %s", limits.Members, feed.Sentence(feed.WrongMembers))
		}
		if err := a.member(header, members, limits, csv); err != nil {
			return a, err
		}
	}
	if err := onlyPadding(unpacked); err != nil {
		return a, err
	}
	return a, a.complete()
}

// archiveError sorts an error met while unpacking: Problems pass, what lies below speaks for itself.
func archiveError(err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return problem(feed.NotGzipTar)
}

// member takes in one member.
func (a *archive) member(h *tar.Header, r io.Reader, limits Limits, csv func(io.Reader) error) error {
	if err := safeMember(h); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		return nil
	}
	name := path.Base(path.Clean(h.Name))
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		if strings.HasPrefix(name, "._") {
			break
		}
		if a.csvName != "" {
			return about(feed.WrongMembers, name, "The archive holds two CSV files. %s", feed.Sentence(feed.WrongMembers))
		}
		a.csvName, a.csvSize = name, h.Size
		return a.readCSV(r, csv)
	case ".json":
		if strings.HasPrefix(name, "._") {
			break
		}
		if a.jsonName != "" {
			return about(feed.WrongMembers, name, "The archive holds two JSON files. %s", feed.Sentence(feed.WrongMembers))
		}
		a.jsonName = name
		var err error
		a.json, err = readSmall(r, h, limits)
		return err
	case ".err":
		_, err := readSmall(r, h, limits)
		return err
	}
	return about(feed.UnknownFileType, name, "The archive holds a file that is not .csv, .json or .err. Remove it. On macOS pack with COPYFILE_DISABLE=1 so that no ._ files are added.")
}

// safeMember refuses members that are no plain files below the archive's own directory.
func safeMember(h *tar.Header) error {
	unsafe := about(feed.UnsafeMember, h.Name, "%s", feed.Sentence(feed.UnsafeMember))
	if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir {
		return unsafe
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") { // a file with holes has no bound by what was received
			return unsafe
		}
	}
	if strings.HasPrefix(h.Name, "/") || strings.ContainsAny(h.Name, "\\\x00") {
		return unsafe
	}
	for part := range strings.SplitSeq(h.Name, "/") {
		if part == ".." {
			return unsafe
		}
	}
	return nil
}

// readCSV hands the member to csv, which may leave some of it unread. Without csv the member is skipped.
func (a *archive) readCSV(r io.Reader, csv func(io.Reader) error) error {
	if csv == nil {
		_, err := io.Copy(io.Discard, r)
		if err != nil {
			return archiveError(err)
		}
		return nil
	}
	ahead := newReadAhead(r)
	defer ahead.Close()
	if err := csv(ahead); err != nil {
		return callerError{err}
	}
	return nil
}

func readSmall(r io.Reader, h *tar.Header, limits Limits) ([]byte, error) {
	if h.Size > limits.Metadata {
		return nil, about(feed.TooLarge, h.Name, "The file is larger than %d bytes. %s", limits.Metadata, feed.Sentence(feed.TooLarge))
	}
	var content bytes.Buffer
	if _, err := io.Copy(&content, r); err != nil {
		return nil, archiveError(err)
	}
	return content.Bytes(), nil
}

// complete checks that both files were there.
func (a *archive) complete() error {
	switch {
	case a.csvName == "" && a.jsonName == "":
		return about(feed.MemberMissing, "", "The archive holds neither a CSV nor a JSON file. Pack both: the results (.csv) and their metadata (.json).")
	case a.csvName == "":
		return about(feed.MemberMissing, "", "The archive holds no CSV file. Pack both: the results (.csv) and their metadata (.json).")
	case a.jsonName == "":
		return about(feed.MemberMissing, "", "The archive holds no JSON file. Pack both: the results (.csv) and their metadata (.json).")
	}
	return nil
}

// onlyPadding reads what follows the archive's last member: tar pads with zeros, anything else does not belong there.
func onlyPadding(r io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if len(bytes.Trim(buf[:n], "\x00")) > 0 {
			return about(feed.NotGzipTar, "", "Something follows the end of the archive. %s", feed.Sentence(feed.NotGzipTar))
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return archiveError(err)
		}
	}
}

// limited counts what is unpacked and refuses too much of it.
type limited struct {
	r        io.Reader
	limits   Limits
	received func() int64
	n        int64
}

// Read unpacks.
func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if l.n > l.limits.Archive {
		return n, about(feed.TooLarge, "", "The unpacked archive is larger than %d bytes. %s", l.limits.Archive, feed.Sentence(feed.TooLarge))
	}
	if l.n > ratioFrom && l.n/l.limits.Ratio > l.received() {
		return n, about(feed.TooLarge, "", "The archive unpacks to more than %d times its size. %s", l.limits.Ratio, feed.Sentence(feed.TooLarge))
	}
	return n, err
}
