package privacy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestLoadKeyFromEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	key, err := LoadKey("0123456789abcdef", path)
	if err != nil || string(key) != "0123456789abcdef" {
		t.Errorf("got %q, %v", key, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a key file was made although the environment has a key")
	}
	if _, err := LoadKey("short", path); err == nil || strings.Contains(err.Error(), "short;") {
		t.Errorf("short key: %v", err)
	}
}

func TestLoadKeyCreatesOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	path := filepath.Join(dir, "privacy.key")
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = LoadKey("", path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		if len(k) != 64 || !bytes.Equal(k, keys[0]) {
			t.Errorf("keys differ: %q %q", k, keys[0])
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	st, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	for _, c := range []struct {
		name, content, want string
		mode                fs.FileMode
	}{
		{"open to others", strings.Repeat("k", 32), "chmod 600", 0o644},
		{"open to the group", strings.Repeat("k", 32), "chmod 600", 0o620},
		{"half a key", "abc", "needs at least", 0o600},
		{"empty", "", "needs at least", 0o600},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadKey("", path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != c.content {
				t.Errorf("the file was changed: %q, %v", now, err)
			}
		})
	}
	if _, err := LoadKey("", t.TempDir()); err == nil {
		t.Error("a directory was taken for a key")
	}
}

func TestSecret(t *testing.T) {
	const value = "hunter2"
	type config struct {
		Token Secret
		Empty Secret
	}
	c := config{Token: value}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", c.Token, "config", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", c.Token, "config", c)
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(j)
	var shownSb109 strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		shownSb109.WriteString(fmt.Sprintf(verb+" ", c) + fmt.Sprintf(verb+" ", c.Token) + fmt.Sprintf(verb+" ", &c))
	}
	shown += shownSb109.String()
	for _, leak := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("%X", value)} {
		if strings.Contains(shown, leak) {
			t.Errorf("%q shows in %s", leak, shown)
		}
	}
	if string(j) != `{"Token":"[secret]","Empty":""}` {
		t.Errorf("JSON: %s", j)
	}
	if y, err := c.Token.MarshalYAML(); err != nil || y != "[secret]" {
		t.Errorf("YAML: %v, %v", y, err)
	}
	var back Secret
	if err := back.UnmarshalText([]byte(value)); err != nil || back.Reveal() != value {
		t.Errorf("got %q, %v", back.Reveal(), err)
	}
	var fromJSON config
	if err := json.Unmarshal([]byte(`{"Token":"hunter2"}`), &fromJSON); err != nil || fromJSON.Token.Reveal() != value {
		t.Errorf("from JSON: %q, %v", fromJSON.Token.Reveal(), err)
	}
}
