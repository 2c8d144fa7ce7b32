package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// hook is what the tests read of a webhook.
type hook struct {
	Webhook   string          `json:"webhookEvent"`
	Timestamp int64           `json:"timestamp"`
	User      map[string]any  `json:"user"`
	Comment   map[string]any  `json:"comment"`
	Changelog json.RawMessage `json:"changelog"`
	Issue     map[string]any  `json:"issue"`
	Action    string          `json:"action"`
	Label     map[string]any  `json:"label"`
	Assignee  map[string]any  `json:"assignee"`
	Pull      map[string]any  `json:"pull_request"`
}

func hooksOf(t *testing.T, msgs []Message) []hook {
	t.Helper()
	out := make([]hook, len(msgs))
	for i, m := range msgs {
		if err := json.Unmarshal(m.Value, &out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func fetch[T any](t *testing.T, s *Server, path string) T {
	t.Helper()
	return decode[T](t, get(t, s, "GET", path, ""))
}

// differ fails the test unless both are equal, apart from the members named.
func differ(t *testing.T, what string, hook, api map[string]any, but ...string) {
	t.Helper()
	hook, api = maps.Clone(hook), maps.Clone(api)
	for _, name := range but {
		delete(hook, name)
		delete(api, name)
	}
	if !reflect.DeepEqual(hook, api) {
		t.Errorf("%s: webhook and API differ\n%v\n%v", what, hook, api)
	}
}

// TestJiraHooksAgreeWithAPI: what the webhooks add up to is what the API says.
func TestJiraHooksAgreeWithAPI(t *testing.T) {
	h := tiny()
	for _, flavour := range []string{"cloud", "server"} {
		s := NewServer(h, ServerOptions{JiraFlavour: flavour})
		issues, comments, histories := map[string]map[string]any{}, map[string]map[string]any{}, map[string]hook{}
		for _, w := range hooksOf(t, h.Webhooks(StreamOptions{JiraFlavour: flavour})) {
			switch {
			case strings.HasPrefix(w.Webhook, "comment_"):
				comments[w.Comment["id"].(string)] = w.Comment
			case w.Webhook != "":
				issues[w.Issue["key"].(string)] = w.Issue["fields"].(map[string]any)
				if w.Changelog != nil {
					var c struct{ ID string }
					if err := json.Unmarshal(w.Changelog, &c); err != nil {
						t.Fatal(err)
					}
					histories[c.ID] = w
				}
			}
		}
		if len(issues) != len(h.jira) {
			t.Errorf("%s: webhooks of %d issues, not %d", flavour, len(issues), len(h.jira))
		}
		for _, tk := range h.jira {
			path := "/rest/api/2/issue/" + tk.key
			is := fetch[struct{ Fields map[string]any }](t, s, path)
			// A comment moves it, and its webhook has a reduced issue.
			differ(t, tk.key, issues[tk.key], is.Fields, "comment", "updated")
			for at := 0; at < len(tk.comments); at += 100 {
				page := fetch[struct{ Comments []map[string]any }](t, s, fmt.Sprintf("%s/comment?startAt=%d&maxResults=100", path, at))
				for _, c := range page.Comments {
					differ(t, tk.key, comments[c["id"].(string)], c)
					delete(comments, c["id"].(string))
				}
			}
			for _, c := range apiHistories(t, s, flavour, tk) {
				w, ok := histories[c["id"].(string)]
				if !ok {
					t.Errorf("%s: no webhook of change %v", tk.key, c["id"])
					continue
				}
				delete(histories, c["id"].(string))
				var log map[string]any
				if err := json.Unmarshal(w.Changelog, &log); err != nil {
					t.Fatal(err)
				}
				log["author"], log["created"] = w.User, s.jiraTime(time.UnixMilli(w.Timestamp))
				differ(t, tk.key, log, c)
			}
		}
		if len(comments) > 0 || len(histories) > 0 {
			t.Errorf("%s: %d comments and %d changes are not in the API", flavour, len(comments), len(histories))
		}
	}
}

func apiHistories(t *testing.T, s *Server, flavour string, tk *ticket) []map[string]any {
	t.Helper()
	if flavour == "server" {
		return fetch[struct {
			Changelog struct{ Histories []map[string]any }
		}](t, s, "/rest/api/2/issue/"+tk.key+"?expand=changelog").Changelog.Histories
	}
	var out []map[string]any
	for {
		page := fetch[struct {
			Values []map[string]any
			IsLast bool
		}](t, s, fmt.Sprintf("/rest/api/3/issue/%s/changelog?startAt=%d", tk.key, len(out)))
		if out = append(out, page.Values...); page.IsLast {
			return out
		}
	}
}

// TestGitHubHooksAgreeWithAPI is the same for GitHub, whose webhooks have no
// event ids.
func TestGitHubHooksAgreeWithAPI(t *testing.T) {
	h := tiny()
	s := NewServer(h, ServerOptions{})
	issues, pulls, comments, events := map[float64]map[string]any{}, map[float64]map[string]any{}, map[float64]map[string]any{}, map[string]int{}
	event := func(number, action, label, who, at any) string { return fmt.Sprint(number, action, label, who, at) }
	for i, m := range h.Webhooks(StreamOptions{}) {
		w := hooksOf(t, []Message{m})[0]
		if w.Webhook != "" {
			continue
		}
		if is := w.Issue; is != nil {
			issues[is["number"].(float64)+1e6*float64(slices.Index(repositories, repositoryOf(m)))] = is
		}
		thing := w.Issue
		if w.Pull != nil {
			thing = w.Pull
			pulls[thing["number"].(float64)+1e6*float64(slices.Index(repositories, repositoryOf(m)))] = thing
		}
		switch name := m.Headers["X-GitHub-Event"]; {
		case name == "issue_comment":
			comments[w.Comment["id"].(float64)] = w.Comment
		case w.Action != "opened":
			events[event(m.Key, w.Action, w.Label["name"], w.Assignee["login"], thing["updated_at"])]++
		case name != "issues" && name != "pull_request":
			t.Errorf("message %d: event %q", i, name)
		}
	}
	for n, repo := range repositories {
		for _, tk := range h.github {
			if tk.place != repo {
				continue
			}
			path := fmt.Sprintf("/repos/%s/issues/%d", repo, tk.number)
			api, at := fetch[map[string]any](t, s, path), float64(tk.number)+1e6*float64(n)
			if p := pulls[at]; tk.pull {
				if p["issue_url"] != api["url"] || p["state"] != api["state"] || p["title"] != api["title"] || p["closed_at"] != api["closed_at"] {
					t.Errorf("%s: webhook and API differ", tk.key)
				}
			} else {
				differ(t, tk.key, issues[at], api)
			}
			for page := 1; page <= 1+len(tk.comments)/100; page++ {
				for _, c := range fetch[[]map[string]any](t, s, fmt.Sprintf("%s/comments?per_page=100&page=%d", path, page)) {
					differ(t, tk.key, comments[c["id"].(float64)], c)
					delete(comments, c["id"].(float64))
				}
			}
			for page := 1; page <= 1+len(tk.events)/100; page++ {
				for _, e := range fetch[[]struct {
					Event     string
					CreatedAt string `json:"created_at"`
					Label     struct{ Name any }
					Assignee  struct{ Login any }
				}](t, s, fmt.Sprintf("%s/events?per_page=100&page=%d", path, page)) {
					if action := gitHubActions[e.Event]; action != "" {
						events[event(tk.key, action, e.Label.Name, e.Assignee.Login, e.CreatedAt)]--
					}
				}
			}
		}
	}
	for k, n := range events {
		if n != 0 {
			t.Errorf("event %s: %d more webhooks than events", k, n)
		}
	}
	if len(comments) > 0 {
		t.Errorf("%d comments are not in the API", len(comments))
	}
}

func repositoryOf(m Message) string { repo, _, _ := strings.Cut(m.Key, "#"); return repo }

// TestHooksAsOf: a webhook shows its issue as the API would have at that time.
func TestHooksAsOf(t *testing.T) {
	h := tiny()
	s := NewServer(h, ServerOptions{})
	msgs := h.Webhooks(StreamOptions{})
	for i := 0; i < len(msgs); i += len(msgs) / 40 {
		m := msgs[i]
		w := hooksOf(t, []Message{m})[0]
		s.SetUntil(m.At)
		switch {
		case m.Headers["X-GitHub-Event"] == "issues":
			repo, number, _ := strings.Cut(m.Key, "#")
			differ(t, m.Key, w.Issue, fetch[map[string]any](t, s, "/repos/"+repo+"/issues/"+number))
		case strings.HasPrefix(w.Webhook, "jira:"):
			is := fetch[struct{ Fields map[string]any }](t, s, "/rest/api/2/issue/"+m.Key)
			differ(t, m.Key, w.Issue["fields"].(map[string]any), is.Fields, "comment")
		}
	}
}

var tinyOptions = Options{Seed: 11, JiraTickets: 80, GitHubTickets: 120}

// tiny still has threads and histories that are longer than a page.
var tiny = sync.OnceValue(func() *History { return Generate(tinyOptions) })

// few contacts are quick to make.
const few = 120

// feeds are the two streams of a history.
func feeds(h *History) map[string]func(StreamOptions) []Message {
	return map[string]func(StreamOptions) []Message{"webhooks": h.Webhooks, "feed": h.Feed}
}

// text is a message as a text.
func (m Message) text() string {
	return fmt.Sprint(m.Key, m.At.UnixNano(), m.Headers, string(m.Value))
}

func textsOf(msgs []Message) []string {
	var out []string
	for _, m := range msgs {
		out = append(out, m.text())
	}
	return out
}

func TestStreamIsRepeatable(t *testing.T) {
	bad := StreamOptions{Seed: 3, Duplicates: .05, Poison: .01, Holes: .03, Contacts: few}
	h := tiny()
	half := h.Until().AddDate(-1, 0, 0)
	for name, tell := range feeds(h) {
		all := textsOf(tell(bad))
		if !slices.Equal(all, textsOf(feeds(Generate(tinyOptions))[name](bad))) {
			t.Errorf("%s: the same options give other messages", name)
		}
		early, late := bad, bad
		early.Until, late.From = half, half
		if parts := append(textsOf(tell(early)), textsOf(tell(late))...); !slices.Equal(all, parts) {
			t.Errorf("%s: two spans have %d messages, the whole %d", name, len(parts), len(all))
		}
		bad.Shuffle = true
		mixed := textsOf(tell(bad))
		bad.Shuffle = false
		if slices.Equal(all, mixed) {
			t.Errorf("%s: not shuffled", name)
		}
		slices.Sort(mixed)
		slices.Sort(all)
		if !slices.Equal(all, mixed) {
			t.Errorf("%s: shuffled messages are others", name)
		}
	}
}

func TestStreamGoesWrong(t *testing.T) {
	for name, tell := range feeds(tiny()) {
		clean := tell(StreamOptions{Contacts: few})
		known := map[string]bool{}
		for i, m := range clean {
			known[string(m.Value)] = true
			if i > 0 && m.At.Before(clean[i-1].At) || len(m.Value) == 0 || m.Key == "" {
				t.Fatalf("%s: message %d is out of order or empty", name, i)
			}
		}
		if len(known) != len(clean) {
			t.Errorf("%s: only %d of %d messages are distinct", name, len(known), len(clean))
		}
		twice := float64(len(tell(StreamOptions{Contacts: few, Duplicates: .05}))-len(clean)) / float64(len(clean))
		sorts, poison := map[string]int{}, 0
		for _, m := range tell(StreamOptions{Contacts: few, Poison: .1}) {
			if known[string(m.Value)] {
				continue
			}
			poison++
			switch {
			case len(m.Value) == 0:
				sorts["empty"]++
			case !utf8.Valid(m.Value):
				sorts["not UTF-8"]++
			case json.Valid(m.Value):
				sorts["another shape"]++
			case bytes.HasPrefix(m.Value, []byte("<")):
				sorts["HTML"]++
			default:
				sorts["cut"]++
			}
		}
		holes := 1 - float64(len(tell(StreamOptions{Contacts: few, Holes: .1})))/float64(len(clean))
		t.Logf("%s: %d messages, %.3f twice, %.3f missing, %v", name, len(clean), twice, holes, sorts)
		if twice < .04 || twice > .06 || len(sorts) != 5 {
			t.Errorf("%s: %.3f come twice, broken ones are %v", name, twice, sorts)
		}
		if share := float64(poison) / float64(len(clean)); share < .08 || share > .12 {
			t.Errorf("%s: %.3f are broken", name, share)
		}
		if name == "webhooks" && (holes < .05 || holes > .15) || name == "feed" && holes != 0 {
			t.Errorf("%s: %.3f are missing", name, holes)
		}
	}
}

// TestFeedTruth adds the feed up and compares.
func TestFeedTruth(t *testing.T) {
	h := tiny()
	for _, o := range []StreamOptions{{}, {Until: h.Until().AddDate(0, -8, 0), Contacts: 200}} {
		type sum struct {
			Status, Category, Assignee, Team string
			Comments                         int
			At                               time.Time
			Customer
		}
		got := map[string]*sum{}
		for _, m := range h.Feed(o) {
			var v struct {
				Type, Source, Key, Status, Team, Channel, Language string
				Category                                           string `json:"status_category"`
				CustomerID                                         string `json:"customer_id"`
				Tier                                               string `json:"customer_tier"`
				Score                                              int    `json:"satisfaction_score"`
				At                                                 time.Time
			}
			if err := json.Unmarshal(m.Value, &v); err != nil {
				t.Fatal(err)
			}
			k := v.Source + ":" + v.Key
			if got[k] == nil {
				got[k] = &sum{}
			}
			s := got[k]
			set := func(to *string, v string) {
				if v != "" {
					*to = v
				}
			}
			set(&s.Status, v.Status)
			set(&s.Category, v.Category)
			set(&s.ID, v.CustomerID)
			set(&s.Tier, v.Tier)
			set(&s.Channel, v.Channel)
			set(&s.Language, v.Language)
			if v.Type == "comment" {
				s.Comments++
			}
			s.Satisfaction = max(s.Satisfaction, v.Score)
			s.At = v.At
			if v.Type == "ticket" && v.Status == "" && v.Team == "" && v.CustomerID == "" {
				t.Errorf("an empty statement about %s", k)
			}
		}
		truth := h.FeedTruth(o)
		if !maps.EqualFunc(got, truth.Customers, func(s *sum, c Customer) bool { return s.Customer == c }) {
			t.Error("customers differ")
		}
		count := map[string]int{}
		for _, tt := range truth.Tickets {
			s := got[tt.Project+":"+tt.Key]
			if s.Status != tt.Status || (s.Category == "resolved") != tt.IsClosed || s.Comments != tt.CommentCount || !s.At.Equal(tt.UpdatedAt.Truncate(time.Millisecond)) {
				t.Errorf("%s: %+v, truth %+v", tt.Key, *s, tt)
			}
			count[tt.Project]++
			if tt.IsClosed {
				count[tt.Project+" closed"]++
			}
			if tt.Satisfaction > 0 {
				count[tt.Project+" surveys"]++
			}
		}
		for k, c := range truth.Customers {
			if strings.HasPrefix(k, "helpdesk:") {
				count["helpdesk"]++
				if c.Satisfaction > 0 {
					count["helpdesk surveys"]++
				}
			}
		}
		t.Log(count)
		if count["phone"] == 0 || count["mail surveys"] == 0 || count["chat closed"] == 0 || count["helpdesk surveys"] == 0 {
			t.Errorf("something is missing: %v", count)
		}
	}
	if os.Getenv("SIMULATE_SAMPLE") != "" {
		for i, m := range h.Feed(StreamOptions{}) {
			if i%150 < 3 {
				t.Logf("%s\n", m.Value)
			}
		}
	}
}

func BenchmarkWebhooks(b *testing.B) {
	h := full()
	for b.Loop() {
		h.Webhooks(StreamOptions{})
	}
}
