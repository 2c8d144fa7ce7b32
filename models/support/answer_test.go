package support

import (
	"slices"
	"strings"
	"testing"
)

func TestCommonplaces(t *testing.T) {
	t.Parallel()
	words := strings.Fields
	got := Commonplaces([][]string{
		words("close issue no activity"), words("renew certificate chain"), words("close issue no activity"), nil,
		words("close issue no activity"), words("renew certificate chain file"),
	})
	want := []bool{true, false, true, false, true, false}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLikeness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"", "", 0},
		{"x", "", 0},
		{"x y", "y x y", 1},
		{"x y z", "x y w", 0.5},
	} {
		if got := Likeness(strings.Fields(c.a), strings.Fields(c.b)); got != c.want {
			t.Errorf("%q, %q: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
