#!/usr/bin/env python3
"""clauses: every numbered clause of sync/FORMAT.md and sync/PROTOCOL.md is shown by something.

A clause is a paragraph that begins **E7.** and ends with [bytes] or [behaviour]. A [bytes] clause has an
accepting and a refusing vector: an object in tests/vectors/*.json with "clause" ("E7" or a list) and
"accept" true or false. A [behaviour] clause has a test that names it: `clause: M4 M5` in a comment of a
file under tests/. Every clause has its text (clause.E7) in lib/lang; every clause that code, vectors,
tests or texts name exists. --list prints the table."""
import json
import os
import re
import sys

import common

DOCS = ("sync/FORMAT.md", "sync/PROTOCOL.md")
ID = r"[EKAMLPBWR][1-9][0-9]?"
HEAD = re.compile(r"^\*\*(%s)\.\*\*" % ID)
MARK = re.compile(r"\bclauses?:\s*((?:%s)(?:[,;]?\s+(?:%s)\b)*)" % (ID, ID))
TEST_FILE = re.compile(r"tests/(?!check/)(?!vectors/).*(_test\.(c|py|sh)|_fuzz\.c|/verify\.py|/main_job\.sh|\.mjs)$|tests/check/.*\.sh$")


def clauses(root, wrong):
    """{id: (kind, place)}, where kind is bytes or behaviour."""
    found = {}
    for path in DOCS:
        if not os.path.exists(os.path.join(root, path)):
            wrong.append((path, "is not there"))
            continue
        last = {}
        for para in re.split(r"\n(?:[ \t]*\n)+", common.read(root, path)):
            m = HEAD.match(para.strip())
            place = "%s: %s" % (path, m.group(1)) if m else ""
            if m:
                tag = re.search(r"\[(bytes|behaviour)\]\s*$", para.strip())
                if m.group(1) in found:
                    wrong.append((place, "numbered twice"))
                if not tag:
                    wrong.append((place, "does not end with [bytes] or [behaviour]"))
                number = int(m.group(1)[1:])
                if number != last.get(m.group(1)[0], 0) + 1:
                    wrong.append((place, "out of order: after %s%d" % (m.group(1)[0], last.get(m.group(1)[0], 0))))
                last[m.group(1)[0]] = number
                found[m.group(1)] = (tag.group(1) if tag else None, place)
            if re.search(r"\n[ \t]*\*\*%s\.\*\*" % ID, para.strip()) or re.search(r"\S[ \t]\*\*%s\.\*\*" % ID, para):
                wrong.append((path, "a clause begins inside a paragraph: %.40s" % para.strip()))
    return found


def vectors(root, known, wrong):
    """{id: set of True/False}."""
    found = {}

    def walk(obj, path):
        if isinstance(obj, dict):
            if "clause" in obj:
                ids = obj["clause"] if isinstance(obj["clause"], list) else str(obj["clause"]).split()
                if not isinstance(obj.get("accept"), bool):
                    wrong.append((path, "vector of %s without \"accept\": true or false" % " ".join(ids)))
                for c in ids:
                    if c not in known:
                        wrong.append((path, "vector of a clause that does not exist: %s" % c))
                    found.setdefault(c, set()).add(obj.get("accept"))
            for v in obj.values():
                walk(v, path)
        elif isinstance(obj, list):
            for v in obj:
                walk(v, path)

    for path in common.files(root):
        if path.startswith("tests/vectors/") and path.endswith(".json"):
            try:
                walk(json.loads(common.read(root, path)), path)
            except ValueError as e:
                wrong.append((path, str(e)))
    return found


def tests(root, known, wrong):
    """{id: {file}}."""
    found = {}
    for path in common.files(root):
        if not TEST_FILE.match(path):
            continue
        for m in MARK.finditer(common.read(root, path)):
            for c in re.findall(ID, m.group(1)):
                if c not in known:
                    wrong.append((path, "names a clause that does not exist: %s" % c))
                found.setdefault(c, set()).add(path)
    return found


def code(root, known, wrong):
    """Clauses in the code: string literals that are nothing but an id, and ids in comments."""
    for path in common.files(root):
        if path.split("/")[0] not in common.LAYERS or not path.endswith((".c", ".h")):
            continue
        src = common.CFile(common.read(root, path))
        named = [(n, s) for n, s in src.strings if re.fullmatch(ID, s)]
        named += [(n, c) for n, text in src.comments for c in re.findall(r"\b[Cc]lauses? (%s)\b" % ID, text)]
        wrong += [("%s:%d" % (path, n), "names a clause that does not exist: %s" % c) for n, c in named if c not in known]


