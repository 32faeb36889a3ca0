package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/audit"
)

func TestVerifyFindsWhatWasDoneToATrail(t *testing.T) {
	t.Parallel()
	replace := func(line []byte, old, new string) []byte { return bytes.Replace(line, []byte(old), []byte(new), 1) }
	for _, c := range []struct {
		name   string
		want   audit.Class
		small  bool // several files
		open   bool // the process is still there
		change func(tr *trail, files []string)
	}{
		{"a count is edited", audit.Edited, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[3] = replace(l[3], `"students":3`, `"students":1`); return l })
		}},
		{"a MAC is edited", audit.Edited, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[3] = replace(l[3], `"mac":"`, `"mac":"0`); return l })
		}},
		{"a line is no record any more", audit.Edited, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[3] = []byte("nothing to see\n"); return l })
		}},
		{"a line is put in", audit.Edited, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return slices.Insert(l, 3, []byte("hello\n")) })
		}},
		{"the first line is edited", audit.Edited, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[0] = replace(l[0], `"process":`, `"process":1`); return l })
		}},
		{"the first line is spoilt", audit.Edited, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[0] = []byte("\n"); return l })
		}},
		{"a record is deleted", audit.Deleted, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return slices.Delete(l, 3, 4) })
		}},
		{"two records change places", audit.Reordered, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[3], l[4] = l[4], l[3]; return l })
		}},
		{"a record is there twice", audit.Duplicated, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return slices.Insert(l, 3, l[3]) })
		}},
		{"the last records are cut off", audit.Truncated, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return l[:len(l)-3] })
		}},
		{"the last records of a running process are cut off", audit.Truncated, false, true, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return l[:len(l)-2] })
		}},
		{"the file ends in the middle of a line", audit.Truncated, false, false, func(tr *trail, files []string) { tr.cut(files[0], 40) }},
		{"the file is empty", audit.Truncated, false, false, func(tr *trail, files []string) { tr.lines(files[0], func([][]byte) [][]byte { return nil }) }},
		{"the only file is gone", audit.Deleted, false, false, func(tr *trail, files []string) { tr.remove(files[0]) }},
		{"the first file is gone", audit.Deleted, true, false, func(tr *trail, files []string) { tr.remove(files[0]) }},
		{"a file in the middle is gone", audit.Deleted, true, false, func(tr *trail, files []string) { tr.remove(files[2]) }},
		{"the last file is gone", audit.Truncated, true, false, func(tr *trail, files []string) { tr.remove(files[len(files)-1]) }},
		{"the last file of a running process is gone", audit.Truncated, true, true, func(tr *trail, files []string) { tr.remove(files[len(files)-1]) }},
		{"a file takes the place of another", audit.Duplicated, true, false, func(tr *trail, files []string) { tr.copy(files[1], files[2]) }},
		{"a file is copied behind the last", audit.Duplicated, true, true, func(tr *trail, files []string) {
			tr.copy(files[1], strings.Replace(files[1], ".000002.", ".000099.", 1))
		}},
		{"a chain is copied under another name", audit.Duplicated, false, false, func(tr *trail, files []string) {
			tr.copy(files[0], files[0][:strings.LastIndexByte(files[0], '-')]+"-aaaaaaaaaaaaaaaa.000001.log")
		}},
		{"a chain is copied into the other stream", audit.Duplicated, false, false, func(tr *trail, files []string) {
			tr.copy(files[0], strings.Replace(files[0], "/audit.", "/security.", 1))
		}},
		{"a file is put in", audit.Foreign, false, false, func(tr *trail, files []string) { tr.copy(files[0], tr.dir+"/audit.log") }},
		{"a record is edited with the stolen key, and all after it computed anew", audit.Recomputed, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { l[3] = replace(l[3], `"students":3`, `"students":1`); return l })
			audit.Rechain(tr.t, files[0], tr.keys[0])
		}},
		{"a record is deleted with the stolen key, and all after it computed anew", audit.Recomputed, false, true, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return slices.Delete(l, 3, 4) })
			audit.Rechain(tr.t, files[0], tr.keys[0])
		}},
		{"the last record is replaced with the stolen key", audit.Recomputed, false, true, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte {
				n := len(l) - 2 // the last element is empty
				l[n] = replace(l[n], `"students":8`, `"students":1`)
				return l
			})
			audit.Rechain(tr.t, files[0], tr.keys[0])
		}},
		{"records are added behind the end with the stolen key", audit.Foreign, false, false, func(tr *trail, files []string) {
			tr.lines(files[0], func(l [][]byte) [][]byte { return append(l, l[3]) })
			audit.Rechain(tr.t, files[0], tr.keys[0])
		}},
		{"a whole chain is made up with the stolen key", audit.Foreign, false, false, func(tr *trail, files []string) {
			made := files[0][:strings.LastIndexByte(files[0], '-')] + "-aaaaaaaaaaaaaaaa.000001.log"
			tr.copy(files[0], made)
			audit.Rechain(tr.t, made, tr.keys[0])
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			l := tr.open(func(cfg *audit.Config) {
				if c.small {
					small(cfg)
				}
			})
			tr.record(l, 8)
			if !c.open {
				tr.close(l)
			}
			tr.wantClean()
			files := tr.files()
			if c.small != (len(files) > 3) {
				t.Fatalf("%d files", len(files))
			}
			c.change(tr, files)
			tr.wantProblem(c.want)
		})
	}
}

func (tr *trail) remove(path string) {
	tr.t.Helper()
	if err := os.Remove(path); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *trail) copy(from, to string) {
	tr.t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(filepath.Clean(to), text, 0o600)
	}
	if err != nil {
		tr.t.Fatal(err)
	}
}

// cut takes bytes from the end of a file.
func (tr *trail) cut(path string, bytes int64) {
	tr.t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()-bytes)
	}
	if err != nil {
		tr.t.Fatal(err)
	}
}
