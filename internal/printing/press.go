package printing

import (
	"context"
	"fmt"
	"io"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
	"scorehouse/internal/tenant"
	"scorehouse/internal/words"
)

// Press prints reports as each state has them. It is safe for concurrent use.
type Press struct {
	press *compose.Press
	look  func(ctx context.Context, id tenant.ID) (Look, error)
	fonts string // digest of the folder
}

// NewPress returns a press with the fonts of a folder besides those shipped; folder may be empty. look says how a state's reports look. The second
// value names files of the folder that cannot be used, and why.
func NewPress(folder string, look func(ctx context.Context, id tenant.ID) (Look, error)) (*Press, []string, error) {
	press, refused, err := studentreport.NewPress(folder)
	if err != nil {
		return nil, nil, err
	}
	fonts, err := fontsOf(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("fonts for printing: %w", err)
	}
	return &Press{press, look, fonts}, refused, nil
}

// One prints one report.
func (p *Press) One(ctx context.Context, to io.Writer, id tenant.ID, r report.StudentReport, o Options) error {
	look, err := p.look(ctx, id)
	if err != nil {
		return err
	}
	return studentreport.Write(to, p.press.NewSetter(), r, look.options(o))
}

// lookOf returns how a state's reports look at this moment, and the digest that tells it from other looks.
func (p *Press) lookOf(ctx context.Context, id tenant.ID) (Look, string, error) {
	look, err := p.look(ctx, id)
	return look, look.digest(p.fonts), err
}

// options are those of a report of this look.
func (l Look) options(o Options) studentreport.Options {
	how := studentreport.Options{Words: words.For(o.Language), Paper: l.Paper, Brand: l.Brand, HideSupports: o.HideSupports}
	if l.Words != nil {
		how.Words = l.Words(o.Language)
	}
	if o.Colour {
		how.Tone = compose.Colour
	}
	if l.AddressBlock {
		how.Address = func(r report.StudentReport) []string { return addressed(how.Words, r) }
	}
	return how
}

// addressed is who shows in the window of an envelope that a school hands out: results come without addresses of families.
func addressed(w *words.Words, r report.StudentReport) []string {
	lines := []string{telling.Report{Words: w, Report: r}.FullName(), w.Grade(r.Grade)}
	for _, name := range []string{r.Place.School.Name, r.Place.District.Name} {
		if name != "" {
			lines = append(lines, name)
		}
	}
	return lines
}
