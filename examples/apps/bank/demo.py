#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""demo.py PROGRAM: moves money by curl while the processes of the bank are crashed, and counts it."""
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from demo_tools import PATIENCE, check, eventually, running, say

PROGRAM = sys.argv[1]
CURL = shutil.which("curl")


def ask(url, body=None, method=None):
    """(status, body): by curl where it is installed."""
    method = method or ("POST" if body is not None else "GET")
    if CURL:
        done = subprocess.run([CURL, "-s", "--max-time", str(PATIENCE), "-X", method, "-w", "\n%{http_code}",
                               *(["--data-binary", "@-"] if body is not None else []), url],
                              input=body, capture_output=True, text=True)
        text, status = done.stdout.rsplit("\n", 1)
        return int(status), text.strip()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, (body or "").encode() if body is not None else None,
                                                           method=method), timeout=PATIENCE) as r:
            return r.status, r.read().decode().strip()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode().strip()


class Bank:
    def __init__(self, port):
        self.at = f"http://127.0.0.1:{port}"

    def get(self, path):
        return ask(self.at + path)

    def post(self, path, **body):
        return ask(self.at + path, json.dumps(body))

    def total(self):
        return json.loads(self.get("/total")[1]).get("total")


def by_hand(bank):
    check(bank.post("/accounts", id="ann", balance=50000) == (201, '{"id":"ann","balance":50000}'), "an account")
    check(bank.post("/accounts", id="bob", balance=0)[0] == 201, "and another one")
    check(bank.post("/transfers", key="k1", **{"from": "ann", "to": "bob"}, amount=2000)[0] == 200, "a transfer")
    check(bank.get("/accounts/bob") == (200, '{"id":"bob","balance":2000}'), "bob has the money")
    check(bank.post("/transfers", key="k1", **{"from": "ann", "to": "bob"}, amount=2000)[0] == 200, "the same again")
    check(bank.get("/accounts/bob")[1] == '{"id":"bob","balance":2000}', "was done once")
    for status, path, body in (
            (409, "/transfers", '{"key":"k2","from":"bob","to":"ann","amount":2001}'),
            (409, "/transfers", '{"key":"k1","from":"bob","to":"ann","amount":1}'),
            (422, "/transfers", '{"key":"k3","from":"bob","to":"ann","amount":-5}'),
            (404, "/transfers", '{"key":"k4","from":"bob","to":"eve","amount":5}'),
            (400, "/transfers", '{"key":"k5","from":"bob","to":"ann","amount":"5"}'),
            (400, "/transfers", '{"key":"k 6","from":"bob","to":"ann","amount":5}'),
            (400, "/transfers", '{"key":"k7"'), (409, "/accounts", '{"id":"ann","balance":1}'),
            (413, "/accounts", "x" * 70000), (404, "/nowhere", "{}"), (405, "/total", "{}")):
        got = ask(bank.at + path, body)
        check(got[0] == status, f"{status} for {path} {body[:60]}: {got[1]}")
    check(bank.total() == 50000, "nothing of that has changed the total")


def under_crashes(bank):
    say("orders, while the accounts and the transfers crash:")
    for name in ("carl", "dora"):
        bank.post("/accounts", id=name, balance=10000)
    names, done, stop = ["ann", "bob", "carl", "dora"], {}, threading.Event()
    before = {n: json.loads(bank.get(f"/accounts/{n}")[1])["balance"] for n in names}

    def crash():
        while not stop.wait(0.03):
            bank.post("/crash/" + random.choice(("accounts", "transfers")))

    chaos = threading.Thread(target=crash)
    chaos.start()
    for n in range(150):
        frm, to, amount = random.choice(names), random.choice(names), random.randrange(1, 400)
        status = 503
        while status == 503:  # the same key again
            status, _ = bank.post("/transfers", key=f"t{n}", **{"from": frm, "to": to}, amount=amount)
        if status == 200:
            done[n] = (frm, to, amount)
    stop.set()
    chaos.join()
    for frm, to, amount in done.values():
        before[frm] -= amount
        before[to] += amount
    now = {n: json.loads(bank.get(f"/accounts/{n}")[1])["balance"] for n in names}
    check(now == before, f"{len(done)} transfers were done, each once")
    check(bank.total() == 70000, "no money was made or lost")
    tree = bank.get("/tree")[1]
    say("\n".join("    " + line for line in tree.splitlines()))
    check("restarted" in tree, "the tree tells of the restarts")


def lost_connection(bank, port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
        s.sendall(b"POST /transfers HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"key\"")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
        s.sendall(b"\x00\x01 garbage\r\n\r\n")
        check(s.recv(100) == b"", "who speaks no HTTP is disconnected")
    check(bank.total() == 70000, "a connection that is lost in the middle changes nothing")


def main():
    with tempfile.TemporaryDirectory() as folder:
        journal = pathlib.Path(folder) / "journal"
        with running(PROGRAM, "--port", "0", "--journal", journal) as server:
            port = server.port()
            bank = Bank(port)
            say(f"bank on port {port}, by {'curl' if CURL else 'Python, for want of curl'}:")
            by_hand(bank)
            under_crashes(bank)
            lost_connection(bank, port)
            server.signal(signal.SIGKILL)
            server.process.wait()
            say("kill -9, and a new start:")
        with running(PROGRAM, "--port", "0", "--journal", journal) as server:
            bank = Bank(server.port())
            eventually(lambda: bank.total() == 70000, "all is there")
            check(server.stop() == 0, "SIGTERM ends it with 0")
        journal.write_text("account ann 5\nnonsense\n")
        refused = subprocess.run([PROGRAM, "--port", "0", "--journal", journal], capture_output=True, text=True)
        check(refused.returncode == 2 and "nonsense" in refused.stderr, refused.stderr.strip())


main()
