// SPDX-License-Identifier: BSL-1.0

package main

import (
	"fmt"
	"sort"
	"sync"
	"time"
)

// random is a minimal generator, so that it is the work that is measured.
type random uint64

func (r *random) next() int {
	*r = *r * 48271 % 2147483647
	return int(*r)
}

// names is a registry by hand: a map and a lock that readers share.
type names struct {
	lock    sync.RWMutex
	servers map[string]chan request
}

func (n *names) register(name string, server chan request) {
	n.lock.Lock()
	defer n.lock.Unlock()
	n.servers[name] = server
}

func (n *names) whereIs(name string) chan request {
	n.lock.RLock()
	server := n.servers[name]
	n.lock.RUnlock()
	return server
}

// W10
func registry() {
	const count, lookups = 100_000, 10_000_000
	known := names{servers: map[string]chan request{}}
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprint("name ", i)
		known.register(all[i], startCounter())
	}
	lookUp := func(r random) (float64, bool) {
		right := true
		start := time.Now()
		for i := 0; i < lookups; i++ {
			right = known.whereIs(all[r.next()%count]) != nil && right
		}
		return nsEach(start, lookups), right
	}
	ns, right := lookUp(1)
	report("W10", "ns_per_lookup", ns, "ns", right)

	var both sync.WaitGroup
	right = true
	results := make(chan bool, 2)
	start := time.Now()
	for _, seed := range []random{2, 3} {
		both.Add(1)
		go func(seed random) {
			_, found := lookUp(seed)
			results <- found
			both.Done()
		}(seed)
	}
	both.Wait()
	ns = nsEach(start, 2*lookups)
	right = <-results && <-results
	report("W10", "ns_per_lookup_two_readers", ns, "ns", right)
}

// W12
func timers() {
	const count = 1_000_000
	ticks, finished := make(chan time.Time, count), make(chan []float64) // no timer has to wait
	go func() {
		late := make([]float64, count)
		for i := range late {
			late[i] = time.Since(<-ticks).Seconds() * 1000
		}
		sort.Float64s(late)
		finished <- late
	}()
	r := random(1)
	before := cpuNs()
	for i := 0; i < count; i++ {
		wait := time.Duration(r.next()%2_000_000) * time.Microsecond
		due := time.Now().Add(wait)
		time.AfterFunc(wait, func() { ticks <- due })
	}
	late := <-finished
	cpu := (cpuNs() - before) / count
	right := late[0] >= 0
	report("W12", "cpu_ns_per_timer", cpu, "ns", right)
	report("W12", "lateness_p50_ms", late[count/2], "ms", right)
	report("W12", "lateness_p99_ms", late[count*99/100], "ms", right)
}
