package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/github"
	"github.com/ticketmill/ticketmill/ingest/jira"
	"github.com/ticketmill/ticketmill/ingest/privacy"
)

// pinger is a source that can say whether it would work.
type pinger interface {
	ingest.Source
	Ping(ctx context.Context) error
}

// sourceKind is how the configuration becomes a source.
type sourceKind struct {
	name     string
	validate func(*SourceConfig) error
	open     func(*SourceConfig, opening) (pinger, error)
}

// opening is what a source needs besides its configuration.
type opening struct {
	secret func(where string, s privacy.Secret) (string, error)
	log    *slog.Logger
	seal   func([]byte) (string, error) // of what cannot be read
	follow bool
}

// sourceKinds is the one table of source kinds.
var sourceKinds = []sourceKind{
	{"jira", validateJira, openJira},
	{"github", validateGitHub, openGitHub},
	{"kafka", validateKafka, openKafka},
}

func kindOf(name string) (sourceKind, bool) {
	for _, k := range sourceKinds {
		if k.name == name {
			return k, true
		}
	}
	return sourceKind{}, false
}

func kindNames() []string {
	var names []string
	for _, k := range sourceKinds {
		names = append(names, k.name)
	}
	return names
}

func validateJira(s *SourceConfig) error {
	if err := validateURL(s.URL); err != nil {
		return err
	}
	if (len(s.Projects) == 0) == (s.JQL == "") {
		return errors.New("give either projects or jql")
	}
	if len(s.Repositories) > 0 || s.Token != "" || len(s.Tokens) > 0 || s.IncludePulls {
		return errors.New("repositories, token and include_pull_requests belong to kind github; a Jira token goes under auth")
	}
	if !s.Kafka.isZero() {
		return errors.New(kafkaOnly)
	}
	switch s.Flavour {
	case "":
		s.Flavour = "auto"
	case "auto", "cloud", "server":
	default:
		return fmt.Errorf("flavour: %q is none of auto, cloud, server", s.Flavour)
	}
	return nil
}

func openJira(s *SourceConfig, o opening) (pinger, error) {
	user, err := o.secret("auth.user", s.Auth.User)
	if err != nil {
		return nil, err
	}
	token, err := o.secret("auth.token", s.Auth.Token)
	if err != nil {
		return nil, err
	}
	return jira.New(jira.Options{
		BaseURL: s.URL, Flavour: s.Flavour, Projects: s.Projects, JQL: s.JQL, User: user, Token: token,
		MaxInFlight: s.MaxInFlight, Log: o.log, UserAgent: userAgent(),
	})
}

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)

func validateGitHub(s *SourceConfig) error {
	if err := validateURL(s.URL); err != nil {
		return err
	}
	if !s.Kafka.isZero() {
		return errors.New(kafkaOnly)
	}
	if len(s.Repositories) == 0 {
		return errors.New("repositories: name at least one as owner/name")
	}
	for _, r := range s.Repositories {
		if !repositoryName.MatchString(r) {
			return fmt.Errorf("repositories: %q is not owner/name", r)
		}
	}
	if len(s.Projects) > 0 || s.JQL != "" || s.Flavour != "" || s.Auth != (AuthConfig{}) {
		return errors.New("projects, jql, flavour and auth belong to kind jira; a GitHub token goes under token")
	}
	return nil
}

func openGitHub(s *SourceConfig, o opening) (pinger, error) {
	var tokens []string
	for i, t := range append([]privacy.Secret{s.Token}, s.Tokens...) {
		where := "token"
		if i > 0 {
			where = fmt.Sprintf("tokens[%d]", i-1)
		}
		v, err := o.secret(where, t)
		if err != nil {
			return nil, err
		}
		if v != "" {
			tokens = append(tokens, v)
		}
	}
	return github.New(github.Options{
		BaseURL: s.URL, Repositories: s.Repositories, Tokens: tokens,
		MaxInFlight: s.MaxInFlight, Log: o.log, UserAgent: userAgent(),
	})
}

// openSource makes the source with its secrets resolved. The border seals what
// a source cannot read; a ping does without one.
func (a *app) openSource(s *SourceConfig, border *privacy.Border, follow bool) (pinger, error) {
	kind, _ := kindOf(s.Kind)
	o := opening{
		secret: a.secrets(s),
		log:    a.log.With("source", s.Name),
		seal:   func([]byte) (string, error) { return "", errors.New("a ping seals nothing") },
		follow: follow,
	}
	if border != nil {
		o.seal = border.Seal
	}
	src, err := kind.open(s, o)
	if err != nil {
		return nil, environmentError{fmt.Errorf("source %s: %w", s.Name, err)}
	}
	return src, nil
}

// secrets resolves what of the source's configuration is secret.
func (a *app) secrets(s *SourceConfig) func(where string, v privacy.Secret) (string, error) {
	return func(where string, v privacy.Secret) (string, error) {
		return expandText("sources "+s.Name+" "+where, v.Reveal(), a.env)
	}
}
