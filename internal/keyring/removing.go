package keyring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Remove takes a key out of use at once: packages signed by a removed sender's key are refused, packages encrypted to a removed loader's key
// cannot be opened any more, for its private part is deleted. Batches that were published stay. It returns fault.NotFound when there is
// no such key.
func (r *Ring) Remove(ctx context.Context, role Role, id tenant.ID, fingerprint string) error {
	fingerprint = strings.ToUpper(strings.ReplaceAll(fingerprint, " ", ""))
	tag, err := r.pool.Exec(ctx, `
		delete from keyring.key where role = $1 and tenant is not distinct from nullif($2, '') and fingerprint = $3`, role, id, fingerprint)
	if err != nil {
		return fmt.Errorf("remove key: %w", pg.Clean(err))
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no such key; `scorehouse key list` shows them with their fingerprints")
	}
	if role != Loader {
		return nil
	}
	if err := r.root.Remove(privateName(fingerprint)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove private key: %w", err)
	}
	return nil
}
