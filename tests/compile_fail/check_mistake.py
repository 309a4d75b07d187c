#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compiles one mistake and checks that the compiler says what we want it to say.

check_mistake.py --root DIR --compiler COMPILER FILE

The file's first lines say what is expected:

    // expect: SENTENCE    exactly one error, and its line holds the sentence
    // expect nothing      no error
    // sees: MODULE        only the headers of this module and those below it; without this line: all

A file with a `sees` line is compiled with all modules as well, and then must have no error. That
shows that nothing but the missing include root is what stops it.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

MODULES = ["framework", "behaviours", "supervisors"]
ERROR = re.compile(r"(?:^|: )(?:fatal )?error: ")


def compile_file(arguments, modules):
    """Returns the compiler's output and the lines of it that are errors."""
    command = [arguments.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra"]
    for module in modules:
        command += ["-I", str(arguments.root / module / "include")]
    for directory in arguments.system:
        command += ["-isystem", directory]
    # Messages in English and with plain quotes, whatever the user's language is.
    environment = dict(os.environ, LC_ALL="C")
    run = subprocess.run(
        command + [str(arguments.file)], env=environment, capture_output=True, text=True
    )
    errors = [line for line in run.stderr.splitlines() if ERROR.search(line)]
    if run.returncode != 0 and not errors:
        errors = [f"{arguments.compiler} ended with {run.returncode}"]
    return run.stderr, errors


def directive(text, name):
    found = re.search(rf"^// {name}: (.+)$", text, re.MULTILINE)
    return found and found.group(1)


def problems(arguments):
    """Returns what is wrong, as sentences, and the compiler's output; nothing for a success."""
    text = arguments.file.read_text()
    expected = directive(text, "expect")
    sees = directive(text, "sees")
    if expected is None and "// expect nothing" not in text:
        return ["the file has no line '// expect: ...'"], ""

    modules = MODULES[: MODULES.index(sees) + 1] if sees else MODULES
    output, errors = compile_file(arguments, modules)
    found = []
    if len(errors) != (0 if expected is None else 1):
        found.append(f"{len(errors)} errors instead of {0 if expected is None else 1}")
    if expected is not None and errors and expected not in errors[0]:
        found.append(f"the first error is not the expected one\n  expected: {expected}"
                     f"\n  error:    {errors[0]}")
    if sees:
        more_output, more_errors = compile_file(arguments, MODULES)
        output += more_output
        if more_errors:
            found.append("it does not compile with all modules either")
    return found, output


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, required=True, help="holds the modules")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--system", action="append", default=[], help="another include root")
    parser.add_argument("file", type=pathlib.Path)
    arguments = parser.parse_args()

    found, output = problems(arguments)
    for problem in found:
        print(f"{arguments.file.name}, {arguments.compiler}: {problem}", file=sys.stderr)
    if found:
        print(output, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
