package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// writer turns templates into texts. In a template {a|b} chooses and {word}
// stands for something made up; both nest. A text may hold fenced code, lines
// quoted with "> " and mentions as <@N>, N being the person's number: each API
// renders them its own way.
type writer struct {
	r       *rand.Rand
	at      time.Time
	product string
	opts    Options
	said    map[string]string // what a ticket keeps saying, see remembered
}

// remembered words mean the same wherever a ticket says them: its texts speak
// of one table, one version, one host.
var remembered = []string{"version", "os", "cloud", "table", "feed", "idp", "endpoint", "lang", "host", "page"}

// fill expands one template.
func (w *writer) fill(tpl string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(tpl, '{')
		if i < 0 {
			b.WriteString(tpl)
			return b.String()
		}
		b.WriteString(tpl[:i])
		end := closing(tpl[i:])
		inner := tpl[i+1 : i+end]
		if alts := alternatives(inner); len(alts) > 1 {
			b.WriteString(w.fill(pick(w.r, alts)))
		} else {
			b.WriteString(w.word(inner))
		}
		tpl = tpl[i+end+1:]
	}
}

// closing gives the index of the brace that closes s[0].
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	panic("simulate: unbalanced template " + strconv.Quote(s))
}

func alternatives(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		case '|':
			if depth == 0 {
				out = append(out, s[from:i])
				from = i + 1
			}
		}
	}
	return append(out, s[from:])
}

var vocabulary = map[string][]string{
	"os":        {"Ubuntu 24.04", "Ubuntu 22.04", "RHEL 9.4", "Rocky Linux 9", "Debian 12", "Windows Server 2022", "macOS 15", "Amazon Linux 2023", "SLES 15"},
	"cloud":     {"EKS 1.31", "GKE 1.32", "AKS", "OpenShift 4.16", "k3s", "an on-premises cluster"},
	"table":     {"orders", "events", "sessions", "invoices", "clickstream", "shipments", "telemetry"},
	"db":        {"PostgreSQL", "MySQL", "Oracle", "SQL Server", "MongoDB"},
	"feed":      {"Kafka", "S3", "Salesforce", "Snowflake", "PostgreSQL CDC", "Elasticsearch"},
	"idp":       {"Okta", "Azure AD", "Keycloak", "Google Workspace", "Active Directory"},
	"lang":      {"Python", "Java", "Go", "Node.js", "Rust", "C#"},
	"day":       {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "the weekend"},
	"env":       {"production", "staging", "our test cluster", "the DR site", "a fresh VM"},
	"team":      {"data team", "platform team", "finance colleagues", "analysts", "on-call engineers"},
	"page":      {"quick start", "backup chapter", "tuning guide", "connector reference", "upgrade guide", "security page"},
	"endpoint":  {"/v1/query", "/v1/jobs", "/v1/tables", "/v1/ingest", "/v2/export"},
	"greeting":  {"Hi,", "Hello,", "Hi team,", "Hello support,", "Good morning,", "Dear all,"},
	"thanks":    {"Thanks!", "Thanks in advance.", "Many thanks", "Any help appreciated.", "Cheers", "Regards"},
	"seat":      {"seats", "nodes", "cores", "users"},
	"code":      {"QRY-1042", "QRY-2210", "QRY-3017", "QRY-4409", "QRY-5101", "QRY-0077"},
	"component": {"planner", "storage", "scheduler", "network", "security"},
}

func (w *writer) word(name string) string {
	if !slices.Contains(remembered, name) {
		return w.newWord(name)
	}
	if w.said[name] == "" {
		w.said[name] = w.newWord(name)
	}
	return w.said[name]
}

