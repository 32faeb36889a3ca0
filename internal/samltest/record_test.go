package samltest_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"scorehouse/internal/samltest"
)

var record = flag.Bool("record", false, "record what the identity provider sends into ../saml/testdata/simplesamlphp")

// TestRecord records responses and metadata of the foreign identity provider, for tests that must not depend on the hour: seeds of
// fuzzing, and a proof that what was believed once is believed still.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("records only with -record")
	}
	l := newLab(t, samltest.Registration{})
	dir := "../saml/testdata/simplesamlphp"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	metadata, err := l.foreign.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write("metadata.xml", metadata)
	key, err := l.sp.Keys[0].PEM()
	if err != nil {
		t.Fatal(err)
	}
	write("our-key.pem", key)
	at := time.Now().UTC().Truncate(time.Second)
	scene, err := json.MarshalIndent(map[string]any{"EntityID": l.sp.EntityID, "AssertionConsumer": l.sp.AssertionConsumer, "SingleLogout": l.sp.SingleLogout,
		"RequestID": "_recorded", "At": at}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	write("scene.json", append(scene, '\n'))
	for name, r := range map[string]samltest.Registration{
		"signed-response":  {SignResponse: true},
		"signed-assertion": {SignAssertion: true},
		"signed-both":      {SignResponse: true, SignAssertion: true},
		"encrypted":        {SignResponse: true, SignAssertion: true, Encrypt: true},
	} {
		l = l.again(t, r)
		l.sp.AllowCBC = true
		form, err := l.response("_recorded", rosa)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.sp.Accept(l.idp, form.Fields.Get("SAMLResponse"), "_recorded", at); err != nil {
			t.Fatal(err)
		}
		document, err := base64.StdEncoding.DecodeString(form.Fields.Get("SAMLResponse"))
		if err != nil {
			t.Fatal(err)
		}
		write(name+".xml", document)
	}
	page, err := l.browser.Open(t.Context(), l.foreign.URL+"saml2/idp/SingleLogoutService.php?ReturnTo=http://127.0.0.1:9/goodbye")
	if err != nil {
		t.Fatal(err)
	}
	l.readRedirect(page)
	write("logout-request.txt", []byte(page.Redirect))
}
