package grafana

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
)

// Provisioning holds what Grafana reads at its start: provisioning/ with the
// data source, the folder of dashboards and the alert rules, and dashboards/.
//
//go:embed dashboards/*.json provisioning
var Provisioning embed.FS

// boards are all dashboards, in the order in which they link to each other.
func boards() []*board {
	return []*board{
		overview(), demandTypes(), supportModels(), responsiveness(), community(), explorer(), pipeline(),
	}
}

// Files returns what this package writes, by path relative to its folder. It
// fails when a dashboard cannot be encoded.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{"provisioning/alerting/ticketmill.yaml": alertFile()}
	for _, b := range boards() {
		text, err := encode(b)
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", b.uid, err)
		}
		files["dashboards/"+b.uid+".json"] = text
	}
	return files, nil
}

// encode decodes what the SDK writes and encodes it again: sorted keys, and SQL
// that can be read, because < and > stay as they are.
func encode(b *board) ([]byte, error) {
	raw, err := json.Marshal(b.dashboard())
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(tree)
	return out.Bytes(), err
}
