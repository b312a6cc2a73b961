package load

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestConstantSpacesRequestsEvenly(t *testing.T) {
	p := Constant{Rate: 4, For: 2 * time.Second}
	for n, want := range []time.Duration{0, 250, 500, 750, 1000, 1250, 1500, 1750} {
		if due, ok := p.At(uint64(n)); !ok || due != want*time.Millisecond {
			t.Errorf("At(%d) = %v, %v; want %v", n, due, ok, want*time.Millisecond)
		}
	}
	if due, ok := p.At(8); ok { // due at 2 s: the schedule is over by then
		t.Errorf("At(8) = %v, want the end of the schedule", due)
	}
}

// Any schedule is monotone, holds ceil(rate*for) requests, and never puts more
// than rate+1 of them into one second.
func TestConstantKeepsItsPromise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Constant{
			Rate: Rate(rapid.Float64Range(0.01, 2000).Draw(t, "rate")),
			For:  time.Duration(rapid.Int64Range(1, int64(5*time.Second)).Draw(t, "for")),
		}
		var dues []time.Duration
		for n := uint64(0); ; n++ {
			due, ok := p.At(n)
			if !ok {
				break
			}
			dues = append(dues, due)
		}
		if want := math.Ceil(float64(p.Rate) * p.For.Seconds()); math.Abs(float64(len(dues))-want) > 1 {
			t.Errorf("%v: %d requests, want %v", p, len(dues), want)
		}
		first := 0
		for i, due := range dues {
			if i > 0 && due < dues[i-1] {
				t.Fatalf("%v: request %d is due before request %d", p, i, i-1)
			}
			for due-dues[first] >= time.Second {
				first++
			}
			if got := i - first + 1; float64(got) > float64(p.Rate)+1 {
				t.Fatalf("%v: %d requests within a second", p, got)
			}
		}
	})
}

func TestAtOnceIsDueAtOnce(t *testing.T) {
	p := AtOnce{N: 3}
	for n := range uint64(3) {
		if due, ok := p.At(n); due != 0 || !ok {
			t.Errorf("At(%d) = %v, %v; want 0, true", n, due, ok)
		}
	}
	if _, ok := p.At(3); ok {
		t.Error("At(3) is still in a schedule of 3")
	}
}

func TestPacersSayWhatTheyDo(t *testing.T) {
	for _, tt := range []struct {
		pacer Pacer
		want  string
	}{
		{Constant{Rate: 15, For: 30 * time.Second}, "15/s for 30s"},
		{AtOnce{N: 130}, "130 at once"},
	} {
		if got := tt.pacer.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
	}
}
