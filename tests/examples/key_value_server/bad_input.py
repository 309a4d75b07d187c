#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Sends the key-value server input that no client should send, and starts it where it cannot run.

  bad_input.py SERVER

Each wrong input is answered with the sentence expected here, and harms no other client: another
connection is served before, meanwhile and afterwards.
"""
import os
import re
import resource
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

from server import DEADLINE, Checks, Client, Error, Server, wait_until

UNPRIVILEGED = 65534


def protocol(text):
    return Error("ERR Protocol error: " + text)


# What is sent, and what is answered before the connection is closed.
REFUSED = [
    ("garbage that begins like an array", b"*garbage\r\n", protocol("invalid multibulk length")),
    ("an array too long", b"*1048577\r\n", protocol("invalid multibulk length")),
    ("an array longer than any number", b"*" + b"9" * 50 + b"\r\n",
     protocol("invalid multibulk length")),
    ("a count without end", b"*" + b"1" * 100_000, protocol("too big mbulk count string")),
    ("a value of more than 512 MB", b"*1\r\n$536870913\r\n", protocol("invalid bulk length")),
    ("a value longer than any number", b"*1\r\n$" + b"9" * 50 + b"\r\n",
     protocol("invalid bulk length")),
    ("a negative length", b"*1\r\n$-1\r\n", protocol("invalid bulk length")),
    ("another one", b"*2\r\n$3\r\nGET\r\n$-2147483648\r\n", protocol("invalid bulk length")),
    ("no length", b"*1\r\n$\r\n", protocol("invalid bulk length")),
    ("a length without end", b"*1\r\n$" + b"1" * 100_000, protocol("too big bulk count string")),
    ("nested arrays", b"*1\r\n*1\r\n$4\r\nPING\r\n", protocol("expected '$', got '*'")),
    ("deeply nested ones", b"*1\r\n" * 10_000, protocol("expected '$', got '*'")),
    ("a number for a value", b"*1\r\n:1\r\n", protocol("expected '$', got ':'")),
    ("an empty line for a value", b"*1\r\n\r\n", protocol("expected '$', got ' '")),
    ("a control character for a value", b"*1\r\n\n", protocol("expected '$', got ' '")),
    ("NUL for a value", b"*1\r\n\0\r\n", protocol("expected '$', got '\0'")),
    ("an inline line of 1 MB without end", b"a" * 1_000_000, protocol("too big inline request")),
    ("1 MB of NUL bytes", bytes(1_000_000), protocol("too big inline request")),
    ("quotes that do not match", b'ECHO "a\r\n', protocol("unbalanced quotes in request")),
    ("quotes within a word", b'ECHO "a"b\r\n', protocol("unbalanced quotes in request")),
    ("a browser", b"POST / HTTP/1.1\r\nHost: here\r\n\r\nSET a b\r\n",
     protocol("HTTP is not spoken here")),
]

# What is sent, and what is answered; the connection goes on.
ANSWERED = [
    ("NUL bytes in a line", b"a\0b\r\n",
     Error("ERR unknown command 'a\0b', with args beginning with: ")),
    ("a command with an end of line", b"*1\r\n$9\r\nx\r\n+OK\r\ny\r\n",
     Error("ERR unknown command 'x  +OK  y', with args beginning with: ")),
    ("an empty command", b"*1\r\n$0\r\n\r\n",
     Error("ERR unknown command '', with args beginning with: ")),
    ("a command of 1 MB", Client.encode("x" * 1_000_000),
     Error("ERR unknown command '" + "x" * 128 + "', with args beginning with: ")),
    ("10000 arguments", Client.encode("GET", *["x"] * 10_000),
     Error("ERR wrong number of arguments for 'get' command")),
    ("bytes that are no text", b"\xff\xfe\xfd\r\n",
     Error("ERR unknown command '\ufffd\ufffd\ufffd', with args beginning with: ")),
]


class Bystander:
    """A client that does nothing wrong."""

    def __init__(self, checks, server):
        self.checks, self.client, self.count = checks, server.client(), 0

    def is_served(self, when):
        self.count += 1
        self.checks.equal(f"the bystander's SET: {when}",
                          self.client("SET", "bystander", self.count), "OK")
        self.checks.equal(f"the bystander's GET: {when}",
                          self.client("GET", "bystander"), str(self.count).encode())

    def connections(self):
        return int(re.search(rb"connected_clients:(\d+)", self.client("INFO")).group(1))

    def is_alone(self):
        wait_until(lambda: self.connections() == 1, "only the bystander is connected")


def requests(checks, server, bystander):
    for what, sent, expected in REFUSED:
        with server.client() as bad:
            bad.send(sent)
            bystander.is_served(what)
            checks.equal(what, bad.answer(), expected)
            checks.true(f"hung up after {what}", bad.ended())
    for what, sent, expected in ANSWERED:
        with server.client() as bad:
            bad.send(sent)
            checks.equal(what, bad.answer(), expected)
            checks.equal(f"served after {what}", bad("PING"), "PONG")
    with server.client() as bad:
        bad.send(Client.encode("SET", "a", "1") + b"*x\r\n" + Client.encode("SET", "a", "2"))
        checks.equal("what came before an error is answered", bad.answer(), "OK")
        checks.equal("then the error", bad.answer(), protocol("invalid multibulk length"))
        checks.true("nothing behind it", bad.ended())
    checks.equal("and nothing behind it is done", bystander.client("GET", "a"), b"1")
    bystander.is_alone()
    bystander.is_served("after all of them")


def half_frames(checks, server, bystander):
    frame = Client.encode("SET", "half", "0123456789")
    for cut in range(1, len(frame)):
        with server.client() as bad:
            bad.send(frame[:cut])
        if cut % 10 == 0:
            bystander.is_served(f"a frame cut after {cut} bytes")
    bystander.is_alone()
    checks.equal("no half frame was done", bystander.client("GET", "half"), None)
    open_ones = [server.client() for _ in range(50)]
    for c in open_ones:
        c.send(b"*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n$536870912\r\nnot all of it")
    bystander.is_served("50 promises of 512 MB")
    checks.true(f"no memory for mere promises: {memory(server)} MB", memory(server) < 500)
    for c in open_ones:
        c.close()
    bystander.is_alone()
    with server.client() as rude:  # resets the connection instead of closing it
        rude.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        rude.send(frame[:-5])
    bystander.is_alone()
    bystander.is_served("after the half frames")


def memory(server):
    """The memory of the server, in MB."""
    with open(f"/proc/{server.process.pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) // 1024


def subscriber_that_does_not_read(checks, server, bystander):
    """A client that sends without end and reads nothing has to wait; the server does not buffer it all."""
    with server.client() as deaf:
        deaf("SUBSCRIBE", "a")
        deaf.socket.setblocking(False)
        sent, limit, block = 0, 200_000_000, Client.encode("PING", "x" * 1000) * 100
        offset = 0

        def waits():
            nonlocal sent, offset
            try:
                while sent < limit:
                    n = deaf.socket.send(block[offset:])
                    offset = (offset + n) % len(block)
                    sent += n
            except BlockingIOError:
                return True
            return False
        # It takes what fits into the buffers of the system; when it takes no more twice, it waits.
        waits()
        before, others_served = -1, True
        while before != sent and sent < limit:
            before = sent
            for _ in range(20):
                others_served = others_served and bystander.client("PING") == "PONG"
            waits()
        checks.true("others are served meanwhile", others_served)
        checks.true(f"it has to wait after {sent} bytes", sent < limit)
    bystander.is_alone()


def too_many(checks, program):
    with Server(program, "--max-clients", "5") as server:
        bystander = Bystander(checks, server)
        others = [server.client() for _ in range(4)]
        for c in others:
            checks.equal("within the limit", c("PING"), "PONG")
        for i in range(20):
            with server.client() as one_more:
                checks.equal("over the limit", one_more.answer(),
                             Error("ERR max number of clients reached"))
                checks.true("and closed", one_more.ended())
            bystander.is_served(f"{i + 1} over the limit")
            checks.equal("so are the others", [c("PING") for c in others], ["PONG"] * 4)
        others.pop().close()

        def has_room():
            with server.client() as c:
                try:
                    return c("PING") == "PONG"
                except OSError:  # it was refused before it sent anything
                    return False
        wait_until(has_room, "there is room again")
        for c in others:
            c.close()
        bystander.client.close()


def refused_start(checks, what, command, code, sentence, **how):
    """A start that must fail, with one sentence."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, **how)
    checks.equal(f"{what}: the sentence", done.stderr, f"key_value_server: {sentence}\n")
    checks.equal(f"{what}: the exit code", done.returncode, code)
    checks.equal(f"{what}: nothing else is said", done.stdout, "")


