package nightly

import (
	"flag"
	"testing"
)

var (
	benchPlaced = flag.Int("placed", 20_000, "tickets that BenchmarkAssignNight finds placed")
	benchNew    = flag.Int("new", 2_000, "tickets that it places")
)

func BenchmarkMatch(b *testing.B) {
	_, s := first(b, 2000, stay)
	m, err := NewMatcher(s, nil, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.Match("I forgot my password and now the login says that the account is locked")
	}
}

// BenchmarkAssignNight is a night that places new tickets beside others; with
// -args -placed 200000 -new 20000 it is one of a large desk.
func BenchmarkAssignNight(b *testing.B) {
	w, s := first(b, *benchPlaced, stay)
	w.batch(*benchNew)
	tickets := all(w.tickets)
	for b.Loop() {
		if run(b, Input{Before: s, Tickets: tickets, AsOf: week(1), Options: stay}).Refitted {
			b.Fatal("a new model for nothing")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(*benchNew), "ns/new")
}
