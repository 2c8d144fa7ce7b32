package text

import (
	"strings"
	"testing"
)

// bench600 gives three different tickets of some 600 characters in English.
func bench600() [3]string {
	return [...]string{
		`Hello team,

since the update on Monday our users cannot sign in to the customer portal any more. They enter the right password, the page
loads for about thirty seconds and then shows "Error 503: service unavailable". Clearing the cache did not help, and neither did
another browser. Two colleagues in the Berlin office can still work, because they never signed out. We have the enterprise plan,
version 4.12.3, with single sign-on through our own identity provider. Could you please look at the logs of the login service and
tell us when this will be repaired? Our month-end closing starts tomorrow morning.

Best regards`,
		`Steps to reproduce:
1. Open the list of invoices and filter by last month
2. Choose "Export to spreadsheet" from the menu in the corner
3. Open the downloaded file in a spreadsheet program

Expected: all columns are there, amounts are numbers and dates are dates.
Actual: the column with the tax rate is missing, the amounts are text with a comma, and every date is one day too early. It worked
two weeks ago, so it must be a change of the last release. I have tried with another account and on another computer, and the
result is always the same. The file is needed for the auditor who visits us on Thursday, so this is rather urgent for us.`,
		`I ordered two pairs of running shoes ten days ago and paid by credit card. The confirmation arrived at once, but the tracking
number that you sent me by mail is unknown to the carrier. When I called the hotline I was told that the parcel had been returned
to the warehouse because the address was incomplete, although the house number stands clearly in my account. I would like you to
send the shoes again as soon as possible, or to give me my money back. By the way, the second pair should be size 43 instead of
42; is it still possible to change that? My order number is 100293847 and my customer number is 55120.`,
	}
}

func BenchmarkAnalyze(b *testing.B) {
	german := strings.Repeat("Seit dem letzten Update können sich unsere Benutzer nicht mehr am Kundenportal anmelden; nach der Eingabe des Kennworts erscheint nur eine Fehlermeldung. ", 4)
	chinese := strings.Repeat("系统升级以后我们的用户无法登录客户门户，输入密码以后页面显示错误信息，请尽快处理。", 15)
	english := bench600()
	for _, c := range []struct {
		name   string
		bodies []string
	}{
		{"english600", english[:]},
		{"german600", []string{german}},
		{"chinese600", []string{chinese}},
	} {
		b.Run(c.name, func(b *testing.B) {
			a, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			total := 0
			for _, s := range c.bodies {
				total += len(s)
			}
			b.SetBytes(int64(total / len(c.bodies)))
			b.ReportAllocs()
			for i := range b.N {
				a.Analyze("Cannot sign in", c.bodies[i%len(c.bodies)])
			}
		})
	}
}
