package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ticketmill/ticketmill/ingest/kafka/kafkatest"
	"github.com/ticketmill/ticketmill/ingest/simulate"
)

// streamWorld is a world whose history also comes through a topic.
type streamWorld struct {
	*world
	broker *kafkatest.Broker
	topic  string
}

const kafkaSource = `  - name: events
    kind: kafka
    brokers: [%s]
    topics: [%s]
    support_model: hybrid
%s`

// newStreamWorld makes a world with a topic; alone leaves the poll out. More is
// further configuration of the Kafka source, a line each.
func newStreamWorld(t *testing.T, alone bool, more string) *streamWorld {
	t.Helper()
	w := &streamWorld{world: newWorld(t, worldOptions{}), broker: kafkatest.Start(t, kafkatest.Options{})}
	w.topic = w.broker.Topic(t)
	w.broker.CreateTopic(t, w.topic, 4, nil)
	w.configure(t, alone, more)
	return w
}

func (w *streamWorld) configure(t *testing.T, alone bool, more string) {
	t.Helper()
	text := fmt.Sprintf(worldConfig, w.web.URL, w.web.URL)
	events := fmt.Sprintf(kafkaSource, w.broker.Addrs()[0], w.topic, more)
	if alone {
		head, _, _ := strings.Cut(text, "  - name: helpdesk")
		_, tail, _ := strings.Cut(text, "actors:")
		text = head + events + "actors:" + tail
	} else {
		text = strings.Replace(text, "actors:", events+"actors:", 1)
	}
	w.writeConfig(text)
}

func (w *streamWorld) produce(t *testing.T, msgs []simulate.Message) {
	t.Helper()
	for part := range slices.Chunk(msgs, 500) {
		var out []kafkatest.Message
		for _, m := range part {
			k := kafkatest.Message{Key: []byte(m.Key), Value: m.Value, Time: m.At}
			for name, value := range m.Headers {
				k.Headers = append(k.Headers, kafkatest.Header{Key: name, Value: []byte(value)})
			}
			out = append(out, k)
		}
		w.broker.Produce(t, w.topic, kafkatest.ByKey, out...)
	}
}

// tickets are the published tickets by key, without what names the source.
func tickets(t *testing.T, w *world) map[string][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(must(t, w.call(t, "export", "ticket")).stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := rows[0]
	out := map[string][]string{}
	for _, r := range rows[1:] {
		var key string
		var kept []string
		for i, name := range head {
			switch name {
			case "ticket_key":
				key = r[i]
			case "ticket_id", "source", "support_model", "url":
			default:
				kept = append(kept, name+"="+r[i])
			}
		}
		out[key] = kept
	}
	return out
}

func sameTickets(t *testing.T, got, want map[string][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d tickets, want %d", len(got), len(want))
	}
	bad := 0
	for key, w := range want {
		g := got[key]
		if slices.Equal(g, w) {
			continue
		}
		if bad++; bad > 5 {
			continue
		}
		t.Errorf("%s is missing or differs:", key)
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Errorf("  %s, want %s", g[i], w[i])
			}
		}
	}
	if bad > 5 {
		t.Errorf("… %d tickets differ", bad)
	}
}

// wild is how a relay behaves at its worst, short of losing anything.
func wild(w *world) simulate.StreamOptions {
	return simulate.StreamOptions{Seed: 3, Until: w.until, Duplicates: 0.05, Poison: 0.01, Shuffle: true}
}

// TestKafkaWebhooksAlone: the webhooks of the whole history, shuffled, some
// twice, poison between, give the tickets that the poll gives.
func TestKafkaWebhooksAlone(t *testing.T) {
	t.Parallel()
	polled := newWorld(t, worldOptions{})
	polled.run(t)
	w := newStreamWorld(t, true, "")
	w.produce(t, small().Webhooks(wild(w.world)))
	w.run(t)
	sameTickets(t, tickets(t, w.world), tickets(t, polled))
	if rows := w.query(t, "SELECT sum(unexplained)::BIGINT, sum(rejected)::BIGINT > 0 FROM ops.completeness"); rows[0][0] != int64(0) || rows[0][1] != true {
		t.Errorf("unexplained, poison counted: %v", rows[0])
	}
	noStrays(t, w.world)
}

// TestKafkaFillsHoles: a feed with holes beside the poll changes nothing and
// its holes are counted; what feeds tell besides reaches the tickets.
func TestKafkaFillsHoles(t *testing.T) {
	t.Parallel()
	w := newStreamWorld(t, false, "")
	o := wild(w.world)
	o.Holes = 0.1
	w.produce(t, small().Webhooks(o))
	w.run(t)
	sameExports(t, w.exports(t), reference(t))
	if rows := w.query(t, "SELECT sum(filled_holes)::BIGINT > 0, sum(unexplained)::BIGINT FROM ops.completeness"); rows[0][0] != true || rows[0][1] != int64(0) {
		t.Errorf("holes counted, unexplained: %v", rows[0])
	}

	w.produce(t, small().Feed(o))
	w.run(t)
	truth := small().FeedTruth(o)
	got := map[string]string{}
	for _, r := range w.query(t, `SELECT source || ':' || ticket_key, concat_ws(' ', customer_id, customer_tier, channel, satisfaction_score::INTEGER)
		FROM marts.ticket WHERE customer_id IS NOT NULL`) {
		got[r[0].(string)] = r[1].(string)
	}
	for key, c := range truth.Customers {
		if c.ID == "" {
			continue
		}
		want := strings.TrimSpace(strings.Join([]string{c.ID, c.Tier, c.Channel}, " "))
		if c.Satisfaction > 0 {
			want += fmt.Sprintf(" %d", c.Satisfaction)
		}
		if got[key] != want {
			t.Errorf("%s is told as %q, want %q", key, got[key], want)
		}
	}
	for _, tt := range truth.Tickets {
		rows := w.query(t, fmt.Sprintf(`SELECT title_redacted <> '', created_at, resolved_at, reopen_count, comment_count, agent_reply_count
			FROM marts.ticket WHERE ticket_id = '%s:%s'`, tt.Project, tt.Key))
		if len(rows) != 1 {
			t.Errorf("%s:%s: %d tickets", tt.Project, tt.Key, len(rows))
			continue
		}
		resolved, _ := rows[0][2].(time.Time)
		if r := rows[0]; r[0] != true || !r[1].(time.Time).Equal(tt.CreatedAt) || !resolved.Equal(tt.ResolvedAt.Truncate(time.Millisecond)) ||
			r[3] != int64(tt.ReopenCount) || r[4] != int64(tt.CommentCount) || r[5] != int64(tt.AgentReplies) {
			t.Errorf("%s:%s: %v, want %+v", tt.Project, tt.Key, r, tt)
		}
	}
}

