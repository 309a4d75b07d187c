# SPDX-License-Identifier: BSL-1.0
"""W15: a process for each TCP connection, beside a coroutine of Asio and a goroutine, under redis-benchmark.

Each server does the same: it reads what has come, counts the PINGs in it, and writes as many answers at once. All
have as many threads as there are processors; the client takes one processor as well."""
import os

from redis import NO_CLIENT, free_port, requests_per_second, running
from sides import BIN, Side


class Server(Side):
    def __init__(self, name, program, version, missing):
        super().__init__(name, [], version, missing)
        self.program = program

    def run(self, workload):
        port = free_port()
        with running([*self.program, str(port), str(os.cpu_count())], port):
            plain = requests_per_second(port, ("ping_mbulk",))["ping_mbulk"]
            piped = requests_per_second(port, ("ping_mbulk",), "-P", "16")["ping_mbulk"]
        return {"pings": (plain, "1/s"), "pings_pipelined": (piped, "1/s")}


def sides(go):
    def missing(program):
        return NO_CLIENT or (None if (BIN / program).exists() else f"no `{program}`: with --peers")
    return [
        Server("Coppice", [BIN / "ping_server"], "tests/benchmark/pings", missing("ping_server")),
        Server("Asio", [BIN / "asio_ping_server"], "Boost.Asio, coroutines", missing("asio_ping_server")),
        Server("Go net", [BIN / "go_bench", "W15"], go.version if go else "", missing("go_bench")),
    ]
