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
const timeout = 5 * time.Second

// Keeper keeps the settings of a state. It is safe for concurrent use.
type Keeper struct {
	reader *warehouse.Reader
	tenant tenant.Tenant
	age    time.Duration
	logger *slog.Logger

	mu      sync.Mutex
	asked   time.Time
	current *Settings
}

// NewKeeper returns the keeper of a tenant's settings. It reads them when somebody asks and what it has is older than age.
func NewKeeper(reader *warehouse.Reader, t tenant.Tenant, age time.Duration, logger *slog.Logger) *Keeper {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{reader: reader, tenant: t, age: age, logger: logger}
}

// Now returns the settings, not older than the keeper's age unless the warehouse does not answer. Without any that are known that is an error.
func (k *Keeper) Now(ctx context.Context) (*Settings, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current != nil && time.Since(k.asked) < k.age {
		return k.current, nil
	}
	// For everybody who waits: it does not end with the request that happened to be first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	rows, texts, err := read(ctx, k.reader)
	if err != nil && k.current == nil {
		return nil, err
	}
	k.asked = time.Now()
	if err != nil {
		k.logger.Warn("settings not read: those known before hold on", "tenant", k.tenant.ID, "error", err)
		return k.current, nil
	}
	if k.current != nil && k.current.Version == digest(rows, texts) {
		return k.current, nil
	}
	k.current = Parse(k.tenant.StateCode, rows, texts)
	for _, p := range k.current.Wrong() {
		k.logger.Error("settings: something is wrong and not used", "tenant", k.tenant.ID, "where", p.Where, "what", p.Text)
	}
	return k.current, nil
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
