package text

import (
	"github.com/blevesearch/snowballstem"
	snowdutch "github.com/blevesearch/snowballstem/dutch"
	snowenglish "github.com/blevesearch/snowballstem/english"
	snowfrench "github.com/blevesearch/snowballstem/french"
	snowgerman "github.com/blevesearch/snowballstem/german"
	snowitalian "github.com/blevesearch/snowballstem/italian"
	snowportuguese "github.com/blevesearch/snowballstem/portuguese"
	snowrussian "github.com/blevesearch/snowballstem/russian"
	snowspanish "github.com/blevesearch/snowballstem/spanish"
	snowswedish "github.com/blevesearch/snowballstem/swedish"
)

// stem cuts the endings of a word in lower case (Snowball, Porter 2001). Words
// of languages without a stemmer stay.
func stem(l language, word string) string {
	env := snowballstem.NewEnv(word)
	switch l {
	case english:
		snowenglish.Stem(env)
	case german:
		snowgerman.Stem(env)
	case french:
		snowfrench.Stem(env)
	case spanish:
		snowspanish.Stem(env)
	case italian:
		snowitalian.Stem(env)
	case portuguese:
		snowportuguese.Stem(env)
	case dutch:
		snowdutch.Stem(env)
	case swedish:
		snowswedish.Stem(env)
	case russian:
		snowrussian.Stem(env)
	default:
		return word
	}
	if s := env.Current(); s != "" {
		return s
	}
	return word
}
