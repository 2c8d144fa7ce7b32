package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// tag marks all dashboards; the links between them are found by it.
const tag = "ticketmill"

// board is one dashboard: rows of panels with a heading each.
type board struct {
	uid, title, description string
	variables               []dashboard.VariableModel
	sections                []section
}

// section is a heading and the panels under it, laid out from left to right and
// then down.
type section struct {
	title  string // none: no heading
	panels []*panel
}

//nolint:staticcheck // the SDK prefers schema v2, which file provisioning of 12.4 does not read yet
func (b *board) dashboard() *dashboard.Dashboard {
	d := dashboard.NewDashboard()
	d.Uid, d.Title, d.Description = cog.ToPtr(b.uid), cog.ToPtr(b.title), cog.ToPtr(b.description)
	d.Tags = []string{tag}
	d.GraphTooltip = cog.ToPtr(dashboard.DashboardCursorSyncCrosshair)
	// A year of weeks; and the time zone is what the viewer has chosen.
	d.Time = &dashboard.DashboardDashboardTime{From: "now-1y", To: "now"}
	d.Timezone = cog.ToPtr("")
	d.Refresh = cog.ToPtr("5m")
	d.Templating.List = b.variables
	d.Annotations.List = []dashboard.AnnotationQuery{runAnnotation(), releaseAnnotation()}
	d.Links = []dashboard.DashboardLink{{
		Title: "ticketmill", Type: dashboard.DashboardLinkTypeDashboards, Tags: []string{tag},
		Icon: "external link", Tooltip: "The other dashboards, with the same choices and period",
		IncludeVars: true, KeepTime: true,
	}}
	d.Panels = b.layout()
	return d
}

// runAnnotation marks the pipeline's runs.
func runAnnotation() dashboard.AnnotationQuery {
	return dashboard.AnnotationQuery{
		Name: "Runs", Enable: true, Datasource: cog.ToPtr(datasource()), IconColor: grey,
		Target: newTarget("Anno", formatTable, `SELECT
  started_at AS time,
  'ticketmill ' || verb || ': ' || outcome AS text,
  outcome AS tags
FROM ops.run
WHERE $__timeFilter(started_at)
ORDER BY time
LIMIT 500`),
	}
}

// releaseAnnotation marks what release jobs have told Grafana, see README.md: no
// source tells releases reliably, so no table has them.
func releaseAnnotation() dashboard.AnnotationQuery {
	grafana := common.DataSourceRef{Type: cog.ToPtr("grafana"), Uid: cog.ToPtr("-- Grafana --")}
	return dashboard.AnnotationQuery{
		Name: "Releases", Enable: true, Datasource: &grafana, IconColor: purple,
		Target: variants.UnknownDataquery{"type": "tags", "tags": []string{"release"}, "limit": 100, "matchAny": false},
	}
}

// layout numbers the panels and places them in the grid.
func (b *board) layout() []dashboard.PanelOrRowPanel {
	var all []dashboard.PanelOrRowPanel
	var id, y uint32
	for _, s := range b.sections {
		if s.title != "" {
			id++
			all = append(all, dashboard.PanelOrRowPanel{RowPanel: &dashboard.RowPanel{
				Type: "row", Id: id, Title: cog.ToPtr(s.title), Panels: []dashboard.Panel{},
				GridPos: &dashboard.GridPos{W: 24, H: 1, Y: y},
			}})
			y++
		}
		var x, height uint32
		for _, p := range s.panels {
			if x+p.GridPos.W > 24 {
				x, y, height = 0, y+height, 0
			}
			id++
			p.Id = cog.ToPtr(id)
			p.GridPos.X, p.GridPos.Y = x, y
			x, height = x+p.GridPos.W, max(height, p.GridPos.H)
			all = append(all, dashboard.PanelOrRowPanel{Panel: &p.Panel})
		}
		y += height
	}
	return all
}

// targets are the queries of a panel.
func (p *panel) targets() []target {
	all := make([]target, 0, len(p.Targets))
	for _, t := range p.Targets {
		all = append(all, asTarget(t))
	}
	return all
}

func asTarget(q variants.Dataquery) target {
	t, _ := q.(target) // the package makes no others
	return t
}
