package limit_test

import (
	"fmt"
	"time"

	"brink/mockapi/limit"
)

// A bucket with a queue: some requests pass, some wait, the rest are rejected.
func ExampleBucket() {
	b, err := limit.NewBucket("rate", limit.Rate{Count: 10, Per: time.Second}, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for n := 1; n <= 6; n++ {
		d := b.Decide(now, "tenant", 1)
		fmt.Println(n, d.Verdict, d.Wait, d.RetryAfter)
	}
	// Output:
	// 1 allow 0s -1ns
	// 2 allow 0s -1ns
	// 3 queue 100ms -1ns
	// 4 queue 200ms -1ns
	// 5 queue 300ms -1ns
	// 6 reject 0s 100ms
}

// A rate and a daily quota on the same key. A refused request costs neither.
func ExampleAll() {
	rate, _ := limit.NewBucket("second", limit.Rate{Count: 4, Per: time.Second}, 4, 0)
	quota, _ := limit.NewWindow("day", 10_000, 24*time.Hour)
	all := limit.All{rate, quota}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for range 6 {
		all.Decide(now, "key", 1)
	}
	d := all.Peek(now, "key", 1)
	fmt.Println(d.Verdict, "by", d.Rule, "for", d.RetryAfter)
	fmt.Println(quota.Peek(now, "key", 0).Remaining, "left today")
	// Output:
	// reject by second for 250ms
	// 9996 left today
}
