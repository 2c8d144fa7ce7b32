package simulate

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Server) gitHubRoutes() {
	for _, p := range []string{"", "/api/v3"} {
		repo := p + "/repos/{owner}/{repo}"
		s.mux.HandleFunc("GET "+repo, s.gitHubRepository)
		s.mux.HandleFunc("GET "+repo+"/issues", s.gitHubIssues)
		s.mux.HandleFunc("GET "+repo+"/issues/comments", s.gitHubAllComments)
		s.mux.HandleFunc("GET "+repo+"/issues/events", s.gitHubAllEvents)
		s.mux.HandleFunc("GET "+repo+"/issues/{number}", s.gitHubIssue)
		s.mux.HandleFunc("GET "+repo+"/issues/{number}/comments", s.gitHubComments)
		s.mux.HandleFunc("GET "+repo+"/issues/{number}/events", s.gitHubEvents)
		s.mux.HandleFunc("GET "+p+"/rate_limit", s.gitHubLimit)
		s.mux.HandleFunc("GET "+p+"/user", s.gitHubUser)
	}
	s.mux.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) { gitHubNotFound(rw) })
}

func gitHubNotFound(rw http.ResponseWriter) {
	writeJSON(rw, http.StatusNotFound, object{"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})
}

func (s *Server) gitHubLimit(rw http.ResponseWriter, _ *http.Request) {
	if s.opts.RateLimit <= 0 {
		writeJSON(rw, http.StatusNotFound, object{"message": "Rate limiting is not enabled.", "documentation_url": "https://docs.github.com/rest/rate-limit/rate-limit"})
		return
	}
	s.mu.Lock()
	s.refill()
	core := object{"limit": s.opts.RateLimit, "used": s.used, "remaining": s.opts.RateLimit - s.used, "reset": s.reset()}
	s.mu.Unlock()
	writeJSON(rw, http.StatusOK, object{"resources": object{"core": core}, "rate": core})
}

func (s *Server) gitHubUser(rw http.ResponseWriter, _ *http.Request) {
	writeJSON(rw, http.StatusOK, gitHubPerson(s.h.people.agents[0]))
}

// repositoryOf finds the repository of the path, or answers that there is
// none.
func (s *Server) repositoryOf(rw http.ResponseWriter, r *http.Request) (*view, string, *repository) {
	v := s.view.Load()
	name := strings.ToLower(r.PathValue("owner") + "/" + r.PathValue("repo"))
	repo := v.repos[name]
	if repo == nil {
		gitHubNotFound(rw)
	}
	return v, name, repo
}

func (s *Server) gitHubRepository(rw http.ResponseWriter, r *http.Request) {
	_, name, repo := s.repositoryOf(rw, r)
	if repo == nil {
		return
	}
	open := 0
	for _, is := range repo.issues {
		if !is.done {
			open++
		}
	}
	o := gitHubRepo(name)
	o["open_issues_count"], o["open_issues"] = open, open
	writeJSON(rw, http.StatusOK, o)
}

func gitHubRepo(name string) object {
	owner, short, _ := strings.Cut(name, "/")
	return object{
		"id": 500_000 + slices.Index(repositories, name), "name": short, "full_name": name, "private": false,
		"owner": object{"login": owner, "id": 77, "type": "Organization"}, "html_url": gitHubSite + name, "url": gitHubAPI + name,
		"has_issues": true, "default_branch": "main", "archived": false,
	}
}

// since reads the parameter of that name, or refuses it.
func since(rw http.ResponseWriter, q url.Values) (time.Time, bool) {
	v := q.Get("since")
	if v == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		writeJSON(rw, http.StatusUnprocessableEntity, object{"message": "Validation Failed", "errors": []string{"since: invalid timestamp"}, "status": "422"})
	}
	return t, err == nil
}

func (s *Server) gitHubIssues(rw http.ResponseWriter, r *http.Request) {
	v, name, repo := s.repositoryOf(rw, r)
	if repo == nil {
		return
	}
	q := r.URL.Query()
	from, ok := since(rw, q)
	if !ok {
		return
	}
	state, by, desc := cmp.Or(q.Get("state"), "open"), q.Get("sort"), q.Get("direction") != "asc"
	found := keep(v, fmt.Sprint("issues ", name, from, state, by, desc), func() []*seen {
		var out []*seen
		for _, is := range repo.issues {
			if !is.updated.Before(from) && (state == "all" || is.done == (state == "closed")) {
				out = append(out, is)
			}
		}
		slices.SortFunc(out, func(a, b *seen) int {
			var n int
			switch by {
			case "updated":
				n = a.updated.Compare(b.updated)
			case "comments":
				n = cmp.Compare(len(a.state.comments), len(b.state.comments))
			default:
				n = a.created.Compare(b.created)
			}
			if n = cmp.Or(n, cmp.Compare(a.number, b.number)); desc {
				n = -n
			}
			return n
		})
		return out
	})
	s.page(rw, r, len(found), func(i int) []byte { return s.issueJSON(found[i]) })
}

func (s *Server) gitHubAllComments(rw http.ResponseWriter, r *http.Request) {
	v, name, repo := s.repositoryOf(rw, r)
	if repo == nil {
		return
	}
	q := r.URL.Query()
	from, ok := since(rw, q)
	if !ok {
		return
	}
	// Without sort GitHub ignores direction and answers by id.
	by, desc := q.Get("sort"), q.Get("sort") != "" && q.Get("direction") == "desc"
	found := keep(v, fmt.Sprint("comments ", name, from, by, desc), func() []commentOf {
		var out []commentOf
		for _, c := range repo.comments {
			if !c.updated(v.horizon).Before(from) {
				out = append(out, c)
			}
		}
		slices.SortFunc(out, func(a, b commentOf) int {
			n := 0
			switch by {
			case "updated":
				n = a.updated(v.horizon).Compare(b.updated(v.horizon))
			case "created":
				n = a.at.Compare(b.at)
			}
			if n = cmp.Or(n, cmp.Compare(a.id, b.id)); desc {
				n = -n
			}
			return n
		})
		return out
	})
	s.page(rw, r, len(found), func(i int) []byte { return toJSON(s.gitHubComment(v, found[i].of, found[i].comment)) })
}

// gitHubAllEvents gives the repository's events, newest first, each with its
// issue as it is now.
func (s *Server) gitHubAllEvents(rw http.ResponseWriter, r *http.Request) {
	_, _, repo := s.repositoryOf(rw, r)
	if repo == nil {
		return
	}
	s.page(rw, r, len(repo.events), func(i int) []byte {
		e := repo.events[i]
		b := toJSON(s.gitHubEvent(e.of, e.event))
		b = append(b[:len(b)-1], `,"issue":`...)
		return append(append(b, s.issueJSON(e.of)...), '}')
	})
}

func (s *Server) numbered(rw http.ResponseWriter, r *http.Request) (*view, *seen) {
	v, _, repo := s.repositoryOf(rw, r)
	if repo == nil {
		return v, nil
	}
	n, err := strconv.Atoi(r.PathValue("number"))
	i, ok := slices.BinarySearchFunc(repo.issues, n, func(is *seen, n int) int { return cmp.Compare(is.number, n) })
	if err != nil || !ok {
		gitHubNotFound(rw)
		return v, nil
	}
	return v, repo.issues[i]
}

func (s *Server) gitHubIssue(rw http.ResponseWriter, r *http.Request) {
	if _, is := s.numbered(rw, r); is != nil {
		s.tagged(rw, r, s.issueJSON(is))
	}
}

func (s *Server) gitHubComments(rw http.ResponseWriter, r *http.Request) {
	if v, is := s.numbered(rw, r); is != nil {
		s.page(rw, r, len(is.state.comments), func(i int) []byte { return toJSON(s.gitHubComment(v, is, is.state.comments[i])) })
	}
}

func (s *Server) gitHubEvents(rw http.ResponseWriter, r *http.Request) {
	if _, is := s.numbered(rw, r); is != nil {
		s.page(rw, r, len(is.state.events), func(i int) []byte { return toJSON(s.gitHubEvent(is, is.state.events[i])) })
	}
}

// page writes one page of n things, with the Link header to the others.
func (s *Server) page(rw http.ResponseWriter, r *http.Request, n int, thing func(int) []byte) {
	per := numberOf(r, "per_page", 30, 100)
	if per == 0 {
		per = 30
	}
	page := max(1, numberOf(r, "page", 1, 1<<30))
	last := max(1, (n+per-1)/per)
	var links []string
	link := func(p int, rel string) {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(p))
		u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: q.Encode()}
		links = append(links, fmt.Sprintf(`<%s>; rel=%q`, u.String(), rel))
	}
	if page > 1 {
		link(min(page-1, last), "prev")
	}
	if page < last {
		link(page+1, "next")
		link(last, "last")
	}
	if page > 1 {
		link(1, "first")
	}
	if links != nil {
		rw.Header().Set("Link", strings.Join(links, ", "))
	}
	b := []byte{'['}
	for i := min(n, (page-1)*per); i < min(n, page*per); i++ {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, thing(i)...)
	}
	s.tagged(rw, r, append(b, ']'))
}

