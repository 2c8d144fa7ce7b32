package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/ticketmill/ticketmill/dashboards/web"
	"github.com/ticketmill/ticketmill/ingest/privacy"
	"github.com/ticketmill/ticketmill/transform/warehouse/pgcat"
)

// ServeConfig says where results are served, to whom and with what.
type ServeConfig struct {
	PG   string `yaml:"pg"`
	HTTP string `yaml:"http"`
	// Users may connect. Without any, only this machine can, without a password.
	Users          []ServeUser `yaml:"users"`
	TLS            ServeTLS    `yaml:"tls"`
	AllowPlaintext bool        `yaml:"allow_plaintext"`
	// Memory bounds the engine, and with it the process; default 2GB.
	Memory           string  `yaml:"memory"`
	StatementTimeout Seconds `yaml:"statement_timeout"`
	MaxConnections   int     `yaml:"max_connections"`
}

// ServeUser is one who may connect.
type ServeUser struct {
	Name     string         `yaml:"name"`
	Password privacy.Secret `yaml:"password"`
	Role     string         `yaml:"role"` // viewer or analyst
}

// ServeTLS names the files of a certificate, PEM.
type ServeTLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// What holds where the configuration is silent.
const (
	defaultServePG     = "127.0.0.1:5433"
	defaultServeHTTP   = "127.0.0.1:8080"
	defaultServeMemory = "2GB"
	// localUser needs no password, on a server that only this machine reaches.
	localUser = "ticketmill"
)

// addresses are where to listen.
func (s *ServeConfig) addresses() (pg, http string) {
	pg, http = s.PG, s.HTTP
	if pg == "" {
		pg = defaultServePG
	}
	if http == "" {
		http = defaultServeHTTP
	}
	return pg, http
}

func (s *ServeConfig) memory() string {
	if s.Memory == "" {
		return defaultServeMemory
	}
	return s.Memory
}

func (s *ServeConfig) validate() error {
	switch {
	case s.Memory != "" && !memorySize.MatchString(s.Memory):
		return fmt.Errorf("serve.memory: %q is no size; write 3GB or 800MB", s.Memory)
	case s.MaxConnections < 0:
		return fmt.Errorf("serve.max_connections: %d is no number of connections", s.MaxConnections)
	case (s.TLS.Cert == "") != (s.TLS.Key == ""):
		return errors.New("serve.tls: cert and key belong together")
	}
	if err := s.validateUsers(); err != nil {
		return err
	}
	pg, http := s.addresses()
	return errors.Join(s.validateAddress("pg", pg), s.validateAddress("http", http))
}

func (s *ServeConfig) validateUsers() error {
	seen := map[string]bool{}
	for i, u := range s.Users {
		switch {
		case !sourceName.MatchString(u.Name):
			return fmt.Errorf("serve.users[%d].name: letters, digits, - and _ only", i)
		case seen[u.Name]:
			return fmt.Errorf("serve.users[%d].name: %s is there twice", i, u.Name)
		case u.Password == "":
			return fmt.Errorf("serve.users[%d] (%s): a password is missing; write ${VARIABLE}", i, u.Name)
		case u.Role != string(pgcat.Viewer) && u.Role != string(pgcat.Analyst):
			return fmt.Errorf("serve.users[%d] (%s): role: %q is neither viewer nor analyst", i, u.Name, u.Role)
		}
		seen[u.Name] = true
	}
	return nil
}

// validateAddress keeps data from being served to a network without passwords,
// or with passwords and data in the clear, by mistake.
func (s *ServeConfig) validateAddress(key, address string) error {
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		return fmt.Errorf("serve.%s: %q is no address such as 127.0.0.1:5433", key, address)
	}
	switch {
	case web.IsLoopback(host):
		return nil
	case len(s.Users) == 0:
		return fmt.Errorf("serve.%s: %s can be reached from elsewhere, so serve.users must name who may connect", key, address)
	case s.TLS.Cert == "" && !s.AllowPlaintext:
		return fmt.Errorf("serve.%s: %s can be reached from elsewhere, so serve.tls is needed (or allow_plaintext: true, where the network is safe)", key, address)
	}
	return nil
}

// tlsConfig loads the certificate; nil without one.
func (s *ServeConfig) tlsConfig() (*tls.Config, error) {
	if s.TLS.Cert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(s.TLS.Cert, s.TLS.Key)
	if err != nil {
		return nil, environmentError{fmt.Errorf("serve.tls: %w", err)}
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}

// account is a user with the password resolved.
type account struct {
	name, password string
	role           pgcat.Role
}

// serveAccounts resolves the users' passwords.
func (a *app) serveAccounts(c *Config) ([]account, error) {
	var all []account
	for _, u := range c.Serve.Users {
		password, err := expandText("serve users "+u.Name+" password", u.Password.Reveal(), a.env)
		if err != nil {
			return nil, environmentError{err}
		}
		all = append(all, account{u.Name, password, pgcat.Role(u.Role)})
	}
	return all, nil
}

// memoryBytes is a size such as 800MB or 1.5GiB in bytes; the configuration has
// been validated.
func memoryBytes(size string) uint64 {
	i := strings.LastIndexAny(size, "0123456789")
	number, err := strconv.ParseFloat(size[:i+1], 64)
	if err != nil {
		return 0
	}
	unit := strings.ToUpper(strings.TrimSpace(size[i+1:]))
	base := 1000.0
	if strings.Contains(unit, "I") {
		base = 1024
	}
	for _, u := range "KMGT" {
		if number *= base; rune(unit[0]) == u {
			break
		}
	}
	return uint64(number)
}
