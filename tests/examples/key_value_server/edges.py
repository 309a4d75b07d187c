#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The key-value server at its edges: signals, clients that never stop sending, a long replay.

  edges.py SERVER
"""
import os
import select
import signal
import sys
import tempfile
import time

from server import DEADLINE, Checks, Client, Error, Server, wait_until


# --- signals ---

def told_to_stop_again_and_again(checks, program):
    """From the first SIGTERM or SIGINT to the last moment of the program, whatever it does then."""
    for i, again in enumerate([signal.SIGTERM, signal.SIGINT] * 5):
        with Server(program) as server, server.client() as c:
            c("SUBSCRIBE", "a")
            until = time.monotonic() + DEADLINE
            while server.process.poll() is None and time.monotonic() < until:
                server.process.send_signal(signal.SIGTERM if again == signal.SIGTERM or i % 3
                                           else again)
            checks.equal(f"round {i}: the exit code", server.process.poll(), 0)


def hangup(checks, program):
    """The terminal that it was started from is closed."""
    with Server(program) as server, server.client() as c:
        server.process.send_signal(signal.SIGHUP)
        for i in range(10):
            checks.equal("served after SIGHUP", c("SET", "a", i), "OK")
        checks.equal("SIGTERM still ends it with", server.stop(), 0)


# --- clients that never stop sending ---

def floods(client):
    """Sends without end and reads nothing; true when the server has closed."""
    block, until = b"x" * 65536, time.monotonic() + DEADLINE
    try:
        while time.monotonic() < until:
            client.socket.sendall(block)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


def cut_after_an_error(checks, server):
    with server.client() as bystander:
        for what, first in [("a client", b""), ("a subscriber", Client.encode("SUBSCRIBE", "a"))]:
            with server.client() as bad:
                bad.send(first)
                if first:
                    bad.answer()
                bad.send(b"*x\r\n")
                checks.equal(f"{what} is told what was wrong", bad.answer(),
                             Error("ERR Protocol error: invalid multibulk length"))
                checks.true(f"{what} is cut though it sends on", floods(bad))
                checks.equal(f"others are served when {what} was cut", bystander("PING"), "PONG")

            def alone():
                return b"connected_clients:1\r" in bystander("INFO")
            wait_until(alone, f"the connection of {what} has ended")


def an_error_is_read(checks, server):
    """The error arrives, also where the client sent more bytes that the server will not read."""
    for what, first in [("a client", b""), ("a subscriber", Client.encode("SUBSCRIBE", "a"))]:
        for _ in range(20):
            with server.client() as bad:
                bad.send(first)
                if first:
                    bad.answer()
                bad.send(b"*x\r\n" + b"y" * 200_000)
                try:
                    answer = bad.answer()
                except ConnectionResetError:
                    answer = "nothing"
                checks.equal(f"{what}: the error", answer,
                             Error("ERR Protocol error: invalid multibulk length"))


# --- machines that are gone ---

def timer_of(server_port, client_port):
    """Of the server's end of a connection, as /proc/net/tcp has it: 02 is keepalive."""
    with open("/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            here, there = (int(fields[i].split(":")[1], 16) for i in (1, 2))
            if (here, there) == (server_port, client_port):
                return fields[5].split(":")[0]
    return None


def keepalive(checks, server):
    with server.client() as c:
        c("PING")
        port = c.socket.getsockname()[1]
        # Another timer, such as that of an acknowledgement, may run for a moment.
        wait_until(lambda: timer_of(server.port, port) == "02", "a timer for keepalive runs")
        checks.equal("and goes on", timer_of(server.port, port), "02")


# --- a long replay ---

def others_are_served_during_a_replay(checks, program, home):
    """With one thread for all. Counted, not timed: without giving way there are one or two."""
    with Server(program, "--partitions", "1", "--threads", "1", data=home) as server, \
            server.client() as c, server.client() as other:
        block = b"".join(Client.encode("SET", f"key{i}", "x" * 100) for i in range(1000))
        for i in range(100):  # so many that a busy machine lets a client ask more than twenty times
            c.send(block.replace(b"key", b"k%02d" % i))
            for _ in range(1000):
                c.answer()
        checks.equal("keys", c("DBSIZE"), 100_000)
        other("PING")
        c("CRASH", "store")
        c.send(Client.encode("DBSIZE"))
        served = 0
        while not select.select([c.socket], [], [], 0)[0]:
            checks.equal("others are served", other("PING"), "PONG")
            served += 1
        checks.equal("all keys are back", c.answer(), 100_000)
        checks.true(f"others were served {served} times meanwhile", served >= 20)
        # A store that is told to stop while it reads its log does not read to the end.
        c("CRASH", "store")
        checks.equal("SIGTERM during a replay ends it with", server.stop(), 0)


def main():
    program = os.path.abspath(sys.argv[1])
    checks = Checks()
    told_to_stop_again_and_again(checks, program)
    hangup(checks, program)
    with Server(program) as server:
        an_error_is_read(checks, server)
        cut_after_an_error(checks, server)
        keepalive(checks, server)
        checks.true("no process crashed by all that", "crashed" not in server.said())
        checks.equal("SIGTERM ends it with", server.stop(), 0)
    with tempfile.TemporaryDirectory(prefix="key_value_") as home:
        others_are_served_during_a_replay(checks, program, home)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())
