package login_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

func (h *house) finish(t *testing.T, v visit) (string, login.Session, error) {
	t.Helper()
	token, x, _, err := h.Finish(t.Context(), v.response, v.relayState, v.cookie)
	return token, x, err
}

// refusedFor checks that something was refused for a reason, which the security log knows too.
func (h *house) refusedFor(t *testing.T, what string, err error, kind login.EventKind, reason string) {
	t.Helper()
	r, ok := errors.AsType[*login.Refused](err)
	if !ok || !fault.Is(err, fault.Forbidden) || r.Reason != reason || strings.HasSuffix(fault.Message(err), ":") {
		t.Errorf("%s: %v, want a refusal for %s", what, err, reason)
	}
	if e := h.events.last(); e.Kind != kind || e.Reason != reason {
		t.Errorf("%s: the last event is %+v, want %s for %s", what, e, kind, reason)
	}
}

func TestSigningInThroughAnIdentityProvider(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.begin(t, "_a1", rosaSays())
	token, started, returnTo, err := h.Finish(t.Context(), v.response, v.relayState, v.cookie)
	if err != nil || returnTo != "/s/TK?year=2026" {
		t.Fatalf("to %s, %v", returnTo, err)
	}
	found, err := h.Sessions.Find(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	want := access.Grants{
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}, {Role: access.General, Tenant: "tamarack", District: "0042", School: "0117"},
	}
	if diff := cmp.Diff(want, found.Grants); diff != "" || found.UserID != "guid-1" || found.Name != "Rosa Delgado" || found.Provider != "district" || found.ID != started.ID {
		t.Errorf("found %+v\ngrants (-want +got):\n%s", found, diff)
	}
	wantEvents := []login.Event{
		{Kind: login.SignInBegun, Provider: "district"},
		{Kind: login.SignedIn, Provider: "district", UserID: "guid-1", SessionID: started.ID, Tenants: []tenant.ID{"tamarack"}, Roles: []access.Role{"PII", "GENERAL"}},
	}
	if diff := cmp.Diff(wantEvents, h.events.all); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestAnAnswerCountsOnceInOneBrowserAndInTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	n := 0
	fresh := func() visit { n++; return h.begin(t, fmt.Sprintf("_a%d", n), rosaSays()) }

	v := fresh()
	for what, cookie := range map[string]string{"no cookie": "", "another browser's": fresh().cookie, "nonsense": "x\x00\xff"} {
		other := v
		other.cookie = cookie
		_, _, err := h.finish(t, other)
		h.refusedFor(t, what, err, login.SignInRefused, login.ReasonOtherBrowser)
	}
	if _, _, err := h.finish(t, v); err != nil {
		t.Fatalf("other browsers must not spoil it: %v", err)
	}
	_, _, err := h.finish(t, v)
	h.refusedFor(t, "a second time", err, login.SignInRefused, login.ReasonUsed)

	if _, err := h.pool.Exec(t.Context(), `update login.request set finished_at = null`); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.finish(t, v)
	h.refusedFor(t, "the same assertion for a request that is open", err, login.SignInRefused, login.ReasonReplayed)

	v = fresh()
	v.relayState = "unknown\x00"
	_, _, err = h.finish(t, v)
	h.refusedFor(t, "a request that nobody made", err, login.SignInRefused, login.ReasonUnknownRequest)
	if r, _ := errors.AsType[*login.Refused](err); r.Provider != "district" {
		t.Errorf("the refusal names the provider %q, want the one that the answer says it is from", r.Provider)
	}

	v = fresh()
	h.clock.at = h.clock.at.Add(10 * time.Minute)
	_, _, err = h.finish(t, v)
	h.refusedFor(t, "too late", err, login.SignInRefused, login.ReasonUnknownRequest)
}

func TestAnAnswerToAnotherRequestIsRefusedAndTheRequestIsSpent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine, other := h.begin(t, "_a1", rosaSays()), h.begin(t, "_a2", rosaSays())
	good := mine.response
	mine.response = other.response
	_, _, err := h.finish(t, mine)
	h.refusedFor(t, "another request's answer", err, login.SignInRefused, string(saml.InResponseTo))
	mine.response = good
	_, _, err = h.finish(t, mine)
	h.refusedFor(t, "a second try with the same request", err, login.SignInRefused, login.ReasonUsed)
}

