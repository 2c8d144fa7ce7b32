package lineage

// Settle decides a ticket's type tonight: it stays with before unless after is
// clearly better, that is when its log score is higher by more than margin
// (natural logarithm, so a margin of ln 4 asks for four times the likelihood).
// A ticket without a type before takes after. The score of a type that is gone
// is minus infinity; scores that cannot be compared change nothing.
func Settle(before, after string, beforeScore, afterScore, margin float64) string {
	if before == "" || afterScore-beforeScore > margin {
		return after
	}
	return before
}
