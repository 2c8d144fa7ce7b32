// Package jira reads issues with their comments and whole change history from
// Jira Cloud and from Jira Server and Data Center.
//
// A record is one whole issue: its fields, every comment and every history
// entry, assembled from as many answers as that takes and otherwise kept as
// the bytes Jira sent. Both flavours share one walk (walk.go); what differs
// between their APIs is in two dialects (cloud.go, server.go).
//
// go-jira builds and authenticates the requests; httpx sends them, so that
// limits, retries and raw payloads are treated as in every other source.
package jira
