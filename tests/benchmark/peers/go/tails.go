// SPDX-License-Identifier: BSL-1.0

package main

import (
	"sort"
	"sync/atomic"
	"time"
)

const workers, clients, busyProcesses, seeds = 1_000, 100, 4, 16

// compute is CPU work: steps that each need the one before.
func compute(seed uint64, steps int) uint64 {
	x := seed | 1
	for i := 0; i < steps; i++ { // xorshift64
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// stepsThatTake goes by the fastest of many tries: a disturbance only ever makes one slower.
func stepsThatTake(d time.Duration) int {
	const steps = 1_000_000
	best := time.Hour
	value := uint64(1)
	for i := 0; i < 30; i++ {
		start := time.Now()
		value = compute(value, steps)
		if took := time.Since(start); took < best {
			best = took
		}
	}
	if value == 0 {
		panic("xorshift never comes to 0")
	}
	return int(float64(d) / float64(best) * steps)
}

type work struct {
	seed  uint64
	reply chan uint64
}

// worker does CPU work in each call and says at its end how many it has served.
func worker(inbox <-chan work, steps int, served *int64) {
	for w := range inbox {
		atomic.AddInt64(served, 1)
		w.reply <- compute(w.seed, steps)
	}
}

// seen is what the clients saw together.
type seen struct {
	fromCall, fromDue []float64
	right             bool
}

func (s *seen) add(other seen) {
	s.fromCall = append(s.fromCall, other.fromCall...)
	s.fromDue = append(s.fromDue, other.fromDue...)
	s.right = s.right && other.right
}

// callAtRandom calls a random worker until the time is over.
func callAtRandom(servers []chan work, answers []uint64, r random, pauses bool, until time.Time) seen {
	mine := seen{right: true}
	reply := make(chan uint64, 1)
	for {
		pause := time.Duration(0)
		if pauses {
			pause = time.Duration(r.next()%20_000) * time.Microsecond
		}
		due := time.Now().Add(pause)
		if pauses {
			time.Sleep(pause)
		}
		server, seed := servers[r.next()%workers], uint64(r.next()%seeds)
		begun := time.Now()
		server <- work{seed, reply}
		answer := <-reply
		now := time.Now()
		mine.right = mine.right && answer == answers[seed]
		mine.fromCall = append(mine.fromCall, now.Sub(begun).Seconds()*1000)
		mine.fromDue = append(mine.fromDue, now.Sub(due).Seconds()*1000)
		if !now.Before(until) {
			return mine
		}
	}
}

// runClients returns when all of them are done, with what they saw, sorted.
func runClients(callSteps int, pauses bool, length time.Duration) seen {
	var served int64
	servers := make([]chan work, workers)
	for i := range servers {
		servers[i] = make(chan work, 16)
		go worker(servers[i], callSteps, &served)
	}
	answers := make([]uint64, seeds)
	for seed := range answers {
		answers[seed] = compute(uint64(seed), callSteps)
	}
	until := time.Now().Add(length)
	results := make(chan seen)
	for c := 1; c <= clients; c++ {
		go func(r random) { results <- callAtRandom(servers, answers, r, pauses, until) }(random(c))
	}
	all := seen{right: true}
	for c := 0; c < clients; c++ {
		all.add(<-results)
	}
	for _, server := range servers {
		close(server)
	}
	all.right = all.right && len(all.fromCall) > 0 && served == int64(len(all.fromCall))
	sort.Float64s(all.fromCall)
	sort.Float64s(all.fromDue)
	return all
}

// besideBusyProcesses also says how many calls and units of busy processes there were in a second.
func besideBusyProcesses(callSteps int, pauses bool) (all seen, calls, units float64) {
	busySteps := stepsThatTake(5 * time.Millisecond)
	var done, stop int64
	start := time.Now()
	for h := 0; h < busyProcesses; h++ {
		go func() {
			toil := make(chan bool, 1)
			toil <- true
			for range toil {
				compute(1, busySteps)
				atomic.AddInt64(&done, 1)
				if atomic.LoadInt64(&stop) != 0 {
					return
				}
				toil <- true
			}
		}()
	}
	all = runClients(callSteps, pauses, 10*time.Second)
	seconds := time.Since(start).Seconds()
	units = float64(atomic.LoadInt64(&done)) / seconds
	atomic.StoreInt64(&stop, 1)
	return all, float64(len(all.fromCall)) / seconds, units
}

// W13
func tail() {
	callSteps := stepsThatTake(20 * time.Microsecond)
	quantiles := func(prefix string, sorted []float64, right bool) {
		for _, q := range []struct {
			name  string
			share float64
		}{{"p50", .5}, {"p99", .99}, {"p99.9", .999}} {
			at := int(float64(len(sorted)) * q.share)
			report("W13", prefix+q.name, sorted[at], "ms", right)
		}
	}
	open, calls, units := besideBusyProcesses(callSteps, true)
	quantiles("call_", open.fromCall, open.right)
	quantiles("due_", open.fromDue, open.right)
	report("W13", "calls", calls, "1/s", open.right)
	report("W13", "hog_units", units, "1/s", open.right)

	closed, calls, units := besideBusyProcesses(callSteps, false)
	quantiles("closed_loop_", closed.fromCall, closed.right)
	report("W13", "closed_loop_calls", calls, "1/s", closed.right)
	report("W13", "closed_loop_hog_units", units, "1/s", closed.right)

	burnSteps := stepsThatTake(time.Second)
	time.AfterFunc(100*time.Millisecond, func() { compute(1, burnSteps) })
	long := runClients(callSteps, true, 1100*time.Millisecond)
	at := func(sorted []float64) float64 { return sorted[len(sorted)*99/100] }
	report("W13", "long_handler_p99", at(long.fromCall), "ms", long.right)
	report("W13", "long_handler_due_p99", at(long.fromDue), "ms", long.right)
}
