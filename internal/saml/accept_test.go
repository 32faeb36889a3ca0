package saml_test

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scorehouse/internal/saml"
	"scorehouse/internal/samltest"
)

// stage holds the keys that all tests share.
var stage struct {
	once   sync.Once
	actors samltest.Actors
	now    time.Time
	err    error
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "scorehouse-saml-")
	if err != nil {
		panic(err)
	}
	stage.now = time.Now().UTC().Truncate(time.Second)
	stage.actors, stage.err = samltest.NewActors(dir, stage.now)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func actors(t testing.TB) samltest.Actors {
	t.Helper()
	if stage.err != nil {
		t.Fatal(stage.err)
	}
	return stage.actors
}

// check puts a case to the gate and tells what is wrong with its decision; empty when nothing is.
func check(c samltest.Case) string {
	got, err := c.SP.Accept(c.IdP, c.Encoded, c.RequestID, c.Now)
	if c.Want == "" {
		if err != nil {
			return "refused, want accepted: " + err.Error()
		}
		return cmp.Diff(c.Assertion, got, cmpopts.EquateEmpty())
	}
	if err == nil {
		return "ACCEPTED, want refused for " + string(c.Want)
	}
	var refused *saml.Refused
	if !errors.As(err, &refused) {
		return "not a *Refused: " + err.Error()
	}
	if refused.Reason != c.Want {
		return "refused, but want the reason " + string(c.Want) + ": " + err.Error()
	}
	return ""
}

func TestEveryGoodResponseIsAccepted(t *testing.T) {
	t.Parallel()
	cases, err := samltest.Good(actors(t), stage.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if wrong := check(c); wrong != "" {
				t.Errorf("%s\n%s", wrong, c.Document())
			}
		})
	}
}

func TestEveryAttackIsRefusedForItsReason(t *testing.T) {
	t.Parallel()
	bases, err := samltest.Bases(actors(t), stage.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bases {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			if wrong := check(b.Case()); wrong != "" {
				t.Fatalf("the good response: %s\n%s", wrong, b.Case().Document())
			}
			cases, err := samltest.Corpus(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				if wrong := check(c); wrong != "" {
					t.Errorf("%s: %s\n%s", c.Name, wrong, c.Document())
				}
			}
		})
	}
}
