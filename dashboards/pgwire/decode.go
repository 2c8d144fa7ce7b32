package pgwire

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func validText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

var errBinary = errors.New("the length does not fit the type")

// textOf turns a binary parameter into PostgreSQL's text form.
func textOf(oid uint32, b []byte) (string, error) {
	if element := elementOf(oid); element != 0 {
		return arrayText(b)
	}
	be := binary.BigEndian
	if want := fixedSize(oid); want != 0 && len(b) != want {
		return "", errBinary
	}
	switch oid {
	case oidBool:
		return strconv.FormatBool(b[0] != 0), nil
	case oidInt2:
		return strconv.Itoa(int(int16(be.Uint16(b)))), nil
	case oidInt4:
		return strconv.Itoa(int(int32(be.Uint32(b)))), nil
	case oidOID:
		return strconv.FormatUint(uint64(be.Uint32(b)), 10), nil
	case oidInt8:
		return strconv.FormatInt(int64(be.Uint64(b)), 10), nil
	case oidFloat4:
		return string(appendFloat(nil, float64(math.Float32frombits(be.Uint32(b))), 32)), nil
	case oidFloat8:
		return string(appendFloat(nil, math.Float64frombits(be.Uint64(b)), 64)), nil
	case oidDate:
		days := int(int32(be.Uint32(b)))
		return bounded(epoch().AddDate(0, 0, days), oid)
	case oidTimestamp, oidTimestamptz:
		return bounded(time.UnixMicro(int64(be.Uint64(b))+epoch().UnixMicro()).UTC(), oid)
	case oidTime, oidTimetz:
		micros := int64(be.Uint64(b))
		if micros < 0 || micros > 86_400e6 {
			return "", errBinary
		}
		zone := time.UTC
		if oid == oidTimetz {
			zone = time.FixedZone("", -int(int32(be.Uint32(b[8:]))))
		}
		t := time.Date(2000, 1, 1, 0, 0, 0, 0, zone).Add(time.Duration(micros) * time.Microsecond)
		return string(appendTime(nil, t, oid)), nil
	case oidInterval:
		return fmt.Sprintf("%d months %d days %d microseconds", int32(be.Uint32(b[12:])), int32(be.Uint32(b[8:])), int64(be.Uint64(b))), nil
	case oidUUID:
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	case oidNumeric:
		return numericText(b)
	case oidBytea: // as the engine's text of bytes
		var s strings.Builder
		for _, c := range b {
			s.WriteString(`\x` + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
		return s.String(), nil
	case oidJSONB:
		if len(b) == 0 || b[0] != 1 {
			return "", errBinary
		}
		return string(b[1:]), nil
	}
	return string(b), nil
}

func fixedSize(oid uint32) int {
	switch oid {
	case oidBool:
		return 1
	case oidInt2:
		return 2
	case oidInt4, oidOID, oidFloat4, oidDate:
		return 4
	case oidInt8, oidFloat8, oidTimestamp, oidTimestamptz, oidTime:
		return 8
	case oidTimetz:
		return 12
	case oidInterval, oidUUID:
		return 16
	}
	return 0
}

// bounded writes a time of the years that a text can hold.
func bounded(t time.Time, oid uint32) (string, error) {
	if t.Year() < 1 || t.Year() > 9999 {
		return "", errors.New("the time is out of range")
	}
	return string(appendTime(nil, t, oid)), nil
}

// numericText reads digits to the base of 10,000.
func numericText(b []byte) (string, error) {
	be := binary.BigEndian
	if len(b) < 8 {
		return "", errBinary
	}
	n, weight, sign, scale := int(be.Uint16(b)), int(int16(be.Uint16(b[2:]))), be.Uint16(b[4:]), int(be.Uint16(b[6:]))
	if sign == 0xC000 {
		return "NaN", nil
	}
	if len(b) != 8+2*n || sign != 0 && sign != 0x4000 || weight > 100 || weight < -100 || scale > 400 {
		return "", errBinary
	}
	var s strings.Builder
	if sign == 0x4000 {
		s.WriteByte('-')
	}
	digit := func(i int) int { // of weight i
		if k := weight - i; k >= 0 && k < n {
			return int(be.Uint16(b[8+2*k:])) % 10_000
		}
		return 0
	}
	s.WriteByte('0')
	for i := weight; i >= 0; i-- {
		fmt.Fprintf(&s, "%04d", digit(i))
	}
	if scale > 0 {
		var fraction strings.Builder
		for i := -1; fraction.Len() < scale; i-- {
			fmt.Fprintf(&fraction, "%04d", digit(i))
		}
		s.WriteString("." + fraction.String()[:scale])
	}
	return s.String(), nil
}

// arrayText turns a binary array of one level into {a,b}.
func arrayText(b []byte) (string, error) {
	be := binary.BigEndian
	if len(b) < 12 {
		return "", errBinary
	}
	dimensions, element := be.Uint32(b), be.Uint32(b[8:])
	switch {
	case dimensions == 0:
		return "{}", nil
	case dimensions != 1 || len(b) < 20 || elementOf(element) != 0:
		return "", errors.New("only arrays of one level are supported")
	}
	n := be.Uint32(b[12:])
	b = b[20:]
	if uint64(n)*4 > uint64(len(b)) {
		return "", errBinary
	}
	list := make([]any, n)
	for i := range list {
		if len(b) < 4 {
			return "", errBinary
		}
		size := int32(be.Uint32(b))
		b = b[4:]
		if size == -1 {
			continue
		}
		if size < 0 || int(size) > len(b) {
			return "", errBinary
		}
		text, err := textOf(element, b[:size])
		if err != nil {
			return "", err
		}
		list[i], b = text, b[size:]
	}
	return string(appendTextArray(nil, list, oidText)), nil
}
