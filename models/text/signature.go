package text

import (
	"bytes"
	"unicode/utf8"
)

// The limits of a signature: what is longer is no signature.
const (
	signatureLines = 10
	signatureBytes = 100 // a line
	softLines      = 4   // below a closing such as "Thanks", which may also open a text
	softWords      = 5   // a line
)

// cutSignature drops the signature from the end of the kept lines: what
// follows "--", "Best regards" and the like in the last lines. The lines of
// dashes go in any case.
func (s *splitter) cutSignature() {
	b, kept := s.b, s.kept
	for i := max(0, len(kept)-signatureLines-1); i < len(kept); i++ {
		t := b[kept[i].start:kept[i].end]
		if kept[i].kind == dashes {
			if short(b, kept[i+1:], signatureLines, signatureBytes, 0) {
				kept = kept[:i]
			}
			continue
		}
		if i == 0 || len(t) > signatureBytes || kept[i].kind == message {
			continue
		}
		strong, soft := closing(s.lowered(t))
		if strong && short(b, kept[i+1:], signatureLines, signatureBytes, 0) ||
			soft && short(b, kept[i+1:], softLines, signatureBytes, softWords) {
			kept = kept[:i]
		}
	}
	out := kept[:0]
	for _, l := range kept {
		if l.kind != dashes {
			out = append(out, l)
		}
	}
	s.kept = out
}

// short tells whether rest is at most so many lines of so many bytes and, if
// maxWords > 0, words.
func short(b []byte, rest []line, maxLines, maxBytes, maxWords int) bool {
	if len(rest) > maxLines {
		return false
	}
	for _, l := range rest {
		t := b[l.start:l.end]
		if l.kind == message || len(t) > maxBytes || maxWords > 0 && len(bytes.Fields(t)) > maxWords {
			return false
		}
	}
	return true
}

// closing tells whether a line in lower case closes a letter: for sure, or
// perhaps.
func closing(t []byte) (strong, soft bool) {
	for _, p := range [...]string{
		"best regards", "kind regards", "warm regards", "regards", "best wishes", "yours sincerely", "sincerely", "yours faithfully", "yours truly", "cheers", "all the best", "many thanks", "with best regards", "with kind regards",
		"mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß", "freundliche grüße", "freundliche grüsse", "beste grüße", "viele grüße", "viele grüsse", "liebe grüße", "schöne grüße", "herzliche grüße", "mfg", "lg", "vg", "gruß", "grüße",
		"cordialement", "bien cordialement", "bien à vous", "salutations", "meilleures salutations", "sincères salutations", "amicalement", "cdlt", "je vous prie d'agréer", "veuillez agréer",
		"saludos", "un saludo", "saludos cordiales", "cordiales saludos", "atentamente", "atte",
		"cordiali saluti", "distinti saluti", "saluti", "atenciosamente", "cumprimentos", "com os melhores cumprimentos", "met vriendelijke groet", "vriendelijke groeten", "groeten", "mvh", "med vänliga hälsningar", "vänliga hälsningar", "с уважением",
		"此致", "敬礼", "祝好", "顺颂商祺", "谢谢", "謝謝", "よろしくお願い", "宜しくお願い", "以上、よろしく", "敬具", "감사합니다", "고맙습니다", "수고하세요",
	} {
		if rest, ok := bytes.CutPrefix(t, []byte(p)); ok && addressed(rest, p[0] >= utf8.RuneSelf) {
			return true, false
		}
	}
	for _, p := range [...]string{
		"thanks in advance", "thank you in advance", "thanks", "thank you", "thx", "best", "danke", "vielen dank", "danke im voraus", "merci", "merci d'avance", "gracias", "muchas gracias", "grazie", "obrigado", "obrigada", "bedankt", "tack", "спасибо",
	} {
		if rest, ok := bytes.CutPrefix(t, []byte(p)); ok && addressed(rest, false) {
			return false, true
		}
	}
	return false, false
}
