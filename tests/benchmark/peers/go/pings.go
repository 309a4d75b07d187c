// SPDX-License-Identifier: BSL-1.0

package main

import (
	"bytes"
	"net"
	"os"
	"runtime"
	"strconv"
)

const bytesAtOnce = 16 * 1024

var pongs = bytes.Repeat([]byte("+PONG\r\n"), bytesAtOnce/8)

// servePings is W15: a goroutine for each connection. The arguments are the port and the number of threads.
func servePings() {
	threads, _ := strconv.Atoi(os.Args[3])
	runtime.GOMAXPROCS(threads)
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[2])
	if err != nil {
		panic(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go answerPings(client)
	}
}

// answerPings counts the commands, which come by parts: `*1`, `$4` and `PING`, a line each.
func answerPings(client net.Conn) {
	defer client.Close()
	buffer := make([]byte, bytesAtOnce)
	lines, words := 0, 0
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		commands := 0
		for _, c := range buffer[:n] {
			if c == '\n' {
				if lines > 0 {
					lines--
					if lines == 0 {
						commands++
					}
				} else {
					lines = 2 * words
				}
				words = 0
			} else if lines == 0 && c >= '0' && c <= '9' {
				words = words*10 + int(c-'0')
			}
		}
		if commands > 0 {
			if _, err := client.Write(pongs[:7*commands]); err != nil {
				return
			}
		}
	}
}
