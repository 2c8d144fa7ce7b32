package simulate

import (
	"strings"
	"unicode"
)

var (
	contactAsk = []string{
		"{Please send me|We need|What helps is} the {output of quarry doctor|exact error message|log of {host}}.",
		"Which version {do you run|is it}, and {since when|how often} does this happen?",
		"I am looking into it{, one moment please|}. {Does a restart of {host} change anything?|Has anything changed on {env} lately?}",
		"{I have checked your account|I can see the cluster}. {Does this also happen on {env}?|How many {seat} are affected?}",
	}
	contactAnswer = []string{
		"{It is|We run} version {version} on {os}{, since {day}|}.",
		"{No change|Same result} after {the restart|trying that}, {n} nodes are affected.",
		"The message {mentions {table}|speaks of {host}|is still the same}, {code}.",
		"{Yes, on {env} too.|No, only on {env}.} {It started on {date}.|}",
	}
	callOpenings = []string{
		"{Customer|Caller} ({org}) {reports|called about} the following.",
		"Inbound call from {org}.",
		"Call from {org}, {line was bad|very polite|under pressure|second call this week}.",
	}
	callEndings = []string{
		"{Asked to be called back|Call back} {today|tomorrow morning|before {n} o'clock} on {phone}.",
		"Promised an {answer|update} by {day}.",
		"Caller will send the logs to {mail}.",
		"{Customer was calm|Customer is upset}, {wants a date|wants to know what to do until then}.",
	}
	chatHello = []string{"hi", "hello", "hello, anybody there?", "hi there", "good morning", "hey"}
	chatLines = []string{"{can you help?|is that known?|what should we do?}", "{it is urgent|no hurry|we are stuck}", "version {version}, {os}", "{brb|one sec, looking for the log|copying the message}"}
)

// contactText writes what a ticket of the channel begins with.
func (w *writer) contactText(ch *channel, th *theme, by *person, lang string) (title, body string) {
	if ch.name == "mail" {
		return w.ticketText(th, by, lang, true)
	}
	t, ok := th.text[lang]
	if !ok {
		t = th.text["en"]
	}
	title = w.fill(pick(w.r, t.titles))
	say := append([]string(nil), t.say...)
	w.r.Shuffle(len(say), func(i, j int) { say[i], say[j] = say[j], say[i] })
	var lines []string
	for _, s := range say[:min(len(say), 1+w.r.IntN(3))] {
		lines = append(lines, w.fill(s))
	}
	if ch.name == "phone" {
		return capital(title), w.callNote(lines, by)
	}
	return title, w.chatStart(lines, lang)
}

// callNote is what the agent writes down of a call.
func (w *writer) callNote(lines []string, by *person) string {
	org := "a customer"
	if by.org != nil {
		org = by.org.name
	}
	opening := strings.ReplaceAll(pick(w.r, callOpenings), "{org}", org)
	note := w.fill(opening) + "\n" + strings.Join(lines, " ")
	if w.r.Float64() < 0.7 {
		note += "\n" + w.fill(pick(w.r, callEndings))
	}
	return note
}

// chatStart is what a customer types before somebody answers.
func (w *writer) chatStart(lines []string, lang string) string {
	out := []string{hello[lang]}
	if lang == "en" {
		out[0] = pick(w.r, chatHello)
		for i, s := range lines {
			lines[i] = strings.TrimSuffix(lowered(s), ".")
		}
	}
	out = append(out, lines...)
	if lang == "en" && w.r.Float64() < 0.8 {
		out = append(out, w.fill(pick(w.r, chatLines)))
	}
	return strings.Join(out, "\n")
}

func capital(s string) string {
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// lowered is how somebody in a hurry begins, apart from words such as EXPLAIN
// and I.
func lowered(s string) string {
	r := []rune(s)
	if len(r) > 1 && unicode.IsLower(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
