# SPDX-License-Identifier: BSL-1.0
"""A real redis-server for the tests that compare with it, as packaged by Debian."""
import shutil
import socket
import subprocess
import tempfile

from server import Client, wait_until


class RedisServer:
    """On a free port, with nothing on the disk."""

    def __init__(self):
        program = shutil.which("redis-server")
        if not program:
            raise SystemExit("redis-server is missing: scripts/setup installs it")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.home = tempfile.TemporaryDirectory(prefix="redis_")
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", self.home.name],
            stdout=subprocess.DEVNULL)
        wait_until(self.answers, "redis-server answers")

    def answers(self):
        try:
            with Client(self.port) as c:
                return c("PING") == "PONG"
        except OSError:
            return False

    def version(self):
        with Client(self.port) as c:
            lines = c("INFO", "server").decode().splitlines()
        return next(x.split(":")[1] for x in lines if x.startswith("redis_version"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.home.cleanup()
