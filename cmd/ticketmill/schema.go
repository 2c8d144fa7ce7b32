package main

import (
	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/sql"
)

// messageSchema is where the schema lies among the embedded files.
const messageSchema = "staging/kafka/ticketmill.schema.json"

func newSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Prints the JSON Schema of the messages that feeds may send",
		Long: `Prints the JSON Schema of ticketmill's own Kafka messages: tickets, comments,
events and surveys of phone, mail, chat and CRM feeds. Each message is held
against it; one that does not fit goes to quarantine.`,
		Example: "  ticketmill schema > ticketmill.schema.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			b, err := sql.Files.ReadFile(messageSchema)
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(b)
			return err
		},
	}
}
