package keyring_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/fault"
	"scorehouse/internal/keyring"
	"scorehouse/internal/sample"
)

func TestARemovedKeyIsOutOfUseAtOnceAlsoInARunningLoader(t *testing.T) {
	t.Parallel()
	r, dir, pool := newRing(t)
	operator := openRing(t, pool, dir)
	kept, gone, sender := sample.NewKey(t, "kept"), sample.NewKey(t, "gone"), sample.NewKey(t, "sender")
	for _, request := range []keyring.ImportRequest{
		{Key: sample.PrivateKey(t, kept), Role: keyring.Loader}, {Key: sample.PrivateKey(t, gone), Role: keyring.Loader},
		{Key: sample.PublicKey(t, sender), Role: keyring.Sender, Tenant: "tamarack"}, {Key: sample.PublicKey(t, sender), Role: keyring.Sender, Tenant: "other"},
	} {
		if _, err := operator.Import(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err := r.LoaderKeys(t.Context()); err != nil || len(keys) != 2 {
		t.Fatalf("got %v, %v", keys, err)
	}
	if err := operator.Remove(t.Context(), keyring.Loader, "", print(gone)); err != nil {
		t.Fatal(err)
	}
	keys, err := r.LoaderKeys(t.Context())
	if diff := cmp.Diff([]string{print(kept)}, prints(keys)); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "loader", "*.age")); len(files) != 1 {
		t.Errorf("private keys left: %v", files)
	}
	if err := operator.Remove(t.Context(), keyring.Sender, "tamarack", print(sender)); err != nil {
		t.Fatal(err)
	}
	if keys, err := r.SenderKeys(t.Context(), "tamarack"); err != nil || len(keys) != 0 {
		t.Errorf("the tenant still has %v, %v", keys, err)
	}
	if keys, err := r.SenderKeys(t.Context(), "other"); err != nil || len(keys) != 1 {
		t.Errorf("the other tenant lost its key: %v, %v", keys, err)
	}
	if err := operator.Remove(t.Context(), keyring.Sender, "tamarack", print(sender)); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed twice: got %v", err)
	}
}
