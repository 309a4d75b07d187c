#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""demo.py PROGRAM: lets the crawler loose on a site of this machine that has slow and broken pages."""
import http.server
import pathlib
import re
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from demo_tools import PATIENCE, check, say

AT_ONCE = 3
LEAVES = [f"/leaf/{n}" for n in range(20)]
BROKEN = ["/missing", "/hangs-up", "/endless", "/silent", "/garbage", "/loop/1", "/once"]


def html(*links):
    return ("<html>" + "".join(f'<a href="{l}">there</a>' for l in links) + "</html>").encode()


class Site(http.server.BaseHTTPRequestHandler):
    """Counts how many leaves are asked for at a time: each waits until as many are as may be, or for a moment, and
    has gone before its answer is."""
    protocol_version = "HTTP/1.1"
    lock = threading.Condition()
    now, most, seen = 0, 0, []

    def do_GET(self):
        with Site.lock:
            Site.seen.append(self.path)
            if self.path in LEAVES:
                Site.now += 1
                Site.most = max(Site.most, Site.now)
                Site.lock.notify_all()
                Site.lock.wait_for(lambda: Site.now >= AT_ONCE, timeout=0.05)
                Site.now -= 1
        try:
            self.close_connection = True
            self.answer()
        except OSError:
            pass  # the crawler has hung up

    def answer(self):
        if self.path == "/":
            self.page(html("/wide", "/deep/1", "http://elsewhere.example/", "/wide#again", "http:///no-host", "//elsewhere.example/",
                           "/a space", f"http://127.0.0.1:{self.server.server_port}/deep/1", *BROKEN))
        elif self.path == "/wide":
            self.page(html(*LEAVES, "/"))
        elif self.path.startswith("/deep/"):
            self.page(html(f"/deep/{int(self.path[6:]) + 1}"))
        elif self.path == "/many":
            self.page(html(*(f"/{n}" for n in range(30000))))
        elif self.path in LEAVES:
            self.page(b"a leaf")
        elif self.path == "/hangs-up":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65536)
        elif self.path == "/silent":
            self.rfile.read(1)  # until the crawler hangs up
        elif self.path == "/garbage":
            self.wfile.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
        elif self.path.startswith("/loop/"):
            self.send_response(302)
            self.send_header("Location", "/loop/2" if self.path == "/loop/1" else "/loop/1")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/once" and Site.seen.count("/once") > 1:
            self.page(b"at the second try")
        elif self.path != "/once":
            self.send_error(404)

    def page(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def crawl(*options):
    return subprocess.run([sys.argv[1], *options], capture_output=True, text=True, timeout=PATIENCE)


def main():
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    site.daemon_threads = True
    threading.Thread(target=site.serve_forever, daemon=True).start()
    start = f"http://127.0.0.1:{site.server_port}/"
    say(f"a site of 40 pages on {start}, of which some are broken; {AT_ONCE} at a time:")
    done = crawl("--start", start, "--concurrency", str(AT_ONCE), "--depth", "4", "--timeout", "1000")
    say("".join("    " + line + "\n" for line in done.stdout.splitlines()).rstrip())
    check(done.returncode == 0, "it ends with 0")
    lines = done.stdout.splitlines()
    about = lambda path: next((l for l in lines if l.endswith("  " + path) or f"  {path}: " in l), "")
    links = {"/": 9, "/wide": 21, "/loop/1": 1, "/loop/2": 1} | {f"/deep/{n}": 1 for n in range(1, 5)}
    status = {"/missing": 404, "/loop/1": 302, "/loop/2": 302}
    failed = ["/hangs-up", "/endless", "/silent", "/garbage"]
    whole = [f"failed  {path}" if path in failed else f"{status.get(path, 200)}  {links.get(path, 0)} links  {path}"
             for path in sorted({*BROKEN, *LEAVES, *links})]
    without_times = lambda line: re.sub(r"\d+ ms, \d+ bytes, |: .*", "", line)
    check([without_times(line) for line in lines[:-1]] == whole, f"the whole report: {len(whole)} pages")
    for path in ("/", "/wide", "/deep/4", "/once"):
        check(about(path).startswith("200 "), f"{path} is there")
    check(all(about(path).startswith("200 ") for path in LEAVES), f"all {len(LEAVES)} leaves are there")
    check(not about("/deep/5"), "it goes no further than four links")
    check(about("/missing").startswith("404 "), "a page that is not there is a status")
    for path, part in (("/hangs-up", "partial message"), ("/endless", "body limit"), ("/silent", "no answer in time"),
                       ("/garbage", "bad version")):
        check(about(path).startswith("failed ") and part in about(path), f"{path} fails: {part}")
    check(about("/loop/1").startswith("302 ") and about("/loop/2").startswith("302 "), "a loop ends")
    check(Site.most == AT_ONCE, f"never more than {AT_ONCE} at a time, and as many")
    good = [p for p in Site.seen if p not in BROKEN and p != "/once"]
    check(len(good) == len(set(good)), "no good page was asked for twice")
    check(Site.seen.count("/once") == 2, "a page that failed was asked for twice")
    check(not any("elsewhere" in p for p in Site.seen), "it stays on the site")

    say("a page of 30000 links:")
    done = crawl("--start", start + "many", "--depth", "0", "--timeout", "20000")
    check("30000 links" in done.stdout, done.stdout.splitlines()[0])

    say("a start that fails, and bad options:")
    check(crawl("--start", start + "missing").returncode == 1, "it ends with 1 when the first page is an error")
    check(crawl("--start", start + "hangs-up").returncode == 1, "it ends with 1 when the first page fails")
    for options in (["--start", "ftp://x/"], ["--start", start, "--concurrency", "0"], []):
        refused = crawl(*options)
        check(refused.returncode == 2, refused.stderr.strip())


main()
