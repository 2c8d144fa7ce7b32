package simulate

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What Jira Cloud gives at most: issues in a search with fields and with ids
// only, comments and histories embedded in an issue, and in pages of their own.
const (
	jiraPage       = 100
	jiraPageIDs    = 5000
	jiraServerPage = 1000
	jiraEmbedded   = 20
	jiraHistories  = 40
	jiraListPage   = 100
	jiraBulkIssues = 1000
	jiraBulkMost   = 10_000
)

const jiraRemoved = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"

func (s *Server) cloud() bool { return s.opts.JiraFlavour != "server" }

func (s *Server) jiraRoutes() {
	onCloud := func(h http.HandlerFunc) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			if !s.cloud() {
				jiraError(rw, http.StatusNotFound, "null for uri: "+r.URL.Path)
				return
			}
			h(rw, r)
		}
	}
	for _, version := range []string{"2", "3", "latest"} {
		if version == "3" && !s.cloud() {
			continue
		}
		p := "/rest/api/" + version
		s.mux.HandleFunc("GET "+p+"/serverInfo", s.jiraInfo)
		s.mux.HandleFunc("GET "+p+"/myself", s.jiraMyself)
		s.mux.HandleFunc("GET "+p+"/status", s.jiraStatuses)
		s.mux.HandleFunc("GET "+p+"/priority", s.jiraPriorities)
		s.mux.HandleFunc("GET "+p+"/field", s.jiraFields)
		s.mux.HandleFunc("GET "+p+"/project", s.jiraProjects)
		s.mux.HandleFunc("GET "+p+"/project/search", onCloud(s.jiraProjectSearch))
		s.mux.HandleFunc("GET "+p+"/project/{key}", s.jiraProject)
		s.mux.HandleFunc("GET "+p+"/search", s.jiraSearch)
		s.mux.HandleFunc("POST "+p+"/search", s.jiraSearch)
		s.mux.HandleFunc("GET "+p+"/search/jql", onCloud(s.jiraSearchJQL))
		s.mux.HandleFunc("POST "+p+"/search/jql", onCloud(s.jiraSearchJQL))
		s.mux.HandleFunc("POST "+p+"/search/approximate-count", onCloud(s.jiraCount))
		s.mux.HandleFunc("GET "+p+"/issue/{key}", s.jiraIssue)
		s.mux.HandleFunc("GET "+p+"/issue/{key}/comment", s.jiraComments)
		s.mux.HandleFunc("GET "+p+"/issue/{key}/changelog", onCloud(s.jiraChangelog))
		s.mux.HandleFunc("POST "+p+"/changelog/bulkfetch", onCloud(s.jiraBulkChangelog))
	}
	s.mux.HandleFunc("/rest/", func(rw http.ResponseWriter, r *http.Request) {
		jiraError(rw, http.StatusNotFound, "null for uri: "+r.URL.Path)
	})
}

func jiraError(rw http.ResponseWriter, status int, messages ...string) {
	writeJSON(rw, status, object{"errorMessages": messages, "errors": object{}})
}

func (s *Server) jiraInfo(rw http.ResponseWriter, _ *http.Request) {
	d, v, n := "Server", "9.12.17", []int{9, 12, 17}
	if s.cloud() {
		d, v, n = "Cloud", "1001.0.0-SNAPSHOT", []int{1001, 0, 0}
	}
	writeJSON(rw, http.StatusOK, object{
		"baseUrl": jiraSite, "version": v, "versionNumbers": n, "deploymentType": d, "buildNumber": 100288,
		"serverTime": s.jiraTime(s.now()), "serverTitle": "Acme Support",
	})
}

func (s *Server) jiraMyself(rw http.ResponseWriter, _ *http.Request) {
	me := s.jiraPerson(s.h.people.agents[0])
	me["timeZone"], me["locale"] = s.opts.JiraTimeZone.String(), "en_GB"
	writeJSON(rw, http.StatusOK, me)
}

func jiraStatus(name string) object {
	st := statuses[name]
	cat := object{"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"}
	switch st.category {
	case "indeterminate":
		cat = object{"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"}
	case "done":
		cat = object{"id": 3, "key": "done", "colorName": "green", "name": "Done"}
	}
	cat["self"] = fmt.Sprintf("%s/rest/api/2/statuscategory/%d", jiraSite, cat["id"])
	return object{"self": jiraSite + "/rest/api/2/status/" + st.id, "id": st.id, "name": name, "description": "", "iconUrl": jiraSite + "/", "statusCategory": cat}
}

func (s *Server) jiraStatuses(rw http.ResponseWriter, _ *http.Request) {
	out := []object{}
	for _, name := range statusOrder {
		out = append(out, jiraStatus(name))
	}
	writeJSON(rw, http.StatusOK, out)
}

