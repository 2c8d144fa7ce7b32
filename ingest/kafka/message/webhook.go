package message

import (
	"strings"
	"time"
)

// jira recognises what Jira's webhooks send. All of its events land, whether
// staging has a use for them or not.
func jira(o *object) (found, bool) {
	event, ok := o.text("webhookEvent")
	if !ok || event == "" || !anyObject(o) {
		return found{}, false
	}
	return found{schema: schemaJira, body: o.without("_kafka"), at: millis(o.get("timestamp"))}, true
}

func anyObject(o *object) bool {
	for i := range o.members {
		if m := &o.members[i]; m.Name != "_kafka" && isObject(m.Value) {
			return true
		}
	}
	return false
}

// github recognises what GitHub's webhooks send: by the header that names the
// event, or by shape where a relay has lost it.
func (r *reading) github(o *object) (found, bool) {
	hook := hookHeader(r.m.Headers)
	if hook == "" || !fromGitHub(o) {
		hook = hookOf(o)
	}
	if hook == "" {
		return found{}, false
	}
	return found{schema: schemaGitHub, hook: hook, body: o.without("_kafka", "_hook"), at: r.d.githubTime(o)}, true
}

// hookHeader gives the event that X-GitHub-Event names; empty when there is no
// such header. Relays change its case, and its dashes where they go through
// CGI-like variables.
func hookHeader(headers []Header) string {
	for _, h := range headers {
		if len(h.Key) == len("X-GitHub-Event") && strings.EqualFold(strings.ReplaceAll(h.Key, "_", "-"), "X-GitHub-Event") && isHookName(h.Value) {
			return string(h.Value)
		}
	}
	return ""
}

func isHookName(b []byte) bool {
	for _, c := range b {
		if c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 64
}

// fromGitHub guards against a header that stayed on a message of another kind.
func fromGitHub(o *object) bool {
	return isObject(o.get("repository")) || isObject(o.get("sender")) || isObject(o.get("organization")) || o.has("zen")
}

// hookOf infers the event from the members; empty when they are not GitHub's.
func hookOf(o *object) string {
	if _, ok := o.text("action"); !ok || !isObject(o.get("repository")) {
		return ""
	}
	issue, pull, comment := isObject(o.get("issue")), isObject(o.get("pull_request")), isObject(o.get("comment"))
	switch {
	case issue && comment:
		return "issue_comment"
	case issue:
		return "issues"
	case pull && isObject(o.get("review")):
		return "pull_request_review"
	case pull && comment:
		return "pull_request_review_comment"
	case pull && isObject(o.get("thread")):
		return "pull_request_review_thread"
	case pull:
		return "pull_request"
	}
	return ""
}

// githubTime gives the time of the innermost thing that the event is about.
func (d *Decoder) githubTime(o *object) time.Time {
	for _, at := range [...]struct{ thing, field string }{
		{"comment", "updated_at"}, {"review", "submitted_at"}, {"issue", "updated_at"}, {"pull_request", "updated_at"},
	} {
		if t := stamp(d.member(o.get(at.thing), at.field)); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
