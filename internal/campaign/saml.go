package campaign

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"scorehouse/internal/samltest"
)

// attacks puts SAML responses to the gate of sign-in: every good one that must be accepted, every attack and fault that must be refused for its
// reason, made from responses of our own making and from those of SimpleSAMLphp, and then random changes of good ones, which must be refused
// unless they mean the same.
var attacks = Campaign{
	Name:    "saml",
	Help:    "SAML responses: all good ones, all attacks on each kind, also on those of a foreign identity provider, then random changes",
	Default: 5000,
	Many:    true,
	Prepare: prepareAttacks,
}

func prepareAttacks(ctx context.Context, log io.Writer) (func(context.Context, int) (string, error), func() error, error) {
	scratch, err := os.MkdirTemp("", "scorehouse-saml-")
	if err != nil {
		return nil, nil, err
	}
	cleanup := func() { _ = os.RemoveAll(scratch) }
	bases, cases, err := attackCases(ctx, scratch)
	if err != nil {
		cleanup()
		return nil, nil, err
	}
	good := 0
	for _, c := range cases {
		if c.Want == "" {
			good++
		}
	}
	fmt.Fprintf(log, "%d good responses, %d attacks and faults, then random changes\n", good, len(cases)-good)
	same := 0
	return func(_ context.Context, i int) (string, error) {
		if i < len(cases) {
			return cases[i].Name, cases[i].Check()
		}
		b := bases[i%len(bases)]
		how, document := samltest.Mutate(b, rand.New(rand.NewPCG(uint64(i), 20261124)))
		refused, err := samltest.CheckMutant(b, document)
		if err != nil {
			return b.Name + ": " + how, fmt.Errorf("%w\n%s", err, document)
		}
		if !refused {
			same++
		}
		return fmt.Sprintf("%s: %s (%d random changes so far meant the same)", b.Name, how, same), nil
	}, finally(cleanup), nil
}

// attackCases makes the bases and everything but the random changes, in an order in which every kind comes early.
func attackCases(ctx context.Context, scratch string) ([]samltest.Base, []samltest.Case, error) {
	now := time.Now().UTC().Truncate(time.Second)
	actors, err := samltest.NewActors(scratch, now)
	if err != nil {
		return nil, nil, err
	}
	bases, err := samltest.Bases(actors, now)
	if err != nil {
		return nil, nil, err
	}
	genuine, err := samltest.Genuine(ctx, filepath.Join(scratch, "foreign"), samltest.GenuineKinds...)
	if err != nil {
		return nil, nil, err
	}
	bases = slices.Concat(bases, genuine)
	cases, err := samltest.Good(actors, now)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range bases {
		made, err := samltest.Corpus(b, nil)
		if err != nil {
			return nil, nil, err
		}
		cases = append(append(cases, b.Case()), made...)
	}
	random := rand.New(rand.NewPCG(1, 20261124))
	random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	return bases, cases, nil
}
