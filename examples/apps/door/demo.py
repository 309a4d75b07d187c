#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""demo.py PROGRAM: presses keys in a terminal of its own and through a pipe, and compares the diagram."""
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import termios
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from demo_tools import PATIENCE, check, eventually, running, say

PROGRAM = sys.argv[1]


def through_a_pipe():
    say("through a pipe:")
    with running(PROGRAM, "--open-for", "100", "--blocked-for", "100", stdin=subprocess.PIPE) as door:
        def press(keys):
            door.process.stdin.write(keys)
            door.process.stdin.flush()

        def shows(text):
            check(door.line("^door: " + text) is not None, text)

        shows("locked$")
        press("v")  # a visitor, who waits
        press("99991234")
        shows("wrong code, 2 more")
        shows("open$")
        shows("open, 1 inside")
        shows("locked$")
        press("111122223333")
        shows("ALARM")
        shows("locked$")
        press("12k")
        shows(r"locked \*\*")
        shows("locked$")
        press("1234")
        shows("open$")
        press("s")
        shows("locked$")
        press("q")
        check(door.process.wait(PATIENCE) == 0, "q ends it with 0")


def in_a_terminal():
    say("in a terminal:")
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen([PROGRAM, "--open-for", "60000"], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
    seen = []

    def read():
        while True:
            try:
                seen.append(os.read(ours, 4096).decode())
            except OSError:
                return

    threading.Thread(target=read, daemon=True).start()
    screen = lambda: "".join(seen)
    eventually(lambda: "door: locked" in screen(), "it is locked")
    check(not termios.tcgetattr(theirs)[3] & (termios.ECHO | termios.ICANON), "keys come one by one, without echo")
    os.write(ours, b"1234")
    eventually(lambda: screen().endswith("door: open"), "it opens, and draws over its line")
    check("\n" not in screen(), "all on one line")
    process.send_signal(signal.SIGTERM)
    check(process.wait(PATIENCE) == 0, "SIGTERM ends it with 0")
    check(termios.tcgetattr(theirs) == before, "the terminal is as before")
    os.close(theirs)


def diagram():
    say("the diagram:")
    drawn = subprocess.run([PROGRAM, "--diagram"], capture_output=True, text=True, check=True).stdout
    say("".join("    " + line + "\n" for line in drawn.splitlines()).rstrip())
    readme = (pathlib.Path(__file__).parent / "README.md").read_text()
    check(re.search(r"```mermaid\n(.*?)```", readme, re.S)[1] == drawn, "README.md has the same")


def bad_input():
    refused = subprocess.run([PROGRAM, "--code", "12a4"], capture_output=True, text=True)
    check(refused.returncode == 2 and "12a4" in refused.stderr, refused.stderr.strip())


through_a_pipe()
in_a_terminal()
diagram()
bad_input()
