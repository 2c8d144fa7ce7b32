package support

// A covariate counts as recorded by a support model that has at least
// minRecorded tickets if at least this share of them has it.
const (
	minRecorded   = 30
	recordedShare = 0.1
)

// LeaveOutUnrecorded takes away, for all tickets, the covariates that some
// support model does not record. There "missing" would say which model had the
// ticket, not what the ticket was like, and no two tickets of different models
// would ever be alike. It returns what the adjustment then holds equal, in words.
func (t *Table) LeaveOutUnrecorded() []string {
	equal := []string{"demand type"}
	for _, c := range []struct {
		name  string
		codes *[]int32
	}{{"priority", &t.Priority}, {"component", &t.Product}, {"language", &t.Language}} {
		if t.recorded(*c.codes) {
			equal = append(equal, c.name)
			continue
		}
		missing := make([]int32, len(*c.codes))
		for i := range missing {
			missing[i] = -1
		}
		*c.codes = missing
	}
	return append(equal, "text length", "reporter's history", "weekday", "season")
}

// recorded tells whether all support models record a covariate.
func (t *Table) recorded(codes []int32) bool {
	all, known := map[int32]int{}, map[int32]int{}
	for i, m := range t.Model {
		if m < 0 {
			continue
		}
		all[m]++
		if codes[i] >= 0 {
			known[m]++
		}
	}
	for m, n := range all {
		if n >= minRecorded && float64(known[m]) < recordedShare*float64(n) {
			return false
		}
	}
	return true
}
