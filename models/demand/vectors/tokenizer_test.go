package vectors

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// texts are what the golden files show the tokens and vectors of.
var texts = []string{
	"",
	" \t\n",
	"The printer is OFFLINE!",
	"printer is off, printer is off.",
	"Can't log in to New York: error 0x8007?",
	"don't reset the password",
	"'lluser printerprinter  is  off\n",
	"Das Gerät ist nicht bereit. Straße? GRÖSSE!",
	"Gera\u0308t überprüfen",
	"打印机错误。打印 机",
	"😀 printer👍🏽is😀",
	"caf\u0065\u0301 ﬁle ™ Ａ\u00a0\r\nis\u200bnot",
	"[CLS] print [UNK] <s> <unk> [SEP]",
	"naïve 1 print",
	"averyveryverylongwordindeed",
	"bad \xff\xfe utf-8 \x00\x07",
}

// checkGolden compares got with a golden file, or writes it.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// words are the texts of a tokenizer's tokens.
func words(t *testing.T, file []byte) map[int32]string {
	t.Helper()
	var f struct {
		Added []addedToken `json:"added_tokens"`
		Model struct {
			Vocab json.RawMessage `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	out := map[int32]string{}
	var list []scored
	vocab := map[string]int32{}
	if json.Unmarshal(f.Model.Vocab, &vocab) != nil {
		if err := json.Unmarshal(f.Model.Vocab, &list); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range list {
		out[int32(i)] = s.text
	}
	for word, id := range vocab {
		out[id] = word
	}
	for _, a := range f.Added {
		out[a.ID] = a.Content
	}
	return out
}

// TestTokens pins the tokens of every kind of tokenizer; those in the golden
// file are what the reference implementation (tokenizers 0.23) returns.
func TestTokens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no tokenizers", err)
	}
	var b strings.Builder
	for _, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := parseTokenizer(file)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		name := words(t, file)
		fmt.Fprintf(&b, "%s\n", filepath.Base(path))
		for _, text := range texts {
			var tokens []string
			for _, id := range tok.encode(text, 0) {
				tokens = append(tokens, name[id])
			}
			fmt.Fprintf(&b, "  %+q\n    %s\n", text, strings.Join(tokens, " | "))
		}
	}
	checkGolden(t, "tokens.golden", b.String())
}

// oneWord is a tokenizer with the parts given and one token.
func oneWord(normalizer, preTokenizer, model string) string {
	if model == "" {
		model = `{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "?"}`
	}
	return fmt.Sprintf(`{"normalizer": %s, "pre_tokenizer": %s, "model": %s}`, normalizer, preTokenizer, model)
}

func TestParseTokenizerErrors(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"no JSON":          {"{", "unexpected end"},
		"no model":         {"{}", "model: it is missing"},
		"other model":      {oneWord("null", "null", `{"type": "CharBPE"}`), `model: "CharBPE" is not supported`},
		"no type":          {oneWord("{}", "null", ""), "normalizer: it has no type"},
		"other normalizer": {oneWord(`{"type": "Sequence", "normalizers": [{"type": "ByteLevel"}]}`, "null", ""), `normalizer: Sequence: "ByteLevel" is not supported`},
		"other cutter":     {oneWord("null", `{"type": "Split"}`, ""), `pre_tokenizer: "Split" is not supported`},
		"look ahead":       {oneWord(`{"type": "Replace", "pattern": {"Regex": "a(?!b)"}, "content": ""}`, "null", ""), `the pattern "a(?!b)" is not supported`},
		"word class":       {oneWord(`{"type": "Replace", "pattern": {"Regex": "\\w+"}, "content": ""}`, "null", ""), `"\\w"`},
		"no pattern":       {oneWord(`{"type": "Replace", "pattern": {}, "content": ""}`, "null", ""), "neither a String nor a Regex"},
		"rules cut off":    {oneWord(`{"type": "Precompiled", "precompiled_charsmap": "AAQAAAAs"}`, "null", ""), "precompiled_charsmap is cut off"},
		"no base64":        {oneWord(`{"type": "Precompiled", "precompiled_charsmap": "%"}`, "null", ""), "Precompiled: illegal base64"},
		"scheme":           {oneWord("null", `{"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"}`, ""), `prepend_scheme "last"`},
		"no mark":          {oneWord("null", `{"type": "Metaspace"}`, ""), "replacement is empty"},
		"no vocabulary":    {oneWord("null", "null", `{"type": "WordPiece"}`), "the vocabulary is empty"},
		"no pieces":        {oneWord("null", "null", `{"type": "Unigram", "vocab": []}`), "the vocabulary is empty"},
		"unknown":          {oneWord("null", "null", `{"type": "Unigram", "unk_id": 1, "vocab": [["a", 0]]}`), "unk_id is 1 of 1 tokens"},
		"piece":            {oneWord("null", "null", `{"type": "Unigram", "vocab": [["a", 0, 1]]}`), "an entry of the vocabulary has 3 parts"},
		"merge":            {oneWord("null", "null", `{"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}`), `merge 0 needs the token "aa"`},
		"merge of three":   {oneWord("null", "null", `{"type": "BPE", "vocab": {"a": 0}, "merges": ["a a a"]}`), "a merge has 3 parts"},
		"dropout":          {oneWord("null", "null", `{"type": "BPE", "vocab": {"a": 0}, "dropout": 0.1}`), "dropout is not supported"},
		"negative":         {oneWord("null", "null", `{"type": "WordLevel", "vocab": {"a": -1}}`), `token "a" has the number -1`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseTokenizer([]byte(test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestNormalizers(t *testing.T) {
	replace := func(pattern string) string {
		return fmt.Sprintf(`{"type": "Replace", "pattern": {"Regex": %q}, "content": "_"}`, pattern)
	}
	for _, test := range []struct{ part, text, want string }{
		{`null`, "Ä", "Ä"},
		{`{"type": "NFC"}`, "a\u0308ﬁ", "äﬁ"},
		{`{"type": "NFD"}`, "äﬁ", "a\u0308ﬁ"},
		{`{"type": "NFKC"}`, "a\u0308ﬁ", "äfi"},
		{`{"type": "NFKD"}`, "äﬁ", "a\u0308fi"},
		{`{"type": "Lowercase"}`, "ÄİΣΑΣ", "äi\u0307σασ"},
		{`{"type": "StripAccents"}`, "a\u0308ä", "aä"},
		{`{"type": "Nmt"}`, "a\x01\u200bb\u2581", "a b "},
		{`{"type": "Strip", "strip_left": true, "strip_right": false}`, "\u3000 a ", "a "},
		{`{"type": "Strip", "strip_left": false, "strip_right": true}`, " a \n", " a"},
		{`{"type": "Prepend", "prepend": "_"}`, "a", "_a"},
		{`{"type": "Prepend", "prepend": "_"}`, "", ""},
		{`{"type": "Replace", "pattern": {"String": "."}, "content": " . "}`, "a.b", "a . b"},
		{replace(`\s+`), "a \u00a0\u3000\n\u0085b", "a_b"},
		{replace(`[^\s]`), "a \u00a0b", "_ \u00a0_"},
		{replace(`\S+`), "ab\u00a0c", "_\u00a0_"},
		{replace(`\d`), "a1٣²", "a__²"},
		{replace(`^\.$`), ".\n.a\n.", "_\n.a\n_"},
		{`{"type": "BertNormalizer"}`, "Ä\tb\u200d中\x00", "a b 中 "},
		{`{"type": "BertNormalizer", "lowercase": false}`, "Äé", "Äé"},
		{`{"type": "BertNormalizer", "lowercase": false, "strip_accents": true}`, "Äé", "Ae"},
		{`{"type": "BertNormalizer", "strip_accents": false}`, "ÄÉ", "äé"},
		{`{"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false}`, "A\t中", "a\t中"},
	} {
		n, err := parseNormalizer(json.RawMessage(test.part))
		if err != nil {
			t.Errorf("%s: %v", test.part, err)
		} else if got := n(test.text); got != test.want {
			t.Errorf("%s: %+q becomes %+q, want %+q", test.part, test.text, got, test.want)
		}
	}
}

func TestPreTokenizers(t *testing.T) {
	for _, test := range []struct {
		part, text string
		want       []string
	}{
		{`null`, " a b", []string{" a b"}},
		{`{"type": "BertPreTokenizer"}`, " it's A+b。\u3000中 ", []string{"it", "'", "s", "A", "+", "b", "。", "中"}},
		{`{"type": "Whitespace"}`, "it's a_b, 1²!? ", []string{"it", "'", "s", "a_b", ",", "1", "²!?"}},
		{`{"type": "WhitespaceSplit"}`, " it's\u00a0a. ", []string{"it's", "a."}},
		{`{"type": "Metaspace", "replacement": "▁"}`, "a  b ", []string{"▁a", "▁", "▁b", "▁"}},
		{`{"type": "Metaspace", "replacement": "▁", "split": false}`, " a b", []string{"▁a▁b"}},
		{`{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}`, "a b", []string{"a", "▁b"}},
		{`{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]}`, "a b", []string{"▁a", "b"}},
		{`{"type": "ByteLevel"}`, "we're ä  b\n\n1", []string{"Ġwe", "'re", "ĠÃ¤", "Ġ", "Ġb", "Ċ", "Ċ", "1"}},
		{`{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}`, "a b ", []string{"aĠbĠ"}},
	} {
		cut, err := parsePreTokenizer(json.RawMessage(test.part))
		if err != nil {
			t.Errorf("%s: %v", test.part, err)
			continue
		}
		var got []string
		for _, p := range cut([]piece{{test.text, true, none}}) {
			got = append(got, p.text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", test.part, test.text, diff)
		}
	}
}

func TestAddedTokens(t *testing.T) {
	tok, err := parseTokenizer([]byte(`{
		"added_tokens": [
			{"id": 1, "content": "York"},
			{"id": 2, "content": "New York", "normalized": true},
			{"id": 3, "content": "log in", "single_word": true, "normalized": true},
			{"id": 4, "content": "<m>", "lstrip": true, "rstrip": true}],
		"normalizer": {"type": "Lowercase"},
		"model": {"type": "WordLevel", "vocab": {"?": 0, " ": 5}, "unk_token": "?"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]int32{
		"york":           {0},
		"York York":      {1, 5, 1},
		"new york":       {2},
		"New york log":   {2, 0},
		"LOG IN":         {3},
		"log ins":        {0},
		"relog in":       {0},
		"- log in -":     {0, 3, 0},
		"a <m> \n <m> b": {0, 4, 4, 0},
	} {
		if got := tok.encode(text, 0); !slices.Equal(got, want) {
			t.Errorf("%q has the tokens %v, want %v", text, got, want)
		}
	}
}

// TestByteFallback cuts what has no token into its bytes.
func TestByteFallback(t *testing.T) {
	vocab := []any{[]any{"<unk>", 0}, []any{"a", -1}}
	ids := map[string]int{"<unk>": 0, "a": 1}
	for b := range 256 {
		name := fmt.Sprintf("<0x%02X>", b)
		vocab, ids[name] = append(vocab, []any{name, -9}), 2+b
	}
	for _, model := range []any{
		map[string]any{"type": "Unigram", "vocab": vocab, "unk_id": 0, "byte_fallback": true},
		map[string]any{"type": "BPE", "vocab": ids, "unk_token": "<unk>", "byte_fallback": true},
	} {
		file, err := json.Marshal(map[string]any{"model": model})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := parseTokenizer(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := tok.encode("aäz", 0), []int32{1, 2 + 0xc3, 2 + 0xa4, 2 + 'z'}; !slices.Equal(got, want) {
			t.Errorf("%T: got %v, want %v", tok.model, got, want)
		}
	}
}

// TestLimit cuts a text first to the limit times the median token's length in
// characters, which is three here, then to the limit.
func TestLimit(t *testing.T) {
	tok, err := parseTokenizer([]byte(`{
		"pre_tokenizer": {"type": "WhitespaceSplit"},
		"model": {"type": "WordLevel", "vocab": {"?": 0, "ä": 1, "äöü": 2, "äöüß": 3, "中中中中": 4}, "unk_token": "?"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text  string
		limit int
		want  []int32
	}{
		{"ä ä ä ä ä", 0, []int32{1, 1, 1, 1, 1}},
		{"ä ä ä ä ä", 4, []int32{1, 1, 1, 1}},
		{"ä ä ä ä ä", 2, []int32{1, 1}},
		{"x ä ä", 2, []int32{0, 1}}, // unknown ones count
		{"äöü äöüß", 2, []int32{2, 0}},
		{"äöüß", 1, []int32{2}},
		{"中中中中", 2, []int32{4}},
	} {
		if got := tok.encode(test.text, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("%q cut to %d has the tokens %v, want %v", test.text, test.limit, got, test.want)
		}
	}
}
