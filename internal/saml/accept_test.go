package saml_test

import (
	"bytes"
	"encoding/pem"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

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

func TestEveryGoodResponseIsAccepted(t *testing.T) {
	t.Parallel()
	cases, err := samltest.Good(actors(t), stage.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if err := c.Check(); err != nil {
				t.Errorf("%v\n%s", err, c.Document())
			}
		})
	}
}

// TestEveryAttackIsRefusedForItsReason makes every attack on one response, those that are not of its text on two more, and what applies to other
// kinds only on these. The campaign makes all on all.
func TestEveryAttackIsRefusedForItsReason(t *testing.T) {
	t.Parallel()
	bases, err := samltest.Bases(actors(t), stage.now)
	if err != nil {
		t.Fatal(err)
	}
	main := []samltest.Kind{samltest.SignedAssertion, samltest.SignedResponse, samltest.EncryptedAssertion}
	slices.SortStableFunc(bases, func(a, b samltest.Base) int { return rank(main, a.Kind) - rank(main, b.Kind) })
	seen := map[string]bool{}
	for i, b := range bases {
		if err := b.Case().Check(); err != nil {
			t.Fatalf("%s: %v\n%s", b.Name, err, b.Document)
		}
		cases, err := samltest.Corpus(b, func(name string) bool { return seen[name] && (i >= len(main) || samltest.OfText(name)) })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			seen[c.Attack] = true
			if err := c.Check(); err != nil {
				t.Errorf("%s: %v\n%s", c.Name, err, c.Document())
			}
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d attacks", len(seen))
	}
}

func rank(kinds []samltest.Kind, k samltest.Kind) int {
	if i := slices.Index(kinds, k); i >= 0 {
		return i
	}
	return len(kinds)
}

func TestRandomChangesAreRefusedOrMeanTheSame(t *testing.T) {
	t.Parallel()
	bases, err := samltest.Bases(actors(t), stage.now)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	const tries = 100
	for i := range tries {
		b := bases[i%len(bases)]
		how, document := samltest.Mutate(b, rand.New(rand.NewPCG(uint64(i), 3)))
		no, err := samltest.CheckMutant(b, document)
		if err != nil {
			t.Errorf("%s: %s: %v\n%s", b.Name, how, err, document)
		}
		if no {
			refused++
		}
	}
	if refused < tries*8/10 {
		t.Errorf("only %d of %d were refused: do the changes change anything?", refused, tries)
	}
}

func TestXmlsec1BelievesWhatTheGateBelieves(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	certificate := filepath.Join(t.TempDir(), "idp.crt")
	if err := os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.IdP.Certificates[0].Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, which := range map[string]samltest.SignatureOf{"signed-response": samltest.OfRoot, "signed-assertion": samltest.OfAssertion} {
		if err := samltest.Verify(r.responses[name], which, certificate); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := samltest.Verify(bytes.Replace(r.responses[name], []byte("Rosá"), []byte("Rosa"), 1), which, certificate); err == nil {
			t.Errorf("%s: believed although changed", name)
		}
	}
}
