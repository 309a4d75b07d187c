# SPDX-License-Identifier: BSL-1.0
"""W14: the key-value server and Redis under redis-benchmark.

Both write each change to an append-only log before they answer, and neither waits for the disk: Redis
runs with `--appendonly yes --appendfsync no` and without snapshots. Redis executes commands on one thread;
we are measured as we come, with half as many threads as processors, and with as many. A client takes one
processor as well."""
import contextlib
import csv
import os
import shutil
import socket
import subprocess
import tempfile
import time

from sides import BIN, Failed, Side


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running(command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{command[0]} does not serve") from None
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


NO_CLIENT = None if shutil.which("redis-benchmark") else "no `redis-benchmark` (package redis-tools)"


def requests_per_second(port, commands, *pipeline):
    """By command, in small letters."""
    done = subprocess.run(["redis-benchmark", "-p", str(port), "-t", ",".join(commands), "-c", "50", "-n", "500000",
                           "--csv", *pipeline], capture_output=True, text=True, timeout=300)
    rows = {row[0].lower(): float(row[1]) for row in csv.reader(done.stdout.splitlines())
            if row and row[0] != "test"}
    if done.returncode or not rows:
        raise Failed(f"redis-benchmark: {done.stderr.strip()[-300:]}")
    return rows


class Server(Side):
    def __init__(self, name, arguments, version, missing, on_all_processors=()):
        super().__init__(name, [], version, missing)
        self.arguments, self.on_all_processors = arguments, on_all_processors

    def run(self, workload):
        return {**self.figures("", ()), **self.figures("_on_all_processors", self.on_all_processors)}

    def figures(self, suffix, more):
        with tempfile.TemporaryDirectory() as data:
            port = free_port()
            with running([*self.arguments(str(port), data), *more], port):
                plain = requests_per_second(port, ("set", "get"))
                piped = requests_per_second(port, ("set", "get"), "-P", "16")
        return {name + suffix: (v, "1/s") for name, v in
                [*plain.items(), *((f"{name}_pipelined", v) for name, v in piped.items())]}


def sides():
    no_server = None if shutil.which("redis-server") else "no `redis-server` (package redis-server)"
    version = "" if no_server else subprocess.run(["redis-server", "--version"], capture_output=True,
                                                  text=True).stdout.split(" sha")[0]
    return [
        Server("Coppice", lambda port, data: [BIN / "key_value_server", "--port", port, "--data", data],
               "examples/key_value_server", NO_CLIENT,
               on_all_processors=("--threads", str(os.cpu_count()))),
        Server("Redis", lambda port, data: ["redis-server", "--port", port, "--dir", data, "--save", "",
                                            "--appendonly", "yes", "--appendfsync", "no"],
               version, NO_CLIENT or no_server),
    ]
