package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
)

// The data source that provisioning/datasources defines.
const (
	datasourceUID  = "ticketmill"
	datasourceType = "grafana-postgresql-datasource"
)

// What becomes of a target's rows: kept as they are, or turned into series.
const (
	formatTable  = "table"
	formatSeries = "time_series"
)

func datasource() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr(datasourceType), Uid: cog.ToPtr(datasourceUID)}
}

// target is a query of Grafana's PostgreSQL data source, which the SDK does not
// know.
type target struct {
	Datasource common.DataSourceRef `json:"datasource"`
	EditorMode string               `json:"editorMode"`
	Format     string               `json:"format"`
	RawQuery   bool                 `json:"rawQuery"`
	RawSQL     string               `json:"rawSql"`
	RefID      string               `json:"refId"`
}

func newTarget(refID, format, query string) target {
	return target{
		Datasource: datasource(), EditorMode: "code", Format: format, RawQuery: true, RawSQL: query, RefID: refID,
	}
}

// ImplementsDataqueryVariant marks a query of a data source for the SDK.
func (target) ImplementsDataqueryVariant() {}

// DataqueryType is the data source's plugin.
func (target) DataqueryType() string { return datasourceType }

// Validate never fails: the tests run every query.
func (target) Validate() error { return nil }

// Equals compares with another query.
func (t target) Equals(other variants.Dataquery) bool {
	o, ok := other.(target)
	return ok && o.RawSQL == t.RawSQL && o.Format == t.Format && o.RefID == t.RefID
}
