// SPDX-License-Identifier: BSL-1.0

package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// W18: a sync.Map from keys to the channels of servers.
func keys() {
	var known sync.Map
	lookUpKeys(&known)
	keyLives(&known)
	dispatch()
}

func lookUpKeys(known *sync.Map) {
	const count, lookups = 100_000, 10_000_000
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprint("key ", i)
		known.Store(all[i], startCounter())
	}
	lookUp := func(r random) bool {
		right := true
		for i := 0; i < lookups; i++ {
			_, found := known.Load(all[r.next()%count])
			right = found && right
		}
		return right
	}
	start := time.Now()
	right := lookUp(1)
	report("W18", "ns_per_lookup", nsEach(start, lookups), "ns", right)

	results := make(chan bool, 2)
	start = time.Now()
	for _, seed := range []random{2, 3} {
		go func(seed random) { results <- lookUp(seed) }(seed)
	}
	right = <-results && <-results
	report("W18", "ns_per_lookup_two_readers", nsEach(start, 2*lookups), "ns", right)
	for _, key := range all {
		known.Delete(key)
	}
}

// A goroutine registers itself, takes its entry away and ends: 100 at a time.
func keyLives(known *sync.Map) {
	const lives, atOnce = 1_000_000, 100
	start := time.Now()
	for i := 0; i < lives; i += atOnce {
		var all sync.WaitGroup
		for j := i; j < i+atOnce; j++ {
			all.Add(1)
			go func(key string) {
				known.Store(key, true)
				known.Delete(key)
				all.Done()
			}(fmt.Sprint(j))
		}
		all.Wait()
	}
	ns := nsEach(start, lives)
	empty := true
	known.Range(func(any, any) bool { empty = false; return false })
	report("W18", "ns_per_register_and_exit", ns, "ns", empty)
}

// A message to each of 1,000 goroutines under one key.
func dispatch() {
	const servers, times = 1_000, 1_000
	topics := map[string][]chan int{}
	var lock sync.RWMutex
	sums := make(chan int, servers)
	for i := 0; i < servers; i++ {
		messages := make(chan int, 64)
		topics["news"] = append(topics["news"], messages)
		go func() {
			sum := 0
			for by := range messages {
				sum += by
			}
			sums <- sum
		}()
	}
	start := time.Now()
	for i := 0; i < times; i++ {
		lock.RLock()
		for _, c := range topics["news"] {
			c <- 1
		}
		lock.RUnlock()
	}
	for _, c := range topics["news"] {
		close(c)
	}
	right := true
	for i := 0; i < servers; i++ {
		right = <-sums == times && right
	}
	report("W18", "ns_per_dispatched_message", nsEach(start, servers*times), "ns", right)
}

// W19: a pool of workers, whose results are put in order.
func stream() {
	const elements = 100_000
	for _, how := range []struct {
		figure  string
		workers int
		ordered bool
	}{
		{"ns_per_element", runtime.GOMAXPROCS(0), true},
		{"ns_per_element_100_at_once", 100, true},
		{"ns_per_element_unordered", 100, false},
	} {
		start := time.Now()
		sum := 0
		if how.ordered {
			sum = orderedPool(elements, how.workers)
		} else {
			sum = pool(elements, how.workers)
		}
		report("W19", how.figure, nsEach(start, elements), "ns", sum == elements*(elements+1))
	}
}

func pool(elements, workers int) int {
	work, results := make(chan int, workers), make(chan int, workers)
	for i := 0; i < workers; i++ {
		go func() {
			for n := range work {
				results <- 2 * n
			}
		}()
	}
	go func() {
		for n := 1; n <= elements; n++ {
			work <- n
		}
		close(work)
	}()
	sum := 0
	for i := 0; i < elements; i++ {
		sum += <-results
	}
	return sum
}

// orderedPool gives each element a channel for its result: they are read in the order of the elements.
func orderedPool(elements, workers int) int {
	type element struct {
		n      int
		result chan int
	}
	work, inOrder := make(chan element, workers), make(chan chan int, workers)
	for i := 0; i < workers; i++ {
		go func() {
			for e := range work {
				e.result <- 2 * e.n
			}
		}()
	}
	go func() {
		for n := 1; n <= elements; n++ {
			e := element{n, make(chan int, 1)}
			inOrder <- e.result
			work <- e
		}
		close(work)
		close(inOrder)
	}()
	sum := 0
	for result := range inOrder {
		sum += <-result
	}
	return sum
}
