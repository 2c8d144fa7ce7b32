package pgwire_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/dashboards/pgwire"
)

// wire is a client that sends what it likes.
type wire struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func dial(t testing.TB, address string) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &wire{t, conn, bufio.NewReader(conn)}
}

func (w *wire) raw(s string) *wire {
	_, _ = io.WriteString(w.conn, s) // the server may have closed it
	return w
}

// sized puts a length before what it frames.
func sized(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)+4))) + s
}

func (w *wire) send(kind byte, body string) *wire { return w.raw(string(kind) + sized(body)) }

const start30 = "\x00\x03\x00\x00user\x00tester\x00database\x00x\x00\x00"

func (w *wire) startup() {
	w.t.Helper()
	w.raw(sized(start30))
	w.wantUntil('Z')
}

// next reads one message.
func (w *wire) next() (kind byte, body string, err error) {
	if kind, err = w.r.ReadByte(); err != nil {
		return 0, "", err
	}
	var size [4]byte
	if _, err := io.ReadFull(w.r, size[:]); err != nil {
		return 0, "", err
	}
	b := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	_, err = io.ReadFull(w.r, b)
	return kind, string(b), err
}

func (w *wire) wantUntil(last byte) {
	w.t.Helper()
	for {
		kind, body, err := w.next()
		if err != nil || kind == 'E' {
			w.t.Fatalf("%q (%v) instead of %c", body, err, last)
		}
		if kind == last {
			return
		}
	}
}

// want reads messages of these kinds.
func (w *wire) want(kinds string) {
	w.t.Helper()
	var got []string
	for range strings.Fields(kinds) {
		kind, _, err := w.next()
		if err != nil {
			w.t.Errorf("after %v: %v", got, err)
			return
		}
		got = append(got, string(kind))
	}
	if strings.Join(got, " ") != kinds {
		w.t.Errorf("got %v, want %s", got, kinds)
	}
}

// end reads until the server closes, and gives the codes of its errors.
func (w *wire) end() (codes []string, err error) {
	for {
		kind, body, err := w.next()
		if err != nil {
			if errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset") {
				return codes, nil
			}
			return codes, err
		}
		if kind == 'E' {
			for field := range strings.SplitSeq(body, "\x00") {
				if c, ok := strings.CutPrefix(field, "C"); ok && len(c) == 5 {
					codes = append(codes, c)
				}
			}
		}
	}
}

// beforeStart are first packets that must end in a closed connection.
var beforeStart = map[string]string{
	"nothing at all":           "",
	"half a length":            "\x00\x00",
	"half a packet":            "\x00\x00\x00\x20\x00\x03",
	"a length of 0":            "\x00\x00\x00\x00\x00\x00\x00\x00",
	"a length of 4":            "\x00\x00\x00\x04\x00\x03\x00\x00",
	"a length of 2 GB":         "\x7f\xff\xff\xff\x00\x03\x00\x00",
	"a negative length":        "\xff\xff\xff\xff\x00\x03\x00\x00",
	"HTTP":                     "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"TLS without asking":       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	"protocol 2.0":             sized("\x00\x02\x00\x00user\x00tester\x00\x00"),
	"protocol 9.9":             sized("\x00\x09\x00\x09user\x00tester\x00\x00"),
	"no terminator":            sized("\x00\x03\x00\x00user\x00tester"),
	"no parameters":            sized("\x00\x03\x00\x00"),
	"a name without a value":   sized("\x00\x03\x00\x00user\x00\x00"),
	"bytes behind the end":     sized("\x00\x03\x00\x00user\x00tester\x00\x00more"),
	"no user":                  sized("\x00\x03\x00\x00database\x00x\x00\x00"),
	"an unknown user":          sized("\x00\x03\x00\x00user\x00root\x00\x00"),
	"a cancel request":         sized("\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02"),
	"half a cancel request":    sized("\x04\xd2\x16\x2e\x00\x00"),
	"TLS asked for for ever":   strings.Repeat(sized("\x04\xd2\x16\x2f"), 100),
	"GSS asked for for ever":   strings.Repeat(sized("\x04\xd2\x16\x30"), 100),
	"a very long first packet": sized("\x00\x03\x00\x00user\x00" + strings.Repeat("x", 20_000) + "\x00\x00"),
}

func TestHostileStarts(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) { c.AuthTimeout = 300 * time.Millisecond })
	for name, packet := range beforeStart {
		t.Run(name, func(t *testing.T) {
			w := dial(t, r.address).raw(packet)
			if b, err := io.ReadAll(w.r); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the connection stays open after %q: %v", b, err)
			}
		})
	}
	if n, err := count(t.Context(), r.connect(t), "SELECT 2"); err != nil || n != 2 {
		t.Errorf("afterwards: %d rows (%v)", n, err)
	}
}

