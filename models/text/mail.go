package text

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// enough is how many bytes of own text a ticket needs before a quoted mail for
// the quoted mail to go. A ticket that is a forwarded mail keeps it.
const enough = 20

// mailMark recognises what introduces quoted mail: an attribution ("On Monday
// Ann wrote:"), a divider ("-----Original Message-----"), a block of headers.
// It returns where to go on, and false in more when the rest is quoted.
func (s *splitter) mailMark(start, end int) (more bool, next int, ok bool) {
	t := s.b[start:end]
	switch {
	case isAttribution(t):
		next = end + 1
	case opensAttribution(t):
		stop := lineEnd(s.b, min(end+1, len(s.b)))
		if !isAttribution(s.b[start:stop]) {
			return true, 0, false
		}
		next = stop + 1
	case isDivider(t):
		return s.letters < enough, s.skipHeaders(end + 1), true
	case headerName(t) != noHeader:
		next = s.skipHeaders(start)
		if next == start {
			return true, 0, false
		}
		return s.letters < enough, next, true
	default:
		return true, 0, false
	}
	s.before = quoted
	if s.letters < enough || quoteFollows(s.b, next) {
		return true, next, true
	}
	return false, next, true
}

// quoteFollows tells whether the next line with text starts with ">": then
// what is quoted is marked line by line.
func quoteFollows(b []byte, i int) bool {
	for i < len(b) && (isBlank(b[i]) || b[i] == '\n') {
		i++
	}
	return i < len(b) && b[i] == '>'
}

// skipHeaders steps over a block of mail headers that starts at i. A single
// header is none: "From: the login page".
func (s *splitter) skipHeaders(i int) int {
	const longest = 24 // lines of headers
	first := i
	var seen headers
	for n := 0; i < len(s.b) && n < longest; n++ {
		end := lineEnd(s.b, i)
		t := bytes.Trim(s.b[i:end], " \t*")
		h := headerName(t)
		if h == noHeader && (len(t) > 0 || seen != noHeader) {
			break
		}
		seen |= h
		i = end + 1
	}
	if seen&headerFrom == 0 || seen == headerFrom {
		return first
	}
	return min(i, len(s.b))
}

// headers is a set of kinds of mail headers.
type headers uint8

const (
	headerFrom headers = 1 << iota
	headerOther
	noHeader headers = 0
)

// headerName tells which mail header a line is.
func headerName(t []byte) headers {
	t = bytes.TrimLeft(t, "*")
	at := bytes.IndexByte(t[:min(len(t), 24)], ':')
	if at < 0 {
		if at = bytes.Index(t[:min(len(t), 24)], []byte("：")); at < 0 {
			return noHeader
		}
	}
	switch string(bytes.Trim(t[:at], " *\u00a0")) {
	case "From", "Von", "De", "Da", "Van", "От", "发件人", "寄件者", "差出人", "보낸 사람", "보낸사람":
		return headerFrom
	case "Sent", "Date", "To", "Cc", "CC", "Subject", "Reply-To", "Importance", "Attachments",
		"Gesendet", "Datum", "An", "Betreff", "Envoyé", "À", "A", "Objet", "Enviado", "Enviado el", "Fecha", "Para", "Asunto",
		"Inviato", "Oggetto", "Data", "Assunto", "Verzonden", "Aan", "Onderwerp", "Skickat", "Till", "Ämne", "Från",
		"Отправлено", "Кому", "Тема", "发送时间", "收件人", "抄送", "主题", "日期", "送信日時", "宛先", "件名", "日時",
		"보낸 날짜", "받는 사람", "받는사람", "제목", "날짜":
		return headerOther
	}
	return noHeader
}

// isDivider tells whether a line divides a mail from the one it answers.
func isDivider(t []byte) bool {
	if len(t) < 8 || len(t) > 120 || t[0] != '-' && t[0] != '_' {
		return false
	}
	inner := string(bytes.ToLower(bytes.Trim(t, "-_ \t")))
	if inner == "" {
		return t[0] == '_' && len(t) >= 20 // Outlook's rule
	}
	if t[0] != '-' || t[1] != '-' {
		return false
	}
	for _, p := range [...]string{
		"original message", "original appointment", "forwarded message", "forwarded by", "begin forwarded message", "reply message",
		"ursprüngliche nachricht", "originalnachricht", "weitergeleitete nachricht", "message d'origine", "message original", "message transféré",
		"mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "mensagem original", "mensagem encaminhada",
		"oorspronkelijk bericht", "doorgestuurd bericht", "ursprungligt meddelande", "исходное сообщение", "пересылаемое сообщение",
		"原始邮件", "邮件原件", "原始郵件", "转发邮件", "元のメッセージ", "転送メッセージ", "원본 메시지", "전달된 메시지",
	} {
		if strings.HasPrefix(inner, p) {
			return true
		}
	}
	return false
}

