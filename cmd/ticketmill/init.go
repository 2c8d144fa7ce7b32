package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

//go:embed ticketmill.yaml
var configTemplate []byte

func newInit(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "init",
		Short:   "Writes a commented configuration to start from; never overwrites",
		Example: "  ticketmill init\n  ticketmill --config /etc/ticketmill.yaml init",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := os.OpenFile(a.configPath, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return usagef("%s exists already and is left as it is", a.configPath)
			}
			if err != nil {
				return usageError{err}
			}
			_, err = f.Write(configTemplate)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "wrote %s: edit the sources, then `ticketmill check` and `ticketmill run`\n", a.configPath)
			return err
		},
	}
}
