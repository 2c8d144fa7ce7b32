package pgwire

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// setting is a setting that clients know.
type setting struct {
	name, value string
	// fixed settings may be set to their own value only; the others to
	// anything, mostly without an effect.
	fixed bool
}

// known are the settings that clients ask for and set, with PostgreSQL 15's
// values. Results are in UTC and in ISO formats whatever a session sets.
func known() []setting {
	return []setting{
		{"server_version", "15.8", true},
		{"server_version_num", "150008", true},
		{"server_encoding", "UTF8", true},
		{"client_encoding", "UTF8", true},
		{"datestyle", "ISO, MDY", true},
		{"intervalstyle", "postgres", true},
		{"timezone", "UTC", false},
		{"integer_datetimes", "on", true},
		{"standard_conforming_strings", "on", true},
		{"is_superuser", "off", true},
		{"in_hot_standby", "off", true},
		{"default_transaction_read_only", "on", false},
		{"transaction_read_only", "on", false},
		{"default_transaction_isolation", "repeatable read", false},
		{"transaction_isolation", "repeatable read", false},
		{"transaction_deferrable", "off", false},
		{"application_name", "", false},
		{"search_path", "marts, ops", false},
		{"statement_timeout", "0", false},
		{"lock_timeout", "0", false},
		{"idle_in_transaction_session_timeout", "0", false},
		{"idle_session_timeout", "0", false},
		{"extra_float_digits", "1", false},
		{"client_min_messages", "notice", false},
		{"bytea_output", "hex", true},
		{"max_identifier_length", "63", true},
		{"max_index_keys", "32", true},
		{"lc_collate", "C", true},
		{"lc_ctype", "C", true},
		{"lc_messages", "C", false},
		{"lc_monetary", "C", false},
		{"lc_numeric", "C", false},
		{"lc_time", "C", false},
		{"row_security", "on", false},
		{"synchronous_commit", "on", false},
		{"jit", "off", false},
		{"work_mem", "4MB", false},
		{"geqo", "on", false},
		{"enable_seqscan", "on", false},
		{"enable_nestloop", "on", false},
		{"enable_hashjoin", "on", false},
		{"enable_mergejoin", "on", false},
		{"escape_string_warning", "on", false},
		{"backslash_quote", "safe_encoding", true},
		{"password_encryption", "scram-sha-256", true},
		{"ssl", "on", true},
		{"wal_level", "replica", true},
		{"xmloption", "content", false},
		{"quote_all_identifiers", "off", false},
		{"synchronize_seqscans", "on", false},
		{"default_tablespace", "", false},
		{"default_table_access_method", "heap", false},
		{"check_function_bodies", "on", false},
		{"session_replication_role", "origin", false},
		{"default_toast_compression", "pglz", false},
		{"max_parallel_workers_per_gather", "2", false},
	}
}

// reported are the settings that the protocol tells clients of unasked.
func reported() []string {
	return []string{
		"server_version", "server_encoding", "client_encoding", "DateStyle", "IntervalStyle", "TimeZone", "integer_datetimes",
		"standard_conforming_strings", "is_superuser", "in_hot_standby", "default_transaction_read_only", "application_name",
	}
}

// Bounds of what a session may set.
const (
	maxSettings     = 200
	maxSettingBytes = 4 << 10
)

// settings are a session's.
type settings struct {
	values map[string]string // by lower-case name; only what was set
	all    []setting
}

func newSettings() *settings { return &settings{values: map[string]string{}, all: known()} }

func (s *settings) find(name string) (setting, bool) {
	for _, k := range s.all {
		if k.name == name {
			return k, true
		}
	}
	return setting{}, false
}

// get gives a setting's value.
func (s *settings) get(name string) (string, bool) {
	name = strings.ToLower(name)
	if v, ok := s.values[name]; ok {
		return v, true
	}
	k, ok := s.find(name)
	return k.value, ok
}

// set sets a setting. Names with a dot are the client's own.
func (s *settings) set(name, value string) error {
	name = strings.ToLower(name)
	k, ok := s.find(name)
	switch {
	case len(value) > maxSettingBytes || len(name) > 200 || len(s.values) >= maxSettings:
		return &Error{Code: "53400", Message: "too long a value, or too many settings"}
	case !ok && !strings.Contains(name, "."):
		return &Error{Code: "42704", Message: fmt.Sprintf("unrecognized configuration parameter %q", name)}
	case k.fixed:
		if same(name, value, k.value) {
			return nil
		}
		return &Error{Code: "0A000", Message: fmt.Sprintf("parameter %q is %q on this server and cannot be changed", name, k.value)}
	case name == "statement_timeout":
		if _, err := milliseconds(value); err != nil {
			return err
		}
	case name == "timezone":
		return nil // taken, since drivers send their own; times stay in UTC
	}
	s.values[name] = value
	return nil
}

func same(name, value, fixed string) bool {
	v := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(value, "-", ""), " ", ""))
	switch name {
	case "client_encoding":
		return v == "utf8" || v == "unicode" || v == "'utf8'"
	case "datestyle":
		return strings.HasPrefix(v, "iso")
	case "is_superuser", "ssl":
		return true
	}
	return v == strings.ToLower(strings.ReplaceAll(fixed, " ", ""))
}

func (s *settings) reset(name string) { delete(s.values, strings.ToLower(name)) }

// timeout is the session's statement_timeout, the server's being the most.
func (s *settings) timeout(most time.Duration) time.Duration {
	d, err := milliseconds(s.values["statement_timeout"])
	if err != nil || d <= 0 || d > most {
		return most
	}
	return d
}

// milliseconds reads 500, 500ms, 30s, 5min, 1h.
func milliseconds(value string) (time.Duration, error) {
	v := strings.ToLower(strings.TrimSpace(value))
	if v == "" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 && n < 1<<31 {
		return time.Duration(n) * time.Millisecond, nil
	}
	d, err := time.ParseDuration(strings.Replace(strings.ReplaceAll(v, " ", ""), "min", "m", 1))
	if err != nil || d < 0 {
		return 0, &Error{Code: "22023", Message: "invalid value for parameter \"statement_timeout\""}
	}
	return d, nil
}
