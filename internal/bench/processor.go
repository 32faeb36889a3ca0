package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// processors is the time that this process and a PostgreSQL server have used them: what counts on a machine that others use too.
type processors struct{ ours, server time.Duration }

// usedBy reads it from the kernel. Processes of the server that have ended are left out; connections of a pool do not end.
func usedBy(postmaster int) processors {
	t := processors{ours: processorTime()}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has just ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 13 || fields[1] != fmt.Sprint(postmaster) {
			continue
		}
		var user, system int64
		fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
		t.server += time.Duration(user+system) * 10 * time.Millisecond // ticks of a hundredth
	}
	return t
}

func (t processors) since(before processors) processors {
	return processors{t.ours - before.ours, t.server - before.server}
}

func (t processors) String() string {
	return fmt.Sprintf("processor time %.2f s ours, %.2f s PostgreSQL's", t.ours.Seconds(), t.server.Seconds())
}
