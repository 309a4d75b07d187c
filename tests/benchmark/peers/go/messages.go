// SPDX-License-Identifier: BSL-1.0

package main

import "time"

// request is what a counter is sent. A call has a channel for the answer, a cast has none.
type request struct {
	by    int
	reply chan int
}

// counter is the server that most workloads talk to.
func counter(inbox <-chan request) {
	n := 0
	for r := range inbox {
		n += r.by
		if r.reply != nil {
			r.reply <- n
		}
	}
}

// At most so many messages wait; then the sender does.
const queue = 1024

func startCounter() chan request {
	inbox := make(chan request, queue)
	go counter(inbox)
	return inbox
}

// client calls with one reply channel that it keeps: the fastest way by hand.
type client struct{ reply chan int }

func newClient() client { return client{make(chan int, 1)} }

func (c client) call(server chan<- request, by int) int {
	server <- request{by, c.reply}
	return <-c.reply
}

// W1
func call() {
	const calls = 1_000_000
	server, me := startCounter(), newClient()
	last := 0
	start := time.Now()
	for i := 0; i < calls; i++ {
		last = me.call(server, 1)
	}
	report("W1", "ns_per_call", nsEach(start, calls), "ns", last == calls)
}

// W2
func cast() {
	const messages = 5_000_000
	server := startCounter()
	start := time.Now()
	for i := 0; i < messages; i++ {
		server <- request{1, nil}
	}
	sum := newClient().call(server, 0)
	report("W2", "ns_per_message", nsEach(start, messages), "ns", sum == messages)
}

// W3
func fanIn() {
	const clients, messages = 8, 500_000
	server, done := startCounter(), make(chan bool)
	start := time.Now()
	for c := 0; c < clients; c++ {
		go func() {
			for i := 0; i < messages; i++ {
				server <- request{1, nil}
			}
			newClient().call(server, 0)
			done <- true
		}()
	}
	for c := 0; c < clients; c++ {
		<-done
	}
	ns := nsEach(start, clients*messages)
	sum := newClient().call(server, 0)
	report("W3", "ns_per_message", ns, "ns", sum == clients*messages)
}

type token struct{ left, passed int }

// W6
func ring() {
	const processes, hops = 503, 5_000_000
	done := make(chan int)
	first := make(chan token, 1)
	in := first
	for p := 0; p < processes; p++ {
		out := first
		if p < processes-1 {
			out = make(chan token, 1)
		}
		go func(in <-chan token, out chan<- token) {
			for t := range in {
				if t.left == 0 {
					done <- t.passed
				} else {
					out <- token{t.left - 1, t.passed + 1}
				}
			}
		}(in, out)
		in = out
	}
	start := time.Now()
	first <- token{hops, 0}
	passed := <-done
	report("W6", "ns_per_hop", nsEach(start, hops), "ns", passed == hops)
}
