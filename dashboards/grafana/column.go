package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// column is a column of a table panel.
type column struct {
	name       string
	properties []dashboard.DynamicConfigValue
}

func columnOf(name, unit string) column {
	return column{name: name, properties: []dashboard.DynamicConfigValue{property("unit", unit)}}
}

func text(name string) column    { return column{name: name} }
func count(name string) column   { return columnOf(name, unitCount) }
func seconds(name string) column { return columnOf(name, unitSeconds) }
func when(name string) column    { return columnOf(name, unitTime).width(165) }
func share(name string) column {
	return columnOf(name, unitShare).with(property("decimals", 1))
}

func plain(name string, decimals int) column {
	return columnOf(name, unitPlain).with(property("decimals", decimals))
}

// hidden is a column for links. Grafana renamed the property; 12.4 knows one of
// the two and passes over the other.
func hidden(name string) column {
	return column{name: name}.with(
		property("custom.hidden", true),
		property("custom.hideFrom", map[string]bool{"viz": true, "legend": false, "tooltip": false}),
	)
}

// unit is "" where the column has none.
func (c column) unit() string {
	for _, p := range c.properties {
		if unit, ok := p.Value.(string); ok && p.Id == "unit" {
			return unit
		}
	}
	return ""
}

func (c column) with(p ...dashboard.DynamicConfigValue) column {
	c.properties = append(c.properties[:len(c.properties):len(c.properties)], p...)
	return c
}

func (c column) width(pixels int) column { return c.with(property("custom.width", pixels)) }

// wrapped lets long text use several lines.
func (c column) wrapped() column {
	return c.with(property("custom.cellOptions", map[string]any{"type": "auto", "wrapText": true}))
}

// link makes the cells links; the URL may name other columns of the row.
func (c column) link(title, url string, newTab bool) column {
	return c.with(property("links", []map[string]any{{"title": title, "url": url, "targetBlank": newTab}}))
}

// coloured paints the cells' background by thresholds. To Grafana nothing is less
// than everything, and would have the first colour.
func (c column) coloured(first string, more ...step) column {
	return c.with(
		property("thresholds", steps(first, more...)),
		property("color", map[string]string{"mode": "thresholds"}),
		property("mappings", []map[string]any{{"type": "special", "options": map[string]any{
			"match": "null", "result": map[string]any{"text": "–", "color": "transparent", "index": 0},
		}}}),
		property("custom.cellOptions", map[string]string{"type": "color-background", "mode": "basic"}),
	)
}

// gauge draws a bar in the cells, from 0 to highest.
func (c column) gauge(highest float64) column {
	return c.with(
		property("min", 0), property("max", highest),
		property("custom.cellOptions", map[string]string{"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}),
	)
}

// flag shows true as a coloured word and false as another.
func (c column) flag(yes, yesColour, no string) column {
	return c.with(
		property("mappings", []map[string]any{{"type": "value", "options": map[string]any{
			"true":  map[string]any{"text": yes, "color": yesColour, "index": 0},
			"false": map[string]any{"text": no, "index": 1},
		}}}),
		property("custom.cellOptions", map[string]string{"type": "color-text"}),
	)
}
