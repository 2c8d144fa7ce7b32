package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// issue is one issue on its way to becoming a record.
type issue struct {
	id               string
	updated, created int64 // ms since 1970, 0 if unknown
	raw              json.RawMessage

	comments     []json.RawMessage // so far
	commentTotal int               // what the issue says it has; -1: it does not say
	embedded     pageOf            // the changelog that came with the issue
	hasChangelog bool
	histories    []json.RawMessage
	gaps         []ingest.Gap
}

func (is *issue) gap(reason string, n int64) {
	is.gaps = append(is.gaps, ingest.Gap{Key: is.id, Reason: reason, Count: n})
}

// flexID is an id given as text or as a number.
type flexID string

func (f *flexID) UnmarshalJSON(b []byte) error {
	if len(b) == 0 {
		return errors.New("an id must not be empty")
	}
	if b[0] == '"' {
		var s string
		err := rawjson.Unmarshal(b, &s)
		*f = flexID(s)
		return err
	}
	if string(b) == "null" {
		*f = ""
		return nil
	}
	if b[0] != '-' && (b[0] < '0' || b[0] > '9') {
		return errors.New("an id must be a text or a number")
	}
	*f = flexID(b)
	return nil
}

// decodeIssue reads what the walk needs of an issue. The id is the least.
func decodeIssue(raw json.RawMessage) (*issue, error) {
	var d struct {
		ID     flexID `json:"id"`
		Fields struct {
			Created string `json:"created"`
			Updated string `json:"updated"`
			Comment *struct {
				Comments []json.RawMessage `json:"comments"`
				Total    int               `json:"total"`
			} `json:"comment"`
		} `json:"fields"`
		Changelog *pageOf `json:"changelog"`
	}
	if err := rawjson.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("decode issue: %w", err)
	}
	if d.ID == "" {
		return nil, errors.New("decode issue: no id")
	}
	is := &issue{id: string(d.ID), raw: raw, commentTotal: -1}
	is.created = parseTime(d.Fields.Created)
	is.updated = parseTime(d.Fields.Updated)
	if c := d.Fields.Comment; c != nil {
		is.comments, is.commentTotal = c.Comments, c.Total
	}
	if d.Changelog != nil {
		is.embedded, is.hasChangelog = *d.Changelog, true
	}
	return is, nil
}

// parseTime reads Jira's times ("2013-01-02T03:04:05.678+0100") as ms since 1970; 0 for anything else.
func parseTime(s string) int64 {
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 9999 {
			return t.UnixMilli()
		}
	}
	return 0
}

// versionLayout makes versions that order as text as they do in time.
const versionLayout = "2006-01-02T15:04:05.000Z"

func versionOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(versionLayout) }
