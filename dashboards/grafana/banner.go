package grafana

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// banner heads every dashboard: how old what it shows is, and whether anything
// about it is in doubt.
func banner() section {
	p := number("Freshness and quality",
		"“Data until” is the clock of the build: the moment up to which tickets are known and open ones have waited. "+
			"A stale stream is one whose last reading failed or has not reached its end. "+
			"Unexplained records have landed without ending in a table, or are counted by the source and missing here, with no reason known. "+
			"Rejected ones could not be read; they are kept in quarantine.",
		unitCount, `SELECT
  s.as_of AS "Data until",
  s.built_at AS "Published",
  (SELECT count(*) FROM ops.source_freshness WHERE is_stale) AS "Stale streams",
  (SELECT coalesce(sum(unexplained + missing_unexplained), 0)::BIGINT FROM ops.completeness) AS "Unexplained records",
  (SELECT coalesce(sum(rejected), 0)::BIGINT FROM ops.completeness) AS "Rejected records",
  (SELECT count(*) FROM ops."check" WHERE offenses > 0) AS "Failed checks"
FROM ops.snapshot AS s`)
	p.override(
		byName("Data until", property("unit", unitTime), fixed(blue)),
		byName("Published", property("unit", unitAgo), fixed(blue)),
		alarming("Stale streams", colourWarn),
		alarming("Unexplained records", colourBad),
		alarming("Rejected records", colourWarn),
		alarming("Failed checks", colourBad),
	)
	p.linkTo("Pipeline health", "/d/ticketmill-pipeline?${__url_time_range}")
	return section{panels: []*panel{p.size(24, 3)}}
}

// alarming colours a count that ought to be nought.
func alarming(name, colour string) dashboard.DashboardFieldConfigSourceOverrides {
	return byName(name, property("thresholds", steps(colourGood, step{1, colour})))
}

// linkTo puts a link into the panel's head.
func (p *panel) linkTo(title, url string) *panel {
	p.Links = append(p.Links, dashboard.DashboardLink{
		Title: title, Type: dashboard.DashboardLinkTypeLink, Url: &url, Tags: []string{},
	})
	return p
}
