#!/usr/bin/env python3
"""docs: prose that a machine can check.

Links and anchors of every .md resolve; README is at most 150 lines and names ./run and ./check first; man
pages pass mandoc's lint; with the programs in --build (KK_BIN): each command of --help has its section in
the man page and each option of COMMAND --help stands there, and the other way round; docs/API.md describes
exactly the commands there are, docs/openapi.json the routes, and docs/make_reference.py would write the same again. It checks what is there: an absent man page or program is
reported by the caller that needs it. Forms: docs/FORMS.md is prose and is not read here."""
import json
import os
import re
import subprocess
import sys
import unicodedata

import common

PROGRAMS = {"kiemke": "man/kiemke.1", "kiemke-collector": "man/kiemke-collector.8"}
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
COMMON = {"--json", "--help"}  # on every command; documented once


def slug(title):
    """GitHub's anchor of a heading."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    return "".join(c for c in text.replace(" ", "-") if c in "-_" or unicodedata.category(c)[0] in "LNM")


def anchors(text):
    seen, found = {}, set()
    for m in re.finditer(r"^#{1,6}\s+(.+?)\s*#*$", text, re.M):
        s = slug(m.group(1))
        found.add(s if s not in seen else "%s-%d" % (s, seen[s]))
        seen[s] = seen.get(s, 0) + 1
    return found


def links(root, path):
    wrong, text = [], re.sub(r"^```.*?^```|`[^`\n]*`", lambda m: re.sub(r"[^\n]", " ", m.group(0)), common.read(root, path), flags=re.S | re.M)
    for m in re.finditer(r"\]\(([^)\s]+)\)", text):
        target = m.group(1)
        if re.match(r"[a-z]+:", target):
            continue
        place = "%s:%d" % (path, text.count("\n", 0, m.start()) + 1)
        file, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        if full.startswith("..") or not os.path.exists(os.path.join(root, full)):
            wrong.append((place, "link to nothing: %s" % target))
        elif anchor and full.endswith(".md") and anchor not in anchors(common.read(root, full)):
            wrong.append((place, "link to no heading: %s" % target))
    return wrong


def readme(root):
    if not os.path.exists(os.path.join(root, "README.md")):
        return [("README.md", "is not there")]
    text = common.read(root, "README.md")
    wrong = [("README.md", "%d lines (at most 150)" % text.count("\n"))] if text.count("\n") > 150 else []
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.S | re.M)
    if not blocks or not re.search(r"\./run\b", blocks[0]) or not re.search(r"\./check\b", "".join(blocks[:2])):
        wrong.append(("README.md", "does not name ./run and ./check in its first blocks"))
    return wrong


def mentioned_paths(root, path):
    """Paths of the tree in backquotes must be there."""
    wrong = []
    for m in re.finditer(r"`((?:lib|sync|agent|server-stub|tests|docs|man|packaging|cmake)/[\w./-]*\w\.(?:c|h|md|py|sh|json|cmake|1|5|8))`", common.read(root, path)):
        if not os.path.exists(os.path.join(root, m.group(1))):
            wrong.append((path, "names a file that is not there: %s" % m.group(1)))
    return wrong


def mandoc(root, path):
    out = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(root, path)], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    return [(path, line.split(": ", 1)[-1]) for line in out.stdout.splitlines()] or \
        ([(path, "mandoc ends with %d" % out.returncode)] if out.returncode else [])


# ---- programs against pages ----

def output(build, *args):
    env = {**os.environ, "KIEMKE_LANG": "en"}
    out = subprocess.run([os.path.join(build, args[0])] + list(args[1:]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         stdin=subprocess.DEVNULL, text=True, errors="replace", env=env, check=False, timeout=20)
    return out.returncode, out.stdout


def page_text(root, path):
    """The page as a reader sees it: roff's escapes for - and the like undone."""
    text = re.sub(r'^(\.\\"|\'\\").*$', "", common.read(root, path), flags=re.M)
    text = re.sub(r"^\.Fl\s+(.*)$", lambda m: " ".join("--" + w[1:] if w.startswith("-") else w for w in m.group(1).split()), text, flags=re.M)
    text = re.sub(r"\bFl\s+-([a-z])", r"--\1", text)
    return text.replace("\\-", "-").replace("\\&", "")


