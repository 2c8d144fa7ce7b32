package github

import (
	"context"
)

// count asks how many items the listing holds in all, by the number of the
// last page when a page holds one item. Nil means that GitHub does not say.
//
// The count serves completeness checks only, so a refusal is not a failure.
func (s *Source) count(ctx context.Context, repo, path, filter string) (*int64, error) {
	q := "per_page=1"
	if filter != "" {
		q = filter + "&" + q
	}
	r, err := s.get(ctx, repo, path, q, "")
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		s.log.Warn("count_unavailable", "repository", repo, "listing", path, "error", err)
		return nil, nil
	}
	if n, ok := r.links.lastPage(); ok {
		return &n, nil
	}
	if len(r.links) > 0 {
		return nil, nil // counted by place (after=…), not by pages
	}
	n := int64(len(r.items))
	return &n, nil
}

// lower gives the smaller of two counts; what is deleted between them must not
// look like a loss. An unknown one does not count.
func lower(a, b *int64) *int64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// capped tells a count that cannot be: less than what was just read. GitHub
// ends some listings of big repositories early, and their count with them. The
// margin is for items that were read twice because they were edited meanwhile.
func capped(count *int64, read int64) bool {
	return count != nil && read > *count+*count/10+10
}
