package bench

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/disclosure/drawn"
)

// disclosing decides a release of a state with four million outcomes in two subjects, without pairs and with a hub, answers its pages, and says how many
// rows are hidden in states of three sizes. It fails when a page shows anything else than was decided.
var disclosing = Bench{Name: "disclosure", Help: "deciding what of a release is shown; answering pages; what is hidden", Run: runDisclosing}

// fourMillion is a state whose outcomes of two subjects are about four million.
var fourMillion = drawn.Size{Districts: drawn.Large.Districts, Schools: drawn.Large.Schools, Students: 2_065_000}

func runDisclosing(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	for i, size := range []drawn.Size{drawn.Small, drawn.Medium, fourMillion} {
		name := []string{"8_districts", "60_districts", "300_districts"}[i]
		state := drawn.Draw(rand.New(rand.NewPCG(1, uint64(i))), size)
		for _, hub := range []disclosure.Attribute{disclosure.NoAttribute, disclosure.EconomicDisadvantage} {
			if err := ctx.Err(); err != nil {
				return err
			}
			p := disclosure.DefaultPolicy()
			p.Hub = hub
			if err := discloseOne(state, p, name, log, print); err != nil {
				return err
			}
		}
	}
	return nil
}

func discloseOne(state *drawn.State, p disclosure.Policy, name string, log *slog.Logger, print func(Figure)) error {
	how := "one attribute"
	if p.Hub != disclosure.NoAttribute {
		name, how = name+".hub", fmt.Sprintf("and pairs with %v", p.Hub)
	}
	n := state.Counts(p, bigYear)
	runtime.GC()
	began, used := time.Now(), processorTime()
	d, err := decide.Release(n, nil)
	if err != nil {
		return err
	}
	took := time.Since(began)
	used = processorTime() - used
	r, err := disclosure.Open(d, n)
	if err != nil {
		return err
	}
	outcomes := 0
	for i := range n.Subjects {
		outcomes += n.Students(i, 0, disclosure.Everybody)
	}
	detail := fmt.Sprintf("%d outcomes, %d rows, %d questions, %s; rounds %d and %d; at most %d iterations; %.1f s of processors; decision %d KB, counts %d KB", outcomes, len(n.Rows), n.Catalogue.Len(), how,
		d.Subjects[0].Rounds, d.Subjects[1].Rounds, max(d.Subjects[0].Iterations, d.Subjects[1].Iterations), used.Seconds(), len(d.Encode())/1024, len(n.Encode())/1024)
	log.Info("decided", "state", name, "took", took)
	print(Figure{Name: "disclosure.solve." + name, Value: took.Seconds(), Unit: "s", Detail: detail})
	refused := 0
	for _, s := range d.Subjects {
		refused += len(s.NotReleased) + len(s.HubNotReleased)
		if s.Withheld {
			refused++
		}
	}
	print(Figure{Name: "disclosure.not_released." + name, Value: float64(refused), Unit: "attributes"})
	if err := answerPages(r, n, name, print); err != nil {
		return err
	}
	printShares(r, n, name, print)
	return nil
}

// answerPages answers the page of the state, all districts in both subjects, with each question of one option.
func answerPages(r *disclosure.Release, n *disclosure.Counts, name string, print func(Figure)) error {
	var took []time.Duration
	for round := range 3 {
		for q := range n.Catalogue.Len() {
			var filters []disclosure.Chosen
			for _, o := range n.Catalogue.Options(disclosure.Question(q)) {
				filters = append(filters, disclosure.Chosen{Attribute: o.Attribute, Values: o.Values})
			}
			began, shown := time.Now(), 0
			asked := r.Ask(filters)
			for subject := range n.Subjects {
				for row, x := range r.Rows() {
					if x.Kind() == disclosure.DistrictRow && r.Answer(subject, row, asked).Visibility == disclosure.Shown {
						shown++
					}
				}
			}
			if round > 0 { // the first warms up
				took = append(took, time.Since(began))
			}
			for subject := range n.Subjects {
				for row, x := range n.Rows {
					if x.Kind() == disclosure.DistrictRow && r.Decision.Shown(subject, row, disclosure.Question(q)) && r.Decision.Answers(subject, disclosure.Question(q)) &&
						n.Students(subject, row, disclosure.Question(q)) > 0 {
						shown--
					}
				}
			}
			if shown != 0 {
				return fmt.Errorf("%s: %s shows other cells than were decided", name, n.Catalogue.Key(disclosure.Question(q)))
			}
		}
	}
	slices.Sort(took)
	print(Figure{Name: "disclosure.page." + name, Value: float64(took[len(took)/2].Nanoseconds()) / 1e6, Unit: "ms", Detail: "all districts, both subjects, median over the catalogue"})
	return nil
}

// printShares prints the share of rows hidden for the sake of others, and that of small ones: by question without a rest, and for pairs the mean and the most.
func printShares(r *disclosure.Release, n *disclosure.Counts, name string, print func(Figure)) {
	type sum struct{ rows, small, further int }
	var pairs [2]sum
	var most [2]float64
	for _, x := range r.Shares() {
		options := n.Catalogue.Options(x.Question)
		if x.Subject != n.Subjects[0].Subject || x.Kind == disclosure.StateRow || x.Rows == 0 {
			continue
		}
		if len(options) < 2 {
			if len(options) == 1 && options[0].Rest || n.Catalogue.Policy().Hub != disclosure.NoAttribute {
				continue
			}
			key := n.Catalogue.Key(x.Question)
			if key == "" {
				key = "everybody"
			}
			print(Figure{Name: fmt.Sprintf("disclosure.hidden.%s.%v.%s", name, x.Kind, key), Value: 100 * float64(x.Further) / float64(x.Rows), Unit: "% of rows, for others",
				Detail: fmt.Sprintf("%d rows; %.1f %% more are small", x.Rows, 100*float64(x.Small)/float64(x.Rows))})
			continue
		}
		if options[1].Rest || options[0].Rest {
			continue
		}
		s := &pairs[x.Kind-1]
		s.rows, s.small, s.further = s.rows+x.Rows, s.small+x.Small, s.further+x.Further
		most[x.Kind-1] = max(most[x.Kind-1], 100*float64(x.Further)/float64(x.Rows))
	}
	for i, s := range pairs {
		if s.rows > 0 {
			print(Figure{Name: fmt.Sprintf("disclosure.hidden.%s.%v.pairs", name, disclosure.Kind(i+1)), Value: 100 * float64(s.further) / float64(s.rows), Unit: "% of rows, for others",
				Detail: fmt.Sprintf("at most %.1f %% of a pair; %.1f %% of all are small", most[i], 100*float64(s.small)/float64(s.rows))})
		}
	}
}
