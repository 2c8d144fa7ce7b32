// Package web serves the published snapshot over HTTP: a start page, reports and
// downloads, the marts as JSON, the matcher of new requests, health and metrics.
//
// It reads only. Who may see what, and where it is written down who did, is the
// caller's to say: Config holds the users, the engine and the audit as small
// interfaces.
package web
