#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the key-value server does when its files are not what they were, or cannot be written.

  durability.py SERVER [DISK_CALLS]

DISK_CALLS is the library of disk_calls.cpp; without it nothing is said about what is on the disk.
No acknowledged write is lost without a word: it is there, or the store says what is missing. Needs no
right of root: a full disk is a limit on the size of files.
"""
import os
import resource
import signal
import subprocess
import sys
import tempfile

from server import DEADLINE, Checks, Client, Error, Server, wait_until


def log_of(data, partition=0):
    return os.path.join(data, f"partition-{partition}.log")


def start(program, data, partitions=1, **how):
    return Server(program, "--partitions", str(partitions), data=data, **how)


def fill(client, count, value="value"):
    client.send(b"".join(Client.encode("SET", f"key{i}", f"{value}{i}") for i in range(count)))
    return [client.answer() for _ in range(count)]


def values(client, count):
    return client("MGET", *(f"key{i}" for i in range(count)))


def expected(count, value="value"):
    return [f"{value}{i}".encode() for i in range(count)]


def refused(checks, what, program, data, partitions, sentence):
    """A start that must fail, with one sentence."""
    done = subprocess.run([program, "--port", "0", "--data", data, "--partitions", str(partitions)],
                          capture_output=True, text=True, timeout=DEADLINE)
    checks.equal(f"{what}: the sentence", done.stderr, f"key_value_server: {sentence}\n")
    checks.equal(f"{what}: the exit code", done.returncode, 2)


# --- (a) a rewrite is optional ---

def worth_a_rewrite(client, keys):
    """More than 1000 records, and more than twice as many as there are keys."""
    for i in range(1 + 3000 // keys):
        answers = fill(client, keys, f"{i}:")
        assert set(answers) == {"OK"}, answers
    return expected(keys, f"{i}:")


def rewrite_fails(checks, program, home, what, hinder, help_out):
    data = os.path.join(home, what.replace(" ", "_"))
    new = log_of(data) + ".new"
    with start(program, data, restore_signals=False) as server, server.client() as c:
        keys = worth_a_rewrite(c, 100)
        size = os.path.getsize(log_of(data))
        hinder(server, data)
        for again in range(2):
            checks.equal(f"{what}: CRASH store", c("CRASH", "store"), "OK")
            checks.equal(f"{what}: all keys are served", values(c, 100), keys)
        checks.equal(f"{what}: the old log is as it was", os.path.getsize(log_of(data)), size)
        checks.true(f"{what}: nothing is left behind", not os.path.isfile(new))
        if os.path.isdir(new):  # the limit on the size of files holds for what is said as well
            wait_until(lambda: "a log could not be rewritten, and is used as it is: "
                       f"cannot open {new}: Is a directory" in server.said(),
                       f"{what}: a warning says so")
        help_out(server, data)
        checks.equal(f"{what}: written again", c("SET", "more", "1"), "OK")
        c("CRASH", "store")
        checks.equal(f"{what}: that is there too", c("GET", "more"), b"1")
        checks.true(f"{what}: now it was rewritten", os.path.getsize(log_of(data)) < size / 2)
        checks.equal(f"{what}: SIGTERM ends it with", server.stop(), 0)
    with start(program, data) as server, server.client() as c:
        checks.equal(f"{what}: after a new start", values(c, 100), keys)


def rewrites(checks, program, home):
    def limit(size):
        def change(server, _):
            _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))
        return change

    rewrite_fails(checks, program, home, "a full disk", limit(2_000), limit(resource.RLIM_INFINITY))
    rewrite_fails(checks, program, home, "a full disk from the first byte on", limit(0),
                  limit(resource.RLIM_INFINITY))
    rewrite_fails(checks, program, home, "the name is taken",
                  lambda _, data: os.mkdir(log_of(data) + ".new"),
                  lambda _, data: os.rmdir(log_of(data) + ".new"))


def broken_off(checks, program, home):
    """A new file that an earlier program left half written is removed, not read."""
    data = os.path.join(home, "broken_off")
    with start(program, data) as server, server.client() as c:
        fill(c, 50)
    with open(log_of(data) + ".new", "wb") as f:
        f.write(b"half")
    with start(program, data) as server, server.client() as c:
        checks.equal("the keys are there", values(c, 50), expected(50))
        checks.true("what was half written is gone", not os.path.exists(log_of(data) + ".new"))


# --- (b) only the first start makes files ---

def changed_while_it_runs(checks, program, home, what, change, sentence):
    """The store of the log does not start again, and says why; the others serve."""
    data = os.path.join(home, what.replace(" ", "_"))
    with start(program, data, partitions=2) as server, server.client() as c:
        fill(c, 100)
        with open(log_of(data), "rb") as f:
            whole = f.read()
        change(log_of(data))
        checks.equal(f"{what}: still in memory", values(c, 100), expected(100))
        c("CRASH", "store", "0")
        answers = [c("GET", f"key{i}") for i in range(100)]
        wrong = [a for a in answers if isinstance(a, Error)]
        right = [a for i, a in enumerate(answers) if a == f"value{i}".encode()]
        checks.equal(f"{what}: no key is silently none", len(wrong) + len(right), 100)
        checks.true(f"{what}: one partition is there, the other is not", wrong and right)
        said = Error("ERR the store does not come back; nothing was done: "
                     + sentence(log_of(data), len(whole)))
        wait_until(lambda: next(a for a in map(lambda i: c("GET", f"key{i}"), range(100))
                                if isinstance(a, Error)) == said, f"{what}: the client is told")
        tree = c("INFO", "tree").decode()
        checks.true(f"{what}: so does INFO tree", "does not start: " in tree)
        with open(log_of(data), "wb") as f:
            f.write(whole)
        wait_until(lambda: values(c, 100) == expected(100), f"{what}: put back, it is served")
        checks.equal(f"{what}: SIGTERM ends it with", server.stop(), 0)


def given_up(checks, program, home):
    """What the sentence about a missing log advises works, also while the server runs."""
    data = os.path.join(home, "given_up")
    with start(program, data) as server, server.client() as c:
        fill(c, 100)
        os.remove(log_of(data))
        c("CRASH", "store")
        wait_until(lambda: "is missing" in str(c("GET", "key0")), "it is refused")
        with open(log_of(data), "x"):
            pass
        wait_until(lambda: c("GET", "key0") is None, "its keys were given up")
        checks.equal("and it is written to", c("SET", "key0", "new"), "OK")
    with start(program, data) as server, server.client() as c:
        checks.equal("after a new start", c("DBSIZE"), 1)


def files_are_made_once(checks, program, home):
    changed_while_it_runs(
        checks, program, home, "a log is removed", os.remove,
        lambda log, _: f"{log} is missing. Put it back, or give up its keys with: touch {log}")

    def cut(log, size, to):
        return (f"{log} was cut while the server ran: {size} bytes were written, and {to} are there. "
                "Put back a good copy, or start the server again to give up what is missing")
    changed_while_it_runs(checks, program, home, "a log is emptied",
                          lambda log: os.truncate(log, 0), lambda log, size: cut(log, size, 0))
    changed_while_it_runs(checks, program, home, "the last record is cut",
                          lambda log: os.truncate(log, os.path.getsize(log) - 1),
                          lambda log, size: cut(log, size, size - 1))
    given_up(checks, program, home)


def number_of_partitions(checks, program, home):
    data = os.path.join(home, "number")
    file = os.path.join(data, "partitions")
    with start(program, data, partitions=4) as server, server.client() as c:
        fill(c, 100)
    for content in [None, "", "\0\0", "four\n"]:
        what = "is missing" if content is None else "holds no number"
        os.remove(file)
        if content is not None:
            with open(file, "w") as f:
                f.write(content)
        for partitions in [2, 4]:
            refused(checks, what, program, data, partitions,
                    f"{file} {what}, but there are logs. Put it back, or write the number of "
                    f"partitions into it: echo 4 > {file}")
        if content is None:
            with open(file, "w"):
                pass
    with open(file, "w") as f:
        f.write("4\n")
    with start(program, data, partitions=4) as server, server.client() as c:
        checks.equal("after what the sentence advises", values(c, 100), expected(100))
    fresh = os.path.join(home, "fresh")
    os.mkdir(fresh)
    with open(log_of(fresh), "w"):
        pass  # a first start that was broken off leaves this
    with start(program, fresh, partitions=3) as server, server.client() as c:
        checks.equal("a first start goes on where one was broken off", fill(c, 10), ["OK"] * 10)


def no_room_at_the_first_start(checks, program, home):
    data = os.path.join(home, "no_room")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        done = subprocess.run([program, "--port", "0", "--data", data, "--partitions", "2"],
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    checks.equal("no room: the exit code", done.returncode, 2)
    checks.true("no room: a sentence",
                done.stderr.startswith(f"key_value_server: cannot keep data in {data}: "))
    with start(program, data, partitions=3) as server, server.client() as c:
        checks.equal("no room: then there is", fill(c, 10), ["OK"] * 10)


# --- what is on the disk before it counts ---

def on_the_disk(checks, program, home, library):
    above = os.path.join(home, "on_the_disk")
    data = os.path.join(above, "new")
    notes = os.path.join(home, "notes")
    parents, last = [], data
    while last != "/":
        last = os.path.dirname(last)
        parents.append(f"fsync {last}")

    def called():
        with open(notes) as f:
            lines = f.read().splitlines()
        os.truncate(notes, 0)
        return lines

    def replaced(name):
        file = os.path.join(data, name)
        return [f"fsync {file}.new", f"rename {file}.new {file}", f"fsync {data}"]
    env = dict(os.environ, LD_PRELOAD=library, DISK_CALLS=notes)
    with start(program, data, partitions=2, env=env) as server, server.client() as c:
        # The names of the logs, then the number of partitions and its name.
        checks.equal("the first start", called(),
                     parents + [f"fsync {data}"] + replaced("partitions"))
        worth_a_rewrite(c, 100)
        checks.equal("an append waits for no disk", called(), [])
        c("CRASH", "store", "0")
        c("DBSIZE")
        checks.equal("a rewrite", called(), replaced("partition-0.log"))
    with start(program, data, partitions=2, env=env):
        checks.equal("a later start", called(), [])


def main():
    program = os.path.abspath(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="key_value_") as home:
        rewrites(checks, program, home)
        broken_off(checks, program, home)
        files_are_made_once(checks, program, home)
        number_of_partitions(checks, program, home)
        no_room_at_the_first_start(checks, program, home)
        if len(sys.argv) > 2:
            on_the_disk(checks, program, os.path.realpath(home), sys.argv[2])
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())
