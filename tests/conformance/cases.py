#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes docs/reference/conformance.md: each case of cases.md with what shows it, as cases.map says.

  cases.py            writes the page, unless something is wrong with the cases or the map
  cases.py --check    writes nothing; fails also when the page is stale
  cases.py --planted  breaks each rule once, and says whether that was found

It reads sources and scenarios, and needs no build. Breaches are printed as `file:line: sentence`.
"""

import dataclasses
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
ROOT = TESTS.parent
CASES, MAP = "tests/conformance/cases.md", "tests/conformance/cases.map"
PAGE = "docs/reference/conformance.md"

# Kinds of scenarios that are recorded, and whose runner is not in the tree yet. A kind leaves this list
# when its folder and its CTest tests are here; until then the page calls its scenarios pending.
TO_COME = []

CASE = re.compile(r"- ([A-Z]{3}-\d{3}) (.+?)(?: \[(.*)\])?( \(s\))?$")
CASE_IDS = r"\b(?:PRC|GSV|SUP|DYN|STM|EVT|REG|TSK|AGT|SYS|APP|PGR)-\d{3}\b"
KEYS = {"scenario": "scenario ", "test": "test ", "ctest": "ctest ", "missing": "no test yet",
        "left_out": "left out:"}


@dataclasses.dataclass
class Case:
    line: int
    section: str
    text: str


@dataclasses.dataclass
class Entry:
    line: int
    scenarios: list = dataclasses.field(default_factory=list)  # (line, kind/name)
    tests: list = dataclasses.field(default_factory=list)  # (line, program/suite/case)
    ctests: list = dataclasses.field(default_factory=list)  # (line, folder/name)
    missing: str | None = None  # what has no test yet; "" is the whole case
    left_out: str | None = None

    def shown(self):
        return bool(self.scenarios or self.tests or self.ctests)


@dataclasses.dataclass
class World:
    """All that the check looks at, so that a planted breach needs no file."""
    cases: str
    map: str
    page: str
    scenarios: set  # kind/name
    kinds: set  # the kinds that CTest compares
    to_come: list
    tests: set  # program/suite/case
    ctests: set  # folder/name
    uses: list  # (file, line, id) of the ids that tests name


def unit_tests():
    """program/suite/case of each Boost.Test case, from the sources that the CMakeLists.txt name."""
    found = set()
    for lists in sorted(TESTS.rglob("CMakeLists.txt")):
        text = re.sub(r"#.*", "", lists.read_text())
        for call in re.findall(r"\bcoppice_test\(([^()]*)\)", text):
            words = call.split()
            for word in words[1:]:
                source = lists.parent / word
                if word.endswith(".cpp") and source.exists():
                    found.update(f"{words[0]}/{case}" for case in cases_of(source.read_text()))
    return found


MARK = re.compile(r"^[ \t]*BOOST_(?:(?:AUTO|FIXTURE)_TEST_SUITE\(\s*(?P<suite>\w+)|(?P<end>AUTO_TEST_SUITE_END)\("
                  r"|(?:AUTO|FIXTURE|DATA)_TEST_CASE(?:_TEMPLATE)?\(\s*(?P<case>\w+))", re.M)


def cases_of(source):
    """suite/case of each case of a source; suites may lie in suites."""
    suites, found = [], []
    for mark in MARK.finditer(source):
        if mark["suite"]:
            suites.append(mark["suite"])
        elif mark["end"]:
            suites.pop()
        else:
            found.append("/".join([*suites, mark["case"]]))
    return found


def look_around():
    here = lambda name: (ROOT / name).read_text() if (ROOT / name).exists() else ""
    scenarios = {f"{p.parent.name}/{p.stem}" for p in (HERE / "scenarios").glob("*/*.jsonl")}
    kinds = re.search(r"set\(kinds ([^)]*)\)", (HERE / "CMakeLists.txt").read_text())
    ctests = {str(p.relative_to(TESTS).with_suffix(""))
              for folder in ("faults", "compile_fail", "stress") for p in (TESTS / folder).rglob("*.cpp")}
    uses = [(str(p.relative_to(ROOT)), number, name)
            for p in sorted(TESTS.rglob("*.[ch]pp"))
            for number, line in enumerate(p.read_text().splitlines(), start=1)
            for name in re.findall(CASE_IDS, line)]
    return World(here(CASES), here(MAP), here(PAGE), scenarios, set(kinds[1].split()) if kinds else set(),
                 TO_COME, unit_tests(), ctests, uses)


def read_cases(text, breach):
    cases, section = {}, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("## "):
            section = line[3:]
        elif re.match(r"- [A-Z]{3}-", line):
            found = CASE.match(line)
            if not found:
                breach(CASES, number, "a case reads `- ABC-000 Sentence. [source]`")
            elif found[1] in cases:
                breach(CASES, number, f"{found[1]} stands here a second time")
            else:
                cases[found[1]] = Case(number, section, found[2])
    return cases


def read_map(text, breach):
    entries, entry = {}, None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if not line[0].isspace():
            if words in entries:
                breach(MAP, number, f"{words} stands here a second time")
            entry = entries.setdefault(words, Entry(number))
        elif entry is None:
            breach(MAP, number, "a line without a case above it")
        elif words.startswith(KEYS["scenario"]):
            entry.scenarios.append((number, words.split(None, 1)[1]))
        elif words.startswith(KEYS["test"]):
            entry.tests.append((number, words.split(None, 1)[1]))
        elif words.startswith(KEYS["ctest"]):
            entry.ctests.append((number, words.split(None, 1)[1]))
        elif re.match(r"no test yet(: \S|$)", words):
            entry.missing = words.partition(":")[2].strip()
        elif words.startswith(KEYS["left_out"]):
            entry.left_out = words.partition(":")[2].strip()
        else:
            breach(MAP, number, f"neither scenario, test, ctest, `no test yet` nor `left out:`: {words}")
    return entries


def is_pending(world, name):
    """True of a scenario whose kind is still to come. The one place that knows of such kinds."""
    kind = name.partition("/")[0]
    here = any(s.startswith(f"{kind}/") for s in world.scenarios)
    return kind in world.to_come and not (here and kind in world.kinds)


def check_entry(world, case, entry, breach):
    for number, name in entry.scenarios:
        kind = name.partition("/")[0]
        if is_pending(world, name):
            continue
        if name not in world.scenarios:
            breach(MAP, number, f"{case}: there is no scenario {name}")
        elif kind not in world.kinds:
            breach(MAP, number, f"{case}: CTest compares no scenarios of kind {kind}")
    for number, name in entry.tests:
        if name not in world.tests:
            breach(MAP, number, f"{case}: there is no unit test {name}")
    for number, name in entry.ctests:
        if name not in world.ctests:
            breach(MAP, number, f"{case}: there is no test {name}")
    if entry.left_out == "":
        breach(MAP, entry.line, f"{case} is left out without a reason")
    if not entry.shown() and entry.missing is None and entry.left_out is None:
        breach(MAP, entry.line, f"{case} has neither a test nor a reason to have none")
    if entry.shown() and entry.missing == "":
        breach(MAP, entry.line, f"{case} has tests and none: say which part has no test yet")
    if not entry.shown() and entry.missing is not None and entry.left_out is not None:
        breach(MAP, entry.line, f"{case} is left out and still to be tested: one of the two")


def check(world, with_page=True):
    """The breaches as text, and the page as it should be."""
    breaches = []
    breach = lambda file, line, sentence: breaches.append(f"{file}:{line}: {sentence}")
    cases = read_cases(world.cases, breach)
    entries = read_map(world.map, breach)
    for case in cases:
        if case not in entries:
            breach(CASES, cases[case].line, f"{case} has no entry in {MAP}")
    for case, entry in entries.items():
        if case not in cases:
            breach(MAP, entry.line, f"{case} is no case of {CASES}")
        check_entry(world, case, entry, breach)
    for file, line, case in world.uses:
        if case not in cases:
            breach(file, line, f"{case} is no case of {CASES}")
    page = "" if breaches else draw(world, cases, entries)
    if with_page and not breaches and page != world.page:
        breach(PAGE, 1, "the page is stale: scripts/conformance --cases writes it")
    return breaches, page


def state_of(world, entry):
    if not entry.shown():
        return "no test yet" if entry.missing is not None else "left out"
    if not (entry.tests or entry.ctests) and all(is_pending(world, name) for _, name in entry.scenarios):
        return "pending"
    return "in part" if entry.missing else "shown"


STATES = ["shown", "in part", "pending", "no test yet", "left out"]

HEAD = """\
<!-- Written by scripts/conformance --cases from tests/conformance/cases.md and cases.map. -->
# Conformance with Erlang/OTP, case by case

