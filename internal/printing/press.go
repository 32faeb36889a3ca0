package printing

import (
	"context"
	"io"

	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/words"
)

// Look is how a state has its reports printed.
type Look struct {
	Brand string                             // whose report it is: "State of Tamarack"
	Sign  *draw.List                         // beside the brand; nil has none
	Paper pdf.Size                           // zero is Letter
	Words func(language string) *words.Words // with texts of its own; nil has none
}

// Press prints reports as each state has them. It is safe for concurrent use.
type Press struct {
	press *compose.Press
	look  func(ctx context.Context, id tenant.ID) (Look, error)
}

// NewPress returns a press with the fonts of a folder besides those shipped; folder may be empty. look says how a state's reports look. The second
// value names files of the folder that cannot be used, and why.
func NewPress(folder string, look func(ctx context.Context, id tenant.ID) (Look, error)) (*Press, []string, error) {
	press, refused, err := studentreport.NewPress(folder)
	if err != nil {
		return nil, nil, err
	}
	return &Press{press, look}, refused, nil
}

// One prints one report.
func (p *Press) One(ctx context.Context, to io.Writer, id tenant.ID, r report.StudentReport, o Options) error {
	how, err := p.options(ctx, id, o)
	if err != nil {
		return err
	}
	return studentreport.Write(to, p.press.NewSetter(), r, how)
}

func (p *Press) options(ctx context.Context, id tenant.ID, o Options) (studentreport.Options, error) {
	look, err := p.look(ctx, id)
	how := studentreport.Options{Words: words.For(o.Language), Paper: look.Paper, Brand: look.Brand, Sign: look.Sign, HideSupports: o.HideSupports}
	if look.Words != nil {
		how.Words = look.Words(o.Language)
	}
	if o.Colour {
		how.Tone = compose.Colour
	}
	return how, err
}
