package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
)

// Class says what seems to have been done to the trail.
type Class string

// The classes.
const (
	Edited     Class = "edited"     // a line is not what was written
	Deleted    Class = "deleted"    // records, files or chains are missing
	Reordered  Class = "reordered"  // a record stands behind a later one
	Truncated  Class = "truncated"  // the end of a chain is missing
	Recomputed Class = "recomputed" // lines agree with each other but not with what the control database remembers: the key was used to forge them
	Duplicated Class = "duplicated" // a record or a file is there twice, or in another's place
	Foreign    Class = "foreign"    // something that the trail did not write
)

// Problem is one thing that is wrong, with its place.
type Problem struct {
	Class Class  `json:"class"`
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
	Text  string `json:"text"`
}

// ChainReport is what was found of one chain.
type ChainReport struct {
	Stream  Stream    `json:"stream"`
	Chain   string    `json:"chain"`
	Host    string    `json:"host"`
	Files   int       `json:"files"`
	Records int64     `json:"records"` // besides the lines of the trail itself
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Closed  bool      `json:"closed"` // its process ended in order
	// Loose is the number of records after the newest anchor: written when a process was killed, or just now. Nobody was given the data they speak of.
	Loose int64 `json:"loose"`
	Torn  bool  `json:"torn"` // the last line was cut off when the process was killed
	// Expired says that older files are gone, as the retention allows.
	Expired  bool      `json:"expired"`
	Problems []Problem `json:"problems"`
}

