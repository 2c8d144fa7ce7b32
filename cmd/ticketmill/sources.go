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
	open     func(s *SourceConfig, secret func(where string, s privacy.Secret) (string, error), log *slog.Logger) (pinger, error)
}

// sourceKinds is the one table of source kinds.
var sourceKinds = []sourceKind{
	{"jira", validateJira, openJira},
	{"github", validateGitHub, openGitHub},
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
	if (len(s.Projects) == 0) == (s.JQL == "") {
		return errors.New("give either projects or jql")
	}
	if len(s.Repositories) > 0 || s.Token != "" || len(s.Tokens) > 0 || s.IncludePulls {
		return errors.New("repositories, token and include_pull_requests belong to kind github; a Jira token goes under auth")
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

func openJira(s *SourceConfig, secret func(string, privacy.Secret) (string, error), log *slog.Logger) (pinger, error) {
	user, err := secret("auth.user", s.Auth.User)
	if err != nil {
		return nil, err
	}
	token, err := secret("auth.token", s.Auth.Token)
	if err != nil {
		return nil, err
	}
	return jira.New(jira.Options{
		BaseURL: s.URL, Flavour: s.Flavour, Projects: s.Projects, JQL: s.JQL, User: user, Token: token,
		MaxInFlight: s.MaxInFlight, Log: log, UserAgent: userAgent(),
	})
}

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)

func validateGitHub(s *SourceConfig) error {
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

func openGitHub(s *SourceConfig, secret func(string, privacy.Secret) (string, error), log *slog.Logger) (pinger, error) {
	var tokens []string
	for i, t := range append([]privacy.Secret{s.Token}, s.Tokens...) {
		where := "token"
		if i > 0 {
			where = fmt.Sprintf("tokens[%d]", i-1)
		}
		v, err := secret(where, t)
		if err != nil {
			return nil, err
		}
		if v != "" {
			tokens = append(tokens, v)
		}
	}
	return github.New(github.Options{
		BaseURL: s.URL, Repositories: s.Repositories, Tokens: tokens,
		MaxInFlight: s.MaxInFlight, Log: log, UserAgent: userAgent(),
	})
}

// openSource makes the source with its secrets resolved.
func (a *app) openSource(s *SourceConfig) (pinger, error) {
	kind, _ := kindOf(s.Kind)
	src, err := kind.open(s, func(where string, v privacy.Secret) (string, error) {
		return expandText("sources "+s.Name+" "+where, v.Reveal(), a.env)
	}, a.log.With("source", s.Name))
	if err != nil {
		return nil, environmentError{fmt.Errorf("source %s: %w", s.Name, err)}
	}
	return src, nil
}
