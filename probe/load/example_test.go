package load_test

import (
	"fmt"
	"time"

	"brink/probe/load"
)

// A steady load: request n is due n/Rate after the start, whatever became of
// the ones before it.
func ExampleConstant() {
	p := load.Constant{Rate: 5, For: time.Second}
	fmt.Println(p)
	for n := uint64(0); ; n++ {
		due, ok := p.At(n)
		if !ok {
			break
		}
		fmt.Println(n, due)
	}
	// Output:
	// 5/s for 1s
	// 0 0s
	// 1 200ms
	// 2 400ms
	// 3 600ms
	// 4 800ms
}

// All requests are due at the same instant.
func ExampleAtOnce() {
	p := load.AtOnce{N: 130}
	fmt.Println(p)
	for _, n := range []uint64{0, 129, 130} {
		due, ok := p.At(n)
		fmt.Println(n, due, ok)
	}
	// Output:
	// 130 at once
	// 0 0s true
	// 129 0s true
	// 130 0s false
}

// Rates are written as people and vendors write them.
func ExampleParseRate() {
	for _, s := range []string{"15/s", "300/min", "5000/day"} {
		r, err := load.ParseRate(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(s, "is", r)
	}
	_, err := load.ParseRate("15/fortnight")
	fmt.Println(err)
	// Output:
	// 15/s is 15/s
	// 300/min is 5/s
	// 5000/day is 3.472/min
	// rate "15/fortnight": unknown unit "fortnight" (use s, m, h or d, as in 300/m)
}
