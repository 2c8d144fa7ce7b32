package privacy

import (
	"strings"
	"testing"
)

const testKey = "a key for tests, long enough"

func testBorder(t testing.TB, mode Mode, a Actors) *Border {
	t.Helper()
	b, err := New(mode, []byte(testKey), a)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// scrubOne scrubs a text in a record with the given people. "<octocat>" in the
// result stands for that person's pseudonym.
func scrubOne(t testing.TB, kind, in string, people ...person) string {
	t.Helper()
	b := testBorder(t, Pseudonymise, Actors{})
	r := newRecord(b, kind)
	defer r.release()
	if r.ns == "" {
		r.ns = kind
	}
	for i := range people {
		p := people[i]
		p.ns = r.ns
		for _, id := range []string{p.login, p.accountID, p.name, p.key} {
			if p.native == "" {
				p.native = id
			}
		}
		r.add(r.finish(&p, ""))
	}
	out := r.scrubText(in)
	if again := r.scrubText(out); again != out {
		t.Errorf("not stable: %.200q -> %.200q -> %.200q", in, out, again)
	}
	for _, id := range []string{"octocat", "hubot", "jdoe", "hans", "renovate[bot]", "mona_acme", "zhangsan", "5b10ac8d82e05b22cc7d4ef5"} {
		out = strings.ReplaceAll(out, b.Pseudonym(kind, id), "<"+id+">")
	}
	return out
}

func testPeople() []person {
	return []person{
		{login: "octocat"},
		{name: "jdoe", key: "JIRAUSER10100", display: "Jane Doe"},
		{login: "hans"},
		{name: "zhangsan", display: "张三"},
	}
}

type textCase struct{ name, in, want string }

func runTexts(t *testing.T, kind string, cases []textCase) {
	t.Helper()
	for _, c := range cases {
		if c.name == "" {
			c.name = c.in
		}
		t.Run(c.name, func(t *testing.T) {
			if got := scrubOne(t, kind, c.in, testPeople()...); got != c.want {
				t.Errorf("\n  in %q\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

// TestUnchanged holds what must never be touched.
func TestUnchanged(t *testing.T) {
	for _, in := range []string{
		"", " ", "plain words", "2021-01-05T10:00:00.000+0000", "1.2.3", "v1.2.3.4", "1.2.3.4-beta", "1.2.3.4.5",
		"version 4.1.2.30", "SDK 3.2.0.201", "Chrome/33.0.17.46", "1.8.0.1", "ABC-123", "SUP-5551234567", "10023", "227519",
		"d718bc2a4e6f0b1c2d3e4f5a6b7c8d9e0f1a2b3c", "color #02e10c", "https://github.com/acme/engine/issues/12",
		"https://acme.atlassian.net/browse/SUP-12", "https://github.com/features", "https://github.com/topics/go",
		"listens on 127.0.0.1:8080, ::1 and 0.0.0.0", "mask 255.255.255.0", "std::vec::Vec", "be::add(dead::beef)", "10:20:30",
		"00:1b:44:11:3a:b7", "$ 1,200.00 or 1200-1300", "2015/04/24 12:04:05", "24.04.2015 12:04", "+1", "+1 2013-01-02", "1e+10",
		"icon@2x.png", "Default-568h@2x~iphone.png", "left-pad@1.3.0", "npm i @types/node", "ping @acme/backend-team", "com.acme.Foo@1a2b3c4d",
		"git clone git@github.com:acme/engine.git", "`@property`", "```\n@decorator\ndef f(): pass\n```", "see @0x1f39706a",
		"password: ", "password is required", "the password field", "if (password == other)", "token::IDENT", "unexpected token: foo",
		"password = <OMITTED>", "password=${DB_PASSWORD}", "let token = lexer.next_token();", "Basic authentication", "Bearer of news",
		"To: reproduce", "From: 3.1 to 3.2", "He wrote:", "the error said:", "[link|https://example.com]", "0xdeadbeef", "00000000123456789012",
		"[0512/144618:ERROR:stat.cc]", "550e8400-e29b-41d4-a716-446655440000", "a +b", "C++", "x = y", "hex 4155-5512",
		"[email] and [phone], [ip] [secret] [profile] [person]", "p_0123456789abcdef0123 and @p_0123456789abcdef0123’s",
		"Octocats like hanseatic things", "janedoe", "/usr/home/x", "/home/user/src", "Grüße aus Köln", "修复了一个问题",
	} {
		t.Run(in, func(t *testing.T) {
			if got := scrubOne(t, "github", in, testPeople()...); got != in {
				t.Errorf("\n  in %q\n got %q", in, got)
			}
		})
	}
}

func TestEmail(t *testing.T) {
	runTexts(t, "github", []textCase{
		{"", "write to jane.doe+x@mail.acme.example, please", "write to [email], please"},
		{"", "<mailto:jane@acme.example>", "<[email]>"},
		{"", "[jane|mailto:jane@acme.example]", "[jane|[email]]"},
		{"", "jane (at) acme (dot) example", "[email]"},
		{"", "jane [at] mail.acme [dot] example!", "[email]!"},
		{"", "octocat@acme.example", "[email]"},
		{"", "user@163.com或者", "[email]或者"},
		{"", "联系jane@acme.example。", "联系[email]。"},
		{"", "I am Max Power <max@acme.example>", "I am [person] <[email]>"},
	})
}

func TestMentions(t *testing.T) {
	runTexts(t, "github", []textCase{
		{"", "cc @octocat and @hubot.", "cc @<octocat> and @<hubot>."},
		{"", "@Octocat", "@<octocat>"},
		{"", "(@hubot)", "(@<hubot>)"},
		{"", "@renovate[bot] did it", "@<renovate[bot]> did it"},
		{"", "@mona_acme", "@<mona_acme>"},
		{"", "@octocat’s and @hubot's", "@<octocat>’s and @<hubot>'s"},
		{"known login in code", "`@octocat` but `@hubot`", "`@<octocat>` but `@hubot`"},
		{"", "octocat said; ask octocat's friend", "<octocat> said; ask <octocat>'s friend"},
		{"short login needs a sign", "hans and @hans and /Users/hans/x and hans@box:~$", "hans and @<hans> and /Users/<hans>/x and <hans>@box:~$"},
		{"", "https://github.com/hans/fork/pull/1", "https://github.com/<hans>/fork/pull/1"},
		{"after code", "```\n@hubot\n```\n@hubot `@hubot` @hubot", "```\n@hubot\n```\n@<hubot> `@hubot` @<hubot>"},
		{"unclosed span", "it`s @hubot", "it`s @<hubot>"},
	})
	runTexts(t, "jira", []textCase{
		{"", "[~jdoe] and [~JIRAUSER10100]", "@<jdoe> and @<jdoe>"},
		{"", "[~accountid:5b10ac8d82e05b22cc7d4ef5]", "@<5b10ac8d82e05b22cc7d4ef5>"},
		{"", "@Jane Doe please look", "@<jdoe> please look"},
		{"", "@hubot please look", "@<hubot> please look"},
		{"", "{code}\n@hubot\n{code}", "{code}\n@hubot\n{code}"},
		{"", "@Override void f()", "@Override void f()"},
		{"", "@implementation Foo", "@implementation Foo"},
	})
}

func TestNames(t *testing.T) {
	runTexts(t, "jira", []textCase{
		{"", "Thanks, jane DOE!", "Thanks, <jdoe>!"},
		{"", "Doe, Jane", "<jdoe>"},
		{"", "Jane\n  Doe", "<jdoe>"},
		{"", "Jane Doe's idea", "<jdoe>'s idea"},
		{"", "assigned to JIRAUSER10100", "assigned to <jdoe>"},
		{"", "Jane Doering", "Jane Doering"},
		{"", "请联系张三处理", "请联系<zhangsan>处理"},
		{"", "请联系zhangsan处理", "请联系<zhangsan>处理"},
		{"", "C:\\Users\\Some Body\\AppData", "C:\\Users\\[person]\\AppData"},
		{"", "at /home/somebody/src/x.go:12", "at /home/[person]/src/x.go:12"},
	})
}

func TestQuotedMail(t *testing.T) {
	runTexts(t, "github", []textCase{
		{"", "From: Max Power <max@acme.example>\nSent: Monday", "From: [person] <[email]>\nSent: Monday"},
		{"", "> To: Max Power; \"Lisa Lee\" <lisa@acme.example>", "> To: [person]; [person] <[email]>"},
		{"", "*From:* Max Power [mailto:max@acme.example]", "*From:* [person] <[email]>"},
		{"", "Von: Max Power\nAn: Lisa Lee", "Von: [person]\nAn: [person]"},
		{"", "De : Max Power <max@acme.example>\nÀ : Lisa Lee", "De : [person] <[email]>\nÀ : [person]"},
		{"", "发件人：王小明 <wang@acme.example>\n收件人：李雷", "发件人：[person] <[email]>\n收件人：[person]"},
		{"", "差出人: 山田太郎\n보낸 사람: 김철수", "差出人: [person]\n보낸 사람: [person]"},
		{"", "Signed-off-by: Max Power <max@acme.example>", "Signed-off-by: [person] <[email]>"},
		{"", "Cc: @octocat", "Cc: @<octocat>"},
		{"", "On Tue, Jan 5, 2021 at 3:14 PM Max Power <max@acme.example> wrote:\n> hi", "On Tue, Jan 5, 2021 at 3:14 PM [person] <[email]> wrote:\n> hi"},
		{"", "On Jan 5, 2021, at 3:14 PM, maxpower\nreply@acme.example\nwrote:\n\n> hi", "On Jan 5, 2021, at 3:14 PM, [person]\n[email]\nwrote:\n\n> hi"},
		{"", "On 2021-01-05 16:26:37, Max Power wrote:", "On 2021-01-05 16:26:37, [person] wrote:"},
		{"", "On Jan 5, 2021 3:14 PM, \"Max Power\" notify@acme.example wrote:", "On Jan 5, 2021 3:14 PM, \"[person]\" [email] wrote:"},
		{"", "Am 05.01.2021 um 10:00 schrieb Max Power <max@acme.example>:", "Am 05.01.2021 um 10:00 schrieb [person] <[email]>:"},
		{"", "Le mar. 5 janv. 2021 à 10:00, Max Power <max@acme.example> a écrit :", "Le mar. 5 janv. 2021 à 10:00, [person] <[email]> a écrit :"},
		{"", "El mar, 5 ene 2021 a las 10:00, Max Power (<max@acme.example>) escribió:", "El mar, 5 ene 2021 a las 10:00, [person] (<[email]>) escribió:"},
		{"", "在 2021年1月5日 上午10:00，王小明 <wang@acme.example> 写道：", "在 2021年1月5日 上午10:00，[person] <[email]> 写道："},
		{"", "2014年2月25日 上午10:21于 \"Max Power\" <max@acme.example>写道：", "2014年2月25日 上午10:21于 \"[person]\" <[email]>写道："},
		{"", "Max Power wrote:\n> hi", "[person] wrote:\n> hi"},
	})
}

func TestPhone(t *testing.T) {
	runTexts(t, "jira", []textCase{
		{"", "call +49 30 1234567.", "call [phone]."},
		{"", "+1 (555) 123-4567", "[phone]"},
		{"", "+1-555-123-4567", "[phone]"},
		{"", "+4915112345678", "[phone]"},
		{"", "0049 30 1234567", "[phone]"},
		{"", "(555) 123-4567 or 555-123-4567 or 1-800-555-1234", "[phone] or [phone] or [phone]"},
		{"", "030/1234567", "[phone]"},
		{"", "Tel.: 030 1234567, Fax: 030 1234568", "Tel.: [phone], Fax: [phone]"},
		{"", "手机：13812345678", "手机：[phone]"},
		{"", "Phone: 2015-01-01 10", "Phone: 2015-01-01 10"},
	})
}

func TestIP(t *testing.T) {
	runTexts(t, "github", []textCase{
		{"", "from 192.168.1.20:8080 and 203.0.113.0/24", "from [ip] and [ip]"},
		{"", "http://203.0.113.7:80/x", "http://[ip]/x"},
		{"", "10.0.0.1-10.0.0.9", "[ip]-[ip]"},
		{"", "host 1.2.3.4 is down", "host [ip] is down"},
		{"", "2001:db8::1 and fe80::1ff:fe23:4567:890a", "[ip] and [ip]"},
		{"", "[2001:db8:0:0:0:0:0:1]:443", "[[ip]]:443"},
		{"", "8.8.8.8", "[ip]"},
		{"", "300.1.1.1", "300.1.1.1"},
	})
}

func TestSecrets(t *testing.T) {
	runTexts(t, "github", []textCase{
		{"", "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY----- end", "[secret] end"},
		{"cut off key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "[secret]"},
		{"", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "[secret]"},
		{"", "ghp_" + strings.Repeat("a1", 18), "[secret]"},
		{"", "github_pat_" + strings.Repeat("a1", 18), "[secret]"},
		{"", "glpat-" + strings.Repeat("a1", 10), "[secret]"},
		{"", "xoxb-" + strings.Repeat("12", 8), "[secret]"},
		{"", "AKIA" + strings.Repeat("A1", 8), "[secret]"},
		{"", "AIza" + strings.Repeat("A1", 17) + "x", "[secret]"},
		{"", "sk_live_" + strings.Repeat("a1", 10), "[secret]"},
		{"", "npm_" + strings.Repeat("a1", 18), "[secret]"},
		{"", "ATATT3" + strings.Repeat("a1", 18), "[secret]"},
		{"", "curl -H 'Authorization: Bearer abcdef0123456789'", "curl -H 'Authorization: [secret]'"},
		{"", "Bearer abcdef0123456789", "Bearer [secret]"},
		{"", "Basic dXNlcjpwYXNzd29yZA==", "Basic [secret]"},
		{"", "https://user:pass@acme.example/x", "https://[secret]@acme.example/x"},
		{"", "password=hunter2&x=1", "password=[secret]&x=1"},
		{"", "passwd: hunter2", "passwd: [secret]"},
		{"", "\"api_key\": \"0123abcd\"", "\"api_key\": \"[secret]\""},
		{"", "DB_PASSWORD='hunter two'", "DB_PASSWORD='[secret]'"},
		{"", "token: 0123456789abcdef", "token: [secret]"},
		{"", "client_secret=abc123def", "client_secret=[secret]"},
		{"", "密码：hunter2", "密码：[secret]"},
		{"", "--password hunter2 --verbose", "--password [secret] --verbose"},
	})
}

func TestProfiles(t *testing.T) {
	runTexts(t, "github", []textCase{
		{"", "see https://github.com/octocat.", "see [profile]."},
		{"", "[me](https://github.com/octocat?tab=repositories)", "[me]([profile])"},
		{"", "https://api.github.com/users/octocat/repos", "[profile]"},
		{"", "![](https://avatars.githubusercontent.com/u/1?v=4)", "![]([profile])"},
		{"", "https://secure.gravatar.com/avatar/0123", "[profile]"},
		{"", "https://jira.acme.example/secure/ViewProfile.jspa?name=jdoe", "[profile]"},
		{"", "https://acme.atlassian.net/jira/people/5b10ac8d82e05b22cc7d4ef5", "[profile]"},
		{"", "github.com/hubot", "[profile]"},
	})
}
