package mockapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"brink/mockapi"
	"brink/profiles"
)

// BenchmarkServeHTTP is what the mock itself adds to a request, without a
// network: most of them are refused.
func BenchmarkServeHTTP(b *testing.B) {
	p, plan, err := profiles.Find("constantcontact")
	if err != nil {
		b.Fatal(err)
	}
	api, err := mockapi.New(p, plan, mockapi.Options{ServiceTime: new(time.Duration)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r := httptest.NewRequest(http.MethodGet, "/v3/account/summary", nil)
		r.Header.Set("Authorization", "Bearer brink-demo.1")
		for pb.Next() {
			w := discard{http.Header{}}
			api.ServeHTTP(w, r)
		}
	})
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
