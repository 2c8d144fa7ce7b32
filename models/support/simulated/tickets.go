package simulated

import (
	"math"
	"math/rand/v2"

	"github.com/ticketmill/ticketmill/models/support"
)

// Tickets makes n tickets of the world, types in falling frequency, the first
// about three times as frequent as the last.
func (w *World) Tickets(n int, seed uint64) support.Table {
	rng := rand.New(rand.NewPCG(seed, 0x71c))
	var t support.Table
	for range n {
		d := w.pickType(rng)
		chances, shares := w.priorityChances(d), productChances()
		x := ticket{priority: pick(rng, chances[:]), product: pick(rng, shares[:]), length: rng.NormFloat64()}
		m := pick(rng, w.routes(d, x))
		w.write(&t, rng, d, m, x)
	}
	return t
}

// pickType draws a type.
func (w *World) pickType(rng *rand.Rand) int {
	for {
		d := rng.IntN(w.options.Types)
		if rng.Float64()*1.5 < 1.5-float64(d)/float64(w.options.Types) {
			return d
		}
	}
}

// pick draws a place by its chance.
func pick(rng *rand.Rand, chances []float64) int {
	u := rng.Float64()
	for k, p := range chances {
		if u -= p; u < 0 {
			return k
		}
	}
	return len(chances) - 1
}

// write adds a ticket with the outcomes that the model gives it.
func (w *World) write(t *support.Table, rng *rand.Rand, d, m int, x ticket) {
	p := w.prospects(d, m, x)
	age := float64(w.options.Days) * day * math.Pow(rng.Float64(), w.growth[d])
	resolution, response := p.resolution*rng.ExpFloat64(), p.response*rng.ExpFloat64()
	resolved, touches := resolution <= age, poisson(rng, p.touches)+1

	t.Key = append(t.Key, rng.Uint64())
	t.Type, t.Model = append(t.Type, int32(d)), append(t.Model, int32(m))
	t.Created = append(t.Created, now-int64(age))
	t.ResponseSeconds, t.Responded = append(t.ResponseSeconds, min(response, age)), append(t.Responded, response <= age)
	t.ResolutionSeconds, t.Resolved = append(t.ResolutionSeconds, min(resolution, age)), append(t.Resolved, resolved)
	t.Reopened = append(t.Reopened, rng.Float64() < p.reopen && resolved)
	t.OneTouch = append(t.OneTouch, touches == 1)
	t.Touches = append(t.Touches, int32(touches))
	rating, agreed := math.NaN(), int8(-1)
	points := 1
	for range 4 {
		points += int(number(rng.Float64() < p.pleasure))
	}
	if resolved && rng.Float64() < 0.4 {
		rating = float64(points)
	}
	if m > 0 {
		agreed = int8(number(resolution <= 10*day))
	}
	t.Satisfaction, t.SLAMet = append(t.Satisfaction, rating), append(t.SLAMet, agreed)
	t.Priority, t.Product = append(t.Priority, int32(x.priority)), append(t.Product, int32(x.product))
	t.Language = append(t.Language, int32(rng.IntN(3))-1)
	t.TextLength = append(t.TextLength, int32(math.Exp(6+0.8*x.length)))
	t.ReporterTickets = append(t.ReporterTickets, int32(rng.ExpFloat64()*5))
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// poisson draws a small count (Knuth 1969).
func poisson(rng *rand.Rand, mean float64) int {
	limit, n := math.Exp(-mean), 0
	for p := rng.Float64(); p > limit; p *= rng.Float64() {
		n++
	}
	return n
}