// Report is what Verify found.
type Report struct {
	Chains    []ChainReport `json:"chains"`
	Problems  []Problem     `json:"problems"`  // of no chain
	Elsewhere int           `json:"elsewhere"` // chains of other hosts or directories, not looked at
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool {
	return len(r.Problems) == 0 && !slices.ContainsFunc(r.Chains, func(c ChainReport) bool { return len(c.Problems) > 0 })
}

// Records is the number of records that were looked at.
func (r Report) Records() int64 {
	var n int64
	for _, c := range r.Chains {
		n += c.Records
	}
	return n
}

// VerifyConfig says what to verify.
type VerifyConfig struct {
	Directories []string
	Keys        [][]byte      // see OpenKey
	Pool        *pgxpool.Pool // of the control database
	Since       time.Time     // files whose last anchor is older may be gone; zero: none may
	All         bool          // the directories hold the chains of every host and directory; else only of this host and these directories
}

// Verify walks every chain of the directories and compares it with its anchors. Processes may be writing meanwhile. The error says why it could
// not look; what it found is in the report.
func Verify(ctx context.Context, cfg VerifyConfig) (Report, error) {
	v := &verifier{cfg: cfg, files: map[chainID][]file{}}
	known, err := v.knownChains(ctx) // before the files: what was anchored by now is in them
	if err != nil {
		return Report{}, fmt.Errorf("verify: read anchors: %w", pg.Clean(err))
	}
	for _, dir := range cfg.Directories {
		files, strange, err := listFiles(dir)
		if err != nil {
			return Report{}, err
		}
		for _, name := range strange {
			v.report.Problems = append(v.report.Problems, Problem{Class: Foreign, File: name, Text: "this file is none of the trail's"})
		}
		for _, f := range files {
			id := chainID{f.stream, f.chain}
			v.files[id] = append(v.files[id], f)
		}
	}
	for _, k := range known {
		if err := v.known(ctx, k); err != nil {
			return v.report, err
		}
	}
	for id, files := range v.files { // those the control database did not know
		if err := v.unknown(ctx, id, files); err != nil {
			return v.report, err
		}
	}
	slices.SortFunc(v.report.Chains, func(a, b ChainReport) int {
		return cmp.Or(cmp.Compare(a.Stream, b.Stream), a.First.Compare(b.First), cmp.Compare(a.Chain, b.Chain))
	})
	return v.report, nil
}

type chainID struct {
	stream Stream
	name   string
}

type verifier struct {
	cfg    VerifyConfig
	files  map[chainID][]file
	report Report
}

// knownChain is a chain as the control database knows it.
type knownChain struct {
	chainID
	id         int64
	host, dir  string
	startedAt  time.Time
	last       int64 // number of the newest anchored line, -1 when there is none
	anchoredAt time.Time
}

const selectChains = `select c.chain_id, c.stream, c.name, c.host, c.directory, c.started_at, coalesce(a.seq, -1), coalesce(a.anchored_at, c.started_at)
	from audit.chain c left join lateral (select seq, anchored_at from audit.anchor where chain_id = c.chain_id order by seq desc limit 1) a on true`

func (v *verifier) knownChains(ctx context.Context) ([]knownChain, error) {
	rows, err := v.cfg.Pool.Query(ctx, selectChains+" order by c.chain_id")
	if err != nil {
		return nil, err
	}
	return collectChains(rows)
}

// known verifies a chain of the control database, if it belongs here.
func (v *verifier) known(ctx context.Context, k knownChain) error {
	files := v.files[k.chainID]
	delete(v.files, k.chainID)
	if len(files) == 0 && !v.cfg.All && !v.here(k) {
		v.report.Elsewhere++
		return nil
	}
	w := &walk{k: k, since: v.cfg.Since, keys: v.cfg.Keys, report: ChainReport{Stream: k.stream, Chain: k.name, Host: k.host, First: k.startedAt}}
	if len(files) == 0 {
		if k.anchoredAt.Before(v.cfg.Since) {
			w.report.Expired, w.report.Last = true, k.anchoredAt
		} else {
			w.problem(Deleted, file{}, 0, "every file of the chain is missing; its process ran on %s and wrote to %s", k.host, k.dir)
		}
	} else if err := v.walk(ctx, w, files); err != nil {
		return err
	}
	v.report.Chains = append(v.report.Chains, w.report)
	return nil
}

// here reports whether the files of a chain should be in the directories.
func (v *verifier) here(k knownChain) bool {
	host, err := os.Hostname()
	return err == nil && k.host == host && slices.Contains(v.cfg.Directories, k.dir)
}

// unknown verifies a chain that the control database did not know when the verification began.
func (v *verifier) unknown(ctx context.Context, id chainID, files []file) error {
	w := &walk{k: knownChain{chainID: id, last: -1}, since: v.cfg.Since, keys: v.cfg.Keys, report: ChainReport{Stream: id.stream, Chain: id.name}}
	err := v.walk(ctx, w, files)
	v.report.Chains = append(v.report.Chains, w.report)
	return err
}

// walk verifies a chain that has files. Its first line is anchored before it holds a second, so a chain without an anchor has begun
// since the verification did, or is not ours.
func (v *verifier) walk(ctx context.Context, w *walk, files []file) error {
	if err := w.run(ctx, v.cfg.Pool, files); err != nil {
		return err
	}
	if w.k.last >= 0 || w.seen < 1 {
		return nil
	}
	var anchored bool
	err := v.cfg.Pool.QueryRow(ctx, `select exists (select from audit.chain join audit.anchor using (chain_id) where stream = $1 and name = $2)`,
		w.k.stream, w.k.name).Scan(&anchored)
	if err != nil {
		return fmt.Errorf("verify: %w", pg.Clean(err))
	}
	if !anchored {
		w.problem(Foreign, files[0], 0, "the control database has no anchor of the chain: somebody else wrote it, or the database was restored from before it")
	}
	return nil
}

// gap is a range of records that were passed over, and are missing unless they come later.
type gap struct{ from, to int64 }

// walk verifies one chain.
type walk struct {
	k      knownChain
	since  time.Time
	keys   [][]byte
	key    []byte // of the chain, nil while it is unknown
	report ChainReport

	next    int64  // number of the line that should come
	prev    []byte // MAC of the line before
	linked  bool   // prev is known, so that the next line's MAC can be checked
	seen    int64  // highest number seen, -1 before the first
	gaps    []gap
	forged  bool // an anchor disagreed already
	bad     int  // line that could not be read; in order only as the very last one
	badFile file
	skipped bool // and it was not the last

	anchors *anchorWalk
}

// most is how many problems of one chain are listed.
const most = 100

func (w *walk) problem(class Class, f file, line int, format string, args ...any) {
	if len(w.report.Problems) < most {
		w.report.Problems = append(w.report.Problems, Problem{Class: class, File: f.path, Line: line, Text: fmt.Sprintf(format, args...)})
	}
}

func (w *walk) run(ctx context.Context, pool *pgxpool.Pool, files []file) error {
	w.seen, w.linked = -1, true
	anchors, err := openAnchors(ctx, pool, w.k)
	if err != nil {
		return fmt.Errorf("verify: read anchors: %w", pg.Clean(err))
	}
	w.anchors = anchors
	defer anchors.close()
	number := 0
	for _, f := range files {
		if f.number == number {
			w.problem(Duplicated, f, 0, "the file is there in two directories")
			continue
		}
		begin, ours, err := w.begin(f)
		if err != nil {
			return err
		}
		if !ours {
			continue
		}
		if begin != nil && f.number != number+1 {
			w.filesMissing(f, number+1, begin)
		}
		number = f.number
		w.report.Files++
		if err := f.eachLine(func(n int, line []byte, whole bool) error { w.line(f, n, line, whole); return ctx.Err() }); err != nil {
			return err
		}
	}
	w.finish(files[len(files)-1])
	return pg.Clean(anchors.err())
}

// begin reads the first line of a file (nil when it cannot be read) and says whether the file is what its name says.
func (w *walk) begin(f file) (begin *Record, ours bool, err error) {
	var first *Record
	stop := errors.New("stop")
	err = f.eachLine(func(_ int, line []byte, whole bool) error {
		if r, _, _, err := parseLine(line); err == nil && whole {
			first = &r
		}
		return stop
	})
	if err != nil && !errors.Is(err, stop) {
		return nil, false, err
	}
	switch {
	case first == nil || first.Begin == nil:
		return nil, true, nil
	case first.Chain != w.k.name || first.Begin.Stream != w.k.stream || first.Begin.File != f.number:
		w.problem(Duplicated, f, 1, "the file holds %s: it was copied or renamed", fileName(first.Begin.Stream, first.Chain, first.Begin.File))
		return nil, false, nil
	}
	w.report.Host = first.Begin.Host
	if w.key == nil {
		for _, key := range w.keys {
			if keyName(key) == first.Begin.Key {
				w.key = chainKey(key, w.k.stream, w.k.name)
			}
		}
		if w.key == nil {
			w.problem(Edited, f, 1, "the chain was written with a key that is not in the key file (%s): its lines are compared with their anchors only", first.Begin.Key)
		}
	}
	return first, true, nil
}

// filesMissing goes on at a file whose forerunners are not there.
func (w *walk) filesMissing(f file, from int, begin *Record) {
	at := w.anchors.at(begin.Seq)
	if from == 1 && at != nil && at.mark == markContinued && at.anchoredAt.Before(w.since) {
		w.report.Expired = true
	} else {
		w.problem(Deleted, f, 0, "the files before it are missing, from number %d", from)
	}
	w.next = begin.Seq
	w.prev, _ = hex.DecodeString(begin.Begin.Previous)
	w.linked, w.gaps = true, nil
}

func (w *walk) line(f file, n int, line []byte, whole bool) {
	if w.bad > 0 {
		w.problem(Edited, w.badFile, w.bad, "the line is not a record")
		w.bad, w.skipped = 0, true
	}
	r, signed, sum, err := parseLine(line)
	if err != nil || !whole {
		w.bad, w.badFile = n, f
		return
	}
	if r.Chain != w.k.name {
		w.problem(Duplicated, f, n, "the record is of another chain, %s", r.Chain)
		return
	}
	switch {
	case r.Seq == w.next+1 && w.skipped: // the line that cannot be read was the one between
		w.next, w.linked = r.Seq, false
	case r.Seq > w.next:
		w.gapTo(r.Seq)
		w.linked = false
	case r.Seq < w.next:
		if w.fill(r.Seq) {
			w.problem(Reordered, f, n, "record %d stands behind record %d", r.Seq, w.next-1)
		} else {
			w.problem(Duplicated, f, n, "record %d is there already", r.Seq)
		}
		return
	}
	if (n == 1) != (r.Begin != nil) || r.Begin != nil && r.Begin.Previous != hex.EncodeToString(w.prev) && w.linked {
		w.problem(Edited, f, n, "a file begins in the wrong place")
	}
	genuine := true
	if w.linked && w.key != nil && !bytes.Equal(sum, mac(w.key, w.prev, signed)) {
		w.problem(Edited, f, n, "record %d is not what was written", r.Seq)
		genuine = false
	}
	if a := w.anchors.at(r.Seq); a != nil && !bytes.Equal(a.mac, sum) && genuine && !w.forged {
		w.problem(Recomputed, f, n, "record %d, or one before it, is not the one that was anchored at %s", r.Seq, a.anchoredAt.UTC().Format(time.RFC3339))
		w.forged = true
	}
	w.prev, w.linked, w.skipped, w.next, w.seen = bytes.Clone(sum), true, false, r.Seq+1, r.Seq
	w.count(r)
}

func (w *walk) count(r Record) {
	if w.report.First.IsZero() || w.report.Records == 0 && r.Time.Before(w.report.First) {
		w.report.First = r.Time
	}
	w.report.Last = r.Time
	w.report.Closed = r.Kind == closed
	if r.Begin == nil && r.Kind != closed {
		w.report.Records++
	}
	if r.Seq > w.k.last && r.Begin == nil && r.Kind != closed {
		w.report.Loose++
	}
}

// gapTo notes that the records before a number have not come.
func (w *walk) gapTo(seq int64) {
	w.gaps = append(w.gaps, gap{w.next, seq - 1})
	w.next = seq
}

// fill takes a record out of the gaps.
func (w *walk) fill(seq int64) bool {
	for i, g := range w.gaps {
		if seq < g.from || seq > g.to {
			continue
		}
		var rest []gap
		if seq > g.from {
			rest = append(rest, gap{g.from, seq - 1})
		}
		if seq < g.to {
			rest = append(rest, gap{seq + 1, g.to})
		}
		w.gaps = slices.Replace(w.gaps, i, i+1, rest...)
		return true
	}
	return false
}

// finish says what is missing now that the last line has been seen.
func (w *walk) finish(last file) {
	for _, g := range w.gaps {
		w.problem(Deleted, file{}, 0, "records %d to %d are missing", g.from, g.to)
	}
	if w.k.last > w.next-1 {
		w.problem(Truncated, last, 0, "records %d to %d are missing at the end", w.next, w.k.last)
	}
	if w.bad > 0 {
		if w.k.last > w.next-1 || w.anchors.closed {
			w.problem(Edited, w.badFile, w.bad, "the line is not a record")
		} else {
			w.report.Torn = true
		}
	}
	if w.anchors.closed && w.report.Loose > 0 {
		w.problem(Foreign, last, 0, "%d records come after the end that the process wrote", w.report.Loose)
	}
}
