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
