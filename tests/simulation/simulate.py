#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs random programs against the model of the guarantees, and shrinks those that fail.

  simulate.py [--seeds N] [--first S] [--jobs J]   N programs, from seed S on
  simulate.py --seed S [--keep 3,7,9]              one program, or only these of its steps
  simulate.py --replay FILE                        a program that was printed before
  simulate.py --planted | --plant NAME             each planted fault is found, shrunk and replayed
  Further: --program FILE (the built coppice_simulation), --build DIRECTORY, --without FEATURE,
           --all (with the features of `known`, too), --threads N, --trace, --no-shrink, --most N findings

Each run of the program is a process of the operating system, so a crash and a hang are findings like
any other. README.md says how a finding is read.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
Finding = collections.namedtuple("Finding", "seed sentence said")


class Simulation:
    def __init__(self, program, features, threads):
        self.program = str(program)
        self.options = [w for f in features for w in ("--without", f)]
        if threads:
            self.options += ["--threads", str(threads)]

    def run(self, *arguments, text=None):
        # The program ends a hang by itself; the limit here is the last resort.
        try:
            return subprocess.run([self.program, *self.options, *arguments], input=text, text=True,
                                  check=False, capture_output=True, errors="replace", timeout=1200)
        except subprocess.TimeoutExpired as e:
            said = (e.stdout or b"").decode(errors="replace")
            return subprocess.CompletedProcess(e.cmd, 11, said + "\nFINDING hangs\n", "")

    def sentence(self, done):
        """What a run found, in one line; nothing when it was right."""
        if done.returncode == 0:
            return ""
        found = re.search(r"^FINDING (.*)$", done.stdout, re.M)
        if found:
            return found[1]
        if done.returncode < 0:
            last = next((l for l in reversed(done.stderr.splitlines())
                         if re.search(r"terminate called|what\(\)|[Aa]ssert|ERROR: |WARNING: ThreadSan", l)), "")
            return f"dies of {signal.Signals(-done.returncode).name} {last.strip()}".strip()
        lines = done.stderr.strip().splitlines()
        note = next((l for l in lines if "Sanitizer" in l or "coppice:" in l or "Conditional" in l), lines[-1] if lines else "")
        return f"ends with {done.returncode}: {note}"

    def many(self, first, count, most=1000):
        """All findings of the seeds first ... first+count-1."""
        found, end = [], first + count
        while first < end and len(found) < most:
            done = self.run("--first", str(first), "--count", str(end - first))
            sentence = self.sentence(done)
            if not sentence:
                break
            seeds = re.findall(r"^seed (\d+)$", done.stdout, re.M)
            if not seeds:
                raise SystemExit(f"{self.program}: {sentence}\n{done.stderr}")
            first = int(seeds[-1]) + 1
            found.append(Finding(int(seeds[-1]), sentence, done.stderr[-3000:]))
        return found

    def text_of(self, seed):
        return self.run("--first", str(seed), "--print").stdout

    def replay(self, lines, *more):
        return self.run("--replay", *more, text="\n".join(lines) + "\n")


def kind_of(sentence):
    """Two findings are the same when their sentences are, apart from what differs in each run."""
    return re.sub(r"(0x[0-9a-f]+|<[^>]*>|\d+)", "_", sentence.split(":")[0])


