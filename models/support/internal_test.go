package support

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.10g, want %.10g", what, got, want)
	}
}

// The score method's limits in Newcombe (1998), table I.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		f := wilson(c.hits, c.n)
		near(t, "low", f.low, c.low, 0.00005)
		near(t, "high", f.high, c.high, 0.00005)
		g := wilson(c.n-c.hits, c.n)
		near(t, "mirrored", g.low, 1-f.high, 1e-12)
	}
	if wilson(0, 0).known() {
		t.Error("a share of nothing is known")
	}
}

// Student's own sleep data (1908), the second drug: mean 2.33, 95 % interval
// 0.90 to 3.76.
func TestStudent(t *testing.T) {
	var s tally
	for _, x := range []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4} {
		s.add(x)
	}
	f := s.student(Touches)
	near(t, "mean", f.value, 2.33, 1e-9)
	near(t, "low", f.low, 0.898, 0.0005)
	near(t, "high", f.high, 3.762, 0.0005)
	var one tally
	one.add(3)
	if f := one.student(Touches); f.value != 3 || !math.IsNaN(f.low) {
		t.Errorf("one value: %+v", f)
	}
}

// With equal variances v, Paule and Mandel's variance between is s² − v, and
// the shrunk values are those of James and Stein's form.
func TestShrinkEqualVariances(t *testing.T) {
	const v, n = 0.04, 25
	values := []float64{3.1, 3.9, 4.4, 2.7, 3.4}
	cells := make([]*cell, len(values))
	var s tally
	for k, x := range values {
		cells[k] = newCell()
		cells[k].raw[Satisfaction] = figure{n: n, value: x, variance: v}
		s.add(x)
	}
	shrink(Satisfaction, cells)
	between := s.squares/float64(s.n-1) - v
	for k, x := range values {
		f := cells[k].shrunk[Satisfaction]
		near(t, "shrunk", f.value, s.mean+between/(between+v)*(x-s.mean), 1e-6)
		drawn := v / (v + between)
		reach := z95 * math.Sqrt(v*(1-drawn)+drawn*drawn*(v+between)/5)
		near(t, "high", f.high, min(f.value+reach, 5), 1e-6)
	}
}

func TestShrinkBorders(t *testing.T) {
	for m := range MetricCount {
		least, greatest := m.span()
		top := min(greatest, 100)
		cells := []*cell{newCell(), newCell(), newCell(), newCell()}
		cells[0].raw[m] = figure{n: 1, value: least, low: least, high: least}
		cells[1].raw[m] = figure{n: 1, value: top, low: top, high: math.Inf(1), variance: math.NaN()}
		cells[2].raw[m] = figure{n: 500, value: (least + top) / 2, low: (least + top) / 3, high: top, variance: 1e-4}
		shrink(m, cells)
		for k := range 3 {
			f := cells[k].shrunk[m]
			if !(least <= f.low && f.low <= f.value && f.value <= f.high && f.high <= greatest) {
				t.Errorf("%s: %+v", m, f)
			}
		}
		if cells[3].shrunk[m].known() {
			t.Errorf("%s: something from nothing", m)
		}
		if a, b := cells[0].shrunk[m].value-least, cells[2].shrunk[m].value-cells[2].raw[m].value; m != CostPerTicket && a <= math.Abs(b) {
			t.Errorf("%s: one ticket moves by %v, 500 by %v", m, a, b)
		}
	}
}

func TestPosteriorGain(t *testing.T) {
	m := moments{mat.NewVecDense(3, []float64{0.5, 0.6, 0.4}), mat.NewSymDense(3, []float64{0.01, 0.002, 0, 0.002, 0.02, 0, 0, 0, 0.005})}
	for _, between := range []float64{1e-6, 0.01, 1e6} {
		g, ok := m.gain(between)
		if !ok {
			t.Fatal("no gain")
		}
		for a := range 3 {
			near(t, "a level of its own passes", g.At(a, 0)+g.At(a, 1)+g.At(a, 2), 1, 1e-6)
		}
		var fitted mat.VecDense
		fitted.MulVec(g, m.scores)
		width := mat.Max(&fitted) - mat.Min(&fitted)
		if between > 1 {
			near(t, "nothing is drawn", width, 0.2, 1e-4)
		} else if width > 0.12 {
			t.Errorf("variance %v: %v apart", between, width)
		}
	}
}

