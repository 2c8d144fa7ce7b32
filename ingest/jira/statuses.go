package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/httpx"
)

// statusPosition is the cursor of the statuses stream. Statuses have no clock,
// so the position is what the whole list looked like.
type statusPosition struct {
	V    int    `json:"v"`
	Hash string `json:"hash"`
}

func decodeStatusPosition(c ingest.Cursor) (statusPosition, error) {
	if len(c) == 0 {
		return statusPosition{V: cursorVersion}, nil
	}
	var p statusPosition
	if err := json.Unmarshal(c, &p); err != nil {
		return p, fmt.Errorf("cursor: %w", err)
	}
	if p.V != cursorVersion {
		return p, fmt.Errorf("cursor has version %d and this program knows %d: it was written by another release", p.V, cursorVersion)
	}
	return p, nil
}

// readStatuses lands all statuses when any of them has changed. They have no
// version of their own: the later landed counts. Their time is that of the
// answer.
func (s *Source) readStatuses(ctx context.Context, from ingest.Cursor) (ingest.Page, error) {
	pos, err := decodeStatusPosition(from)
	if err != nil {
		return ingest.Page{}, err
	}
	d, err := s.dialect(ctx)
	if err != nil {
		return ingest.Page{}, err
	}
	page := ingest.Page{Complete: true}
	r, err := get[[]json.RawMessage](ctx, s.api, "rest/api/"+d.version()+"/status", nil)
	if err != nil && !httpx.IsStatus(err, 403, 404) {
		return ingest.Page{}, err
	}
	if err == nil {
		statuses := sorted(r.T)
		sum := sha256.New()
		for _, raw := range statuses {
			sum.Write(raw)
			sum.Write([]byte{'\n'})
		}
		if hash := hex.EncodeToString(sum.Sum(nil)); hash != pos.Hash {
			pos.Hash = hash
			for _, raw := range statuses {
				page.Records = append(page.Records, statusRecord(raw, r.At))
			}
		}
	}
	if page.Next, err = json.Marshal(pos); err != nil {
		return ingest.Page{}, fmt.Errorf("cursor: %w", err)
	}
	return page, nil
}

func statusRecord(raw json.RawMessage, at time.Time) ingest.Record {
	id := stampOf(raw).ID
	if _, err := members(raw); err != nil || id == "" {
		return quarantined("", raw)
	}
	return ingest.Record{Key: string(id), ObservedAt: at, Schema: "jira.status/1", Payload: raw}
}
