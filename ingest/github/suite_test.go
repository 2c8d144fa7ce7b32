package github_test

import (
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/github"
	"github.com/ticketmill/ticketmill/ingest/ingesttest"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

func TestSuite(t *testing.T) {
	ingesttest.Run(t, ingesttest.Fixture{
		New: func(t testing.TB, baseURL string) ingest.Source {
			src, err := github.New(github.Options{
				BaseURL: baseURL, Repositories: []string{"acme/engine", "acme/console", "acme/connect"}, Tokens: []string{"secret"},
				MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond, MaxAttempts: 20,
			})
			if err != nil {
				t.Fatal(err)
			}
			return src
		},
		Server: simulate.ServerOptions{Token: "secret", RateLimit: 100_000},
	})
}
