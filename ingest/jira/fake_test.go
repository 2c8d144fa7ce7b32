package jira

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest"
)

// ticket is an issue of the fake site.
type ticket struct {
	id, project      string
	created, updated time.Time
	comments         int
	histories        int
}

// site answers at the wire as a small Jira would. The fields beyond the world
// are the traps; all are set before the first request or under its lock.
type site struct {
	*httptest.Server
	t       *testing.T
	flavour string

	mu       sync.Mutex
	tickets  map[string]*ticket
	log      []string // "METHOD path jql"
	statuses string

	thinPage, page   int            // caps of a search page
	comments         int            // comments embedded, and per comment page
	histories        int            // histories embedded on Server, per page on Cloud
	bulk             int            // histories per page of a bulk answer
	epochRefused     bool           // dates must be text …
	zone             *time.Location // … and are read here
	noBulk           bool
	noCount          bool
	token            string
	before           func(w http.ResponseWriter, r *http.Request, body map[string]any) bool // true: answered
	whole            bool                                                                   // GET issue gives the whole changelog
	accountZone      string
	deploymentAbsent bool
}

func newSite(t *testing.T, flavour string, tickets ...*ticket) *site {
	s := &site{
		t: t, flavour: flavour, tickets: map[string]*ticket{}, thinPage: 5000, page: 100, comments: 20, histories: 100,
		bulk: 1000, zone: time.UTC, whole: true, accountZone: "UTC", statuses: `[{"id":"3","name":"Open"},{"id":"10","name":"Done"}]`,
	}
	for _, k := range tickets {
		s.tickets[k.id] = k
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *site) source(change ...func(*Options)) *Source {
	s.t.Helper()
	o := Options{BaseURL: s.URL, Projects: []string{"P"}, MinBackoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, MaxAttempts: 3}
	for _, c := range change {
		c(&o)
	}
	src, err := New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return src
}

func (s *site) requests(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, l := range s.log {
		if strings.Contains(l, part) {
			n++
		}
	}
	return n
}

func (s *site) forget() {
	s.mu.Lock()
	s.log = nil
	s.mu.Unlock()
}

func (s *site) edit(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.tickets[id]
	k.updated = at
	k.comments++
	k.histories++
}

const stampLayout = "2006-01-02T15:04:05.000-0700"

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if raw, ok := v.(string); ok {
		_, _ = io.WriteString(w, raw)
		return
	}
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, words string) {
	reply(w, status, map[string]any{"errorMessages": []string{words}, "errors": map[string]any{}})
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	body := map[string]any{}
	if r.Method == http.MethodPost {
		_ = json.NewDecoder(r.Body).Decode(&body)
	} else {
		for k, v := range r.URL.Query() {
			body[k] = v[0]
		}
	}
	jql, _ := body["jql"].(string)
	s.mu.Lock()
	s.log = append(s.log, r.Method+" "+r.URL.Path+" "+jql)
	before := s.before
	s.mu.Unlock()
	if before != nil && before(w, r, body) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		refuse(w, 401, "Client must be authenticated to access this resource.")
		return
	}
	cloud := s.flavour == FlavourCloud
	p := strings.TrimPrefix(r.URL.Path, "/rest/api/")
	version, rest, _ := strings.Cut(p, "/")
	parts := strings.Split(rest, "/")
	switch {
	case rest == "serverInfo":
		d := map[string]string{FlavourCloud: "Cloud", FlavourServer: "Server"}[s.flavour]
		if s.deploymentAbsent {
			reply(w, 200, `{"version":"4.4"}`)
			return
		}
		reply(w, 200, map[string]any{"deploymentType": d})
	case rest == "myself":
		reply(w, 200, map[string]any{"timeZone": s.accountZone})
	case rest == "status":
		reply(w, 200, s.statuses)
	case rest == "search" && cloud:
		s.t.Error("the removed search was asked")
		refuse(w, 410, "The requested API has been removed.")
	case cloud != (version == "3"):
		refuse(w, 404, "null for uri")
	case rest == "search":
		s.searchServer(w, jql, body)
	case rest == "search/jql":
		s.searchCloud(w, jql, body)
	case rest == "search/approximate-count":
		if s.noCount {
			refuse(w, 404, "null for uri")
			return
		}
		found, err := s.find(jql)
		if err != nil {
			refuse(w, 400, err.Error())
			return
		}
		reply(w, 200, map[string]any{"count": len(found)})
	case rest == "changelog/bulkfetch":
		s.bulkfetch(w, body)
	case parts[0] == "issue" && s.tickets[parts[1]] == nil:
		refuse(w, 404, "Issue does not exist or you do not have permission to see it.")
	case parts[0] == "issue" && len(parts) == 2:
		k := s.tickets[parts[1]]
		limit := s.histories
		if s.whole {
			limit = 1 << 20
		}
		reply(w, 200, k.render(s.comments, limit, !cloud))
	case parts[0] == "issue" && parts[2] == "comment":
		k := s.tickets[parts[1]]
		all := k.commentList()
		from := min(intOf(body["startAt"]), len(all))
		to := min(len(all), from+min(intOf(body["maxResults"]), s.comments))
		reply(w, 200, fmt.Sprintf(`{"startAt":%d,"maxResults":%d,"total":%d,"comments":[%s]}`, from, s.comments, len(all), strings.Join(all[from:to], ",")))
	case parts[0] == "issue" && parts[2] == "changelog" && cloud:
		k := s.tickets[parts[1]]
		all := k.historyList(false)
		from := min(intOf(body["startAt"]), len(all))
		to := min(len(all), from+s.histories)
		reply(w, 200, fmt.Sprintf(`{"startAt":%d,"total":%d,"isLast":%v,"values":[%s]}`, from, len(all), to == len(all), strings.Join(all[from:to], ",")))
	default:
		refuse(w, 404, "null for uri")
	}
}

