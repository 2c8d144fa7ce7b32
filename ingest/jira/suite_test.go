package jira_test

import (
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/ingesttest"
	"github.com/ticketmill/ticketmill/ingest/jira"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

func TestSuite(t *testing.T) {
	for _, flavour := range []string{jira.FlavourCloud, jira.FlavourServer} {
		t.Run(flavour, func(t *testing.T) {
			ingesttest.Run(t, ingesttest.Fixture{
				New: func(t testing.TB, baseURL string) ingest.Source {
					src, err := jira.New(jira.Options{
						BaseURL: baseURL, Projects: []string{"SUP", "OPS"}, User: "agent@acme.example", Token: "secret",
						MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond, MaxAttempts: 20,
					})
					if err != nil {
						t.Fatal(err)
					}
					return src
				},
				Snapshots: []string{"statuses"},
				Server:    simulate.ServerOptions{JiraFlavour: flavour, Token: "secret", JiraTimeZone: time.FixedZone("UTC+5:30", 19_800)},
			})
		})
	}
}
