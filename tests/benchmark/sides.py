# SPDX-License-Identifier: BSL-1.0
"""The systems that are measured: how each is built, and how it runs one workload."""
import json
import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PEERS = TOP / "tests/benchmark/peers"
BIN = TOP / "build/release/bin"
LIMIT = 300  # seconds for one run of one workload


class Unknown(Exception):
    """This side does not do this workload."""


class Failed(Exception):
    """A run that crashed, hung or was wrong: no run."""


def quiet(*command):
    done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


class Side:
    """`command` runs a workload, whose name is appended. `missing` says why it cannot."""

    def __init__(self, name, command, version=None, missing=None):
        self.name, self.command, self.missing = name, command, missing
        self.version = version if not missing else None

    def run(self, workload):
        """Figures by name: (value, unit)."""
        try:
            done = subprocess.run([*self.command, workload], cwd=TOP, capture_output=True, text=True,
                                  timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} {workload}: not done after {LIMIT} s") from None
        if done.returncode == 2:
            raise Unknown
        figures = {}
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                f = json.loads(line)
                if not f["checked"]:
                    raise Failed(f"{self.name} {workload}: {f['figure']} has a wrong result")
                figures[f["figure"]] = (f["value"], f["unit"])
        if done.returncode or not figures:
            raise Failed(f"{self.name} {workload} ended with {done.returncode}: "
                         f"{done.stderr.strip()[-500:]}")
        return figures


def build_ours(peers):
    quiet("cmake", "--preset", "release", f"-DCOPPICE_BUILD_BENCHMARK_PEERS={'ON' if peers else 'OFF'}")
    targets = ["coppice_bench", "key_value_server", "ping_server"] + (["benchmark_peers"] if peers else [])
    quiet("cmake", "--build", "--preset", "release", "--target", *targets, "-j", str(os.cpu_count()))
    return Side("Coppice", [BIN / "coppice_bench"], quiet("c++", "--version").splitlines()[0])


def erlang():
    if not shutil.which("erlc"):
        return Side("BEAM", [], missing="no `erlc` here (package erlang-base)")
    where = TOP / "build/release/peers/erlang"
    where.mkdir(parents=True, exist_ok=True)
    quiet("erlc", "-o", where, *sorted(PEERS.glob("erlang/*.erl")))
    version = quiet("erl", "-noshell", "-eval",
                    'io:format("Erlang/OTP ~s", [erlang:system_info(otp_release)]), halt().')
    return Side("BEAM", ["erl", "+P", "4000000", "-noshell", "-pa", where, "-s", "bench", "main"], version)


def go():
    if not shutil.which("go"):
        return Side("Go", [], missing="no `go` here (package golang-go)")
    quiet("env", "-C", PEERS / "go", "go", "build", "-o", BIN / "go_bench", ".")
    return Side("Go", [BIN / "go_bench"], quiet("go", "version").strip())


def elixir():
    if not shutil.which("elixir"):
        return Side("Elixir", [], missing="no `elixir` here (package elixir)")
    version = quiet("elixir", "--version").strip().splitlines()[-1]
    return Side("Elixir", ["elixir", "--erl", "+P 4000000", PEERS / "elixir/bench.exs"], version)


def cpp_peer(name, program, version, package):
    if not (BIN / program).exists():
        return Side(name, [], missing=f"not installed (package {package})")
    return Side(name, [BIN / program], version)


def peers():
    boost = next((line.split('"')[1] for line in
                  pathlib.Path("/usr/include/boost/version.hpp").read_text().splitlines()
                  if line.startswith("#define BOOST_LIB_VERSION")), "?")
    return [erlang(), elixir(), go(), cpp_peer("CAF", "caf_bench", "CAF", "libcaf-dev"),
            cpp_peer("Boost.Fiber", "boost_fiber_bench", f"Boost {boost}", "libboost-fiber1.81-dev"),
            cpp_peer("threads", "threads_bench", "std::thread", "g++")]
