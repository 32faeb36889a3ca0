package web

import (
	"context"

	"scorehouse/internal/web/page/help"
	"scorehouse/internal/words"
)

// help returns the handler of a page of help, by its name in package words.
func (s *Server) help(name string) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		s.whoever(ctx, c)
		d, ok := c.say().HelpPage(name)
		if name == words.HelpGlossary {
			d = c.say().Glossary()
		}
		if !ok {
			return answer{}, errNoSuchPage
		}
		return answer{page: help.Page(help.View{Frame: s.frame(c), Name: name, Document: d})}, nil
	}
}

// helpPages shows which pages of help there are.
func (s *Server) helpPages(ctx context.Context, c *call) (answer, error) {
	s.whoever(ctx, c)
	return answer{page: help.Contents(s.frame(c))}, nil
}

// whoever fills who asks on a page that is there for everybody: the frame stays as it was on the page before. Where that cannot be told, nobody asks.
func (s *Server) whoever(ctx context.Context, c *call) {
	x, err := s.sessionOf(c.Request, false)
	if err != nil {
		return
	}
	c.session = x
	if ids := x.Tenants(); len(ids) == 1 {
		all, err := s.tenants.all(ctx)
		for _, t := range all {
			if err == nil && t.ID == ids[0] {
				c.tenant = t
			}
		}
	}
}
