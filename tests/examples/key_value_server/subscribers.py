#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Subscribers of the key-value server while pubsub crashes, and subscribers that read slowly.

  subscribers.py SERVER
"""
import os
import re
import socket
import sys
import threading

from server import Checks, Client, Server, wait_until

HARD_LIMIT = 32 << 20  # bytes that may wait for a subscriber


def published(admin, channel, text="x"):
    """The number of subscribers that received it."""
    return admin("PUBLISH", channel, text)


def crash_pubsub(admin):
    admin("CRASH", "pubsub")


def all_have_a_receiver(checks, what, admin, channels):
    """A subscriber is told that pubsub has crashed, and subscribes again: that may take a moment."""
    missing = list(channels)

    def none_missing():
        missing[:] = [c for c in missing if published(admin, c) != 1]
        return not missing
    try:
        wait_until(none_missing, "each channel has its receiver")
    except AssertionError:
        pass
    checks.equal(f"{what}: channels without a receiver", len(missing), 0)


def a_subscribe_that_meets_a_crash(checks, server):
    with server.client() as admin:
        for i in range(40):
            with server.client() as sub:
                sub("SUBSCRIBE", f"a{i}")
                # Both at once: the one whose answer is awaited may come before or after the crash.
                admin.send(Client.encode("CRASH", "pubsub"))
                sub("SUBSCRIBE", f"b{i}")
                admin.answer()
                all_have_a_receiver(checks, f"round {i}", admin, [f"a{i}", f"b{i}"])


def many_channels(checks, server):
    count = 300
    with server.client() as admin:
        for i in range(3):
            channels = [f"{i}.{k}" for k in range(count)]
            with server.client() as sub:
                sub.send(b"".join(Client.encode("SUBSCRIBE", c) for c in channels))
                crash_pubsub(admin)
                for k, channel in enumerate(channels):
                    checks.equal("SUBSCRIBE amid a crash", sub.answer(),
                                 [b"subscribe", channel.encode(), k + 1])
                all_have_a_receiver(checks, "300 SUBSCRIBE and a crash", admin, channels)
                crash_pubsub(admin)
                wait_until(lambda: published(admin, channels[0]) == 1, "the first is back")
                crash_pubsub(admin)
                all_have_a_receiver(checks, "two crashes", admin, channels)


def nothing_after_unsubscribe(checks, server):
    """Neither when it was left, nor when it was left and joined again."""
    with server.client() as pub:
        for i in range(20):
            with server.client() as sub:
                sub("SUBSCRIBE", "u")
                pub.send(b"".join(Client.encode("PUBLISH", "u", f"old {k}") for k in range(300)))
                sub.send(Client.encode("UNSUBSCRIBE", "u") + Client.encode("PING"))
                for _ in range(300):
                    pub.answer()
                sub.send(Client.encode("SUBSCRIBE", "u"))
                late, left, joined = [], False, False
                while not joined:
                    answer = sub.answer()
                    if answer == "PONG":
                        continue
                    left = left or answer[0] == b"unsubscribe"
                    joined = answer[0] == b"subscribe"
                    if left and answer[0] == b"message":
                        late.append(answer)
                published(pub, "u", "new")
                answer = sub.answer()
                checks.equal(f"round {i}: messages for what was left", late, [])
                checks.equal(f"round {i}: the first one afterwards", answer,
                             [b"message", b"u", b"new"])


def the_same_twice(checks, server):
    """A second SUBSCRIBE to a channel loses nothing."""
    with server.client() as sub, server.client() as pub:
        sub("SUBSCRIBE", "s")
        pub.send(b"".join(Client.encode("PUBLISH", "s", k) for k in range(100)))
        for _ in range(10):
            sub.send(Client.encode("SUBSCRIBE", "s"))
        texts = [pub.answer() for _ in range(100)]
        checks.equal("all were told", texts, [1] * 100)
        received = []
        while len(received) < 100:
            answer = sub.answer()
            if answer[0] == b"message":
                received.append(int(answer[2]))
        checks.equal("each message once, in order", received, list(range(100)))


def memory(server):
    """The memory of the server, in MB."""
    with open(f"/proc/{server.process.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) // 1024


def slow_subscriber(checks, program, size):
    """The subscriber reads all the time, but less than is published. The publisher counts the answers of
    PUBLISH: so the bound depends on no clock."""
    with Server(program) as server, server.client() as pub, server.client() as slow:
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        slow("SUBSCRIBE", "ch")
        before, text, told, read = memory(server), b"m" * size, 0, 0
        at_once = 400_000 // size
        while told * size < 4 * HARD_LIMIT:
            pub.send(Client.encode("PUBLISH", "ch", text) * at_once)
            answers = [pub.answer() for _ in range(at_once)]
            told += sum(answers)
            if answers[-1] == 0:
                break
            # A quarter, at once: its system tells the server of room for no less than 64 KB.
            quarter = 100_000
            while quarter > 0 and not slow.silent():
                quarter -= len(slow.socket.recv(quarter))
            read += 100_000 - quarter
        most = HARD_LIMIT + (24 << 20)  # plus the buffers of the two sockets
        checks.true(f"it is given up: told {told} times {size} bytes, read {read}",
                    told * size - read < most)
        checks.true(f"memory: {before} MB, then {memory(server)} MB",
                    memory(server) - before < 120)
        wait_until(lambda: "takes its messages too slowly" in server.said(), "that is said")
        checks.true("and is no crash", "crashed" not in server.said())
        with server.client() as other:
            other("SUBSCRIBE", "ch")
            checks.equal("other clients receive what is published", published(pub, "ch"), 1)
            checks.equal("all of it", other.answer(), [b"message", b"ch", b"x"])
        try:
            while slow.socket.recv(1 << 20):
                pass
        except ConnectionResetError:
            pass  # it is disconnected: both results are right


def fast_subscriber(checks, server):
    """A subscriber that keeps reading is never disconnected, however much it receives."""
    size, at_once, rounds = 50_000, 20, 50  # 50 MB in all, 1 MB at a time
    with server.client() as sub, server.client() as pub:
        sub("SUBSCRIBE", "fast")
        told, whole = 0, 0
        for _ in range(rounds):
            writer = threading.Thread(target=pub.send, args=(
                Client.encode("PUBLISH", "fast", b"m" * size) * at_once,))
            writer.start()
            whole += sum(len(sub.answer()[2]) == size for _ in range(at_once))
            writer.join()
            told += sum(pub.answer() for _ in range(at_once))
        checks.equal("told each time", told, at_once * rounds)
        checks.equal("each whole", whole, at_once * rounds)


def crashes_in_a_loop(checks, server):
    """What a client may ask for as often as it likes must not use up the restarts of the tree."""
    with server.client() as hostile, server.client() as other, server.client() as sub:
        sub("SUBSCRIBE", "loop")
        for what in ["pubsub", "listener"]:
            block = Client.encode("CRASH", what) * 100
            for _ in range(100):
                hostile.send(block)
                for _ in range(100):
                    hostile.answer()
            checks.equal(f"served beside CRASH {what} in a loop", other("PING"), "PONG")
        wait_until(lambda: published(other, "loop") == 1, "pubsub knows its subscriber again")
        with server.client() as late:
            checks.equal("and connections are accepted", late("PING"), "PONG")
        checks.equal("the server runs", server.process.poll(), None)


def main():
    program = os.path.abspath(sys.argv[1])
    checks = Checks()
    with Server(program) as server:
        a_subscribe_that_meets_a_crash(checks, server)
        many_channels(checks, server)
        nothing_after_unsubscribe(checks, server)
        the_same_twice(checks, server)
        fast_subscriber(checks, server)
        crashes_in_a_loop(checks, server)
        checks.equal("SIGTERM ends it with", server.stop(), 0)
    for size in [10_000, 1_000]:
        slow_subscriber(checks, program, size)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())
