# SPDX-License-Identifier: BSL-1.0
"""The links of a page of Markdown, and whether each leads to a file and a heading that exist."""
import pathlib
import re
import subprocess

FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.S | re.M)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"(!?\[[^\]\[]*(?:\[[^\]]*\][^\]\[]*)*\])\(\s*<?([^)\s>]+)>?(\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^ {0,3}(\[[^\]^]+\]:)\s+<?([^\s>]+)>?", re.M)
TAG = re.compile(r"(<(?:a|img|source|video)\b[^>]*?\b(?:href|src|srcset)=\")([^\"\s]+)\"")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


def pages(top):
    """All pages of Markdown that git knows, new ones among them."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=top,
                            capture_output=True, text=True)
    if listed.returncode == 0:
        found = {top / line for line in listed.stdout.splitlines()}
    else:  # an archive without its history
        found = {p for p in top.rglob("*.md") if p.relative_to(top).parts[0] != "build"}
    return sorted(p for p in found if p.exists())


def blank(text, code=True):
    """The text with fences, and code, replaced by spaces: every place stays what it was."""
    spaces = lambda m: re.sub(r"[^\n]", " ", m[0])
    text = FENCE.sub(spaces, text)
    return CODE.sub(spaces, text) if code else text


def links(text):
    """Each link as (start, end, target), where start and end are those of the target."""
    # A link's words may be code, so code is made harmless and not taken away.
    plain = CODE.sub(lambda m: re.sub(r"[^\n`]", "x", m[0]), blank(text, code=False))
    for m in [*LINK.finditer(plain), *DEFINITION.finditer(plain), *TAG.finditer(plain)]:
        yield m.start(2), m.end(2), text[m.start(2):m.end(2)]


def anchors(text):
    """The anchors of the headings, made as GitHub makes them."""
    seen, out = {}, set()
    for m in re.finditer(r"^#{1,6} +(.+?) *#*$", blank(text, code=False), re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", m[1])
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        out.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
        seen[slug] = seen.get(slug, 0) + 1
    return out | set(re.findall(r"<a (?:name|id)=\"([^\"]+)\"", text))


def check(top):
    """Prints each broken link of each page; returns how many links there are, and how many are broken."""
    count = bad = 0
    for page in pages(top):
        text = page.read_text()
        for start, _, target in links(text):
            if ELSEWHERE.match(target):
                continue
            count += 1
            path, _, anchor = target.partition("#")
            aim = (page.parent / path).resolve() if path else page
            if not aim.is_relative_to(top) or not aim.exists():
                problem = "no such file"
            elif anchor and aim.suffix == ".md" and anchor not in anchors(aim.read_text()):
                problem = "no such heading"
            else:
                continue
            print(f"{page.relative_to(top)}:{text[:start].count(chr(10)) + 1}: {target}: {problem}")
            bad += 1
    return count, bad
