package privacy

import (
	"bytes"
	"strings"
	"testing"
)

func TestSeal(t *testing.T) {
	t.Parallel()
	raw := []byte("{\"reporter\":\"anna@customer.example\xff")
	for _, mode := range []Mode{Pseudonymise, Keep} {
		b, err := New(mode, []byte("0123456789abcdef"), Actors{})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := b.Seal(raw)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(sealed, "anna") {
			t.Errorf("%s: readable: %s", mode, sealed)
		}
		back, err := b.Unseal(sealed)
		if err != nil || !bytes.Equal(back, raw) {
			t.Errorf("%s: comes back as %q, %v", mode, back, err)
		}
		again, err := b.Seal(raw)
		if err != nil {
			t.Fatal(err)
		}
		if mode == Pseudonymise && again == sealed {
			t.Error("the same bytes are sealed alike: equal messages could be told")
		}
	}
}

func TestUnsealRefuses(t *testing.T) {
	t.Parallel()
	b, _ := New(Pseudonymise, []byte("0123456789abcdef"), Actors{})
	other, _ := New(Pseudonymise, []byte("fedcba9876543210"), Actors{})
	keyless, _ := New(Keep, nil, Actors{})
	sealed, err := b.Seal([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() ([]byte, error){
		"another key": func() ([]byte, error) { return other.Unseal(sealed) },
		"no key":      func() ([]byte, error) { return keyless.Unseal(sealed) },
		"cut":         func() ([]byte, error) { return b.Unseal(sealed[:len(sealed)-8]) },
		"too short":   func() ([]byte, error) { return b.Unseal("sealed:1:AAAA") },
		"not base64":  func() ([]byte, error) { return b.Unseal("sealed:1:???") },
		"plain":       func() ([]byte, error) { return b.Unseal("x") },
	} {
		if got, err := try(); err == nil {
			t.Errorf("%s: gives %q", name, got)
		}
	}
}
