package web

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/report"
)

var (
	//go:embed start.html.tmpl
	startText string
	//go:embed start.css
	startStyle string
)

// startPage is what the start page's template prints.
type startPage struct {
	Lang, OtherLang, OtherName string
	Say                        map[string]string
	Style                      template.CSS
	Generation, AsOf, Timezone string
	Period                     string
	Sources, Checks            string
	IsWorrying                 bool
	Report                     template.HTML
	Absent                     string
	Marts                      []martTable
	Connect                    string
}

// start serves the start page: what is published, and the newest report.
func (h *Handler) start(w http.ResponseWriter, q *http.Request) error {
	language, err := report.Language(q.URL.Query().Get("lang"))
	if err != nil {
		language = report.English
	}
	generation, _ := h.c.Engine.Generation()
	if generation == "" {
		return &problem{http.StatusServiceUnavailable, "no snapshot is served yet"}
	}
	if fresh(w, q, generation) {
		return nil
	}
	user := visitOf(q.Context()).user
	body, err := h.reports.get("start\x00"+generation+"\x00"+user.Role+"\x00"+string(language), func() ([]byte, error) {
		return h.startPage(q, user, language)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy(pageStyle()))
	_, err = w.Write(body)
	return err
}

func pageStyle() template.CSS { return report.Style() + template.CSS(startStyle) }

func (h *Handler) startPage(q *http.Request, user User, language report.Lang) ([]byte, error) {
	tables, generation, err := h.tables(q.Context(), user)
	if err != nil {
		return nil, err
	}
	p := startPage{
		Lang: string(language), OtherLang: "zh", OtherName: "中文", Say: phrases(language), Style: pageStyle(),
		Generation: generation, Marts: tables, Connect: h.c.Connect,
	}
	if language == report.Chinese {
		p.OtherLang, p.OtherName = "en", "English"
	}
	rep, err := h.build(q.Context(), user, report.Choice{})
	if err != nil {
		h.c.Log.Warn("start_page_without_report", "error", err)
		p.Absent = p.Say["absent"]
	} else if err := p.show(rep, language); err != nil {
		return nil, err
	}
	t, err := template.New("start").Parse(startText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, p)
	return b.Bytes(), err
}

// show fills in what the report says.
func (p *startPage) show(rep *report.Report, language report.Lang) (err error) {
	p.Generation, p.Timezone, p.AsOf = rep.Generation, rep.Timezone, rep.AsOf.Format("2006-01-02 15:04 UTC")
	p.Period = rep.Period.From.Format(time.DateOnly) + " – " + rep.Period.To.Format(time.DateOnly)
	stale, failed := 0, 0
	for _, s := range rep.Sources {
		if s.Stale > 0 {
			stale++
		}
	}
	for _, c := range rep.Checks {
		if c.Offenses > 0 {
			failed++
		}
	}
	p.Sources = fmt.Sprintf(p.Say["sources"], len(rep.Sources), stale)
	p.Checks = fmt.Sprintf(p.Say["checks"], len(rep.Checks), failed)
	p.IsWorrying = stale+failed > 0
	p.Report, err = rep.Body(language)
	return err
}

// phrases are the start page's texts.
func phrases(language report.Lang) map[string]string {
	if language == report.Chinese {
		return map[string]string{
			"title": "ticketmill：技术支持分析", "published": "已发布快照", "asOf": "未结工单计算时点", "freshness": "数据源", "quality": "数据检查",
			"sources": "共 %d 个，%d 个过期", "checks": "共 %d 项，%d 项有问题",
			"report": "最近一个完整月的报告", "page": "报告页面", "save": "下载", "absent": "此快照无法生成报告。",
			"data": "数据表", "table": "表", "row": "每一行", "connect": "连接", "grafana": "Grafana：添加 PostgreSQL 数据源，地址与 psql 相同；仪表盘与预置文件在 dashboards/grafana。",
			"api": "接口说明", "metrics": "指标（Prometheus）", "list": "数据表列表（JSON）", "psql": "psql 与 BI 工具（PostgreSQL 协议，只读）：",
		}
	}
	return map[string]string{
		"title": "ticketmill: support analytics", "published": "Published snapshot", "asOf": "Open tickets measured at", "freshness": "Sources", "quality": "Data checks",
		"sources": "%d, %d stale", "checks": "%d, %d found something",
		"report": "Report of the last full month", "page": "as a page", "save": "download", "absent": "There is no report of this snapshot.",
		"data": "Published tables", "table": "Table", "row": "One row is", "connect": "Connect", "grafana": "Grafana: add a PostgreSQL data source with the same address as psql; the dashboards and their provisioning are in dashboards/grafana.",
		"api": "description of the API", "metrics": "metrics for Prometheus", "list": "list of the tables as JSON", "psql": "psql and BI tools (PostgreSQL protocol, read-only):",
	}
}
