package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// shared is the real broker of this test binary. It is package state because
// it takes seconds to start, and nothing but the process outlives a test.
var shared struct {
	once sync.Once
	p    *process
	err  error
}

func sharedProcess(t testing.TB, jars string) *process {
	t.Helper()
	shared.once.Do(func() { shared.p, shared.err = newProcess(jars) })
	if shared.err != nil {
		t.Fatalf("kafkatest: start Apache Kafka: %v", shared.err)
	}
	return shared.p
}

// process is an Apache Kafka in a temporary folder.
type process struct {
	jars  string
	dir   string
	ports map[string]int // by listener
	cert  *certificate
	names atomic.Int64
	// leash is held open by this process alone: when that ends, however it
	// does, the leash tears and the reaper ends the broker and removes the
	// folder.
	leash io.WriteCloser

	mu  sync.Mutex
	cmd *exec.Cmd // nil when down
	end chan struct{}
}

// reaper waits for the leash to tear.
const reaper = `cat >/dev/null; [ ! -s "$1/pid" ] || kill -KILL "$(cat "$1/pid")"; rm -rf "$1"`

func newProcess(jars string) (*process, error) {
	if found, _ := filepath.Glob(filepath.Join(jars, "kafka_2.13-*.jar")); len(found) == 0 {
		return nil, fmt.Errorf("%s names a folder without Kafka's jars: %s", EnvJars, jars)
	}
	p := &process{jars: jars}
	var err error
	if p.dir, err = os.MkdirTemp("", "kafkatest-"); err != nil {
		return nil, err
	}
	watch := exec.CommandContext(context.Background(), "sh", "-c", reaper, "reaper", p.dir)
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for the reaper
	if p.leash, err = watch.StdinPipe(); err == nil {
		err = watch.Start()
	}
	if err != nil {
		return nil, err
	}
	if p.ports, err = freePorts(listeners...); err != nil {
		return nil, err
	}
	if p.cert, err = makeCertificate(); err != nil {
		return nil, err
	}
	if err := p.configure(); err != nil {
		return nil, err
	}
	if err := p.format(); err != nil {
		return nil, err
	}
	return p, p.start()
}

func (p *process) file(name string) string { return filepath.Join(p.dir, name) }

// java is a command of Kafka's. Its heap is small and its compiler quick
// rather than good: tests end before a better one pays. It outlives the test
// that starts it.
func (p *process) java(args ...string) *exec.Cmd {
	args = append([]string{
		"-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dlog4j2.configurationFile=" + p.file("log4j2.properties"), "-cp", filepath.Join(p.jars, "*"),
	}, args...)
	cmd := exec.CommandContext(context.Background(), "java", args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // ends by the reaper, not by Ctrl-C
	return cmd
}

// format prepares the log folder, with the users for SCRAM in it.
func (p *process) format() error {
	args := []string{"kafka.tools.StorageTool", "format", "--cluster-id", "4L6g3nShT-eMCtK--X86sw", "--config", p.file("server.properties")}
	for _, m := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", m, User, Password))
	}
	if out, err := p.java(args...).CombinedOutput(); err != nil {
		return fmt.Errorf("format storage: %w\n%s", err, out)
	}
	return nil
}

// start starts the broker and waits until it answers.
func (p *process) start() error {
	log, err := os.OpenFile(p.file("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := p.java("kafka.Kafka", p.file("server.properties"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	end := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in the log
		close(end)
	}()
	p.cmd, p.end = cmd, end
	if err := os.WriteFile(p.file("pid"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		return err
	}
	if err := p.awaitAnswer(end); err != nil {
		return fmt.Errorf("%w; its log ends with\n%s", err, p.tail())
	}
	return nil
}

func (p *process) awaitAnswer(end <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(p.listener(Options{})), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer cl.Close()
	ended := false
	err = until(ctx, func() bool {
		select {
		case <-end:
			ended = true
			return true
		default:
			return cl.Ping(ctx) == nil
		}
	})
	if ended {
		return errors.New("it ended by itself")
	}
	return err
}

func (p *process) tail() []byte {
	b, err := os.ReadFile(p.file("log"))
	if err != nil {
		return nil
	}
	b = b[max(0, len(b)-4000):]
	return b[bytes.IndexByte(b, '\n')+1:]
}

// down stops the broker in the orderly way.
func (p *process) down(t testing.TB) (up func()) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		t.Fatal("kafkatest: the broker is down already")
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("kafkatest: stop Apache Kafka: %v", err)
	}
	select {
	case <-p.end:
	case <-patient(t).Done():
		t.Fatal("kafkatest: Apache Kafka does not stop")
	}
	p.cmd = nil
	_ = os.Remove(p.file("pid")) // the number may soon be another's
	up = func() {
		t.Helper()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.cmd != nil {
			return
		}
		if err := p.start(); err != nil {
			t.Fatalf("kafkatest: start Apache Kafka again: %v", err)
		}
	}
	t.Cleanup(up)
	return up
}
