package warehouse

import (
	"context"
)

// heavyRows is from how many rows read a query is heavy. Scanning that many
// takes a core about a tenth of a second.
const heavyRows = 250_000

// lanes are the places in which queries run. Queueing, not execution, rules the
// tail of latencies, so light queries have many places of their own; of the
// heavy ones only as many run at once as can make use of the cores.
type lanes struct{ light, heavy chan struct{} }

func newLanes(threads int) lanes {
	return lanes{make(chan struct{}, lightSlots(threads)), make(chan struct{}, max(2, threads))}
}

func lightSlots(threads int) int { return 8 * threads }

// enter waits for a place and returns the function that leaves it.
func (l lanes) enter(ctx context.Context, heavy bool) (leave func(), err error) {
	lane := l.light
	if heavy {
		lane = l.heavy
	}
	select {
	case lane <- struct{}{}:
		return func() { <-lane }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
