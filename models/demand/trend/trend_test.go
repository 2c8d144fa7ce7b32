package trend

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	all := simulate(7, 6, 40, func(i, t int) float64 {
		if i == 2 && t == 30 {
			return 60
		}
		return float64(4 * (i + 1))
	}, always(0.05))
	all[5].FirstWeek = 34
	clear(all[5].Counts[:34])
	var b strings.Builder
	for i, points := range Weekly(all, Options{}) {
		for _, p := range points[28:] {
			fmt.Fprintf(&b, "%s week %d: %d, expected %.2f (%.0f to %.0f), p %.3g, with the week before %.3g, scored %t, alarm %t, emerging %t\n",
				all[i].ID, p.Week, p.Count, p.Expected, p.Lower, p.Upper, p.PValue, p.PairPValue, p.Scored, p.Alarm, p.Emerging)
		}
	}
	path := filepath.Join("testdata", "weekly.golden")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Error(d)
	}
}

// What is said of a week does not depend on the weeks after it.
func TestOnlyThePastCounts(t *testing.T) {
	all := simulate(3, 12, 170, func(i, t int) float64 {
		if i == 4 && t > 80 {
			return 3 * size(i) // becomes a new level
		}
		return size(i)
	}, always(0.05))
	all[7].FirstWeek = 60
	whole := Weekly(all, Options{})
	for _, weeks := range []int{1, 9, 87, 88, 89, 120, 169} {
		var cut []Series
		for _, s := range all {
			s.Counts = s.Counts[:weeks]
			cut = append(cut, s)
		}
		for i, points := range Weekly(cut, Options{}) {
			if d := cmp.Diff(whole[i][:weeks], points); d != "" {
				t.Fatalf("type %d, first %d weeks:\n%s", i, weeks, d)
			}
		}
	}
}

func TestOneOutbreakDoesNotHideTheNext(t *testing.T) {
	all := simulate(5, 20, 100, func(i, t int) float64 {
		if i == 3 && (t == 60 || t == 61 || t == 66 || t == 67) {
			return 100
		}
		return 25
	}, always(0.05))
	points := Weekly(all, Options{})[3]
	for _, week := range []int{60, 61, 66, 67} {
		if !points[week].Alarm {
			t.Errorf("no alarm in week %d: %+v", week, points[week])
		}
	}
	if before, after := points[59].Expected, points[68].Expected; after > 1.3*before {
		t.Errorf("the outbreak lifts what is expected from %.1f to %.1f", before, after)
	}
}

func TestNewLevelIsLearned(t *testing.T) {
	for _, lift := range []float64{6, 1. / 6} {
		all := simulate(5, 20, 100, func(i, t int) float64 {
			if i == 3 && t >= 60 {
				return 60 * lift
			}
			return 60
		}, always(0.02))
		points := Weekly(all, Options{})[3:4]
		if n := alarmWeeks(points, 67); n > 1 {
			t.Errorf("×%.2f: %d alarms after the seventh week", lift, n)
		}
		for _, p := range points[0][67:] {
			if math.Abs(math.Log(p.Expected/(60*lift))) > 0.5 {
				t.Errorf("×%.2f: still not used to it: %+v", lift, p)
			}
		}
	}
}

func TestBusyWeekForEverybody(t *testing.T) {
	all := simulate(5, 20, 60, func(i, t int) float64 {
		if t == 50 {
			return 3 * size(i)
		}
		return size(i)
	}, always(0.02))
	if n := alarmWeeks(Weekly(all, Options{}), 40); n > 0 {
		t.Errorf("%d weeks with an alarm", n)
	}
}

func TestSmallTypesAreQuiet(t *testing.T) {
	s := Series{Counts: make([]int, 60)}
	s.Counts[50] = 4
	if p := Weekly([]Series{s}, Options{})[0][50]; p.Alarm || p.PValue > 0.001 {
		t.Errorf("four tickets from nothing: %+v", p)
	}
	s.Counts[50] = 5
	if p := Weekly([]Series{s}, Options{})[0][50]; !p.Alarm {
		t.Errorf("five tickets from nothing: %+v", p)
	}
}