def command_lines(checks, program, home):
    def number(option, least, most, given):
        return f"--{option} must be a number from {least} to {most}, not '{given}'"
    for words, sentence in [
            ("--port 70000", number("port", 0, 65535, 70000)),
            ("--port -1", number("port", 0, 65535, -1)),
            ("--port six", number("port", 0, 65535, "six")),
            ("--port 6380x", number("port", 0, 65535, "6380x")),
            ("--partitions 0", number("partitions", 1, 1024, 0)),
            ("--partitions 5000", number("partitions", 1, 1024, 5000)),
            ("--max-clients 0", number("max-clients", 1, 1000000, 0)),
            ("--threads -1", number("threads", 0, 1024, -1)),
            ("--threads 99999999999999999999",
             number("threads", 0, 1024, "99999999999999999999")),
            ("--colour red", "unrecognised option '--colour' (see --help)"),
            ("--port", "the required argument for option '--port' is missing (see --help)"),
            ("--port 1 --port 2",
             "option '--port' cannot be specified more than once (see --help)"),
            ("red", "too many positional options have been specified on the command line "
                    "(see --help)"),
            ("--host nowhere", "cannot listen on nowhere:0: Invalid argument (give an address with "
                               "--host, such as 127.0.0.1)"),
            ("--host 192.0.2.1", "cannot listen on 192.0.2.1:0: Cannot assign requested address "
                                 "(choose another with --host and --port)")]:
        more = ["--data", os.path.join(home, "unused")]
        if "--port" not in words:
            more += ["--port", "0"]
        refused_start(checks, words, [program, *more, *words.split()], 2, sentence)
    done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=DEADLINE)
    checks.true("--help names all options", all(
        option in done.stdout
        for option in ["--help", "--host", "--port", "--data", "--partitions", "--threads"]))
    checks.equal("--help: the exit code", done.returncode, 0)