func intOf(v any) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(fmt.Sprint(v), ".0"))
	return n
}

var jqlClause = regexp.MustCompile(`^(project = "(\w+)"|id in \(([\d,]+)\)|(updated|created) (?:>=|<) (.+)|\(.*\))$`)

// find answers the clauses that the walk sends; anything in parentheses is a
// user's query and matches all.
func (s *site) find(jql string) ([]*ticket, error) {
	where, order, _ := strings.Cut(jql, " ORDER BY ")
	all := slices.Collect(maps.Values(s.tickets))
	for _, c := range strings.Split(where, " AND ") {
		m := jqlClause.FindStringSubmatch(c)
		if m == nil {
			return nil, fmt.Errorf("Error in the JQL Query: %s", c)
		}
		ids := strings.Split(m[3], ",")
		var since time.Time
		if m[4] != "" {
			ms, err := strconv.ParseInt(m[5], 10, 64)
			since = time.UnixMilli(ms)
			if err != nil || s.epochRefused {
				if since, err = time.ParseInLocation(`"2006/01/02 15:04"`, m[5], s.zone); err != nil {
					return nil, fmt.Errorf("date value '%s' is invalid", m[5])
				}
			}
		}
		all = slices.DeleteFunc(all, func(k *ticket) bool {
			switch {
			case m[2] != "":
				return k.project != m[2]
			case m[3] != "":
				return !slices.Contains(ids, k.id)
			case m[4] == "updated":
				return k.updated.Before(since)
			case strings.HasPrefix(c, "created <"):
				return !k.created.Before(since)
			case m[4] == "created":
				return k.created.Before(since)
			}
			return false
		})
	}
	slices.SortFunc(all, func(a, b *ticket) int {
		if strings.HasPrefix(order, "updated DESC") {
			return b.updated.Compare(a.updated)
		}
		if c := a.created.Compare(b.created); c != 0 {
			return c
		}
		return int(number(a.id) - number(b.id))
	})
	return all, nil
}

func fieldsOf(body map[string]any) string { return fmt.Sprint(body["fields"]) }

func (s *site) render(ks []*ticket, body map[string]any) string {
	var out []string
	for _, k := range ks {
		switch f := fieldsOf(body); {
		case strings.Contains(f, "*all"):
			out = append(out, k.render(s.comments, s.histories, s.flavour == FlavourServer))
		case strings.Contains(f, "updated"):
			out = append(out, fmt.Sprintf(`{"id":%q,"fields":{"created":%q,"updated":%q}}`, k.id, k.created.Format(stampLayout), k.updated.Format(stampLayout)))
		default:
			out = append(out, fmt.Sprintf(`{"id":%q}`, k.id))
		}
	}
	return "[" + strings.Join(out, ",") + "]"
}

