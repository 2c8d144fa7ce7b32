// Package grafana writes the Grafana dashboards and alert rules over the
// published tables.
//
// Each dashboard is a file of this package; dashboards/*.json and
// provisioning/alerting/*.yaml are what the code writes, and Grafana reads those.
// After a change, `go generate ./dashboards/grafana` writes them anew.
package grafana

//go:generate go test . -run TestFiles -update