def commands(help_text):
    """Names in the list of commands: lines that are indented and begin with a lower-case word."""
    return [m.group(1) for m in re.finditer(r"^\s{2,}([a-z][a-z-]*(?: [a-z]+)?)(?:\s{2,}|$)", help_text, re.M)]


def program(root, build, name, page):
    code, text = output(build, name, "--help")
    if code != 0:
        return [(name, "--help ends with %d" % code)]
    wrong, names = [], commands(text)
    if not names:
        return [(name, "--help lists no command")]
    if not os.path.exists(os.path.join(root, page)):
        return [(page, "is not there")]
    prose, real = page_text(root, page), set(OPTION.findall(text))
    for command in names:
        code, text = output(build, name, *command.split(), "--help")
        if code != 0:
            wrong.append((name, "%s --help ends with %d" % (command, code)))
        options = set(OPTION.findall(text))
        real |= options
        if not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(command).replace(r"\ ", r"\s+"), prose):
            wrong.append((page, "does not name the command %s" % command))
        wrong += [(page, "does not name %s of %s" % (o, command)) for o in sorted(options - set(OPTION.findall(prose)))]
    wrong += [(page, "names %s, which no command has" % o) for o in sorted(set(OPTION.findall(prose)) - real - COMMON)]
    return wrong


def api(root, build):
    """docs/API.md has a heading `NAME` (### `clerk_add`) for each command of both programs."""
    path, real = "docs/API.md", set()
    if not os.path.exists(os.path.join(root, path)):
        return [(path, "is not there")]
    for name in PROGRAMS:
        real |= {c.replace(" ", "_").replace("-", "_") for c in commands(output(build, name, "--help")[1])}
    written = set(re.findall(r"^##+ `?([a-z][a-z_]*)`?$", common.read(root, path), re.M))
    return [(path, "does not describe %s" % o) for o in sorted(real - written)] + \
        [(path, "describes %s, which no program has" % o) for o in sorted(written - real)]


