package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/ticketmill/ticketmill/models/demand/nightly"
	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// desk is what requests are matched with: all of one snapshot, opened once, since
// opening takes longer than matching.
type desk struct {
	version   string
	matcher   *nightly.Matcher // nil: no build has found demand types yet
	published *warehouse.DB
	warehouse *warehouse.DB // nil: it is not on this machine
}

func (d *desk) close() error {
	err := d.published.Close()
	if d.warehouse != nil {
		err = errors.Join(err, d.warehouse.Close())
	}
	return err
}

// desks keeps the newest desk between the requests of a server. Any number are
// served at it at once; the first request that finds another snapshot opens that,
// when those before it have left.
type desks struct {
	mu   sync.RWMutex // read: the desk is in use
	open *desk
}

// enter gives the desk of the newest snapshot until leave is called.
func (k *desks) enter(ctx context.Context, a *app, c *Config) (d *desk, leave func(), err error) {
	for {
		version, err := a.deskVersion(c)
		if err != nil {
			return nil, nil, err
		}
		k.mu.RLock()
		if k.open != nil && k.open.version == version {
			return k.open, k.mu.RUnlock, nil
		}
		k.mu.RUnlock()
		if err := k.change(ctx, a, c, version); err != nil {
			return nil, nil, err
		}
	}
}

// change opens the desk of a version in place of the one that is open.
func (k *desks) change(ctx context.Context, a *app, c *Config, version string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open != nil && k.open.version == version {
		return nil // somebody was faster
	}
	next, err := a.openDesk(ctx, c, version)
	if err != nil {
		return err
	}
	old := k.open
	k.open = next
	if old != nil {
		return old.close()
	}
	return nil
}

// close ends serving.
func (k *desks) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open == nil {
		return nil
	}
	d := k.open
	k.open = nil
	return d.close()
}

// deskVersion changes with the snapshot and with what people decide of demand
// types.
func (a *app) deskVersion(c *Config) (string, error) {
	path, err := warehouse.Current(c.publishedDir())
	if err != nil {
		return "", err
	}
	remembered, err := a.demandMemory(c).version()
	return path + " " + remembered, err
}

func (a *app) openDesk(ctx context.Context, c *Config, version string) (d *desk, err error) {
	d = &desk{version: version}
	ctx = context.WithoutCancel(ctx) // others come after the request that opens it
	if d.matcher, err = a.matcher(ctx, c); err != nil {
		return nil, err
	}
	if d.published, err = openPublished(ctx, c); err != nil {
		return nil, err
	}
	if d.warehouse, err = c.openWarehouse(ctx); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(err, d.published.Close())
	}
	return d, nil
}

// matcher is nil where no build has found demand types yet.
func (a *app) matcher(ctx context.Context, c *Config) (*nightly.Matcher, error) {
	memory := a.demandMemory(c)
	state, err := memory.loadTypes(ctx)
	if err != nil || state == nil || len(state.Model) == 0 {
		return nil, err
	}
	decisions, err := memory.decisions(ctx)
	if err != nil {
		return nil, err
	}
	return nightly.NewMatcher(state, decisions, c.Build.Threads)
}

// openWarehouse opens the warehouse of the newest snapshot, whose views may read
// the folders. The error is os.ErrNotExist where it is gone.
func (c *Config) openWarehouse(ctx context.Context, folders ...string) (*warehouse.DB, error) {
	published, err := warehouse.Current(c.publishedDir())
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.warehouseDir(), filepath.Base(published))
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return warehouse.OpenReadOnly(ctx, path, warehouse.Options{Memory: c.Build.Memory, Threads: c.Build.Threads}, folders...)
}
