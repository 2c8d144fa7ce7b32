package warehouse_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// TestHundredsOfSwaps: a year of nightly snapshots, each read and replaced, leaves
// no open file, no goroutine and no memory behind.
func TestHundredsOfSwaps(t *testing.T) {
	swaps := 200
	if testing.Short() {
		swaps = 30
	}
	dir := t.TempDir()
	publishServed(t, dir, 1, 5_000)
	first := filepath.Join(dir, "kept")
	if err := os.Link(filepath.Join(dir, warehouse.Generation(1)), first); err != nil {
		t.Fatal(err)
	}
	s := serve(t, dir, func(o *warehouse.ServerOptions) { o.Poll = time.Millisecond })
	go s.Follow(t.Context())
	swap := func(generation int) {
		name := warehouse.Generation(generation)
		copyFile(t, first, filepath.Join(dir, name))
		current := filepath.Join(dir, "CURRENT")
		if err := os.WriteFile(current+".tmp", []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(current+".tmp", current); err != nil {
			t.Fatal(err)
		}
		for open := ""; open != name; open, _ = s.Generation() {
			time.Sleep(time.Millisecond)
		}
		if err := warehouse.Prune(dir, 1); err != nil {
			t.Fatal(err)
		}
		query := request(t, fmt.Sprintf("SELECT count(*) + %d FROM marts.thing WHERE name <> ''", generation))
		if got, err := all(s, t, query); err != nil || len(got) != 1 || !strings.Contains(got[0], fmt.Sprint(5_000+generation)) {
			t.Fatalf("generation %d answers %v (%v)", generation, got, err)
		}
	}
	const warm = 20 // the allocator settles
	generation := 1
	for range warm {
		generation++
		swap(generation)
	}
	files, routines, memory := resources(t)
	for range swaps {
		generation++
		swap(generation)
	}
	filesNow, routinesNow, memoryNow := resources(t)
	t.Logf("%d swaps: %d → %d files, %d → %d goroutines, %d → %d MiB", swaps, files, filesNow, routines, routinesNow, memory>>20, memoryNow>>20)
	if filesNow > files+3 || routinesNow > routines+3 || memoryNow > memory+memory/2+64<<20 {
		t.Errorf("after %d swaps %d files are open, %d were; %d goroutines, %d were; %d MiB, %d were",
			swaps, filesNow, files, routinesNow, routines, memoryNow>>20, memory>>20)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// resources are what this process holds, its garbage collected.
func resources(t *testing.T) (files, routines, memory int) {
	t.Helper()
	runtime.GC()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &memory); err != nil {
		t.Fatal(err)
	}
	return len(fds), runtime.NumGoroutine(), memory << 10
}
