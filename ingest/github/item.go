package github

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
	"github.com/ticketmill/ticketmill/ingest/internal/rawjson"
)

// item is the little that has to be known of an issue or comment.
type item struct {
	key     string
	updated time.Time
}

var errNoID = errors.New("no usable id or time")

func decodeItem(raw json.RawMessage) (item, error) {
	var d struct {
		ID        int64     `json:"id"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	if err := rawjson.Unmarshal(raw, &d); err != nil {
		return item{}, err
	}
	if d.ID <= 0 || d.UpdatedAt.IsZero() {
		return item{}, errNoID
	}
	return item{key: strconv.FormatInt(d.ID, 10), updated: d.UpdatedAt}, nil
}

// quarantined lands what cannot be read: one bad item must not stop the rest,
// and must not vanish without a word either.
func quarantined(raw json.RawMessage, d digest, at time.Time) ingest.Record {
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	at = at.UTC()
	return ingest.Record{
		Key: "unreadable:" + string(d), Version: stamp(at), ObservedAt: at,
		Schema: ingest.QuarantineSchema, Payload: raw,
	}
}

// event is the little that has to be known of an issue event.
type event struct {
	id      int64
	created time.Time
}

func decodeEvent(raw json.RawMessage) (event, error) {
	var d struct {
		ID        int64     `json:"id"`
		CreatedAt time.Time `json:"created_at"`
	}
	if err := rawjson.Unmarshal(raw, &d); err != nil {
		return event{}, err
	}
	if d.ID <= 0 || d.CreatedAt.IsZero() {
		return event{}, errNoID
	}
	return event{id: d.ID, created: second(d.CreatedAt)}, nil
}

func (e event) record(payload json.RawMessage) ingest.Record {
	return ingest.Record{
		Key: strconv.FormatInt(e.id, 10), Version: stamp(e.created), ObservedAt: e.created,
		Schema: "github.event/1", Payload: payload,
	}
}

// issueRef is what is kept of the issue an event belongs to. The whole issue,
// which GitHub repeats in every event of a repository-wide listing, has a
// stream of its own.
type issueRef struct {
	ID      json.RawMessage `json:"id,omitempty"`
	Number  json.RawMessage `json:"number,omitempty"`
	URL     json.RawMessage `json:"url,omitempty"`
	HTMLURL json.RawMessage `json:"html_url,omitempty"`
	// PullRequest is an empty object where the issue is a pull request.
	PullRequest *struct{} `json:"pull_request,omitempty"`
}

// shortIssue reduces an issue to its reference; null stays null.
func shortIssue(issue json.RawMessage) (json.RawMessage, error) {
	if !bytes.HasPrefix(issue, []byte("{")) {
		return issue, nil
	}
	var ref issueRef
	if err := rawjson.Unmarshal(issue, &ref); err != nil {
		return nil, err
	}
	return json.Marshal(ref)
}

// withIssue gives the event with its issue member replaced by what short makes
// of it, or added where there is none. All other bytes stay as they are.
func withIssue(raw json.RawMessage, short func(json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	members, err := rawjson.Members(raw)
	if err != nil {
		return nil, err
	}
	var out []byte
	done := 0
	for _, m := range members {
		if m.Name != "issue" {
			continue
		}
		ref, err := short(m.Value)
		if err != nil {
			return nil, err
		}
		out = append(append(out, raw[done:m.Start]...), ref...)
		done = m.End
	}
	if done > 0 {
		return append(out, raw[done:]...), nil
	}
	ref, err := short(nil)
	if err != nil || ref == nil {
		return raw, err
	}
	open := bytes.IndexByte(raw, '{') + 1
	out = append(append(append(out, raw[:open]...), `"issue":`...), ref...)
	if len(members) > 0 {
		out = append(out, ',')
	}
	return append(out, raw[open:]...), nil
}