def parts(items, n):
    size = -(-len(items) // n)
    return [items[i:i + size] for i in range(0, len(items), size)]


def shrink(simulation, text, sentence, seconds=90):
    """The fewest steps that still find the same: delta debugging, then simpler actors."""
    lines = text.splitlines()
    head = [l for l in lines if not l.startswith("step")]
    steps = [l for l in lines if l.startswith("step")]
    until = time.monotonic() + seconds

    def fails(h, s):
        if time.monotonic() > until:
            return False
        # Twice: what the end of a program does beside the stop of its runtime is not in the seed.
        return any(kind_of(simulation.sentence(simulation.replay(h + s))) == kind_of(sentence)
                   for _ in range(2))
    if not fails(head, steps):
        return None
    n = 2
    while len(steps) > 1:
        chunks = parts(steps, n)
        for i in range(len(chunks)):
            rest = [l for j, c in enumerate(chunks) if j != i for l in c]
            if fails(head, rest):
                steps, n = rest, max(n - 1, 2)
                break
        else:
            if n >= len(steps):
                break
            n = min(2 * n, len(steps))
    for i, line in enumerate(head):
        if line.startswith("actor"):
            plain = re.sub(r"^(actor \w+) \d+ \w+ \S+$", r"\1 0 block -", line)
            if plain != line and fails(head[:i] + [plain] + head[i + 1:], steps):
                head[i] = plain
    for i, line in enumerate(steps):
        plain = re.sub(r"(swallow|-) \d+( #.*)?$", r"- 0\2", line)
        if plain != line and fails(head, steps[:i] + [plain] + steps[i + 1:]):
            steps[i] = plain
    return head + steps


def known_features():
    """Features whose faults are known and not mended yet: a word and a sentence a line."""
    lines = (HERE / "known").read_text().splitlines()
    return [l.split()[0] for l in lines if l.strip() and not l.startswith(("#", "finding "))]


def is_known(sentence):
    """Findings that are shown, and do not fail the run: `finding` and how the sentence begins."""
    return any(sentence.startswith(l.removeprefix("finding ").strip())
               for l in (HERE / "known").read_text().splitlines() if l.startswith("finding "))


def tell(simulation, finding, shrinks):
    print(f"\nseed {finding.seed}: {finding.sentence}")
    text = simulation.text_of(finding.seed)
    if not shrinks:
        return None
    small = shrink(simulation, text, finding.sentence)
    if small is None:
        print("  (not found again: it lies in the threads, not in the seed)")
        return None
    steps = [l for l in text.splitlines() if l.startswith("step")]
    kept = [str(i) for i, l in enumerate(steps) if l in small]
    print(f"  shrunk from {len(steps)} to {sum(l.startswith('step') for l in small)} steps; "
          f"scripts/simulate --seed {finding.seed} --keep {','.join(kept)}")
    print("  or scripts/simulate --replay with these lines:")
    for line in small:
        print("    " + line)
    sys.stdout.flush()
    return small


def run_seeds(simulation, a):
    for name in PLANTS:  # they are too slow for every run, but must fit
        with_fault(name)
    started = time.monotonic()
    chunk = max(1, min(100, -(-a.seeds // a.jobs)))
    ranges = [(s, min(chunk, a.first + a.seeds - s))
              for s in range(a.first, a.first + a.seeds, chunk)]
    found = []
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for batch in pool.map(lambda r: simulation.many(*r), ranges):
            found += batch
            for f in batch:
                print(f"seed {f.seed}: {f.sentence}", flush=True)
    new = found if a.all else [f for f in found if not is_known(f.sentence)]
    kinds = {}
    for f in new:
        kinds.setdefault(kind_of(f.sentence), []).append(f)
    for of_kind in list(kinds.values())[:a.most]:
        for f in of_kind[:3]:  # one that can be replayed
            if tell(simulation, f, not a.no_shrink) or a.no_shrink:
                break
    print(f"\nsimulate: {a.seeds} seeds in {time.monotonic() - started:.0f} s, {len(new)} findings "
          f"of {len(kinds)} kinds, and {len(found) - len(new)} known ones")
    return 1 if new else 0


# --- planted faults: each is a source file with a rule broken, compiled and linked in front ---
# "H in S": the rule is broken in the header H, and S is what is compiled with it.

PLANTS = {
    "one_too_many": (
        "a bounded mailbox takes one message more than its bound",
        "framework/src/process/mailbox_bound.hpp in framework/src/signals/mailbox_limit.cpp", [
            ("if ((seen & mailbox_word::address_mask) >= most)",
             "if ((seen & mailbox_word::address_mask) > most)"),
        ]),
    "links_not_told": (
        "linked processes are not told of the end of a process",
        "framework/src/signals/process_exit.cpp", [
            ("    tell_links(t, x.links);\n",
             ""),
        ]),
    "name_kept": (
        "a process that ends keeps its name",
        "framework/src/signals/process_exit.cpp", [
            ("    name_table::close(p);\n",
             ""),
        ]),
    "behind_a_kill": (
        "a message behind a deadly signal is received",
        "framework/src/signals/signals.cpp", [
            ("        if (p.exit.is_pending() && !(",
             "        if (p.exit.is_pending() && n->ops->what == envelope_ops::kind::signal && !("),
            ("    if (met_signal && p.exit.is_pending())\n        park_behind(p, received_before);\n",
             ""),
        ]),
    "early_timer": (
        "a timer fires when seven eighths of its time have passed",
        "framework/src/messaging/send_after.cpp", [
            ("saturated_sum(now, d)",
             "saturated_sum(now, d - d / 8)"),
        ]),
    "kept_callers_forgotten": (
        "callers that were kept for later are not told of the end of their server",
        "framework/src/signals/process_exit.cpp", [
            ("        if (claim_answer(r))\n            answer_failed(r, end_of_server(p, reason));\n",
             ""),
        ]),
    "entry_of_the_dead": (
        "a process that ends keeps its entries in registries",
        "framework/src/registry/name_table.cpp", [
            ("    if (close_word(p))\n        key_owners::release(p.self());\n",
             "    close_word(p);\n"),
        ]),
    "death_not_noticed": (
        "the monitors of a group are not told of the end of a member",
        "framework/src/registry/key_table.cpp", [
            ("        if (key_observer* const o = s.observer())\n            o->exited(*gone);\n",
             ""),
        ]),
    "postponed_lost": (
        "a state machine changes its state, and what was postponed does not come back",
        "framework/src/lifecycle/engine.cpp", [
            ("        q->next.prepend(q->postponed);\n",
             "        (void)q->postponed.take_all();\n"),
        ]),
    "inserted_late": (
        "an event that a state machine inserts comes behind those that wait",
        "framework/src/lifecycle/engine.cpp", [
            ("    q->next.prepend(q->inserted);\n    return comes_next(p, *q);\n",
             "    q->inserted.prepend(q->next);\n    q->next.prepend(q->inserted);\n"
             "    return comes_next(p, *q);\n"),
        ]),
    "handler_of_the_dead": (
        "the handlers that a process supervises stay when it ends",
        "behaviours/src/gen_event.cpp", [
            ("        stop_handlers_of(e->from, e->reason);\n",
             ""),
        ]),
    "oldest_first": (
        "a handler of events is added behind the others",
        "behaviours/src/gen_event.cpp", [
            ("    handlers_.push_back({&how.type(), std::move(made), std::move(id), adder});\n",
             "    handlers_.insert(handlers_.begin(), {&how.type(), std::move(made), std::move(id), adder});\n"),
        ]),
    "task_without_handle": (
        "a task runs on when its handle has ended",
        "behaviours/src/task.cpp", [
            ("    if (r_->server && !is_answered(r_))\n        end_task(",
             "    if (r_->server && is_answered(r_))\n        end_task("),
        ]),
    "any_order": (
        "an ordered stream gives its results as they come",
        "behaviours/src/async_stream.cpp", [
            ("        if (first.is_done)\n            return t.give(first);\n", ""),
            ("        if (!t.how.ordered)\n            return t.give(done);\n",
             "        return t.give(done);\n"),
        ]),
    "next_partition": (
        "a key reaches the partition beside its own",
        "supervisors/src/partition_table.cpp", [
            ("now->names[hash % now->names.size()]",
             "now->names[(hash + 1) % now->names.size()]"),
        ]),
}


def with_fault(name):
    """The text of the source file with the fault."""
    _, place, replacements = PLANTS[name]
    source = place.split(" in ")[0]
    text = (TOP / source).read_text()
    for old, new in replacements:
        if text.count(old) != 1:
            raise SystemExit(f"the plant {name} does not fit {source} any more: change it in {__file__}")
        text = text.replace(old, new)
    return text


def build_planted(build, name, where):
    """The simulation's program with the fault: its object stands before the library that has the right one."""
    broken, _, user = PLANTS[name][1].partition(" in ")
    source = user or broken
    # A header stands in a folder that is searched first, under the name that it is included by.
    in_folder = re.sub(r"^.*?/(src|include)/", "", broken)
    changed = where / in_folder
    changed.parent.mkdir(exist_ok=True)
    changed.write_text(with_fault(name))
    compiled = TOP / source if user else changed
    object_file = where / "planted.o"
    commands = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "coppice_simulation"],
                              check=True, capture_output=True, text=True).stdout.splitlines()
    compile_ = next(c for c in commands if c.rstrip().endswith(source))
    own_object = re.search(r"-o (\S+)", compile_)[1]
    compile_ = re.sub(r"-M[TF] \S+|-MD", "", compile_)
    compile_ = re.sub(r"-o \S+", f"-o {object_file} -w -iquote {where} -iquote {(TOP / source).parent}", compile_)
    compile_ = compile_.replace(" -I", f" -I{where} -I", 1)
    compile_ = re.sub(r"\S+$", str(compiled), compile_.rstrip())
    link = next(c for c in reversed(commands) if "-o bin/coppice_simulation" in c)
    # Of the program's own sources the object is replaced; of the library's it stands in front.
    link = link.replace(f" {own_object} ", " ")
    link = link.replace("-o bin/coppice_simulation", f"{object_file} -o {where}/coppice_simulation")
    for command in (compile_, link):
        subprocess.run(command, shell=True, cwd=build, check=True)
    return where / "coppice_simulation"


def run_planted(a, features, names):
    """True when each is found, shrunk and found again in what is left."""
    good = True
    for name in names:
        with tempfile.TemporaryDirectory() as place:
            print(f"\n== {name}: {PLANTS[name][0]}", flush=True)
            simulation = Simulation(build_planted(a.build, name, pathlib.Path(place)), features, 0)
            found, first = [], a.first
            while not found and first < a.first + a.seeds:
                found = simulation.many(first, 50, most=1)
                first += 50
            small = tell(simulation, found[0], True) if found else None
            again = small and simulation.sentence(simulation.replay(small))
            print(f"{name}: found {'after ' + str(found[0].seed - a.first + 1) + ' seeds' if found else 'never'}, "
                  f"{'shrunk' if small else 'not shrunk'}, replayed: {again or 'nothing'}", flush=True)
            good = good and bool(again) and kind_of(again) == kind_of(found[0].sentence)
    print(f"\nsimulate: {len(names)} planted faults, {'all found, shrunk and replayed' if good else 'NOT all found'}")
    return 0 if good else 1


def run_one(simulation, a):
    text = pathlib.Path(a.replay).read_text() if a.replay else simulation.text_of(a.seed)
    lines = text.splitlines()
    if a.keep is not None:
        keep = {int(i) for i in a.keep.split(",") if i}
        steps = [l for l in lines if l.startswith("step")]
        lines = [l for l in lines if not l.startswith("step")] + [
            l for i, l in enumerate(steps) if i in keep]
    done = simulation.replay(lines, *(["--trace"] if a.trace else []))
    print("\n".join(lines))
    if a.trace:
        print(done.stdout, end="")
    sentence = simulation.sentence(done)
    print(sentence or "right")
    if sentence:
        print(done.stderr[-3000:], end="")
    return 1 if sentence else 0


def main():
    parse = argparse.ArgumentParser(usage=__doc__)
    parse.add_argument("--seeds", type=int, default=2000)
    parse.add_argument("--first", type=int, default=1)
    parse.add_argument("--jobs", type=int, default=2)
    parse.add_argument("--seed", type=int)
    parse.add_argument("--keep")
    parse.add_argument("--replay")
    parse.add_argument("--planted", action="store_true")
    parse.add_argument("--plant")
    parse.add_argument("--build", type=pathlib.Path, default=TOP / "build/dev")
    parse.add_argument("--program", type=pathlib.Path)
    parse.add_argument("--without", action="append", default=[])
    parse.add_argument("--all", action="store_true")
    parse.add_argument("--threads", type=int, default=0)
    parse.add_argument("--trace", action="store_true")
    parse.add_argument("--no-shrink", action="store_true")
    parse.add_argument("--most", type=int, default=5)
    a = parse.parse_args()
    program = a.program or a.build / "bin/coppice_simulation"
    features = sorted(set(a.without + ([] if a.all else known_features())))
    if a.planted or a.plant:
        return run_planted(a, features, [a.plant] if a.plant else list(PLANTS))
    simulation = Simulation(program, features, a.threads)
    if a.replay or a.seed is not None:
        return run_one(simulation, a)
    return run_seeds(simulation, a)


if __name__ == "__main__":
    sys.exit(main())