func TestTwoServersThatGetAnAnswerAtTheSameInstantAcceptItOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	second := pgtest.As(t, h.pool, pg.Web)
	servers := []*login.SignOn{h.SignOn, h.server(second, h.Keys)}
	for round := range 15 {
		v := h.begin(t, fmt.Sprintf("_a%d", round), rosaSays())
		if round%3 == 0 { // the request of each server is open: only the assertion is the same
			if _, err := h.pool.Exec(t.Context(), `alter table login.request drop constraint if exists request_request_id_key`); err != nil {
				t.Fatal(err)
			}
		}
		outcomes := make(chan error, 4)
		start := make(chan struct{})
		var ready sync.WaitGroup
		for i := range cap(outcomes) {
			ready.Add(1)
			relay := v.relayState
			if round%3 == 0 && i%2 == 1 {
				relay = v.relayState + fmt.Sprint(i)
				if _, err := h.pool.Exec(t.Context(), `insert into login.request select $1, request_id, provider, kind, browser_hash, return_to, begun_at, expires_at
					from login.request where relay_state = $2`, relay, v.relayState); err != nil {
					t.Fatal(err)
				}
			}
			go func() {
				ready.Done()
				<-start
				_, _, _, err := servers[i%2].Finish(t.Context(), v.response, relay, v.cookie)
				outcomes <- err
			}()
		}
		ready.Wait()
		close(start)
		accepted := 0
		for range cap(outcomes) {
			err := <-outcomes
			r, refused := errors.AsType[*login.Refused](err)
			switch {
			case err == nil:
				accepted++
			case !refused || r.Reason != login.ReasonUsed && r.Reason != login.ReasonReplayed:
				t.Errorf("round %d: %v", round, err)
			}
		}
		if accepted != 1 {
			t.Errorf("round %d: accepted %d times, want once", round, accepted)
		}
		if active, err := h.Sessions.List(t.Context(), login.Filter{User: "guid-1"}); err != nil || len(active) != round+1 {
			t.Fatalf("round %d: %d sessions, %v; want %d", round, len(active), err, round+1)
		}
	}
}

func TestAServerThatDiesWhileItTakesAnAnswerLeavesItUntaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.begin(t, "_a1", rosaSays())
	broken := `create function login.die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
		create trigger die before insert on login.session for each row execute function login.die()`
	if _, err := h.pool.Exec(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.finish(t, v); err == nil {
		t.Fatal("signed in although the connection died")
	} else if _, refused := errors.AsType[*login.Refused](err); refused {
		t.Fatalf("refused: %v", err)
	}
	if _, err := h.pool.Exec(t.Context(), `drop trigger die on login.session`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.finish(t, v); err != nil {
		t.Errorf("the answer was lost: %v", err)
	}
}

func TestNobodySignsInWithoutARecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.begin(t, "_a1", rosaSays())
	h.events.setFail(true)
	if _, _, err := h.finish(t, v); err == nil {
		t.Error("signed in without an event")
	}
	if active, err := h.Sessions.List(t.Context(), login.Filter{}); err != nil || len(active) != 0 {
		t.Errorf("%d sessions, %v", len(active), err)
	}
	if _, _, err := h.Begin(t.Context(), "", "/", ""); err == nil {
		t.Error("a sign-in was begun without an event")
	}
}

