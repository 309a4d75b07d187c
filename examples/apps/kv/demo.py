#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""demo.py PROGRAM: uses the store with `nc`, crashes a bucket, and stops it while clients are there."""
import pathlib
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from demo_tools import PATIENCE, check, eventually, running, say


class Client:
    """A connection that stays; `nc` where it is installed."""

    def __init__(self, port):
        self.nc = None
        if shutil.which("nc"):
            self.nc = subprocess.Popen(["nc", "127.0.0.1", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.to, self.out = self.nc.stdin, self.nc.stdout
        else:
            s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            self.to, self.out = s.makefile("wb"), s.makefile("rb")

    def ask(self, line):
        """The answer's lines."""
        self.to.write(line.encode() + b"\n")
        self.to.flush()
        lines = []
        while True:
            one = self.out.readline().decode().rstrip("\n")
            lines.append(one)
            if one in ("OK", "NOT FOUND", "UNKNOWN COMMAND", "") or one.startswith("ERROR"):
                return lines

    def says(self, line, *answer):
        check(self.ask(line) == list(answer), f"{line:32} {' / '.join(answer)}")

    def is_closed(self):
        if self.nc:
            self.to.close()  # it goes on until both sides have ended
        return self.out.readline() == b""

    def close(self):
        if self.nc:
            self.nc.kill()
            self.nc.wait()


def main():
    program = sys.argv[1]
    with running(program, "--port", "0") as server:
        port = server.port()
        say(f"kv on port {port}, by {'nc' if shutil.which('nc') else 'sockets, for want of nc'}:")
        ann, bob = Client(port), Client(port)
        ann.says("CREATE shopping", "OK")
        ann.says("PUT shopping milk 3", "OK")
        bob.says("GET shopping milk", "3", "OK")
        bob.says("DELETE shopping milk", "OK")
        ann.says("GET shopping milk", "NOT FOUND")
        ann.says("GET nowhere milk", "NOT FOUND")
        ann.says("PUT shopping milk", "UNKNOWN COMMAND")
        ann.says("CREATE travel", "OK")
        ann.says("PUT travel train 9:40", "OK")
        ann.says("PUT shopping eggs 6", "OK")

        say("a bucket crashes:")
        ann.says("CRASH shopping", "OK")
        eventually(lambda: bob.ask("GET shopping eggs") == ["NOT FOUND"], "shopping is back, and empty")
        ann.says("GET travel train", "9:40", "OK")
        ann.says("PUT shopping eggs 12", "OK")
        bob.says("GET shopping eggs", "12", "OK")

        say("bad input:")
        too_long = Client(port)
        too_long.to.write(b"x" * 70_000)
        too_long.to.flush()
        check(too_long.out.readline().startswith(b"ERROR a line has at most"), "a line without an end is refused")
        bob.says("GET travel train", "9:40", "OK")

        say("the tree:")
        tree = ann.ask("TREE")
        say("\n".join("    " + line for line in tree[:-1]))
        check(any("restarted once" in line for line in tree), "the tree tells of the restart")

        say("another one on the same port:")
        second = subprocess.run([program, "--port", str(port)], capture_output=True, text=True, timeout=PATIENCE)
        check(second.returncode == 2 and f"port {port}" in second.stderr, second.stderr.strip())

        say("SIGTERM, while two clients are there:")
        check(server.stop() == 0, "it stops in order, with 0")
        check(ann.is_closed() and bob.is_closed(), "the clients are disconnected")
        for c in (ann, bob, too_long):
            c.close()


main()