func (w *writer) newWord(name string) string {
	r := w.r
	switch name {
	case "product":
		return map[string]string{"engine": "Quarry Engine", "connect": "Quarry Connect", "console": "Quarry Console", "operator": "the Quarry operator"}[w.product]
	case "pkg":
		return "quarry-" + w.product
	case "version":
		return w.version(0)
	case "old":
		return w.version(1 + r.IntN(3))
	case "n":
		return strconv.Itoa(2 + r.IntN(38))
	case "big":
		return strconv.Itoa(100 * (1 + r.IntN(95)))
	case "gb":
		return strconv.Itoa(4<<r.IntN(6)) + " GB"
	case "ms":
		return strconv.Itoa(40+r.IntN(900)) + " ms"
	case "min":
		return strconv.Itoa(2+r.IntN(50)) + " minutes"
	case "pct":
		return strconv.Itoa(60+r.IntN(39)) + "%"
	case "host":
		return fmt.Sprintf("db-%02d.%s.example.com", 1+r.IntN(12), pick(r, []string{"prod", "eu", "us", "stage"}))
	case "ip":
		return fmt.Sprintf("192.0.2.%d", 1+r.IntN(254))
	case "phone":
		return fmt.Sprintf("+1 202-555-01%02d", r.IntN(100))
	case "mail":
		return pick(r, []string{"ops", "dba", "it", "helpdesk", "billing"}) + "@" + pick(r, []string{"corp", "mail", "intern"}) + ".example.com"
	case "date":
		return w.at.AddDate(0, 0, r.IntN(60)-30).Format("2 January")
	}
	v, ok := vocabulary[name]
	if !ok {
		panic("simulate: no such word in a template: " + name)
	}
	return pick(r, v)
}

// releaseEvery is how far apart minor versions come out; every second one is
// a release many upgrade to.
const releaseEvery = 61 * 24 * time.Hour

func (w *writer) version(back int) string {
	n := int(w.at.Sub(w.opts.Until.AddDate(-2, 0, 0))/releaseEvery) + 6 - back
	n = max(0, n)
	return fmt.Sprintf("%d.%d.%d", 3+n/8, n%8, w.r.IntN(5))
}

func (w *writer) stamp() string {
	return w.at.Add(-time.Duration(w.r.IntN(7200)) * time.Second).Format("2006-01-02T15:04:05.000Z")
}

// logs gives an excerpt such as reporters paste.
func (w *writer) logs(about string) string {
	r := w.r
	var b strings.Builder
	b.WriteString("```\n")
	switch r.IntN(3) {
	case 0:
		fmt.Fprintf(&b, "%s ERROR [%s-%d] %s\n", w.stamp(), w.product, r.IntN(16), w.fill(about))
		fmt.Fprintf(&b, "java.lang.IllegalStateException: %s\n", w.fill(about))
		for range 3 + r.IntN(9) {
			fmt.Fprintf(&b, "\tat com.acme.quarry.%s.%s(%s.java:%d)\n", pick(r, []string{"exec.Task", "store.Segment", "plan.Rule", "net.Channel", "auth.Realm"}),
				pick(r, []string{"run", "open", "apply", "read", "close", "verify"}), pick(r, []string{"Task", "Segment", "Rule", "Channel", "Realm"}), 20+r.IntN(900))
		}
	case 1:
		for range 3 + r.IntN(6) {
			fmt.Fprintf(&b, "%s %s %s: %s\n", w.stamp(), pick(r, []string{"INFO", "WARN", "ERROR"}), w.fill("{host}"), w.fill(pick(r, []string{about, "retrying in {n} s", "node {ip} left the ring", "checkpoint {big} took {ms}", about})))
		}
	default:
		fmt.Fprintf(&b, "$ quarry %s --verbose\n%s\nexit status %d\n", pick(r, []string{"status", "doctor", "apply", "describe"}), w.fill(about), 1+r.IntN(3))
	}
	b.WriteString("```")
	return b.String()
}

