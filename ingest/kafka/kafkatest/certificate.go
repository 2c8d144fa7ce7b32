package kafkatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// certificate is a self-signed one for loopback, made for one broker.
type certificate struct {
	der, key []byte // key: PKCS #8
	leaf     *x509.Certificate
	private  *ecdsa.PrivateKey
}

func newCertificate(t testing.TB) *certificate {
	t.Helper()
	c, err := makeCertificate()
	if err != nil {
		t.Fatalf("kafkatest: certificate: %v", err)
	}
	return c
}

func makeCertificate() (*certificate, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kafkatest"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, private.Public(), private)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	return &certificate{der: der, key: key, leaf: leaf, private: private}, err
}

func (c *certificate) server() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{c.der}, PrivateKey: c.private, Leaf: c.leaf}}, MinVersion: tls.VersionTLS12}
}

func (c *certificate) client() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(c.leaf)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// pem is key and certificate as Kafka reads them.
func (c *certificate) pem() []byte {
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: c.key}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der})...)
}
