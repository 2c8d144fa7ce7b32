package nightly

// Outcome is what a night has come to.
type Outcome struct {
	After          *State
	ChangedTickets []string // ids of tickets placed anew or elsewhere, sorted
	ChangedTypes   []string // ids, sorted
	ChangedSplits  []string // ids of types with a new Division, sorted
	Events         []Event
	Refitted       bool // After.Model and After.Clusters are new
}
