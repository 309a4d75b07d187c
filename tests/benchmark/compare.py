# SPDX-License-Identifier: BSL-1.0
"""Runs workloads on all systems in turn and tells how they compare. See scripts/bench."""
import argparse
import collections
import datetime
import os
import pathlib
import platform
import statistics
import sys

import pings
import redis
import sides
from goals import BASELINES, GOALS

WORKLOADS = [*(f"W{i}" for i in [*range(1, 16), *range(17, 21)]), "IO"]
PAGE = sides.TOP / "docs/reference/benchmarks.md"
MORE_IS_BETTER = "1/s"


def say(text=""):
    print(text, flush=True)


def number(x):
    return f"{x:,.0f}" if x >= 1000 else f"{x:.4g}"


def measure(workload, systems, runs):
    """All systems in turn, so that what else the machine does meets them alike."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    units, out, unknown = {}, {}, set()
    for turn in range(runs + 1):  # the first one warms up
        for s in systems:
            if s.missing or s.name in out or s.name in unknown:
                continue
            try:
                figures = s.run(workload)
            except sides.Unknown:
                unknown.add(s.name)
                continue
            except sides.Failed as e:
                out[s.name] = str(e)
                say(f"  no run: {e}")
                continue
            if turn:
                for name, (value, unit) in figures.items():
                    units[name] = unit
                    found[name][s.name].append(value)
    return found, units


def compared(ours, theirs, unit):
    return ours / theirs if unit == MORE_IS_BETTER else theirs / ours


def verdict(workload, figure, ours, baseline, unit):
    goal, times = GOALS.get((workload, figure), (None, None))
    words = []
    if goal is not None:
        words.append(f"{number(goal)}: {'met' if ours <= goal else 'missed'}")
    if times is not None and baseline is not None:
        name, theirs = baseline
        words.append(f"{times} x {name}: {'met' if compared(ours, theirs, unit) >= times else 'missed'}")
    return ", ".join(words)


def rows_of(workload, found, units, others):
    for figure, by_side in found.items():
        values = by_side.get("Coppice")
        if not values:
            continue
        ours = statistics.median(values)
        row = [workload, figure, f"{number(ours)} {units[figure]}", f"{number(min(values))} .. {number(max(values))}"]
        baseline = None
        for name in others:
            theirs = by_side.get(name)
            if not theirs:
                row.append("-")
                continue
            m = statistics.median(theirs)
            baseline = (name, m) if name in BASELINES else baseline
            row.append(f"{number(m)} ({compared(ours, m, units[figure]):.1f} x)")
        row.append(verdict(workload, figure, ours, baseline, units[figure]))
        yield row


def table(head, rows):
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    line = lambda r: "| " + " | ".join(c.ljust(w) for c, w in zip(r, widths)) + " |"
    return "\n".join([line(head), "|" + "|".join("-" * (w + 2) for w in widths) + "|", *map(line, rows)])


def machine():
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores ({cpu}), Linux {platform.release()}, load {os.getloadavg()[0]:.2f} at the start"


def page(text, systems, command, where):
    lines = [
        "# Benchmarks", "",
        "The workloads are described in [workloads.md](workloads.md). Medians; the spread is the smallest and",
        "the largest of our runs; in brackets how many times better we are. Written by the command below. What",
        "misses its goal is explained in [performance.md](../explanation/performance.md).", "",
        f"- {datetime.date.today()}, {where}", f"- `{command}`",
        *[f"- {s.name}: {s.version or 'skipped, ' + str(s.missing)}" for s in systems], "", text, ""]
    PAGE.write_text("\n".join(lines))
    say(f"\nwritten: {PAGE.relative_to(sides.TOP)}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--peers", action="store_true", help="measure the other systems beside us")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write docs/reference/benchmarks.md")
    parser.add_argument("workloads", nargs="*", metavar="W", help="by default all")
    a = parser.parse_args()
    for w in a.workloads:
        if w not in WORKLOADS:
            parser.error(f"there is no workload {w}; there are {' '.join(WORKLOADS)}")
    if a.runs < 1:
        parser.error("--runs must be at least 1")
    chosen = a.workloads or WORKLOADS
    where = machine()
    say("building")
    systems = [sides.build_ours(a.peers), *(sides.peers() if a.peers else [])]
    go = next((s for s in systems if s.name == "Go"), None)
    servers = {"W14": redis.sides(), "W15": pings.sides(go)}
    for s in [*systems, *(s for w in chosen for s in servers.get(w, []))]:
        if s.missing:
            say(f"skipped: {s.name}, {s.missing}")
    tables = {}  # rows, by the systems that are compared
    for w in chosen:
        say(f"{w} ...")
        compared_here = servers.get(w, systems)
        others = tuple(s.name for s in compared_here[1:] if not s.missing)
        rows = rows_of(w, *measure(w, compared_here, a.runs), others)
        tables.setdefault(others, []).extend(rows)
    tables = [table(["", "figure", "Coppice", "spread", *others, "goal"], rows)
              for others, rows in tables.items() if rows]
    text = "\n\n".join(tables)
    say("\n" + text)
    if a.write or (a.peers and not a.workloads):
        page(text, [*systems, *servers["W14"][1:], *servers["W15"][1:2]],
             "scripts/bench " + " ".join(sys.argv[1:]), where)
    return 0 if tables else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except sides.Failed as e:
        sys.exit(f"bench: {e}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted; nothing was written")
