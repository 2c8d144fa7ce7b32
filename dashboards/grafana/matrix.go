package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// matrix turns a query of the columns "Demand type", model and a value into a
// table with a row for each type and a column for each model. The columns have
// the models' names, so that unit and colour belong to all fields.
func matrix(p *panel, unit string, decimals float64) *panel {
	value := p.columns[2].Name
	p.Transformations = []dashboard.DataTransformerConfig{{
		Id: "groupingToMatrix",
		Options: map[string]string{
			"rowField": "Demand type", "columnField": "model", "valueField": value, "emptyValue": "null",
		},
	}}
	d := &p.FieldConfig.Defaults
	d.Unit, d.Decimals = &unit, &decimals
	zero, one := 0.0, 1.0
	d.Min, d.Max = &zero, &one
	d.Thresholds = &dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: steps("transparent", step{0.5, skyBlue}, step{0.75, blue}).Steps}
	d.Custom = map[string]any{"align": "auto", "filterable": true, "inspect": false, "cellOptions": map[string]string{"type": "color-background", "mode": "basic"}}
	p.FieldConfig.Overrides = p.FieldConfig.Overrides[:1] // how an empty cell looks; the query's columns are gone
	p.override(byName("Demand type\\model", property("custom.cellOptions", map[string]string{"type": "auto"}), property("custom.width", 260), property("displayName", "Demand type")))
	return p.size(12, 12)
}
