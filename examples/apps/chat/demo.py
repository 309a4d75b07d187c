#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""demo.py PROGRAM [--clients]: two browsers talk in a room, the room is crashed, and they talk on.

The browsers are chromium without a window. Where it is not installed, and with --clients, they are two clients of the
same protocol."""
import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from demo_tools import PATIENCE, Program, check, eventually, running, say

PROGRAM = sys.argv[1]


class WebSocket:
    """RFC 6455, as far as it is needed: text frames, pings, and the code of a close."""

    def __init__(self, port, path="/"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        if b" 101 " not in self.file.readline():
            raise ConnectionError("no upgrade")
        while self.file.readline().strip():
            pass
        self.close_code = None

    def send(self, text, opcode=1):
        data, mask = text.encode(), os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + masked)

    def frame(self):
        """(opcode, data)."""
        first, second = self.file.read(2)
        size = second & 0x7F
        if size == 126:
            size, = struct.unpack("!H", self.file.read(2))
        elif size == 127:
            size, = struct.unpack("!Q", self.file.read(8))
        return first & 0x0F, self.file.read(size)

    def receive(self):
        """The next text; None when it was closed."""
        text = b""
        while True:
            opcode, data = self.frame()
            if opcode == 8:
                self.close_code = struct.unpack("!H", data[:2])[0] if data else None
                return None
            if opcode in (0, 1):
                text += data
                return text.decode()

    def until(self, key):
        """The next message that has it."""
        while True:
            m = json.loads(self.receive())
            if key in m:
                return m


class Client:
    """What the page does, without a browser."""

    def __init__(self, port, _):
        self.lines, self.socket = [], WebSocket(port)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while (text := self.socket.receive()) is not None:
                self.lines.append(text)
        except (OSError, ValueError):
            pass  # closed by us

    def enter(self, room, name):
        self.socket.send(json.dumps({"room": room, "name": name}))

    def say(self, text):
        self.socket.send(json.dumps({"say": text}))

    def sees(self, text):
        return any(text in line for line in list(self.lines))

    def close(self):
        self.socket.socket.shutdown(socket.SHUT_RDWR)


class Browser:
    """Chromium, told what to do by its DevTools protocol."""

    def __init__(self, port, folder):
        self.chromium = Program("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                                "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank")
        where = pathlib.Path(folder) / "DevToolsActivePort"
        eventually(lambda: where.exists() and len(where.read_text().split()) == 2, "a browser is there")
        tools = int(where.read_text().split()[0])
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{tools}/json/list", timeout=PATIENCE))
        target = next(p for p in pages if p["type"] == "page")["webSocketDebuggerUrl"]
        self.socket, self.number = WebSocket(tools, "/" + target.split("/", 3)[3]), 0
        self.do("Page.enable")
        self.do("Page.navigate", url=f"http://127.0.0.1:{port}/")
        eventually(lambda: self.run("document.title") == "Rooms" and self.run("document.readyState") == "complete",
                   "it shows the page")

    def do(self, method, **params):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while (m := json.loads(self.socket.receive())).get("id") != self.number:
            pass
        return m["result"]

    def run(self, script):
        return self.do("Runtime.evaluate", expression=script)["result"].get("value")

    def enter(self, room, name):
        self.run(f"by('room').value = {json.dumps(room)}; by('name').value = {json.dumps(name)};"
                 "by('enter').requestSubmit()")

    def say(self, text):
        self.run(f"by('what').value = {json.dumps(text)}; by('say').requestSubmit()")

    def sees(self, text):
        return text in (self.run("by('lines').innerText") or "")

    def close(self):
        self.chromium.process.terminate()
        self.chromium.process.wait(PATIENCE)


def two_browsers(server, port):
    with_chromium = shutil.which("chromium") and "--clients" not in sys.argv
    say(f"chat on port {port}, with two {'browsers' if with_chromium else 'clients that do what a browser does'}:")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        make = Browser if with_chromium else Client
        ann, bob = make(port, one), make(port, two)
        try:
            ann.enter("lobby", "ann")
            eventually(lambda: ann.sees("history") or with_chromium, "ann is in the lobby")
            bob.enter("lobby", "bob")
            eventually(lambda: ann.sees("bob"), "ann sees bob come in")
            ann.say("hello, bob")
            eventually(lambda: bob.sees("hello, bob") and ann.sees("hello, bob"), "both see what ann says")
            bob.say("/crash")
            crashed = "the room crashed" if with_chromium else '"again"'
            eventually(lambda: ann.sees(crashed) and bob.sees(crashed), "the room crashes, and both are in it again")
            bob.say("sorry")
            eventually(lambda: ann.sees("sorry"), "they talk on")
            carl = Client(port, None)
            carl.enter("lobby", "carl")
            eventually(lambda: carl.sees("hello, bob") and carl.sees("sorry"),
                       "who comes later is told what was said before the crash, too")
            carl.close()
            eventually(lambda: ann.sees("carl leaves" if with_chromium else '"went":"carl"'), "ann sees carl leave")
        finally:
            ann.close()
            bob.close()


def edges(server, port):
    say("at the edges:")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as r:
        check(b"<title>Rooms" in r.read(), "the page is there")
    s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    s.sendall(b"\x16\x03\x01 garbage\r\n\r\n")
    check(s.recv(100) == b"", "who speaks no HTTP is disconnected")
    half = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    half.sendall(b"GET / HT")  # and nothing more
    w = WebSocket(port)
    w.send('{"say": "too early"}')
    check("error" in w.receive(), "to say something before going in is refused")
    w.send("no JSON")
    check("error" in w.receive(), "so is what is no JSON")
    w.send("hello", opcode=9)
    check(w.frame() == (10, b"hello"), "a ping is answered")
    w.send("x" * 5000)
    check(w.receive() is None and w.close_code == 1009, "a frame that is too large is 1009")
    last = WebSocket(port)
    last.send('{"room": "lobby", "name": "dora"}')
    last.until("history")
    check(server.stop() == 0, "SIGTERM ends it with 0, while two are connected")
    while last.receive() is not None:
        pass
    check(last.close_code == 1001, "a browser is told 1001: going away")
    half.close()


with running(PROGRAM, "--port", "0") as program:
    where = program.port()
    two_browsers(program, where)
    edges(program, where)
