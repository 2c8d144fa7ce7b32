package demand

// chooseK picks the number of clusters.
func chooseK(t *tickets, o Options) int { return min(max(30, o.KMin), o.KMax) }
