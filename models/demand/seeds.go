package demand

// pinned is the clusters that seeds begin and keep: cluster first+s holds the
// tickets of seeds[s], whatever the counts say.
type pinned struct {
	first int
	seeds [][]int32 // rows of the tickets that are clustered
}

// seedRows turns tickets of the corpus into rows of those that are clustered;
// known lists the latter's rows among rows, the tickets that are fitted. A seed
// that was not sampled or has no known word is left out.
func seedRows(seeds [][]int32, rows, known []int32) [][]int32 {
	if len(seeds) == 0 {
		return nil
	}
	at := make(map[int32]int32, len(known))
	for i, k := range known {
		at[rows[k]] = int32(i)
	}
	out := make([][]int32, len(seeds))
	for s, tickets := range seeds {
		for _, t := range tickets {
			if i, ok := at[t]; ok {
				out[s] = append(out[s], i)
			}
		}
	}
	return out
}

// hold puts the seeds back where they belong.
func (p pinned) hold(z []int32) {
	for s, rows := range p.seeds {
		for _, i := range rows {
			z[i] = int32(p.first + s)
		}
	}
}

// pin gives each seed a cluster of its own beside the k there are, and lets all
// other tickets choose anew.
func (t *tickets) pin(z []int32, k int, seeds [][]int32, threads int) *mixture {
	p := pinned{first: k, seeds: seeds}
	p.hold(z)
	m := t.collect(z, k+len(seeds), threads)
	for range sweeps {
		moved := t.sweep(m, z, threads)
		p.hold(z)
		m = t.collect(z, k+len(seeds), threads)
		if float64(moved) < settledPart*float64(len(z)) {
			break
		}
	}
	return m
}
