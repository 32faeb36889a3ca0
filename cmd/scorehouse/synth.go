package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"

	"scorehouse/internal/fault"
	"scorehouse/internal/synth"
)

type synthCommand struct {
	Out      string `required:"" help:"Directory to write the packages to; made when missing." placeholder:"DIR"`
	Students int    `help:"Students of the state." default:"30000"`
	Seed     uint64 `help:"Which state: the same seed gives the same data." default:"1"`
	Blocks   int    `help:"Interim blocks per subject and grade." default:"2"`
	Signer   string `help:"Armored private OpenPGP key of the sender, without passphrase. Default: a new one, written beside the packages." placeholder:"FILE"`
	Loader   string `help:"Armored public OpenPGP key of the loader. Default: a new one, written beside the packages." placeholder:"FILE"`
}

// Run writes every package of the state.
func (c synthCommand) Run(a *app) error {
	if c.Students < synth.MinStudents {
		return fault.New(fault.Invalid, "--students %d: use at least %d", c.Students, synth.MinStudents)
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	show := newProgress(a.stdout)
	show.step("packages")
	began := time.Now()
	var last synth.Progress
	state := synth.New(synth.Config{Seed: c.Seed, Students: c.Students, Blocks: c.Blocks})
	err = synth.WriteAll(a.ctx, c.Out, state, keys, func(p synth.Progress) {
		last = p
		show.note("%d of %d, %d rows", p.Done, p.Packages, p.Rows)
	})
	if err != nil {
		return err
	}
	rate := float64(last.Rows) / time.Since(began).Seconds()
	show.done("%d packages, %d rows, %s, %.0f rows/s, in %s", last.Done, last.Rows, bytesText(last.Bytes), rate, c.Out)
	return nil
}

// keys reads the keys named, and makes the others, whose private and public parts it writes beside the packages.
func (c synthCommand) keys() (synth.Keys, error) {
	keys, err := synth.GenerateKeys()
	if err != nil {
		return keys, err
	}
	for _, k := range []struct {
		named, name string
		entity      **openpgp.Entity
	}{{c.Signer, "sender", &keys.Sender}, {c.Loader, "loader", &keys.Loader}} {
		if k.named != "" {
			if *k.entity, err = synth.ReadKey(k.named); err != nil {
				return keys, fault.Wrap(fault.Invalid, err, "read key")
			}
			continue
		}
		if err := writeKeyPair(c.Out, k.name, *k.entity); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

func writeKeyPair(dir, name string, entity *openpgp.Entity) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.Wrap(fault.Invalid, err, "make %s", dir)
	}
	private, err := synth.ArmorPrivate(entity, nil)
	if err != nil {
		return err
	}
	public, err := synth.ArmorPublic(entity)
	if err != nil {
		return err
	}
	for file, text := range map[string][]byte{name + "-private.asc": private, name + "-public.asc": public} {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			return fmt.Errorf("write key: %w", err)
		}
	}
	return nil
}
