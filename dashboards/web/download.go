package web

import (
	"io"
	"net/http"
	"path"
	"strings"
)

// download serves whole marts, such as /downloads/ticket.csv and
// /downloads/ops.completeness.parquet.
func (h *Handler) download(w http.ResponseWriter, q *http.Request) error {
	name := q.PathValue("name")
	ending := path.Ext(name)
	types := map[string]string{".csv": "text/csv; charset=utf-8; header=present", ".parquet": "application/vnd.apache.parquet"}
	if types[ending] == "" || h.c.Export == nil {
		return &problem{http.StatusNotFound, "a download is the name of a mart with .csv or .parquet; /v1/marts lists the marts"}
	}
	table, err := h.findMart(q.Context(), strings.TrimSuffix(name, ending))
	if err != nil {
		return err
	}
	generation, _ := h.c.Engine.Generation()
	if fresh(w, q, generation) {
		return nil
	}
	w.Header().Set("Content-Type", types[ending])
	w.Header().Set("Content-Disposition", `attachment; filename="`+table.Name+"-"+generation+ending+`"`)
	if q.Method == http.MethodHead {
		return nil
	}
	leave, err := enter(q.Context(), h.heavy)
	if err != nil {
		return err
	}
	defer leave()
	return h.c.Export(q.Context(), generation, table.Name, strings.TrimPrefix(ending, "."), onlyWriter{w})
}

// onlyWriter hides what else a response can do from the exporter.
type onlyWriter struct{ io.Writer }
