package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"scorehouse/internal/batch"
	"scorehouse/internal/synth"
	"scorehouse/internal/tenant"
)

// accounts of the demo's vendor, one per state.
var vendorAccounts = map[tenant.ID]string{demoTenant.ID: vendorAccount, secondTenant.ID: vendorAccount + "-" + string(secondTenant.ID)}

// deliver sends the packages of both states that have not arrived yet, by SFTP as a vendor does, and waits until all are published.
func (d *demo) deliver(ctx context.Context, state *synth.State) error {
	d.show.step("data")
	pool, err := d.app.control()
	if err != nil {
		return err
	}
	batches := batch.NewStore(pool)
	arrived, err := d.arrivedFiles(ctx, batches)
	if err != nil {
		return err
	}
	missing := make(map[tenant.ID][]synth.Package)
	ours := make(map[string]bool)
	for id, s := range map[tenant.ID]*synth.State{demoTenant.ID: state, secondTenant.ID: d.secondState()} {
		for p := range s.Packages() {
			ours[p.Name] = true
			if !arrived[p.Name] {
				missing[id] = append(missing[id], p)
			}
		}
	}
	sending := make(chan error, 1)
	sendCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		sending <- errors.Join(d.send(sendCtx, secondTenant.ID, missing[secondTenant.ID]), d.send(sendCtx, demoTenant.ID, missing[demoTenant.ID]))
	}()
	rows, err := d.watch(ctx, batches, ours, sending)
	if err != nil {
		return err
	}
	d.show.done("%d packages, %d results published", len(ours), rows)
	return d.vendor.writeExample(state)
}

func (d *demo) arrivedFiles(ctx context.Context, batches *batch.Store) (map[string]bool, error) {
	list, err := batches.List(ctx, batch.Filter{})
	if err != nil {
		return nil, err
	}
	files := make(map[string]bool, len(list))
	for _, b := range list {
		files[b.File] = true
	}
	return files, nil
}

// send uploads packages over one connection, each under a name that says unfinished until it is whole.
func (d *demo) send(ctx context.Context, id tenant.ID, packages []synth.Package) error {
	if len(packages) == 0 {
		return nil
	}
	connection, err := ssh.Dial("tcp", d.roles.landingAddress(), &ssh.ClientConfig{
		User:            vendorAccounts[id],
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(d.vendor.ssh)},
		HostKeyCallback: ssh.FixedHostKey(d.roles.landing.HostKey()),
		Timeout:         10 * time.Second,
	})
	if err != nil {
		return fmt.Errorf("sign in to the landing zone: %w", err)
	}
	defer connection.Close()
	client, err := sftp.NewClient(connection)
	if err != nil {
		return fmt.Errorf("sign in to the landing zone: %w", err)
	}
	defer client.Close()
	for _, p := range packages {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := d.upload(client, p); err != nil {
			return fmt.Errorf("send %s: %w", p.Name, err)
		}
	}
	return nil
}

func (d *demo) upload(client *sftp.Client, p synth.Package) error {
	path := "/file_drop/" + p.Name
	f, err := client.Create(path + ".partial")
	if err != nil {
		return err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(synth.Pack(writer, p, d.vendor.signer, d.vendor.loader)) }()
	_, err = f.ReadFrom(reader)
	if err := errors.Join(err, reader.Close(), f.Close()); err != nil {
		return err
	}
	return client.PosixRename(path+".partial", path)
}

// watch shows how far the packages of the given names are until all have come to an end. It returns the number of published results.
func (d *demo) watch(ctx context.Context, batches *batch.Store, ours map[string]bool, sending <-chan error) (int64, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := batches.List(ctx, batch.Filter{})
		if err != nil {
			return 0, err
		}
		ended, rows := make(map[string]bool), int64(0)
		var problems []string
		for _, b := range list {
			switch {
			case !ours[b.File]: // sent by whoever tries the demo
			case b.Status == batch.Published:
				ended[b.File] = true
				rows += *b.RowsAccepted
			case b.Status.Final() || b.Status == batch.Failed:
				ended[b.File] = true
				problems = append(problems, fmt.Sprintf("batch %d (%s) is %s: %s", b.ID, b.File, b.Status, b.Reason))
			}
		}
		if len(ended) == len(ours) {
			d.notes = append(d.notes, problems...)
			return rows, nil
		}
		d.show.note("%d of %d packages published, %d results", len(ended), len(ours), rows)
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-d.cluster.Done():
			return 0, errors.New("PostgreSQL has ended")
		case err := <-d.roles.ended:
			return 0, err
		case err := <-sending:
			if err != nil {
				return 0, err
			}
			sending = nil
		case <-tick.C:
		}
	}
}
