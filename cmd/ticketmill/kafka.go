package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketmill/ticketmill/ingest/kafka"
	"github.com/ticketmill/ticketmill/ingest/kafka/message"
	"github.com/ticketmill/ticketmill/ingest/landing"
	"github.com/ticketmill/ticketmill/ingest/privacy"
)

// KafkaConfig is what a source of kind kafka has besides its name.
type KafkaConfig struct {
	Brokers    []string               `yaml:"brokers"`
	Topics     []string               `yaml:"topics"`
	Format     string                 `yaml:"format"`  // of all topics
	Formats    map[string]string      `yaml:"formats"` // by topic
	SASL       SASLConfig             `yaml:"sasl"`
	TLS        TLSConfig              `yaml:"tls"`
	Registry   RegistryConfig         `yaml:"schema_registry"`
	Partitions string                 `yaml:"partitions"` // such as 0-7,9
	Shard      string                 `yaml:"shard"`      // such as 2/4
	Trackers   map[string]string      `yaml:"trackers"`   // whose webhooks these are: jira, github → source
	Tables     map[string]TableConfig `yaml:"tables"`     // of a help-desk database
	Land       LandConfig             `yaml:"land"`
}

// SASLConfig logs in to the brokers.
type SASLConfig struct {
	Mechanism string         `yaml:"mechanism"`
	User      privacy.Secret `yaml:"user"`
	Password  privacy.Secret `yaml:"password"`
}

// TLSConfig is `true`, or an object for certificates that the system does not
// know.
type TLSConfig struct {
	On         bool
	CA         string `yaml:"ca"`   // PEM file
	Cert       string `yaml:"cert"` // PEM file, with Key
	Key        string `yaml:"key"`
	ServerName string `yaml:"server_name"`
}

// UnmarshalYAML accepts true, false or an object.
func (t *TLSConfig) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&t.On) == nil {
		return nil
	}
	type plain TLSConfig
	p := plain{On: true}
	if err := unmarshal(&p); err != nil {
		return errors.New("tls: write true, or an object with ca, cert, key, server_name")
	}
	*t = TLSConfig(p)
	t.On = true
	return nil
}

// RegistryConfig is a schema registry.
type RegistryConfig struct {
	URL      string         `yaml:"url"`
	User     privacy.Secret `yaml:"user"`
	Password privacy.Secret `yaml:"password"`
}

// TableConfig says what a table of a help-desk database holds.
type TableConfig struct {
	Type    string            `yaml:"type"`    // ticket, comment or survey
	Columns map[string]string `yaml:"columns"` // field → column
}

// LandConfig says when what was read becomes a file.
type LandConfig struct {
	Rows  int     `yaml:"rows"`
	Bytes int64   `yaml:"bytes"`
	Every Seconds `yaml:"every"`
}

const kafkaOnly = "brokers, topics, format, sasl, tls, schema_registry, partitions, shard, trackers, tables and land belong to kind kafka"

func (k KafkaConfig) isZero() bool { return reflect.ValueOf(k).IsZero() }

// tableFields are the fields that a column may stand for.
var tableFields = []string{
	"key", "ticket", "id", "title", "body", "status", "status_category", "priority", "ticket_type", "channel", "project",
	"component", "labels", "url", "language", "team", "customer_id", "customer_tier", "created_at", "updated_at",
	"resolved_at", "reporter", "assignee", "author", "author_role", "is_public", "satisfaction_score",
}

