#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Transactions over several partitions: no client sees half of one, and a crash leaves none half done.

  transactions.py SERVER [--seed N] [--seconds N]

Writers set the same number to a group of keys that lie in all partitions, by MULTI and EXEC. Readers
ask for the group in each way that promises to see it as it was at one moment, while stores and
connections crash. Then the whole program is killed again and again, and what it has after a restart is
looked at. The seed is printed first; it chooses what is done, not what the system does in between.
"""
import argparse
import random
import signal
import sys
import tempfile
import threading
import time

from server import Checks, Client, Error, Server

GROUPS = 3
KEYS = 6  # of a group: enough to meet all four partitions
PARTITIONS = 4


def keys_of(group):
    return [f"group{group}:{i}" for i in range(KEYS)]


def set_group(client, group, n, watch=False):
    """All commands are sent at once. What EXEC answers."""
    lines = [Client.encode("WATCH", *keys_of(group))] if watch else []
    lines.append(Client.encode("MULTI"))
    lines += [Client.encode("SET", k, n) for k in keys_of(group)]
    lines.append(Client.encode("EXEC"))
    client.send(b"".join(lines))
    answers = [client.answer() for _ in lines]
    return answers[-1]


def read_group(client, group, how):
    keys = keys_of(group)
    if how == "MGET":
        return client("MGET", *keys)
    if how == "EXEC":
        client.send(Client.encode("MULTI") + b"".join(Client.encode("GET", k) for k in keys) +
                    Client.encode("EXEC"))
        return [client.answer() for _ in range(len(keys) + 2)][-1]
    if how == "pipeline":
        client.send(b"".join(Client.encode("GET", k) for k in keys))
        return [client.answer() for _ in keys]
    return [client("GET", k) for k in keys]  # one after the other: never an older value after a newer one


class Run:
    """Threads that go on until they are stopped; what went wrong in any of them."""

    def __init__(self, server, seed):
        self.server, self.seed = server, seed
        self.over = threading.Event()
        self.threads, self.wrong, self.counts = [], [], {}
        self.lock = threading.Lock()

    def start(self, name, body):
        def loop():
            rng = random.Random(f"{self.seed} {name}")
            client = self.server.client()
            while not self.over.is_set() and not self.wrong:
                try:
                    body(client, rng)
                    with self.lock:
                        self.counts[name] = self.counts.get(name, 0) + 1
                except (EOFError, OSError):  # this connection crashed
                    client.close()
                    try:
                        client = self.server.client()
                    except OSError:
                        if not self.over.is_set():
                            time.sleep(0.01)
                except Exception as e:  # else the exception of a thread would be lost
                    self.wrong.append(f"{name}: {e!r}")
            client.close()
        self.threads.append(threading.Thread(target=loop))
        self.threads[-1].start()

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()


def write(run, group, written):
    """Sets the group to ever higher numbers. `written` are the numbers that may be there."""
    def body(client, rng):
        n = written[group][1] + 1
        written[group][1] = n  # from now on it may be seen
        answer = set_group(client, group, n, watch=rng.random() < 0.2)
        if answer == ["OK"] * KEYS:
            written[group][0] = n
        elif answer is not None and not isinstance(answer, Error):
            run.wrong.append(f"EXEC answered {answer}")
        elif isinstance(answer, Error) and "nothing was done" not in answer and \
                "unknown whether" not in answer and "restarted" not in answer:
            run.wrong.append(f"EXEC answered {answer}")
    return body


def read(run, group, how, crashes):
    def body(client, _):
        values = read_group(client, group, how)
        if isinstance(values, Error) or any(isinstance(v, Error) for v in values):
            if not crashes:
                run.wrong.append(f"{how} answered {values}")
            return
        if how == "one by one":
            numbers = [int(v) for v in values]
            if any(a > b for a, b in zip(numbers, numbers[1:])):
                run.wrong.append(f"{how}: an older value behind a newer one: {values}")
        elif len(set(values)) != 1:
            run.wrong.append(f"{how} saw half a transaction: {values}")
    return body


def crash(what):
    def body(client, rng):
        time.sleep(rng.random() * 0.1)
        which = rng.choice(what)
        client("CRASH", *(["store", rng.randrange(PARTITIONS)] if which == "store" else [which]))
    return body


def no_client_sees_half(checks, program, seed, seconds, crashes):
    with Server(program, "--partitions", str(PARTITIONS), "--threads", "2") as server:
        with server.client() as c:
            for g in range(GROUPS):
                set_group(c, g, 1)
        written = {g: [1, 1] for g in range(GROUPS)}
        run = Run(server, seed)
        for g in range(GROUPS):
            run.start(f"write {g}", write(run, g, written))
            # A pipeline is no promise when a store crashes in between: it is asked again alone.
            for how in ["MGET", "EXEC", "one by one"] + ([] if crashes else ["pipeline"]):
                run.start(f"read {g} by {how}", read(run, g, how, crashes))
        if crashes:
            run.start("crash", crash(["store", "store", "connection"]))
        run.over.wait(seconds)
        run.stop()
        what = "with crashes" if crashes else "without crashes"
        for w in run.wrong[:5]:
            print(w)
        checks.equal(f"no client sees half a transaction, {what}", run.wrong, [])
        for name, count in sorted(run.counts.items()):
            print(f"  {what}: {name}: {count}")
        checks.true(f"all of them did something, {what}", len(run.counts) == len(run.threads))
        with server.client() as c:
            for g in range(GROUPS):
                values = {int(v) for v in c("MGET", *keys_of(g))}
                checks.equal(f"group {g} is one at the end, {what}", len(values), 1)
                checks.true(f"group {g} holds what was acknowledged, {what}: {values} {written[g]}",
                            written[g][0] <= min(values) and max(values) <= written[g][1])
            checks.equal(f"all is well at the end, {what}", set_group(c, 0, 10**9), ["OK"] * KEYS)


def kills_leave_none_half_done(checks, program, seed, kills):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="key_value_") as data:
        written = {g: [0, 0] for g in range(GROUPS)}
        for kill in range(kills):
            with Server(program, "--partitions", str(PARTITIONS), data=data) as server:
                with server.client() as c:
                    for g in range(GROUPS):
                        values = set(c("MGET", *keys_of(g)))
                        checks.equal(f"kill {kill}: group {g} is one: {values}", len(values), 1)
                        n = int(values.pop() or 0)
                        checks.true(f"kill {kill}: group {g} holds what was acknowledged: {n} of "
                                    f"{written[g]}", written[g][0] <= n <= written[g][1])
                        written[g] = [n, max(n, written[g][1])]
                run = Run(server, seed + kill)
                for g in range(GROUPS):
                    run.start(f"write {g}", write(run, g, written))
                run.start("crash", crash(["store"]))
                run.over.wait(0.1 + rng.random() * 0.3)
                run.over.set()
                server.process.send_signal(signal.SIGKILL)
                server.process.wait()
                run.stop()
                checks.equal(f"kill {kill}: nothing went wrong before", run.wrong, [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--kills", type=int, default=12)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    checks = Checks()
    no_client_sees_half(checks, options.server, options.seed, options.seconds, crashes=False)
    no_client_sees_half(checks, options.server, options.seed, options.seconds, crashes=True)
    kills_leave_none_half_done(checks, options.server, options.seed, options.kills)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())
