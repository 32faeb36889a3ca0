package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/keyring"
	"scorehouse/internal/tenant"
)

type keyCommand struct {
	Import keyImportCommand `cmd:"" help:"Take in an OpenPGP key: the loader's private key, or a sender's public key."`
	List   keyListCommand   `cmd:"" help:"List keys."`
	Remove keyRemoveCommand `cmd:"" help:"Take a key out of use at once."`
	Export keyExportCommand `cmd:"" help:"Print the loader's public keys, to which senders encrypt."`
}

// keyring opens the ring of the installation; its directory is made when it is missing.
func (a *app) keyring() (*keyring.Ring, error) {
	pool, err := a.control()
	if err != nil {
		return nil, err
	}
	cfg, err := a.configuration()
	if err != nil {
		return nil, err
	}
	if err := keyring.Init(cfg.Keys.Directory); err != nil {
		return nil, err
	}
	return keyring.Open(pool, cfg.Keys.Directory)
}

type keyImportCommand struct {
	File           string `arg:"" help:"File with the key, armored or binary."`
	Role           string `required:"" enum:"loader,sender" help:"loader (private key: opens packages) or sender (public key: signed them)."`
	Tenant         string `help:"Tenant whose packages the sender signs; required for senders."`
	PassphraseFile string `help:"File with the passphrase of a private key." placeholder:"FILE"`
	AllowWeak      bool   `help:"Accept this key although it is weaker than today's practice (RSA under 2048 bits, DSA, SHA-1 self-signature)."`
}

// Run imports the key. It works at once; nothing needs a restart.
func (c keyImportCommand) Run(a *app) error {
	request := keyring.ImportRequest{Role: keyring.Role(c.Role), Tenant: tenant.ID(c.Tenant), AllowWeak: c.AllowWeak}
	if (request.Role == keyring.Sender) != (c.Tenant != "") {
		return fault.New(fault.Invalid, "--tenant names whose packages a sender signs: give it with --role sender, and only then")
	}
	var err error
	if request.Key, err = readFile(c.File); err != nil {
		return err
	}
	if c.PassphraseFile != "" {
		if request.Passphrase, err = readFile(c.PassphraseFile); err != nil {
			return err
		}
	}
	ring, err := a.keyring()
	if err != nil {
		return err
	}
	defer ring.Close()
	var imported []keyring.Imported
	err = a.administer(audit.Event{Kind: audit.AdminKeyImport, Tenant: request.Tenant}, func(e *audit.Event) error {
		imported, err = ring.Import(a.ctx, request)
		for _, k := range imported {
			e.What.Object, e.What.Count = audit.ID(k.Fingerprint), len(imported)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range imported {
		fmt.Fprintf(a.stdout, "%s key %s (%s) is in use\n", k.Role, k.Fingerprint, strings.Join(k.UserIDs, ", "))
		if k.Note != "" {
			fmt.Fprintf(a.stdout, "  note: %s\n", k.Note)
		}
	}
	return nil
}

type keyListCommand struct {
	JSON bool `help:"Print an array of objects for machines."`
}

// Run prints the keys.
func (c keyListCommand) Run(a *app) error {
	ring, err := a.keyring()
	if err != nil {
		return err
	}
	defer ring.Close()
	list, err := ring.List(a.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, keysForMachines(list))
	}
	rows := make([][]string, 0, len(list))
	for _, k := range list {
		rows = append(rows, []string{
			string(k.Role), string(k.Tenant), k.Fingerprint, algorithmText(k), expiryText(k.ExpiresAt), strings.Join(k.UserIDs, ", "),
		})
	}
	printTable(a.stdout, []string{"ROLE", "TENANT", "FINGERPRINT", "ALGORITHM", "EXPIRES", "USER"}, rows)
	return nil
}

type keyLine struct {
	Role        keyring.Role `json:"role"`
	Tenant      tenant.ID    `json:"tenant"`
	Fingerprint string       `json:"fingerprint"`
	UserIDs     []string     `json:"user_ids"`
	Algorithm   string       `json:"algorithm"`
	Bits        int          `json:"bits"`
	AllowWeak   bool         `json:"allow_weak"`
	ExpiresAt   *time.Time   `json:"expires_at"`
	ImportedAt  time.Time    `json:"imported_at"`
}

func keysForMachines(list []keyring.Info) []keyLine {
	lines := make([]keyLine, 0, len(list))
	for _, k := range list {
		lines = append(lines, keyLine(k))
	}
	return lines
}

func algorithmText(k keyring.Info) string {
	text := k.Algorithm
	if strings.HasPrefix(text, "RSA") || strings.HasPrefix(text, "DSA") { // the others tell their size by their name
		text += " " + strconv.Itoa(k.Bits)
	}
	if k.AllowWeak {
		text += " (weak ones accepted)"
	}
	return text
}

func expiryText(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.Local().Format("2006-01-02")
}

type keyRemoveCommand struct {
	Fingerprint string `arg:"" help:"Fingerprint of the key, as key list shows it."`
	Role        string `required:"" enum:"loader,sender" help:"What the key is for: loader or sender."`
	Tenant      string `help:"Tenant of the sender; required for senders."`
}

// Run removes the key.
func (c keyRemoveCommand) Run(a *app) error {
	if (c.Role == string(keyring.Sender)) != (c.Tenant != "") {
		return fault.New(fault.Invalid, "--tenant names whose packages the sender signs: give it with --role sender, and only then")
	}
	ring, err := a.keyring()
	if err != nil {
		return err
	}
	defer ring.Close()
	e := audit.Event{Kind: audit.AdminKeyRemove, Tenant: tenant.ID(c.Tenant), What: audit.What{Object: audit.ID(c.Fingerprint)}}
	err = a.administer(e, func(*audit.Event) error {
		return ring.Remove(a.ctx, keyring.Role(c.Role), tenant.ID(c.Tenant), c.Fingerprint)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s key %s is out of use\n", c.Role, c.Fingerprint)
	return nil
}

type keyExportCommand struct {
	Role string `enum:"loader" default:"loader" help:"Whose keys: loader."`
}

// Run prints the loader's public keys, armored.
func (keyExportCommand) Run(a *app) error {
	ring, err := a.keyring()
	if err != nil {
		return err
	}
	defer ring.Close()
	text, err := ring.PublicKeys(a.ctx)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return fault.New(fault.NotFound, "the loader has no key yet: scorehouse key import FILE --role loader")
	}
	_, err = a.stdout.Write(text)
	return err
}
