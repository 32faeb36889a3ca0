// Package harness runs the built binary as a child process, for tests, campaigns and benches that need the whole system with real files,
// real SFTP and real signals: start the demo, send packages as a sender does, wait for batches, read the warehouse, kill it.
//
// It belongs to tests and tools; production code does not import it. Read harness.go (the process), then dump.go (what is in
// the warehouse).
package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pkg/sftp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/ssh"
)

// Build compiles cmd/scorehouse of the module that contains the working directory into dir and returns the binary's path.
// In tests with the race detector the binary has it too.
func Build(ctx context.Context, dir string, seams ...Seam) (string, error) {
	binary := filepath.Join(dir, "scorehouse")
	return binary, BuildCommand(ctx, "./cmd/scorehouse", binary, seams...)
}

// Seam is a way in which a binary for tests differs from the product. The linker sets it, so that nothing is compiled twice for it.
type Seam string

// The seams.
const (
	Crashing   Seam = "scorehouse/internal/crash.armed"      // can be told to die (package crash)
	Unfiltered Seam = "scorehouse/internal/scope.unfiltered" // filters no students and serves nobody (scope.Unfiltered)
)

// BuildCommand is Build for any command of the module; its path begins with "./".
func BuildCommand(ctx context.Context, path, binary string, seams ...Seam) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	link := "-w"
	for _, s := range seams {
		link += " -X " + string(s) + "=yes"
	}
	command := exec.CommandContext(ctx, "go", "build", "-ldflags", link, "-o", binary)
	command.Dir, command.Env = root, os.Environ()
	if raced { // as go test -race compiles, and from the same cache
		command.Args = append(command.Args, "-race")
	} else { // as make build does
		command.Env = append(command.Env, "CGO_ENABLED=0")
	}
	command.Args = append(command.Args, path)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", path, err, out)
	}
	return nil
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// TempHome makes a directory that the unprivileged user PostgreSQL runs as may enter.
func TempHome() (string, error) {
	dir, err := os.MkdirTemp("", "scorehouse-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// Options say how to start a System.
type Options struct {
	Binary string
	Home   string
	Args   []string // further arguments of `scorehouse demo`
	Env    []string // further environment
}

// System is a running demo.
type System struct {
	Home, Binary string
	Web, SFTP    string // addresses, host:port
	Server       string // connection string of the databases, without a database name
	Ready        time.Duration

	command *exec.Cmd
	done    chan struct{}
	output  *tail
}

// ErrEnded is returned by Start when the process ends before it is ready, as a campaign may want.
var ErrEnded = errors.New("the process ended before it was ready")

// Start runs `scorehouse demo` on free ports of the loopback and waits until it says ready.
func Start(ctx context.Context, o Options) (*System, error) {
	args := append([]string{"demo", "--home", o.Home, "--listen", "127.0.0.1:0", "--sftp-listen", "127.0.0.1:0", "--sign-in-listen", "localhost:0"}, o.Args...)
	command := exec.Command(o.Binary, args...)
	command.Env = append(os.Environ(), o.Env...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // no demo outlives its test
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s := &System{Home: o.Home, Binary: o.Binary, command: command, done: make(chan struct{}), output: &tail{}}
	command.Stderr = s.output
	began := time.Now()
	started, ready := make(chan error, 1), make(chan bool, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the kernel sends the death signal when the thread that started the child ends
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			_, _ = s.output.Write(append(lines.Bytes(), '\n'))
			if strings.HasPrefix(lines.Text(), "ready") {
				ready <- true
			}
		}
		if err := lines.Err(); err != nil {
			_, _ = fmt.Fprintln(s.output, err)
		}
		_ = command.Wait()
		close(s.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Binary, err)
	}
	select {
	case <-ready:
		s.Ready = time.Since(began)
		return s, s.readAddresses()
	case <-s.done:
		return s, fmt.Errorf("%w:\n%s", ErrEnded, s.output)
	case <-ctx.Done():
		s.Kill()
		return s, fmt.Errorf("the demo is not ready: %w\n%s", ctx.Err(), s.output)
	}
}

func (s *System) readAddresses() error {
	text, err := os.ReadFile(s.ConfigFile())
	if err != nil {
		return err
	}
	var cfg struct {
		Databases struct{ Server string }
		Landing   struct{ Listen string }
		Web       struct{ Listen string }
	}
	if err := yaml.Unmarshal(text, &cfg); err != nil {
		return err
	}
	s.Server, s.SFTP, s.Web = cfg.Databases.Server, cfg.Landing.Listen, cfg.Web.Listen
	return nil
}

// Database returns the connection string of one database of the system.
func (s *System) Database(name string) string {
	u, err := url.Parse(s.Server)
	if err != nil || u.Scheme == "" {
		return s.Server + " dbname=" + name
	}
	u.Path = "/" + name
	return u.String()
}

// ConfigFile is the configuration the demo wrote.
func (s *System) ConfigFile() string { return filepath.Join(s.Home, "scorehouse.yaml") }

// Output is the end of what the process has printed.
func (s *System) Output() string { return s.output.String() }

// Done is closed when the process has ended.
func (s *System) Done() <-chan struct{} { return s.done }

// Kill ends the process with SIGKILL and waits for it. Ending an ended process is no error.
func (s *System) Kill() {
	if s == nil || s.command.Process == nil {
		return
	}
	_ = s.command.Process.Kill()
	<-s.done
}

// Stop ends the process as Ctrl-C does and waits until it is gone. It returns an error when that takes longer than 30 s or when
// the exit status is not 0.
func (s *System) Stop() error {
	_ = s.command.Process.Signal(os.Interrupt)
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.Kill()
		return fmt.Errorf("the process did not end within 30 s:\n%s", s.output)
	}
	if code := s.command.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("exit status %d:\n%s", code, s.output)
	}
	return nil
}

