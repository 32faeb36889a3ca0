package saml_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/saml"
	"scorehouse/internal/samltest"
)

// recording is what SimpleSAMLphp once sent, with the clock of that moment. (go test ./internal/samltest -run Record -record makes it anew.)
type recording struct {
	samltest.Scene
	responses map[string][]byte // XML by name
	logout    string            // query of a LogoutRequest
}

func recorded(t testing.TB) recording {
	t.Helper()
	dir := filepath.Join("testdata", "simplesamlphp")
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var scene struct {
		EntityID, AssertionConsumer, SingleLogout, RequestID string
		At                                                   time.Time
	}
	if err := json.Unmarshal(read("scene.json"), &scene); err != nil {
		t.Fatal(err)
	}
	key, err := saml.ParseKey(read("our-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	idp, err := saml.ParseMetadata(read("metadata.xml"))
	if err != nil {
		t.Fatal(err)
	}
	r := recording{responses: map[string][]byte{}, Scene: samltest.Scene{IdP: idp, RequestID: scene.RequestID, Now: scene.At, SP: saml.ServiceProvider{
		EntityID: scene.EntityID, AssertionConsumer: scene.AssertionConsumer, SingleLogout: scene.SingleLogout, Keys: []saml.Key{key}, AllowCBC: true}}}
	for _, name := range []string{"signed-response", "signed-assertion", "signed-both", "encrypted"} {
		r.responses[name] = read(name + ".xml")
	}
	_, r.logout, _ = strings.Cut(string(read("logout-request.txt")), "?")
	return r
}

// said is what every recorded response says about its person.
func said() map[string][]string {
	attributes := map[string][]string{}
	for _, a := range samltest.Shapes["memberOf"] {
		attributes[a.Name] = a.Values
	}
	return attributes
}

func TestRecordedResponsesOfSimpleSAMLphpAreAccepted(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	for name, document := range r.responses {
		a, err := saml.AcceptXML(r.SP, r.IdP, document, r.RequestID, r.Now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(said(), a.Attributes); diff != "" {
			t.Errorf("%s: attributes (-want +got):\n%s", name, diff)
		}
	}
	m, err := r.SP.ReadLogout(r.IdP, http.MethodGet, r.logout, nil, r.Now)
	if err != nil || !m.Request || m.NameID.Value == "" {
		t.Errorf("logout: %+v, %v", m, err)
	}
}

// FuzzAccept puts anything to the gate. Nothing may panic, and what is accepted says what the identity provider said.
func FuzzAccept(f *testing.F) {
	r := recorded(f)
	for _, document := range r.responses {
		f.Add(document)
	}
	for _, text := range []string{"", "<", "<a/>", `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`, "<!DOCTYPE a><a/>"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		a, err := saml.AcceptXML(r.SP, r.IdP, document, r.RequestID, r.Now)
		if err != nil {
			return
		}
		if diff := cmp.Diff(said(), a.Attributes); diff != "" || a.Issuer != r.IdP.EntityID || a.InResponseTo != r.RequestID {
			t.Errorf("accepted: %+v", a)
		}
	})
}

// FuzzLogout puts anything to the reader of logout messages.
func FuzzLogout(f *testing.F) {
	r := recorded(f)
	f.Add(r.logout)
	f.Add("SAMLResponse=a&SigAlg=b&Signature=c")
	f.Add("SAMLRequest=a&SAMLResponse=a")
	f.Fuzz(func(t *testing.T, query string) {
		m, err := saml.ReadLogoutRaw(r.SP, r.IdP, http.MethodGet, query, nil, r.Now)
		if err == nil && (!m.Request || m.RelayState != relayOf(query)) {
			t.Errorf("accepted: %+v", m)
		}
	})
}

func relayOf(query string) string {
	for part := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(part, "RelayState="); ok {
			return value
		}
	}
	return ""
}

// FuzzMetadata reads anything as metadata.
func FuzzMetadata(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "simplesamlphp", "metadata.xml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, document []byte) {
		idp, err := saml.ParseMetadata(document)
		if err == nil && (idp.EntityID == "" || len(idp.Certificates) == 0 || idp.SingleSignOn == "") {
			t.Errorf("read as metadata: %+v", idp)
		}
	})
}
