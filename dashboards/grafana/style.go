package grafana

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Okabe and Ito's palette, which people with any colour vision can tell apart
// (https://jfly.uni-koeln.de/color/). Its yellow and its black are left out:
// one drowns on Grafana's light theme, the other on the dark one.
const (
	blue      = "#0072B2"
	orange    = "#E69F00"
	green     = "#009E73"
	purple    = "#CC79A7"
	skyBlue   = "#56B4E9"
	vermilion = "#D55E00"
	grey      = "#999999"
)

// Good, worth a look and bad: blue to vermilion, since red and green look alike
// to one man in twelve.
const (
	colourGood = blue
	colourWarn = orange
	colourBad  = vermilion
)

// palette colours ranked series: the first series takes the first colour.
func palette() []string {
	return []string{blue, orange, green, purple, skyBlue, vermilion, grey}
}

// Units as Grafana calls them.
const (
	unitCount   = "locale"
	unitShare   = "percentunit"
	unitSeconds = "s"
	unitMillis  = "ms"
	unitBytes   = "bytes"
	unitPlain   = "none"
	unitTime    = "dateTimeAsIso"
	unitAgo     = "dateTimeFromNow"
	unitPoints  = "suffix:of 5"
	unitText    = "string"
)

// step is a threshold: the colour from a value on.
type step struct {
	from   float64
	colour string
}

// steps are thresholds: the first colour holds from minus infinity on.
func steps(first string, more ...step) dashboard.ThresholdsConfig {
	t := dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: []dashboard.Threshold{{Color: first}}}
	for _, s := range more {
		t.Steps = append(t.Steps, dashboard.Threshold{Value: cog.ToPtr(s.from), Color: s.colour})
	}
	return t
}

func property(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}

func fixed(colour string) dashboard.DynamicConfigValue {
	return property("color", map[string]string{"mode": "fixed", "fixedColor": colour})
}

func byName(name string, properties ...dashboard.DynamicConfigValue) dashboard.DashboardFieldConfigSourceOverrides {
	return dashboard.DashboardFieldConfigSourceOverrides{
		Matcher:    dashboard.MatcherConfig{Id: "byName", Options: name},
		Properties: properties,
	}
}

// ranked colours series whose names begin with their rank ("1 · helpdesk"):
// Grafana cannot give a palette of one's own to series that are not known
// beforehand.
func ranked() []dashboard.DashboardFieldConfigSourceOverrides {
	var all []dashboard.DashboardFieldConfigSourceOverrides
	for i, colour := range palette() {
		all = append(all, dashboard.DashboardFieldConfigSourceOverrides{
			Matcher:    dashboard.MatcherConfig{Id: "byRegexp", Options: fmt.Sprintf("/^%d · /", i+1)},
			Properties: []dashboard.DynamicConfigValue{fixed(colour)},
		})
	}
	return all
}
