package grafana

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the files anew")

// TestFiles: what Grafana reads is what the code writes, and nothing else lies
// beside it.
func TestFiles(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code writes (%v): run go generate ./dashboards/grafana", name, err)
		}
	}
	found, err := filepath.Glob("dashboards/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if _, ours := files[filepath.ToSlash(name)]; !ours {
			t.Errorf("%s is no dashboard of this package", name)
		}
	}
}
