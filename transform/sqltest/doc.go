// Package sqltest runs cases for SQL statements: text files that say which
// tables are given, which statements run and what should come out, written so
// that who knows the numbers need not know the code. FORMAT.md describes the
// files.
package sqltest
