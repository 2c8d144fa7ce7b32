package main

import (
	"encoding/json"
	"os"

	"github.com/ticketmill/ticketmill/dashboards/grafana"
)

func main() {
	json.NewEncoder(os.Stdout).Encode(map[string]any{"q": grafana.Queries(), "v": grafana.Variables()})
}
