package pgwire

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// OIDs of the types whose formats differ.
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidFloat4      = 700
	oidFloat8      = 701
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidInterval    = 1186
	oidTimetz      = 1266
	oidNumeric     = 1700
	oidUUID        = 2950
	oidJSONB       = 3802
)

// encoder appends a value that is not null.
type encoder func(dst []byte, v any) []byte

// dataRow is a DataRow message that encodes values without a copy of each.
type dataRow struct {
	encode []encoder
	values []any
	size   int
}

var _ pgproto3.BackendMessage = (*dataRow)(nil)

// Backend marks a message of the server.
func (*dataRow) Backend() {}

// Decode is not for servers.
func (*dataRow) Decode([]byte) error { return fmt.Errorf("a server decodes no rows") }

// Encode appends the message.
func (r *dataRow) Encode(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 'D', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(r.values)))
	for i, v := range r.values {
		if v == nil {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		dst = r.encode[i](append(dst, 0, 0, 0, 0), v)
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	r.size = len(dst) - start
	if r.size > math.MaxInt32 {
		return nil, &Error{Code: "54000", Message: "a row is too large"}
	}
	binary.BigEndian.PutUint32(dst[start+1:], uint32(r.size-1))
	return dst, nil
}

// encoderOf is the encoder of a type in text (0) or binary (1) format.
func encoderOf(oid uint32, format int16) encoder {
	if element := elementOf(oid); element != 0 {
		if format == 1 {
			return func(dst []byte, v any) []byte { return appendBinaryArray(dst, v, element) }
		}
		return func(dst []byte, v any) []byte { return appendTextArray(dst, v, element) }
	}
	if format == 1 {
		return func(dst []byte, v any) []byte { return appendBinary(dst, v, oid) }
	}
	return func(dst []byte, v any) []byte { return appendText(dst, v, oid) }
}

// elementOf is the type of an array's elements; 0 if it is none.
func elementOf(oid uint32) uint32 {
	switch oid {
	case 1000:
		return oidBool
	case 1001:
		return oidBytea
	case 1005:
		return oidInt2
	case 1007:
		return oidInt4
	case 1016, 1028:
		return oidInt8
	case 1009, 1015, 1014, 1002, 1003:
		return oidText
	case 1021:
		return oidFloat4
	case 1022:
		return oidFloat8
	case 1115:
		return oidTimestamp
	case 1182:
		return oidDate
	case 1183:
		return oidTime
	case 1185:
		return oidTimestamptz
	case 1187:
		return oidInterval
	case 1231:
		return oidNumeric
	case 1270:
		return oidTimetz
	case 2951:
		return oidUUID
	}
	return 0
}

// appendText writes PostgreSQL's text form: ISO dates, hex bytea, UTC.
func appendText(dst []byte, v any, oid uint32) []byte {
	switch x := v.(type) {
	case string:
		return append(dst, x...)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case int32:
		return strconv.AppendInt(dst, int64(x), 10)
	case int16:
		return strconv.AppendInt(dst, int64(x), 10)
	case float64:
		return appendFloat(dst, x, 64)
	case float32:
		return appendFloat(dst, float64(x), 32)
	case bool:
		if x {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case time.Time:
		return appendTime(dst, x, oid)
	case []byte:
		return hex.AppendEncode(append(dst, '\\', 'x'), x)
	case Span:
		return appendSpan(dst, x)
	}
	return fmt.Append(dst, v)
}

func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e15) { // as PostgreSQL writes them
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}

func appendTime(dst []byte, t time.Time, oid uint32) []byte {
	switch oid {
	case oidDate:
		return t.AppendFormat(dst, time.DateOnly)
	case oidTime:
		return t.AppendFormat(dst, "15:04:05.999999")
	case oidTimetz:
		return t.AppendFormat(dst, "15:04:05.999999-07:00")
	case oidTimestamptz:
		return t.UTC().AppendFormat(dst, "2006-01-02 15:04:05.999999+00")
	}
	return t.UTC().AppendFormat(dst, "2006-01-02 15:04:05.999999")
}

// appendSpan writes an interval in the style "postgres": 1 year 2 mons 3 days
// 04:05:06.7.
func appendSpan(dst []byte, s Span) []byte {
	months, days, micros := s.Parts()
	start := len(dst)
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(strconv.AppendInt(dst, n, 10), ' ')
		if dst = append(dst, unit...); n != 1 {
			dst = append(dst, 's')
		}
	}
	part(int64(months/12), "year")
	part(int64(months%12), "mon")
	part(int64(days), "day")
	if micros == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	}
	seconds := micros / 1e6
	dst = fmt.Appendf(dst, "%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if rest := micros % 1e6; rest != 0 {
		dst = append(dst, strings.TrimRight(fmt.Sprintf(".%06d", rest), "0")...)
	}
	return dst
}

