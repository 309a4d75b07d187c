#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Drives the buckets as a user would, with nc where it is installed, and crashes one.

  demo.py KV_APP

Exit code 0: all answers were as expected, the crashed bucket came back empty, the others kept their
values, and SIGTERM stopped the program in order while a client was connected."""
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

LIMIT = 30  # seconds, for a loaded machine
bad = 0


def send(port, *lines):
    """The answers to these lines, each a line, over a connection of their own."""
    text = "".join(line + "\n" for line in lines)
    if nc := shutil.which("nc"):
        # -N: the end of the input is the end of what the client sends (netcat-openbsd).
        done = subprocess.run([nc, "-N", "127.0.0.1", str(port)], input=text, capture_output=True,
                              text=True, timeout=LIMIT)
        return done.stdout.splitlines()
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as s:
        s.sendall(text.encode())
        s.shutdown(socket.SHUT_WR)
        return s.makefile().read().splitlines()


def expect(what, got, wanted):
    global bad
    right = got == wanted
    bad += not right
    print(f"  {what:32} {got}" + ("" if right else f"   WRONG: expected {wanted}"), flush=True)


def ask(port, lines, wanted):
    for line, answer, right in zip(lines, send(port, *lines) + [None] * len(lines), wanted):
        expect(line, answer, right)


def start(program, *options):
    server = subprocess.Popen([program, *options], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    line = server.stdout.readline()
    found = re.search(r":(\d+)$", line.strip())
    if not found:
        raise SystemExit(f"the program did not start: {line!r}")
    return server, int(found[1])


def crash_and_wait(port):
    """Crashes a bucket and waits until it is there again, empty."""
    expect("CRASH shopping", send(port, "CRASH shopping"), ["OK"])
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        # First the old one is gone, then there is one of that name: the new one.
        if send(port, "GET shopping milk") == ["NOT FOUND"] and \
                "shopping" in send(port, "LIST")[0].split():
            return
    raise SystemExit("the bucket did not come back")


def main():
    program = sys.argv[1]
    server, port = start(program, "--port", "0")
    try:
        print(f"kv on port {port}, driven with {'nc' if shutil.which('nc') else 'a socket'}")
        ask(port,
            ["CREATE shopping", "PUT shopping milk 3", "GET shopping milk", "GET shopping eggs",
             "PUT shopping eggs 12", "DELETE shopping eggs", "DELETE shopping eggs",
             "GET travel milk", "CREATE travel", "PUT travel map 1", "LIST"],
            ["OK", "OK", "3", "NOT FOUND", "OK", "OK", "NOT FOUND", "NOT FOUND", "OK", "OK",
             "shopping travel"])
        print("wrong input")
        ask(port, ["HELLO", "PUT shopping milk", "", "create x", "GET"], ["UNKNOWN COMMAND"] * 5)
        expect("a line of 200 kB", send(port, "x" * 200_000)[:1], ["LINE TOO LONG"])

        print("a bucket crashes")
        crash_and_wait(port)
        ask(port, ["GET shopping milk", "PUT shopping milk 4", "GET shopping milk",
                   "GET travel map"], ["NOT FOUND", "OK", "4", "1"])

        print("the tree")
        idle = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        print("\n".join("  " + line for line in send(port, "TREE")))

        second = subprocess.run([program, "--port", str(port)], capture_output=True, text=True,
                                timeout=LIMIT)
        print(f"the port is taken: {second.stderr.strip()}")
        expect("exit code", second.returncode, 2)

        print("SIGTERM while a client is connected")
        server.send_signal(signal.SIGTERM)
        expect("exit code", server.wait(timeout=LIMIT), 0)
        idle.close()
    finally:
        if server.poll() is None:
            server.kill()
        server.wait()
    print("Everything held." if not bad else f"{bad} answers were wrong.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
