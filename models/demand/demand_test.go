package demand

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ticketmill/ticketmill/models/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// themes are the words that made-up tickets of each type are drawn from.
var themes = []string{
	"invoice payment refund charged twice bank transfer receipt tax billing card credit amount due",
	"login password reset account locked code email sign denied session expired browser user token",
	"printer paper jam toner driver queue tray offline scan duplex cartridge roller feed page",
	"parcel delivery courier tracking late address warehouse shipped customs missing box damaged return label",
	"crash exception memory thread stack upgrade release build server restart log core dump heap",
	"vacation leave payroll salary contract holiday sick manager approval overtime shift roster team hr",
}

const filler = "please help today team since week again tried still need happens customer urgent thanks know see make time"

func tokens(words ...string) []text.Token {
	out := make([]text.Token, len(words))
	for i, w := range words {
		out[i] = text.Token{Stem: strings.TrimSuffix(w, "s"), Surface: w}
	}
	return out
}

// madeUp is n tickets of the themes in turn, and their themes.
func madeUp(n int, seed uint64) (*Corpus, []int32) {
	rng := rand.New(rand.NewPCG(seed, 0))
	c := NewCorpus()
	var labels []int32
	noise := strings.Fields(filler)
	for i := range n {
		theme := strings.Fields(themes[i%len(themes)])
		var words []string
		for range 6 + rng.IntN(8) {
			at := rng.IntN(len(theme) - 1)
			words = append(words, theme[at], theme[at+1], noise[rng.IntN(len(noise))])
		}
		c.Add(tokens(words...), fmt.Sprint("reporter ", rng.IntN(40)))
		labels = append(labels, int32(i%len(themes)))
	}
	return c, labels
}

func fit(tb testing.TB, c *Corpus, o Options) (*Model, []Assignment) {
	tb.Helper()
	m, assigned, err := Fit(c, o)
	if err != nil {
		tb.Fatal(err)
	}
	return m, assigned
}

func TestFitFindsThemes(t *testing.T) {
	c, labels := madeUp(600, 1)
	m, assigned := fit(t, c, Options{K: len(themes), Seed: 1})
	if m.Clusters() != len(themes) {
		t.Errorf("%d types, want %d", m.Clusters(), len(themes))
	}
	if got := adjustedRand(labels, nearestTypes(m, assigned)); got < 0.99 {
		t.Errorf("adjusted Rand index %.3f", got)
	}
}

func TestFitChoosesHowMany(t *testing.T) {
	c, labels := madeUp(1200, 1)
	m, assigned := fit(t, c, Options{Seed: 1, Threads: 2})
	if k := m.Clusters(); k < len(themes) || k > len(themes)+2 {
		t.Errorf("%d types, want about %d", k, len(themes))
	}
	if got := adjustedRand(labels, nearestTypes(m, assigned)); got < 0.95 {
		t.Errorf("adjusted Rand index %.3f", got)
	}
	m, _ = fit(t, c, Options{Seed: 1, KMin: 2, KMax: 3})
	if k := m.Clusters(); k < 2 || k > 3 {
		t.Errorf("%d types, want 2 or 3", k)
	}
}

func TestAssignPlacesNewTickets(t *testing.T) {
	c, _ := madeUp(600, 1)
	m, _ := fit(t, c, Options{K: len(themes), Seed: 1})
	unseen, labels := madeUp(300, 2)
	if got := adjustedRand(labels, nearestTypes(m, m.Assign(unseen, 2))); got < 0.99 {
		t.Errorf("adjusted Rand index %.3f", got)
	}
	strange := NewCorpus()
	strange.Add(tokens("zyx", "wvu"), "")
	strange.Add(nil, "")
	none := Candidate{Cluster: Other}
	for i, a := range m.Assign(strange, 1) {
		if diff := cmp.Diff(Assignment{none, [2]Candidate{none, none}}, a); diff != "" {
			t.Errorf("ticket %d: %s", i, diff)
		}
	}
}

