// SPDX-License-Identifier: BSL-1.0

// The workloads of docs/reference/workloads.md by hand in Go: a goroutine and a channel for each
// process, no library in between.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var workloads = map[string]func(){
	"W1":  call,
	"W2":  cast,
	"W3":  fanIn,
	"W4":  spawnExit,
	"W5":  idleServers,
	"W6":  ring,
	"W7":  skynet,
	"W10": registry,
	"W12": timers,
	"W13": tail,
	"W18": keys,
	"W19": stream,
}

var allChecked = true

func main() {
	if len(os.Args) == 4 && os.Args[1] == "W15" {
		servePings()
	}
	if len(os.Args) != 2 || workloads[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go_bench WORKLOAD")
		os.Exit(2)
	}
	workloads[os.Args[1]]()
	if !allChecked {
		os.Exit(1)
	}
}

// report prints one JSON line. A result that is not right makes the program end with a failure.
func report(workload, figure string, value float64, unit string, checked bool) {
	allChecked = allChecked && checked
	fmt.Printf("{\"workload\":%q,\"figure\":%q,\"value\":%.6g,\"unit\":%q,\"checked\":%t}\n",
		workload, figure, value, unit, checked)
}

func nsEach(start time.Time, n int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func residentBytes() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return float64(pages * os.Getpagesize())
}

func cpuNs() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano() + used.Stime.Nano())
}
