#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shows the key-value server under load while its processes are crashed at random.

  demo.py SERVER [--serve] [--seconds N] [--seed S]

Writers keep a record of every write that was acknowledged; at the end, and once more after the
whole server has been restarted, each of them must be there. Exit code 0: they were.
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
    client, missing, total = Client(port), [], 0
    for w in writers:
        for key, value in w.acknowledged.items():
            total += 1
            if client.command("GET", key) != value.encode():
                missing.append(key)
    client.close()
    return total, missing


def cli(port, *words):
    done = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip()


def records(log):
    """The records of the server's log: a line, and the indented lines that belong to it."""
    found = []
    with open(log, errors="replace") as f:
        for line in f:
            if line.startswith(" ") and found:
                found[-1] += line
            else:
                found.append(line)
    return found


def story(all_records, child):
    """How the first crash of a child was reported, and what its supervisor did."""
    told, pid = [], None
    for r in all_records:
        if pid is None:
            if " crashed: " in r and f"CRASH {child}" in r:
                pid = re.search(r"(<[0-9.]+>)[^<]* crashed: ", r).group(1)
                told.append(r)
        elif len(told) == 1 and f"{pid} ended" in r:
            told.append(r)
            if child == "connection":
                break  # a connection is temporary: its client comes back by itself
        elif len(told) == 2 and re.search(f" started {child}[/ ]", r):
            told.append(r)
            break
    return told


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

    print(f"seed {o.seed}; the server on port {port}, data in {data}")
    server = Server(o.server, port, data, log)
    stop = threading.Event()
    writers = [Writer(port, f"w{i}", stop) for i in range(4)]
    for w in writers:
        w.start()
    bench = subprocess.Popen(
        ["redis-benchmark", "-p", str(port), "-t", "set,get", "-c", "20", "-n", "150000", "--csv"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    crashes = {}
    until = time.monotonic() + o.seconds
    while time.monotonic() < until:
        what = random.choice(["store", "store", "connection", "pubsub", "listener"])
        words = [what, str(random.randrange(4))] if what == "store" else [what]
        cli(port, "CRASH", *words)
        crashes[what] = crashes.get(what, 0) + 1
        time.sleep(random.uniform(0.02, 0.1))
    stop.set()
    for w in writers:
        w.join()
    bench_out = bench.communicate(timeout=60)[0]

    print(f"\ncrashed on purpose in {o.seconds:g} s: "
          + ", ".join(f"{n} x {what}" for what, n in sorted(crashes.items())))
    print("redis-benchmark, meanwhile:")
    for line in bench_out.splitlines():
        if line.startswith('"') or "rror" in line:
            print("  " + line[:110])
    print(f"writers: {sum(len(w.acknowledged) for w in writers)} writes acknowledged, "
          f"{sum(w.refused for w in writers)} refused while a store was down, "
          f"{sum(w.reconnects for w in writers)} reconnects")
    all_records = records(log)
    print(f"\nfrom the {len(all_records)} records of the server's log:")
    for child in ["store", "pubsub", "connection"]:
        for record in story(all_records, child):
            for line in record.splitlines():
                print("  " + line[:150])
        print()
    print("the healed tree:")
    for line in cli(port, "INFO", "tree").splitlines():
        print("  " + line)

    count, missing = check(port, writers)
    print(f"\nacknowledged writes found: {count - len(missing)} of {count}")
    code = server.stop()
    print(f"stopped by SIGTERM, exit code {code}")
    server = Server(o.server, port, data, log)
    again, missing_again = check(port, writers)
    print(f"started again from its logs: {again - len(missing_again)} of {again} found")
    last = server.stop()
    good = not missing and not missing_again and code == 0 and last == 0 and bench.returncode == 0
    if good:
        shutil.rmtree(data)
        print("\nEverything held.")
        return 0
    print(f"\nSOMETHING WAS LOST: {(missing + missing_again)[:10]}, exit codes {code} {last}, "
          f"redis-benchmark {bench.returncode}; see {log}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
