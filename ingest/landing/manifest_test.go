package landing

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDamagedManifests: each kind of damage is an error that names the file.
func TestDamagedManifests(t *testing.T) {
	t.Parallel()
	edit := func(seq int, change func(m map[string]any)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, manifestName(seq))
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var m map[string]any
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			change(m)
			if b, err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
			write(t, path, string(b))
		}
	}
	remove := func(seq int) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, manifestName(seq))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		file   string
		want   string
	}{
		{"hole", remove(2), "000002.json", "the manifest is missing"},
		{"first missing", remove(1), "000001.json", "the manifest is missing"},
		{"broken chain", edit(3, func(m map[string]any) { m["cursor_before"] = map[string]any{"v": 1, "page": 7} }), "000003.json", "does not follow"},
		{"chain without a start", edit(1, func(m map[string]any) { m["cursor_before"] = map[string]any{"v": 1} }), "000001.json", "does not follow"},
		{"chain starts twice", edit(2, func(m map[string]any) { m["cursor_before"] = nil }), "000002.json", "does not follow"},
		{"empty", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "000002.json"), "") }, "000002.json", "not readable"},
		{"cut", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "000002.json"), `{"format": 1, "seq": 2`) }, "000002.json", "not readable"},
		{"wrong type", edit(2, func(m map[string]any) { m["rows"] = "two" }), "000002.json", "not readable"},
		{"unknown format", edit(2, func(m map[string]any) { m["format"] = 2 }), "000002.json", "landing format 2 is not known"},
		{"no format", edit(2, func(m map[string]any) { delete(m, "format") }), "000002.json", "landing format 0 is not known"},
		{"wrong number", edit(2, func(m map[string]any) { m["seq"] = 3 }), "000002.json", "does not belong to its name"},
		{"wrong stream", edit(2, func(m map[string]any) { m["stream"] = "issues@acme/console" }), "000002.json", "and not to its folder"},
		{"wrong source", edit(2, func(m map[string]any) { m["source"] = "helpdesk" }), "000002.json", "and not to its folder"},
		{"outside", edit(2, func(m map[string]any) { m["file"] = "../../../etc/passwd" }), "000002.json", "name that follows"},
		{"dots", edit(2, func(m map[string]any) { m["file"] = ".." }), "000002.json", "name that follows"},
		{"short sha256", edit(2, func(m map[string]any) { m["sha256"] = "12" }), "000002.json", "name that follows"},
		{"rows without a file", edit(3, func(m map[string]any) { m["rows"] = 4 }), "000003.json", "promises 4 rows"},
		{"file without rows", edit(2, func(m map[string]any) { m["rows"] = 0 }), "000002.json", "promises 0 rows"},
		{"negative rows", edit(2, func(m map[string]any) { m["rows"] = -2 }), "000002.json", "promises -2 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := newStore(t)
			w := open(t, s, issues, Limits{})
			land(t, w, page(1, record("1", "")))
			land(t, w, page(2, record("2", ""), record("3", "")))
			land(t, w, page(3))
			manifests(t, s)
			c.damage(t, w.dir)
			_, err := s.Manifests()
			if err == nil {
				t.Fatal("nobody noticed")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Join(w.dir, c.file)) {
				t.Errorf("%v\nwant %q and the name of %s", err, c.want, c.file)
			}
			var damaged *DamageError
			if errors.As(err, &damaged) == strings.Contains(c.want, "landing format") {
				t.Errorf("%T: an unknown format is no damage, all else is", err)
			}
			if _, err := s.Writer("oss", "github", issues, "run-2", Limits{}); err == nil {
				t.Error("a writer opened the stream")
			}
		})
	}
}

// TestFolderCopied: a stream's folder set aside inside landing is no second
// stream; that would count everything twice.
func TestFolderCopied(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	w := open(t, s, issues, Limits{})
	land(t, w, page(1, record("1", "")))
	if err := os.CopyFS(w.dir+".bak", os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Manifests(); err == nil || !strings.Contains(err.Error(), "not to its folder") {
		t.Errorf("the copy: %v", err)
	}
}

// TestManifestOrder: sources, then streams, then sequence, also past a million.
func TestManifestOrder(t *testing.T) {
	t.Parallel()
	if a, b := manifestName(999_999), manifestName(1_000_000); a != "999999.json" || b != "1000000.json" || !manifestFile.MatchString(b) {
		t.Errorf("%s, %s", a, b)
	}
	s, _ := newStore(t)
	for _, name := range []string{"zeta", "alpha"} {
		w, err := s.Writer(name, "jira", issues, "r", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 11 {
			land(t, w, page(n, record("1", "")))
		}
	}
	var got []string
	for _, m := range manifests(t, s) {
		got = append(got, m.Source+manifestName(m.Seq))
	}
	if len(got) != 22 || !slices.IsSorted(got) {
		t.Errorf("%v", got)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, m *Manifest)
		want   string
		bytes  bool // VerifyBytes sees it too
	}{
		{"missing", func(t *testing.T, m *Manifest) {
			if err := os.Remove(m.Path()); err != nil {
				t.Fatal(err)
			}
		}, "it is missing", true},
		{"truncated", func(t *testing.T, m *Manifest) {
			if err := os.Truncate(m.Path(), m.Bytes-1); err != nil {
				t.Fatal(err)
			}
		}, "bytes, the manifest says", true},
		{"longer", func(t *testing.T, m *Manifest) {
			b, err := os.ReadFile(m.Path())
			if err != nil {
				t.Fatal(err)
			}
			write(t, m.Path(), string(b)+"x")
		}, "bytes, the manifest says", true},
		{"empty", func(t *testing.T, m *Manifest) { write(t, m.Path(), "") }, "it has 0 bytes", true},
		{"flipped byte", func(t *testing.T, m *Manifest) { flip(t, m.Path(), m.Bytes/2) }, "its sha256 is", true},
		{"row count", func(_ *testing.T, m *Manifest) { m.Rows++ }, "it holds 2 rows, the manifest says 3", false},
		{"garbage", func(t *testing.T, m *Manifest) { forge(t, m, "PAR1 this is no Parquet file at all PAR1") }, "not readable as Parquet", false},
		{"empty with its sha256", func(t *testing.T, m *Manifest) { forge(t, m, "") }, "not readable as Parquet", false},
		{"a folder", func(t *testing.T, m *Manifest) {
			if err := errors.Join(os.Remove(m.Path()), os.Mkdir(m.Path(), 0o755)); err != nil {
				t.Fatal(err)
			}
		}, "is a directory", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := newStore(t)
			land(t, open(t, s, issues, Limits{}), page(1, record("1", "one"), record("2", "two")))
			m := manifests(t, s)[0]
			if err := errors.Join(m.Verify(), m.VerifyBytes()); err != nil {
				t.Fatal(err)
			}
			c.damage(t, m)
			for _, err := range []error{m.Verify(), m.VerifyBytes()} {
				if err == nil {
					if c.bytes {
						t.Error("nobody noticed")
					}
					c.bytes = true // only once, for VerifyBytes
					continue
				}
				if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), m.Path()) {
					t.Errorf("%v\nwant %q and the file's name", err, c.want)
				}
			}
		})
	}
}

