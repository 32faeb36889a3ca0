package bench

import (
	"context"
	"log/slog"
)

// access measures what the walls around students cost: SAML at sign-in, row-level security on a page of students.
var access = Bench{Name: "access", Help: "what sign-in and row-level security cost", Run: runAccess}

// accessParts are measured one after the other; each has a file of its own.
var accessParts = []func(ctx context.Context, log *slog.Logger, print func(Figure)) error{signIn, scopedPage}

func runAccess(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	for _, part := range accessParts {
		if err := part(ctx, log, print); err != nil {
			return err
		}
	}
	return nil
}
