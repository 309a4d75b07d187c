# SPDX-License-Identifier: BSL-1.0
"""Builds the site of the docs in build/site, without the network: mkdocs-material for the pages, Doxygen for the
public headers. The steps: the headers' reference; a copy of all pages in build/site-pages, in which a link to a
header leads to its reference and a link to any other file to a page that shows it; mkdocs; and a check of each
link of each page that came out, and that no page loads anything from elsewhere."""
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import urllib.parse

import links

PAGES, SITE = "build/site-pages", "build/site"
FOLDERS = [("Tutorial", "tutorial"), ("How-to", "how-to"), ("Explanation", "explanation"), ("Reference", "reference"),
           ("Decisions", "decisions")]
EXTENSIONS = {".cpp": "cpp", ".hpp": "cpp", ".cmake": "cmake", ".py": "python", ".sh": "sh", ".txt": "text"}
PICTURES = (".gif", ".jpg", ".mp4", ".png", ".svg", ".webp")
TOOLS = [("mkdocs", "mkdocs-material"), ("doxygen", "doxygen")]


class failed(Exception):
    """The site cannot be built; the sentence says why."""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        if "Unrecognised theme" in done.stderr or "No module named" in done.stderr:
            raise failed("mkdocs finds no theme `material`: install the package mkdocs-material (scripts/setup --site)")
        raise failed(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr)  # mkdocs colours what it writes, to pipes too


# --- the headers ---

def reference(top):
    """The reference of the headers, in the folder `api` of the pages; the number of warnings."""
    to = top / PAGES / "api"
    to.mkdir(parents=True)
    lines = (top / "docs/site/Doxyfile").read_text() + f'OUTPUT_DIRECTORY = "{to}"\n'
    warnings = [line for line in run("doxygen", "-", input=lines, cwd=top).splitlines() if "warning:" in line]
    for line in warnings:
        print(line.replace(f"{top}/", ""))
    # Doxygen links to a list of inner classes that it leaves out where all of them are private.
    to_list = re.compile(r'<a href="#nested-classes">Classes</a>(?: &#124;\s*)?')
    for page in to.glob("class*.html"):
        text = page.read_text()
        if to_list.search(text) and 'name="nested-classes"' not in text:
            page.write_text(to_list.sub("", text))
    return len(warnings)


def page_of_header(path):
    """Doxygen's name for the page of a file."""
    return "api/" + path.name.replace("_", "__").replace(".", "_8") + ".html"


# --- the pages ---

def page_that_shows(top, path):
    """Apart from the pages: mkdocs takes no folder `templates` at its top, and nothing that begins with a dot."""
    return "files/" + "/".join(part.lstrip(".") for part in path.relative_to(top).parts) + ".md"


def shown(top, path):
    """The text of the page that shows a file, or what a folder holds."""
    title = f"# {path.relative_to(top)}\n\n"
    if path.is_dir():
        return title + "".join(f"- `{p.name}`\n" for p in sorted(path.iterdir()))
    kind = "cmake" if path.name == "CMakeLists.txt" else EXTENSIONS.get(path.suffix, "text")
    return f"{title}````{kind}\n{path.read_text()}````\n"


def staged(top, page, to_show):
    """The text of a page as mkdocs wants it."""
    text = page.read_text()
    to_root = "../" * (len(page.relative_to(top).parts) - 1)
    for start, end, target in sorted(links.links(text), reverse=True):
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve()
        if not path or links.ELSEWHERE.match(target) or (aim.suffix == ".md" and aim in to_show["pages"]):
            continue
        name = aim.relative_to(top)
        if (top / PAGES / page_of_header(aim)).exists() and "include" in name.parts:
            target = to_root + page_of_header(aim)
        elif aim.suffix in PICTURES:
            to = top / PAGES / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(aim, to)
            continue
        elif aim.is_dir() and aim / "README.md" in to_show["pages"]:
            target = f"{to_root}{name}/README.md"
        else:
            to_show["files"].add(aim)
            target = to_root + page_that_shows(top, aim)
        text = text[:start] + target + text[end:]
    # A listing says where it comes from.
    text = re.sub(r"<!-- from (\S+) -->\n```(\w+)\n", r'```\2 title="\1"' + "\n", text)
    text = text.replace("```mermaid\n", '```text title="a diagram, in the words of Mermaid"\n')
    return python_markdown(text)


def python_markdown(text):
    """The same lists for Python's Markdown, which wants an empty line before a list, and four spaces before a list or
    a paragraph in an item."""
    out, fenced, before, inner = [], False, "", False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        indent = len(line) - len(line.lstrip())
        item = re.match(r" *([-*]|\d+\.) ", line)
        if not fenced and line:
            inner = indent in (2, 3) and not item and (inner or not before)
            starts = item and indent == 0 and re.match(r"[-*]|1\.", line)
            if starts and before and not re.match(r"([-*]|\d+\.) | (?!   )", before):
                out.append("")
            if inner or (item and indent in (2, 3)):
                line = "    " + line.lstrip()
        out.append(line)
        before = line
    return "\n".join(out) + "\n"


def title(page):
    m = re.search(r"^# +(.+)$", page.read_text(), re.M)
    return m[1].replace("`", "") if m else page.stem


