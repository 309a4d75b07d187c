#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the models of the runtime's protocols with spin.

  check.py --list                    all checks, one a line: MODEL holds, MODEL mutant_N
  check.py MODEL holds [--full]      every course of the model keeps its assertions
  check.py MODEL mutant_N            some course of the mutant breaks one
  check.py [--full] [MODEL...]       all checks (of these models), and a table

Sizes and mutants stand in the head of each model: `Small:` and `Full:` lines give the definitions of
one run each, a line `N: sentence` under `Mutants:` describes -DMUTANT=N, with definitions of its own
in brackets if it needs others than the first small run.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SMALL_MEGABYTES, FULL_MEGABYTES = 1400, 8000
# A model that has not changed need not be compiled again, which takes longer than most searches.
COMPILE = (["ccache"] if shutil.which("ccache") else []) + [
    "cc", "-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE"]


class Model:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        head = path.read_text().split("*/")[0]
        self.small = [m.split() for m in re.findall(r"^ \* Small:(.*)$", head, re.M)]
        self.full = [m.split() for m in re.findall(r"^ \* Full:(.*)$", head, re.M)]
        self.mutants = {}
        for number, flags, sentence in re.findall(
                r"^ \* +(\d+):(?: \[([^\]]*)\])? (.*)$", head, re.M):
            self.mutants[int(number)] = (flags.split() if flags else self.small[0], sentence)
        if not self.small or not self.mutants:
            raise SystemExit(f"{path}: the head names no small run, or no mutants")

    def checks(self):
        return ["holds"] + [f"mutant_{n}" for n in self.mutants]


def explore(model, definitions, megabytes):
    """All courses of the model: what came out, how many states there are, what to tell if that is a
    surprise."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copy(model.path, place)

        def run(*command):
            return subprocess.run(command, cwd=place, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        made = run("spin", "-a", *definitions, model.path.name)
        if not pathlib.Path(place, "pan.c").exists():
            return "unfinished", 0, made.stdout
        made = run(*COMPILE, f"-DMEMLIM={megabytes}", "-c", "pan.c", "-o", "pan.o")
        if made.returncode == 0:
            made = run("cc", "pan.o", "-o", "pan")
        if made.returncode != 0:
            return "unfinished", 0, made.stdout
        said = run("./pan", "-m3000000", "-E").stdout
        found = re.search(r"([0-9.e+]+) states, stored", said)
        states = int(float(found[1])) if found else 0
        if "assertion violated" in said:
            course = run("spin", "-t", "-p", "-g", *definitions, model.path.name).stdout
            line = re.search(r":(\d+), Error: assertion violated", course)
            return "violated", states, f"in line {line[1] if line else '?'}\n" + course[-5000:]
        cut_off = re.search(
            r"max search depth too small|out of memory|memory limit|not completed", said)
        if "errors: 0" in said and not cut_off:
            return "holds", states, ""
        return "unfinished", states, said


def check(model, what, full):
    """True when the check came out as it must."""
    if what == "holds":
        runs = [(d, "holds") for d in model.small + (model.full if full else [])]
    elif what.startswith("mutant_") and (n := int(what.removeprefix("mutant_"))) in model.mutants:
        flags, sentence = model.mutants[n]
        print(f"{model.name}, mutant {n}: {sentence}")
        runs = [(flags + [f"-DMUTANT={n}"], "violated")]
    else:
        raise SystemExit(f"{model.name} has no check {what}")
    good = True
    for definitions, wanted in runs:
        started = time.monotonic()
        got, states, said = explore(model, definitions, FULL_MEGABYTES if full else SMALL_MEGABYTES)
        good = good and got == wanted
        first, _, rest = said.partition("\n")
        print(f"{'ok  ' if got == wanted else 'BAD '} {model.name} {what} {' '.join(definitions)}: "
              f"{got}{' ' + first if got == 'violated' else ''}, {states:,} states, "
              f"{time.monotonic() - started:.1f} s", flush=True)
        if got != wanted:
            print(f"it should have been: {wanted}\n{rest}")
    return good


def main():
    parse = argparse.ArgumentParser(usage=__doc__)
    parse.add_argument("--list", action="store_true")
    parse.add_argument("--full", action="store_true")
    parse.add_argument("words", nargs="*")
    a = parse.parse_args()
    models = {p.stem: Model(p) for p in sorted(HERE.glob("*.pml"))}
    if a.list:
        for m in models.values():
            for c in m.checks():
                print(m.name, c)
        return 0
    for w in a.words:
        if w not in models and not (w == "holds" or w.startswith("mutant_")):
            raise SystemExit(f"there is no model {w}; there are {', '.join(models)}")
    checks = [w for w in a.words if w not in models]
    chosen = [models[w] for w in a.words if w in models] or list(models.values())
    results = [check(m, c, a.full) for m in chosen for c in (checks or m.checks())]
    if len(results) > 1:
        print(f"{sum(results)} of {len(results)} checks came out as they must")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
