package nightly

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A theme is something that invented customers ask for. The first words are its
// own, the last ones it shares with other themes.
type theme struct{ name, words string }

var themes = []theme{
	{"login", "password login reset forgotten locked credentials authenticator username expired session code email account access"},
	{"invoice", "invoice billing charged refund duplicate subscription receipt vat amount tax payment card account email"},
	{"printer", "printer toner jam paper tray duplex scanner cartridge queue driver network office device"},
	{"vpn", "vpn tunnel gateway remote disconnects handshake split dns router wifi network access device"},
	{"mail", "mailbox outlook attachment spam inbox signature forwarding quota calendar invitation email account sync"},
	{"delivery", "parcel courier shipment tracking delayed warehouse address depot doorstep damaged order card email"},
	{"crash", "crash freeze startup segfault memory dump hang plugin launcher black screen device sync"},
	{"report", "report dashboard chart pivot spreadsheet totals filter column export csv quarterly order amount"},
	{"api", "endpoint webhook token throttled json payload oauth latency timeout schema request access session"},
	{"phone", "headset microphone call voicemail extension ringtone conference dial echo audio device network"},
	{"hiring", "onboarding badge contract vacation payroll manager holiday absence timesheet approval account calendar"},
	{"mobile", "android iphone tablet notification swipe battery keyboard widget landscape install sync screen"},
}

// planted is a theme that customers begin to ask for later.
var planted = theme{"drone", "drone propeller rotor gimbal hover altitude geofence takeoff landing firmware battery device screen"}

const everyday = `please help customer problem issue again today since update working tried team user urgent thanks
	system error message page button click open close times nothing happens support need question`

// world writes tickets, the same ones for the same seed.
type world struct {
	rng     *rand.Rand
	next    int
	tickets []Ticket
	truth   map[string]string // ticket → theme
}

func newWorld(seed uint64) *world {
	return &world{rng: rand.New(rand.NewPCG(seed, 7)), truth: map[string]string{}}
}

// draw prefers the first of the words.
func (w *world) draw(words []string) string {
	return words[int(float64(len(words))*w.rng.Float64()*w.rng.Float64())]
}

// rare is one of 5,000 made-up words, most of them seldom.
func (w *world) rare() string {
	n := int(5000 * w.rng.Float64() * w.rng.Float64())
	return "z" + string(rune('a'+n%26)) + string("aeiou"[n/26%5]) + string(rune('a'+n/130%26)) + string("aeiou"[n/3380%5]) + "k"
}

func (w *world) sentence(t theme, length int) string {
	own, plain := strings.Fields(t.words), strings.Fields(everyday)
	out := make([]string, length)
	for i := range out {
		switch p := w.rng.Float64(); {
		case p < 0.5:
			out[i] = w.draw(own)
		case p < 0.85:
			out[i] = plain[w.rng.IntN(len(plain))]
		case p < 0.93:
			out[i] = w.draw(strings.Fields(themes[w.rng.IntN(len(themes))].words))
		default:
			out[i] = w.rare()
		}
	}
	return strings.Join(out, " ")
}

// write adds a ticket of theme t.
func (w *world) write(t theme) Ticket {
	w.next++
	one := Ticket{
		ID: fmt.Sprintf("T%06d", w.next), Source: "desk", Reporter: fmt.Sprint("r", w.rng.IntN(200)),
		Title: w.sentence(t, 3+w.rng.IntN(4)), Body: w.sentence(t, 6+w.rng.IntN(20)) + ".",
	}
	w.tickets = append(w.tickets, one)
	w.truth[one.ID] = t.name
	return one
}

// batch adds n tickets of the usual themes, some of which are asked for more.
func (w *world) batch(n int) {
	for range n {
		w.write(themes[int(float64(len(themes))*(0.6*w.rng.Float64()+0.4*w.rng.Float64()*w.rng.Float64()))])
	}
}

func (w *world) plant(n int) {
	for range n {
		w.write(planted)
	}
}

// all gives tickets in the order of their ids.
func all(tickets []Ticket) func() iter.Seq2[Ticket, error] {
	sorted := slices.SortedFunc(slices.Values(tickets), func(a, b Ticket) int { return cmp.Compare(a.ID, b.ID) })
	return func() iter.Seq2[Ticket, error] {
		return func(yield func(Ticket, error) bool) {
			for _, t := range sorted {
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}

// monday is when the first night is; later ones are a week apart.
var monday = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

func week(n int) time.Time { return monday.AddDate(0, 0, 7*n) }

// never is an age that no model reaches.
const never = 100 * 365 * 24 * time.Hour

// stay is options under which nothing but growth, drift and people retrain.
var stay = Options{K: 12, Seed: 1, Threads: 2, RetrainAfter: never}

func run(tb testing.TB, in Input) *Outcome {
	tb.Helper()
	out, err := Run(in)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// kept is the share of the tickets of before that are in the same type after.
func kept(before, after *State) float64 {
	same, both := 0, 0
	for id, p := range before.Placed {
		if q, ok := after.Placed[id]; ok {
			both++
			if p.Type == q.Type {
				same++
			}
		}
	}
	return float64(same) / float64(max(both, 1))
}

// purity is the share of the tickets that are in a type of mostly their theme.
func (w *world) purity(s *State) float64 {
	table := map[string]map[string]int{}
	for id, p := range s.Placed {
		if p.Type == Other {
			continue
		}
		if table[p.Type] == nil {
			table[p.Type] = map[string]int{}
		}
		table[p.Type][w.truth[id]]++
	}
	most := 0
	for _, row := range table {
		top := 0
		for _, n := range row {
			top = max(top, n)
		}
		most += top
	}
	return float64(most) / float64(len(s.Placed))
}

// home is the type that most tickets of a theme are in, the share of them, and
// the theme's share of the type.
func (w *world) home(s *State, name string) (id string, recall, precision float64) {
	in, size, total := map[string]int{}, map[string]int{}, 0
	for ticket, p := range s.Placed {
		size[p.Type]++
		if w.truth[ticket] == name {
			in[p.Type]++
			total++
		}
	}
	for t, n := range in {
		if n > in[id] || n == in[id] && t < id {
			id = t
		}
	}
	return id, float64(in[id]) / float64(max(total, 1)), float64(in[id]) / float64(max(size[id], 1))
}
