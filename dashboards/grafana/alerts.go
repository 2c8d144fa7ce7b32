package grafana

import (
	"encoding/json"
	"fmt"
	"strings"
)

// rule is an alert rule: it fires for each row whose one number is above the
// limit; the row's texts are the alert's labels.
type rule struct {
	uid, title           string
	query                string
	above                float64
	summary, description string
	board, panel         string // where to look: a dashboard's uid and a panel's title
}

// Alert queries use no dashboard variables. Times are those of the snapshot, so
// that a rule says the same however often it is evaluated; only the last rule is
// about the clock on the wall, and takes it from the alert's own time range.
func rules() []rule {
	return []rule{
		{
			uid: "ticketmill-backlog-jump", title: "Backlog jump", above: 0.25,
			query: `SELECT source, (now - before) / greatest(before, 20) AS value
FROM (
  SELECT source,
    coalesce(sum(backlog) FILTER (WHERE on_day = last_day), 0)::DOUBLE AS now,
    coalesce(sum(backlog) FILTER (WHERE on_day = last_day - 7), 0)::DOUBLE AS before
  FROM marts.backlog_daily
  CROSS JOIN (SELECT max(on_day) AS last_day FROM marts.backlog_daily) AS newest
  WHERE on_day >= last_day - 7
  GROUP BY source
) AS beside`,
			summary:     "The open backlog of {{ .Labels.source }} has grown by {{ humanizePercentage .Values.A.Value }} in a week",
			description: "Open tickets at the end of the newest day beside seven days before; growth counts against at least 20 tickets, so that small sources do not alarm.",
			board:       "ticketmill-overview", panel: "Open backlog",
		},
		{
			uid: "ticketmill-sla-breaches", title: "SLA breach rate", above: 0.2,
			query: `SELECT source, metric, avg(CASE WHEN state = 'breached' THEN 1 ELSE 0 END) AS value
FROM marts.sla
CROSS JOIN ops.snapshot
WHERE state IN ('met', 'breached')
  AND created_at >= as_of - INTERVAL 14 DAY
GROUP BY source, metric
HAVING count(*) >= 10`,
			summary:     "{{ humanizePercentage .Values.A.Value }} of the {{ .Labels.metric }} targets of {{ .Labels.source }} are breached",
			description: "Share of breached among the decided clocks of the tickets created in the 14 days before the snapshot, where there are at least ten.",
			board:       "ticketmill-responsiveness", panel: "By policy and clock",
		},
		{
			uid: "ticketmill-emerging-type", title: "Emerging demand type", above: 0,
			query: `SELECT d.name AS demand_type, d.demand_type_id,
  CASE WHEN d.is_emerging OR coalesce(w.is_alarm, false) THEN 1 ELSE 0 END AS value
FROM marts.demand_type AS d
LEFT JOIN marts.demand_type_weekly AS w
  ON d.demand_type_id = w.demand_type_id AND w.week_on = (SELECT max(week_on) FROM marts.demand_type_weekly)
WHERE NOT d.is_hidden AND d.demand_type_id <> 'other'`,
			summary:     "More people than expected ask for “{{ .Labels.demand_type }}”",
			description: "The type is new or its last whole week had more tickets than chance explains.",
			board:       "ticketmill-demand-types", panel: "Emerging types and alarms",
		},
		{
			uid: "ticketmill-stale-stream", title: "Stale source", above: 0,
			query: `SELECT source, count(*) FILTER (WHERE is_stale) AS value
FROM ops.source_freshness
GROUP BY source`,
			summary:     "{{ .Values.A.Value }} streams of {{ .Labels.source }} are stale",
			description: "The last run failed on them, or their first walk has not finished: what is published is older than it could be.",
			board:       "ticketmill-pipeline", panel: "Freshness by source and stream",
		},
		{
			uid: "ticketmill-old-source", title: "Source not read for long", above: 26,
			query: `SELECT source, ($__unixEpochTo() - max(epoch(complete_at)))::DOUBLE / 3600 AS value
FROM ops.source_freshness
WHERE complete_at IS NOT NULL
GROUP BY source`,
			summary:     "{{ .Labels.source }} was last read {{ printf \"%.0f\" .Values.A.Value }} hours ago",
			description: "Hours since any of its streams was read to its end: the nightly run may not have run at all.",
			board:       "ticketmill-pipeline", panel: "Freshness by source and stream",
		},
	}
}

// alertFile is the provisioning file of the rules. Grafana replaces $NAMES from
// the environment in most fields, but neither in a query's model nor in
// annotations; the latter keep to {{ .Labels }} all the same.
func alertFile() []byte {
	var out strings.Builder
	out.WriteString(`# Written by package dashboards/grafana; change alerts.go and run go generate.
apiVersion: 1
groups:
  - orgId: 1
    name: ticketmill
    folder: ticketmill
    interval: 5m
    rules:
`)
	for _, r := range rules() {
		fmt.Fprintf(&out, `      - uid: %s
        title: %s
        condition: B
        data:
          - refId: A
            datasourceUid: %s
            relativeTimeRange: {from: 3600, to: 0}
            model:
              refId: A
              datasource: {type: %s, uid: %s}
              editorMode: code
              format: table
              rawQuery: true
              rawSql: |
%s
          - refId: B
            datasourceUid: __expr__
            model:
              refId: B
              type: threshold
              datasource: {type: __expr__, uid: __expr__}
              expression: A
              conditions:
                - evaluator: {type: gt, params: [%g]}
        noDataState: OK
        execErrState: Error
        for: 0s
        annotations:
          summary: %s
          description: %s
          __dashboardUid__: %s
          __panelId__: "%d"
        labels:
          team: support
        isPaused: false
`, r.uid, quoted(r.title), datasourceUID, datasourceType, datasourceUID, indented(r.query, 16), r.above,
			quoted(r.summary), quoted(r.description), r.board, panelID(r.board, r.panel))
	}
	return []byte(out.String())
}

// quoted is a YAML scalar: every JSON string is one.
func quoted(s string) string {
	b, _ := json.Marshal(s) // a string can always be encoded
	return string(b)
}

func indented(s string, by int) string {
	pad := strings.Repeat(" ", by)
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad)
}

// panelID is the number that the layout gives a panel, 0 where there is none.
func panelID(uid, title string) uint32 {
	for _, b := range boards() {
		if b.uid != uid {
			continue
		}
		for _, item := range b.layout() {
			if item.Panel != nil && *item.Panel.Title == title {
				return *item.Panel.Id
			}
		}
	}
	return 0
}