// TestKafkaFollow: a follower lands while others build, is killed, comes back,
// drains on the first signal, and the tickets are those of one quiet read.
func TestKafkaFollow(t *testing.T) {
	t.Parallel()
	polled := newWorld(t, worldOptions{})
	polled.run(t)
	w := newStreamWorld(t, true, "    land: {every: 1s}\n")
	msgs := small().Webhooks(wild(w.world))
	n := 6
	for i := range n {
		follower := w.child(t, "ingest", "events", "--follow", "--quiet")
		w.produce(t, msgs[i*len(msgs)/n:(i+1)*len(msgs)/n])
		waitFor(t, func() bool { return len(w.landedFiles(t)) > i })
		if r := w.call(t, "ingest", "--quiet"); r.status != exitDone {
			t.Errorf("beside a follower ingest ends with %d: %s", r.status, r.stderr)
		}
		if i < n-1 {
			_ = follower.Process.Kill()
			_ = follower.Wait()
			continue
		}
		if err := follower.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := follower.Wait(); err != nil {
			t.Errorf("a drained follower ends with %v", err)
		}
	}
	w.run(t)
	sameTickets(t, tickets(t, w.world), tickets(t, polled))
	must(t, w.call(t, "check", "--landing"))
	if rows := w.query(t, "SELECT sum(unexplained)::BIGINT FROM ops.completeness"); rows[0][0] != int64(0) {
		t.Errorf("%v records unexplained", rows[0][0])
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for range 1200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("what was waited for did not come within a minute")
}

// TestKafkaReplayQuarantine: messages that a wrong configuration could not read
// come in after it has been corrected, and only once.
func TestKafkaReplayQuarantine(t *testing.T) {
	t.Parallel()
	polled := newWorld(t, worldOptions{})
	polled.run(t)
	w := newStreamWorld(t, true, "    format: github-webhook\n")
	w.produce(t, small().Webhooks(simulate.StreamOptions{Seed: 3, Until: w.until, Poison: 0.01}))
	must(t, w.call(t, "ingest", "--quiet"))
	w.configure(t, true, "    format: auto\n")
	first := must(t, w.call(t, "ingest", "--replay-quarantine", "--quiet"))
	var read, left int
	if _, err := fmt.Sscanf(first.stdout, "%d messages of the quarantine could be read now and have landed, %d still cannot", &read, &left); err != nil || read == 0 || left == 0 {
		t.Fatalf("it says %q (%v)", first.stdout, err)
	}
	again := must(t, w.call(t, "ingest", "--replay-quarantine", "--quiet"))
	if want := fmt.Sprintf("0 messages of the quarantine could be read now and have landed, %d still cannot\n", left); again.stdout != want {
		t.Errorf("the second time it says %q, want %q", again.stdout, want)
	}
	w.run(t)
	sameTickets(t, tickets(t, w.world), tickets(t, polled))
	rows := w.query(t, "SELECT sum(rejected)::BIGINT, sum(superseded)::BIGINT, sum(unexplained)::BIGINT FROM ops.completeness WHERE stream LIKE 'quarantine@%'")
	if rows[0][0] != int64(left) || rows[0][1] != int64(read) || rows[0][2] != int64(0) {
		t.Errorf("quarantine: rejected, superseded, unexplained = %v, want %d, %d, 0", rows[0], left, read)
	}
}

// TestKafkaShards: processes that share a topic fill one home, and one build
// reads them all.
func TestKafkaShards(t *testing.T) {
	t.Parallel()
	whole := newStreamWorld(t, true, "")
	msgs := small().Webhooks(simulate.StreamOptions{Seed: 3, Until: whole.until})
	whole.produce(t, msgs)
	whole.run(t)

	w := newStreamWorld(t, true, "")
	w.produce(t, msgs)
	var configs []string
	for shard := 1; shard <= 3; shard++ {
		w.configure(t, true, fmt.Sprintf("    shard: %d/3\n", shard))
		path := fmt.Sprintf("%s.%d", w.config, shard)
		if err := os.Rename(w.config, path); err != nil {
			t.Fatal(err)
		}
		configs = append(configs, path)
	}
	results := make(chan result, len(configs))
	for _, path := range configs {
		go func() { results <- call(t, w.env, "--config", path, "ingest", "--quiet") }()
	}
	for range configs {
		must(t, <-results)
	}
	w.configure(t, true, "")
	must(t, w.call(t, "build", "--quiet", w.asOf()))
	if got, want := w.exports(t)["ticket"], whole.exports(t)["ticket"]; got != want {
		t.Error("three shards do not give what one process gives")
	}
}
