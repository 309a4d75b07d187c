#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the key-value server for long while its processes are crashed, and looks at its memory.

  soak.py SERVER [--minutes N] [--seed S]

The clients write the same keys again and again, so nothing that the server keeps grows. Exit code 0: nor
did its resident memory, and it served to the end.
"""
import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time

import demo

KEYS = 1_000
SAMPLES_A_SECOND = 2
MAY_GROW = 1.05, 2.0  # times, and MB


class Rewriter(threading.Thread):
    """Sets and reads a few keys for ever, with new connections now and then."""

    def __init__(self, port, stop):
        super().__init__()
        self.port, self.stop, self.served, self.failed = port, stop, 0, 0

    def run(self):
        client = None
        while not self.stop.wait(0.001):
            key = f"soak:{random.randrange(KEYS)}"
            try:
                client = client or demo.Client(self.port)
                client.command("SET", key, os.urandom(50))
                client.command("GET", key)
                self.served += 1
                if self.served % 1_000 == 0:
                    client.close()
                    client = None
            except (RuntimeError, OSError):
                self.failed += 1
                client = None


def resident_mb(pid):
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def sample(pid, seen, stop):
    while not stop.wait(1 / SAMPLES_A_SECOND):
        seen.append(resident_mb(pid))


def quarter(seen, n):
    """The middle of the n-th quarter."""
    size = len(seen) // 4
    return statistics.median(seen[(n - 1) * size:n * size])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("server")
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    o = options.parse_args()
    random.seed(o.seed)
    port, data = demo.free_port(), tempfile.mkdtemp(prefix="key_value_")
    log = os.path.join(data, "server.log")
    print(f"seed {o.seed}; the server on port {port}, a crash every 60 ms, for {o.minutes:g} minutes ...",
          flush=True)
    server = demo.Server(o.server, port, data, log)
    stop, seen = threading.Event(), []
    writers = [Rewriter(port, stop) for _ in range(4)]
    sampler = threading.Thread(target=sample, args=(server.process.pid, seen, stop))
    for t in [*writers, sampler]:
        t.start()
    crashes = 0
    until = time.monotonic() + o.minutes * 60
    while time.monotonic() < until and server.process.poll() is None:
        crashes += sum(demo.crash_at_random(port, min(10, o.minutes * 60)).values())
        print(f"  {resident_mb(server.process.pid):6.1f} MB, {crashes} crashes, "
              f"{sum(w.served for w in writers)} served, {sum(w.failed for w in writers)} failed", flush=True)
    demo.finish(stop, [*writers, sampler])
    code = server.stop()
    early, late = quarter(seen, 2), quarter(seen, 4)
    grew = late > early * MAY_GROW[0] + MAY_GROW[1]
    served = sum(w.served for w in writers)
    print(f"soak: {o.minutes:g} minutes, {crashes} crashes, {served} served; resident {early:.1f} MB in the second "
          f"quarter, {late:.1f} MB in the last: {'IT GREW' if grew else 'no growth'}")
    if grew or code != 0 or served == 0:
        print(f"exit code {code}; see {log}")
        return 1
    shutil.rmtree(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
