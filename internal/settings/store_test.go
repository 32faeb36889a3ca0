package settings_test

import (
	"bytes"
	"context"
	"image"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

var tamarack = tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}

func ptr[T any](x T) *T { return &x }

func TestOperatorsChangeSettingsAndReadersSeeThem(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t, schema.Warehouse)
	store := settings.NewStore(owner, "TK")
	keeper := settings.NewKeeper(warehouse.NewReader(pgtest.As(t, owner, pg.Web)), tamarack, 0, nil)
	now := func() *settings.Settings {
		t.Helper()
		s, err := keeper.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	apply := func(c settings.Change) error {
		t.Helper()
		_, err := store.Apply(t.Context(), c)
		return err
	}
	before := now()
	if before.MinN.Of(edu.Math) != 11 || before != now() {
		t.Errorf("settings of a state that has set nothing: %s, or they are read anew though nothing changed", before.MinN)
	}
	picture := settings.Image{}
	picture, _ = settings.ReadImage(picturePNG(t))
	for _, c := range []settings.Change{
		{MinCellSize: ptr(30)}, {Subject: "Math", MinCellSize: ptr(15), Theme: ptr("classic")}, {Label: ptr("Tamarack Education")}, {Image: &picture},
	} {
		if err := apply(c); err != nil {
			t.Fatal(err)
		}
	}
	s := now()
	if s.MinN.Of(edu.Math) != 16 || s.MinN.Of(edu.ELA) != 31 || s.Brand.Label != "Tamarack Education" || len(s.Brand.Image.Data) == 0 || s.Palette(edu.Math) == nil || s.Version == before.Version {
		t.Errorf("settings after changes: %s, brand %q, %d bytes of picture, %v", s.MinN, s.Brand.Label, len(s.Brand.Image.Data), s.Problems)
	}
	for name, c := range map[string]settings.Change{
		"a negative size":  {MinCellSize: ptr(-3)},
		"a broken file":    {Document: ptr(`{"min_cell_size": 30, `)},
		"no such theme":    {Theme: ptr("neon")},
		"colours in words": {Document: ptr(`{"colors": ["red"]}`)},
	} {
		if err := apply(c); !fault.Is(err, fault.Invalid) || now() != s {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := apply(settings.Change{Image: &settings.Image{}, Label: ptr("")}); err != nil || now().Brand.Label != "" || len(now().Brand.Image.Data) > 0 {
		t.Errorf("branding is not removed: %v", err)
	}
	if err := store.Remove(t.Context(), "math"); err != nil || now().MinN.Of(edu.Math) != 31 {
		t.Errorf("after the document of Math was removed: %s, %v", now().MinN, err)
	}
	if err := store.Remove(t.Context(), "math"); !fault.Is(err, fault.NotFound) {
		t.Errorf("removing what is not there: %v", err)
	}

	texts, err := settings.ReadTexts([]byte("comparison.tested:\n  en: Students\n  es: Alumnos\nhelp.reading.error-band.title:\n  en: How sure is it\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutTexts(t.Context(), texts); err != nil {
		t.Fatal(err)
	}
	if got := now().Words("es").Comparison.Tested(); got != "Alumnos" {
		t.Errorf("own text: %q", got)
	}
	err = store.PutTexts(t.Context(), []settings.Text{{"en", "comparison.tested", "fine"}, {"en", "comparison.districts", "no number"}, {"en", "none", "x"}})
	if !fault.Is(err, fault.Invalid) || strings.Count(err.Error(), "\n") != 2 || now().Words("en").Comparison.Tested() != "Students" {
		t.Errorf("texts that do not fit: %v", err)
	}
	if n, err := store.RemoveTexts(t.Context(), "es", nil); err != nil || n != 1 {
		t.Errorf("%d removed, %v", n, err)
	}
	if n, err := store.RemoveTexts(t.Context(), "", []string{"comparison.tested", "other"}); err != nil || n != 1 {
		t.Errorf("%d removed, %v", n, err)
	}
}

func picturePNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pngOf(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Those who ask for settings that were never read wait together, and just after a failure nobody waits.
func TestAWarehouseThatDoesNotAnswerIsAskedByOneForAll(t *testing.T) {
	owner := pgtest.New(t, schema.Warehouse)
	defer settings.SetTimeout(300*time.Millisecond, time.Minute)()
	keeper := settings.NewKeeper(warehouse.NewReader(pgtest.As(t, owner, pg.Web)), tamarack, 0, nil)
	tx, err := owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), `lock table custom_metadata in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var readers sync.WaitGroup
	for range 40 {
		readers.Go(func() {
			if _, err := keeper.Now(context.Background()); err == nil {
				t.Error("settings that were never read are invented")
			}
		})
	}
	readers.Wait()
	if waited := time.Since(began); waited > 6*time.Second {
		t.Errorf("40 readers waited for %s", waited)
	}
}

func TestWhenTheWarehouseDoesNotAnswerKnownSettingsHoldOn(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t, schema.Warehouse)
	pool := pgtest.As(t, owner, pg.Web)
	var log strings.Builder
	keeper := settings.NewKeeper(warehouse.NewReader(pool), tamarack, 0, slog.New(slog.NewTextHandler(&log, nil)))
	if _, err := owner.Exec(t.Context(), `insert into custom_metadata (state_code, asmt_custom_metadata) values ('tk', '{"min_cell_size": 20, "colors": 1}')`); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := keeper.Now(canceled) // the settings are for everybody
	if err != nil || s.MinN.Of(edu.Math) != 21 {
		t.Fatalf("%v, %v", s, err)
	}
	if !strings.Contains(log.String(), "colors must be a list") {
		t.Errorf("the log says nothing of what is wrong: %s", log.String())
	}
	pool.Close()
	if again, err := keeper.Now(t.Context()); err != nil || again != s {
		t.Errorf("after the warehouse went away: %v", err)
	}
	if _, err := settings.NewKeeper(warehouse.NewReader(pool), tamarack, 0, nil).Now(t.Context()); err == nil {
		t.Error("settings that were never read are invented")
	}
}
