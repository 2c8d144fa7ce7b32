package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// person is somebody who writes: an agent, a customer, a member of the
// community or a machine.
type person struct {
	n         int
	name      string
	login     string // GitHub login and Jira Server name
	accountID string
	email     string
	shown     bool // whether Jira Cloud shows the e-mail address
	lang      string
	role      role
	team      string
	org       *organisation
	assoc     string // GitHub author_association
}

type role int

const (
	community role = iota
	customer
	agent
	bot
)

// organisation is a paying customer.
type organisation struct {
	id   int
	name string
	tier string
}

type people struct {
	all       []*person
	agents    []*person
	customers crowd
	community crowd
	ack       *person // acknowledges at once
	build     *person // reports builds
}

// crowd draws people by a power law: a few write most.
type crowd struct {
	list []*person
	cum  []float64
}

func (c *crowd) add(p *person) {
	total := 0.0
	if n := len(c.cum); n > 0 {
		total = c.cum[n-1]
	}
	c.list = append(c.list, p)
	c.cum = append(c.cum, total+1/math.Pow(float64(len(c.list)), 0.85))
}

func (c *crowd) draw(r *rand.Rand) *person { return c.list[pickCum(r, c.cum)] }

// other draws somebody who is not p.
func (c *crowd) other(r *rand.Rand, p *person) *person {
	for {
		if q := c.draw(r); q != p {
			return q
		}
	}
}

func pickCum(r *rand.Rand, cum []float64) int {
	x := r.Float64() * cum[len(cum)-1]
	lo, hi := 0, len(cum)-1
	for lo < hi {
		if m := (lo + hi) / 2; cum[m] > x {
			hi = m
		} else {
			lo = m + 1
		}
	}
	return lo
}

var (
	firstNames = map[string][]string{
		"en": {"Alice", "Brian", "Carol", "Daniel", "Emma", "Frank", "Grace", "Henry", "Isla", "Jack", "Kate", "Liam", "Maya", "Noah", "Olivia", "Peter", "Ruth", "Sam", "Tessa", "Victor", "Wendy", "Priya", "Arjun", "Olu"},
		"de": {"Anna", "Bernd", "Claudia", "Dirk", "Eva", "Florian", "Greta", "Jürgen", "Katrin", "Lukas"},
		"fr": {"Amélie", "Benoît", "Camille", "Damien", "Élodie", "François", "Hélène", "Julien"},
		"es": {"Álvaro", "Beatriz", "Carlos", "Diego", "Elena", "Íñigo", "Lucía", "Marta"},
		"zh": {"伟", "芳", "娜", "敏", "静", "磊", "洋", "艳"},
		"ja": {"健太", "美咲", "大輔", "陽子", "翔", "直樹"},
	}
	lastNames = map[string][]string{
		"en": {"Baker", "Carter", "Doyle", "Ellis", "Foster", "Graham", "Hughes", "Irwin", "Jones", "Kapoor", "Lewis", "Mason", "Nolan", "Okafor", "Patel", "Quinn", "Reed", "Stone", "Turner", "Walsh"},
		"de": {"Bauer", "Fischer", "Krüger", "Lehmann", "Müller", "Schäfer", "Vogel", "Weiß"},
		"fr": {"Bernard", "Dubois", "Garnier", "Lefèvre", "Moreau", "Petit", "Rousseau"},
		"es": {"Castro", "Domínguez", "García", "Muñoz", "Ortega", "Ruiz"},
		"zh": {"王", "李", "张", "刘", "陈", "杨"},
		"ja": {"佐藤", "鈴木", "高橋", "田中", "渡辺"},
	}
	roman    = map[string][]string{"zh": {"wei", "fang", "lei", "min", "jing", "yang"}, "ja": {"kenta", "misaki", "daisuke", "yoko", "naoki"}}
	orgWords = []string{"Northwind", "Bluewater", "Helios", "Granite", "Redwood", "Sable", "Polar", "Cobalt", "Harbor", "Juniper", "Larch", "Meridian", "Orchid", "Pinnacle", "Summit", "Tundra"}
	orgKinds = []string{"Bank", "Logistics", "Health", "Retail", "Energy", "Insurance", "Media", "Telecom"}
	teams    = []string{"Front line", "Database", "Cloud", "Connectors"}
	plain    = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ê", "e", "É", "E", "î", "i", "ç", "c", "Á", "A", "á", "a", "í", "i", "Í", "I", "ñ", "n", " ", ".")
)

