# SPDX-License-Identifier: BSL-1.0
"""The tables of docs/reference that can drift, each compared with the source that decides it: events and lines of the
log, options, CMake's options, variables of the environment, exit codes. A row is `| cell | cell | ...`."""
import re

MODULES = ["framework", "behaviours", "supervisors"]
REFERENCE = "docs/reference/"
# Structs of that kind which a user does not fill in, or whose rows are those of another.
NOT_OPTIONS = {"unchecked_supervisor_flags"}
OPTIONS = re.compile(r"\w*(?:options|settings|flags|limits?)|backoff|faults|child_spec")


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def body(text, opened):
    """What stands between the brace at `opened` and the one that closes it."""
    depth = 0
    for i in range(opened, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[opened + 1:i]
    raise ValueError("a brace is not closed")


def structs(text):
    """Each struct of a header, also one in another: (name with what it stands in, doc comment, members)."""
    for m in re.finditer(r"((?:^[ \t]*///[^\n]*\n)*)^([ \t]*)struct (\w+) \{", text, re.M):
        inside = body(text, m.end() - 1)
        # A nested struct tells its own members; functions and templates are no members of this kind.
        plain = without_comments(inside)
        while (inner := re.search(r"\bstruct \w+ \{", plain)) is not None:
            plain = plain[:inner.start()] + plain[inner.end() + len(body(plain, inner.end() - 1)) + 2:]
        members = []
        for part in plain.split(";"):
            # Its name is the last word before the initialiser, which is `{}`, `{...}` or `= ...`.
            found = re.fullmatch(r"[\w:<>,*&() \n]*?[\w>*&]\s+(\w+)\s*(?:=\s*(.+)|\{(.*)\})?", part.strip(), re.S)
            first = part.strip().split(" ")[0]
            if found and first not in ("using", "friend", "constexpr", "return", "if", "static", "enum", "template"):
                members.append((found[1], " ".join((found[2] or found[3] or "").split())))
        yield m[3], m[1], members


def headers(top):
    for module in MODULES:
        for path in sorted((top / module / "include/coppice").glob("*.hpp")):
            yield path, path.read_text()


def sources(top):
    for module in MODULES:
        for path in sorted((top / module).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                yield path, path.read_text()


def rows(page, heading=None):
    """The cells of each row whose first cell begins with code, below that heading or in the whole page."""
    if heading is not None:
        found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, re.M | re.S)
        page = found[1] if found else ""
    return [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in re.findall(r"^\|( `.*) \|$", page, re.M)]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


class table:
    """Compares the rows of one page with what the source has, and counts."""

    def __init__(self, what, page):
        self.what, self.page, self.count, self.bad = what, page, 0, 0

    def wrong(self, sentence):
        print(f"{REFERENCE}{self.page}: {sentence}")
        self.bad += 1

    def compare(self, have, want):
        """Both: name to what the row must say. Each once, none too many."""
        names = [name for name, _ in have]
        for name in sorted(set(names) | set(want)):
            self.count += 1
            if name not in want:
                self.wrong(f"`{name}` is none of the {self.what} in the source")
            elif names.count(name) != 1:
                self.wrong(f"`{name}` has {names.count(name)} rows among the {self.what}; it should have one")
            elif (said := dict(have)[name]) != want[name]:
                self.wrong(f"`{name}` says {said}, the source {want[name]}")


def facts(text):
    """The fields that a `describe` adds to the line of JSON, in order."""
    text = text.replace("describe_error(", "fact_of(\"reason\", fact_of(\"exception\", line_of(\"thrown at\", ")
    return re.findall(r"(?:fact|line)_of\(\"([^\"]+)\"", text)


def check_events(top):
    t, page = table("events", "events.md"), (top / REFERENCE / "events.md").read_text()
    described, said, want = {}, {}, {}
    for path, text in sources(top):
        for m in re.finditer(r"^void describe\(const (\w+)& ?\w*, (?:log::)?description& ?\w*\)( \{)?", text, re.M):
            if m[2]:
                described[m[1]] = facts(body(text, m.end() - 1))
    for _, text in headers(top):
        for name, comment, members in structs(text):
            if re.search(rf"\bdescribe\(const {name}&", text):
                words = re.sub(r"\s*///\s*", " ", comment)
                level = re.search(r"Severity: ([^.]*)\.", words)
                said[name] = re.findall(r"\b(?:debug|info|notice|warning|error|critical)\b", level[1]) if level else None
                want[name] = [[member for member, _ in members], described.get(name)]
    have = []
    for cells in rows(page, "Events"):
        name = code(cells[0])[0].removeprefix("log::")
        have.append((name, [code(cells[2]), code(cells[3])]))
        if said.get(name) is not None and sorted(code(cells[1])) != sorted(set(said[name])):
            t.wrong(f"`{name}` has the level {cells[1]}, its header says {said[name]}")
    t.compare(have, want)
    lines = table("lines", "events.md")
    found = {}
    for _, text in sources(top):
        for m in re.finditer(r"\blog::(debug|info|notice|warning|error|critical)\(\s*((?:\"[^\"]*\"\s*)+)", without_comments(text)):
            found["".join(re.findall(r'"([^"]*)"', m[2])).replace("`", "'")] = m[1]
        for m in re.finditer(r"severity::(\w+),[^;]*?runtime_notice\{[^\"]*?((?:\"[^\"]*\"\s*)+)", without_comments(text)):
            found["".join(re.findall(r'"([^"]*)"', m[2])).replace("`", "'").strip()] = m[1]
    lines.compare([(code(c[0])[0].strip(), code(c[1])[0]) for c in rows(page, "Lines and notices")], found)
    return [t, lines]


def check_options(top):
    page = (top / REFERENCE / "options.md").read_text()
    t = table("fields", "options.md")
    for path, text in headers(top):
        for name, _, members in structs(text):
            if not OPTIONS.fullmatch(name) or name in NOT_OPTIONS:
                continue
            shorter = lambda value: value.replace("std::chrono::", "").replace("coppice::", "") or "{}"
            want = {member: shorter(value) for member, value in members}
            # `options` and `settings` are in a namespace, and the page says it.
            title = {"options": "runtime::options", "settings": "log::settings", "faults": "testing::faults",
                     "queue_limits": "system_monitor_options::queue_limits"}.get(name, name)
            have = [(code(c[0])[0], code(c[1])[0]) for c in rows(page, f"`{title}`")]
            t.compare([(f"{title}::{n}", v) for n, v in have], {f"{title}::{n}": v for n, v in want.items()})
    cmake = table("options of CMake", "options.md")
    text = (top / "CMakeLists.txt").read_text()
    want = re.findall(r"^\s*option\((\w+)", text, re.M) + re.findall(r"^\s*set\((\w+) \S+ CACHE", text, re.M)
    cmake.compare([(code(c[0])[0], True) for c in rows(page, "CMake")], {name: True for name in want})
    return [t, cmake]


def check_environment(top):
    t, page = table("variables", "environment.md"), (top / REFERENCE / "environment.md").read_text()
    want = set()
    for path, text in sources(top):
        if path.relative_to(top).parts[1] in ("include", "src"):
            # `variable("X")` is the form in which service_notifier.cpp asks getenv.
            want |= set(re.findall(r"\b(?:getenv|variable)\(\"(\w+)\"\)", text))
    scripts = [p for p in sorted((top / "scripts").iterdir()) if p.is_file()]
    for path in scripts + [top / "tests/compile_time/run", top / "tests/consumers/run",
                           *sorted((top / "tests").rglob("*.py"))]:
        text = path.read_text()
        want |= set(re.findall(r"environ(?:\.get\(|\.setdefault\(|\[)\"(\w+)\"", text))
        if text.startswith(("#!/usr/bin/env bash", "#!/bin/sh")):
            want |= set(re.findall(r"\$\{([A-Z_]+):?-", text))
    t.compare([(code(c[0])[0], True) for c in rows(page, "Variables")], {name: True for name in want})
    return [t]


def check_exit_codes(top):
    page = (top / REFERENCE / "exit-codes.md").read_text()
    release = table("exit codes of a release", "exit-codes.md")
    text = (top / "supervisors/include/coppice/release.hpp").read_text()
    words = body(text, text.index("{", text.index("enum class release_exit_code")))
    release.compare([(code(c[0])[0], code(c[1])[0]) for c in rows(page, "A release")],
                    {number: name for name, number in re.findall(r"(\w+) = (\d+)", words)})
    application = table("exit codes of an application", "exit-codes.md")
    text = (top / "supervisors/include/coppice/application.hpp").read_text()
    application.compare([(code(c[0])[0], True) for c in rows(page, "An application")],
                        {number: True for number in re.findall(r"^/// \| (\d+) \|", text, re.M)})
    return [release, application]


def check(top):
    """Prints what differs; returns how many rows there are, and how many are wrong."""
    tables = [t for part in (check_events, check_options, check_environment, check_exit_codes) for t in part(top)]
    return sum(t.count for t in tables), sum(t.bad for t in tables)
