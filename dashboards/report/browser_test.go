package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// findBrowser is the path of a Chromium, or the test is skipped.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("NOT TESTED in a browser: there is no chromium or google-chrome on PATH")
	return ""
}

// TestBrowser opens the page in a real browser: no errors, no requests, every
// chart drawn, and nothing wider than the window.
func TestBrowser(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, write(t, fixture(), English, (*Report).HTML), 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var complaints []string
	listen := chromedp.WithListener(func(event any) {
		if c := complaint(event); c != "" {
			mu.Lock()
			defer mu.Unlock()
			complaints = append(complaints, c)
		}
	})
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(findBrowser(t)), chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx, listen)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, width := range []int64{1280, 390} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+path)); err != nil {
			t.Fatal(err)
		}
		drawn, err := chromedp.Run(ctx, chromedp.Evaluate[int](drawnCharts))
		if err != nil {
			t.Fatal(err)
		}
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
		if err != nil {
			t.Fatal(err)
		}
		if drawn != 5 || wide > 0 {
			t.Errorf("at %d pixels %d charts are drawn, want 5; the page is %d pixels too wide", width, drawn, wide)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, c := range complaints {
		t.Error(c)
	}
}

// drawnCharts counts the charts that take up room and have marks that do.
const drawnCharts = `[...document.querySelectorAll('figure svg')].filter(s => {
	const marks = [...s.querySelectorAll('path,rect,circle')].filter(m => { const b = m.getBBox(); return b.width > 0 || b.height > 0 });
	return s.getBoundingClientRect().height > 60 && marks.length > 3 }).length`

// complaint is what is wrong with an event of the browser, if anything.
func complaint(event any) string {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		return "console: " + string(e.Type)
	case *runtime.EventExceptionThrown:
		return "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		return "log: " + e.Entry.Text
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "file:") {
			return "request: " + e.Request.URL
		}
	}
	return ""
}