func (s *Server) jiraPriorities(rw http.ResponseWriter, _ *http.Request) {
	out := []object{}
	for _, name := range []string{"Highest", "High", "Medium", "Low", "Lowest"} {
		out = append(out, named("priority", priorities[name], name))
	}
	writeJSON(rw, http.StatusOK, out)
}

func named(kind, id, name string) object {
	return object{"self": jiraSite + "/rest/api/2/" + kind + "/" + id, "id": id, "name": name}
}

const (
	fieldOrganisations = "customfield_10002"
	fieldTeam          = "customfield_10001"
	fieldSatisfaction  = "customfield_10041"
	fieldTier          = "customfield_10050"
)

func (s *Server) jiraFields(rw http.ResponseWriter, _ *http.Request) {
	out := []object{}
	for _, f := range [][2]string{
		{"summary", "Summary"},
		{"description", "Description"},
		{"status", "Status"},
		{"priority", "Priority"},
		{"issuetype", "Issue Type"},
		{"project", "Project"},
		{"labels", "Labels"},
		{"components", "Components"},
		{"assignee", "Assignee"},
		{"reporter", "Reporter"},
		{"created", "Created"},
		{"updated", "Updated"},
		{"resolution", "Resolution"},
		{"resolutiondate", "Resolved"},
		{"comment", "Comment"},
		{"issuelinks", "Linked Issues"},
		{fieldTeam, "Team"},
		{fieldOrganisations, "Organizations"},
		{fieldSatisfaction, "Satisfaction"},
		{fieldTier, "Customer tier"},
	} {
		custom := strings.HasPrefix(f[0], "customfield_")
		out = append(out, object{"id": f[0], "key": f[0], "name": f[1], "custom": custom, "orderable": true, "navigable": f[0] != "comment", "searchable": true})
	}
	writeJSON(rw, http.StatusOK, out)
}

func projectID(key string) string { return strconv.Itoa(10_000 + slices.Index(jiraProjects, key)) }

func projectName(key string) string {
	return map[string]string{"SUP": "Customer Support", "OPS": "Managed Operations"}[key]
}

func projectObject(key string) object {
	return object{"self": jiraSite + "/rest/api/2/project/" + projectID(key), "id": projectID(key), "key": key, "name": projectName(key), "projectTypeKey": "service_desk", "simplified": false, "avatarUrls": object{}}
}

func (s *Server) jiraProjects(rw http.ResponseWriter, _ *http.Request) {
	out := []object{}
	for _, k := range jiraProjects {
		out = append(out, projectObject(k))
	}
	writeJSON(rw, http.StatusOK, out)
}

func (s *Server) jiraProjectSearch(rw http.ResponseWriter, r *http.Request) {
	start, limit := numberOf(r, "startAt", 0, 1<<30), numberOf(r, "maxResults", 50, 50)
	out := []object{}
	for _, k := range jiraProjects[min(start, len(jiraProjects)):min(start+limit, len(jiraProjects))] {
		out = append(out, projectObject(k))
	}
	writeJSON(rw, http.StatusOK, object{"startAt": start, "maxResults": limit, "total": len(jiraProjects), "isLast": start+len(out) >= len(jiraProjects), "values": out})
}

func (s *Server) jiraProject(rw http.ResponseWriter, r *http.Request) {
	for _, k := range jiraProjects {
		if k == r.PathValue("key") || projectID(k) == r.PathValue("key") {
			writeJSON(rw, http.StatusOK, projectObject(k))
			return
		}
	}
	jiraError(rw, http.StatusNotFound, fmt.Sprintf("No project could be found with key '%s'.", r.PathValue("key")))
}

// searchRequest is the body, or the query, of the search endpoints.
type searchRequest struct {
	JQL        string     `json:"jql"`
	StartAt    int        `json:"startAt"`
	MaxResults *int       `json:"maxResults"`
	Fields     []string   `json:"fields"`
	Expand     expandList `json:"expand"`
	Token      string     `json:"nextPageToken"`
}

// expandList is a text on version 3 and a list on version 2; both are read.
type expandList string

func (e *expandList) UnmarshalJSON(b []byte) error {
	var list []string
	if json.Unmarshal(b, &list) == nil {
		*e = expandList(strings.Join(list, ","))
		return nil
	}
	var text string
	err := json.Unmarshal(b, &text)
	*e = expandList(text)
	return err
}

func readSearch(r *http.Request) (searchRequest, error) {
	var q searchRequest
	if r.Method == http.MethodPost {
		err := json.NewDecoder(r.Body).Decode(&q)
		q.StartAt = max(0, q.StartAt)
		return q, err
	}
	v := r.URL.Query()
	q.JQL, q.Token, q.Expand = v.Get("jql"), v.Get("nextPageToken"), expandList(v.Get("expand"))
	q.StartAt = numberOf(r, "startAt", 0, 1<<30)
	if n, err := strconv.Atoi(v.Get("maxResults")); err == nil {
		q.MaxResults = &n
	}
	for _, f := range v["fields"] {
		q.Fields = append(q.Fields, strings.Split(f, ",")...)
	}
	return q, nil
}

