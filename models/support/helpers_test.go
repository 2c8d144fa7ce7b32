package support_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/ticketmill/ticketmill/models/support"
)

const (
	hour = 3600.0
	day  = 24 * hour
	now  = 1767225600
)

// add appends a plain resolved ticket, which edit may change.
func add(t *support.Table, kind, model int, edit func(t *support.Table, i int)) {
	i := len(t.Key)
	t.Key = append(t.Key, uint64(i)*0x9e3779b97f4a7c15)
	t.Type, t.Model = append(t.Type, int32(kind)), append(t.Model, int32(model))
	t.Created = append(t.Created, now-int64(day)*int64(40+i%300))
	t.ResponseSeconds, t.Responded = append(t.ResponseSeconds, hour), append(t.Responded, true)
	t.ResolutionSeconds, t.Resolved = append(t.ResolutionSeconds, 2*day), append(t.Resolved, true)
	t.Reopened, t.OneTouch = append(t.Reopened, i%11 == 0), append(t.OneTouch, i%3 == 0)
	t.Touches, t.Satisfaction = append(t.Touches, int32(1+i%3)), append(t.Satisfaction, float64(3+i%3))
	t.SLAMet, t.Priority = append(t.SLAMet, int8(i%3)-1), append(t.Priority, int32(i%4)-1)
	t.Product, t.Language = append(t.Product, int32(i%3)), append(t.Language, int32(i%2))
	t.TextLength, t.ReporterTickets = append(t.TextLength, int32(i%900)), append(t.ReporterTickets, int32(i%7))
	if edit != nil {
		edit(t, i)
	}
}

// config is of so many types and models.
func config(types, models int) support.Config {
	c := support.Config{
		Now: now, Seed: 7, Threads: 2, Draws: 300,
		Weights: support.Weights{Resolution: 0.30, FirstResponse: 0.25, Quality: 0.20, Satisfaction: 0.15, Cost: 0.10},
	}
	for range types {
		c.Types = append(c.Types, "login after upgrade")
	}
	for m := range models {
		c.Models = append(c.Models, support.Model{
			Name: []string{"community", "paid", "hybrid"}[m%3], CostPerTouch: float64(2 + 16*m), FirstResponse: 24 * hour, Resolution: 5 * day,
		})
	}
	return c
}

// score runs everything and checks what holds for any result.
func score(tb testing.TB, t support.Table, c support.Config, moves ...support.Move) *support.Result {
	tb.Helper()
	e, err := support.Estimate(t, c)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := e.Rescore(support.WhatIf{Models: c.Models, Weights: c.Weights, Moves: moves})
	if err != nil {
		tb.Fatal(err)
	}
	sane(tb, reflect.ValueOf(r), "result")
	best := map[int]float64{}
	for _, row := range r.Rows {
		if row.Tickets == 0 {
			tb.Errorf("a row without tickets: type %d, model %d", row.Type, row.Model)
		}
		if row.ProbabilityBest != nil {
			best[row.Type] += *row.ProbabilityBest
		}
	}
	for kind, p := range best {
		if math.Abs(p-1) > 1e-9 {
			tb.Errorf("type %d: probabilities of being best add up to %v", kind, p)
		}
	}
	return r
}

// sane looks for what must never show: no numbers, infinities, and intervals
// that do not hold their value.
func sane(tb testing.TB, v reflect.Value, path string) {
	tb.Helper()
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) {
			tb.Errorf("%s is %v", path, x)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			sane(tb, v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			sane(tb, v.Index(i), path+"[]")
		}
	case reflect.Struct:
		if e, ok := v.Interface().(support.Estimated); ok {
			ordered(tb, e, path)
		}
		for i := range v.NumField() {
			sane(tb, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	}
}

func ordered(tb testing.TB, e support.Estimated, path string) {
	tb.Helper()
	const slack = 1e-9
	switch {
	case e.Value == nil && (e.Low != nil || e.High != nil):
		tb.Errorf("%s has an interval but no value", path)
	case e.Low != nil && *e.Low > *e.Value+slack*(1+math.Abs(*e.Value)):
		tb.Errorf("%s: %v is below %v", path, *e.Value, *e.Low)
	case e.High != nil && *e.High < *e.Value-slack*(1+math.Abs(*e.Value)):
		tb.Errorf("%s: %v is above %v", path, *e.Value, *e.High)
	}
}

// row finds a row.
func row(tb testing.TB, r *support.Result, kind, model int) support.Row {
	tb.Helper()
	for _, row := range r.Rows {
		if row.Type == kind && row.Model == model {
			return row
		}
	}
	tb.Fatalf("no row for type %d and model %d", kind, model)
	return support.Row{}
}

// jitter spreads times a little, seeded.
func jitter(seed uint64) func() float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	return func() float64 { return 0.5 + rng.Float64() }
}
