package support

import (
	"slices"
	"testing"
)

// TestLeaveOutUnrecorded: a covariate goes for all tickets when a model with
// enough of them hardly ever has it, and only then.
func TestLeaveOutUnrecorded(t *testing.T) {
	t.Parallel()
	const each = 40
	var table Table
	for m := range int32(2) {
		for i := range each {
			table.Model = append(table.Model, m)
			priority, product := int32(1), int32(1)
			if m == 1 && i >= 3 { // 3 of 40 are under a tenth
				priority = -1
			}
			if m == 1 && i >= 4 { // 4 are a tenth
				product = -1
			}
			table.Priority, table.Product = append(table.Priority, priority), append(table.Product, product)
		}
	}
	for range minRecorded - 1 { // too few to say what the model records
		table.Model = append(table.Model, 2)
		table.Priority, table.Product = append(table.Priority, 1), append(table.Product, -1)
	}
	table.Model = append(table.Model, -1) // of no model
	table.Priority, table.Product = append(table.Priority, -1), append(table.Product, -1)
	table.Language = make([]int32, len(table.Model))
	product := slices.Clone(table.Product)

	equal := table.LeaveOutUnrecorded()
	if want := []string{"demand type", "component", "language", "text length", "reporter's history", "weekday", "season"}; !slices.Equal(equal, want) {
		t.Errorf("held equal: %q, want %q", equal, want)
	}
	if slices.ContainsFunc(table.Priority, func(code int32) bool { return code != -1 }) {
		t.Error("a priority is left")
	}
	if !slices.Equal(table.Product, product) {
		t.Error("components have changed")
	}
}