// afterStart are messages of a client that was let in, with the code they must
// end in; "" where the server only closes.
var afterStart = []struct{ name, bytes, code string }{
	{"an unknown type", "\xff" + sized("x"), "08P01"},
	{"a length below 4", "Q\x00\x00\x00\x03", "08P01"},
	{"a negative length", "Q\xff\xff\xff\xff", "08P01"},
	{"a message of 1 GB", "Q\x40\x00\x00\x00", "54000"},
	{"a message of 2 GB", "P\x7f\xff\xff\xff", "54000"},
	{"half a message", "Q\x00\x00\x00\x20SELECT", ""},
	{"a query without its end", "Q" + sized("SELECT 1"), "08P01"},
	{"an empty body", "Q" + sized(""), "08P01"},
	{"Parse cut off", "P" + sized("x\x00"), "08P01"},
	{"Parse with a wrong number of types", "P" + sized("\x00SELECT 1\x00\x7f\xff"), "08P01"},
	{"Bind with a parameter of length -2", "B" + sized("\x00\x00\x00\x00\x00\x01\xff\xff\xff\xfe\x00\x00"), "08P01"},
	{"Bind with a parameter longer than it", "B" + sized("\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xffx\x00\x00"), "08P01"},
	{"Bind with too many parameters", "B" + sized("\x00\x00\x00\x00\xff\xff"), "08P01"},
	{"Bind cut off", "B" + sized("\x00"), "08P01"},
	{"Bind of nothing prepared", "B" + sized("\x00nope\x00\x00\x00\x00\x00\x00\x00") + "S" + sized(""), "26000"},
	{"Execute of no portal", "E" + sized("nope\x00\x00\x00\x00\x00") + "S" + sized(""), "34000"},
	{"Execute cut off", "E" + sized("x"), "08P01"},
	{"Describe of no portal", "D" + sized("Pnope\x00") + "S" + sized(""), "34000"},
	{"Describe of nothing prepared", "D" + sized("Snope\x00") + "S" + sized(""), "26000"},
	{"Describe cut off", "D" + sized("S"), "08P01"},
	{"Close cut off", "C" + sized(""), "08P01"},
	{"two statements prepared", "P" + sized("\x00SELECT 1; SELECT 2\x00\x00\x00") + "S" + sized(""), "42601"},
	{"wrong number of parameters", "P" + sized("\x00SELECT $1\x00\x00\x00") + "B" + sized("\x00\x00\x00\x00\x00\x00\x00\x00") + "S" + sized(""), "08P01"},
	{"a binary parameter of a wrong length", "P" + sized("\x00SELECT $1\x00\x00\x00") + "B" + sized("\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x03abc\x00\x00") + "S" + sized(""), "22P03"},
	{"an unknown format", "P" + sized("\x00SELECT 1\x00\x00\x00") + "B" + sized("\x00\x00\x00\x00\x00\x00\x00\x01\x00\x07") + "S" + sized(""), "22023"},
	{"too many formats", "P" + sized("\x00SELECT 1\x00\x00\x00") + "B" + sized("\x00\x00\x00\x00\x00\x00\x00\x03\x00\x01\x00\x01\x00\x01") + "S" + sized(""), "08P01"},
	{"a function call", "F" + sized("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"), "0A000"},
	{"a password", "p" + sized("secret\x00"), "08P01"},
	{"copy data", "d" + sized("1\n") + "Q" + sized("SELECT x\x00"), "42601"},
}

func TestHostileMessages(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) { c.StallTimeout = 300 * time.Millisecond })
	for _, c := range afterStart {
		t.Run(c.name, func(t *testing.T) {
			w := dial(t, r.address)
			w.startup()
			w.raw(c.bytes)
			if c.name != "half a message" {
				w.raw("X" + sized(""))
			}
			codes, err := w.end()
			if err != nil || c.code != "" && !slices.Contains(codes, c.code) {
				t.Errorf("it answers %v (%v), want %s", codes, err, c.code)
			}
		})
	}
	if n, err := count(t.Context(), r.connect(t), "SELECT 2"); err != nil || n != 2 {
		t.Errorf("afterwards: %d rows (%v)", n, err)
	}
}

// TestTooMuchKept: a session cannot fill the memory with what it prepares.
func TestTooMuchKept(t *testing.T) {
	t.Parallel()
	w := dial(t, start(t).address)
	w.startup()
	long := strings.Repeat("x", 900_000)
	for i := range 10 {
		w.send('P', string(rune('a'+i))+"\x00SELECT 1 "+long+" 1\x00\x00\x00")
	}
	w.send('S', "").send('X', "")
	if codes, err := w.end(); err != nil || !slices.Contains(codes, "53400") {
		t.Errorf("it answers %v (%v)", codes, err)
	}
}

