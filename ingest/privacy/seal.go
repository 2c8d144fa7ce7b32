package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// What cannot be read cannot be scrubbed. It lands sealed, so that it can be
// tried again after a fix and tells nobody anything until then.
const (
	sealedMark = "sealed:1:" // AES-256-GCM under a key derived from the border's
	openMark   = "base64:"   // mode Keep: as it came
)

// Seal makes bytes that cannot be scrubbed fit to land: encrypted under the
// border's key, or in mode Keep only encoded. The result is one line of ASCII.
func (b *Border) Seal(raw []byte) (string, error) {
	if b.mode == Keep {
		return openMark + base64.StdEncoding.EncodeToString(raw), nil
	}
	aead, err := b.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(raw)+aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return sealedMark + base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, raw, nil)), nil
}

// Unseal is the inverse of Seal, whichever mode sealed. A wrong key or damaged
// bytes are an error.
func (b *Border) Unseal(sealed string) ([]byte, error) {
	if text, ok := strings.CutPrefix(sealed, openMark); ok {
		return base64.StdEncoding.DecodeString(text)
	}
	text, ok := strings.CutPrefix(sealed, sealedMark)
	if !ok {
		return nil, errors.New("unseal: neither sealed nor encoded by this program")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	aead, err := b.aead()
	if err != nil {
		return nil, err
	}
	if len(raw) < aead.NonceSize() {
		return nil, errors.New("unseal: too short")
	}
	out, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], nil)
	if err != nil {
		return nil, errors.New("unseal: damaged, or sealed under another privacy key")
	}
	return out, nil
}

func (b *Border) aead() (cipher.AEAD, error) {
	if len(b.key) == 0 {
		return nil, errors.New("seal: there is no privacy key")
	}
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte("ticketmill seal"))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