func TestAProviderGrantsNothingOutsideItsTenants(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	chains := []string{
		"||PII|||SBAC|||hemlock|HM|||||||||", // not its tenant
		"||PII|||SBAC|||tamarack|TK|||0042|Cedar|||||",
		"||ALLSTATES|||SBAC|||||||||||||", // every tenant: of this provider
		"||PII|||SBAC|||tamarack|TK|||||||0117|Lakeside|",
		"||SRSEXTRACTS|||SBAC|||tamarack|TK|||0042||||||",
		"nonsense",
	}
	_, x, err := h.finish(t, h.begin(t, "_a1", rosaSays(chains...)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]tenant.ID{"tamarack"}, x.Tenants()); diff != "" {
		t.Errorf("tenants (-want +got):\n%s", diff)
	}
	if s := x.Grants.Scope("tamarack"); s.AllStudents || !s.SeesDistrict("0042") || s.SeesDistrict("0043") || x.Grants.May(access.ExtractRegistration, "tamarack") {
		t.Errorf("scope %+v", s)
	}
	if !x.Grants.May(access.SeeStates, "tamarack") {
		t.Error("the chain for every tenant gave nothing")
	}
	classes := map[string]int{}
	for _, e := range h.events.all {
		if e.Kind == login.GrantRefused {
			classes[e.Reason] = e.Count
		}
	}
	if diff := cmp.Diff(map[string]int{"other_tenant": 1, "no_district": 1, "level_too_low": 1, "no_delimiter": 1}, classes); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	people, err := login.NewPeople(h.pool, nil).Find(t.Context(), "rosa")
	if err != nil || len(people) != 1 || len(people[0].Rejections) != 4 {
		t.Errorf("remembered %+v, %v", people, err)
	}
}

func TestASwitchedOffProviderSignsNobodyIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, _, err := h.finish(t, h.begin(t, "_a1", rosaSays()))
	if err != nil {
		t.Fatal(err)
	}
	v := h.begin(t, "_a2", rosaSays())
	ended, err := h.operator.Disable(t.Context(), h.Sessions, "district")
	if err != nil || len(ended) != 1 {
		t.Fatalf("ended %v, %v", ended, err)
	}
	gone(t, h.Sessions, token, "after its provider was switched off")
	_, _, err = h.finish(t, v)
	h.refusedFor(t, "after switching off", err, login.SignInRefused, login.ReasonDisabled)
	if _, _, err := h.Begin(t.Context(), "district", "/", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("begin by name: %v, want not found", err)
	}
	if _, _, err := h.Begin(t.Context(), "", "/", ""); !errors.Is(err, login.ErrNoProvider) {
		t.Errorf("begin: %v, want no provider", err)
	}
	if err := h.operator.Enable(t.Context(), "district"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.finish(t, h.begin(t, "_a3", rosaSays())); err != nil {
		t.Errorf("switched on again: %v", err)
	}
}

