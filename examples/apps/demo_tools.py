# SPDX-License-Identifier: BSL-1.0
"""What the demos of these programs share: each starts its program, uses it as its users do, and is its test."""
import contextlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 60  # seconds for what should take none: a loaded machine is slow


def say(text=""):
    print(text, flush=True)


def check(is_right, what):
    """Says that it holds, or ends the demo with 1."""
    if not is_right:
        raise SystemExit(f"demo: this does not hold: {what}")
    say(f"  ok: {what}")


def eventually(condition, what):
    """Waits until it holds. Its value."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"demo: not within {PATIENCE} s: {what}")
        time.sleep(0.01)
    say(f"  ok: {what}")
    return value


class Program:
    """A running program, and the lines that it has written."""

    def __init__(self, *command, **how):
        self.process = subprocess.Popen([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **how)
        self.lines, self.log = queue.Queue(), []
        for stream, take in ((self.process.stdout, self.lines.put), (self.process.stderr, self.log.append)):
            threading.Thread(target=self._read, args=(stream, take), daemon=True).start()

    @staticmethod
    def _read(stream, take):
        for line in stream:
            take(line.rstrip("\n"))

    def line(self, pattern):
        """The next line that matches, as a match."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = re.search(pattern, self.lines.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                raise SystemExit(f"demo: no line `{pattern}`; the log says:\n" + "\n".join(self.log)) from None
            if found:
                return found

    def port(self):
        return int(self.line(r"listens on [^:]*:(\d+)")[1])

    def signal(self, which):
        self.process.send_signal(which)

    def stop(self):
        """In order; its exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)


@contextlib.contextmanager
def running(*command, **how):
    program = Program(*command, **how)
    try:
        yield program
    except BaseException:
        sys.stderr.write("\n".join(["the program's log:", *program.log[-50:], ""]))
        raise
    finally:
        program.process.kill()
        program.process.wait()
