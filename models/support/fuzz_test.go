package support_test

import (
	"math"
	"testing"

	"github.com/ticketmill/ticketmill/models/support"
)

// FuzzTable makes tickets of arbitrary bytes, sixteen each, and looks for what
// must never show.
func FuzzTable(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef"), uint8(2), uint8(3))
	var many []byte
	for i := range 1600 {
		many = append(many, byte(i*i*31>>3))
	}
	f.Add(many, uint8(2), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, types, models uint8) {
		types, models = types%5, models%4
		var table support.Table
		for ; len(data) >= 16 && len(table.Key) < 400; data = data[16:] {
			b := data
			add(&table, int(b[0]%8)-1, int(b[1]%6)-1, func(t *support.Table, i int) {
				t.ResponseSeconds[i], t.Responded[i] = wild(b[2]), b[3]%2 == 0
				t.ResolutionSeconds[i], t.Resolved[i] = wild(b[4]), b[5]%2 == 0
				t.Reopened[i], t.OneTouch[i] = b[6]%2 == 0, b[6]%3 == 0
				t.Touches[i], t.Satisfaction[i] = int32(int8(b[7])), wild(b[8])
				t.SLAMet[i], t.Priority[i] = int8(b[9]), int32(int8(b[10]))
				t.Product[i], t.Language[i] = int32(int8(b[11])), int32(int8(b[12]))
				t.TextLength[i], t.ReporterTickets[i] = int32(int8(b[13]))<<20, int32(int8(b[14]))
				t.Created[i] = now - int64(b[15])*int64(3*day)
			})
		}
		c := config(int(types), int(models))
		c.Draws = 20
		score(t, table, c)
	})
}

// wild is a number of many sizes, and some that are none.
func wild(b byte) float64 {
	switch b {
	case 0:
		return math.NaN()
	case 1:
		return math.Inf(1)
	case 2:
		return math.Inf(-1)
	case 3:
		return math.MaxFloat64
	case 4:
		return math.SmallestNonzeroFloat64
	default:
		return math.Exp(float64(int8(b)) / 6)
	}
}
