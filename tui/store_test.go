package tui

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"brink/probe"
	"brink/probe/load"
)

func TestStoreCounts(t *testing.T) {
	var st Store
	for _, r := range aprimoDone() {
		st.Handle(r)
	}
	var s snapshot
	st.snapshot(&s)
	want := counts{finished: 318, accepted: 303, queued: 212, refused: 15, nextN: 318}
	if s.count != want {
		t.Errorf("got %+v, want %+v", s.count, want)
	}
	var sent, back int
	for _, b := range s.bins {
		sent += b.Sent
		back += b.OK + b.Queued + b.Refused + b.Failed
	}
	if sent != 318 || back != 318 {
		t.Errorf("bins hold %d sent and %d answers, want 318 each", sent, back)
	}
	if levels, most := s.inFlightLevels(); most != 130 || levels[len(levels)-1] != 20 && levels[len(levels)-1] != 0 {
		t.Errorf("at most %d in flight, want 130", most)
	}
	if got := s.limitLine(); got != 15 {
		t.Errorf("limit line at %v, want 15", got)
	}
	if s.lastRefusal.RetryAfter != "1" || s.report == nil || len(s.phases) != 5 {
		t.Errorf("snapshot lacks the refusal, the report or a phase: %+v", s.phases)
	}
}

// While answers are out, the requests known to be sent are more than those that
// came back.
func TestInFlightIsWhatWasNumberedAndNotAnswered(t *testing.T) {
	var st Store
	st.Handle(probe.Record{Event: probe.Sample{Sample: load.Sample{N: 129, InFlight: 130}}})
	if s := st.status(); s.sent != 130 || s.inFlight != 129 {
		t.Errorf("sent %d, in flight %d; want 130 and 129", s.sent, s.inFlight)
	}
}

func TestFirstRefusalIsLoggedOnce(t *testing.T) {
	m := screen(80, 24, firing())
	m.View()
	n := 0
	for _, e := range m.snap.log {
		if e.kind == "refused" {
			n++
			if !strings.Contains(e.text, "429") || !strings.Contains(e.text, "Retry-After 1") {
				t.Errorf("first refusal says %q", e.text)
			}
		}
	}
	if n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
}

// A snapshot must not change under the view that draws it.
func TestSnapshotIsACopy(t *testing.T) {
	var st Store
	all := aprimo()
	for _, r := range all[:20] {
		st.Handle(r)
	}
	var s snapshot
	st.snapshot(&s)
	count, bins, log := s.count, len(s.bins), len(s.log)
	sum := s.bins[0]
	for _, r := range all[20:] {
		st.Handle(r)
	}
	st.Handle(probe.Record{Event: all[3].Event})
	if s.count != count || len(s.bins) != bins || len(s.log) != log || s.bins[0] != sum {
		t.Error("the snapshot changed")
	}
}

func TestStoreIsBounded(t *testing.T) {
	var st Store
	rnd := rand.New(rand.NewPCG(1, 2))
	var at time.Duration
	for i := range 50_000 {
		at += time.Duration(rnd.IntN(200)) * ms
		st.Handle(probe.Record{Elapsed: at, Event: randomEvent(rnd, uint64(i), at)})
	}
	var s snapshot
	st.snapshot(&s)
	if len(s.bins) > 4096 || len(s.heat) > maxHeatColumns || len(s.log) > maxLog || len(s.phases) > maxPhases || len(s.answers) > maxAnswers {
		t.Errorf("%d bins, %d heat columns, %d log lines, %d phases, %d answers",
			len(s.bins), len(s.heat), len(s.log), len(s.phases), len(s.answers))
	}
}

var strange = []string{
	"", "drain", "日本語のとても長い名前", "\x1b[2J\x1b[31mred\a", strings.Repeat("long ", 200),
	"a\nb\tc", "\U0001F1E9\U0001F1EA\U0001F44D\U0001F3FD e\u0301", "\xff\xfe\u202e",
}

