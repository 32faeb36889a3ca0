package schema

import (
	"context"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
)

// UpgradeFrom and StatusFrom work on other versions than the embedded ones.
func UpgradeFrom(ctx context.Context, pool *pgxpool.Pool, kind Kind, files fs.FS) ([]Version, error) {
	return upgradeFrom(ctx, pool, kind, pg.DefaultInstallation, files)
}

var StatusFrom = statusFrom
