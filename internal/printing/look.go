package printing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/words"
)

// Look is how a state has its reports printed.
type Look struct {
	Brand        string                             // whose report it is: "State of Tamarack"
	Paper        pdf.Size                           // zero is Letter
	AddressBlock bool                               // who a report is for shows in the window of an envelope
	Words        func(language string) *words.Words // with texts of its own; nil has none
	Version      string                             // of what the state has set, its texts included
}

// digest tells looks apart: what is printed of the same results in another look is another document. fonts are those of the press.
func (l Look) digest(fonts string) string {
	text, err := json.Marshal([]any{studentreport.Layout, l.Brand, l.Paper, l.AddressBlock, l.Version, fonts})
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// fontsOf tells folders of fonts apart, by names and sizes of their files.
func fontsOf(folder string) (string, error) {
	if folder == "" {
		return "", nil
	}
	sum := sha256.New()
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.NewEncoder(sum).Encode([]any{name, info.Size()})
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// Looks knows how the tenants of an installation have their reports printed: under the name that a state has set for itself, in its own words, on its
// paper. It is safe for concurrent use.
type Looks struct {
	Tenant       func(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
	Reader       func(ctx context.Context, id tenant.ID) (*warehouse.Reader, error)
	A4           []string // tenants
	AddressBlock []string // tenants

	mu      sync.Mutex
	keepers map[tenant.Tenant]*settings.Keeper
}

// Of returns how a tenant's reports look, as it was set some seconds ago at most.
func (l *Looks) Of(ctx context.Context, id tenant.ID) (Look, error) {
	t, err := l.Tenant(ctx, id)
	if err != nil {
		return Look{}, err
	}
	keeper, err := l.keeper(ctx, t)
	if err != nil {
		return Look{}, err
	}
	set, err := keeper.Now(ctx)
	if err != nil {
		return Look{}, err
	}
	look := Look{Brand: t.Name, Words: set.Words, Version: set.Version, AddressBlock: slices.Contains(l.AddressBlock, string(id))}
	if set.Brand.Label != "" {
		look.Brand = set.Brand.Label
	}
	if slices.Contains(l.A4, string(id)) {
		look.Paper = pdf.A4
	}
	return look, nil
}

// keeper returns the keeper of a tenant's settings, the same as long as the tenant is.
func (l *Looks) keeper(ctx context.Context, t tenant.Tenant) (*settings.Keeper, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.keepers[t]; k != nil {
		return k, nil
	}
	reader, err := l.Reader(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	if l.keepers == nil {
		l.keepers = map[tenant.Tenant]*settings.Keeper{}
	}
	k := settings.NewKeeper(reader, t, settings.Age, nil)
	l.keepers[t] = k
	return k, nil
}