// Run runs another command of the binary against the running system and returns its standard output.
func (s *System) Run(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, s.Binary, append(args, "--config", s.ConfigFile())...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("scorehouse %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// Batch is a line of `scorehouse batch list --json`.
type Batch struct {
	ID           int
	Tenant       string
	File         string
	Digest       string
	Sender       string
	Signer       string
	Status       string
	Code         int
	Reason       string
	RowsTotal    int `json:"rows_total"`
	RowsAccepted int `json:"rows_accepted"`
	RowsRejected int `json:"rows_rejected"`
}

// Batches lists every batch.
func (s *System) Batches(ctx context.Context) ([]Batch, error) {
	out, err := s.Run(ctx, "batch", "list", "--json")
	if err != nil {
		return nil, err
	}
	var batches []Batch
	return batches, json.Unmarshal([]byte(out), &batches)
}

// WaitBatch waits until a batch of the named file has an end status (published, rejected, withdrawn) and returns it.
func (s *System) WaitBatch(ctx context.Context, file string) (Batch, error) {
	if err := s.Wait(ctx, []string{file}, "published", "rejected", "withdrawn"); err != nil {
		return Batch{}, err
	}
	batches, err := s.Batches(ctx)
	if err != nil {
		return Batch{}, err
	}
	for _, b := range batches {
		if b.File == file && (b.Status == "published" || b.Status == "rejected" || b.Status == "withdrawn") {
			return b, nil
		}
	}
	return Batch{}, fmt.Errorf("wait for %s: batch list does not show it: %+v", file, batches)
}

// Wait waits until each of the named files has a batch with one of the statuses. It looks into the database: to start a command every time costs a busy
// machine more than what is waited for.
func (s *System) Wait(ctx context.Context, files []string, statuses ...string) error {
	conn, err := pgx.Connect(ctx, s.Database("control"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for {
		var n int
		err := conn.QueryRow(ctx, "select count(distinct file) from batch.batch where file = any($1) and status = any($2)", files, statuses).Scan(&n)
		if err != nil || n == len(files) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %v have come to an end: %w", n, files, ctx.Err())
		case <-s.done:
			return fmt.Errorf("wait for %v: the process has ended:\n%s", files, s.output)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// VendorFile names a file of the demo's vendor directory: ssh_key, vendor-private.asc, loader-public.asc.
func (s *System) VendorFile(name string) string { return filepath.Join(s.Home, "vendor", name) }

// Send uploads content as the demo's vendor: written as NAME.partial, then renamed.
func (s *System) Send(ctx context.Context, name string, content io.Reader) error {
	client, closeClient, err := s.SFTPClient(ctx)
	if err != nil {
		return err
	}
	defer closeClient()
	f, err := client.Create("/file_drop/" + name + ".partial")
	if err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	if _, err := f.ReadFrom(content); err != nil {
		return fmt.Errorf("send %s: %w", name, errors.Join(err, f.Close()))
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	if err := client.PosixRename("/file_drop/"+name+".partial", "/file_drop/"+name); err != nil {
		return fmt.Errorf("send %s: rename: %w", name, err)
	}
	return nil
}

// SFTPClient signs in as the demo's vendor.
func (s *System) SFTPClient(context.Context) (*sftp.Client, func(), error) {
	key, err := os.ReadFile(s.VendorFile("ssh_key"))
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	connection, err := ssh.Dial("tcp", s.SFTP, &ssh.ClientConfig{
		User:            "vendor",
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // a server this process has just started on the loopback
		Timeout:         10 * time.Second,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("sign in to the landing zone: %w", err)
	}
	client, err := sftp.NewClient(connection)
	if err != nil {
		return nil, nil, errors.Join(err, connection.Close())
	}
	return client, func() { _ = client.Close(); _ = connection.Close() }, nil
}