// appendTextArray writes {1,NULL,"a b"}.
func appendTextArray(dst []byte, v any, element uint32) []byte {
	list, _ := v.([]any)
	dst = append(dst, '{')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if e == nil {
			dst = append(dst, "NULL"...)
			continue
		}
		text := string(appendText(nil, e, element))
		if text != "" && !strings.ContainsAny(text, "{}\",\\ \t\n\r\v\f") && !strings.EqualFold(text, "null") {
			dst = append(dst, text...)
			continue
		}
		dst = append(dst, '"')
		dst = append(dst, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)...)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

// epoch is day 0 of PostgreSQL's binary dates.
func epoch() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// appendBinary writes PostgreSQL's binary form.
func appendBinary(dst []byte, v any, oid uint32) []byte {
	be := binary.BigEndian
	switch x := v.(type) {
	case string:
		switch oid {
		case oidNumeric:
			return appendNumeric(dst, x)
		case oidUUID:
			b, _ := hex.DecodeString(strings.ReplaceAll(x, "-", "")) // the engine's own
			return append(dst, b...)
		}
		return append(dst, x...)
	case int64:
		return be.AppendUint64(dst, uint64(x))
	case int32:
		return be.AppendUint32(dst, uint32(x))
	case int16:
		return be.AppendUint16(dst, uint16(x))
	case float64:
		return be.AppendUint64(dst, math.Float64bits(x))
	case float32:
		return be.AppendUint32(dst, math.Float32bits(x))
	case bool:
		if x {
			return append(dst, 1)
		}
		return append(dst, 0)
	case time.Time:
		return appendBinaryTime(dst, x, oid)
	case []byte:
		return append(dst, x...)
	case Span:
		months, days, micros := x.Parts()
		dst = be.AppendUint64(dst, uint64(micros))
		return be.AppendUint32(be.AppendUint32(dst, uint32(days)), uint32(months))
	}
	return fmt.Append(dst, v)
}

func appendBinaryTime(dst []byte, t time.Time, oid uint32) []byte {
	be := binary.BigEndian
	clock := func() int64 {
		return (int64(t.Hour())*3600+int64(t.Minute())*60+int64(t.Second()))*1e6 + int64(t.Nanosecond()/1e3)
	}
	switch oid {
	case oidDate:
		return be.AppendUint32(dst, uint32(int32((t.Unix()-epoch().Unix())/86400)))
	case oidTime:
		return be.AppendUint64(dst, uint64(clock()))
	case oidTimetz:
		_, offset := t.Zone()
		return be.AppendUint32(be.AppendUint64(dst, uint64(clock())), uint32(int32(-offset)))
	}
	return be.AppendUint64(dst, uint64(t.UnixMicro()-epoch().UnixMicro()))
}

func appendBinaryArray(dst []byte, v any, element uint32) []byte {
	be := binary.BigEndian
	list, _ := v.([]any)
	if len(list) == 0 {
		return be.AppendUint32(be.AppendUint32(be.AppendUint32(dst, 0), 0), element)
	}
	nulls := uint32(0)
	for _, e := range list {
		if e == nil {
			nulls = 1
		}
	}
	dst = be.AppendUint32(be.AppendUint32(be.AppendUint32(dst, 1), nulls), element)
	dst = be.AppendUint32(be.AppendUint32(dst, uint32(len(list))), 1)
	for _, e := range list {
		if e == nil {
			dst = be.AppendUint32(dst, math.MaxUint32)
			continue
		}
		at := len(dst)
		dst = appendBinary(be.AppendUint32(dst, 0), e, element)
		be.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst
}

// appendNumeric writes a decimal text in digits to the base of 10,000.
func appendNumeric(dst []byte, text string) []byte {
	be := binary.BigEndian
	sign := uint16(0)
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = 0x4000, rest
	}
	whole, fraction, _ := strings.Cut(text, ".")
	scale := len(fraction)
	whole = strings.TrimLeft(whole, "0")
	if pad := len(whole) % 4; pad > 0 {
		whole = strings.Repeat("0", 4-pad) + whole
	}
	if pad := len(fraction) % 4; pad > 0 {
		fraction += strings.Repeat("0", 4-pad)
	}
	var digits []uint16
	for all := whole + fraction; len(all) >= 4; all = all[4:] {
		d, _ := strconv.Atoi(all[:4]) // the engine's own
		digits = append(digits, uint16(d))
	}
	weight := len(whole)/4 - 1
	for len(digits) > 0 && digits[0] == 0 {
		digits, weight = digits[1:], weight-1
	}
	for len(digits) > 0 && digits[len(digits)-1] == 0 {
		digits = digits[:len(digits)-1]
	}
	if len(digits) == 0 {
		weight, sign = 0, 0
	}
	dst = be.AppendUint16(be.AppendUint16(dst, uint16(len(digits))), uint16(int16(weight)))
	dst = be.AppendUint16(be.AppendUint16(dst, sign), uint16(scale))
	for _, d := range digits {
		dst = be.AppendUint16(dst, d)
	}
	return dst
}