def places(checks, program, home):
    """Ports and directories that are in use, or invalid."""
    with Server(program) as first:
        bystander = Bystander(checks, first)
        refused_start(checks, "the port is taken",
                      [program, "--port", str(first.port), "--data", os.path.join(home, "a")], 2,
                      f"cannot listen on 127.0.0.1:{first.port}: Address already in use (another "
                      "program has the port: choose one with --port)")
        refused_start(checks, "the data is taken", [program, "--port", "0", "--data", first.data],
                      2, f"cannot keep data in {first.data}: another server uses it (choose "
                         "another directory with --data)")
        bystander.is_served("beside servers that do not start")
    file = os.path.join(home, "file")
    with open(file, "w"):
        pass
    for data in [file, os.path.join(file, "below")]:
        refused_start(checks, "no directory", [program, "--port", "0", "--data", data], 2,
                      f"cannot keep data in {data}: Not a directory (choose another directory "
                      "with --data)")
    kept = os.path.join(home, "kept")
    with Server(program, "--partitions", "3", data=kept):
        pass
    refused_start(checks, "another number of partitions",
                  [program, "--port", "0", "--data", kept, "--partitions", "4"], 2,
                  f"the data in {kept} has 3 partitions: start with --partitions 3")
    gone = os.path.join(kept, "partition-1.log")
    os.remove(gone)
    refused_start(checks, "a log is missing",
                  [program, "--port", "0", "--data", kept, "--partitions", "3"], 2,
                  f"{gone} is missing. Put it back, or give up its keys with: touch {gone}")
    permissions(checks, program, home)


def permissions(checks, program, home):
    """Root may write anywhere: so a test run by root starts the server as an unprivileged user."""
    how, owner = {}, os.getuid()
    if owner == 0:
        how, owner = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}, UNPRIVILEGED
        os.chmod(home, 0o755)
        program = shutil.copy(program, os.path.join(home, "program"))  # a copy that the user can read
    closed = os.path.join(home, "closed")
    os.mkdir(closed)
    os.chmod(closed, 0o555)
    inside = os.path.join(closed, "inside")
    for data in [closed, inside]:
        refused_start(checks, "no permission", [program, "--port", "0", "--data", data], 2,
                      f"cannot keep data in {data}: Permission denied (choose another directory "
                      "with --data)", **how)
    os.chmod(closed, stat.S_IRWXU)
    mine = os.path.join(home, "mine")
    os.mkdir(mine)
    os.chown(mine, owner, -1)
    log = os.path.join(mine, "partition-0.log")
    with open(log, "w"):
        pass
    os.chmod(log, 0)
    refused_start(checks, "no permission for the log",
                  [program, "--port", "0", "--data", mine, "--partitions", "1"], 2,
                  f"cannot open {log}: Permission denied", **how)