func TestSigningInWhileTheProviderIsSwitchedOffLeavesNoSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for round := range 10 {
		v := h.begin(t, fmt.Sprintf("_a%d", round), rosaSays())
		var both sync.WaitGroup
		both.Go(func() {
			_, _, _, err := h.Finish(t.Context(), v.response, v.relayState, v.cookie)
			if _, refused := errors.AsType[*login.Refused](err); err != nil && !refused {
				t.Error(err)
			}
		})
		both.Go(func() {
			if _, err := h.operator.Disable(t.Context(), h.Sessions, "district"); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		if left, err := h.Sessions.List(t.Context(), login.Filter{}); err != nil || len(left) != 0 {
			t.Fatalf("round %d: %d sessions of a provider that is switched off, %v", round, len(left), err)
		}
		if err := h.operator.Enable(t.Context(), "district"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneProviderCannotAnswerForAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := idp{"https://idp.example.org/other", testKeys()[1], h.clock}
	h.add(t, "other", other)
	if _, _, err := h.Begin(t.Context(), "", "/", ""); !errors.Is(err, login.ErrChoose) {
		t.Errorf("two providers: %v, want a choice", err)
	}
	v := h.begin(t, "_a1", rosaSays())
	v.response = other.answers(t, v.requestID, "_a1", rosaSays())
	_, _, err := h.finish(t, v)
	if r, ok := errors.AsType[*login.Refused](err); !ok || r.Reason != string(saml.Signature) && r.Reason != string(saml.Issuer) {
		t.Errorf("got %v", err)
	}
	liar := idp{h.idp.entity, other.key, h.clock}
	v = h.begin(t, "_a2", rosaSays())
	v.response = liar.answers(t, v.requestID, "_a2", rosaSays())
	_, _, err = h.finish(t, v)
	h.refusedFor(t, "another provider's key", err, login.SignInRefused, string(saml.Signature))
}

func TestAnAnswerThatDoesNotSayWhoIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, _, err := h.finish(t, h.begin(t, "_a1", map[string][]string{"fullName": {"Rosa Delgado"}}))
	h.refusedFor(t, "neither id nor name", err, login.SignInRefused, login.ReasonNoUserID)
}

func TestABrowserThatSignsInAgainAndAgainIsStopped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cookie := ""
	var err error
	for i := range 21 {
		var redirect, next string
		redirect, next, err = h.Begin(t.Context(), "", "/", cookie)
		if cookie != "" && next != cookie {
			t.Fatalf("the cookie changed from %q to %q", cookie, next)
		}
		cookie = next
		if i < 20 && (err != nil || redirect == "") {
			t.Fatalf("begin %d: %v", i, err)
		}
	}
	h.refusedFor(t, "the 21st", err, login.SignInRefused, login.ReasonLoop)
	if _, _, err := h.Begin(t.Context(), "", "/", ""); err != nil {
		t.Errorf("another browser: %v", err)
	}
	h.clock.at = h.clock.at.Add(time.Minute)
	if _, _, err := h.Begin(t.Context(), "", "/", cookie); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestSigningInAgainEndsTheSessionTheBrowserHad(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.begin(t, "_a1", rosaSays())
	first, _, err := h.finish(t, v)
	if err != nil {
		t.Fatal(err)
	}
	redirect, cookie, err := h.Begin(t.Context(), "district", "/", v.cookie)
	if err != nil || cookie != v.cookie {
		t.Fatal(err)
	}
	again := visit{cookie: cookie}
	again.requestID, again.relayState = asked(t, redirect)
	again.response = h.idp.answers(t, again.requestID, "_a2", rosaSays())
	if _, _, err := h.finish(t, again); err != nil {
		t.Fatal(err)
	}
	gone(t, h.Sessions, first, "after signing in again")
}

func TestOnlyAddressesOfOursAreReturnedTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for address, want := range map[string]string{
		"/s/TK?a=b": "/s/TK?a=b", "": "/", "//evil.example": "/", `/\evil.example`: "/", "https://evil.example/": "/", "/a\nb": "/", "javascript:x": "/",
		"/" + strings.Repeat("x", 5000): "/",
	} {
		redirect, cookie, err := h.Begin(t.Context(), "", address, "")
		if err != nil {
			t.Fatal(err)
		}
		id, relay := asked(t, redirect)
		_, _, got, err := h.Finish(t.Context(), h.idp.answers(t, id, "_"+relay, rosaSays()), relay, cookie)
		if err != nil || got != want {
			t.Errorf("%q leads to %q, %v; want %q", address, got, err, want)
		}
	}
}

func TestAProviderThatChangesItsKeysWithoutNoticeIsBelievedAfterAskingForItsMetadata(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var mu sync.Mutex
	var fetches atomic.Int32
	served := idp{"https://idp.example.org/rolling", testKeys()[0], h.clock}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		fetches.Add(1)
		_, _ = w.Write(served.metadata())
	}))
	defer server.Close()
	if _, err := h.operator.Add(t.Context(), login.Provider{Name: "rolling", Title: "Rolling", Metadata: served.metadata(), MetadataURL: server.URL,
		AllTenants: true, Shape: login.SBAC}); err != nil {
		t.Fatal(err)
	}
	signIn := func(p idp, assertion string) error {
		redirect, cookie, err := h.Begin(t.Context(), "rolling", "/", "")
		if err != nil {
			t.Fatal(err)
		}
		id, relay := asked(t, redirect)
		_, _, _, err = h.Finish(t.Context(), p.answers(t, id, assertion, rosaSays()), relay, cookie)
		return err
	}
	h.clock.at = h.clock.at.Add(time.Minute)
	mu.Lock()
	served.key = testKeys()[1]
	mu.Unlock()
	if err := signIn(served, "_a1"); err != nil || fetches.Load() != 1 {
		t.Errorf("with its new key: %v after %d fetches", err, fetches.Load())
	}
	stranger := served
	stranger.key = testKeys()[2]
	for range 3 { // strangers do not make us ask more than once a minute
		if err := signIn(stranger, "_a2"); err == nil {
			t.Error("a stranger's key was believed")
		}
	}
	if n := fetches.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestSigningOutHereSignsOutThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, x, err := h.finish(t, h.begin(t, "_a1", rosaSays()))
	if err != nil {
		t.Fatal(err)
	}
	out, more, err := h.BeginLogout(t.Context(), x)
	if err != nil || !more || !strings.HasPrefix(out.URL, h.idp.entity+"/slo?SAMLRequest=") || out.Form != nil {
		t.Fatalf("got %+v, %v, %v", out, more, err)
	}
	gone(t, h.Sessions, token, "after signing out")
	if e := h.events.last(); e.Kind != login.SignedOut || e.SessionID != x.ID || e.UserID != "guid-1" {
		t.Errorf("the last event is %+v", e)
	}
	id, relay := asked(t, out.URL)
	answer, err := h.idp.speaker().LogoutResponse(us(), "_l1", id, relay, true, h.clock.at)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(answer.URL, "?")
	outcome, err := h.Logout(t.Context(), http.MethodGet, query, nil)
	if diff := cmp.Diff(login.LogoutOutcome{Complete: true}, outcome); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, err = h.Logout(t.Context(), http.MethodGet, query, nil)
	h.refusedFor(t, "the same answer again", err, login.SignOutRefused, login.ReasonUnknownRequest)
	if _, more, err := h.BeginLogout(t.Context(), login.Session{ID: "gone", Provider: "removed"}); more || err != nil {
		t.Errorf("a session without provider: more %v, %v", more, err)
	}
}

func TestSigningOutThereSignsOutHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, x, err := h.finish(t, h.begin(t, "_a1", rosaSays()))
	if err != nil {
		t.Fatal(err)
	}
	message := func(p idp, id string) string {
		out, err := p.speaker().LogoutRequest(us(), id, x.NameID, x.SessionIndex, "theirs", h.clock.at)
		if err != nil {
			t.Fatal(err)
		}
		_, query, _ := strings.Cut(out.URL, "?")
		return query
	}
	for what, c := range map[string]struct {
		p      idp
		reason string
	}{
		"another key":      {idp{h.idp.entity, testKeys()[1], h.clock}, string(saml.Signature)},
		"another provider": {idp{"https://idp.example.org/stranger", testKeys()[0], h.clock}, login.ReasonUnknownProvider},
	} {
		_, err := h.Logout(t.Context(), http.MethodGet, message(c.p, "_x"), nil)
		h.refusedFor(t, what, err, login.SignOutRefused, c.reason)
	}
	if _, err := h.Sessions.Find(t.Context(), token); err != nil {
		t.Fatalf("a refused message ended the session: %v", err)
	}
	query := message(h.idp, "_l1")
	outcome, err := h.Logout(t.Context(), http.MethodGet, query, nil)
	if err != nil || outcome.Answer == nil || !strings.HasPrefix(outcome.Answer.URL, h.idp.entity+"/slo?SAMLResponse=") || len(outcome.Ended) != 1 {
		t.Fatalf("got %+v, %v", outcome, err)
	}
	gone(t, h.Sessions, token, "after signing out at the provider")
	if e := h.events.last(); e.Kind != login.SignedOut || e.SessionID != x.ID {
		t.Errorf("the last event is %+v", e)
	}
	if _, _, err := h.finish(t, h.begin(t, "_a2", rosaSays())); err != nil {
		t.Fatal(err)
	}
	_, err = h.Logout(t.Context(), http.MethodGet, query, nil)
	h.refusedFor(t, "the same request again", err, login.SignOutRefused, login.ReasonReplayed)
	if active, err := h.Sessions.List(t.Context(), login.Filter{}); err != nil || len(active) != 1 {
		t.Errorf("a request brought again ended a later session: %v, %v", active, err)
	}
}

func TestMetadataNameEveryKeyAndTheAddresses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	second, err := testKeys()[1].PEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keys.Add(second, h.clock.at); err != nil {
		t.Fatal(err)
	}
	document, err := h.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{ourEntity, consumerURL, logoutURL} {
		if !strings.Contains(string(document), want) {
			t.Errorf("the metadata do not name %s:\n%s", want, document)
		}
	}
	if n := strings.Count(string(document), "X509Certificate>") / 2; n < 2 {
		t.Errorf("the metadata hold %d certificates, want those of both keys", n)
	}
}
