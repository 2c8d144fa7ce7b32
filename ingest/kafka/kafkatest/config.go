package kafkatest

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
)

// listeners are the ports of a real broker: one for each kind of client, all
// always open, and one for Kafka's own controller.
var listeners = []string{"PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL", "CONTROLLER"}

// listener is the address for clients with those options.
func (p *process) listener(o Options) string {
	name := "PLAINTEXT"
	switch {
	case o.SASL && o.TLS:
		name = "SASL_SSL"
	case o.SASL:
		name = "SASL_PLAINTEXT"
	case o.TLS:
		name = "SSL"
	}
	return fmt.Sprintf("127.0.0.1:%d", p.ports[name])
}

// freePorts finds a free port for every name.
func freePorts(names ...string) (map[string]int, error) {
	ports := map[string]int{}
	for _, name := range names {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only at the end, so that no port is given twice
		ports[name] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// configure writes the files that the broker reads.
func (p *process) configure() error {
	if err := os.WriteFile(p.file("key.pem"), p.cert.pem(), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(p.file("log4j2.properties"), []byte(logging), 0o600); err != nil {
		return err
	}
	return os.WriteFile(p.file("server.properties"), []byte(p.properties()), 0o600)
}

// logging keeps warnings, which are what a test that fails needs.
const logging = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`

// settings make one node do what otherwise takes three, and make it do soon
// what otherwise takes minutes.
const settings = `process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
ssl.keystore.type=PEM
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=50
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=200
log.segment.delete.delay.ms=1000
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=100
`

func (p *process) properties() string {
	var b strings.Builder
	b.WriteString(settings)
	var open, told []string
	for _, name := range listeners {
		l := fmt.Sprintf("%s://127.0.0.1:%d", name, p.ports[name])
		if open = append(open, l); name != "CONTROLLER" {
			told = append(told, l)
		}
	}
	fmt.Fprintf(&b, "listeners=%s\nadvertised.listeners=%s\n", strings.Join(open, ","), strings.Join(told, ","))
	fmt.Fprintf(&b, "controller.quorum.voters=1@127.0.0.1:%d\nlog.dirs=%s\nssl.keystore.location=%s\n", p.ports["CONTROLLER"], p.file("data"), p.file("key.pem"))
	for _, name := range []string{"sasl_plaintext", "sasl_ssl"} {
		pre := "listener.name." + name
		fmt.Fprintf(&b, "%s.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q;\n", pre, User, Password)
		for _, m := range []string{"scram-sha-256", "scram-sha-512"} {
			fmt.Fprintf(&b, "%s.%s.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n", pre, m)
		}
	}
	return b.String()
}
