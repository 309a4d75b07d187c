#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""demo.py PROGRAM: raises alarms, crashes a handler, rotates the file under a stream of them, and reads it with jq."""
import itertools
import json
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from demo_tools import PATIENCE, check, eventually, running, say

PROGRAM = sys.argv[1]


class Client:
    def __init__(self, port):
        s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.to, self.out = s.makefile("wb"), s.makefile("rb")

    def ask(self, line):
        self.to.write(line.encode(errors="surrogateescape") + b"\n")
        self.to.flush()
        lines = []
        while not lines or not (lines[-1] == "OK" or lines[-1].startswith("ERROR")):
            lines.append(self.out.readline().decode().rstrip("\n"))
        return lines


def events(path, what):
    """Of this sort, in the order of the file."""
    if shutil.which("jq"):
        done = subprocess.run(["jq", "-c", f'select(.event == "{what}")', path], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]
    return [e for e in map(json.loads, pathlib.Path(path).read_text().splitlines()) if e["event"] == what]


def alarms_and_a_crash(port, file):
    ann = Client(port)
    check(ann.ask("SET pump-7 major no pressure") == ["OK"], "an alarm is raised")
    ann.ask("SET door-2 warning open for an hour")
    eventually(lambda: ann.ask("LIST") == ["door-2 warning open for an hour", "pump-7 major no pressure", "OK"],
               "both are on")
    ann.ask("CLEAR door-2")
    eventually(lambda: ann.ask("LIST") == ["pump-7 major no pressure", "OK"], "one is cleared")
    check(ann.ask("COUNT")[:3] == ["warning 1", "minor 0", "major 1"], "both were counted")
    check(ann.ask("SET pump-7 dire x")[0].startswith("ERROR"), "a severity that is none is refused")
    say("a handler crashes:")
    ann.ask("SET x minor crash")
    eventually(lambda: ann.ask("COUNT")[:3] == ["warning 0", "minor 0", "major 0"], "the counter is back, with zeros")
    check("pump-7 major no pressure" in ann.ask("LIST"), "the table has lost nothing")
    eventually(lambda: [e["id"] for e in events(file, "raised")] == ["pump-7", "door-2", "x"], "nor has the file")
    say("\n".join("    " + line for line in ann.ask("TREE")[:-1]))


def rotate(server, port, folder):
    say("the file is rotated while alarms come:")
    file, rotated = folder / "alarms.jsonl", []
    total = 3000

    def raise_all():
        bob = Client(port)
        for n in range(total):
            bob.ask(f"SET n{n} minor {n}")

    sender = threading.Thread(target=raise_all)
    sender.start()
    while sender.is_alive():
        to = folder / f"alarms.{len(rotated)}.jsonl"
        rotated.append(to)
        file.rename(to)
        server.signal(signal.SIGHUP)
        eventually(file.exists, f"{to.name}: moved away, and a new file is there")
        sender.join(timeout=0.2)
    everything = lambda: [e["text"] for f in [*rotated, file] for e in events(f, "raised") if e["id"].startswith("n")]
    eventually(lambda: len(everything()) >= total, f"all {total} alarms are in {len(rotated) + 1} files")
    check(everything() == [str(n) for n in range(total)], "each once, and in order")


def dampen(port, file):
    say("a sensor that has gone mad:")
    carl = Client(port)
    for n in range(500):
        carl.ask("SET mad critical again")
    eventually(lambda: sum(e["count"] for e in events(file, "left out")) +
               sum(e["id"] == "mad" for e in events(file, "raised")) == 500,
               "what was not let through is counted, and nothing is missing")
    check(events(file, "left out"), "and some was not let through")
    for _ in range(150):
        carl.ask("SET flaps minor on")
        carl.ask("CLEAR flaps")
    carl.ask("SET flaps minor still on")
    eventually(lambda: "flaps minor still on" in carl.ask("LIST"), "one that comes and goes ends as it was set last")
    check(carl.ask("SET x minor \udcff")[0].startswith("ERROR"), "what is no UTF-8 is refused")


def full_disk():
    say("a disk that is full, and a file that cannot be opened:")
    with running(PROGRAM, "--port", "0", "--file", "/dev/full") as server:
        ann = Client(server.port())
        ann.ask("SET a minor b")
        eventually(lambda: any("cannot write to /dev/full: No space left" in line for line in server.log),
                   "the log says so")
        check("a minor b" in ann.ask("LIST"), "the other handlers go on")
        eventually(lambda: any("json_lines" in h for h in ann.ask("HANDLERS")), "the handler is back, and tries again")
        check(server.stop() == 0, "SIGTERM ends it with 0")


def writes_again(folder):
    """A limit of the size of files stands for a small disk: it needs no rights. A line is cut by it."""
    say("a file that is full in the midst of a line, and that cannot be opened for a while:")
    home, away = folder / "home", folder / "away"
    home.mkdir()
    file = home / "alarms.jsonl"
    # SIGXFSZ stays ignored, as Python has it: the limit is an error of `write`, like a full disk.
    with running(PROGRAM, "--port", "0", "--file", file, restore_signals=False) as server:
        ann = Client(server.port())
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        numbers = itertools.count()

        def written():
            ann.ask(f"SET n minor {next(numbers)}")
            return [e for e in events(file, "raised") if e["id"] == "n"]

        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100, hard))
        for name in "ab":
            ann.ask(f"SET {name} minor text")
        eventually(lambda: any("alarms.jsonl: File too large" in line for line in server.log), "the log says why")
        check([e["id"] for e in events(file, "raised")] == ["a"], "whole lines only")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        eventually(written, "with room the handler writes again, and jq reads all of it")

        home.rename(away)
        server.signal(signal.SIGHUP)
        eventually(lambda: any(f"cannot open {file}: No such file" in line for line in server.log), "the log says why")
        away.rename(home)
        before = len(written())
        eventually(lambda: len(written()) > before, "and it is back when the folder is")
        check(len(ann.ask("LIST")) == 4, "the table knows all that was raised meanwhile")
        check(server.stop() == 0, "SIGTERM ends it with 0")


def refusals():
    refused = subprocess.run([PROGRAM, "--port", "0", "--file", "/nowhere/a"], capture_output=True, text=True)
    check(refused.returncode == 2 and "/nowhere/a" in refused.stderr, refused.stderr.strip())


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with running(PROGRAM, "--port", "0", "--file", folder / "alarms.jsonl") as server:
            port = server.port()
            say(f"alarms on port {port}, read with {'jq' if shutil.which('jq') else 'Python, for want of jq'}:")
            alarms_and_a_crash(port, folder / "alarms.jsonl")
            rotate(server, port, folder)
            dampen(port, folder / "alarms.jsonl")
            check(server.stop() == 0, "SIGTERM ends it with 0")
        writes_again(folder)
    full_disk()
    refusals()


main()
