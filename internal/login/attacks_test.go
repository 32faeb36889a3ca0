package login_test

import (
	"fmt"
	"testing"

	"scorehouse/internal/login"
	"scorehouse/internal/samltest"
)

// TestEveryAttackIsRefusedWithASecurityEvent sends every attack on a response through a whole sign-in: each leaves the security log an event with its
// reason, none a session. The good response, sent last for the same request, begins one.
func TestEveryAttackIsRefusedWithASecurityEvent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	actors, err := samltest.NewActors(t.TempDir(), h.clock.at)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := h.Keys.All()
	if err != nil {
		t.Fatal(err)
	}
	if actors.SP, err = samltest.WriteKeys(t.TempDir(), "ours", keys[0]); err != nil {
		t.Fatal(err)
	}
	scene := samltest.NewScene(actors, h.clock.at)
	scene.SP.EntityID, scene.SP.AssertionConsumer, scene.SP.SingleLogout = ourEntity, consumerURL, logoutURL
	h.add(t, "attacked", idp{scene.IdP.EntityID, actors.IdP.Key, h.clock})
	redirect, cookie, err := h.Begin(t.Context(), "attacked", "/", "")
	if err != nil {
		t.Fatal(err)
	}
	v := visit{cookie: cookie}
	scene.RequestID, v.relayState = asked(t, redirect)
	for i, kind := range []samltest.Kind{samltest.SignedAssertion, samltest.EncryptedBoth} {
		m := samltest.NewMessage(scene, samltest.SimpleSAMLphp, samltest.Shapes["memberOf"])
		m.AssertionID = fmt.Sprintf("_assertion%d", i)
		b, err := samltest.NewBase(kind.String(), scene, actors, kind, m)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := samltest.Corpus(b, func(name string) bool { return i > 0 && samltest.OfText(name) })
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for _, c := range cases {
			if c.Elsewhere {
				continue
			}
			tried++
			h.reopen(t)
			v.response = c.Encoded
			token, _, err := h.finish(t, v)
			h.refusedFor(t, c.Name, err, login.SignInRefused, string(c.Want))
			if token != "" {
				t.Errorf("%s: a session began", c.Name)
			}
		}
		if tried < 60 {
			t.Errorf("only %d attacks", tried)
		}
		h.reopen(t)
		v.response = b.Case().Encoded
		if _, _, err := h.finish(t, v); err != nil {
			t.Errorf("the good response: %v", err)
		}
		h.reopen(t)
		_, _, err = h.finish(t, v)
		h.refusedFor(t, "the good response again, for a request that is open", err, login.SignInRefused, login.ReasonReplayed)
	}
}

// reopen makes the requests as if nobody had answered them.
func (h *house) reopen(t *testing.T) {
	t.Helper()
	if _, err := h.pool.Exec(t.Context(), `update login.request set finished_at = null`); err != nil {
		t.Fatal(err)
	}
}