func validateKafka(s *SourceConfig) error {
	k := &s.Kafka
	if s.URL != "" || len(s.Projects) > 0 || s.JQL != "" || s.Flavour != "" || s.Auth != (AuthConfig{}) ||
		len(s.Repositories) > 0 || s.Token != "" || len(s.Tokens) > 0 || s.MaxInFlight != 0 {
		return errors.New("url, projects, jql, flavour, auth, repositories, token and max_in_flight belong to kinds jira and github; Kafka has brokers, topics and sasl")
	}
	if k.SASL.Mechanism == "" && (k.SASL.User != "" || k.SASL.Password != "") {
		return errors.New("sasl.mechanism: say plain, scram-sha-256 or scram-sha-512")
	}
	if k.SASL.Mechanism != "" && !slices.Contains([]string{"plain", "scram-sha-256", "scram-sha-512"}, k.SASL.Mechanism) {
		return fmt.Errorf("sasl.mechanism: %q is none of plain, scram-sha-256, scram-sha-512", k.SASL.Mechanism)
	}
	if k.SASL.Mechanism != "" && (k.SASL.User == "" || k.SASL.Password == "") {
		return errors.New("sasl: user and password are needed")
	}
	for topic := range k.Formats {
		if !slices.Contains(k.Topics, topic) {
			return fmt.Errorf("formats: %q is not under topics", topic)
		}
	}
	if u, err := url.Parse(k.Registry.URL); err == nil && u.User != nil {
		return errors.New("schema_registry.url: credentials do not belong into the address; use user and password")
	}
	if k.Land.Rows < 0 || k.Land.Bytes < 0 {
		return errors.New("land: rows and bytes are positive numbers")
	}
	if _, err := parsePartitions(k.Partitions); err != nil {
		return err
	}
	if _, _, err := parseShard(k.Shard); err != nil {
		return err
	}
	tables := map[string]bool{}
	for name, t := range k.Tables {
		if err := t.validate(); err != nil {
			return fmt.Errorf("tables.%s: %w", name, err)
		}
		if tables[strings.ToLower(name)] {
			return fmt.Errorf("tables.%s: it is there twice, in capital and in small letters", name)
		}
		tables[strings.ToLower(name)] = true
	}
	return nil
}

func (t TableConfig) validate() error {
	if !slices.Contains([]string{"ticket", "comment", "survey"}, t.Type) {
		return fmt.Errorf("type: %q is none of ticket, comment, survey", t.Type)
	}
	for field, column := range t.Columns {
		if !slices.Contains(tableFields, field) || column == "" {
			return fmt.Errorf("columns: %q is not one of %s, or names no column", field, strings.Join(tableFields, ", "))
		}
	}
	return nil
}

// personColumns are the columns that the configuration says hold people.
func (k KafkaConfig) personColumns() []string {
	var all []string
	for _, t := range k.Tables {
		for field, column := range t.Columns {
			if field == "reporter" || field == "assignee" || field == "author" {
				all = append(all, column)
			}
		}
	}
	return all
}

// validateTrackers checks who is said to own the webhooks.
func (c *Config) validateTrackers() error {
	kinds := map[string]string{} // of sources that only trackers name
	for i, s := range c.Sources {
		for kind, name := range s.Kafka.Trackers {
			if kind != "jira" && kind != "github" {
				return fmt.Errorf("sources[%d] (%s): trackers: %q is neither jira nor github", i, s.Name, kind)
			}
			if !sourceName.MatchString(name) {
				return fmt.Errorf("sources[%d] (%s): trackers.%s: %q is no source's name", i, s.Name, kind, name)
			}
			if k := slices.IndexFunc(c.Sources, func(o SourceConfig) bool { return o.Name == name }); k >= 0 && c.Sources[k].Kind != kind {
				return fmt.Errorf("sources[%d] (%s): trackers.%s: the source %s is of kind %s", i, s.Name, kind, name, c.Sources[k].Kind)
			}
			if k, ok := kinds[name]; ok && k != kind { // their ids may collide
				return fmt.Errorf("sources[%d] (%s): trackers: %s cannot be both jira and github", i, s.Name, name)
			}
			kinds[name] = kind
		}
	}
	return nil
}

