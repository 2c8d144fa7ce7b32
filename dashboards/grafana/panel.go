package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/barchart"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// panel is a panel of the house style, and what the tests must know of it.
type panel struct {
	dashboard.Panel
	columns    []Column // of a table: those that are shown or linked to
	mayBeEmpty bool     // no rows are a good sign, or the feature is not in use
}

// newPanel makes a panel with one query. Its description defines the numbers it
// shows.
func newPanel(kind, title, description, unit, noValue string, t target) *panel {
	return &panel{Panel: dashboard.Panel{
		Type:        kind,
		Title:       cog.ToPtr(title),
		Description: cog.ToPtr(description),
		Datasource:  cog.ToPtr(datasource()),
		Targets:     []variants.Dataquery{t},
		GridPos:     &dashboard.GridPos{W: 24, H: 8},
		FieldConfig: &dashboard.FieldConfigSource{
			Defaults: dashboard.FieldConfig{
				Unit:       cog.ToPtr(unit),
				NoValue:    cog.ToPtr(noValue),
				Color:      &dashboard.FieldColor{Mode: dashboard.FieldColorModeIdThresholds},
				Thresholds: cog.ToPtr(steps(blue)),
			},
			Overrides: []dashboard.DashboardFieldConfigSourceOverrides{},
		},
	}}
}

// number is a panel of large figures: the columns of the query's one row.
func number(title, description, unit, query string) *panel {
	p := newPanel("stat", title, description, unit, "none yet", newTarget("A", formatTable, query))
	o := stat.NewOptions()
	o.GraphMode = common.BigValueGraphModeNone
	o.ColorMode = common.BigValueColorModeValue
	o.JustifyMode = common.BigValueJustifyModeCenter
	o.Orientation = common.VizOrientationAuto
	o.ReduceOptions = common.ReduceDataOptions{
		Values: cog.ToPtr(false), Calcs: []string{"lastNotNull"}, Fields: cog.ToPtr("/.*/"),
	}
	p.Options = o
	return p.size(4, 4)
}

// chart is a time series panel; the query's columns are "time", perhaps
// "metric", and the values.
func chart(title, description, unit, query string) *panel {
	p := newPanel("timeseries", title, description, unit, "nothing in this period", newTarget("A", formatSeries, query))
	o := timeseries.NewOptions()
	o.Legend.ShowLegend = true
	o.Tooltip = common.VizTooltipOptions{Mode: common.TooltipDisplayModeMulti, Sort: common.SortOrderDescending}
	p.Options = o
	p.FieldConfig.Defaults.Min = cog.ToPtr(0.0)
	p.FieldConfig.Defaults.Color = &dashboard.FieldColor{Mode: dashboard.FieldColorModeIdPaletteClassic}
	p.FieldConfig.Defaults.Custom = &common.GraphFieldConfig{
		DrawStyle:   cog.ToPtr(common.GraphDrawStyleLine),
		LineWidth:   cog.ToPtr(2.0),
		FillOpacity: cog.ToPtr(8.0),
		ShowPoints:  cog.ToPtr(common.VisibilityModeAuto),
		// a week that has no quantile yet is a gap, not a line across it
		SpanNulls: &common.BoolOrFloat64{Bool: cog.ToPtr(false)},
	}
	return p.size(12, 8)
}

// categories is a bar chart over the query's first column, which is text.
func categories(title, description, unit, query string) *panel {
	p := newPanel("barchart", title, description, unit, "nothing in this period", newTarget("A", formatTable, query))
	o := barchart.NewOptions()
	o.Orientation = common.VizOrientationHorizontal
	o.ShowValue = common.VisibilityModeAuto
	o.Legend.ShowLegend = true
	o.Tooltip = common.VizTooltipOptions{Mode: common.TooltipDisplayModeMulti, Sort: common.SortOrderNone}
	p.Options = o
	p.FieldConfig.Defaults.Min = cog.ToPtr(0.0)
	p.FieldConfig.Defaults.Color = &dashboard.FieldColor{
		Mode: dashboard.FieldColorModeIdFixed, FixedColor: cog.ToPtr(blue),
	}
	return p.size(12, 8)
}

// rows is a table panel; columns not named are left as Grafana shows them.
func rows(title, description, query string, columns ...column) *panel {
	p := newPanel("table", title, description, unitText, "no rows", newTarget("A", formatTable, query))
	o := table.NewOptions()
	o.CellHeight = cog.ToPtr(common.TableCellHeightSm)
	p.Options = o
	p.FieldConfig.Defaults.Custom = map[string]any{"align": "auto", "filterable": true, "inspect": false}
	// Grafana shows the text for an empty panel in each empty cell as well.
	p.override(dashboard.DashboardFieldConfigSourceOverrides{
		Matcher:    dashboard.MatcherConfig{Id: "byRegexp", Options: "/.*/"},
		Properties: []dashboard.DynamicConfigValue{property("noValue", "–")},
	})
	for _, c := range columns {
		p.columns = append(p.columns, Column{Name: c.name, Unit: c.unit()})
		if len(c.properties) > 0 {
			p.override(byName(c.name, c.properties...))
		}
	}
	return p.size(24, 9)
}

// size sets width and height in Grafana's grid: 24 columns, 30 pixels a row.
func (p *panel) size(width, height uint32) *panel {
	p.GridPos.W, p.GridPos.H = width, height
	return p
}

func (p *panel) override(o ...dashboard.DashboardFieldConfigSourceOverrides) *panel {
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, o...)
	return p
}

// series gives the series with these names the palette's colours in turn.
func (p *panel) series(names ...string) *panel {
	for i, name := range names {
		p.override(byName(name, fixed(palette()[i%len(palette())])))
	}
	return p
}

func (p *panel) thresholds(first string, more ...step) *panel {
	p.FieldConfig.Defaults.Thresholds = cog.ToPtr(steps(first, more...))
	return p
}

func (p *panel) decimals(n float64) *panel {
	p.FieldConfig.Defaults.Decimals = cog.ToPtr(n)
	return p
}

// upTo ends the axis at a value, 1 for shares.
func (p *panel) upTo(highest float64) *panel {
	p.FieldConfig.Defaults.Max = cog.ToPtr(highest)
	return p
}

// stacked draws bars upon each other.
func (p *panel) stacked() *panel {
	c := p.FieldConfig.Defaults.Custom.(*common.GraphFieldConfig)
	c.DrawStyle, c.FillOpacity = cog.ToPtr(common.GraphDrawStyleBars), cog.ToPtr(70.0)
	c.Stacking = &common.StackingConfig{Mode: cog.ToPtr(common.StackingModeNormal), Group: cog.ToPtr("A")}
	return p
}

// bars draws bars beside each other.
func (p *panel) bars() *panel {
	c := p.FieldConfig.Defaults.Custom.(*common.GraphFieldConfig)
	c.DrawStyle, c.FillOpacity = cog.ToPtr(common.GraphDrawStyleBars), cog.ToPtr(70.0)
	return p
}

// missing says what stands in place of a figure that there is not.
func (p *panel) missing(text string) *panel {
	p.FieldConfig.Defaults.NoValue = cog.ToPtr(text)
	return p
}

// empty says what the panel shows when there is nothing, and that this is fine.
func (p *panel) empty(text string) *panel {
	p.mayBeEmpty = true
	return p.missing(text)
}
