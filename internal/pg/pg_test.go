package pg_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
)

func TestCleanHidesValuesOfRows(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	ctx := context.Background()
	if _, err := pool.Exec(ctx, "create table student (code text primary key, score smallint not null)"); err != nil {
		t.Fatal(err)
	}
	const secret = "Nguyen-0042"
	for name, statement := range map[string]string{
		"unique":     "insert into student values ('" + secret + "', 1), ('" + secret + "', 2)",
		"cast":       "insert into student values ('x', '" + secret + "'::text::smallint)",
		"not null":   "insert into student values ('" + secret + "', null)",
		"raised":     "do $$ begin raise exception 'about " + secret + "' using errcode = 'P0001'; end $$",
		"numeric":    "insert into student values ('" + secret + "', 99999)",
		"divisionby": "insert into student values ('" + secret + "', 1/0)",
	} {
		_, err := pool.Exec(ctx, statement)
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		clean := pg.Clean(err)
		if strings.Contains(clean.Error(), secret) || strings.Contains(clean.Error(), "99999") {
			t.Errorf("%s: the clean error quotes a value: %v", name, clean)
		}
		if pg.CodeOf(clean) != pg.CodeOf(err) {
			t.Errorf("%s: the code is lost", name)
		}
	}
}

func TestCleanKeepsWhatNamesOnlyObjects(t *testing.T) {
	t.Parallel()
	_, err := pgtest.Empty(t).Exec(context.Background(), "select * from not_there")
	if clean := pg.Clean(err); !strings.Contains(clean.Error(), "not_there") {
		t.Errorf("got %v", clean)
	}
	if other := errors.New("other"); !errors.Is(pg.Clean(other), other) {
		t.Error("an error of another kind was changed")
	}
}

func TestCreateIsSafeToRepeat(t *testing.T) {
	t.Parallel()
	databases, err := pg.Open(pg.Config{Server: pgtest.EmptyDSN(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer databases.Close()
	ctx := context.Background()
	const name = "made_by_pg_test"
	pool := pgtest.Empty(t)
	t.Cleanup(func() {
		databases.Close()
		if _, err := pool.Exec(ctx, "drop database if exists "+name); err != nil {
			t.Error(err)
		}
	})
	for i, want := range []bool{true, false} {
		made, err := databases.Create(ctx, name)
		if err != nil || made != want {
			t.Fatalf("call %d: got %v, %v; want %v", i+1, made, err, want)
		}
	}
}

func TestARoleConnectsWithItsOwnNameAndWithoutThePasswordOfAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		server, own, user, host, password string
	}{
		{"host=/run/postgresql user=scorehouse password=secret", "", "scorehouse_web", "/run/postgresql", ""},
		{"postgres://scorehouse:secret@db.example:5432/?sslmode=disable", "", "scorehouse_web", "db.example", ""},
		{"postgres:///?host=/run/postgresql&user=scorehouse&password=secret", "", "scorehouse_web", "/run/postgresql", ""},
		{"host=/run/postgresql user=scorehouse", "host=replica.example sslmode=disable", "scorehouse_web", "replica.example", ""},
	} {
		config := pg.Config{Server: c.server, Roles: map[pg.Role]string{}}
		if c.own != "" {
			config.Roles[pg.Web] = c.own
		}
		databases, err := pg.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		pool, err := databases.As(pg.Web).Control(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := pool.Config().ConnConfig
		if got.User != c.user || got.Host != c.host || got.Password != c.password || got.Database != "control" {
			t.Errorf("%s: user %q, host %q, password %q, database %q", c.server, got.User, got.Host, got.Password, got.Database)
		}
		databases.Close()
	}
	if _, err := pg.Open(pg.Config{Server: "host=x", Installation: "Not a name"}); err == nil {
		t.Error("a wrong name of an installation was taken")
	}
}

func TestInstallationsAreNamedApart(t *testing.T) {
	t.Parallel()
	for i, want := range map[pg.Installation]string{"": "control scorehouse_web", "scorehouse": "control scorehouse_web", "training": "training_control training_web"} {
		if got := i.Database(pg.ControlDatabase) + " " + i.RoleName(pg.Web); got != want {
			t.Errorf("%q: %s, want %s", i, got, want)
		}
	}
	if got := pg.Installation("training").Expand(`grant x to {web}, {loader}; check (code ~ '^[a-z]{1,2}$' and '{}' <> '{other}')`); got !=
		`grant x to "training_web", "training_loader"; check (code ~ '^[a-z]{1,2}$' and '{}' <> '{other}')` {
		t.Errorf("expanded: %s", got)
	}
}
