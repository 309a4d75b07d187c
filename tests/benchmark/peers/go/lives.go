// SPDX-License-Identifier: BSL-1.0

package main

import (
	"runtime"
	"time"
)

// W4
func spawnExit() {
	const processes, atOnce = 1_000_000, 10_000
	ended := make(chan bool, atOnce)
	running, over := 0, 0
	start := time.Now()
	for i := 0; i < processes; i++ {
		if running == atOnce {
			<-ended
			running--
			over++
		}
		go func() { ended <- true }()
		running++
	}
	for ; over < processes; over++ {
		<-ended
	}
	report("W4", "ns_per_process", nsEach(start, processes), "ns", over == processes)
}

// W5. The channel holds one message: a longer one would be a larger server.
func idleServers() {
	const servers = 1_000_000
	all := make([]chan request, servers)
	runtime.GC()
	before := residentBytes()
	start := time.Now()
	for i := range all {
		all[i] = make(chan request, 1)
		go counter(all[i])
	}
	ns := nsEach(start, servers)
	references := float64(servers) * 8
	idle := residentBytes() - before - references
	me, answered := newClient(), 0
	for _, server := range all {
		answered += me.call(server, 1)
	}
	called := residentBytes() - before - references
	right := answered == servers
	report("W5", "bytes_per_server", idle/servers, "B", right)
	report("W5", "ns_per_start", ns, "ns", right)
	report("W5", "bytes_per_server_after_a_call", called/servers, "B", right)
}

// skynetNode: a leaf says its number; a node says what its ten children say together.
func skynetNode(parent chan<- int, first, leaves int) {
	if leaves == 1 {
		parent <- first
		return
	}
	each := leaves / 10
	sums := make(chan int, 10)
	for i := 0; i < 10; i++ {
		go skynetNode(sums, first+i*each, each)
	}
	total := 0
	for i := 0; i < 10; i++ {
		total += <-sums
	}
	parent <- total
}

// W7
func skynet() {
	sum := make(chan int)
	start := time.Now()
	go skynetNode(sum, 0, 1_000_000)
	total := <-sum
	report("W7", "seconds", time.Since(start).Seconds(), "s", total == 499_999_500_000)
}