// TestTooManyWords: short texts of many words count by what they take.
func TestTooManyWords(t *testing.T) {
	t.Parallel()
	w := dial(t, start(t).address)
	w.startup()
	many := strings.Repeat("1 ", 10_000)
	for i := range 20 {
		w.send('P', string(rune('a'+i))+"\x00SELECT "+many+"1\x00\x00\x00")
	}
	w.send('S', "").send('X', "")
	if codes, err := w.end(); err != nil || !slices.Contains(codes, "53400") {
		t.Errorf("it answers %v (%v)", codes, err)
	}
}

// TestTooManyParameters: nor with what it binds.
func TestTooManyParameters(t *testing.T) {
	t.Parallel()
	w := dial(t, start(t).address)
	w.startup()
	w.send('P', "\x00SELECT $1\x00\x00\x00")
	long := strings.Repeat("1", 900_000)
	for i := range 10 {
		w.send('B', string(rune('a'+i))+"\x00\x00\x00\x00\x00\x01\x00\x0d\xbb\xa0"+long+"\x00\x00")
	}
	w.send('S', "").send('X', "")
	if codes, err := w.end(); err != nil || !slices.Contains(codes, "53400") {
		t.Errorf("it answers %v (%v)", codes, err)
	}
}

// TestAnswersWithoutSync: answers do not pile up until a client sends Sync.
func TestAnswersWithoutSync(t *testing.T) {
	t.Parallel()
	w := dial(t, start(t).address)
	w.startup()
	w.send('P', "\x00SELECT 1\x00\x00\x00")
	for range 4_000 {
		w.send('D', "S\x00")
	}
	for range 2_000 {
		if kind, _, err := w.next(); err != nil || !strings.ContainsRune("1tT", rune(kind)) {
			t.Fatalf("%c (%v)", kind, err)
		}
	}
}

// TestSlowReader: who does not read what he asked for is cut off.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *pgwire.Config) { c.StallTimeout = 200 * time.Millisecond })
	w := dial(t, r.address)
	w.startup()
	w.send('Q', "SELECT 50000000\x00")
	for r.server.Sessions() > 0 {
		time.Sleep(time.Millisecond)
	}
}

// TestHalfRead: a suspended portal is not kept for ever.
func TestHalfRead(t *testing.T) {
	t.Parallel()
	w := dial(t, start(t, func(c *pgwire.Config) { c.HoldTimeout = 50 * time.Millisecond }).address)
	w.startup()
	w.send('Q', "BEGIN\x00").send('P', "\x00SELECT 5\x00\x00\x00").send('B', "\x00\x00\x00\x00\x00\x00\x00\x00").send('E', "\x00\x00\x00\x00\x02").send('S', "")
	if codes, err := w.end(); err != nil || !slices.Equal(codes, []string{"25P03"}) {
		t.Errorf("it answers %v (%v)", codes, err)
	}
}

// TestNegotiation: a newer minor version is answered with 3.0.
func TestNegotiation(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, first := range []string{
		"\x00\x03\x00\x02user\x00tester\x00\x00", "\x00\x03\x27\x0fuser\x00tester\x00_pq_.wish\x00on\x00\x00", "\x00\x03\x00\x00user\x00tester\x00_pq_.wish\x00on\x00\x00",
	} {
		w := dial(t, r.address).raw(sized(first))
		w.want("v R")
		w.wantUntil('Z')
	}
}

// FuzzMessages: whatever a client that was let in sends, the server lives, and
// the connection ends.
func FuzzMessages(f *testing.F) {
	for _, c := range afterStart {
		f.Add([]byte(c.bytes))
	}
	f.Add([]byte("P" + sized("a\x00SELECT 5\x00\x00\x00") + "B" + sized("c\x00a\x00\x00\x00\x00\x00\x00\x00") + "E" + sized("c\x00\x00\x00\x00\x02") + "S" + sized("")))
	r := start(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if strings.Contains(string(b), "WAIT") || strings.Contains(string(b), "PANIC") {
			t.Skip("the fake's own words")
		}
		w := dial(t, r.address)
		w.startup()
		w.raw(string(b))
		_ = w.conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, w.r); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("the connection does not end: %v", err)
		}
	})
}

// FuzzStart: the same before a client is let in.
func FuzzStart(f *testing.F) {
	for _, packet := range beforeStart {
		f.Add([]byte(packet))
	}
	f.Add([]byte(sized(start30)))
	r := start(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		w := dial(t, r.address).raw(string(b))
		_ = w.conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, w.r); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("the connection does not end: %v", err)
		}
	})
}
