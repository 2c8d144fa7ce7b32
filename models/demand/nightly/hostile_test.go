package nightly

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// corpusOf makes n tickets with the body that text gives for each.
func corpusOf(n int, text func(i int) string) []Ticket {
	var tickets []Ticket
	for i := range n {
		tickets = append(tickets, Ticket{ID: fmt.Sprintf("T%06d", i), Source: "desk", Title: "", Body: text(i), Reporter: fmt.Sprint("r", i)})
	}
	return tickets
}

// Whatever the tickets are, every one is placed in a type that is there, on the
// first night, on the next with more of the kind, and when the model is made anew.
func TestHostileTickets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	binary := func(int) string {
		b := make([]byte, 300)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return string(b)
	}
	words := func(words string) func(int) string {
		list := strings.Fields(words)
		return func(int) string {
			var out []string
			for range 6 {
				out = append(out, list[rng.IntN(len(list))])
			}
			return strings.Join(out, " ")
		}
	}
	for _, c := range []struct {
		name string
		n    int
		text func(int) string
	}{
		{"none", 0, nil},
		{"one", 1, func(int) string { return "The printer is on fire" }},
		{"one word each", 40, func(i int) string { return fmt.Sprint("word", i) }},
		{"all equal", 200, func(int) string { return "The printer is on fire again" }},
		{"all empty", 200, func(int) string { return "" }},
		{"spaces", 50, func(int) string { return " \n\t " }},
		{"binary", 100, binary},
		{"right to left", 100, words("مرحبا الطابعة معطلة كلمة المرور الدفع فاتورة שלום מדפסת סיסמה חשבונית תשלום")},
		{"emoji", 100, words("😀 😡 🖨️ 🔥 💳 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ❤️")},
		{"Chinese", 100, words("打印机坏了 我要退款 密码忘记了 银行卡丢失 网络断开 发票错误")},
		{"zero bytes", 50, func(i int) string { return strings.Repeat("a\x00b ", i) }},
	} {
		t.Run(c.name, func(t *testing.T) { checkHostile(t, corpusOf(c.n, c.text), corpusOf(c.n+3*min(c.n, 10), c.text), 0) })
	}
	t.Run("ten megabytes", func(t *testing.T) {
		w := newWorld(1)
		w.batch(200)
		huge := Ticket{ID: "T999999", Source: "desk", Body: strings.Repeat("the printer jam is back again ", 10<<20/30)}
		checkHostile(t, w.tickets, append(w.tickets, huge), 0)
	})
}

func TestManyDistinctWords(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	tickets := corpusOf(5000, func(i int) string {
		var b strings.Builder
		for k := range 100 {
			fmt.Fprintf(&b, "w%s ", strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(i*100+k)))
		}
		return b.String() + "printer jam"
	})
	checkHostile(t, tickets[:4900], tickets, 10)
}

func checkHostile(t *testing.T, before, after []Ticket, k int) {
	t.Helper()
	o := Options{K: k, Seed: 1, Threads: 2, RetrainAfter: never}
	var s *State
	for n, tickets := range [][]Ticket{before, after, after} {
		o.Retrain = n == 2
		out := run(t, Input{Before: s, Tickets: all(tickets), AsOf: week(n), Options: o})
		s = out.After
		if len(s.Placed) != len(tickets) {
			t.Errorf("night %d: %d of %d tickets are placed", n, len(s.Placed), len(tickets))
		}
		for id, p := range s.Placed {
			if one := s.Types[p.Type]; p.Type != Other && (one == nil || one.Status != Active) || p.Probability < 0 || p.Probability > 1 {
				t.Fatalf("night %d: %s is placed as %+v", n, id, p)
			}
		}
		m, err := NewMatcher(s, nil, 2)
		if err != nil {
			t.Fatalf("night %d: %v", n, err)
		}
		for _, text := range []string{"", "the printer is on fire", "\xff\x00", strings.Repeat("打印机", 1000)} {
			m.Match(text)
		}
	}
}
