package simulate

import (
	"strings"
	"testing"
	"time"
)

func TestJQL(t *testing.T) {
	h := small()
	v := h.view(time.Time{})
	zone := time.FixedZone("UTC+2", 7200)
	now := h.opts.Until
	mid := h.jira[len(h.jira)/2]
	count := func(is func(*seen) bool) int {
		n := 0
		for _, s := range v.jira {
			if is(s) {
				n++
			}
		}
		return n
	}
	local := mid.created.In(zone).Format("2006-01-02 15:04")
	minute := mid.created.Truncate(time.Minute)
	ms := toJSON(mid.created.UnixMilli())
	for _, c := range []struct {
		q    string
		want int
	}{
		{"", len(v.jira)},
		{"project = SUP", count(func(s *seen) bool { return s.place == "SUP" })},
		{`project = "Customer Support" AND project in ("sup", 'OPS')`, count(func(s *seen) bool { return s.place == "SUP" })},
		{"(project = SUP) and (updated >= '" + local + "')", count(func(s *seen) bool { return s.place == "SUP" && !s.updated.Before(minute) })},
		{`created >= "` + local + `"`, count(func(s *seen) bool { return !s.created.Before(minute) })},
		{`created < "` + strings.ReplaceAll(local, "-", "/") + `"`, count(func(s *seen) bool { return s.created.Before(minute) })},
		{"created >= " + string(ms), count(func(s *seen) bool { return !s.created.Before(mid.created) })},
		{"created > " + string(ms), count(func(s *seen) bool { return s.created.After(mid.created) })},
		{"created = " + string(ms), 1},
		{"created <= " + string(ms) + " and created >= " + string(ms), 1},
		{"updated >= -4w", count(func(s *seen) bool { return !s.updated.Before(now.Add(-28 * day)) })},
		{"key = " + mid.key, 1},
		{"id in (" + string(toJSON(mid.id)) + ", " + string(toJSON(h.jira[0].id)) + ", 999999)", 2},
		{"id > " + string(toJSON(mid.id)), count(func(s *seen) bool { return s.id > mid.id })},
		{"issuekey >= " + mid.key, count(func(s *seen) bool { return s.place == mid.place && s.number >= mid.number })},
		{"project = SUP ORDER BY updated ASC, key DESC", count(func(s *seen) bool { return s.place == "SUP" })},
		{"ORDER BY created", len(v.jira)},
	} {
		q, err := parseJQL(c.q, zone, now)
		if err != nil {
			t.Errorf("%s: %v", c.q, err)
			continue
		}
		if found := q.find(v); q.known(v) != nil || len(found) != c.want {
			t.Errorf("%s: %d issues (%v), want %d", c.q, len(found), q.known(v), c.want)
		}
	}
	for _, c := range []struct{ q, want string }{
		{"project = NOPE", "The value 'NOPE' does not exist for the field 'project'."},
		{"project > SUP", "The operator '>' is not supported by the 'project' field."},
		{"colour = red", "Field 'colour' does not exist or you do not have permission to view it."},
		{"project = SUP OR project = OPS", "but got 'OR'"},
		{"project = SUP AND", "before the end of the query"},
		{"project SUP", "but got 'SUP'"},
		{"(project = SUP", "Expecting either ')'"},
		{"project = SUP)", "but got ')'"},
		{`project = "SUP`, "has not been completed"},
		{`updated >= "2024-01-01T00:00:00Z"`, "Date value '2024-01-01T00:00:00Z' for field 'updated' is invalid."},
		{`updated >= "1700000000000"`, "is invalid"},
		{"project = SUP ORDER BY colour", "Not able to sort using field 'colour'."},
		{"key = nonsense", "The issue key 'nonsense' for field 'key' is invalid."},
		{"project in ()", "Expecting a value"},
		{"project in (SUP OPS)", "Expecting either ','"},
		{"updated in (1)", "The operator 'in' is not supported by the 'updated' field."},
	} {
		if _, err := parseJQL(c.q, zone, now); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want …%s…", c.q, err, c.want)
		}
	}
}

func TestJQLOrder(t *testing.T) {
	v := small().view(time.Time{})
	for _, c := range []struct {
		q    string
		less func(a, b *seen) bool
	}{
		{"", func(a, b *seen) bool { return a.created.After(b.created) }},
		{"order by created asc", func(a, b *seen) bool { return a.created.Before(b.created) }},
		{"order by updated", func(a, b *seen) bool { return a.updated.After(b.updated) }},
		{"order by updated asc", func(a, b *seen) bool { return a.updated.Before(b.updated) }},
		{"project = SUP order by key desc", func(a, b *seen) bool { return a.number > b.number }},
		{"project = SUP order by id asc", func(a, b *seen) bool { return a.number < b.number }},
	} {
		q, err := parseJQL(c.q, time.UTC, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		found := q.find(v)
		for i := 1; i < len(found); i++ {
			if c.less(found[i], found[i-1]) {
				t.Fatalf("%q: %s is out of order", c.q, found[i].key)
			}
		}
	}
}

func FuzzJQL(f *testing.F) {
	for _, q := range []string{"", "project = SUP", `updated >= "2025-01-01 10:00" ORDER BY updated ASC, key`, "id in (1,2) and ((key > SUP-3))", "created > -4w 2d", `project = "a\"b'`, "not in", "updated >= -", "issue >= SUP-99999999999999999999"} {
		f.Add(q)
	}
	v := Generate(Options{Seed: 2, JiraTickets: 20, GitHubTickets: -1}).view(time.Time{})
	f.Fuzz(func(t *testing.T, s string) {
		q, err := parseJQL(s, time.UTC, time.Unix(1e9, 0))
		if err != nil {
			return
		}
		if found := q.find(v); q.known(v) == nil && len(found) > len(v.jira) {
			t.Fatal("more than there is")
		}
	})
}