What OTP's and Elixir's own test suites require, in our words, and what shows it on Coppice. The cases are a
selection, so ids have gaps; [cases.md](../../tests/conformance/cases.md) says for each from which suite it stems,
and which parts of the suites are left out altogether.

- A scenario, `kind/name`, is `tests/conformance/scenarios/kind/name.jsonl`. Coppice executes it, and its trace must
  equal the one that Erlang/OTP or Elixir recorded: `scripts/conformance kind`. Beside those named here, some
  hundred random scenarios of each kind are compared.
- A unit test, `program/suite/case`: `build/dev/bin/program -t suite/case`. Any other is a test of CTest.
- *In part*: a part of the case has no test yet. What is left out beside a test is a part that does not apply here.

"""
PENDING = "- *Pending*: the scenario is recorded, and its kind of runner is still to come.\n"


def shown_by(world, entry):
    parts = []
    names = [name for _, name in entry.scenarios]
    for wanted, word in ((False, ""), (True, "*pending* ")):
        some = [f"`{n}`" for n in names if is_pending(world, n) == wanted]
        if some:
            parts.append(word + ", ".join(some))
    if entry.tests or entry.ctests:
        parts.append(", ".join(f"`{name}`" for _, name in entry.tests + entry.ctests))
    if entry.missing is not None:
        parts.append("**no test yet**" + (f": {entry.missing}" if entry.missing else ""))
    if entry.left_out is not None:
        parts.append(f"left out: {entry.left_out}")
    return "<br>".join(parts)


def draw(world, cases, entries):
    sections = {}
    for name, case in cases.items():
        sections.setdefault(case.section, []).append(name)
    columns = [state for state in STATES if state != "pending" or world.to_come]
    head = HEAD.rstrip("\n") + "\n" + (PENDING if world.to_come else "")
    lines = [head, "| | " + " | ".join(columns) + " | cases |", "|---|" + "--:|" * (len(columns) + 1)]
    total = dict.fromkeys(columns, 0)
    for section, names in sections.items():
        states = [state_of(world, entries[name]) for name in names]
        row = [states.count(state) for state in columns]
        for state in states:
            total[state] += 1
        lines.append(f"| {section} | " + " | ".join(map(str, row)) + f" | {len(names)} |")
    lines.append("| all | " + " | ".join(str(total[state]) for state in columns) + f" | {len(cases)} |")
    for section, names in sections.items():
        lines += ["", f"## {section}", "", "| case | what must be observed | shown by |", "|---|---|---|"]
        for name in names:
            text = cases[name].text.replace("|", "\\|")
            lines.append(f"| {name} | {text} | {shown_by(world, entries[name])} |")
    return "\n".join(lines) + "\n"


def planted():
    """Breaks each rule once, in a small world in which all is well."""
    cases = "## Things\n- PRC-001 One. [proc: a] (s)\n- PRC-002 Two. [proc: b]\n- PRC-003 Three. [x]\n"
    good = World(cases,
                 "PRC-001\n  scenario proc/a\n  test t/s/c\nPRC-002\n  no test yet\nPRC-003\n  left out: so.\n",
                 "", {"proc/a"}, {"proc"}, ["sm"], {"t/s/c"}, {"faults/x/y"}, [("x.cpp", 1, "PRC-001")])
    good.page = check(good, with_page=False)[1]
    plant = lambda **change: dataclasses.replace(good, **change)
    mapped = lambda old, new: plant(map=good.map.replace(old, new))
    plants = {
        "a stale page": (plant(page=good.page + "x"), "stale"),
        "a page that is not there": (plant(page=""), "stale"),
        "a case without an entry": (plant(cases=cases + "- PRC-004 Four. [x]\n"), "no entry"),
        "an entry of no case": (plant(map=good.map + "PRC-009\n  no test yet\n"), "is no case"),
        "a case that stands twice": (plant(cases=cases + "- PRC-001 One. [x]\n"), "second time"),
        "an entry that stands twice": (plant(map=good.map + "PRC-001\n  test t/s/c\n"), "second time"),
        "a case that cannot be read": (plant(cases=cases + "- PRC-4 Four. [x]\n"), "a case reads"),
        "a scenario that does not exist": (mapped("proc/a", "proc/b"), "no scenario proc/b"),
        "a scenario of an unknown kind": (mapped("proc/a", "zz/a"), "no scenario zz/a"),
        "a scenario that CTest does not compare": (plant(kinds=set()), "compares no scenarios"),
        "a scenario missing in a kind that has come": (
            dataclasses.replace(mapped("proc/a", "sm/b"), scenarios={"sm/a"}, kinds={"sm"}), "no scenario sm/b"),
        "a unit test that does not exist": (mapped("t/s/c", "t/s/d"), "no unit test"),
        "another test that does not exist": (mapped("test t/s/c", "ctest faults/x/z"), "no test faults/x/z"),
        "left out without a reason": (mapped("left out: so.", "left out:"), "without a reason"),
        "an empty entry": (mapped("  no test yet\n", ""), "neither a test nor a reason"),
        "tests and no test yet": (mapped("t/s/c", "t/s/c\n  no test yet"), "say which part"),
        "left out and no test yet": (mapped("left out: so.", "left out: so.\n  no test yet"), "one of the two"),
        "a line of no sort": (mapped("no test yet", "no tests"), "neither scenario"),
        "a line above all cases": (plant(map="  no test yet\n" + good.map), "without a case above"),
        "an id in a test that is no case": (plant(uses=[("x.cpp", 1, "PRC-099")]), "PRC-099 is no case"),
    }
    missed = 0
    for what, (world, wanted) in plants.items():
        found = any(wanted in line for line in check(world)[0])
        missed += not found
        print(f"{'found ' if found else 'MISSED'} {what}")
    fine = {
        "a world in which all is well": good,
        "a scenario of a kind that is to come": (
            lambda w: dataclasses.replace(w, page=check(w, with_page=False)[1]))(mapped("proc/a", "sm/a")),
    }
    for what, world in fine.items():
        wrong = check(world)[0]
        missed += bool(wrong)
        print(f"{'REFUSED' if wrong else 'passed '} {what}")
    if sorted(cases_of("BOOST_AUTO_TEST_SUITE(s)\nBOOST_AUTO_TEST_CASE(c, * x()) {\n"
                       "BOOST_FIXTURE_TEST_CASE(\n    d, f) {\n// BOOST_AUTO_TEST_CASE(e)\n"
                       "BOOST_AUTO_TEST_SUITE_END()\n")) != ["s/c", "s/d"]:
        missed += 1
        print("MISSED the cases of a source")
    print(f"cases: {len(plants) - missed} of {len(plants)} planted breaches found")
    return 1 if missed else 0


def main():
    if sys.argv[1:] == ["--planted"]:
        return planted()
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    only_check = sys.argv[1:] == ["--check"]
    world = look_around()
    breaches, page = check(world, with_page=only_check)
    for line in breaches:
        print(line)
    if not breaches and not only_check:
        (ROOT / PAGE).write_text(page)
    totals = re.search(r"^\| all \| (.*) \|$", page, re.M)
    if totals:
        columns = [state for state in STATES if state != "pending" or world.to_come] + ["in all"]
        print("cases: " + ", ".join(f"{n} {s}" for n, s in zip(totals[1].split(" | "), columns)))
    else:
        print(f"cases: {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
