#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs scenarios on Coppice and compares their traces with those of Erlang/OTP.

  compare.py recorded --runner PROGRAM [KIND...]     with the traces in expected/
  compare.py live --runner PROGRAM N [--seed S]      with an installed OTP, N fresh scenarios

PROGRAM is otp_scenario. Differences are printed as diffs of canonical traces, `-` OTP, `+` Coppice.
The last line is `equal E of N`; the exit code is 1 if any differ.
"""

import argparse
import concurrent.futures
import difflib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import canon  # noqa: E402
import gen  # noqa: E402
import gen_misc  # noqa: E402

KINDS = ["sup", "proc", "gs", "random", "random_proc", "random_gs", "ge", "random_ge", "sm", "random_sm",
         "pg", "random_pg", "ex", "random_ex"]
# The limits of a scenario are tens of milliseconds of real time. A difference in an execution that the
# machine held up for a part of that says nothing: it is executed again, so often.
HELD_UP_MS = 10
EXECUTE_AGAIN = 4
ASK_AGAIN = 4  # a scenario may race with itself: so often OTP is asked for another of its traces
SEEDS = range(1, 17)  # and then in so many schedules we are, in virtual time


def canonical(scenario, trace):
    """The canonical trace; a trace that is missing or broken is one line that says so."""
    if not trace.exists():
        return [f"no trace for {scenario.name}"]
    try:
        return canon.canon(canon.load(scenario), canon.load(trace))
    except (json.JSONDecodeError, KeyError, AttributeError, TypeError) as error:
        return [f"a broken trace for {scenario.name}: {error!r}"]


def diff(name, expected, ours):
    return "\n".join(
        difflib.unified_diff(expected, ours, f"otp/{name}", f"coppice/{name}", lineterm="", n=4))


def run_ours(options, scenarios, out):
    """One call for all: the runner gives each scenario an operating system process of its own."""
    out.mkdir(parents=True)
    runner = options.runner
    command = [runner, "--out", out]
    if options.jobs:
        command += ["--jobs", str(options.jobs)]
    if options.virtual is not None:
        command += ["--seed", str(options.virtual)]
    # One more file than needed would do no harm, one alone is run in the runner's own process.
    done = subprocess.run(command + list(scenarios), check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"compare: {runner} ended with {done.returncode}")


def was_held_up(trace):
    try:
        return canon.load(trace)[0].get("held_up_ms", 0) >= HELD_UP_MS
    except (OSError, json.JSONDecodeError, IndexError):
        return False


def run_ours_calmly(options, scenarios, out, expected):
    """Like run_ours; what then differs from `expected` and was held up is executed again, alone."""
    run_ours(options, scenarios, out)
    for again in range(EXECUTE_AGAIN):
        rest = [s for s in scenarios if was_held_up(out / s.with_suffix(".trace").name)
                and canonical(s, out / s.with_suffix(".trace").name) != expected(s)]
        for number, scenario in enumerate(rest):
            print(f"{scenario.stem}: the machine held it up, and it is executed again; it differed so:")
            print(diff(scenario.stem, expected(scenario), canonical(
                scenario, out / scenario.with_suffix(".trace").name)), flush=True)
            one = out / f"again{again}-{number}"
            run_ours(options, [scenario], one)
            (one / scenario.with_suffix(".trace").name).rename(
                out / scenario.with_suffix(".trace").name)


def kind_of(scenario):
    return canon.load(scenario)[0]["meta"]["kind"]


def run_otp(scenarios, out):
    """One VM for many scenarios, as many VMs as there are processors. Kind ex is asked of Elixir."""
    out.mkdir(parents=True)
    share = max(1, os.cpu_count() or 1)
    for_elixir = [s for s in scenarios if kind_of(s) == "ex"]
    for_otp = [s for s in scenarios if s not in for_elixir]

    def run(command, part):
        if part:
            subprocess.run([*command, "--out", out, *part], check=False)

    with concurrent.futures.ThreadPoolExecutor(share) as pool:
        for i in range(share):
            pool.submit(run, ["escript", HERE / "oracle.escript"], for_otp[i::share])
            pool.submit(run, ["elixir", HERE / "oracle.exs"], for_elixir[i::share])


def report(total, differing):
    """The last lines, and the exit code."""
    for name in differing:
        print(f"DIFFERS: {name}")
    print(f"equal {total - len(differing)} of {total}")
    return 1 if differing else 0


def recorded(options):
    total, differing = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.kinds or KINDS:
            scenarios = sorted((HERE / "scenarios" / kind).glob("*.jsonl"))
            if not scenarios:
                raise SystemExit(f"compare: no scenarios of kind {kind}; there are {KINDS}")
            out = pathlib.Path(folder) / kind
            run_ours_calmly(options, scenarios, out, lambda s: canonical(
                s, HERE / "expected" / s.parent.name / s.with_suffix(".trace").name))
            equal = 0
            for scenario in scenarios:
                trace = scenario.with_suffix(".trace").name
                expected = canonical(scenario, HERE / "expected" / kind / trace)
                ours = canonical(scenario, out / trace)
                if expected == ours:
                    equal += 1
                else:
                    name = f"{kind}/{scenario.stem}"
                    differing.append(name)
                    print(diff(name, expected, ours))
            print(f"{kind}: equal {equal} of {len(scenarios)}", flush=True)
            total += len(scenarios)
    return report(total, differing)


def fresh(kind, seed, path):
    """Writes one random scenario of a kind."""
    if kind == "sup":
        text = gen.scenario(seed)
    else:
        meta = {"meta": {"name": f"rnd-{kind}-{seed}", "kind": kind, "about": f"random, seed {seed}"}}
        steps = getattr(gen_misc, kind)(seed)
        text = "".join(json.dumps(line) + "\n" for line in [meta] + steps)
    path.write_text(text)


def generate(count, seed, folder):
    """The kinds in turn; supervisor trees twice. Kind ex only where there is an Elixir to ask."""
    folder.mkdir()
    kinds = ["sup", "proc", "sup", "gs", "ge", "sm", "pg"] + (["ex"] if shutil.which("elixir") else [])
    if "ex" not in kinds:
        print("kind ex is left out: there is no `elixir` here; scripts/setup installs it", flush=True)
    scenarios = []
    for number in range(count):
        kind, this = kinds[number % len(kinds)], seed * 1_000_000 + number
        path = folder / f"{kind}-{this}.jsonl"
        fresh(kind, this, path)
        scenarios.append(path)
    return scenarios


def scheduled_as_otp(options, scenarios, theirs, folder):
    """Those of which one of OTP's traces is ours under another schedule, and its seed."""
    found = {}
    for seed in SEEDS:
        left = [s for s in scenarios if s not in found]
        if not left:
            break
        out = folder / f"seed{seed}"
        run_ours(argparse.Namespace(**{**vars(options), "virtual": seed}), left, out)
        for s in left:
            if canonical(s, out / s.with_suffix(".trace").name) in theirs[s]:
                found[s] = seed
    return found