// invent makes the people: 25 agents, some 600 others in 60 organisations and
// a community, and two machines.
func invent(seed uint64) *people {
	r := rand.New(rand.NewPCG(seed, 0x9e09))
	ps := &people{}
	var orgs []*organisation
	for i := range 60 {
		orgs = append(orgs, &organisation{
			id: i + 1, name: orgWords[i%len(orgWords)] + " " + orgKinds[(i*5+i/16)%len(orgKinds)],
			tier: pick(r, []string{"Gold", "Silver", "Silver", "Bronze", "Bronze", "Bronze"}),
		})
	}
	taken := map[string]bool{}
	add := func(role role, lang string) *person {
		p := &person{n: len(ps.all), role: role, lang: lang}
		f, l := pick(r, firstNames[lang]), pick(r, lastNames[lang])
		p.name = f + " " + l
		base := strings.ToLower(plain.Replace(f) + "." + plain.Replace(l))
		if rs := roman[lang]; rs != nil {
			p.name = l + f
			base = pick(r, rs) + "." + pick(r, rs)
		}
		p.login = strings.ReplaceAll(base, ".", "-")
		for i := 2; taken[p.login]; i++ {
			p.login = fmt.Sprintf("%s%d", strings.ReplaceAll(base, ".", "-"), i)
		}
		taken[p.login] = true
		p.accountID = fmt.Sprintf("712020:%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&0xffffffffffff)
		p.assoc, p.shown = "NONE", true
		ps.all = append(ps.all, p)
		return p
	}
	for i := range 25 {
		p := add(agent, pick(r, []string{"en", "en", "en", "de", "fr", "es", "ja"}))
		p.email, p.team = strings.ReplaceAll(p.login, "-", ".")+"@acme.example", teams[i%len(teams)]
		p.assoc = "MEMBER"
		ps.agents = append(ps.agents, p)
	}
	langs := []string{"en", "en", "en", "en", "en", "en", "en", "de", "de", "fr", "es", "zh", "ja"}
	for range 260 {
		p := add(customer, pick(r, langs))
		p.org = orgs[int(math.Floor(math.Pow(r.Float64(), 2)*float64(len(orgs))))]
		p.email = strings.ReplaceAll(p.login, "-", ".") + "@" + strings.ToLower(strings.ReplaceAll(p.org.name, " ", "-")) + ".example.com"
		p.shown = r.Float64() < 0.6
		p.accountID = "qm:" + p.accountID[7:]
		ps.customers.add(p)
	}
	for range 340 {
		p := add(community, pick(r, langs))
		if r.Float64() < 0.12 {
			p.assoc = "CONTRIBUTOR"
		}
		ps.community.add(p)
	}
	ps.ack = add(bot, "en")
	ps.ack.name, ps.ack.login, ps.ack.assoc, ps.ack.email = "acme-bot[bot]", "acme-bot[bot]", "NONE", "acme-bot@acme.example"
	ps.build = add(bot, "en")
	ps.build.name, ps.build.login, ps.build.assoc, ps.build.email = "jenkins", "jenkins", "CONTRIBUTOR", "jenkins@ci.example.com"
	ps.ack.accountID, ps.build.accountID = "557058:acme-bot", "557058:jenkins"
	return ps
}

// teamFor gives an agent of the team that looks after a product.
func (ps *people) teamFor(r *rand.Rand, product string) *person {
	want := map[string]string{"engine": "Database", "operator": "Cloud", "connect": "Connectors"}[product]
	for range 40 {
		// The first agents of the list do more than the last.
		p := ps.agents[int(math.Pow(r.Float64(), 1.4)*float64(len(ps.agents)))]
		if p.team == want || r.Float64() < 0.35 {
			return p
		}
	}
	return ps.agents[0]
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
