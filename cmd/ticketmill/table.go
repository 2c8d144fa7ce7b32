package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// printTable prints a small result for a person.
func printTable(w io.Writer, title string, rows warehouse.Rows) error {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	t.SetStyle(style)
	header := make(table.Row, len(rows.Columns))
	var configs []table.ColumnConfig
	for i, c := range rows.Columns {
		header[i] = strings.ReplaceAll(c, "_", " ")
		if isNumber(rows.Types[i]) {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(header)
	for _, row := range rows.Values {
		line := make(table.Row, len(row))
		for i, v := range row {
			line[i] = cell(v)
		}
		t.AppendRow(line)
	}
	if title != "" {
		title = "\n" + title + "\n"
	}
	_, err := fmt.Fprintf(w, "%s%s\n", title, t.Render())
	return err
}

func isNumber(sqlType string) bool {
	return strings.HasSuffix(sqlType, "INT") || sqlType == "INTEGER" || sqlType == "DOUBLE" || strings.HasPrefix(sqlType, "DECIMAL")
}

func cell(v any) string {
	switch x := v.(type) {
	case nil:
		return "–"
	case time.Time:
		if x.Equal(x.Truncate(24 * time.Hour)) {
			return x.Format(time.DateOnly)
		}
		return x.Format("2006-01-02 15:04")
	case float64:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprint(v)
	}
}