def live(options):
    if not shutil.which("erl") or not shutil.which("escript"):
        raise SystemExit("conformance: a live comparison needs Erlang/OTP 25 or later, and there "
                         "is no `erl` here. scripts/setup installs it (package erlang-base).")
    seed = options.seed if options.seed is not None else random.randrange(1, 1_000_000)
    print(f"{options.count} scenarios, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        scenarios = generate(options.count, seed, folder / "scenarios")
        ours_out, otp_out = folder / "ours", folder / "otp"

        def traces(scenario, out):
            return canonical(scenario, out / scenario.with_suffix(".trace").name)

        run_otp(scenarios, otp_out)
        run_ours_calmly(options, scenarios, ours_out, lambda s: traces(s, otp_out))
        ours = {s: traces(s, ours_out) for s in scenarios}
        first = {s: traces(s, otp_out) for s in scenarios}
        differing = [s for s in scenarios if ours[s] != first[s]]
        racing = []
        theirs = {s: [first[s]] for s in differing}
        for again in range(ASK_AGAIN):
            if not differing:
                break
            out = folder / f"otp{again}"
            run_otp(differing, out)
            found = [s for s in differing if traces(s, out) == ours[s]]
            racing += found
            differing = [s for s in differing if s not in found]
            for s in differing:
                theirs[s].append(traces(s, out))
        racing_here = scheduled_as_otp(options, differing, theirs, folder)
        differing = [s for s in differing if s not in racing_here]
        for scenario in differing:
            print(diff(scenario.stem, first[scenario], ours[scenario]))
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(scenario, options.keep)
        for scenario in racing:
            print(f"races with itself on OTP, ours is one of OTP's traces: {scenario.stem}")
        for scenario, seed in racing_here.items():
            print(f"races with itself, one of OTP's traces is ours under seed {seed}: {scenario.stem}")
        print(f"counted as equal although OTP's first trace differed: {len(racing) + len(racing_here)}")
        return report(len(scenarios), [s.stem for s in differing])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    for mode in ("recorded", "live"):
        sub = modes.add_parser(mode)
        sub.add_argument("--runner", required=True, type=pathlib.Path)
        sub.add_argument("--jobs", type=int, help="scenarios run at once")
        sub.add_argument("--virtual", type=int, metavar="SEED",
                         help="Coppice in virtual time on one thread, which this seed schedules")
    modes.choices["recorded"].add_argument("kinds", nargs="*", metavar="KIND")
    modes.choices["live"].add_argument("count", type=int, metavar="N")
    modes.choices["live"].add_argument("--seed", type=int)
    modes.choices["live"].add_argument("--keep", type=pathlib.Path,
                                       help="copy the scenarios that differ to this folder")
    options = parser.parse_args()
    return recorded(options) if options.mode == "recorded" else live(options)


if __name__ == "__main__":
    sys.exit(main())