// ticketText writes title and body of a new ticket.
func (w *writer) ticketText(th *theme, by *person, lang string, mail bool) (title, body string) {
	t, ok := th.text[lang]
	if !ok {
		t = th.text["en"]
	}
	title = w.fill(pick(w.r, t.titles))
	if lang == "en" {
		title = strings.ToUpper(title[:1]) + title[1:]
		if w.r.Float64() < 0.35 {
			title += w.fill("{ on {env}| since {day}| ({version})| after {min}|, {n} nodes| [{code}]}")
		}
	}
	var ps []string
	if lang != "en" {
		ps = append(ps, hello[lang])
	} else if mail || w.r.Float64() < 0.3 {
		ps = append(ps, w.fill("{greeting}"))
	}
	say := append([]string(nil), t.say...)
	w.r.Shuffle(len(say), func(i, j int) { say[i], say[j] = say[j], say[i] })
	n := min(len(say), 1+w.r.IntN(3))
	var lines []string
	for _, s := range say[:n] {
		lines = append(lines, w.fill(s))
	}
	sep := pick(w.r, []string{" ", "\n", "\n\n"})
	ps = append(ps, strings.Join(lines, sep))
	if th.log != "" && w.r.Float64() < 0.4 {
		ps = append(ps, w.logs(th.log))
	}
	if more := details[lang]; more != nil && w.r.Float64() < 0.85 {
		ps = append(ps, w.fill(pick(w.r, more)))
	}
	if lang == "en" && w.r.Float64() < 0.6 {
		ps = append(ps, w.fill(pick(w.r, asks)))
	}
	if !mail && w.r.Float64() < 0.25 {
		ps = append(ps, w.fill("- version: {version}\n- platform: {os}\n- deployment: {docker|packages|tarball|helm|source build}"))
	}
	if w.r.Float64() < 0.05 {
		ps = append(ps, w.fill("{You can reach me at {mail}.|Please call me on {phone}.|The machine is {ip}, contact {mail}.|Our gateway is {ip}.}"))
	}
	if mail && w.r.Float64() < 0.5 {
		ps = append(ps, w.fill("{thanks}")+"\n"+by.name+signature(w, by))
	}
	return title, strings.Join(ps, "\n\n")
}

func signature(w *writer, by *person) string {
	if w.r.Float64() < 0.5 {
		return ""
	}
	org := "independent"
	if by.org != nil {
		org = by.org.name
	}
	return "\n-- \n" + by.name + " | " + org + w.fill(" | {phone}")
}

// reply writes a comment; it may quote what it answers.
func (w *writer) reply(templates []string, quote string, mention *person) string {
	s := w.fill(pick(w.r, templates))
	if mention != nil {
		s = fmt.Sprintf("<@%d> %s", mention.n, s)
	}
	if quote != "" {
		line, _, _ := strings.Cut(quote, "\n")
		if r := []rune(line); len(r) > 120 {
			line = string(r[:120])
		}
		if line != "" && !strings.HasPrefix(line, "```") && !strings.HasPrefix(line, ">") {
			s = "> " + line + "\n\n" + s
		}
	}
	return s
}

var hello = map[string]string{"de": "Guten Tag,", "fr": "Bonjour,", "es": "Hola:", "zh": "您好,", "ja": "お世話になっております。"}

var details = map[string][]string{
	"de": {"Version {version}, {os}, Rechner {host}.", "Betroffen sind {n} Benutzer seit dem {date}.", "Können Sie uns bitte bis {n} Uhr antworten? Der Rechner ist {host}.", "Vielen Dank für Ihre Hilfe, es geht um {n} Knoten."},
	"fr": {"Version {version}, {os}, machine {host}.", "{n} utilisateurs sont touchés depuis le {date}.", "Merci d'avance, il s'agit de {n} nœuds."},
	"es": {"Versión {version}, {os}, máquina {host}.", "Hay {n} usuarios afectados desde el {date}.", "Gracias de antemano, se trata de {n} nodos."},
	"zh": {"版本 {version},系统 {os},主机 {host}。", "受影响用户 {n} 人,从 {date} 开始。", "共有 {n} 个节点,请尽快回复。"},
	"ja": {"バージョン {version}、{os}、ホスト {host} です。", "{date} から {n} 人に影響しています。", "{n} ノードの構成です。よろしくお願いします。"},
}

