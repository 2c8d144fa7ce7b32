package support

import "math"

// What to do with a demand type.
const (
	Keep        = "keep"
	MoveTo      = "move"
	SelfService = "self_service"
	NotEnough   = "not_enough_evidence"
)

const (
	// MinGain is the least gain in score that is worth a move.
	MinGain = 0.02
	// MoveConfidence is the least probability that the recommended model
	// scores better than the current one.
	MoveConfidence = 0.9
	// KeepConfidence is the least probability that no other model is better
	// than the current one by MinGain, unless one is better for certain, but by
	// less.
	KeepConfidence = 0.8
	// MinSame is how many of a type's sampled tickets must have been closed by
	// nearly the same answer for it to be published instead.
	MinSame = 20
	// MinSameShare is which share of them must have been.
	MinSameShare = 0.3
	// MinPerMonth is how many of a type must come in a month for that.
	MinPerMonth = 1
)

// nobody is the index of no support model.
const nobody = -1

// Recommendation is what to do with a demand type.
type Recommendation struct {
	Type            int
	Action          string
	Shares          []float64 // of the models in the type's present tickets
	TicketsPerMonth float64   // over the last year, or as long as there are tickets

	Current     int // the model with the largest share
	Recommended int // −1 unless the action is Keep or MoveTo
	// Confidence is the probability that the recommended model scores better
	// than the current one (MoveTo), that none is better by MinGain (Keep), or
	// that the best other one is better (NotEnough). Nil where nothing compares,
	// and for SelfService, which is not about the models.
	Confidence *float64
	ScoreGain  Estimated // of the recommended or best other model over the current

	// What a move changes for the tickets of the comparable models that are not
	// the recommended one, largest share first: seconds to the first response and
	// to the resolution (means restricted to 30 days), and the cost of a month.
	MovedFrom                                   []int
	MovedPerMonth                               float64
	FirstResponseChange, ResolutionChange, Cost Estimated

	Answer   Answer
	Sentence string // for a manager
}

// verdict is a recommendation with the figures that its sentence needs.
type verdict struct {
	Recommendation
	challenger                int     // best comparable other model
	early                     []int   // models of which it is too early to tell
	blind                     bool    // nothing that the weights count is known of the models
	better                    float64 // chance that it scores better than the current one
	first, resolved, expenses figure
}

// recommend decides on type d.
func (j *judge) recommend(d int, c comparison) Recommendation {
	v := verdict{challenger: nobody}
	v.Type, v.Action, v.Recommended = d, NotEnough, nobody
	v.Shares, v.TicketsPerMonth = j.e.shares(d), j.perMonth(d)
	v.Current = largest(v.Shares)
	v.first, v.resolved, v.expenses = unknown(), unknown(), unknown()
	if j.e.config.Answers != nil {
		v.Answer = j.e.config.Answers[d]
	}
	j.weigh(&v, c)
	if a := v.Answer; a.Same >= MinSame && float64(a.Same) >= MinSameShare*float64(a.Sampled) && v.TicketsPerMonth >= MinPerMonth {
		v.Action, v.Recommended, v.Confidence, v.ScoreGain = SelfService, nobody, nil, Estimated{}
	}
	if v.Action == MoveTo {
		j.expect(&v)
	}
	v.Sentence = j.sentence(v)
	return v.Recommendation
}

// weigh compares the current model with the best of the others.
func (j *judge) weigh(v *verdict, c comparison) {
	v.early, v.blind = c.early, c.blind
	now := c.place(v.Current)
	if now < 0 {
		return
	}
	other := nobody
	for p := range c.models {
		if p != now && (other == nobody || c.scores[p] > c.scores[other]) {
			other = p
		}
	}
	v.challenger = c.models[other]
	var better, safe float64
	gains := make([]float64, len(c.draws[now]))
	for b, own := range c.posterior[now] {
		gains[b] = c.draws[other][b] - c.draws[now][b]
		better += number(c.posterior[other][b] > own)
		most := 0.0
		for p := range c.models {
			most = max(most, c.posterior[p][b]-own)
		}
		safe += number(most < MinGain)
	}
	better, safe = better/float64(len(gains)), safe/float64(len(gains))
	gain := c.scores[other] - c.scores[now]
	v.better = better
	v.ScoreGain = summary(gain, gains).estimated()
	switch {
	case better >= MoveConfidence && gain >= MinGain:
		v.Action, v.Recommended, v.Confidence = MoveTo, v.challenger, shown(better)
	case safe >= KeepConfidence, better >= MoveConfidence: // or better, but by next to nothing
		v.Action, v.Recommended, v.Confidence = Keep, v.Current, shown(safe)
	default:
		v.Confidence = shown(better)
	}
}

// expect fills in what the move changes.
func (j *judge) expect(v *verdict) {
	v.MovedFrom, _ = j.from(v.Type, v.Recommended)
	_, v.MovedPerMonth = j.others(v.Type, v.Recommended)
	v.first = j.change(v.Type, v.Recommended, FirstResponseMean).difference
	v.resolved = j.change(v.Type, v.Recommended, ResolutionMean).difference
	v.expenses = j.change(v.Type, v.Recommended, CostPerTicket).difference.times(v.MovedPerMonth)
	v.FirstResponseChange, v.ResolutionChange = v.first.estimated(), v.resolved.estimated()
	v.Cost = v.expenses.estimated()
}

// largest is the place of the greatest value, the first of equals.
func largest(values []float64) int {
	at, top := 0, math.Inf(-1)
	for k, v := range values {
		if v > top {
			at, top = k, v
		}
	}
	return at
}