def reference(root, build):
    """docs/API.md and the two pages are what docs/make_reference.py writes from these programs."""
    maker = os.path.join(root, "docs", "make_reference.py")
    if not os.path.exists(maker):
        return []
    out = subprocess.run([sys.executable, maker, build, "--check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         stdin=subprocess.DEVNULL, text=True, check=False, timeout=60)
    lines = [line for line in out.stdout.splitlines() if line.strip()]
    return [("docs/make_reference.py", line) for line in (lines[-4:] or ["ends with %d" % out.returncode])] if out.returncode else []


def check(root, build=None):
    wrong = readme(root)
    for path in common.files(root):
        if path.endswith(".md"):
            wrong += links(root, path)
            if path != "NEWS.md" and not path.startswith("docs/decisions/"):
                wrong += mentioned_paths(root, path)
        if re.fullmatch(r"man/[^/]+\.[158]", path):
            wrong += mandoc(root, path)
    wrong += openapi(root)
    if build:
        have = [n for n in PROGRAMS if os.path.exists(os.path.join(build, n))]
        for name in have:
            wrong += program(root, build, name, PROGRAMS[name])
        if len(have) == len(PROGRAMS):
            wrong += api(root, build)
            wrong += reference(root, build)
    return wrong


ROW = re.compile(r'\.method\s*=\s*"([A-Z]+)"[^}]*?\.path\s*=\s*"([^"]*)"([^\n]*(?:\n(?!\s*\{)[^\n]*)*)')


def openapi(root):
    """docs/openapi.json has every route of the collector's tables and none else; /api/{name} is one path an operation."""
    path, real = "docs/openapi.json", set()
    if not os.path.exists(os.path.join(root, path)):
        return []
    for file in ("server-stub/routes.c", "server-stub/status.c"):
        for method, at, row in ROW.findall(common.read(root, file)) if os.path.exists(os.path.join(root, file)) else []:
            real.add((method.lower(), at + "*" if "HTTPD_PREFIX" in row.split(".handle")[0] else at))
    written = set()
    for at, methods in json.loads(common.read(root, path))["paths"].items():
        for method in methods:
            fixed = {r for r in real if r == (method, at)} or {r for r in real if r[0] == method and (
                r[1].endswith("*") and at.startswith(r[1][:-1] + "{") or r[1] == "/api/{name}" and re.fullmatch(r"/api/\w+", at))}
            written |= fixed or {(method, at)}
    return [(path, "does not describe %s %s" % (m.upper(), p)) for m, p in sorted(real - written)] + \
        [(path, "describes %s %s, which no table has" % (m.upper(), p)) for m, p in sorted(written - real)]


def fake_build(directory):
    """A program whose help lists one command with one option."""
    build = os.path.join(directory, "build")
    os.mkdir(build)
    for name in PROGRAMS:
        path = os.path.join(build, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write('#!/bin/sh\ncase $1 in --help) printf "usage\\n  list   list\\n" ;; *) echo "  --all  all" ;; esac\n')
        os.chmod(path, 0o755)
    return build


PAGE = ".Dd November 23, 2026\n.Dt KIEMKE 1\n.Os\n.Sh NAME\n.Nm kiemke\n.Nd stocktake\n.Sh COMMANDS\nThe command list takes\n.Fl -all .\n"
README = "# k\n\n```sh\n./run\n./check\n```\n\n[news](NEWS.md#one-more), `lib/x.c`\n"
TABLE = '{.method = "GET", .path = "/a", .handle = f},\n{.method = "GET",\n .path = "/b/",\n .flags = HTTPD_PREFIX,\n .handle = f},\n'
ROUTES = '{"paths": {"/a": {"get": {}}, "/b/{x}": {"get": {}}}}'
CLEAN = {"README.md": README, "NEWS.md": "## One more\n", "man/kiemke.1": PAGE, "lib/x.c": "\n",
         "man/kiemke-collector.8": PAGE.replace("KIEMKE 1", "KIEMKE-COLLECTOR 8"), "docs/API.md": "### `list`\n"}
PLANTED = [
    ("nothing in a clean page", {}, None, fake_build),
    ("a link to nothing", {"README.md": README + "[x](docs/none.md)\n"}, "link to nothing"),
    ("a link to no heading", {"README.md": README + "[x](NEWS.md#none)\n"}, "link to no heading"),
    ("a README of 151 lines", {"README.md": README + "x\n" * 150}, "at most 150"),
    ("a README without the commands", {"README.md": "# k\n\nHello.\n"}, "does not name ./run"),
    ("a file that is not there", {"README.md": README + "`lib/none.c`\n"}, "not there: lib/none.c"),
    ("a page that mandoc warns of", {"man/kiemke.1": PAGE + ".Xx\n"}, "man/kiemke.1"),
    ("an option the page lacks", {"man/kiemke.1": PAGE.replace(".Fl -all .", "nothing.")}, "does not name --all", fake_build),
    ("a command the page lacks", {"man/kiemke.1": PAGE.replace("command list", "command")}, "does not name the command list", fake_build),
    ("an operation API.md lacks", {"docs/API.md": "# API\n"}, "does not describe list", fake_build),
    ("an operation nobody has", {"docs/API.md": "### `list`\n\n### `old`\n"}, "describes old", fake_build),
    ("a page that its maker would write otherwise", {"docs/make_reference.py": "print('man/kiemke.1 differs')\nraise SystemExit(1)\n"}, "man/kiemke.1 differs", fake_build),
    ("nothing in described routes", {"docs/openapi.json": ROUTES, "server-stub/routes.c": TABLE}, None),
    ("a route that is not described", {"docs/openapi.json": ROUTES, "server-stub/routes.c": TABLE + '{.method = "PUT", .path = "/a", .handle = f},\n'}, "does not describe PUT /a"),
    ("a prefix that is not described", {"docs/openapi.json": ROUTES.replace("/b/{x}", "/b"), "server-stub/routes.c": TABLE}, "does not describe GET /b/*"),
    ("a route nobody has", {"docs/openapi.json": ROUTES.replace('"/a"', '"/old"'), "server-stub/routes.c": TABLE}, "describes GET /old"),
    ("an option nobody has", {"man/kiemke.1": PAGE + ".Fl -old .\n"}, "names --old", fake_build),
]

if __name__ == "__main__":
    common.main("docs", check, CLEAN, PLANTED, build=True)
