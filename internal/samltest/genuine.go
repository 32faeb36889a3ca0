package samltest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/saml"
)

// GenuineKinds are the kinds that the foreign identity provider can make.
var GenuineKinds = []Kind{SignedResponse, SignedAssertion, SignedBoth, EncryptedBoth}

// Genuine returns good responses of the foreign identity provider, one of each kind, with its keys, as bases for attacks. xmlsec1 has believed each of their
// signatures. The identity provider runs only while they are made; its files are in dir.
func Genuine(ctx context.Context, dir string, kinds ...Kind) ([]Base, error) {
	person := Person{User: "rosa", Password: "tamarack", Attributes: Shapes["memberOf"]}
	foreign, err := StartIdentityProvider(ctx, filepath.Join(dir, "idp"), person)
	if err != nil {
		return nil, err
	}
	defer foreign.Stop()
	now := time.Now().UTC().Truncate(time.Second)
	actors, err := NewActors(dir, now)
	if err != nil {
		return nil, err
	}
	actors.IdP = foreign.Keys()
	if actors.Expired, err = certify(dir, "expired", actors.IdP.Private, now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)); err != nil {
		return nil, err
	}
	scene := NewScene(actors, now)
	metadata, err := foreign.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	if scene.IdP, err = saml.ParseMetadata(metadata); err != nil {
		return nil, err
	}
	var bases []Base
	for _, kind := range kinds {
		b, err := genuine(ctx, foreign, scene, actors, kind, person)
		if err != nil {
			return nil, fmt.Errorf("genuine response (%s): %w", kind, err)
		}
		bases = append(bases, b)
	}
	return bases, nil
}

func genuine(ctx context.Context, foreign *IdentityProvider, scene Scene, actors Actors, kind Kind, person Person) (Base, error) {
	scene.SP.AllowCBC = kind.Encrypt // this identity provider knows nothing else
	b := Base{Name: "genuine " + kind.String(), Scene: scene, Actors: actors, Kind: kind, Signing: Signing{Style: Style{Signature: "ds"}}, Encryption: Encryption{Recipient: actors.SP}}
	err := foreign.Register(Registration{Metadata: scene.SP.Metadata(), SignResponse: kind.SignResponse, SignAssertion: kind.SignAssertion, Encrypt: kind.Encrypt})
	if err != nil {
		return b, err
	}
	browser, err := NewBrowser(scene.SP.AssertionConsumer)
	if err != nil {
		return b, err
	}
	address, err := scene.SP.SignIn(scene.IdP, scene.RequestID, "", scene.Now)
	if err != nil {
		return b, err
	}
	page, err := browser.Open(ctx, address)
	if err != nil {
		return b, err
	}
	form, err := browser.SignIn(ctx, page, person)
	if err != nil {
		return b, err
	}
	if b.Document, err = base64.StdEncoding.DecodeString(form.Fields.Get("SAMLResponse")); err != nil {
		return b, err
	}
	if b.Plain, err = b.laidOpen(); err != nil {
		return b, err
	}
	if b.Assertion, err = scene.SP.Accept(scene.IdP, form.Fields.Get("SAMLResponse"), scene.RequestID, scene.Now); err != nil {
		return b, err
	}
	want := map[string][]string{}
	for _, a := range person.Attributes {
		want[a.Name] = a.Values
	}
	if diff := cmp.Diff(want, b.Assertion.Attributes); diff != "" {
		return b, errors.New("attributes (-want +got):\n" + diff)
	}
	return b, nil
}

// laidOpen has xmlsec1 check the signatures of the response and decrypt it, and returns it without signatures and encryption.
func (b Base) laidOpen() ([]byte, error) {
	certificate := b.Actors.IdP.CertificateFile
	if b.Kind.SignResponse {
		if err := Verify(b.Document, OfRoot, certificate); err != nil {
			return nil, err
		}
	}
	open := b.Document
	if b.Kind.Encrypt {
		decrypted, err := Decrypt(open, b.Actors.SP.PrivateFile)
		if err != nil {
			return nil, err
		}
		open = trimmed(decrypted)
	}
	if b.Kind.SignAssertion {
		if err := Verify(open, OfAssertion, certificate); err != nil {
			return nil, err
		}
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(open); err != nil {
		return nil, err
	}
	r := doc.Root()
	if wrapper := r.SelectElement("EncryptedAssertion"); wrapper != nil {
		r.AddChild(wrapper.SelectElement("Assertion"))
		r.RemoveChild(wrapper)
	}
	removeSignature(r)
	removeSignature(assertionOf(r))
	return doc.WriteToBytes()
}
