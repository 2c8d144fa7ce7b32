package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// version and commit are set by the Makefile.
var (
	version = "dev"
	commit  = ""
)

func userAgent() string { return "ticketmill/" + version }

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Prints the versions of ticketmill and DuckDB",
		Example: "  ticketmill version",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			duck, err := warehouse.Version(cmd.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "ticketmill %s (commit %s, %s, DuckDB %s)\n", version, revision(), runtime.Version(), duck)
			return err
		},
	}
}

func revision() string {
	if commit != "" {
		return commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}

// noArgs refuses positional arguments in one clear line.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}