func TestTriangle(t *testing.T) {
	a := []float64{4, 2, 2, 2, 1, 1, 2, 1, 5} // of rank two
	l := triangle(a, 3)
	for i := range 3 {
		for j := range 3 {
			var sum float64
			for k := range 3 {
				sum += l[i*3+k] * l[j*3+k]
			}
			near(t, "product", sum, a[i*3+j], 1e-12)
		}
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		f    figure
		want string
	}{
		{figure{value: 3 * hour, low: hour, high: 6 * hour}, "3.0 h later (1.0 to 6.0 h)"},
		{figure{value: -0.4 * day, low: -2.5 * day, high: 0.3 * day}, "0.4 days sooner (2.5 days sooner to 0.3 days later)"},
		{figure{value: 600, low: 300, high: 900}, "10 min later (5.0 to 15 min)"},
		{figure{value: -20 * day, low: -25 * day, high: -15 * day}, "20 days sooner (15 to 25 days)"},
		{figure{}, "0.0 min later (0.0 to 0.0 min)"},
	} {
		if got := later(c.f); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for x, want := range map[float64]string{0: "0", 999.6: "1,000", 1234567: "1,234,567", 12: "12"} {
		if got := thousands(x); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for p, want := range map[float64]string{0.944: "94 %", 1: "over 99 %", 0.001: "under 1 %"} {
		if got := percent(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Small costs are no nothing, and nothing is not said to be more expensive.
func TestSentencesOfCost(t *testing.T) {
	for _, c := range []struct {
		cost figure
		want string
	}{
		{figure{value: -0.42, low: -0.8, high: -0.1}, "0.4 a month cheaper (0.1 to 0.8)"},
		{figure{value: 1850, low: -3, high: 4000}, "1,850 a month more expensive (3.0 cheaper to 4,000 more expensive)"},
		{figure{}, "it scores better"},
		{unknown(), "it scores better"},
	} {
		v := verdict{first: unknown(), resolved: unknown(), expenses: c.cost}
		if got := v.effects(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// What is doubtful or not worth a move reads as that.
func TestSentencesOfDoubt(t *testing.T) {
	j := &judge{e: &Estimates{config: Config{Types: []string{"login"}}}, models: []Model{{Name: "paid"}, {Name: "hybrid"}}}
	v := verdict{challenger: 1, better: 0.95}
	v.Action, v.Confidence = Keep, shown(0.55)
	if got, want := j.sentence(v), "Keep 'login' with paid: hybrid does better (95 % sure), but by too little to be worth a move."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	v.Action = NotEnough
	if got, want := j.sentence(v), "Not enough evidence on 'login': it is only 55 % sure that hybrid does better than paid."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSameAnswer(t *testing.T) {
	split := func(lines ...string) (out [][]string) {
		for _, l := range lines {
			out = append(out, strings.Fields(l))
		}
		return out
	}
	for name, c := range map[string]struct {
		answers [][]string
		want    []int
	}{
		"none":  {nil, nil},
		"empty": {split("", ""), nil},
		"one":   {split("", "reset it"), []int{1}},
		"three alike": {
			split("please reset your password on the page", "we fixed the server", "reset your password on the page please please", "reset your password on the login page please"),
			[]int{0, 2, 3},
		},
		"no chain": { // each resembles its neighbours only
			split("a b c d e f g h i j", "b c d e f g h i j k", "c d e f g h i j k l", "d e f g h i j k l m", "e f g h i j k l m n"),
			[]int{0, 1, 2},
		},
	} {
		if diff := cmp.Diff(c.want, SameAnswer(c.answers)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// alike is the plain definition.
func alike(a, b []string) bool {
	set := func(words []string) map[string]bool {
		out := map[string]bool{}
		for _, w := range words {
			out[w] = true
		}
		return out
	}
	x, y := set(a), set(b)
	both := 0
	for w := range x {
		if y[w] {
			both++
		}
	}
	return both > 0 && float64(both) >= sameAnswer*float64(len(x)+len(y)-both)
}

func FuzzSameAnswer(f *testing.F) {
	f.Add("a b c\na b c d\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		var answers [][]string
		for line := range strings.SplitSeq(text, "\n") {
			answers = append(answers, strings.Fields(line))
		}
		answers = answers[:min(len(answers), 40)]
		var want []int
		for _, centre := range answers {
			var group []int
			for k, other := range answers {
				if alike(centre, other) {
					group = append(group, k)
				}
			}
			if len(group) > len(want) {
				want = group
			}
		}
		if got := SameAnswer(answers); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v for %q", got, want, text)
		}
	})
}

func BenchmarkSameAnswer(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	answers := make([][]string, maxAnswers)
	for i := range answers {
		for range 80 {
			answers[i] = append(answers[i], string(rune('a'+rng.IntN(400))))
		}
	}
	for b.Loop() {
		SameAnswer(answers)
	}
}