func TestFitOnASamplePlacesTheRest(t *testing.T) {
	c, labels := madeUp(900, 3)
	m, assigned := fit(t, c, Options{K: len(themes), Seed: 1, SampleAbove: 300})
	if got := adjustedRand(labels, nearestTypes(m, assigned)); got < 0.98 {
		t.Errorf("adjusted Rand index %.3f", got)
	}
}

func TestSameBytesWhateverTheThreads(t *testing.T) {
	c, _ := madeUp(700, 4)
	unseen, _ := madeUp(300, 5)
	type result struct {
		Model    []byte
		Assigned []Assignment
		Placed   []Assignment
		Types    []Type
		Groups   []int
	}
	var first result
	for i, threads := range []int{1, 2, 8} {
		m, assigned := fit(t, c, Options{Seed: 7, Threads: threads, SampleAbove: 600})
		b, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		r := result{b, assigned, m.Assign(unseen, threads), Describe(c, m, assigned, threads), Tree(m, 3)}
		if i == 0 {
			first = r
			continue
		}
		if diff := cmp.Diff(first, r); diff != "" {
			t.Errorf("%d threads: %s", threads, diff)
		}
	}
}

func TestProbabilities(t *testing.T) {
	c, _ := madeUp(600, 6)
	m, assigned := fit(t, c, Options{K: len(themes), Seed: 1})
	for i, a := range append(assigned, m.Assign(c, 1)...) {
		last := a.Probability
		sum := last
		for _, n := range a.Next {
			if n.Cluster == a.Cluster || n.Probability > last {
				t.Fatalf("ticket %d: %+v", i, a)
			}
			last = n.Probability
			sum += last
		}
		if !(sum > 0 && sum <= 1+1e-9) {
			t.Fatalf("ticket %d: probabilities add up to %v", i, sum)
		}
	}
}

