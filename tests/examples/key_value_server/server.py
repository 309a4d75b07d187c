# SPDX-License-Identifier: BSL-1.0
"""A key-value server of our own and clients for it, for the scripts beside this one."""
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

DEADLINE = 30.0 * float(os.environ.get("COPPICE_TEST_TIMEOUT_FACTOR", "1"))  # seconds, for any one wait


class Error(str):
    """An answer that begins with `-`."""

    def __repr__(self):
        return f"Error({str.__repr__(self)})"


class Client:
    """Speaks RESP2. What it reads: str for `+`, Error for `-`, int, bytes, list, None."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @staticmethod
    def encode(*words):
        out = b"*%d\r\n" % len(words)
        for w in words:
            w = w if isinstance(w, bytes) else str(w).encode()
            out += b"$%d\r\n%s\r\n" % (len(w), w)
        return out

    def send(self, data):
        """Some of it may be refused: the server disconnects a client that sends garbage."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def __call__(self, *words):
        self.socket.sendall(self.encode(*words))
        return self.answer()

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def answer(self):
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return Error(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            n = int(rest)
            if n < 0:
                return None
            while len(self.buffer) < n + 2:
                self.more()
            value, self.buffer = self.buffer[:n], self.buffer[n + 2:]
            return value
        if kind == b"*":
            return None if int(rest) < 0 else [self.answer() for _ in range(int(rest))]
        raise AssertionError(f"no answer of RESP2: {line!r}")

    def ended(self):
        """Whether the server has disconnected, with no unread answer."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def silent(self):
        """Whether there is nothing to read now."""
        return not self.buffer and not select.select([self.socket], [], [], 0)[0]


class Server:
    """The program on a free port, with data that is gone afterwards."""

    def __init__(self, program, *arguments, data=None, **how):
        self.home = None if data else tempfile.TemporaryDirectory(prefix="key_value_")
        self.data = data or self.home.name
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, "--port", "0", "--data", self.data, *arguments],
            stdout=subprocess.PIPE, stderr=self.log, **how)
        first = self.process.stdout.readline().decode()
        found = re.search(r"listens on \S+:(\d+)", first)
        if not found:
            self.process.wait(timeout=DEADLINE)
            raise AssertionError(f"the server did not start: {first}{self.said()}")
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
        self.log.close()
        if self.home:
            self.home.cleanup()

    def client(self):
        return Client(self.port)

    def said(self):
        """Its standard error so far."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=DEADLINE)


def wait_until(condition, what):
    """Asks again and again, and gives up after a generous time."""
    until = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"never came true: {what}")
        select.select([], [], [], 0.01)


class Checks:
    """Counts what was compared, and prints what differs."""

    def __init__(self):
        self.count = self.wrong = 0

    def equal(self, what, got, expected):
        self.count += 1
        if got != expected or type(got) is not type(expected):
            self.wrong += 1
            print(f"WRONG {what}\n  expected {expected!r}\n  got      {got!r}")

    def true(self, what, holds):
        self.equal(what, bool(holds), True)

    def done(self):
        print(f"{self.count - self.wrong} of {self.count} checks hold")
        return 1 if self.wrong else 0
