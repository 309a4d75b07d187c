#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Counts the instructions of the hot paths with callgrind and compares them with instructions.json.

  instructions.py check PROGRAM     fails when a path has become dearer
  instructions.py record PROGRAM    writes the counts of today

Instructions do not depend on the machine's mood, only on the compiler and the libraries: with others
than those of the record nothing is compared, which CTest shows as a skipped test.
"""
import collections
import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

RECORD = pathlib.Path(__file__).resolve().with_name("instructions.json")
TIMES = 2_000  # of each path
TOLERANCE = 0.03
SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    raise SystemExit(SKIPPED)


def built_with():
    """What a count depends on, besides the code: the compiler, Boost and the C library."""
    compiler = subprocess.run(["c++", "-dumpfullversion"], capture_output=True, text=True, check=True)
    boost = re.search(r'BOOST_LIB_VERSION "(\w+)"', pathlib.Path("/usr/include/boost/version.hpp").read_text())
    return {"compiler": compiler.stdout.strip(), "boost": boost[1], "libc": platform.libc_ver()[1]}


def counts(program):
    """Instructions for one of each path, of the thread that takes it."""
    most = collections.defaultdict(int)
    with tempfile.TemporaryDirectory() as place:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes",
             f"--callgrind-out-file={place}/out", program, str(TIMES)], capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(f"{program} ended with {run.returncode} under callgrind:\n{run.stderr[-2000:]}")
        for dump in pathlib.Path(place).iterdir():
            text = dump.read_text()
            path = re.search(r"^desc: Trigger: Client Request: (\w+)$", text, re.M)
            total = re.search(r"^totals: (\d+)$", text, re.M)
            if path and total:
                most[path[1]] = max(most[path[1]], int(total[1]))
    if not most:
        skip("the program was built without <valgrind/callgrind.h>")
    return {path: round(total / TIMES) for path, total in sorted(most.items())}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "record"):
        print(__doc__, file=sys.stderr)
        return 2
    verb, program = sys.argv[1:]
    if not shutil.which("valgrind"):
        skip("no valgrind here (scripts/setup installs it)")
    now, here = counts(program), built_with()
    if verb == "record":
        # By where its turns begin, a path takes one of two ways: what it takes at most is recorded.
        for again in (counts(program) for _ in range(9)):
            now = {path: max(now[path], again[path]) for path in now}
        RECORD.write_text(json.dumps({"built_with": here, "instructions": now}, indent=4) + "\n")
        print(RECORD.read_text(), end="")
        return 0
    record = json.loads(RECORD.read_text())
    dearer = []
    for path in sorted(now.keys() | record["instructions"].keys()):
        was, is_now = record["instructions"].get(path), now.get(path)
        change = (is_now / was - 1) if was and is_now else None
        word = "?" if change is None else "dearer" if change > TOLERANCE else "cheaper" if change < -TOLERANCE else ""
        print(f"{path:<18} {was or '-':>8} {is_now or '-':>8} {'' if change is None else f'{change:+.1%}':>8}  {word}")
        if word in ("dearer", "?"):
            dearer.append(path)
        elif word == "cheaper":
            print("  record it, or a later loss will not be noticed")
    if here != record["built_with"]:
        skip(f"recorded with {record['built_with']}, this is {here}")
    if dearer:
        print(f"dearer: {', '.join(dearer)}. If it must be so: {' '.join([sys.argv[0], 'record', program])}")
    return 1 if dearer else 0


if __name__ == "__main__":
    sys.exit(main())
