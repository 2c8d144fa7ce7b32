package nightly

import "slices"

// start is where the fit of a model begins: in the types of yesterday, so that
// they go on. Types that are pinned begin in their seeds. Without a model, or
// with settings that ask for another number of types, it begins from nothing.
func (n *night) start(ids []string, seeds *seeds) (before []int32, types int) {
	s := n.after
	if len(s.Model) == 0 || s.FittedWith != n.Options.settings() {
		return nil, 0
	}
	at := map[string]int32{}
	for _, id := range s.active() {
		if !slices.Contains(seeds.ids, id) {
			at[id] = int32(len(at))
		}
	}
	before = make([]int32, len(ids))
	for i, id := range ids {
		before[i] = -1
		if c, ok := at[s.Placed[id].Type]; ok {
			before[i] = c
		}
	}
	return before, len(at)
}
