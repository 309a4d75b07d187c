#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Starts the server and runs node_redis.js beside this file against it.

  node_redis.py SERVER
"""
import os
import pathlib
import shutil
import subprocess
import sys

from server import DEADLINE, Server

PACKAGED = "/usr/share/nodejs"  # where Debian puts libraries for Node.js


def main():
    node = shutil.which("node")
    if not node or not pathlib.Path(PACKAGED, "redis").exists():
        sys.exit("node or node-redis is missing: scripts/setup installs them")
    script = pathlib.Path(__file__).with_suffix(".js")
    with Server(sys.argv[1]) as server:
        done = subprocess.run([node, script, str(server.port)], timeout=2 * DEADLINE,
                              env={**os.environ, "NODE_PATH": PACKAGED}, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
