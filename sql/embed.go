// Package sql holds every statement of the warehouse as text. The path names
// the table: marts/ticket.sql builds marts.ticket, staging/jira/ticket.sql
// builds staging.jira_ticket. DECISIONS.md says why the numbers are as they are.
package sql

import "embed"

// Files are the statements, one SELECT a file: the first comment line is the
// table's grain, a line "-- key: a, b?" names what identifies a row ("?": may
// be null). Files under checks/ return offending rows instead. macros.sql is
// run first.
//
//go:embed macros.sql staging core models marts ops texts checks
var Files embed.FS
