package lineage

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
)

// NewID makes an id from seed: "d" and eight characters of a–z and 2–7 from
// the SHA-256 of seed, salted with a running number until taken says no. taken
// must not say yes to everything.
func NewID(seed string, taken func(id string) bool) string {
	for salt := 0; ; salt++ {
		sum := sha256.Sum256([]byte(seed + "\x00" + strconv.Itoa(salt)))
		id := "d" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
		if !taken(id) {
			return id
		}
	}
}
