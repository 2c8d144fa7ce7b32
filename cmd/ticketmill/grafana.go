package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/dashboards/grafana"
)

func newGrafana(a *app) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "grafana",
		Short: "Writes the Grafana dashboards, data source and alert rules, and says how to attach them",
		Long: `Writes what Grafana 12.4 needs to show the snapshot that "ticketmill serve" serves:
seven dashboards, the data source and the alert rules, as provisioning files. It
prints the environment that Grafana reads them with. Files of an earlier version
are replaced.`,
		Example: "  ticketmill grafana\n  ticketmill grafana --out /etc/ticketmill/grafana",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := writeGrafana(out); err != nil {
				return environmentError{fmt.Errorf("--out: %w", err)}
			}
			return a.attachGrafana(out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "ticketmill-grafana", "folder to write")
	return cmd
}

// writeGrafana writes the dashboards and the provisioning files.
func writeGrafana(dir string) error {
	return fs.WalkDir(grafana.Provisioning, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := grafana.Provisioning.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
}

// attachGrafana says how Grafana is to be started.
func (a *app) attachGrafana(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, `written to %[1]s. With "ticketmill serve" running, start Grafana with
  TICKETMILL_DASHBOARDS=%[1]s/dashboards \
  TICKETMILL_PG_URL=%[2]s TICKETMILL_PG_USER=%[3]s TICKETMILL_PG_PASSWORD= TICKETMILL_PG_SSLMODE=disable \
  GF_PATHS_PROVISIONING=%[1]s/provisioning grafana server
(user and password: one of serve.users; without users, %[3]s without a password)
`, dir, defaultServePG, localUser)
	return err
}