def texts(root, known, wrong):
    for name in ("vi", "en"):
        path = "lib/lang/%s.json" % name
        try:
            have = set(json.loads(common.read(root, path)))
        except (OSError, ValueError) as e:
            wrong.append((path, str(e)))
            continue
        wrong += [(path, "no text: clause.%s" % c) for c in known if "clause." + c not in have]
        wrong += [(path, "text of a clause that does not exist: %s" % k) for k in sorted(have)
                  if re.fullmatch(r"clause\.%s" % ID, k) and k[7:] not in known]


def order(c):
    return ("EKAMLPBWR".index(c[0]), int(c[1:]))


def check(root):
    wrong = []
    known = clauses(root, wrong)
    have, named = vectors(root, known, wrong), tests(root, known, wrong)
    code(root, known, wrong)
    texts(root, known, wrong)
    for c in sorted(known, key=order):
        kind, place = known[c]
        if kind == "bytes":
            wrong += [(place, "no %s vector" % word) for flag, word in ((True, "accepting"), (False, "refusing"))
                      if flag not in have.get(c, ())]
        elif kind == "behaviour" and c not in named:
            wrong.append((place, "no test names it"))
    return wrong


def table(root):
    wrong = []
    known = clauses(root, wrong)
    have, named = vectors(root, known, wrong), tests(root, known, wrong)
    for c in sorted(known, key=order):
        shown = ["%s vector" % w for f, w in ((True, "accepting"), (False, "refusing")) if f in have.get(c, ())]
        print("%-4s %-9s %s" % (c, known[c][0], ", ".join(shown + sorted(named.get(c, ()))) or "NOTHING"))


def docs(e1="**E1.** A line. [bytes]", m1="**M1.** Merged. [behaviour]"):
    return {"sync/FORMAT.md": "# F\n\n%s\n\n%s\n" % (e1, m1), "sync/PROTOCOL.md": "# P\n\nText.\n"}


LANG = {"clause.E1": "Dòng", "clause.M1": "Gộp"}
VECTORS = [{"clause": "E1", "accept": True}, {"clause": ["E1"], "accept": False}]
CLEAN = {**docs(), "lib/lang/vi.json": json.dumps(LANG), "lib/lang/en.json": json.dumps(LANG),
         "tests/vectors/e.json": json.dumps(VECTORS), "tests/unit/m_test.c": "/* clause: M1 */\n",
         "sync/e.c": 'int e_f(void)\n{\n\treturn err_set(e, 1, "E1", "e.x", NULL);\n}\n'}
PLANTED = [
    ("a byte clause without refusing vector", {"tests/vectors/e.json": json.dumps(VECTORS[:1])}, "no refusing vector"),
    ("a byte clause without accepting vector", {"tests/vectors/e.json": json.dumps(VECTORS[1:])}, "no accepting vector"),
    ("a behaviour clause without test", {"tests/unit/m_test.c": "/* M1 */\n"}, "no test names it"),
    ("a clause without tag", docs(e1="**E1.** A line."), "does not end with"),
    ("a clause numbered twice", docs(m1="**E1.** Again. [bytes]"), "numbered twice"),
    ("a gap in the numbers", docs(e1="**E2.** A line. [bytes]"), "out of order"),
    ("a clause hidden in a paragraph", docs(e1="**E1.** A line. [bytes]\n**E2.** Hidden. [bytes]"), "inside a paragraph"),
    ("code that names no clause", {"sync/e.c": 'int e_f(void)\n{\n\treturn err_set(e, 1, "E9", "e.x", NULL);\n}\n'}, "does not exist: E9"),
    ("a test that names no clause", {"tests/unit/n_test.c": "/* clause: M1 M8 */\n"}, "does not exist: M8"),
    ("a vector of no clause", {"tests/vectors/x.json": '{"clause":"K7","accept":true}'}, "does not exist: K7"),
    ("a vector without verdict", {"tests/vectors/x.json": '{"clause":"E1"}'}, "without \"accept\""),
    ("a clause without text", {"lib/lang/en.json": '{"clause.E1":"Line"}'}, "no text: clause.M1"),
]

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        table(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    else:
        common.main("clauses", check, CLEAN, PLANTED)
