package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/ticketmill/ticketmill/ingest/privacy"
)

// Config is ticketmill.yaml. `ticketmill init` writes a commented one.
type Config struct {
	Home          string                  `yaml:"home"`
	Timezone      string                  `yaml:"timezone"`
	Privacy       PrivacyConfig           `yaml:"privacy"`
	Sources       []SourceConfig          `yaml:"sources"`
	Actors        ActorsConfig            `yaml:"actors"`
	SupportModels map[string]SupportModel `yaml:"support_models"`
	Rules         []Rule                  `yaml:"rules"`
	Build         BuildConfig             `yaml:"build"`
	Demand        DemandConfig            `yaml:"demand"`

	// What later parts of the product read; accepted so that one file serves.
	Weights   map[string]float64  `yaml:"weights"`
	Calendars map[string]Calendar `yaml:"calendars"`
	SLA       []SLAPolicy         `yaml:"sla"`
	Serve     ServeConfig         `yaml:"serve"`
}

// PrivacyConfig says what may land.
type PrivacyConfig struct {
	Mode string         `yaml:"mode"` // pseudonymise or keep
	Key  privacy.Secret `yaml:"key"`
	// PublishTexts publishes typical tickets of each demand type, as they were
	// scrubbed at the border, to analysts.
	PublishTexts bool `yaml:"publish_texts"`
}

// SourceConfig is one system to read.
type SourceConfig struct {
	Name         string           `yaml:"name"`
	Kind         string           `yaml:"kind"`
	URL          string           `yaml:"url"`
	SupportModel string           `yaml:"support_model"`
	MaxInFlight  int              `yaml:"max_in_flight"`
	Flavour      string           `yaml:"flavour"`  // jira
	Projects     []string         `yaml:"projects"` // jira
	JQL          string           `yaml:"jql"`      // jira
	Auth         AuthConfig       `yaml:"auth"`     // jira
	Repositories []string         `yaml:"repositories"`
	Token        privacy.Secret   `yaml:"token"`                 // github
	Tokens       []privacy.Secret `yaml:"tokens"`                // github
	IncludePulls bool             `yaml:"include_pull_requests"` // github, kafka
	Kafka        KafkaConfig      `yaml:",inline"`
}

// AuthConfig is a user and token; without a user the token is a bearer token.
type AuthConfig struct {
	User  privacy.Secret `yaml:"user"`
	Token privacy.Secret `yaml:"token"`
}

// ActorsConfig tells people's roles by globs over login, name and e-mail.
type ActorsConfig struct {
	Agents []string `yaml:"agents"`
	Bots   []string `yaml:"bots"`
}

// Rule assigns a support model to the tickets that match all of When.
type Rule struct {
	When         map[string]Patterns `yaml:"when"`
	SupportModel string              `yaml:"support_model"`
}

// BuildConfig bounds the nightly build.
type BuildConfig struct {
	Memory  string `yaml:"memory"`
	Threads int    `yaml:"threads"`
	Keep    int    `yaml:"keep"` // generations
}

// DemandConfig bounds the clustering of demand types.
type DemandConfig struct {
	Off          bool    `yaml:"off"`
	K            int     `yaml:"types"` // 0: chosen from the tickets
	MinTypes     int     `yaml:"min_types"`
	MaxTypes     int     `yaml:"max_types"`
	RetrainAfter Seconds `yaml:"retrain_after"`
	Vectors      string  `yaml:"vectors"` // folder of static word vectors in Model2Vec's format
}

// Patterns is one glob or a list of them.
type Patterns []string

// UnmarshalYAML accepts a single text for a list of one.
func (p *Patterns) UnmarshalYAML(unmarshal func(any) error) error {
	var many []string
	if unmarshal(&many) == nil {
		*p = many
		return nil
	}
	var one string
	if err := unmarshal(&one); err != nil {
		return errors.New("must be a text or a list of texts")
	}
	*p = Patterns{one}
	return nil
}

// Seconds is a duration written as 4h, 90m or 14d.
type Seconds time.Duration

var days = regexp.MustCompile(`^(\d+)d$`)

// UnmarshalYAML reads Go's durations and whole days; it says where one is wrong.
func (s *Seconds) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text); err != nil {
		return err
	}
	d, err := time.ParseDuration(days.ReplaceAllString(text, "${1}h"))
	if days.MatchString(text) {
		if d > math.MaxInt64/24 {
			err = errors.New("too long")
		}
		d *= 24
	}
	if err != nil || d <= 0 {
		at := node.GetToken().Position
		return fmt.Errorf("[%d:%d] %q is no duration; write 90m, 4h or 14d", at.Line, at.Column, text)
	}
	*s = Seconds(d)
	return nil
}