// opensAttribution tells whether a line may be the first half of an
// attribution, which mail programs wrap into two.
func opensAttribution(t []byte) bool {
	if len(t) > 200 || len(t) < 8 {
		return false
	}
	for _, p := range [...]string{"On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ", "在", "于"} {
		if bytes.HasPrefix(t, []byte(p)) {
			return bytes.ContainsAny(t, "0123456789")
		}
	}
	return false
}

// isAttribution tells whether a line says who wrote what follows, and when.
func isAttribution(t []byte) bool {
	const longest = 300 // bytes: two wrapped lines
	if len(t) > longest {
		return false
	}
	text := bytes.TrimRight(t, " \t*_")
	switch {
	case bytes.HasSuffix(text, []byte(":")):
		text = text[:len(text)-1]
	case bytes.HasSuffix(text, []byte("：")):
		text = text[:len(text)-len("：")]
	default:
		return false
	}
	text = bytes.TrimRight(text, " \t\u00a0")
	for _, verb := range [...]string{"wrote", "writes", "a écrit", "escribió", "ha scritto", "escreveu", "写道", "寫道", "написал", "написала", "のメール", "님이 작성"} {
		if before, ok := bytes.CutSuffix(text, []byte(verb)); ok {
			return bytes.ContainsAny(before, "0123456789<") || len(bytes.Fields(before)) <= 4
		}
	}
	for _, verb := range [...]string{" schrieb", "\nschrieb", " schreef", " skrev"} {
		if bytes.Contains(text, []byte(verb)) {
			return bytes.ContainsAny(text, "0123456789<")
		}
	}
	return false
}

// isGreeting tells whether a line, in lower case, does no more than greet.
func isGreeting(t []byte) bool {
	if len(t) == 0 {
		return false
	}
	for _, p := range [...]string{
		"hi", "hello", "hey", "dear", "good morning", "good afternoon", "good evening", "greetings",
		"hallo", "guten tag", "guten morgen", "guten abend", "moin", "servus", "sehr geehrte", "liebe", "lieber", "liebes",
		"bonjour", "bonsoir", "salut", "cher", "chère", "madame", "monsieur",
		"hola", "buenos días", "buenos dias", "buenas", "estimado", "estimada", "estimados",
		"buongiorno", "ciao", "gentile", "salve", "olá", "ola", "bom dia", "boa tarde", "prezado", "prezados", "goedemorgen", "goedemiddag", "beste", "geachte", "hej",
		"здравствуйте", "добрый день", "привет", "您好", "你好", "お世話になって", "こんにちは", "안녕하세요", "안녕하십니까",
	} {
		if rest, ok := bytes.CutPrefix(t, []byte(p)); ok {
			return addressed(rest, p[0] >= utf8.RuneSelf)
		}
	}
	return false
}

// addressed tells whether what follows a greeting or a closing is at most a
// name and punctuation. Scripts without blanks count in bytes.
func addressed(rest []byte, dense bool) bool {
	if len(rest) > 0 && !dense && rest[0] < utf8.RuneSelf && isWord(rest[0]) {
		return false
	}
	if bytes.ContainsAny(rest, "?:0123456789") || !dense && len(rest) > 40 || dense && len(rest) > 48 {
		return false
	}
	return len(bytes.Fields(rest)) <= 4
}

// isFooter tells whether a line, in lower case, is added by a mail program.
func isFooter(t []byte) bool {
	for _, p := range [...]string{
		"sent from my ", "sent from mail for", "get outlook for", "sent with ", "sent via ",
		"von meinem ", "gesendet von ", "envoyé de mon ", "envoyé depuis", "enviado desde mi", "enviado do meu", "inviato da ", "verzonden vanaf", "verstuurd vanaf", "skickat från", "отправлено с ",
		"发自我的", "iphoneから送信", "나의 iphone",
		"this e-mail and any", "this email and any", "this message and any", "this message is intended", "this e-mail is confidential", "diese e-mail enthält", "ce message et ", "este mensaje ",
		"confidentiality notice", "reply above this line", "please do not reply to this",
	} {
		if len(t) > 0 && bytes.HasPrefix(t, []byte(p)) {
			return true
		}
	}
	return false
}
