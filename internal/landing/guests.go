package landing

import (
	"context"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"scorehouse/internal/fault"
)

// recheckEvery is how often those who are connected are looked up again: an account that is disabled is out that much later.
const recheckEvery = 2 * time.Second

// guests are the connections of senders who have signed in, each with the key that let it in.
type guests struct {
	mu  sync.Mutex
	all map[*ssh.ServerConn]ssh.PublicKey
}

func newGuests() *guests { return &guests{all: map[*ssh.ServerConn]ssh.PublicKey{}} }

// add remembers a connection until the returned function is called.
func (g *guests) add(conn *ssh.ServerConn, key ssh.PublicKey) func() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all[conn] = key
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.all, conn)
	}
}

func (g *guests) list() map[*ssh.ServerConn]ssh.PublicKey {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make(map[*ssh.ServerConn]ssh.PublicKey, len(g.all))
	for conn, key := range g.all {
		list[conn] = key
	}
	return list
}

// showOut closes the connections of accounts that may not sign in any more, until ctx ends. While the control database does not answer everybody stays.
func (s *Server) showOut(ctx context.Context) {
	for {
		wait(ctx, recheckEvery)
		if ctx.Err() != nil {
			return
		}
		for conn, key := range s.guests.list() {
			if _, err := s.accounts.signIn(ctx, conn.User(), key); fault.Is(err, fault.Forbidden) {
				s.log.WarnContext(ctx, "connection closed: the account may not sign in any more", "account", conn.User(), "remote", conn.RemoteAddr().String())
				conn.Close()
			}
		}
	}
}
