package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ticketmill/ticketmill/dashboards/pgwire"
	"github.com/ticketmill/ticketmill/dashboards/web"
	"github.com/ticketmill/ticketmill/transform/warehouse"
	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

func newServe(a *app) *cobra.Command {
	var pg, http string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serves the newest published snapshot, read-only, to Grafana, psql, BI tools and browsers",
		Long: `Serves the newest published snapshot over the PostgreSQL wire protocol, for
Grafana's own PostgreSQL data source, psql and BI tools, and over HTTP: a start
page with the newest report, its downloads, the tables as JSON, CSV and Parquet,
what match tells (POST /v1/match), an OpenAPI description (/v1/openapi.json),
metrics for Prometheus (/metrics), /healthz and /readyz. A snapshot published
meanwhile is picked up within a second; queries in flight finish on the one they
began with. Everything is read-only. Times are in UTC.

Without serve.users in the configuration only this machine can connect, as user
ticketmill without a password. Any other address demands users and, unless
allow_plaintext says otherwise, TLS. A viewer reads marts and ops; an analyst also
what is published of texts. Every statement is written down under
home/state/access, and the next build shows it as ops.access.

serve.memory (default 2GB) bounds the engine; on Linux the process's address space
is bounded too, at twice that beside what it has at the start, since some functions
ignore the engine's bound. SIGINT or SIGTERM ends it when running statements have
ended, at most ten seconds later.`,
		Example: `  ticketmill serve
  ticketmill serve --pg 0.0.0.0:5433
  psql "host=127.0.0.1 port=5433 user=ticketmill dbname=ticketmill" -c "SELECT count(*) FROM marts.ticket"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			if pg != "" {
				c.Serve.PG = pg
			}
			if http != "" {
				c.Serve.HTTP = http
			}
			if err := c.Serve.validate(); err != nil {
				return usageError{err}
			}
			return a.serve(cmd.Context(), c, limitAddressSpace)
		},
	}
	cmd.Flags().StringVar(&pg, "pg", "", "address of the PostgreSQL wire protocol (default: serve.pg, else "+defaultServePG+")")
	cmd.Flags().StringVar(&http, "http", "", "address of HTTP (default: serve.http, else "+defaultServeHTTP+")")
	return cmd
}

// service is what serves results: over the wire protocol, and whatever else
// joins it.
type service struct {
	app      *app
	config   *Config
	engine   *warehouse.Server
	accounts []account // none: localUser, who needs no password
	attempts *attempts
	audit    *auditLog
	metrics  *web.Metrics
}

// serve serves until the context ends, and then drains. limit bounds the whole
// process beside what it has.
func (a *app) serve(ctx context.Context, c *Config, limit func(bytes uint64) error) (err error) {
	s, err := a.newService(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	certificate, err := c.Serve.tlsConfig()
	if err != nil {
		return err
	}
	pg, err := s.newPG(certificate)
	if err != nil {
		return err
	}
	at, err := s.listen(ctx)
	if err != nil {
		return err
	}
	pages, err := s.newHTTP(s.connect(at.pg.Addr()))
	if err != nil {
		return errors.Join(err, at.close())
	}
	if err := limit(2 * memoryBytes(c.Serve.memory())); err != nil {
		a.log.Warn("address_space_not_bounded", "error", err)
	}
	if err := s.announce(at, certificate != nil); err != nil {
		return errors.Join(err, at.close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { s.engine.Follow(ctx); return nil })
	group.Go(func() error { s.audit.keep(ctx); return nil })
	group.Go(func() error { return pg.Serve(ctx, at.pg) })
	group.Go(func() error { return pages.Serve(ctx, at.http, certificate) })
	return group.Wait()
}

// listeners are where is served.
type listeners struct{ pg, http net.Listener }

func (l listeners) close() error { return errors.Join(l.pg.Close(), l.http.Close()) }

// listen opens both addresses.
func (s *service) listen(ctx context.Context) (l listeners, err error) {
	pg, http := s.config.Serve.addresses()
	if l.pg, err = (&net.ListenConfig{}).Listen(ctx, "tcp", pg); err != nil {
		return l, environmentError{fmt.Errorf("serve.pg: %w", err)}
	}
	if l.http, err = (&net.ListenConfig{}).Listen(ctx, "tcp", http); err != nil {
		return l, errors.Join(environmentError{fmt.Errorf("serve.http: %w", err)}, l.pg.Close())
	}
	return l, nil
}

// newService opens what serving needs. close gives it back.
func (a *app) newService(ctx context.Context, c *Config) (*service, error) {
	accounts, err := a.serveAccounts(c)
	if err != nil {
		return nil, err
	}
	engine, err := warehouse.OpenServer(ctx, warehouse.ServerOptions{
		Dir: c.publishedDir(), Memory: c.Serve.memory(), Threads: runtime.GOMAXPROCS(0),
		Timeout: time.Duration(c.Serve.StatementTimeout), Now: a.now, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	audit, err := openAudit(c.accessDir(), a.now, a.log)
	if err != nil {
		engine.Close()
		return nil, environmentError{err}
	}
	return &service{app: a, config: c, engine: engine, accounts: accounts, attempts: newAttempts(a.now), audit: audit, metrics: web.NewMetrics()}, nil
}

func (s *service) close() error {
	s.engine.Close()
	return errors.Join(s.app.desks.close(), s.audit.close())
}

// newPG makes the server of the wire protocol; without a certificate it does no
// TLS.
func (s *service) newPG(certificate *tls.Config) (*pgwire.Server, error) {
	c := pgwire.Config{
		Engine: pgEngine{s.engine}, TLS: certificate, RequireTLS: certificate != nil && !s.config.Serve.AllowPlaintext,
		MaxConnections: s.config.Serve.MaxConnections, StatementTimeout: time.Duration(s.config.Serve.StatementTimeout),
		Attempts: s.attempts, Audit: s.auditPG, Now: s.app.now, Log: s.app.log,
	}
	for _, u := range s.accounts {
		c.Users = append(c.Users, pgwire.User{Name: u.name, Password: u.password, Role: string(u.role)})
	}
	if len(c.Users) == 0 {
		c.Trust = pgwire.User{Name: localUser, Role: string(pgcat.Viewer)}
	}
	return pgwire.New(c)
}

// connect is how psql reaches the wire protocol.
func (s *service) connect(pg net.Addr) string {
	user := localUser
	if len(s.accounts) > 0 {
		user = s.accounts[0].name
	}
	host, port, err := net.SplitHostPort(pg.String())
	if err != nil {
		return ""
	}
	return fmt.Sprintf("psql \"host=%s port=%s user=%s dbname=%s\"", host, port, user, pgcat.Database)
}

// announce prints where is served.
func (s *service) announce(at listeners, withTLS bool) error {
	generation, _ := s.engine.Generation()
	scheme := "http"
	if withTLS {
		scheme = "https"
	}
	_, err := fmt.Fprintf(s.app.stdout, "serving %s\nPostgreSQL  %s  (%s)\nHTTP        %s://%s/\n",
		filepath.Base(generation), at.pg.Addr(), s.connect(at.pg.Addr()), scheme, at.http.Addr())
	return err
}
