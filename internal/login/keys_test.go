package login_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/fault"
	"scorehouse/internal/login"
)

func ids(t *testing.T, k *login.Keys) []string {
	t.Helper()
	list, err := k.List()
	if err != nil {
		t.Fatal(err)
	}
	all, err := k.All()
	if err != nil || len(all) != len(list) {
		t.Fatalf("%d keys, %v; %d listed", len(all), err, len(list))
	}
	var ids []string
	for i, x := range list {
		if x.Signs != (i == 0) || !x.NotAfter.Equal(all[i].Certificate.NotAfter) {
			t.Errorf("key %d is listed as %+v", i, x)
		}
		ids = append(ids, x.ID)
	}
	return ids
}

func TestTwoServersThatStartAtOnceMakeOneKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys", "saml")
	var rings [2]*login.Keys
	var servers sync.WaitGroup
	for i := range rings {
		servers.Go(func() {
			var err error
			if rings[i], err = login.OpenKeys(dir, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	servers.Wait()
	if t.Failed() {
		return
	}
	first, second := ids(t, rings[0]), ids(t, rings[1])
	if diff := cmp.Diff(first, second); diff != "" || len(first) != 1 {
		t.Errorf("servers differ:\n%s", diff)
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others can read it", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreRolledOverInSteps(t *testing.T) {
	t.Parallel()
	k := ourKeys(t)
	text, err := testKeys()[1].PEM()
	if err != nil {
		t.Fatal(err)
	}
	next, err := k.Add(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"first", next}, ids(t, k)); diff != "" {
		t.Fatalf("after adding (-want +got):\n%s", diff)
	}
	if err := k.Remove("first"); !fault.Is(err, fault.Conflict) {
		t.Errorf("removing the key that signs: %v, want conflict", err)
	}
	if err := k.Use(next); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{next, "first"}, ids(t, k)); diff != "" {
		t.Errorf("after using (-want +got):\n%s", diff)
	}
	if err := k.Remove("first"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{next}, ids(t, k)); diff != "" {
		t.Errorf("after removing (-want +got):\n%s", diff)
	}
	for name, err := range map[string]error{"use": k.Use("../x"), "remove": k.Remove("first")} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of an unknown key: %v, want not found", name, err)
		}
	}
	if _, err := k.Add([]byte("nonsense"), time.Now()); !fault.Is(err, fault.Invalid) {
		t.Errorf("adding nonsense: %v, want invalid", err)
	}
}
