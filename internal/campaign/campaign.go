// Package campaign runs long adversarial tests: the same story again and again with another accident each time, compared
// with the story told undisturbed. `make campaign NAME=kill N=50` runs one; short versions run in `make test`. The last line
// says how many tries failed, and the exit status says the same.
package campaign

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Campaign is one adversarial test. Prepare does what all tries share and returns the function that makes try number i (from 0); a
// returned error is a failed try. The function that it returns beside is called after the last; it cleans up, may log what was seen, and returns why all tries
// together prove nothing, which counts as a failed one.
type Campaign struct {
	Name     string
	Help     string
	Default  int  // tries when the caller does not say
	Many     bool // tries are small and many: of those that succeed only every thousandth is told
	Parallel int  // tries made at the same time; 0 is 1
	Prepare  func(ctx context.Context, log io.Writer) (try func(ctx context.Context, i int) (what string, err error), end func() error, err error)
}

// All lists the campaigns.
var All = []Campaign{kill, attacks, accesses, prints, numbers, disclosures}

// Run makes n tries (the campaign's default when n is 0), writes a line for each, and as its last line
// "campaign NAME: N tried, M failed". It returns the number of failed tries.
func Run(ctx context.Context, name string, n int, w io.Writer) (failed int, err error) {
	c, err := find(name)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		n = c.Default
	}
	tries := make([]int, n)
	for i := range tries {
		tries[i] = i
	}
	return c.run(ctx, tries, w)
}

// RunSome is Run for the tries of the given numbers.
func RunSome(ctx context.Context, name string, tries []int, w io.Writer) (failed int, err error) {
	c, err := find(name)
	if err != nil {
		return 0, err
	}
	return c.run(ctx, tries, w)
}

// finally returns what only cleans up as the end of a campaign.
func finally(clean func()) func() error {
	return func() error {
		clean()
		return nil
	}
}

func find(name string) (Campaign, error) {
	i := slices.IndexFunc(All, func(c Campaign) bool { return c.Name == name })
	if i < 0 {
		return Campaign{}, fmt.Errorf("there is no campaign %q", name)
	}
	return All[i], nil
}

func (c Campaign) run(ctx context.Context, tries []int, w io.Writer) (failed int, err error) {
	try, end, err := c.Prepare(ctx, w)
	if err != nil {
		return 0, fmt.Errorf("campaign %s: prepare: %w", c.Name, err)
	}
	tried, next := 0, make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(c.Parallel, 1) {
		workers.Go(func() {
			for i := range next {
				what, err := try(ctx, i)
				mu.Lock()
				tried++
				if err != nil {
					failed++
					fmt.Fprintf(w, "%3d FAILED %s: %v\n", i+1, what, err)
				} else if !c.Many || (i+1)%1000 == 0 {
					fmt.Fprintf(w, "%3d ok     %s\n", i+1, what)
				}
				mu.Unlock()
			}
		})
	}
	for _, i := range tries {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	if err := end(); err != nil {
		failed++
		fmt.Fprintf(w, "    FAILED all together: %v\n", err)
	}
	fmt.Fprintf(w, "campaign %s: %d tried, %d failed\n", c.Name, tried, failed)
	return failed, ctx.Err()
}
