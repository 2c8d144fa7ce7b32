package grafana

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func uids() map[string]bool {
	all := map[string]bool{}
	for _, b := range boards() {
		all[b.uid] = true
	}
	return all
}

func TestBoards(t *testing.T) {
	if n := len(uids()); n != 7 || len(boards()) != n {
		t.Errorf("%d uids, %d dashboards, want 7 of each", n, len(boards()))
	}
	for _, b := range boards() {
		if b.title == "" || b.description == "" || !strings.HasPrefix(b.uid, "ticketmill-") {
			t.Errorf("%s: title %q, description %q", b.uid, b.title, b.description)
		}
		if first := b.sections[0].panels[0]; *first.Title != "Freshness and quality" {
			t.Errorf("%s begins with %q and not with the banner", b.uid, *first.Title)
		}
	}
}

// TestLayout: ids are unique, nothing overlaps or is too narrow to be read at
// 1280 pixels, and the grid has no holes at the left.
func TestLayout(t *testing.T) {
	for _, b := range boards() {
		ids, cells := map[uint32]bool{}, map[[2]uint32]string{}
		for _, item := range b.layout() {
			id, title, pos := place(item)
			if id == 0 || ids[id] {
				t.Errorf("%s: %q has the id %d again", b.uid, title, id)
			}
			ids[id] = true
			if pos.W < 4 || pos.X+pos.W > 24 || pos.H == 0 {
				t.Errorf("%s: %q lies at %+v", b.uid, title, pos)
			}
			for x := pos.X; x < pos.X+pos.W; x++ {
				for y := pos.Y; y < pos.Y+pos.H; y++ {
					if other, taken := cells[[2]uint32{x, y}]; taken {
						t.Fatalf("%s: %q lies over %q", b.uid, title, other)
					}
					cells[[2]uint32{x, y}] = title
				}
			}
		}
	}
}

func place(item dashboard.PanelOrRowPanel) (uint32, string, dashboard.GridPos) {
	if item.RowPanel != nil {
		return item.RowPanel.Id, *item.RowPanel.Title, *item.RowPanel.GridPos
	}
	return *item.Panel.Id, *item.Panel.Title, *item.Panel.GridPos
}

func TestPanels(t *testing.T) {
	for _, b := range boards() {
		titles := map[string]bool{}
		for _, s := range b.sections {
			for _, p := range s.panels {
				d := p.FieldConfig.Defaults
				if titles[*p.Title] {
					t.Errorf("%s has two panels %q", b.uid, *p.Title)
				}
				titles[*p.Title] = true
				if len(*p.Description) < 40 {
					t.Errorf("%s: %q has the description %q", b.uid, *p.Title, *p.Description)
				}
				if d.Unit == nil || *d.Unit == "" || d.NoValue == nil || *d.NoValue == "" {
					t.Errorf("%s: %q has no unit or says nothing when it is empty", b.uid, *p.Title)
				}
				if *p.Datasource.Uid != datasourceUID || len(p.targets()) != 1 {
					t.Errorf("%s: %q asks %s, with %d targets", b.uid, *p.Title, *p.Datasource.Uid, len(p.targets()))
				}
			}
		}
	}
}

// TestLinks: links lead to dashboards that there are, set variables that they
// have, and name columns that the row has.
func TestLinks(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, v := range Variables() {
		has[v.Dashboard+" "+v.Name] = true
	}
	link := regexp.MustCompile(`/d/([a-z-]+)(?:\?var-(\w+)=)?`)
	for name, text := range files {
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if !uids()[m[1]] {
				t.Errorf("%s: a link leads to %s", name, m[1])
			} else if m[2] != "" && !has[m[1]+" "+m[2]] {
				t.Errorf("%s: a link sets %s, which %s has not", name, m[2], m[1])
			}
		}
	}
	field := regexp.MustCompile(`__data\.fields\.(\w+)`)
	for _, b := range boards() {
		for _, s := range b.sections {
			for _, p := range s.panels {
				checkFields(t, b, p, field)
			}
		}
	}
}

func checkFields(t *testing.T, b *board, p *panel, field *regexp.Regexp) {
	t.Helper()
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			links, _ := property.Value.([]map[string]any)
			for _, l := range links {
				url, _ := l["url"].(string)
				for _, m := range field.FindAllStringSubmatch(url, -1) {
					if !slices.ContainsFunc(p.columns, func(c Column) bool { return c.Name == m[1] }) {
						t.Errorf("%s: a link of %q needs the column %s", b.uid, *p.Title, m[1])
					}
				}
			}
		}
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if seen[r.uid] || len(r.uid) > 40 {
			t.Errorf("uid %s is used twice or is longer than Grafana allows", r.uid)
		}
		seen[r.uid] = true
		if panelID(r.board, r.panel) == 0 {
			t.Errorf("%s: %s has no panel %q", r.uid, r.board, r.panel)
		}
	}
}

// TestDeleted: no figure counts deleted tickets, which only marts.ticket has; a
// ticket that another table leads to is none of them.
func TestDeleted(t *testing.T) {
	for _, q := range Queries() {
		counted := strings.Count(q.SQL, "FROM marts.ticket\n")
		if left := strings.Count(q.SQL, "NOT is_deleted"); left < counted {
			t.Errorf("%s: %s counts tickets %d times and leaves out deleted ones %d times:\n%s", q.Dashboard, q.Panel, counted, left, q.SQL)
		}
	}
}
