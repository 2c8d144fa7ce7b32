package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// view is the world as of one moment. It does not change, apart from filling
// its caches, so a request that began before time moved on finishes in its
// own.
type view struct {
	horizon horizon
	jira    []*seen // by id
	byKey   map[string]*seen
	repos   map[string]*repository

	mu    sync.Mutex
	lists map[string]any
}

// seen is a ticket as of the view.
type seen struct {
	*ticket
	state
	once sync.Once
	json []byte // GitHub's JSON, made when first asked for
}

// repository is one GitHub repository as of the view.
type repository struct {
	issues   []*seen // by number
	comments []commentOf
	events   []eventOf // newest first
}

type commentOf struct {
	*comment
	of *seen
}

type eventOf struct {
	*event
	of *seen
}

func (h *History) view(until time.Time) *view {
	v := &view{horizon: horizon(until), byKey: map[string]*seen{}, repos: map[string]*repository{}, lists: map[string]any{}}
	for _, t := range h.jira {
		if !v.horizon.sees(t.created) {
			continue
		}
		s := &seen{ticket: t, state: t.at(v.horizon)}
		v.jira = append(v.jira, s)
		v.byKey[t.key], v.byKey[strconv.FormatInt(t.id, 10)] = s, s
	}
	for _, name := range repositories {
		v.repos[name] = &repository{}
	}
	for _, t := range h.github {
		if !v.horizon.sees(t.created) {
			continue
		}
		s := &seen{ticket: t, state: t.at(v.horizon)}
		r := v.repos[t.place]
		r.issues = append(r.issues, s)
		for _, c := range s.state.comments {
			r.comments = append(r.comments, commentOf{c, s})
		}
		for _, e := range s.state.events {
			r.events = append(r.events, eventOf{e, s})
		}
	}
	for _, r := range v.repos {
		slices.SortFunc(r.comments, func(a, b commentOf) int { return cmp.Compare(a.id, b.id) })
		slices.SortFunc(r.events, func(a, b eventOf) int { return cmp.Compare(b.id, a.id) })
	}
	return v
}

// keep gives the list kept under the key, or finds and keeps it, so that
// walking the pages of an answer sorts it once.
func keep[T any](v *view, key string, find func() []T) []T {
	v.mu.Lock()
	defer v.mu.Unlock()
	if l, ok := v.lists[key]; ok {
		return l.([]T)
	}
	if len(v.lists) > 256 {
		clear(v.lists)
	}
	l := find()
	v.lists[key] = l
	return l
}
