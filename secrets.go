package main

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// soundsSecret reports whether a header or a URL parameter of this name is
// likely to hold a secret: argument lists are visible to every user of a
// machine. It errs on the side of care; --not-secret overrides it.
func soundsSecret(name string) bool {
	words := nameWords(name)
	if slices.Contains(harmless, strings.Join(words, " ")) {
		return false
	}
	return slices.ContainsFunc(words, secretWord)
}

// secret judges a name as the flags ask.
func (f *trafficFlags) secret(name string) bool {
	asked := func(allowed string) bool { return strings.EqualFold(allowed, name) }
	return soundsSecret(name) && !slices.ContainsFunc(f.notSecret, asked)
}

// harmless are names in wide use that only sound like a secret, as words.
var harmless = []string{
	"page token", "next page token", "next token", "continuation token", "sync token", "pagetoken", "nexttoken",
	"idempotency key", "surrogate key", "sort key", "partition key",
}

// secretWord judges a word in lower case. Words are often run together, as in
// apikey, sessionid or oauth; most of them cannot mean anything else.
func secretWord(word string) bool {
	for _, part := range []string{"secret", "cookie", "passw", "passphrase", "session", "sessid", "credential", "signature"} {
		if strings.Contains(word, part) {
			return true
		}
	}
	switch {
	case word == "sig", word == "jwt", word == "pwd", strings.HasSuffix(word, "token"), strings.HasPrefix(word, "apikey"):
		return true
	case strings.Contains(word, "auth"):
		return !strings.Contains(word, "author") || strings.Contains(word, "authoriz")
	case strings.HasSuffix(word, "key"):
		return !slices.Contains([]string{"monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "hotkey"}, word)
	}
	return false
}

// nameWords splits a name where a word begins, in lower case: X-Api-Key,
// api_key and apiKey alike.
func nameWords(name string) []string {
	var spaced strings.Builder
	last := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(last):
			spaced.WriteByte(' ')
		}
		spaced.WriteRune(unicode.ToLower(r))
		last = r
	}
	return strings.Fields(spaced.String())
}

// parameterNames are the names in a query, also where net/url would skip them.
func parameterNames(query string) []string {
	var names []string
	for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		names = append(names, name)
	}
	return names
}