var asks = []string{
	"{What are we doing wrong?|Is this a known problem?|How can we {fix|work around} this?}",
	"{Could you please advise|Please advise} {how to proceed|what to check next}.",
	"{This is urgent for us|It blocks our {team}|No hurry}, {thanks|thank you} {in advance|for looking into it}.",
	"Is there {a workaround|a setting we have missed|anything in the logs we should look for}?",
	"{Happy to|I can} {provide more details|send full logs|test a patch}.",
	"{Steps to reproduce|To reproduce}: {start with a clean install|use the default settings|take version {version}}, then wait about {min}.",
}

var (
	ackText      = []string{"Thank you for contacting Acme support. We have received your request and will answer during business hours.", "Your request was received. Reference numbers and our opening hours are on https://support.acme.example."}
	triageText   = []string{"Thanks for opening your first issue here! Please make sure that the version and logs are included.", "This issue was labelled automatically. A maintainer will have a look."}
	staleText    = []string{"This issue has had no activity for {n} days and was marked stale.", "Closing as stale. Please reopen if this still happens with {version}."}
	buildText    = []string{"Build #{big} {failed|passed} in {min}.", "Can one of the admins verify this patch?"}
	askText      = []string{"{Thanks for the report|Thank you for reaching out}. Could you {send|attach} the {output of quarry doctor|full log around the failure|configuration file}?", "Which version do you run exactly, and {since when|how often} does this happen?", "Can you check whether this also happens {with {version}|on {env}|after a restart of {host}}?", "I am looking into it. {Please run quarry status --verbose and post the result.|Does {host} resolve from the node?}"}
	answerText   = []string{"{Here is the output you asked for|Sure, see below}: {about {pct} of the nodes are affected|version {version} on {os}|it started on {date}}.", "We tried that, {no change|it helped a bit but the problem is back|same result on {env}}.", "It happens every {day} after {min}.", "Attached. {Anything else you need?|Please let me know.}"}
	meTooText    = []string{"Same here with {version} on {os}.", "+1, {we see this too|also affected}, {n} nodes.", "I ran into this on {env}. {Downgrading to {old} helped.|Restarting did not help.}", "Any news on this?", "For what it is worth, {setting the pool size to {n}|a clean start} works around it."}
	internalText = []string{"Internal: looks like the case we had last {day}, check the {component} notes before answering.", "Note to the team: customer is on a {gb} node, {component} may be the cause.", "Internal hand-over: waiting for the {component} people."}
	handText     = []string{"Handing this over to the {component} team.", "I am passing this to a colleague who knows the {component} part better."}
	thanksText   = []string{"That {solved|fixed} it, {thanks|thank you}!", "Works now, {please close|you can close this}.", "Great, confirmed on {env}."}
	backText     = []string{"Unfortunately this is back since {day}. Reopening.", "The {fix|workaround} did not hold: same error on {host}.", "It happens again with {version}."}
	foundText    = []string{
		"We went through the {component} logs of {host} with a colleague from {env} and found {n} suspicious entries since {date}, all of them on {os}.",
		"After {min} of tracing we could reproduce it on a node with {gb} of memory, but only while {table} was being loaded by {n} sessions at once.",
		"{Thanks for your patience|Thank you for waiting}. Comparing your configuration with ours showed two differences, of which only the second turned out to matter in {version}.",
		"The dump you sent points to {component}: {pct} of the requests never reached {host}, the rest came back after {ms}, which matches what you saw on {day}.",
		"I talked to the developers. What you see is known under load, rarely below {n} clients, and nobody had connected it with {table} before your report.",
		"Bisecting took a while: {old} was still fine, {version} is not, and the change in between touched the {component} for an unrelated reason.",
	}
	shrugText = []string{"Hm.", "Interesting.", "I had a look at the {component} code, it is not obvious.", "See also the discussion in the forum.", "Bump.", "Is there a plan for this in {version}?", "I would like to work on this."}
)