// parsePartitions reads "0-7,9"; empty means all.
func parsePartitions(text string) ([]int32, error) {
	if text == "" {
		return nil, nil
	}
	var all []int32
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseInt(strings.TrimSpace(first), 10, 32)
		to, err2 := strconv.ParseInt(strings.TrimSpace(last), 10, 32)
		if err1 != nil || err2 != nil || from < 0 || to < from || to-from > 100_000 {
			return nil, fmt.Errorf("partitions: %q is no list such as 0-7,9", text)
		}
		for p := from; p <= to; p++ {
			all = append(all, int32(p))
		}
	}
	return all, nil
}

// parseShard reads "2/4"; empty means the whole.
func parseShard(text string) (shard, of int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	a, b, _ := strings.Cut(text, "/")
	shard, err1 := strconv.Atoi(strings.TrimSpace(a))
	of, err2 := strconv.Atoi(strings.TrimSpace(b))
	if err1 != nil || err2 != nil || shard < 1 || of < shard {
		return 0, 0, fmt.Errorf("shard: %q is no share such as 2/4, the second of four", text)
	}
	return shard, of, nil
}

func openKafka(s *SourceConfig, o opening) (pinger, error) {
	decoder, err := openDecoder(s, o)
	if err != nil {
		return nil, err
	}
	k := s.Kafka
	opts := kafka.Options{
		Brokers: k.Brokers, Topics: k.Topics, Follow: o.follow, Decode: decoder, Seal: o.seal, Log: o.log, ClientID: "ticketmill-" + s.Name,
	}
	if opts.Partitions, err = parsePartitions(k.Partitions); err != nil {
		return nil, err
	}
	if opts.Shard, opts.Shards, err = parseShard(k.Shard); err != nil {
		return nil, err
	}
	if opts.SASL, err = k.SASL.open(o); err != nil {
		return nil, err
	}
	if opts.TLS, err = k.TLS.open(); err != nil {
		return nil, err
	}
	return kafka.New(opts)
}

// openDecoder makes what turns the source's messages into records.
func openDecoder(s *SourceConfig, o opening) (*message.Decoder, error) {
	k := s.Kafka
	m := message.Options{Format: k.Format, Formats: k.Formats, Log: o.log}
	if k.Registry.URL != "" {
		user, err := o.secret("schema_registry.user", k.Registry.User)
		if err != nil {
			return nil, err
		}
		password, err := o.secret("schema_registry.password", k.Registry.Password)
		if err != nil {
			return nil, err
		}
		m.Registry = &message.RegistryOptions{URL: k.Registry.URL, User: user, Password: password}
	}
	return message.New(m)
}

func (c SASLConfig) open(o opening) (*kafka.SASL, error) {
	if c.Mechanism == "" {
		return nil, nil
	}
	user, err := o.secret("sasl.user", c.User)
	if err != nil {
		return nil, err
	}
	password, err := o.secret("sasl.password", c.Password)
	if err != nil {
		return nil, err
	}
	if user == "" || password == "" {
		return nil, nil // the configuration is being looked at, without its secrets
	}
	return &kafka.SASL{Mechanism: c.Mechanism, User: user, Password: password}, nil
}

func (c TLSConfig) open() (*tls.Config, error) {
	if !c.On {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls.ca: %s holds no certificate in PEM", c.CA)
		}
	}
	if c.Cert != "" || c.Key != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("tls.cert, tls.key: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// followed are how long and how much a followed partition may buffer: a file
// every few minutes is fresh enough for dashboards, and does not litter.
const (
	followEvery  = 5 * time.Minute
	followBudget = 256 << 20 // bytes, over all partitions
)

// limits says when the source's pages become files.
func (k KafkaConfig) limits(follow bool, streams int) landing.Limits {
	l := landing.Limits{Rows: k.Land.Rows, Bytes: k.Land.Bytes, Age: time.Duration(k.Land.Every)}
	if follow {
		if l.Age == 0 {
			l.Age = followEvery
		}
		if l.Bytes == 0 {
			l.Bytes = min(32<<20, max(1<<20, followBudget/int64(max(streams, 1))))
		}
	}
	return l
}
