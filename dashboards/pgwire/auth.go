package pgwire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/xdg-go/scram"
)

// User may connect.
type User struct {
	Name, Password, Role string
}

// Attempts keeps passwords from being tried out.
type Attempts interface {
	// Wait is how long a client must wait until the user's password is looked at.
	Wait(client, user string) time.Duration
	// Tried tells how a look at a password ended.
	Tried(client, user string, ok bool)
}

// account is a user with what SCRAM keeps instead of the password.
type account struct {
	role        string
	credentials scram.StoredCredentials
}

// scramIterations is PostgreSQL's default.
const scramIterations = 4096

const mechanism = "SCRAM-SHA-256"

// accounts prepares the users.
func accounts(users []User) (map[string]account, error) {
	all := map[string]account{}
	for _, u := range users {
		client, err := scram.SHA256.NewClient("", u.Password, "")
		if err != nil {
			return nil, fmt.Errorf("user %s: the password has signs that SCRAM does not take", u.Name)
		}
		c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: rand.Text()[:saltLength], Iters: scramIterations})
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", u.Name, err)
		}
		all[u.Name] = account{u.Role, c}
	}
	return all, nil
}

const saltLength = 16

// nobody is the account of a name that is not known. It has a salt as a user's
// own, the same each time, so that names cannot be found out, and no password.
func (s *Server) nobody(name string) account {
	h := hmac.New(sha256.New, []byte(s.secret))
	h.Write([]byte(name)) // never fails
	salt := base32.StdEncoding.EncodeToString(h.Sum(nil))[:saltLength]
	return account{credentials: scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: salt, Iters: scramIterations}}}
}

// authenticate lets the session's user in or gives the error to tell.
func (x *session) authenticate() error {
	denied := &Error{Code: "28P01", Message: fmt.Sprintf("password authentication failed for user %q", x.user)}
	if len(x.server.c.Users) == 0 {
		if x.user != x.server.c.Trust.Name {
			return denied
		}
		x.role = x.server.c.Trust.Role
		return nil
	}
	a, known := x.server.users[x.user]
	if !known {
		a = x.server.nobody(x.user)
	}
	if wait := x.server.c.Attempts.Wait(x.client, x.user); wait > 0 {
		return &Error{Code: "28000", Message: fmt.Sprintf("too many wrong passwords; try again in %d seconds", int(wait.Seconds())+1)}
	}
	err := x.scram(a.credentials)
	isIn := err == nil && known
	if isIn || errors.Is(err, errWrongPassword) { // psql leaves to ask for one: no attempt
		x.server.c.Attempts.Tried(x.client, x.user, isIn)
	}
	if !isIn {
		return denied
	}
	x.role = a.role
	return nil
}

var errWrongPassword = errors.New("wrong password")

// scram is the server's side of RFC 7677 as PostgreSQL frames it.
func (x *session) scram(credentials scram.StoredCredentials) error {
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return credentials, nil })
	if err != nil {
		return err
	}
	talk := server.NewConversation()
	if err := x.ask(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{mechanism}}, pgproto3.AuthTypeSASL); err != nil {
		return err
	}
	msg, err := x.receive()
	if err != nil {
		return err
	}
	first, ok := msg.(*pgproto3.SASLInitialResponse)
	if !ok || first.AuthMechanism != mechanism {
		return &Error{Code: "08P01", Message: "expected a SASL response"}
	}
	challenge, err := talk.Step(string(first.Data))
	if err != nil {
		return err
	}
	if err := x.ask(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)}, pgproto3.AuthTypeSASLContinue); err != nil {
		return err
	}
	if msg, err = x.receive(); err != nil {
		return err
	}
	last, ok := msg.(*pgproto3.SASLResponse)
	if !ok {
		return &Error{Code: "08P01", Message: "expected a SASL response"}
	}
	final, err := talk.Step(string(last.Data))
	if err != nil || !talk.Valid() {
		return errWrongPassword
	}
	x.backend.Send(&pgproto3.AuthenticationSASLFinal{Data: []byte(final)})
	return nil
}

// ask sends a request for authentication and tells the decoder what comes back.
func (x *session) ask(msg pgproto3.BackendMessage, kind uint32) error {
	x.backend.Send(msg)
	if err := x.flush(); err != nil {
		return err
	}
	return x.backend.SetAuthType(kind)
}