func TestHostileCorpora(t *testing.T) {
	repeat := func(n int, words func(int) []text.Token) *Corpus {
		c := NewCorpus()
		for i := range n {
			c.Add(words(i), "r")
		}
		return c
	}
	for name, c := range map[string]*Corpus{
		"no tickets": NewCorpus(),
		"one":        repeat(1, func(int) []text.Token { return tokens("printer", "jam") }),
		"two equal":  repeat(2, func(int) []text.Token { return tokens("printer", "jam") }),
		"all empty":  repeat(50, func(int) []text.Token { return nil }),
		"all equal":  repeat(300, func(int) []text.Token { return tokens("printer", "jam", "paper") }),
		"one word":   repeat(300, func(int) []text.Token { return tokens("printer") }),
		"nothing shared": repeat(20_000, func(i int) []text.Token {
			return tokens(fmt.Sprint("a", i), fmt.Sprint("b", i))
		}),
		"half empty": repeat(300, func(i int) []text.Token { return tokens("paper", "printer", "jam")[:i%2*3] }),
		"one huge": repeat(100, func(i int) []text.Token {
			if i > 0 {
				return tokens("paper", fmt.Sprint("word", i%7))
			}
			return tokens(strings.Fields(strings.Repeat("paper jam word1 word2 other ", 100_000))...)
		}),
		"two kinds": repeat(40, func(i int) []text.Token {
			return tokens([]string{"paper", "salary"}[i%2], []string{"jam", "late"}[i%2])
		}),
	} {
		for _, k := range []int{0, 1, 50} {
			t.Run(fmt.Sprint(name, " ", k), func(t *testing.T) {
				m, assigned := fit(t, c, Options{K: k, Seed: 1, Threads: 2, Restarts: 2})
				if len(assigned) != c.Len() || len(m.Assign(c, 2)) != c.Len() {
					t.Fatalf("%d assignments of %d tickets", len(assigned), c.Len())
				}
				for _, a := range append(assigned, m.Assign(c, 2)...) {
					if math.IsNaN(a.Probability) || a.Cluster < Other || a.Cluster >= m.Clusters() {
						t.Fatalf("%+v with %d types", a, m.Clusters())
					}
				}
				for _, ty := range Describe(c, m, assigned, 2) {
					if math.IsNaN(ty.Coherence) {
						t.Fatal("coherence is not a number")
					}
				}
				Tree(m, 0)
				roundTrip(t, m)
			})
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]Options{
		"negative k":    {K: -1},
		"huge k":        {K: maxClusters + 1},
		"empty range":   {KMin: 9, KMax: 8},
		"no threads":    {Threads: -1},
		"no restarts":   {Restarts: -1},
		"no sample":     {SampleAbove: -5},
		"negative kmin": {KMin: -2},
	} {
		if _, _, err := Fit(NewCorpus(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// roundTrip checks that a model survives its bytes.
func roundTrip(tb testing.TB, m *Model) *Model {
	tb.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		tb.Fatal(err)
	}
	var back Model
	if err := back.UnmarshalBinary(b); err != nil {
		tb.Fatal(err)
	}
	again, err := back.MarshalBinary()
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.Equal(b, again) {
		tb.Fatal("the bytes differ after reading and writing")
	}
	return &back
}

func TestModelSurvivesItsBytes(t *testing.T) {
	c, _ := madeUp(600, 8)
	m, _ := fit(t, c, Options{K: 6, Seed: 1})
	back := roundTrip(t, m)
	if diff := cmp.Diff(m.Assign(c, 1), back.Assign(c, 1)); diff != "" {
		t.Error(diff)
	}
	b, _ := m.MarshalBinary()
	for _, n := range []int{0, 5, len(b) / 3, len(b) - 1} {
		if err := new(Model).UnmarshalBinary(b[:n]); err == nil {
			t.Errorf("%d of %d bytes are no error", n, len(b))
		}
	}
	if err := new(Model).UnmarshalBinary(append(b, 0)); err == nil {
		t.Error("a byte too many is no error")
	}
}

func FuzzUnmarshal(f *testing.F) {
	c := NewCorpus()
	for i := range 12 {
		c.Add(tokens([]string{"paper", "salary"}[i%2], []string{"jam", "late"}[i%2]), "r")
	}
	m, _ := fit(f, c, Options{K: 2, Seed: 1, Restarts: 1})
	b, _ := m.MarshalBinary()
	f.Add(b)
	f.Add([]byte(magic))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var m Model
		if m.UnmarshalBinary(b) != nil {
			return
		}
		m.Assign(c, 1)
		if _, err := m.MarshalBinary(); err != nil {
			panic(err)
		}
	})
}

func TestDescribe(t *testing.T) {
	c, _ := madeUp(600, 9)
	m, assigned := fit(t, c, Options{K: len(themes), Seed: 1})
	size := 0
	seen := map[string]bool{}
	for i, ty := range Describe(c, m, assigned, 2) {
		size += ty.Size
		if n := len(strings.Fields(ty.Label)); n < labelMin || n > labelMax || seen[ty.Label] {
			t.Errorf("type %d: label %q", i, ty.Label)
		}
		seen[ty.Label] = true
		if len(ty.Keywords) != keywords || len(ty.Representatives) != representatives {
			t.Errorf("type %d: %+v", i, ty)
		}
		for _, r := range ty.Representatives {
			if assigned[r].Cluster != i {
				t.Errorf("type %d: ticket %d represents it and is of type %d", i, r, assigned[r].Cluster)
			}
		}
		theme := ""
		for _, th := range themes {
			if strings.Contains(th, ty.Keywords[0]) {
				theme = th
			}
		}
		for _, w := range strings.Fields(ty.Label) {
			if !strings.Contains(theme, w) {
				t.Errorf("type %d: label %q is not of the theme %q", i, ty.Label, theme)
			}
		}
	}
	if size != c.Len() {
		t.Errorf("sizes add up to %d of %d", size, c.Len())
	}
}

func TestDescribeGolden(t *testing.T) {
	c, _ := madeUp(600, 9)
	m, assigned := fit(t, c, Options{K: len(themes), Seed: 1})
	groups := Tree(m, 3)
	var got strings.Builder
	for i, ty := range Describe(c, m, assigned, 2) {
		fmt.Fprintf(&got, "group %d, %d tickets, coherence %.2f: %s\n  %s\n  %v\n",
			groups[i], ty.Size, ty.Coherence, ty.Label, strings.Join(ty.Keywords, ", "), ty.Representatives)
	}
	path := filepath.Join("testdata", "describe.golden")
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLabelsHoldOnlyWhatIsShared(t *testing.T) {
	c := NewCorpus()
	for i := range 60 {
		words := strings.Fields(themes[i%2])
		reporter := fmt.Sprint(i % 7)
		if i%2 == 0 && i < 40 { // many tickets, two reporters
			words = append(words, "smith", "jones")
			reporter = fmt.Sprint(i % 4)
		}
		if i%2 == 1 && i < 8 { // many reporters, four tickets
			words = append(words, "miller")
		}
		c.Add(tokens(words...), reporter)
	}
	m, assigned := fit(t, c, Options{K: 2, Seed: 1})
	for _, ty := range Describe(c, m, assigned, 1) {
		for _, name := range []string{"smith", "jones", "miller"} {
			if all := ty.Label + " " + strings.Join(ty.Keywords, " "); strings.Contains(all, name) {
				t.Errorf("%q names %s", all, name)
			}
		}
	}
}

// Parts of Japanese words do not name a type.
func TestPlainForms(t *testing.T) {
	c := NewCorpus()
	words := []string{"ノード", "構成", "の構", "につ", "成", "login", "7.15", "재설"}
	c.Add(tokens(words...), "")
	var named []string
	for f, is := range plainForms(c) {
		if is {
			named = append(named, words[f])
		}
	}
	if want := []string{"ノード", "構成", "login", "재설"}; !slices.Equal(named, want) {
		t.Errorf("%q may name a type, want %q", named, want)
	}
}

func TestJoinIdeographs(t *testing.T) {
	c := NewCorpus()
	c.Add([]text.Token{{Stem: "密码", Surface: "密码"}, {Stem: "码重", Surface: "码重"}, {Stem: "重置", Surface: "重置"}, {Stem: "app", Surface: "app"}}, "")
	if got := (&namer{corpus: c}).join(c.ticket(0)); got != "密码重置 app" {
		t.Errorf("got %q", got)
	}
}

func TestTreeGroupsWhatIsAlike(t *testing.T) {
	c := NewCorpus()
	rng := rand.New(rand.NewPCG(1, 2))
	var kinds []int
	for i := range 400 {
		kind := i % 4
		half := strings.Fields(themes[kind/2])[:8]
		own := strings.Fields(themes[2+kind])
		var words []string
		for range 6 {
			words = append(words, half[rng.IntN(8)], own[rng.IntN(len(own))])
		}
		c.Add(tokens(words...), "r")
		kinds = append(kinds, kind)
	}
	m, assigned := fit(t, c, Options{K: 4, Seed: 1})
	groups := Tree(m, 2)
	for i, a := range assigned {
		for j, b := range assigned[:i] {
			if same := groups[a.Cluster] == groups[b.Cluster]; same != (kinds[i]/2 == kinds[j]/2) {
				t.Fatalf("tickets of kinds %d and %d: same group %v", kinds[i], kinds[j], same)
			}
		}
	}
}

func TestAdjustedRand(t *testing.T) {
	for _, c := range []struct {
		a, b []int32
		want float64
	}{
		{[]int32{0, 0, 1, 1}, []int32{1, 1, 0, 0}, 1},
		{[]int32{0, 0, 0, 0}, []int32{0, 0, 0, 0}, 1},
		{[]int32{0, 0, 1, 1}, []int32{0, 1, 0, 1}, -0.5},
		{nil, nil, 1},
	} {
		if got := adjustedRand(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	c, _ := madeUp(5000, 1)
	for b.Loop() {
		fit(b, c, Options{K: 20, Seed: 1, Threads: 2})
	}
}

func BenchmarkAssign(b *testing.B) {
	c, _ := madeUp(5000, 1)
	m, _ := fit(b, c, Options{K: 20, Seed: 1, Threads: 2})
	for b.Loop() {
		m.Assign(c, 2)
	}
	b.ReportMetric(float64(b.N*c.Len())/b.Elapsed().Seconds(), "tickets/s")
}