func (q searchRequest) limit(most int) int {
	if q.MaxResults == nil {
		return min(50, most)
	}
	return max(0, min(most, *q.MaxResults))
}

// jql answers a query; its errors are in Jira's words.
func (s *Server) jql(v *view, q string) ([]*seen, error) {
	parsed, err := parseJQL(q, s.opts.JiraTimeZone, s.clock(v))
	if err != nil {
		return nil, err
	}
	if parsed.where == nil && s.cloud() {
		return nil, jqlError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	if err := parsed.known(v); err != nil {
		return nil, err
	}
	return keep(v, "jql "+q, func() []*seen { return parsed.find(v) }), nil
}

// jiraSearch is the search that Server has and Cloud has removed.
func (s *Server) jiraSearch(rw http.ResponseWriter, r *http.Request) {
	if s.cloud() {
		jiraError(rw, http.StatusGone, jiraRemoved)
		return
	}
	q, err := readSearch(r)
	if err != nil {
		jiraError(rw, http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
		return
	}
	v := s.view.Load()
	found, err := s.jql(v, q.JQL)
	if err != nil {
		jiraError(rw, http.StatusBadRequest, err.Error())
		return
	}
	if len(q.Fields) == 0 {
		q.Fields = []string{"*navigable"}
	}
	limit := q.limit(jiraServerPage)
	issues := []any{}
	for _, is := range found[min(q.StartAt, len(found)):min(q.StartAt+limit, len(found))] {
		issues = append(issues, s.render(v, is, q, false))
	}
	writeJSON(rw, http.StatusOK, object{"expand": "schema,names", "startAt": q.StartAt, "maxResults": limit, "total": len(found), "issues": issues})
}

// jiraSearchJQL is Cloud's search: pages follow from a token, no total.
func (s *Server) jiraSearchJQL(rw http.ResponseWriter, r *http.Request) {
	q, err := readSearch(r)
	if err != nil {
		jiraError(rw, http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
		return
	}
	v := s.view.Load()
	found, err := s.jql(v, q.JQL)
	if err != nil {
		jiraError(rw, http.StatusBadRequest, err.Error())
		return
	}
	start, ok := tokenStart(q.Token, q.JQL)
	if !ok {
		jiraError(rw, http.StatusBadRequest, "The provided next page token is invalid.")
		return
	}
	thin := len(q.Fields) == 0 || !slices.ContainsFunc(q.Fields, func(f string) bool { return f != "id" && f != "key" })
	limit := q.limit(jiraPage)
	if thin && q.Expand == "" {
		limit = q.limit(jiraPageIDs)
	}
	end := min(start+limit, len(found))
	issues := []any{}
	for _, is := range found[min(start, len(found)):end] {
		if thin && q.Expand == "" {
			o := object{"id": strconv.FormatInt(is.id, 10)}
			if slices.Contains(q.Fields, "key") {
				o["key"] = is.key
			}
			issues = append(issues, o)
			continue
		}
		issues = append(issues, s.render(v, is, q, isV3(r)))
	}
	out := object{"issues": issues, "isLast": end >= len(found)}
	if end < len(found) {
		out["nextPageToken"] = pageToken(q.JQL, end)
	}
	writeJSON(rw, http.StatusOK, out)
}

func isV3(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/rest/api/3/") }

// pageToken is opaque to clients and belongs to one query.
func pageToken(query string, at int) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(query)) // never fails
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%08x:%d", h.Sum32(), at))
}

func tokenStart(token, query string) (int, bool) {
	if token == "" {
		return 0, true
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 10 {
		return 0, false
	}
	n, err := strconv.Atoi(string(b[9:]))
	return n, err == nil && n >= 0 && pageToken(query, n) == token
}

func (s *Server) jiraCount(rw http.ResponseWriter, r *http.Request) {
	q, err := readSearch(r)
	if err != nil {
		jiraError(rw, http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
		return
	}
	found, err := s.jql(s.view.Load(), q.JQL)
	if err != nil {
		jiraError(rw, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(rw, http.StatusOK, object{"count": len(found)})
}

// issueOf finds the issue of the path, or answers that there is none.
func (s *Server) issueOf(rw http.ResponseWriter, r *http.Request) (*view, *seen) {
	v := s.view.Load()
	is := v.byKey[strings.ToUpper(r.PathValue("key"))]
	if is == nil {
		jiraError(rw, http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
	}
	return v, is
}

func (s *Server) jiraIssue(rw http.ResponseWriter, r *http.Request) {
	v, is := s.issueOf(rw, r)
	if is == nil {
		return
	}
	q, _ := readSearch(r) // a GET has no body that could be wrong
	if len(q.Fields) == 0 {
		q.Fields = []string{"*all"}
	}
	writeJSON(rw, http.StatusOK, s.render(v, is, q, isV3(r)))
}

func (s *Server) jiraComments(rw http.ResponseWriter, r *http.Request) {
	v, is := s.issueOf(rw, r)
	if is == nil {
		return
	}
	most := jiraListPage
	if !s.cloud() {
		most = 1 << 20 // Server gives them all
	}
	start, limit := numberOf(r, "startAt", 0, 1<<30), numberOf(r, "maxResults", most, most)
	list := is.state.comments
	if strings.HasPrefix(r.URL.Query().Get("orderBy"), "-") {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	out := []object{}
	for _, c := range list[min(start, len(list)):min(start+limit, len(list))] {
		out = append(out, s.jiraComment(v, is, c, isV3(r)))
	}
	writeJSON(rw, http.StatusOK, object{"startAt": start, "maxResults": limit, "total": len(list), "comments": out})
}

func (s *Server) jiraChangelog(rw http.ResponseWriter, r *http.Request) {
	_, is := s.issueOf(rw, r)
	if is == nil {
		return
	}
	start, limit := numberOf(r, "startAt", 0, 1<<30), numberOf(r, "maxResults", jiraListPage, jiraListPage)
	list := is.state.changes
	end := min(start+limit, len(list))
	out := []object{}
	for _, c := range list[min(start, len(list)):end] {
		out = append(out, s.jiraHistory(c))
	}
	writeJSON(rw, http.StatusOK, object{
		"self":    fmt.Sprintf("%s/rest/api/3/issue/%d/changelog?maxResults=%d&startAt=%d", jiraSite, is.id, limit, start),
		"startAt": start, "maxResults": limit, "total": len(list), "isLast": end >= len(list), "values": out,
	})
}

// jiraBulkChangelog gives the histories of many issues; its times are epoch
// milliseconds, and an issue may be spread over pages.
func (s *Server) jiraBulkChangelog(rw http.ResponseWriter, r *http.Request) {
	var q struct {
		IDs        []string `json:"issueIdsOrKeys"`
		FieldIDs   []string `json:"fieldIds"`
		MaxResults int      `json:"maxResults"`
		Token      string   `json:"nextPageToken"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.IDs) == 0 || len(q.IDs) > jiraBulkIssues || len(q.FieldIDs) > 10 {
		jiraError(rw, http.StatusBadRequest, "issueIdsOrKeys must have between 1 and 1000 items, fieldIds at most 10.")
		return
	}
	sum := strings.Join(q.IDs, ",") + "|" + strings.Join(q.FieldIDs, ",")
	start, ok := tokenStart(q.Token, sum)
	if !ok {
		jiraError(rw, http.StatusBadRequest, "The provided next page token is invalid.")
		return
	}
	limit := jiraBulkIssues
	if q.MaxResults > 0 {
		limit = min(q.MaxResults, jiraBulkMost)
	}
	v := s.view.Load()
	var issues []*seen
	for _, k := range q.IDs {
		if is := v.byKey[strings.ToUpper(k)]; is != nil && !slices.Contains(issues, is) {
			issues = append(issues, is)
		}
	}
	slices.SortFunc(issues, func(a, b *seen) int { return cmp.Compare(a.id, b.id) })
	logs := []object{}
	n, more := 0, false
	for _, is := range issues {
		var hs []object
		for _, c := range is.state.changes {
			if len(q.FieldIDs) > 0 && !slices.ContainsFunc(c.items, func(it item) bool { return slices.Contains(q.FieldIDs, fieldID(it.field)) }) {
				continue
			}
			n++
			if n <= start {
				continue
			}
			if n > start+limit {
				more = true
				break
			}
			h := s.jiraHistory(c)
			h["created"] = c.at.UnixMilli()
			hs = append(hs, h)
		}
		if hs != nil {
			logs = append(logs, object{"issueId": strconv.FormatInt(is.id, 10), "changeHistories": hs})
		}
		if more {
			break
		}
	}
	out := object{"issueChangeLogs": logs}
	if more {
		out["nextPageToken"] = pageToken(sum, start+limit)
	}
	writeJSON(rw, http.StatusOK, out)
}

// now is the simulated systems' clock: the moment shown, or the present.
func (s *Server) now() time.Time { return s.clock(s.view.Load()) }

func (s *Server) clock(v *view) time.Time {
	if t := time.Time(v.horizon); !t.IsZero() {
		return t
	}
	return later(time.Now(), s.h.opts.Until)
}