func (s *site) searchServer(w http.ResponseWriter, jql string, body map[string]any) {
	found, err := s.find(jql)
	if err != nil {
		refuse(w, 400, err.Error())
		return
	}
	size := min(s.page, intOf(body["maxResults"]))
	from := min(intOf(body["startAt"]), len(found))
	to := min(len(found), from+size)
	reply(w, 200, fmt.Sprintf(`{"startAt":%d,"maxResults":%d,"total":%d,"issues":%s}`, from, size, len(found), s.render(found[from:to], body)))
}

func (s *site) searchCloud(w http.ResponseWriter, jql string, body map[string]any) {
	found, err := s.find(jql)
	if err != nil {
		refuse(w, 400, err.Error())
		return
	}
	limit := s.page
	if fieldsOf(body) == "[id]" {
		limit = s.thinPage
	}
	token, _ := body["nextPageToken"].(string)
	from := min(intOf(strings.TrimPrefix(token, "at:")), len(found))
	to := min(len(found), from+min(limit, intOf(body["maxResults"])))
	next := ""
	if to < len(found) {
		next = fmt.Sprintf(`,"nextPageToken":"at:%d"`, to)
	}
	reply(w, 200, fmt.Sprintf(`{"issues":%s,"isLast":%v%s}`, s.render(found[from:to], body), next == "", next))
}

// bulkfetch spreads the histories over pages by number, so that an issue's
// histories may begin on one and end on the next.
func (s *site) bulkfetch(w http.ResponseWriter, body map[string]any) {
	if s.noBulk {
		refuse(w, 404, "null for uri")
		return
	}
	ids, _ := body["issueIdsOrKeys"].([]any)
	if len(ids) == 0 || len(ids) > 1000 {
		refuse(w, 400, "issueIdsOrKeys must hold 1 to 1000 items.")
		return
	}
	type line struct{ id, history string }
	var all []line
	for _, id := range ids {
		if k := s.tickets[id.(string)]; k != nil {
			for _, h := range k.historyList(true) {
				all = append(all, line{k.id, h})
			}
		}
	}
	token, _ := body["nextPageToken"].(string)
	from := min(intOf(strings.TrimPrefix(token, "b:")), len(all))
	to := min(len(all), from+s.bulk)
	var order []string
	by := map[string][]string{}
	for _, l := range all[from:to] {
		if by[l.id] == nil {
			order = append(order, l.id)
		}
		by[l.id] = append(by[l.id], l.history)
	}
	var logs []string
	for _, id := range order {
		logs = append(logs, fmt.Sprintf(`{"issueId":%q,"changeHistories":[%s]}`, id, strings.Join(by[id], ",")))
	}
	next := ""
	if to < len(all) {
		next = fmt.Sprintf(`,"nextPageToken":"b:%d"`, to)
	}
	reply(w, 200, fmt.Sprintf(`{"issueChangeLogs":[%s]%s}`, strings.Join(logs, ","), next))
}

func (k *ticket) commentList() []string {
	var out []string
	for i := range k.comments {
		out = append(out, fmt.Sprintf(`{"id":"%s%03d","body":"c%d","created":%q}`, k.id, i, i, k.created.Add(time.Duration(i)*time.Second).Format(stampLayout)))
	}
	return out
}

// historyList: two items of one history change the same field, as happens.
func (k *ticket) historyList(numeric bool) []string {
	var out []string
	for i := range k.histories {
		at := k.created.Add(time.Duration(i) * time.Minute)
		created := strconv.Quote(at.Format(stampLayout))
		if numeric {
			created = strconv.FormatInt(at.UnixMilli(), 10)
		}
		out = append(out, fmt.Sprintf(`{"id":"%s%04d","created":%s,"items":[{"field":"labels","to":"a%d"},{"field":"labels","to":"b%d"}]}`, k.id, i, created, i, i))
	}
	return out
}