def written(program, data, count):
    """A log with so many records, and where each of them begins."""
    offsets = []
    with Server(program, "--partitions", "1", data=data) as server, server.client() as c:
        for i in range(count):
            offsets.append(os.path.getsize(os.path.join(data, "partition-0.log")))
            c("SET", f"key{i}", f"value{i}")
    return offsets


def logs(checks, program, home):
    data = os.path.join(home, "logs")
    log = os.path.join(data, "partition-0.log")
    offsets = written(program, data, 10)
    with open(log, "rb") as f:
        whole = f.read()

    def rewrite(content):
        with open(log, "wb") as f:
            f.write(content)

    def start():
        return Server(program, "--partitions", "1", data=data)

    for left in [len(whole) - 1, offsets[-1] + 20, offsets[-1] + 3]:
        rewrite(whole[:left])
        with start() as server, server.client() as c:
            checks.equal("cut away: the others are there", c("DBSIZE"), 9)
            checks.equal("cut away: it can be written again", c("SET", "key9", "again"), "OK")
            c("CRASH", "store")
            checks.equal("cut away: and read again", c("GET", "key9"), b"again")
            checks.true("cut away: a line says so",
                        f"key_value_server: {log}: cut away the unfinished last record, "
                        f"{left - offsets[-1]} bytes at offset {offsets[-1]}\n" in server.said())

    def sentence(offset):
        return (f"{log} is damaged at offset {offset}: no valid record begins there. Nothing was "
                f"changed. Put back a good copy, or give up what follows with: truncate -s {offset} "
                f"{log}")
    command = [program, "--port", "0", "--partitions", "1", "--data", data]
    for what, record, damaged in [
            ("garbage in the middle", 4, whole[:offsets[4]] + b"garbage" + whole[offsets[4] + 7:]),
            ("garbage put in between", 4, whole[:offsets[4]] + b"gar\0bage" + whole[offsets[4]:]),
            ("a length that is too long", 2,
             whole[:offsets[2]] + b"\xff\xff\xff\x7f" + whole[offsets[2] + 4:]),
            ("one wrong byte in a value", 7, whole[:offsets[8] - 1] + b"?" + whole[offsets[8]:]),
            ("no log at all", 0, b"This is some other file."),
            ("NUL bytes at the end", 9, whole[:offsets[9]] + bytes(4096))]:
        rewrite(damaged)
        refused_start(checks, what, command, 2, sentence(offsets[record]))
        with open(log, "rb") as f:
            checks.true(f"{what}: nothing is thrown away", f.read() == damaged)
    os.truncate(log, offsets[9])
    with start() as server, server.client() as c:
        checks.equal("after what the sentence advises", c("DBSIZE"), 9)


def full_disk(checks, program, home):
    """A log that cannot grow: a client that writes gets an error, and acknowledged writes stay."""
    data = os.path.join(home, "full")
    log = os.path.join(data, "partition-0.log")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_500, before[1]))
    try:
        server = Server(program, "--partitions", "1", data=data, restore_signals=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with server, server.client() as c:
        acknowledged = []
        answer = "OK"
        while answer == "OK":
            key = f"key{len(acknowledged)}"
            answer = c("SET", key, "x" * 990)
            if answer == "OK":
                acknowledged.append(key)
        checks.equal("a full disk", answer,
                     Error("ERR the store failed; it is unknown whether this was done: "
                           f"std::runtime_error: cannot write to {log}: File too large"))
        checks.equal("what was acknowledged is there", c("EXISTS", *acknowledged),
                     len(acknowledged))
        checks.equal("and nothing else", c("DBSIZE"), len(acknowledged))
        for _ in range(8):
            checks.true("still full", isinstance(c("SET", "large", "x" * 990), Error))
        checks.equal("what still fits is written", c("SET", "small", "1"), "OK")
        checks.equal("SIGTERM ends it with", server.stop(), 0)


def main():
    program = os.path.abspath(sys.argv[1])
    checks = Checks()
    with Server(program) as server:
        bystander = Bystander(checks, server)
        bystander.is_served("before all")
        requests(checks, server, bystander)
        half_frames(checks, server, bystander)
        subscriber_that_does_not_read(checks, server, bystander)
        checks.true("no process crashed by all that", "crashed" not in server.said())
        checks.equal("SIGTERM ends it with", server.stop(), 0)
    too_many(checks, program)
    with tempfile.TemporaryDirectory(prefix="key_value_") as home:
        command_lines(checks, program, home)
        places(checks, program, home)
        logs(checks, program, home)
        full_disk(checks, program, home)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())
