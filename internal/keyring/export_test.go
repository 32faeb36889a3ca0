package keyring

import "time"

// CheckKeys reads a key file and judges its keys, without storing them.
func CheckKeys(file []byte) {
	entities, err := readKeys(file)
	if err != nil {
		return
	}
	for _, e := range entities {
		_, _ = prepare(e, ImportRequest{Role: Sender, Tenant: "t"}, time.Now())
	}
}