func (k *ticket) render(comments, histories int, changelog bool) string {
	cs, hs := k.commentList(), k.historyList(false)
	log := ""
	if changelog {
		part := hs[max(0, len(hs)-histories):]
		slices.Reverse(part)
		log = fmt.Sprintf(`,"changelog":{"startAt":0,"maxResults":%d,"total":%d,"histories":[%s]}`, len(part), len(hs), strings.Join(part, ","))
	}
	return fmt.Sprintf(`{"expand":"x","id":%q,"key":"%s-%s","fields":{"customfield_1":1.10e3,"comment":{"comments":[%s],"maxResults":%d,"total":%d,"startAt":0},"summary":"<&> %s","created":%q,"updated":%q}%s}`,
		k.id, k.project, k.id, strings.Join(cs[:min(comments, len(cs))], ","), comments, len(cs), k.id, k.created.Format(stampLayout), k.updated.Format(stampLayout), log)
}

var epoch = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)

// world makes n tickets, some seconds apart, each edited some time later.
func world(n int) []*ticket {
	var out []*ticket
	for i := range n {
		created := epoch.Add(time.Duration(i) * 25 * time.Second)
		out = append(out, &ticket{
			id: strconv.Itoa(10000 + i), project: "P", created: created,
			updated: created.Add(time.Duration(i%7)*time.Hour + 137*time.Millisecond), comments: i % 4, histories: i % 3,
		})
	}
	return out
}

// landed is what a reader of landing sees: the newest version of each key.
type landed struct {
	records  map[string]ingest.Record
	number   int // of records, versions included
	gaps     []ingest.Gap
	cursors  []ingest.Cursor
	complete int
	count    *int64
}

func (l *landed) add(p ingest.Page) {
	for _, r := range p.Records {
		if old, ok := l.records[r.Key]; !ok || r.Version >= old.Version {
			l.records[r.Key] = r
		}
	}
	l.number += len(p.Records)
	l.gaps = append(l.gaps, p.Gaps...)
	l.cursors = append(l.cursors, p.Next)
	if p.Complete {
		l.complete++
		l.count = p.SourceCount
	}
}

func (l *landed) cursor() ingest.Cursor { return l.cursors[len(l.cursors)-1] }

func readAll(t *testing.T, src *Source, st ingest.Stream, from ingest.Cursor) *landed {
	t.Helper()
	l, err := tryAll(t, src, st, from)
	if err != nil {
		t.Fatal(err)
	}
	if l.complete == 0 {
		t.Fatal("the walk did not complete")
	}
	return l
}

func tryAll(t *testing.T, src *Source, st ingest.Stream, from ingest.Cursor) (*landed, error) {
	t.Helper()
	l := &landed{records: map[string]ingest.Record{}}
	for p, err := range src.Read(t.Context(), st, from) {
		if err != nil {
			return l, err
		}
		l.add(p)
	}
	return l, nil
}

var issuesP = ingest.Stream{Name: "issues", Scope: "P"}

// lists counts what a payload holds.
func lists(t *testing.T, r ingest.Record) (comments, histories int) {
	t.Helper()
	var d struct {
		Fields struct {
			Comment struct {
				Comments []json.RawMessage `json:"comments"`
				Total    int               `json:"total"`
			} `json:"comment"`
		} `json:"fields"`
		Changelog struct {
			Histories []json.RawMessage `json:"histories"`
			Total     int               `json:"total"`
		} `json:"changelog"`
	}
	if err := json.Unmarshal(r.Payload, &d); err != nil {
		t.Fatalf("payload of %s: %v", r.Key, err)
	}
	c, h := d.Fields.Comment, d.Changelog
	if c.Total != len(c.Comments) || h.Total != len(h.Histories) {
		t.Errorf("%s: totals %d and %d for %d comments and %d histories", r.Key, c.Total, h.Total, len(c.Comments), len(h.Histories))
	}
	return len(c.Comments), len(h.Histories)
}

// sameAsSite compares what landed with the site's world.
func (s *site) sameAs(l map[string]ingest.Record) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, k := range s.tickets {
		r, ok := l[id]
		if !ok {
			s.t.Errorf("issue %s did not land", id)
			continue
		}
		if want := k.updated.UTC().Format("2006-01-02T15:04:05.000Z"); r.Version != want {
			s.t.Errorf("issue %s landed as of %s, want %s", id, r.Version, want)
		}
		if c, h := lists(s.t, r); c != k.comments || h != k.histories {
			s.t.Errorf("issue %s has %d comments and %d histories, want %d and %d", id, c, h, k.comments, k.histories)
		}
	}
}
