package lineage

import "testing"

// FuzzMatch checks what holds for any input: every cluster has an id of its
// own, and every id is accounted for by one event that keeps or makes it.
func FuzzMatch(f *testing.F) {
	f.Add([]byte{3, 3, 0, 0, 9, 1, 1, 9, 2, 2, 9})
	f.Add([]byte{1, 4, 0, 0, 5, 0, 1, 5, 0, 2, 5, 0, 3, 5})
	f.Add([]byte{0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 {
			return
		}
		old, next := make([]Old, b[0]%9), make([]New, b[1]%9)
		for i := range old {
			old[i] = Old{ID: string(rune('a' + i)), Size: int(b[i%len(b)]) % 4, Pinned: b[(i+1)%len(b)]%3 == 0}
		}
		for j := range next {
			next[j] = New{Size: int(b[j%len(b)]), Seed: string(b[j%len(b):])}
			if b[(j+2)%len(b)]%5 == 0 {
				next[j].FixedID = string(rune('a' + b[(j+3)%len(b)]%12))
			}
		}
		var overlaps []Overlap
		for rest := b[2:]; len(rest) >= 3; rest = rest[3:] {
			overlaps = append(overlaps, Overlap{int(rest[0]) % 9, int(rest[1]) % 9, int(int8(rest[2]))})
		}
		ids, events := Match(old, next, overlaps, nil, Options{})
		if len(ids) != len(next) {
			t.Fatalf("%d ids for %d clusters", len(ids), len(next))
		}
		here := map[string]int{}
		for _, id := range ids {
			here[id]++
		}
		for _, e := range events {
			if e.Share < 0 || e.Share > 1 {
				t.Errorf("share out of range: %+v", e)
			}
			if e.Kind == Kept || e.Kind == Born || e.Kind == Split || e.Kind == Revived {
				here[e.ID]--
			}
		}
		for id, n := range here {
			if id == "" || n != 0 {
				t.Errorf("id %q: %d more clusters than events; %v, %+v", id, n, ids, events)
			}
		}
		for j, id := range ids {
			for _, other := range ids[:j] {
				if id == other {
					t.Errorf("two clusters with id %s", id)
				}
			}
		}
	})
}
