package support_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/models/support"
	"github.com/ticketmill/ticketmill/models/support/simulated"
)

// BenchmarkScale scores tickets of 200 demand types and 4 support models.
func BenchmarkScale(b *testing.B) {
	w := simulated.New(simulated.Options{Types: 200, Models: 4, Confounding: 1, Spread: 0.3, Seed: 1})
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			table, config := w.Tickets(n, 1), w.Config()
			config.Threads = runtime.GOMAXPROCS(0)
			for b.Loop() {
				e, err := support.Estimate(table, config)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := e.Score(); err != nil {
					b.Fatal(err)
				}
				again := time.Now()
				config.Models[0].Resolution *= 2
				if _, err := e.Rescore(support.WhatIf{Models: config.Models, Weights: config.Weights}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(again).Seconds(), "s/rescore")
				b.ReportMetric(memory(), "MB")
			}
		})
	}
}

// memory is what the program has taken from the system, in MB.
func memory() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / 1e6
}
