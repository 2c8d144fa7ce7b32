package warehouse

import (
	"container/list"
	"sync"
)

// lru is a cache bounded by the weight of what it holds; the least recently
// used goes first.
type lru[V any] struct {
	mu     sync.Mutex
	limit  int64
	weight int64
	order  *list.List // of *lruItem[V], the most recently used first
	items  map[string]*list.Element
}

type lruItem[V any] struct {
	key    string
	value  V
	weight int64
}

func newLRU[V any](limit int64) *lru[V] {
	return &lru[V]{limit: limit, order: list.New(), items: map[string]*list.Element{}}
}

func (c *lru[V]) get(key string) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[key]
	if e == nil {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruItem[V]).value, true
}

// put keeps a value unless it is more than an eighth of the cache by itself.
func (c *lru[V]) put(key string, v V, weight int64) {
	weight += int64(len(key))
	c.mu.Lock()
	defer c.mu.Unlock()
	if weight > c.limit/8 || c.items[key] != nil {
		return
	}
	c.items[key] = c.order.PushFront(&lruItem[V]{key, v, weight})
	for c.weight += weight; c.weight > c.limit; {
		last := c.order.Remove(c.order.Back()).(*lruItem[V])
		delete(c.items, last.key)
		c.weight -= last.weight
	}
}

func (c *lru[V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.Init()
	clear(c.items)
	c.weight = 0
}

// resultCache remembers results by generation, role, statement and parameters.
// A generation never changes, so they are exact.
type resultCache = lru[*result]

func newResultCache(bytes int64) *resultCache { return newLRU[*result](bytes) }

// planCache remembers what was found out about statements, by role and text.
type planCache = lru[*plan]

func newPlanCache() *planCache { return newLRU[*plan](16 << 20) }
