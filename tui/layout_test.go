package tui

import (
	"reflect"
	"testing"

	"brink/tui/draw"
)

// areas are all rectangles of a layout.
func (l layout) areas() map[string]draw.Rect {
	areas := map[string]draw.Rect{}
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Type() == reflect.TypeFor[draw.Rect]() {
			areas[v.Type().Field(i).Name] = draw.Rect{
				X: int(f.Field(0).Int()), Y: int(f.Field(1).Int()), W: int(f.Field(2).Int()), H: int(f.Field(3).Int()),
			}
		}
	}
	return areas
}

func TestLayoutTilesEveryScreen(t *testing.T) {
	for w := range 230 {
		for h := range 80 {
			area := 0
			var before []draw.Rect
			for name, r := range layoutOf(w, h).areas() {
				if r.W < 0 || r.H < 0 || r.X < 0 || r.Y < 0 || r.X+r.W > w || r.Y+r.H > h {
					t.Fatalf("%dx%d: %s = %v leaves the screen", w, h, name, r)
				}
				for _, o := range before {
					if r.X < o.X+o.W && o.X < r.X+r.W && r.Y < o.Y+o.H && o.Y < r.Y+r.H {
						t.Fatalf("%dx%d: %s = %v overlaps %v", w, h, name, r, o)
					}
				}
				if !r.Empty() {
					before = append(before, r)
				}
				area += r.W * r.H
			}
			if area != w*h {
				t.Fatalf("%dx%d: %d cells belong to nobody", w, h, w*h-area)
			}
		}
	}
}

// A bigger screen adds panels and takes none away.
func TestTiersAddPanels(t *testing.T) {
	for _, test := range []struct {
		w, h  int
		tier  tier
		there []string
	}{
		{59, 16, tiny, nil},
		{60, 15, tiny, nil},
		{60, 16, small, []string{"chart", "findings", "now", "log"}},
		{99, 60, small, []string{"chart", "findings", "now", "log"}},
		{100, 30, medium, []string{"chart", "findings", "latency", "inFlight", "log"}},
		{200, 49, medium, []string{"chart", "findings", "latency", "inFlight", "log"}},
		{160, 50, large, []string{"chart", "findings", "latency", "inFlight", "log", "dist", "last"}},
	} {
		l := layoutOf(test.w, test.h)
		if l.tier != test.tier {
			t.Errorf("%dx%d: tier %d, want %d", test.w, test.h, l.tier, test.tier)
		}
		for _, name := range test.there {
			// Two rows of border and one of content is the least a panel needs.
			if r := l.areas()[name]; r.H < 3 && name != "log" || r.W < 20 {
				t.Errorf("%dx%d: %s is only %v", test.w, test.h, name, r)
			}
		}
	}
}
