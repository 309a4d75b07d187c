#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shows the key-value server under load while its processes are crashed at random.

  demo.py SERVER [--serve] [--seconds N] [--seed S]

Writers keep a record of every write that was acknowledged. Each of them must be there at the end,
after an orderly stop, and after a kill -9 amid writes. Exit code 0: they were.
"""
import argparse
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Client:
    """Just enough of RESP to write, to read, and to know whether it was answered."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")

    def command(self, *words):
        out = b"*%d\r\n" % len(words)
        for w in words:
            w = w if isinstance(w, bytes) else str(w).encode()
            out += b"$%d\r\n%s\r\n" % (len(w), w)
        self.socket.sendall(out)
        return self.answer()

    def answer(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the connection was closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            n = int(rest)
            return None if n < 0 else self.file.read(n + 2)[:-2]
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest.decode()

    def close(self):
        self.file.close()
        self.socket.close()


class Writer(threading.Thread):
    """Sets new keys one after the other. What was not acknowledged is not counted."""

    def __init__(self, port, name, stop):
        super().__init__()
        self.port, self.prefix, self.stop = port, name, stop
        self.acknowledged, self.refused, self.reconnects = {}, 0, 0

    def run(self):
        client, n = None, 0
        while not self.stop.is_set():
            n += 1
            key, value = f"{self.prefix}:{n}", f"{random.getrandbits(64):x}"
            try:
                client = client or Client(self.port)
                if client.command("SET", key, value) == "OK":
                    self.acknowledged[key] = value
            except RuntimeError:
                self.refused += 1  # the store was down: the server said so, and the key is not ours
            except OSError:
                self.reconnects += 1
                client = None


class Server:
    def __init__(self, program, port, data, log):
        self.port, self.log = port, open(log, "ab")
        self.process = subprocess.Popen(
            [program, "--port", str(port), "--data", data],
            stdout=self.log, stderr=self.log)
        for _ in range(500):  # until it answers
            try:
                c = Client(port)
                c.command("PING")
                c.close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the server did not start: see {log}")
                time.sleep(0.02)
        raise SystemExit("the server does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def check(port, writers):
    """How many acknowledged writes there are, and which of them are missing."""
    client, missing = Client(port), []
    everything = [(k, v.encode()) for w in writers for k, v in w.acknowledged.items()]
    for i in range(0, len(everything), 500):
        some = everything[i:i + 500]
        found = client.command("MGET", *(key for key, _ in some))
        missing += [key for (key, value), there in zip(some, found) if value != there]
    client.close()
    return len(everything), missing


def cli(port, *words):
    done = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip()


def records(log):
    """What the server reported: a list of lines each, the first with date, level and pid."""
    found = []
    with open(log, errors="replace") as f:
        for line in f:
            if line[:1].isspace() and found:
                found[-1].append(line.strip())
            elif line.strip():
                found.append([line.strip()])
    return found


def one_crash(log):
    """All that was reported of one crash of a store: by itself, and by its supervisor."""
    story, wanted = [], r" (<[\d.]+>) \((?:\w+::)*store\) .*crashed: "
    for record in records(log):
        found = re.search(wanted, record[0])
        if not found:
            continue
        story.append(record)
        if len(story) == 1:
            wanted = rf"supervisor\b.*(store/\d) {re.escape(found[1])} ended: "
        elif len(story) == 2:
            wanted = rf"supervisor\b.*started {re.escape(found[1])} "
        else:
            break
    return story


def show(title, lines):
    print(f"\n== {title}\n")
    for line in lines:
        print("\n".join(textwrap.wrap(line, 100, initial_indent="  ", subsequent_indent="      ",
                                      drop_whitespace=True, replace_whitespace=False)))


def show_crash(log):
    lines = []
    for first, *others in one_crash(log):
        lines.append(re.sub(r"^\S+T(\S+)Z", r"\1", first))
        lines += ["    " + o for o in others]
    show("one crash, as the server reported it",
         lines or ["(nothing was reported: COPPICE_LOG says so)"])


def serve(program, port, data, log):
    server = Server(program, port, data, log)
    print(f"The server listens on 127.0.0.1:{port}; its data is in {data}, its log in {log}.")
    print(f"  redis-cli -p {port}")
    print(f"  redis-cli -p {port} CRASH store 0")
    print(f"  redis-cli -p {port} INFO tree")
    print(f"  kill {server.process.pid}        stops it in order")
    return 0


def main():
    options = argparse.ArgumentParser()
    options.add_argument("server")
    options.add_argument("--serve", action="store_true")
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    o = options.parse_args()
    random.seed(o.seed)
    port, data = free_port(), tempfile.mkdtemp(prefix="key_value_")
    log = os.path.join(data, "server.log")
    os.environ.setdefault("COPPICE_LOG", "info")
    if o.serve:
        return serve(o.server, port, data, log)

    print(f"seed {o.seed}; the server on port {port}, its data in {data}\n"
          f"four writers, redis-benchmark, and a crash every 60 ms, for {o.seconds:g} s ...",
          flush=True)
    server = Server(o.server, port, data, log)
    stop, writers = start_writers(port, "w")
    bench = subprocess.Popen(
        ["redis-benchmark", "-p", str(port), "-t", "set,get", "-c", "20", "--csv",
         "-n", str(int(20_000 * o.seconds))],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    crashes = crash_at_random(port, o.seconds)
    finish(stop, writers)
    bench_out = bench.communicate(timeout=60)[0]

    show_crash(log)
    show("the tree, healed", cli(port, "INFO", "tree").splitlines())
    show("what its clients noticed", [
        "crashed on purpose: "
        + ", ".join(f"{n} x {what}" for what, n in sorted(crashes.items())),
        f"writers: {sum(w.refused for w in writers)} writes refused while a store was down, "
        f"{sum(w.reconnects for w in writers)} reconnects",
        "redis-benchmark: " + benchmark(bench_out)])

    total, missing = check(port, writers)
    lines = [found("while it runs", total, missing)]
    codes = [server.stop()]
    server = Server(o.server, port, data, log)
    total, lost = check(port, writers)
    missing += lost
    lines.append(found("after SIGTERM and a new start", total, lost))

    stop, more = start_writers(port, "k")
    wait_for_writes(more, 2000)
    server.process.kill()
    server.process.wait()
    finish(stop, more)
    server = Server(o.server, port, data, log)
    total, lost = check(port, writers + more)
    missing += lost
    lines.append(found("after kill -9 amid writes and a new start", total, lost))
    codes.append(server.stop())
    show("acknowledged writes", lines)

    if not missing and codes == [0, 0] and bench.returncode == 0:
        shutil.rmtree(data)
        print("\nEverything held.")
        return 0
    print(f"\nSOMETHING WAS LOST: {missing[:10]}, exit codes {codes}, "
          f"redis-benchmark {bench.returncode}; see {log}")
    return 1


def start_writers(port, name):
    stop = threading.Event()
    writers = [Writer(port, f"{name}{i}", stop) for i in range(4)]
    for w in writers:
        w.start()
    return stop, writers


def finish(stop, writers):
    stop.set()
    for w in writers:
        w.join()


def wait_for_writes(writers, count):
    until = time.monotonic() + 60
    while sum(len(w.acknowledged) for w in writers) < count:
        if time.monotonic() > until:
            raise SystemExit("the server acknowledges no writes")
        time.sleep(0.01)


def crash_at_random(port, seconds):
    """How often what was crashed."""
    crashes, until = {}, time.monotonic() + seconds
    while time.monotonic() < until:
        what = random.choice(["store", "store", "connection", "pubsub", "listener"])
        cli(port, "CRASH", what, *([str(random.randrange(4))] if what == "store" else []))
        crashes[what] = crashes.get(what, 0) + 1
        time.sleep(random.uniform(0.02, 0.1))
    return crashes


def benchmark(output):
    """Commands in a second, and its errors if there are any."""
    rows = [line.replace('"', "").split(",") for line in output.splitlines() if line[:1] == '"']
    rates = [f"{float(r[1]):,.0f} {r[0]} a second" for r in rows if r[0] != "test"]
    return ", ".join(rates + [line for line in output.splitlines() if "rror" in line])


def found(when, total, missing):
    return f"{when}: {total - len(missing)} of {total} found"


if __name__ == "__main__":
    sys.exit(main())
