package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what is served, in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	queries  *prometheus.CounterVec
	took     *prometheus.HistogramVec
	requests *prometheus.CounterVec
	waited   *prometheus.HistogramVec
}

// buckets of durations in seconds, around the 100 ms that a dashboard's query may
// take.
func buckets() []float64 { return []float64{0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30} }

// NewMetrics makes the registry.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		queries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketmill_queries_total", Help: "Statements of users by protocol (pg, http) and outcome (ok, or an error's code).",
		}, []string{"protocol", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ticketmill_query_seconds", Help: "How long statements of users took, by protocol.", Buckets: buckets(),
		}, []string{"protocol"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketmill_http_requests_total", Help: "HTTP requests by route and status.",
		}, []string{"route", "status"}),
		waited: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ticketmill_http_request_seconds", Help: "How long HTTP requests took, by route.", Buckets: buckets(),
		}, []string{"route"}),
	}
	m.registry.MustRegister(m.queries, m.took, m.requests, m.waited, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// ObserveQuery counts a user's statement by its protocol, "pg" or "http", and its
// outcome.
func (m *Metrics) ObserveQuery(protocol, outcome string, took time.Duration) {
	m.queries.WithLabelValues(protocol, outcome).Inc()
	m.took.WithLabelValues(protocol).Observe(took.Seconds())
}

func (m *Metrics) observeRequest(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.waited.WithLabelValues(route).Observe(took.Seconds())
}

// metrics serves the registry together with what the snapshot says.
func (h *Handler) metrics(w http.ResponseWriter, q *http.Request) error {
	facts := prometheus.NewRegistry()
	if err := facts.Register(&snapshotFacts{h: h, ctx: q.Context(), user: visitOf(q.Context()).user}); err != nil {
		return err
	}
	all := prometheus.Gatherers{h.c.Metrics.registry, facts}
	promhttp.HandlerFor(all, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, DisableCompression: true}).ServeHTTP(w, q)
	return nil
}

// snapshotFacts are the metrics that the snapshot itself holds. The engine
// remembers results, so that asking often costs little.
type snapshotFacts struct {
	h    *Handler
	ctx  context.Context
	user User
}

// fact is a query whose last column is a metric's value, the others its labels.
type fact struct {
	name, help, sql string
	labels          []string
}

func facts() []fact {
	return []fact{
		{"ticketmill_snapshot_info", "The served generation; always 1.", "SELECT generation, 1::DOUBLE AS value FROM ops.snapshot", []string{"generation"}},
		{"ticketmill_snapshot_as_of_timestamp_seconds", "What the served snapshot measures open tickets against.", "SELECT epoch(as_of)::DOUBLE AS value FROM ops.snapshot", nil},
		{"ticketmill_snapshot_built_timestamp_seconds", "When the served snapshot was built.", "SELECT epoch(built_at)::DOUBLE AS value FROM ops.snapshot", nil},
		{"ticketmill_source_stale_streams", "Streams whose last run failed or has not finished, by source.", "SELECT source, (count(*) FILTER (WHERE is_stale))::DOUBLE AS value FROM ops.source_freshness GROUP BY source ORDER BY source", []string{"source"}},
		{"ticketmill_source_complete_timestamp_seconds", "Up to when a source's streams are complete, by source.", "SELECT source, epoch(min(complete_at))::DOUBLE AS value FROM ops.source_freshness GROUP BY source HAVING min(complete_at) IS NOT NULL ORDER BY source", []string{"source"}},
		{"ticketmill_rejected_records", "Landed records that could not be read, by source.", "SELECT source, sum(rejected)::DOUBLE AS value FROM ops.completeness GROUP BY source ORDER BY source", []string{"source"}},
		{"ticketmill_unexplained_records", "Landed records without a place or a reason, by source.", "SELECT source, sum(unexplained)::DOUBLE AS value FROM ops.completeness GROUP BY source ORDER BY source", []string{"source"}},
		{"ticketmill_last_run_exit_status", "Exit status of the last run that has ended, by verb.", "SELECT verb, arg_max(exit_status, ended_at)::DOUBLE AS value FROM ops.run WHERE exit_status IS NOT NULL GROUP BY verb ORDER BY verb", []string{"verb"}},
		{"ticketmill_last_run_timestamp_seconds", "When the last run ended, by verb.", "SELECT verb, epoch(max(ended_at))::DOUBLE AS value FROM ops.run WHERE ended_at IS NOT NULL GROUP BY verb ORDER BY verb", []string{"verb"}},
	}
}

// Describe implements prometheus.Collector; the facts are not checked beforehand.
func (s *snapshotFacts) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. What cannot be read is left out.
func (s *snapshotFacts) Collect(out chan<- prometheus.Metric) {
	if name, since := s.h.c.Engine.Generation(); name != "" {
		age := prometheus.NewDesc("ticketmill_snapshot_served_seconds", "For how long the served snapshot has been served.", nil, nil)
		out <- prometheus.MustNewConstMetric(age, prometheus.GaugeValue, s.h.c.Now().Sub(since).Seconds())
	}
	for _, f := range facts() {
		rows, _, err := s.h.all(s.ctx, Query{User: s.user, SQL: f.sql})
		if err != nil {
			s.h.c.Log.Warn("metric_not_read", "metric", f.name, "error", err)
			continue
		}
		desc := prometheus.NewDesc(f.name, f.help, f.labels, nil)
		for _, row := range rows {
			value, ok := row[len(row)-1].(float64)
			labels := make([]string, len(f.labels))
			for i := range labels {
				labels[i] = text(row[i])
			}
			if ok {
				out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
			}
		}
	}
}