func TestEmerging(t *testing.T) {
	zeros := func(n int, then ...int) []int { return append(make([]int, n), then...) }
	for _, tt := range []struct {
		name string
		s    Series
		want bool
	}{
		{"no weeks", Series{}, false},
		{"one week", Series{Counts: []int{90}}, false},
		{"all types are new when history starts", Series{Counts: []int{9, 9, 9, 9, 9, 9, 9, 9, 9, 9}}, false},
		{"five at once", Series{FirstWeek: 30, Counts: zeros(30, 5)}, true},
		{"over two weeks", Series{FirstWeek: 30, Counts: zeros(30, 2, 3)}, true},
		{"strays", Series{FirstWeek: 30, Counts: zeros(30, 1, 1, 2, 1)}, false},
		{"first week unknown", Series{Counts: zeros(30, 5)}, true},
		{"first week in the future", Series{FirstWeek: 99, Counts: zeros(30, 5)}, false},
		{"no longer new", Series{FirstWeek: 30, Counts: zeros(30, 5, 5, 5, 5, 5, 5, 5, 5, 5)}, false},
		{"was new and stopped", Series{FirstWeek: 30, Counts: zeros(30, 9, 0, 0)}, false},
		{"nonsense", Series{FirstWeek: -3, Counts: zeros(30, -9, 5)}, true},
	} {
		if got := Emerging(tt.s, Options{}); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// A type planted in week 30 is flagged within two weeks, and nothing else is.
func TestPlantedTypeIsFlagged(t *testing.T) {
	for seed := range uint64(20) {
		all := simulate(seed, 30, 52, func(i, _ int) float64 {
			if i == 0 {
				return 6
			}
			return size(i)
		}, always(0.1))
		all[0].FirstWeek = 30
		clear(all[0].Counts[:30])
		for i, points := range Weekly(all, Options{}) {
			if i == 0 && !points[30].Emerging && !points[31].Emerging {
				t.Errorf("seed %d: not flagged: %v", seed, all[0].Counts[30:])
			}
			for _, p := range points {
				if p.Emerging && (i > 0 || p.Week < 30) {
					t.Errorf("seed %d: type %d flagged: %+v", seed, i, p)
				}
			}
		}
	}
}

func TestDirection(t *testing.T) {
	ramp := make([]int, 40)
	for i := range ramp {
		ramp[i] = 3 * i
	}
	outliers := append([]int{}, ramp...)
	outliers[20], outliers[33] = 0, 9000
	flat := simulate(1, 1, 40, func(_, _ int) float64 { return 20 }, always(0.1))[0].Counts
	for _, tt := range []struct {
		name   string
		counts []int
		first  int
		word   string
		slope  float64
	}{
		{"nothing", nil, 0, Steady, 0},
		{"too short", ramp[:7], 0, Steady, 0},
		{"all before the first week", ramp, 90, Steady, 0},
		{"zeros", make([]int, 40), 0, Steady, 0},
		{"up", ramp, 0, Rising, 3 * weeksPerYear},
		{"up, young", ramp, 30, Rising, 3 * weeksPerYear},
		{"up with outliers", outliers, 0, Rising, 3 * weeksPerYear},
		{"down from very many", []int{9e6, 8e6, 7e6, 6e6, 5e6, 4e6, 3e6, 2e6, 1e6, 0}, 0, Falling, -1e6 * weeksPerYear},
		{"chance", flat, 0, Steady, math.NaN()},
	} {
		slope, low, high, word := Direction(Series{FirstWeek: tt.first, Counts: tt.counts}, Options{})
		if word != tt.word || math.Abs(slope-tt.slope) > 1e-6*math.Abs(tt.slope) || low > slope || slope > high {
			t.Errorf("%s: %.2f (%.2f to %.2f) %s, want %.2f %s", tt.name, slope, low, high, word, tt.slope, tt.word)
		}
	}
}

// The interval of a series without trend excludes zero in about one case of
// twenty.
func TestDirectionByChance(t *testing.T) {
	off := 0
	all := simulate(1, 1000, 26, func(i, _ int) float64 { return size(i) }, always(0.2))
	for _, s := range all {
		if _, _, _, word := Direction(s, Options{}); word != Steady {
			off++
		}
	}
	if off > 65 {
		t.Errorf("%d of %d steady types have a direction", off, len(all))
	}
}

func TestHostile(t *testing.T) {
	big := simulate(1, 1, 120, func(_, _ int) float64 { return 1e6 }, always(0.01))[0].Counts
	saw := make([]int, 120)
	for i := range saw {
		saw[i] = i % 2 * 1e9
	}
	gap := append([]int{}, big...)
	clear(gap[40:60])
	for _, tt := range []struct {
		name string
		all  []Series
	}{
		{"none", nil},
		{"no weeks", []Series{{}, {FirstWeek: 3}}},
		{"one week", []Series{{Counts: []int{7}}}},
		{"zeros", []Series{{Counts: make([]int, 200)}, {Counts: make([]int, 200)}}},
		{"only zeros in many", make6(make([]int, 200))},
		{"very many", make6(big)},
		{"a source that was out", make6(gap)},
		{"all or nothing", make6(saw)},
		{"lengths differ", []Series{{Counts: big}, {Counts: saw[:9]}, {}, {FirstWeek: 119, Counts: big}, {FirstWeek: 500, Counts: big}}},
		{"below zero", []Series{{FirstWeek: -5, Counts: []int{-1, -1 << 62, 3, 4, 5, 6, 7, 8, 9, 10, -11, 12}}}},
		{"as large as can be", make6([]int{0, 0, 0, 0, 0, 0, 0, 0, 0, math.MaxInt, math.MaxInt, 0, math.MaxInt, 1})},
	} {
		t.Run(tt.name, func(t *testing.T) { sane(t, tt.all) })
	}
}

// make6 is six times the same series: enough to estimate a volume.
func make6(counts []int) []Series {
	out := make([]Series, 6)
	for i := range out {
		out[i].Counts = counts
	}
	return out
}

func sane(t *testing.T, all []Series) {
	t.Helper()
	for i, points := range Weekly(all, Options{}) {
		if len(points) != len(all[i].Counts) {
			t.Fatalf("%d points for %d weeks", len(points), len(all[i].Counts))
		}
		for w, p := range points {
			fine := p.Week == w && p.PValue >= 0 && p.PValue <= 1 && p.PairPValue >= 0 && p.PairPValue <= 1 &&
				p.Lower >= 0 && p.Lower <= p.Upper && p.Upper <= math.MaxFloat64 && p.Expected >= 0 && p.Expected <= math.MaxFloat64 &&
				(p.Scored || !p.Alarm && p.Expected == 0)
			if !fine {
				t.Fatalf("type %d: %+v", i, p)
			}
		}
		if slope, low, high, _ := Direction(all[i], Options{}); !(low <= slope && slope <= high) {
			t.Errorf("type %d: direction %v, %v to %v", i, slope, low, high)
		}
	}
}

func FuzzWeekly(f *testing.F) {
	f.Add([]byte{3, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 255})
	f.Add([]byte{7, 60, 9, 0, 0, 0, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 3 {
			return
		}
		all := make([]Series, b[0]%9)
		weeks := int(b[1]) % 250
		for i := range all {
			all[i] = Series{FirstWeek: int(int8(b[(i+2)%len(b)])), Counts: make([]int, weeks)}
			for t := range weeks {
				v := int(b[(i*7+t)%len(b)])
				if v > 240 {
					v = 1 << (v % 63) // now and then a very large one
				}
				all[i].Counts[t] = v
			}
		}
		sane(t, all)
	})
}
