package pgcat

import "strings"

// columnNames are PostgreSQL's names for the columns of a query that have none
// of their own: count(*) is count, and not count_star().
func columnNames(query any) []string {
	node, _ := query.(map[string]any)
	for node["type"] == "SET_OPERATION_NODE" || node["type"] == "CTE_NODE" {
		next := node["left"]
		if node["type"] == "CTE_NODE" {
			next = node["child"]
		}
		node, _ = next.(map[string]any)
	}
	list, _ := node["select_list"].([]any)
	var names []string
	for _, e := range list {
		expression, _ := e.(map[string]any)
		if expression["class"] == "STAR" {
			return nil
		}
		names = append(names, columnName(expression))
	}
	return names
}

const unnamed = "?column?"

func columnName(e map[string]any) string {
	if alias, _ := e["alias"].(string); alias != "" {
		return alias
	}
	switch e["class"] {
	case "FUNCTION", "WINDOW":
		name, _ := e["function_name"].(string)
		if operator, _ := e["is_operator"].(bool); operator || name == "" || !isWordStart(name[0]) {
			return unnamed
		}
		switch name {
		case "quantile_cont", "quantile_disc":
			return "percentile" + strings.TrimPrefix(name, "quantile")
		case "date_part":
			return "extract"
		}
		return strings.TrimSuffix(name, "_star")
	case "CAST":
		child, _ := e["child"].(map[string]any)
		return columnName(child)
	case "CASE":
		return "case"
	case "CONSTANT", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN":
		return unnamed
	}
	return "" // a column, or what only the engine can name
}