// loadConfig reads, expands and validates the file. Secrets stay unresolved
// until they are used, so that a build needs no token.
func loadConfig(path string, env func(string) (string, bool)) (*Config, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usagef("there is no configuration %s; `ticketmill init` writes one to start from, `ticketmill demo` needs none", path)
	}
	if err != nil {
		return nil, usageError{err}
	}
	c := &Config{Home: "./ticketmill-data", Timezone: "UTC"}
	if err := yaml.UnmarshalWithOptions(b, c, yaml.Strict()); err != nil {
		return nil, usagef("%s: %s", path, plainYAML(err))
	}
	if err := c.expand(env); err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	if err := c.validate(); err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	return c, nil
}

var goTypes = regexp.MustCompile(`cannot unmarshal (\w+) into Go (?:struct field \S+|value) of type (\w+)`)

// plainYAML is what is wrong with YAML, and where, without our own types' names.
func plainYAML(err error) string {
	return goTypes.ReplaceAllString(yaml.FormatError(err, false, false), "$1 was used where $2 is expected")
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandText replaces ${VAR}; an unset variable is an error that names it.
func expandText(where, text string, env func(string) (string, bool)) (string, error) {
	var missing string
	out := variable.ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-1]
		v, ok := env(name)
		if !ok || v == "" {
			missing = name
		}
		return v
	})
	if missing != "" {
		return "", fmt.Errorf("%s: the environment variable %s is not set", where, missing)
	}
	return out, nil
}

// expand resolves ${VAR} in what is no secret.
func (c *Config) expand(env func(string) (string, bool)) error {
	fields := map[string]*string{
		"home": &c.Home, "timezone": &c.Timezone, "demand.vectors": &c.Demand.Vectors,
		"serve.pg": &c.Serve.PG, "serve.http": &c.Serve.HTTP, "serve.tls.cert": &c.Serve.TLS.Cert, "serve.tls.key": &c.Serve.TLS.Key,
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		fields[fmt.Sprintf("sources[%d].url", i)] = &s.URL
		fields[fmt.Sprintf("sources[%d].jql", i)] = &s.JQL
		fields[fmt.Sprintf("sources[%d].shard", i)] = &s.Kafka.Shard
		fields[fmt.Sprintf("sources[%d].partitions", i)] = &s.Kafka.Partitions
		fields[fmt.Sprintf("sources[%d].schema_registry.url", i)] = &s.Kafka.Registry.URL
		for k := range s.Kafka.Brokers {
			fields[fmt.Sprintf("sources[%d].brokers[%d]", i, k)] = &s.Kafka.Brokers[k]
		}
		for k := range s.Kafka.Topics {
			fields[fmt.Sprintf("sources[%d].topics[%d]", i, k)] = &s.Kafka.Topics[k]
		}
	}
	for where, p := range fields {
		v, err := expandText(where, *p, env)
		if err != nil {
			return err
		}
		*p = v
	}
	return nil
}

var sourceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// ruleFields are what a rule may look at.
var ruleFields = []string{
	"label", "source", "project", "component", "ticket_type", "priority", "channel", "reporter_role",
	"team", "language", "customer_id", "customer_tier",
}

func (c *Config) validate() error {
	if len(c.Sources) == 0 {
		return errors.New("sources: name at least one")
	}
	if err := validateTimezone(c.Timezone); err != nil {
		return err
	}
	switch c.Privacy.Mode {
	case "":
		c.Privacy.Mode = string(privacy.Pseudonymise)
	case string(privacy.Pseudonymise), string(privacy.Keep):
	default:
		return fmt.Errorf("privacy.mode: %q is neither pseudonymise nor keep", c.Privacy.Mode)
	}
	if c.Privacy.PublishTexts && c.Privacy.Mode != string(privacy.Pseudonymise) {
		return errors.New("privacy.publish_texts: only texts that mode pseudonymise has scrubbed can be published")
	}
	seen := map[string]bool{}
	for i := range c.Sources {
		s := &c.Sources[i]
		if err := c.validateSource(s); err != nil {
			return fmt.Errorf("sources[%d] (%s): %w", i, s.Name, err)
		}
		if seen[s.Name] {
			return fmt.Errorf("sources[%d]: the name %s is taken; names are part of every ticket id and must differ", i, s.Name)
		}
		seen[s.Name] = true
	}
	if err := c.validateTrackers(); err != nil {
		return err
	}
	for i, r := range c.Rules {
		if err := c.validateRule(r); err != nil {
			return fmt.Errorf("rules[%d]: %w", i, err)
		}
	}
	return errors.Join(c.Build.validate(), c.Demand.validate(), c.validateModels(), c.validateAgreements(), c.Serve.validate())
}

