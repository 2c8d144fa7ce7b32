package report

import "time"

// Report is what is known of one period of one generation. Shares are between 0
// and 1, durations are seconds; nil is "not known", such as a median that is not
// reached because too many tickets still wait.
type Report struct {
	Generation string // such as "gen-000017"
	AsOf       time.Time
	Timezone   string
	Period     Period
	Previous   Period

	Headline Headline
	Before   Headline
	Weeks    []Week

	Types    []TypeCount // all that had tickets in either period
	Emerging []EmergingType

	Models     []Response // by support model
	Priorities []Response
	Policies   []Policy

	Scores          []Score
	Recommendations []Recommendation

	Sources      []Source
	Checks       []Check
	Completeness []Completeness

	// Missing lists published tables that this generation does not have; the
	// sections that need them say so.
	Missing []string
}

// Headline is the figures of a whole period.
type Headline struct {
	Opened, Resolved, Reopened, Backlog *float64
	Cohort                              Response
	Satisfaction                        *float64 // mean, 1 to 5
	Surveys                             int64
	ReopenRate                          *float64
}

// Response is how the tickets opened in a period fared, by Kaplan and Meier
// (1958) with the unanswered and unresolved ones censored.
type Response struct {
	Group           string
	Tickets         int64
	Unanswered      int64
	Unresolved      int64
	Answered24h     *float64
	FirstP50        *float64
	FirstP90        *float64
	ResolutionP50   *float64
	SLAMet          *float64 // of the clocks that are decided
	SLADecided      int64
	SLAFirst        *float64
	SLAResolution   *float64
	Answered24hThen *float64 // of the period before
}

// Week is one whole week, which may begin before the period.
type Week struct {
	On          time.Time // its Monday
	Opened      int64
	Resolved    int64
	Backlog     int64 // at its end
	Answered24h *float64
	FirstP50    *float64
}

// TypeCount is a demand type's tickets in this period and the one before.
type TypeCount struct {
	ID, Name  string
	Now, Then int64
	Share     float64 // of this period's tickets
	Trend     string
	IsOther   bool
	IsBeyond  bool // the change is beyond chance
}

// Change is the difference to the period before.
func (t TypeCount) Change() int64 { return t.Now - t.Then }

// EmergingType is a demand type that is new or had an alarm in the period.
type EmergingType struct {
	Name, Keywords string
	FirstSeen      *time.Time
	Tickets        int64 // in the period
	Alarms         int64 // weeks of the period beyond the expected band
	IsEmerging     bool
}

// Policy is how a service agreement was kept for the period's tickets.
type Policy struct {
	Name, Metric, Calendar         string
	Target                         *float64 // working seconds
	Met, Breached, Running, Paused int64
}

// Share is the met share of the decided clocks, nil without any.
func (p Policy) Share() *float64 {
	if p.Met+p.Breached == 0 {
		return nil
	}
	v := float64(p.Met) / float64(p.Met+p.Breached)
	return &v
}

// Interval is an estimate with its 95 % interval.
type Interval struct{ Value, Low, High *float64 }

// Score is a support model's score for one demand type, or for all of them.
type Score struct {
	TypeID, Type, Model string
	Tickets             int64
	WhyNot              string // it is not comparable; empty if it is
	Score               Interval
	Unadjusted          *float64
	ProbabilityBest     *float64
	// Durations are means, of 30 days at most.
	Answered, FirstResponse, Resolution, Reopened, Cost Pair
}

// Pair is a metric as measured, and adjusted for what kind of tickets came.
type Pair struct{ Plain, Adjusted *float64 }

// IsOverall tells the score over all demand types.
func (s Score) IsOverall() bool { return s.TypeID == allTypes }

// allTypes is the id of the score over all demand types.
const allTypes = "all"

// Recommendation is what to do with one demand type.
type Recommendation struct {
	Type, Sentence, Action string
	Current, Recommended   string
	Mix                    string
	PerMonth, Confidence   *float64
	FirstResponse, Resolve *float64 // change in seconds
	CostPerMonth           *float64 // change
}

// Source is how fresh one source is.
type Source struct {
	Name, Kind string
	Streams    int64
	Stale      int64
	CompleteAt *time.Time // the oldest of its streams
	AgeSeconds *float64   // against AsOf
}

// Check is a data check of the build that did not pass clean, or the number of
// those that did.
type Check struct {
	Name, What string
	Offenses   int64
}

// Completeness is where a source's landed records went.
type Completeness struct {
	Source                                       string
	Landed, InCore, Rejected, Excluded, Orphaned int64
	Superseded, Unexplained, MissingAtSource     int64
	Reasons                                      string
}
