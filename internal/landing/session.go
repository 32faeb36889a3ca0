package landing

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"scorehouse/internal/tenant"
)

// handshakeTime is how long a peer may take to sign in.
const handshakeTime = 20 * time.Second

// keyOfGuest is where a connection's permissions hold the key that let it in.
type permissionKey struct{}

var keyOfGuest permissionKey

// sshConfig accepts public keys of accounts, and nothing else.
func (s *Server) sshConfig() (*ssh.ServerConfig, error) {
	key, err := hostKey(s.cfg.HostKeyFile)
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	cfg := &ssh.ServerConfig{
		ServerVersion: "SSH-2.0-Scorehouse",
		PublicKeyAuthAlgorithms: []string{
			ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256,
			ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512,
		},
		PublicKeyCallback: func(conn ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			id, err := s.accounts.signIn(ctx, conn.User(), key)
			if err != nil {
				return nil, err
			}
			return &ssh.Permissions{Extensions: map[string]string{"tenant": string(id)}, ExtraData: map[any]any{keyOfGuest: key}}, nil
		},
	}
	cfg.AddHostKey(key)
	s.hostKey = key.PublicKey()
	return cfg, nil
}

// hostKey reads the host key, and makes one when there is no file.
func hostKey(path string) (ssh.Signer, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeHostKey(path)
	}
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKey(text)
}

func makeHostKey(path string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "scorehouse landing zone")
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(block)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".host-key-*") // 0600
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return text, nil
}

// serve speaks SSH with one peer until it leaves, falls silent, or ctx ends.
func (s *Server) serve(ctx context.Context, raw net.Conn) {
	defer raw.Close()
	log := s.log.With("remote", raw.RemoteAddr().String())
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	late := time.AfterFunc(handshakeTime, func() { raw.Close() })
	conn, channels, requests, err := ssh.NewServerConn(&idleConn{Conn: raw, limit: s.cfg.IdleTimeout}, s.ssh)
	late.Stop()
	if err != nil {
		log.InfoContext(ctx, "sign-in failed", "error", err)
		return
	}
	defer conn.Close()
	id := tenant.ID(conn.Permissions.Extensions["tenant"])
	log = log.With("tenant", id, "account", conn.User())
	if key, ok := conn.Permissions.ExtraData[keyOfGuest].(ssh.PublicKey); ok {
		defer s.guests.add(conn, key)()
	}
	log.InfoContext(ctx, "sender signed in")
	defer log.InfoContext(ctx, "sender left")
	go ssh.DiscardRequests(requests)
	var sessions sync.WaitGroup
	defer sessions.Wait()
	open := make(chan struct{}, 8) // sessions of one connection
	for c := range channels {
		if c.ChannelType() != "session" {
			_ = c.Reject(ssh.UnknownChannelType, "only sftp")
			continue
		}
		select {
		case open <- struct{}{}:
		default:
			_ = c.Reject(ssh.ResourceShortage, "too many sessions")
			continue
		}
		channel, requests, err := c.Accept()
		if err != nil {
			<-open
			continue
		}
		sessions.Go(func() {
			defer func() { <-open }()
			s.session(ctx, log, channel, requests, id, conn.User())
		})
	}
}

// session grants the sftp subsystem and refuses everything else: shells, commands, environment, forwarding.
func (s *Server) session(ctx context.Context, log *slog.Logger, channel ssh.Channel, requests <-chan *ssh.Request, id tenant.ID, account string) {
	defer channel.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	served := false
	for r := range requests {
		var subsystem struct{ Name string }
		granted := r.Type == "subsystem" && !served && ssh.Unmarshal(r.Payload, &subsystem) == nil && subsystem.Name == "sftp"
		if r.WantReply {
			_ = r.Reply(granted, nil)
		}
		if !granted {
			continue
		}
		served = true
		serving.Go(func() {
			defer channel.Close()
			status := uint32(0)
			if err := s.sftp(channel, log, id, account); err != nil && !errors.Is(err, io.EOF) {
				log.InfoContext(ctx, "sftp session ended", "error", err)
				status = 1
			}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
		})
	}
}

func (s *Server) sftp(channel ssh.Channel, log *slog.Logger, id tenant.ID, account string) error {
	d, err := s.openDrop(id, account, log)
	if err != nil {
		return err
	}
	server := sftp.NewRequestServer(channel, sftp.Handlers{FileGet: d, FilePut: d, FileCmd: d, FileList: d})
	return server.Serve()
}

// idleConn ends a connection that is silent for longer than its limit, or does not take what is sent to it.
type idleConn struct {
	net.Conn
	limit time.Duration
}

// Read waits for data no longer than the limit.
func (c *idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write waits for the peer no longer than the limit.
func (c *idleConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
