package settings

import (
	"context"
	_ "embed"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

//go:embed settings.sql
var settingsSQL string

// Age is how old settings may be before they are read again.
const Age = 2 * time.Second

// timeout is how long reading them may take.
var timeout = 5 * time.Second

// Keeper keeps the settings of a state. It is safe for concurrent use.
type Keeper struct {
	reader *warehouse.Reader
	tenant tenant.Tenant
	age    time.Duration
	logger *slog.Logger

	reading sync.Mutex // held by the one who reads them

	mu      sync.Mutex
	asked   time.Time
	current *Settings
	failed  time.Time // when they could not be read
	why     error     // of that; nil when they were read since
}

// pause is how long nobody asks after settings that are not known could not be read.
var pause = time.Second

// NewKeeper returns the keeper of a tenant's settings. It reads them when somebody asks and what it has is older than age.
func NewKeeper(reader *warehouse.Reader, t tenant.Tenant, age time.Duration, logger *slog.Logger) *Keeper {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{reader: reader, tenant: t, age: age, logger: logger}
}

// Now returns the settings, not older than the keeper's age unless the warehouse does not answer, or is just being asked. Without any that are known, everybody
// waits together for its answer, and none is an error; for a moment after that it is one at once.
func (k *Keeper) Now(ctx context.Context) (*Settings, error) {
	known, fresh := k.known()
	switch {
	case fresh:
		return known, nil
	case known == nil:
		k.reading.Lock()
	case !k.reading.TryLock():
		return known, nil
	}
	defer k.reading.Unlock()
	if known, fresh = k.known(); fresh { // read while we waited
		return known, nil
	}
	if known == nil {
		if err := k.resting(); err != nil {
			return nil, err
		}
	}
	// For everybody who waits: it does not end with the request that happened to be first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	rows, texts, err := read(ctx, k.reader)
	switch {
	case err != nil && known == nil:
		k.mu.Lock()
		defer k.mu.Unlock()
		k.failed, k.why = time.Now(), err
		return nil, err
	case err != nil:
		k.logger.Warn("settings not read: those known before hold on", "tenant", k.tenant.ID, "error", err)
	case known == nil || known.Version != digest(rows, texts):
		known = Parse(k.tenant.StateCode, rows, texts)
		for _, p := range known.Wrong() {
			k.logger.Error("settings: something is wrong and not used", "tenant", k.tenant.ID, "where", p.Where, "what", p.Text)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current, k.asked = known, time.Now()
	return known, nil
}

// resting is why settings that are not known could not be read a moment ago, nil when that is over.
func (k *Keeper) resting() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.why == nil || time.Since(k.failed) >= pause {
		return nil
	}
	return k.why
}

// known returns the settings as last read, nil for never, and whether they are young enough.
func (k *Keeper) known() (*Settings, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current, k.current != nil && time.Since(k.asked) < k.age
}

// read reads both tables in one statement, so that they belong together.
func read(ctx context.Context, reader *warehouse.Reader) (rows []Row, texts []Text, err error) {
	err = reader.Aggregate(ctx, 0, settingsSQL, nil, func(row pgx.Rows) error { return scan(row, &rows, &texts) })
	return rows, texts, err
}

// scan reads one row of the statement.
func scan(row pgx.Rows, rows *[]Row, texts *[]Text) error {
	var kind int
	var a, b, c string
	if err := row.Scan(&kind, &a, &b, &c); err != nil {
		return err
	}
	if kind == 1 {
		*rows = append(*rows, Row{a, b, c})
	} else {
		*texts = append(*texts, Text{a, b, c})
	}
	return nil
}
