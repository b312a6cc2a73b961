package main

import (
	"slices"
	"testing"
)

func TestSoundsSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"key": true, "sig": true, "X-Apikey": true, "X-RapidAPI-Key": true, "x-rapidapi-key": true, "Authorization": true,
		"Proxy-Authorization": true, "Cookie": true, "Set-Cookie2": true, "apiKey": true, "api_key": true, "apikey": true,
		"access_token": true, "accessToken": true, "X-Amz-Security-Token": true, "X-Amz-Signature": true,
		"X-Amz-Credential": true, "client_secret": true, "password": true, "passwd": true, "JSESSIONID": true,
		"session": true, "PHPSESSID": true, "Ocp-Apim-Subscription-Key": true, "oauth_nonce": true, "X-Auth": true,
		"APIKEY": true, "subscriptionkey": true, "apikey2": true, "filter[token]": true, "AWSAccessKeyId": true,

		"monkey": false, "keyword": false, "keywords": false, "turkey": false, "author": false, "authors": false,
		"authority": false, "design": false, "signal": false, "assigned_to": false, "page_token": false, "pageToken": false,
		"nextPageToken": false, "max_tokens": false, "Idempotency-Key": false, "Accept": false, "X-Request-Id": false,
		"passive": false, "hockey": false, "limit": false, "": false,
	} {
		if got := soundsSecret(name); got != want {
			t.Errorf("soundsSecret(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestParameterNamesMissesNone(t *testing.T) {
	got := parameterNames("a=1;%74oken=x&b&c%zz=2&&d==")
	if want := []string{"a", "token", "b", "c%zz", "d"}; !slices.Equal(got, want) {
		t.Errorf("parameterNames = %q, want %q", got, want)
	}
}