// validateTimezone refuses what Go takes besides, "" and Local: they mean nothing
// to DuckDB or elsewhere.
func validateTimezone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return fmt.Errorf("timezone: %q is no IANA time zone such as Europe/Berlin", name)
	}
	return nil
}

func (d DemandConfig) validate() error {
	if d.K < 0 || d.MinTypes < 0 || d.MaxTypes < 0 || d.MaxTypes > 0 && d.MaxTypes < d.MinTypes {
		return errors.New("demand: types, min_types and max_types are numbers above zero, the last not below the second")
	}
	return nil
}

var memorySize = regexp.MustCompile(`^(?i)\d+(\.\d+)? ?[KMGT]i?B$`)

func (b BuildConfig) validate() error {
	switch {
	case b.Memory != "" && !memorySize.MatchString(b.Memory):
		return fmt.Errorf("build.memory: %q is no size; write 3GB or 800MB", b.Memory)
	case b.Threads < 0:
		return fmt.Errorf("build.threads: %d is no number of threads", b.Threads)
	case b.Keep < 0:
		return fmt.Errorf("build.keep: %d is no number of generations", b.Keep)
	}
	return nil
}

func (c *Config) validateSource(s *SourceConfig) error {
	if !sourceName.MatchString(s.Name) {
		return errors.New("name: letters, digits, - and _ only")
	}
	kind, ok := kindOf(s.Kind)
	if !ok {
		return fmt.Errorf("kind: %q is not one of %s", s.Kind, strings.Join(kindNames(), ", "))
	}
	if s.SupportModel == "" && s.Kind != "kafka" { // messages may belong to sources that have one
		return errors.New("support_model: say which support model this source stands for, such as community or paid")
	}
	if s.SupportModel != "" {
		if err := c.knownModel(s.SupportModel); err != nil {
			return fmt.Errorf("support_model: %w", err)
		}
	}
	if s.MaxInFlight < 0 {
		return fmt.Errorf("max_in_flight: %d is no number of requests", s.MaxInFlight)
	}
	if err := kind.validate(s); err != nil {
		return err
	}
	// The source has its own say, without its secrets; it sends nothing yet.
	_, err := kind.open(s, opening{
		secret: func(string, privacy.Secret) (string, error) { return "", nil },
		log:    slog.New(slog.DiscardHandler),
		seal:   func([]byte) (string, error) { return "", errors.New("nothing is read yet") },
	})
	return err
}

// validateURL checks the address of a source that is read over HTTP.
func validateURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		if strings.Contains(text, "@") { // it may hold a password
			return errors.New("url: it is no http(s) address, and credentials do not belong into it")
		}
		return fmt.Errorf("url: %q is no http(s) address", text)
	}
	if u.User != nil {
		return errors.New("url: credentials do not belong into the address; use auth or token")
	}
	return nil
}

func (c *Config) knownModel(name string) error {
	if _, ok := c.SupportModels[name]; len(c.SupportModels) > 0 && !ok {
		return fmt.Errorf("%q is not under support_models", name)
	}
	return nil
}

func (c *Config) validateRule(r Rule) error {
	if len(r.When) == 0 {
		return errors.New("when: name at least one condition")
	}
	if err := validateWhen(r.When, ruleFields); err != nil {
		return err
	}
	if r.SupportModel == "" {
		return errors.New("support_model is missing")
	}
	return c.knownModel(r.SupportModel)
}

func (c *Config) landingDir() string   { return filepath.Join(c.Home, "landing") }
func (c *Config) warehouseDir() string { return filepath.Join(c.Home, "warehouse") }
func (c *Config) publishedDir() string { return filepath.Join(c.Home, "published") }
func (c *Config) journalDir() string   { return filepath.Join(c.Home, "state", "runs") }
func (c *Config) accessDir() string    { return filepath.Join(c.Home, "state", "access") }
func (c *Config) keyPath() string      { return filepath.Join(c.Home, "state", "privacy.key") }