func flip(t testing.TB, path string, at int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 0x10
	write(t, path, string(b))
}

// forge replaces the file by text and lets the manifest agree with its bytes.
func forge(t testing.TB, m *Manifest, text string) {
	t.Helper()
	write(t, m.Path(), text)
	m.Bytes, m.SHA256 = int64(len(text)), sum(text)
}

// TestGarbageNeverPanics damages a Parquet file in many places, its sha256
// made to fit, so that only Arrow's reader stands between it and us.
func TestGarbageNeverPanics(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	land(t, open(t, s, issues, Limits{}), page(1, record("1", "one"), record("2", "two")))
	m := manifests(t, s)[0]
	b, err := os.ReadFile(m.Path())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	refused := 0
	for range 3000 {
		broken := slices.Clone(b)
		// The footer is where it hurts: its second half at least.
		for range 1 + rng.IntN(4) {
			broken[len(b)/2+rng.IntN(len(b)-len(b)/2)] = byte(rng.Uint32())
		}
		if rng.IntN(4) == 0 {
			broken = broken[:rng.IntN(len(broken))]
		}
		forge(t, m, string(broken))
		if m.Verify() != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("every damaged file passed")
	}
	t.Logf("%d of 3000 damaged files refused by their structure alone", refused)
}

// FuzzManifest: whatever bytes a manifest has, reading it gives an error or a
// manifest that keeps to its own rules.
func FuzzManifest(f *testing.F) {
	s, _ := newStore(f)
	w := open(f, s, issues, Limits{})
	land(f, w, page(1, record("1", "")))
	good, err := os.ReadFile(filepath.Join(w.dir, "000001.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, text := range []string{
		"", "null", "{}", "[]", `{"format":1}`, `{"format":1,"seq":1,"source":"oss","stream":"issues@acme/engine","rows":0}`,
		`{"format":1,"seq":1,"source":"oss","stream":"issues@acme/engine","rows":1,"file":"..","sha256":"é"}`,
		`{"format":1,"seq":1,"source":"oss","stream":"issues@acme/engine","cursor_after":{"v":1},"created_at":"yesterday"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := filepath.Join(t.TempDir(), "oss", "issues@acme%2Fengine")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "000001.json"), string(b))
		ms, err := readStream(dir)
		if err != nil {
			if !strings.Contains(err.Error(), "000001.json") {
				t.Errorf("the error names no file: %v", err)
			}
			return
		}
		m := ms[0]
		if m.Seq != 1 || m.Format != 1 || m.Rows < 0 || (m.Path() == "") != (m.Rows == 0) {
			t.Errorf("accepted %+v", m)
		}
		if m.Path() != "" && (filepath.Dir(m.Path()) != dir || !strings.HasPrefix(m.File, "000001-")) {
			t.Errorf("it reaches to %s", m.Path())
		}
		if err := m.Verify(); m.File != "" && err == nil {
			t.Error("a file that is not there was verified")
		}
		if _, err := json.Marshal(m); err != nil && m.CreatedAt.Year() < 10000 {
			t.Error(err)
		}
	})
}

// TestNoGRPC: Arrow's own Parquet-from-Arrow package would link gRPC, which
// nothing here needs; the column writers do without.
func TestNoGRPC(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.Lines(string(out)) {
		if strings.HasPrefix(dep, "google.golang.org/grpc") {
			t.Errorf("landing depends on %s: use parquet/file and not parquet/pqarrow", strings.TrimSpace(dep))
		}
	}
	if !strings.Contains(string(out), "github.com/apache/arrow/go/v16/parquet/file") {
		t.Error("go list did not list the dependencies")
	}
}

// TestStoreOfNothing: a landing that is not there is empty.
func TestStoreOfNothing(t *testing.T) {
	t.Parallel()
	s := Open(filepath.Join(t.TempDir(), "none"), time.Now)
	if ms, err := s.Manifests(); len(ms) != 0 || err != nil {
		t.Errorf("%v, %v", ms, err)
	}
}
