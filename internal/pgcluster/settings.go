package pgcluster

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hba lets whoever reaches the socket connect without a password; the socket's directory decides who that is.
const hba = `# Written at every start. Only the socket exists, and its directory keeps others out.
local  all          all  trust
local  replication  all  trust
`

// privacy keeps data out of the log: no statement, no parameter, no detail or context, and no error message, since
// messages quote the value they complain about. Clients get all of it.
var privacy = map[string]string{
	"log_min_messages":                  "log",
	"log_min_error_statement":           "panic",
	"log_error_verbosity":               "terse",
	"log_statement":                     "none",
	"log_min_duration_statement":        "-1",
	"log_parameter_max_length":          "0",
	"log_parameter_max_length_on_error": "0",
	"logging_collector":                 "off",
	"log_checkpoints":                   "off",
	"log_line_prefix":                   "%m [%p] %q%d ",
}

// settings returns the server's parameters: our choices, the caller's over them, and privacy over both.
func (c *Cluster) settings() map[string]string {
	memory := machineMemory()
	s := map[string]string{
		"listen_addresses":           "",
		"unix_socket_directories":    c.socket,
		"unix_socket_permissions":    "0700",
		"max_connections":            "100",
		"shared_buffers":             kilobytes(min(max(memory/32, 64<<20), 512<<20)),
		"effective_cache_size":       kilobytes(memory / 2),
		"work_mem":                   "16MB",
		"maintenance_work_mem":       "128MB",
		"wal_level":                  "replica", // standbys can follow
		"max_wal_size":               "2GB",
		"checkpoint_timeout":         "15min",
		"random_page_cost":           "1.1", // solid-state disks
		"jit":                        "off", // compiling costs more than our queries take
		"timezone":                   "UTC",
		"log_timezone":               "UTC",
		"lc_messages":                "C",
		"default_text_search_config": "pg_catalog.simple",
	}
	if !c.config.Durable {
		maps.Copy(s, map[string]string{"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
	}
	maps.Copy(s, c.config.Settings)
	maps.Copy(s, privacy)
	return s
}

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_.]*$`)

// writeSettings writes the server's configuration files.
func (c *Cluster) writeSettings() error {
	var conf strings.Builder
	conf.WriteString("# Written at every start; changes here are lost.\n")
	s := c.settings()
	for name, value := range c.config.Settings {
		if s[name] != value {
			return fmt.Errorf("setting %s = %q: fixed at %q, so that no data gets into the log", name, value, s[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !settingName.MatchString(name) || strings.ContainsAny(s[name], "\n\x00") {
			return fmt.Errorf("setting %q = %q: not a PostgreSQL parameter", name, s[name])
		}
		fmt.Fprintf(&conf, "%s = '%s'\n", name, strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(s[name]))
	}
	data, err := c.home.root.OpenRoot(dataDir)
	if err != nil {
		return err
	}
	defer data.Close()
	return errors.Join(
		c.writeFile(data, "postgresql.conf", conf.String()),
		c.writeFile(data, "pg_hba.conf", hba))
}

// writeFile replaces a file in the data directory as a whole.
func (c *Cluster) writeFile(data *os.Root, name, text string) error {
	partial := name + ".partial"
	if err := data.Remove(partial); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := data.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if c.config.Durable {
		err = errors.Join(err, f.Sync())
	}
	if err := errors.Join(err, f.Chown(c.owner.uid, c.owner.gid), f.Close()); err != nil {
		return err
	}
	return data.Rename(partial, name)
}

func kilobytes(bytes int64) string { return strconv.FormatInt(bytes>>10, 10) + "kB" }

// machineMemory returns the machine's memory in bytes, or a modest guess.
func machineMemory() int64 {
	const guess = 4 << 30
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return guess
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			if kb, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return kb << 10
			}
		}
	}
	return guess
}