func randomEvent(rnd *rand.Rand, n uint64, at time.Duration) probe.Event {
	text := func() string { return strange[rnd.IntN(len(strange))] }
	num := func() *probe.Measured {
		v := []float64{0, 0.001, 0.5, 15, 1e9, -3, math.Inf(1), math.NaN(), math.MaxFloat64}
		if rnd.IntN(3) == 0 {
			return nil
		}
		pick := func() float64 { return v[rnd.IntN(len(v))] }
		return &probe.Measured{Value: pick(), Low: pick(), High: pick()}
	}
	limits := func() (list []probe.Limit) {
		for range rnd.IntN(4) {
			agrees := rnd.IntN(2) == 0
			list = append(list, probe.Limit{
				Kind: text(), RatePerS: num(), Limit: num(), WindowS: num(), Burst: num(), QueueDepth: num(),
				Concurrency: num(), Alignment: text(), Confidence: rnd.Float64()*3 - 1,
				Alternatives: []probe.Alternative{{Kind: text(), Probability: rnd.Float64()}},
				Evidence:     []probe.Evidence{{Text: text()}},
				Claimed:      &probe.Claimed{Profile: text(), Headers: text()}, Agrees: &agrees,
			})
		}
		return list
	}
	switch rnd.IntN(30) {
	case 0:
		return probe.Start{
			Verb: []string{"probe", "fire"}[rnd.IntN(2)], Load: text(), Expected: rnd.IntN(100),
			Target: probe.Target{URL: text(), Method: text(), Profile: text(), Plan: text(), Mock: true},
		}
	case 1, 2:
		return probe.PhaseStart{Index: rnd.IntN(9), Name: text(), Why: text()}
	case 3:
		return probe.PhaseEnd{Index: rnd.IntN(9), Name: text(), Text: text()}
	case 4:
		return probe.Finding{Limits: limits()}
	case 5:
		return probe.Notice{Level: probe.Warn, Text: text()}
	case 6:
		r := &probe.Report{Verdict: probe.Limited, StopReason: text(), Limits: limits(), NotTested: []probe.NotTested{{What: text(), Why: text()}}}
		if rnd.IntN(3) == 0 {
			r.Failure = &probe.Failure{Kind: text(), Message: text(), Hint: text()}
		}
		return []probe.Event{probe.Done{Report: r}, probe.Done{Fire: &probe.FireReport{}}, probe.Done{}}[rnd.IntN(3)]
	}
	times := []time.Duration{-time.Second, 0, ms, at, at, at, 24 * time.Hour, math.MaxInt64}
	when := func() time.Duration { return times[rnd.IntN(len(times))] }
	if rnd.IntN(20) > 0 { // most are sane
		when = func() time.Duration { return at + time.Duration(rnd.IntN(100))*ms }
	}
	return probe.Sample{
		Sample: load.Sample{
			N: []uint64{n, 0, math.MaxUint64}[rnd.IntN(100)/50], Due: when(), Sent: when(), Done: when(),
			Status: rnd.IntN(700) - 50, Outcome: load.Outcome(rnd.IntN(5)), InFlight: rnd.IntN(100), RetryAfter: text(),
			Limits: []load.HeaderField{{Name: text(), Value: text()}}, Body: text(), Err: text(), ContentType: text(),
		},
		Delay: time.Duration(rnd.IntN(3)-1) * ms,
	}
}

// Whatever a run tells and whatever the size, a frame is exactly as large as the
// screen, and nothing panics.
func TestAnyFrameFitsAnyScreen(t *testing.T) {
	for seed := range uint64(25) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		m := screen(80, 24, nil)
		var at time.Duration
		for i := range 40 {
			for range rnd.IntN(30) {
				at += time.Duration(rnd.IntN(300)) * ms
				m.store.Handle(probe.Record{Elapsed: at, Event: randomEvent(rnd, uint64(i), at)})
			}
			w, h := 1+rnd.IntN(220), 1+rnd.IntN(70)
			m.Update(tea.WindowSizeMsg{Width: w, Height: h})
			m.keys([]string{"?", "f", "q", "n", "x", "space", "esc"}[rnd.IntN(7)])
			m.Update(tickMsg(m.now.Add(time.Duration(rnd.IntN(1000)) * ms)))
			m.left = false // the last frame of all is empty
			frame := m.View()
			if m.crash != nil {
				t.Fatalf("seed %d, %dx%d: %v\n%s", seed, w, h, m.crash.value, m.crash.stack)
			}
			checkSize(t, frame, w, h)
			if clean := strings.ReplaceAll(frame, "\x1b[0", ""); strings.ContainsAny(clean, "\x1b\a\t\r") {
				t.Fatalf("seed %d: a control character is in the frame", seed)
			}
		}
	}
}

func BenchmarkHandle(b *testing.B) {
	b.ReportAllocs()
	var st Store
	all := aprimo()
	for i := range b.N {
		st.Handle(all[i%len(all)])
	}
}
