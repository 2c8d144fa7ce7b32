package privacy

import (
	"net/netip"
	"strings"
)

// number runs the rules that hang on a number which starts a word.
func (t *scan) number(i int) int {
	return first(i, t.ipv4, t.nationalPhone)
}

// ipv4 replaces an address with its port or prefix length.
func (t *scan) ipv4(i int) int {
	s := t.s
	end := quadEnd(s, i)
	if end == 0 || !ipBorders(s, i, end) || afterVersion(s[:i]) || versionLike(s, i, end) {
		return 0
	}
	if local(s[i:end]) {
		return end
	}
	return t.emit(i, portEnd(s, end), ipMark)
}

// quadEnd gives the end of four octets at i, 0 if there are none.
func quadEnd(s string, i int) int {
	for octet := range 4 {
		from, v := i, 0
		for i < len(s) && isDigit(s[i]) && i-from < 4 {
			v = v*10 + int(s[i]-'0')
			i++
		}
		if i == from || v > 255 || i-from > 3 || i-from > 1 && s[from] == '0' {
			return 0
		}
		if octet == 3 {
			return i
		}
		if i >= len(s) || s[i] != '.' {
			return 0
		}
		i++
	}
	return 0
}

// ipBorders refuses numbers that go on: five parts, "1.2.3.4-beta", "-1.2.3.4",
// and product tokens such as "Version/4.0.1.2".
func ipBorders(s string, i, end int) bool {
	switch next, after := byteAt(s, end), byteAt(s, end+1); {
	case isWord(next) && next < 0x80:
		return false
	case (next == '.' || next == '-' || next == '+') && isWord(after):
		return next == '-' && quadEnd(s, end+1) > 0 // a range of addresses
	}
	if i == 0 {
		return true
	}
	switch prev := s[i-1]; prev {
	case '-':
		return i > 2 && isDigit(s[i-2]) && strings.Count(lastToken(s[max(0, i-20):i-1]), ".") == 3
	case '.':
		return false
	case '/':
		return i < 2 || !isAlnum(s[i-2])
	}
	return true
}

func lastToken(s string) string {
	return s[strings.LastIndexAny(s, " \t\n([")+1:]
}

// afterVersion tells whether the words before announce a version number.
func afterVersion(s string) bool {
	s = strings.TrimRight(s, " \t:=\"'#*(")
	end := len(s)
	word := end
	for end > 0 && isAlnum(s[end-1]) {
		end--
	}
	switch strings.ToLower(s[end:word]) {
	case "version", "v8", "versions", "ver", "v", "release", "build", "sdk", "firmware", "revision", "rev", "update",
		"cli", "upgrade", "upgraded", "driver", "runtime", "plugin", "chrome", "android", "ios":
		return true
	}
	return false
}

// versionLike tells four small numbers that nothing announces as an address
// from an address. Hardly any address has three leading parts below 20, while
// versions mostly do.
func versionLike(s string, i, end int) bool {
	parts, n, v := [4]int{}, 0, 0
	for _, c := range []byte(s[i:end]) {
		if c == '.' {
			parts[n], v = v, 0
			n++
			continue
		}
		v = v*10 + int(c-'0')
	}
	if parts[0] >= 20 || parts[1] >= 20 || parts[2] >= 20 || parts[0] == 10 {
		return false
	}
	if portEnd(s, end) > end || i > 0 && (s[i-1] == '/' || s[i-1] == '@') {
		return false
	}
	if parts[0] == parts[1] && parts[1] == parts[2] { // 1.1.1.1, 8.8.8.8
		return false
	}
	return !announcesAddress(s[max(0, i-24):i])
}

// announcesAddress tells whether the words before speak of an address.
func announcesAddress(before string) bool {
	before = strings.ToLower(before)
	for word := range strings.FieldsFuncSeq(before, func(c rune) bool { return c < 'a' || c > 'z' }) {
		switch word {
		case "ip", "ips", "ipv", "ipv4", "ipaddress", "address", "addr", "host", "hostname", "server", "from", "ping", "ssh", "client", "remote", "peer", "dns", "gateway", "proxy", "listen", "inet", "adresse", "dst", "src":
			return true
		}
	}
	return false
}

// local tells addresses that identify nobody.
func local(addr string) bool {
	return strings.HasPrefix(addr, "127.") || addr == "0.0.0.0" || strings.HasPrefix(addr, "255.255.")
}

// portEnd includes ":8080" or "/24".
func portEnd(s string, end int) int {
	if c := byteAt(s, end); c != ':' && c != '/' {
		return end
	}
	j := end + 1
	for j < len(s) && isDigit(s[j]) {
		j++
	}
	n := j - end - 1
	if n == 0 || n > 5 || s[end] == '/' && n > 2 || j < len(s) && isWord(s[j]) {
		return end
	}
	return j
}

// ipv6 replaces the address around the colon at i.
func (t *scan) ipv6(i int) int {
	s := t.s
	if next := byteAt(s, i+1); !isHex(next) && next != ':' {
		return 0
	}
	lo := i
	for lo > t.last && i-lo < 4 && isHex(s[lo-1]) {
		lo--
	}
	if lo > 0 && (isWord(s[lo-1]) || strings.IndexByte(":.-", s[lo-1]) >= 0) {
		return 0
	}
	hi := i
	for hi < len(s) && hi-lo < 46 && (isHex(s[hi]) || s[hi] == ':' || s[hi] == '.') {
		hi++
	}
	if hi < len(s) && isWord(s[hi]) {
		return 0
	}
	text := strings.TrimRight(s[lo:hi], ".")
	if strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "::") {
		text = text[:len(text)-1]
	}
	if !ipv6Text(text) {
		return 0
	}
	return t.emit(lo, lo+len(text), ipMark)
}

// ipv6Text tells addresses from the paths of Rust, C++ and Ruby ("be::add")
// and from the local host.
func ipv6Text(s string) bool {
	if strings.Count(s, ":") < 2 || !hasDigit(s) {
		return false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsLoopback() || a.IsUnspecified() {
		return false
	}
	if !strings.Contains(s, "::") {
		return true
	}
	groups := 0
	for g := range strings.SplitSeq(s, ":") {
		if g != "" {
			groups++
		}
	}
	head, _, _ := strings.Cut(s, ":")
	return groups >= 3 || groups >= 2 && len(head) == 4 || len(head) == 4 && strings.HasSuffix(s, "::")
}