def navigation(top, pages):
    """Home, a tab for each folder of the docs with all its pages, the headers, and the rest."""
    name = lambda p: str(p.relative_to(top))
    entry = lambda p: name(p) if p.name == "README.md" else {title(p): name(p)}
    in_order = lambda ps: sorted(ps, key=lambda p: (p.name != "README.md", p.parent != ps[0].parent, p))
    nav = [{"Coppice": "README.md"}]
    left = [p for p in pages if p != top / "README.md"]
    for tab, folder in FOLDERS:
        inside = [p for p in left if p.is_relative_to(top / "docs" / folder)]
        if folder == "explanation" and (top / "docs/architecture.md") in left:
            inside.insert(0, top / "docs/architecture.md")
            ordered = [inside[0], *in_order(inside[1:])]
        else:
            ordered = in_order(inside) if inside else []
        left = [p for p in left if p not in inside]
        entries = [entry(p) for p in ordered]
        if folder == "reference":
            entries.insert(0, {"The public headers": "api/index.html"})
        if entries:
            nav.append({tab: entries})
    nav.append({"Headers": "api/index.html"})
    nav.append({"Project": [{title(p): name(p)} for p in sorted(left, key=lambda p: (len(p.parts), p))]})
    return nav


def stage(top):
    """Copies all pages, and makes those that show other files; returns their number."""
    pages = [p for p in links.pages(top) if not p.is_relative_to(top / "templates")]
    to_show = {"pages": set(pages), "files": set()}
    for page in pages:
        to = top / PAGES / page.relative_to(top)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(staged(top, page, to_show))
    for path in to_show["files"]:
        to = top / PAGES / page_that_shows(top, path)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(shown(top, path))
    settings = {"INHERIT": str(top / "docs/site/mkdocs.yml"), "docs_dir": str(top / PAGES),
                "site_dir": str(top / SITE), "nav": navigation(top, pages)}
    (top / "build/site.yml").write_text(json.dumps(settings, indent=1))  # JSON is YAML
    return len(pages) + len(to_show["files"])


# --- the check of what came out ---

class one_page(html.parser.HTMLParser):
    """What a page links to, what it loads, and the places in it that a link may name."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.places = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.places |= {a[k] for k in ("id", "name") if a.get(k)}
        if tag in ("a", "area") and a.get("href"):
            self.links.append(a["href"])
        if tag == "link" and a.get("href") and a.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(a["href"])
        if "mermaid" in (a.get("class") or "").split():
            self.loads.append("https://unpkg.com/mermaid")  # the theme's script would
        if tag in ("script", "img", "iframe", "source", "object", "embed") and (a.get("src") or a.get("data")):
            self.loads.append(a.get("src") or a["data"])


def check(site):
    """Prints what is wrong; returns the numbers of pages, links, broken links and loads from elsewhere."""
    parsed = {p: one_page(p.read_text(errors="replace")) for p in sorted(site.rglob("*.html"))}
    count = broken = outside = 0
    for path, page in parsed.items():
        name = path.relative_to(site)
        if name.name == "404.html":
            continue  # its links start at the root of a server
        for target in page.links + page.loads:
            if links.ELSEWHERE.match(target):
                if target in page.loads and not target.startswith(("data:", "javascript:")):
                    print(f"{name}: loads {target}")
                    outside += 1
                continue
            count += 1
            file, _, anchor = target.partition("#")
            file = urllib.parse.unquote(file.partition("?")[0])
            aim = (path.parent / file).resolve() if file else path
            if aim.is_dir():
                aim = aim / "index.html"
            anchor = urllib.parse.unquote(anchor)
            if not aim.exists():
                print(f"{name}: {target}: no such file")
                broken += 1
            elif anchor and aim in parsed and anchor not in parsed[aim].places and anchor != "__search":
                print(f"{name}: {target}: no such place")
                broken += 1
    for path in site.rglob("*.css"):
        for target in re.findall(r"(?:url\(|@import )\s*[\"']?((?:https?:)?//[^\"')\s]+)", path.read_text()):
            print(f"{path.relative_to(site)}: loads {target}")
            outside += 1
    return len(parsed), count, broken, outside


def searchable(site, pages):
    """How many of the pages of Markdown the index of the search knows; it lies in the site."""
    index = json.loads((site / "search/search_index.json").read_text())
    known = {entry["location"].partition("#")[0] or "index.html" for entry in index["docs"]}
    return sum(1 for p in pages if str(p) in known)


def build(top):
    """Builds and checks; true if nothing is wrong."""
    for tool, package in TOOLS:
        if not shutil.which(tool):
            raise failed(f"{tool} is missing: install the package {package} (scripts/setup --site)")
    for folder in (PAGES, SITE):
        shutil.rmtree(top / folder, ignore_errors=True)
    warnings = reference(top)
    print(f"headers: {warnings} warnings of Doxygen")
    count = stage(top)
    said = [line for line in run("mkdocs", "build", "--config-file", str(top / "build/site.yml")).splitlines()
            if line.startswith(("WARNING", "ERROR"))]
    for line in said:
        print(f"mkdocs: {line}")
    site = top / SITE
    made = [p.relative_to(top / PAGES) for p in (top / PAGES).rglob("*.md")]
    made = [p.with_name("index.html") if p.name == "README.md" else p.with_suffix(".html") for p in made]
    found = searchable(site, made)
    pages, links_, broken, outside = check(site)
    print(f"site: {pages} HTML pages, {links_} links, {broken} broken; {outside} loads from the network; "
          f"the search knows {found} of {count} pages of Markdown")
    print(f"site: python3 -m http.server --directory {SITE} shows it (from files all works but the search)")
    return not (warnings or said or broken or outside or found < count)
