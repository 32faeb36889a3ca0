package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/ProtonMail/go-crypto/openpgp"
	"golang.org/x/crypto/ssh"

	"scorehouse/internal/fault"
	"scorehouse/internal/keyring"
	"scorehouse/internal/synth"
)

// vendorAccount is the SFTP account of the demo's vendor.
const vendorAccount = "vendor"

// vendor is the sender's side of the demo: a test vendor with an OpenPGP key, an SSH key and an SFTP account. Its files lie in
// the vendor directory of the demo's home, so that whoever tries the demo can send packages too:
//
//	ssh_key, ssh_key.pub    for the SFTP account
//	ssh_config, known_hosts sftp -F ssh_config scorehouse
//	vendor-private.asc      signs packages
//	loader-public.asc       packages are encrypted to it
//	example.tar.gz.gpg      a package to send
type vendor struct {
	dir    string
	signer *openpgp.Entity // private
	loader *openpgp.Entity // public
	ssh    ssh.Signer
}

func (v *vendor) path(name string) string { return filepath.Join(v.dir, name) }

// openVendor reads the vendor's keys; at the first start it makes them and registers key and account. A start that was interrupted
// begins again with new keys: "complete" is written last.
func openVendor(ctx context.Context, d *demo) (*vendor, error) {
	v := &vendor{dir: filepath.Join(d.home, "vendor")}
	if !fileExists(v.path("complete")) {
		if err := v.make(ctx, d); err != nil {
			return nil, fmt.Errorf("make the demo's vendor: %w", err)
		}
	}
	if err := v.read(); err != nil {
		return nil, fmt.Errorf("read the demo's vendor: %w", err)
	}
	accounts, err := d.app.accounts()
	if err != nil {
		return nil, err
	}
	line := string(ssh.MarshalAuthorizedKey(v.ssh.PublicKey()))
	for id, account := range vendorAccounts {
		if err := accounts.AddAccount(ctx, account, id, []string{line}); err != nil && !fault.Is(err, fault.Conflict) {
			return nil, fmt.Errorf("add the demo's SFTP account: %w", err)
		}
	}
	return v, v.trust(ctx, d)
}

func (v *vendor) make(ctx context.Context, d *demo) error {
	keys, err := synth.GenerateKeys()
	if err != nil {
		return err
	}
	ring, err := d.app.keyring()
	if err != nil {
		return err
	}
	loaderPrivate, err := synth.ArmorPrivate(keys.Loader, nil)
	if err != nil {
		return err
	}
	if _, err := ring.Import(ctx, keyring.ImportRequest{Key: loaderPrivate, Role: keyring.Loader}); err != nil {
		return err
	}
	senderPublic, err := synth.ArmorPublic(keys.Sender)
	if err != nil {
		return err
	}
	senderPrivate, err := synth.ArmorPrivate(keys.Sender, nil)
	if err != nil {
		return err
	}
	loaderPublic, err := synth.ArmorPublic(keys.Loader)
	if err != nil {
		return err
	}
	sshPrivate, sshPublic, err := newSSHKey()
	if err != nil {
		return err
	}
	return v.write(map[string][]byte{
		"vendor-private.asc": senderPrivate,
		"vendor-public.asc":  senderPublic,
		"loader-public.asc":  loaderPublic,
		"ssh_key":            sshPrivate,
		"ssh_key.pub":        sshPublic,
	})
}

// trust lets the vendor's packages be opened, of both states.
func (v *vendor) trust(ctx context.Context, d *demo) error {
	ring, err := d.app.keyring()
	if err != nil {
		return err
	}
	defer ring.Close()
	public, err := os.ReadFile(v.path("vendor-public.asc"))
	if err != nil {
		return err
	}
	for id := range vendorAccounts {
		if _, err := ring.Import(ctx, keyring.ImportRequest{Key: public, Role: keyring.Sender, Tenant: id}); err != nil {
			return fmt.Errorf("trust the demo's vendor: %w", err)
		}
	}
	return nil
}

func (v *vendor) write(files map[string][]byte) error {
	if err := os.MkdirAll(v.dir, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(v.path(name), content, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(v.path("complete"), nil, 0o600)
}

func (v *vendor) read() error {
	var err error
	if v.signer, err = synth.ReadKey(v.path("vendor-private.asc")); err != nil {
		return err
	}
	if v.loader, err = synth.ReadKey(v.path("loader-public.asc")); err != nil {
		return err
	}
	key, err := os.ReadFile(v.path("ssh_key"))
	if err != nil {
		return err
	}
	v.ssh, err = ssh.ParsePrivateKey(key)
	return err
}

func newSSHKey() (private, public []byte, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "scorehouse demo vendor")
	if err != nil {
		return nil, nil, err
	}
	sshPublic, err := ssh.NewPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(block), ssh.MarshalAuthorizedKey(sshPublic), nil
}

// writeSSHConfig lets the stock client connect with `sftp -F ssh_config scorehouse`, knowing the server's key.
func (v *vendor) writeSSHConfig(address string, hostKey ssh.PublicKey) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	config := fmt.Sprintf("Host scorehouse\n  HostName %s\n  Port %s\n  User %s\n  IdentityFile %s\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n  StrictHostKeyChecking yes\n",
		host, port, vendorAccount, v.path("ssh_key"), v.path("known_hosts"))
	known := fmt.Sprintf("[%s]:%s %s", host, port, ssh.MarshalAuthorizedKey(hostKey))
	return errors.Join(os.WriteFile(v.path("ssh_config"), []byte(config), 0o600), os.WriteFile(v.path("known_hosts"), []byte(known), 0o600))
}