// tagged writes a body with its ETag, or that it has not changed.
func (s *Server) tagged(rw http.ResponseWriter, r *http.Request, body []byte) {
	sum := sha256.Sum256(body)
	tag := fmt.Sprintf(`W/"%x"`, sum[:16])
	h := rw.Header()
	h.Set("ETag", tag)
	h.Set("Content-Type", "application/json; charset=utf-8")
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == strings.TrimPrefix(tag, "W/") {
		s.giveBack(h)
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = rw.Write(body) // the client may be gone
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func nodeID(kind string, id int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%d", kind, id))
}

func gitHubPerson(p *person) object {
	if p == nil {
		return nil
	}
	id := 1000 + p.n*37
	u := "https://api.github.com/users/" + url.PathEscape(p.login)
	o := object{
		"login": p.login, "id": id, "node_id": nodeID("U_", int64(id)), "avatar_url": fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", id),
		"url": u, "html_url": gitHubSite + p.login, "type": "User", "user_view_type": "public", "site_admin": false,
	}
	if strings.HasSuffix(p.login, "[bot]") {
		o["type"], o["html_url"] = "Bot", gitHubSite+"apps/"+strings.TrimSuffix(p.login, "[bot]")
	}
	return o
}

// nullable keeps a nil person from becoming an empty object.
func nullable(p *person) any {
	if p == nil {
		return nil
	}
	return gitHubPerson(p)
}

func association(p *person) string {
	if p == nil {
		return "NONE"
	}
	return p.assoc
}

func gitHubLabel(place, name string) object {
	sum := sha256.Sum256([]byte(name))
	id := 9_000_000 + int64(sum[0])<<16 + int64(sum[1])<<8 + int64(sum[2])
	return object{"id": id, "node_id": nodeID("LA_", id), "url": gitHubAPI + place + "/labels/" + url.PathEscape(name), "name": name, "color": hex.EncodeToString(sum[:3]), "default": name == "bug" || name == "question", "description": nil}
}

// reactions are none: nobody reacts here.
func reactions(u string) object {
	return object{"url": u + "/reactions", "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0}
}

// issueJSON is the issue's JSON, made once.
func (s *Server) issueJSON(is *seen) []byte {
	is.once.Do(func() { is.json = toJSON(is.object(s)) })
	return is.json
}

func (is *seen) object(s *Server) object {
	u := fmt.Sprintf("%s%s/issues/%d", gitHubAPI, is.place, is.number)
	labels := []object{}
	for _, l := range is.state.labels {
		labels = append(labels, gitHubLabel(is.place, l))
	}
	assignees := []object{}
	for _, p := range is.assignees {
		assignees = append(assignees, gitHubPerson(p))
	}
	o := object{
		"id": is.id, "node_id": nodeID("I_", is.id), "number": is.number, "url": u, "repository_url": gitHubAPI + is.place,
		"html_url": is.htmlURL(), "labels_url": u + "/labels{/name}", "comments_url": u + "/comments", "events_url": u + "/events", "timeline_url": u + "/timeline",
		"title": is.state.title, "body": s.h.people.markdown(is.body), "user": nullable(is.reporter), "author_association": association(is.reporter),
		"labels": labels, "state": "open", "state_reason": nil, "locked": false, "active_lock_reason": nil,
		"assignee": nil, "assignees": assignees, "milestone": nil, "comments": len(is.state.comments),
		"created_at": stamp(is.created), "updated_at": stamp(is.updated), "closed_at": nil, "closed_by": nil,
		"reactions": reactions(u), "performed_via_github_app": nil, "type": nil, "sub_issues_summary": object{"total": 0, "completed": 0, "percent_completed": 0},
	}
	if len(assignees) > 0 {
		o["assignee"] = assignees[0]
	}
	if is.reason != "" {
		o["state_reason"] = is.reason
	}
	if is.done {
		o["state"], o["closed_at"], o["closed_by"] = "closed", stamp(is.resolved), nullable(is.closedBy)
	}
	if is.pull {
		p := object{"url": fmt.Sprintf("%s%s/pulls/%d", gitHubAPI, is.place, is.number), "html_url": is.htmlURL(), "diff_url": is.htmlURL() + ".diff", "patch_url": is.htmlURL() + ".patch", "merged_at": nil}
		for _, e := range is.state.events {
			if e.kind == "merged" {
				p["merged_at"] = stamp(e.at)
			}
		}
		o["pull_request"], o["draft"] = p, false
	}
	return o
}

func (s *Server) gitHubComment(v *view, is *seen, c *comment) object {
	u := fmt.Sprintf("%s%s/issues/comments/%d", gitHubAPI, is.place, c.id)
	return object{
		"id": c.id, "node_id": nodeID("IC_", c.id), "url": u, "html_url": fmt.Sprintf("%s#issuecomment-%d", is.htmlURL(), c.id),
		"issue_url": fmt.Sprintf("%s%s/issues/%d", gitHubAPI, is.place, is.number), "user": nullable(c.by), "author_association": association(c.by),
		"created_at": stamp(c.at), "updated_at": stamp(c.updated(v.horizon)), "body": s.h.people.markdown(c.body),
		"reactions": reactions(u), "performed_via_github_app": nil,
	}
}

func (s *Server) gitHubEvent(is *seen, e *event) object {
	o := object{
		"id": e.id, "node_id": nodeID("E_", e.id), "url": fmt.Sprintf("%s%s/issues/events/%d", gitHubAPI, is.place, e.id),
		"actor": nullable(e.by), "event": e.kind, "commit_id": nil, "commit_url": nil, "created_at": stamp(e.at), "performed_via_github_app": nil,
	}
	if e.commit != "" {
		o["commit_id"], o["commit_url"] = e.commit, gitHubAPI+is.place+"/commits/"+e.commit
	}
	switch e.kind {
	case "labeled", "unlabeled":
		l := gitHubLabel(is.place, e.label)
		o["label"] = object{"name": e.label, "color": l["color"]}
	case "assigned", "unassigned":
		o["assignee"], o["assigner"] = nullable(e.who), nullable(e.by)
	case "renamed":
		o["rename"] = object{"from": e.from, "to": e.to}
	case "closed":
		o["state_reason"] = nil
		if e.reason != "" {
			o["state_reason"] = e.reason
		}
	case "reopened":
		o["state_reason"] = "reopened"
	}
	return o
}
