"""What the checks share: the list of files, C with its comments and strings taken apart, and the
report. A check is a function root -> [(place, message)]; its planted violations are small trees
in which it must find something. Run alone, each script checks the tree and then itself.

    NAME.py [--root D] [--build D] [--self-test] [--no-self-test]

Output is TAP ("ok 1 - …", "not ok 2 - …"); the exit status is 1 when anything is not ok.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

LAYERS = ("lib", "sync", "agent", "server-stub")


def files(root):
    """Paths, relative to root, of every file that is or could be committed; sorted."""
    out = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    top = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if out.returncode == 0 and os.path.realpath(os.fsdecode(top.stdout.strip())) == os.path.realpath(root):
        names = {os.fsdecode(n) for n in out.stdout.split(b"\0") if n}
    else:
        names = set()
        for base, dirs, here in os.walk(root):
            dirs[:] = [d for d in dirs if d not in (".git", "build", ".state", ".cache", "__pycache__")]
            names |= {os.path.relpath(os.path.join(base, f), root) for f in here}
    return sorted(n for n in names if os.path.isfile(os.path.join(root, n)))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def exceptions(root, rule):
    """{subject: reason} of one rule from tests/check/exceptions.txt."""
    path = "tests/check/exceptions.txt"
    found = {}
    if os.path.exists(os.path.join(root, path)):
        for line in read(root, path).splitlines():
            part = line.split(None, 2)
            if len(part) == 3 and part[0] == rule:
                found[part[1]] = part[2]
    return found


C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


class CFile:
    """A C source: `code` is the text with comments and the inside of strings blanked out, line by
    line the same as `text`; `strings` is [(line, content)] with neighbours on adjoining lines NOT joined;
    `comments` is [(line, text)]."""

    def __init__(self, text):
        self.text = text
        self.strings = []
        self.comments = []
        self.code = C_TOKEN.sub(self._blank, text)

    def _blank(self, m):
        tok = m.group(0)
        line = self.text.count("\n", 0, m.start()) + 1
        if tok.startswith('"'):
            self.strings.append((line, tok[1:-1]))
            return '"' + " " * (len(tok) - 2) + '"'
        if tok.startswith("'"):
            return "'" + "_" * (len(tok) - 2) + "'"
        self.comments.append((line, tok))
        return re.sub(r"[^\n]", " ", tok)

    def line_of(self, pos):
        return self.text.count("\n", 0, pos) + 1

    def calls(self, name):
        """[(line, [argument text …])] of each call of `name`, arguments with their strings."""
        found = []
        for m in re.finditer(r"\b%s\s*\(" % name, self.code):
            depth, start, args = 0, m.end(), []
            for i in range(m.end() - 1, len(self.code)):
                c = self.code[i]
                if c in "([{":
                    depth += 1
                elif c in ")]}":
                    depth -= 1
                    if depth == 0:
                        args.append(self.text[start:i].strip())
                        break
                elif c == "," and depth == 1:
                    args.append(self.text[start:i].strip())
                    start = i + 1
            found.append((self.line_of(m.start()), args))
        return found

    def functions(self):
        """[(name, first line, number of lines, body)] of each function definition: its brace stands
        alone at the margin, as the house style wants."""
        found, lines = [], self.code.split("\n")
        for i, line in enumerate(lines):
            if line.rstrip() != "{" or i == 0:
                continue
            j = i - 1
            while j > 0 and lines[j].startswith((" ", "\t")):
                j -= 1
            head = " ".join(lines[j:i])
            m = re.search(r"(\w+)\s*\(", head)
            end = next((k for k in range(i, len(lines)) if lines[k].startswith("}")), len(lines) - 1)
            if m and not re.match(r"\s*(struct|enum|union|static const|const)\b[^(]*=", head):
                found.append((m.group(1), j + 1, end - i - 1, "\n".join(lines[i:end + 1])))
        return found


def literal(arg):
    """Content of an argument that is one string literal, else None."""
    m = re.fullmatch(r'"((?:\\.|[^"\\])*)"', arg)
    return m.group(1) if m else None


def plant(tree, directory):
    for path, text in tree.items():
        full = os.path.join(directory, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)


def main(name, check, clean, planted, build=False):
    """check(root) or, with build=True, check(root, build folder or None). `clean` is a tree with
    nothing wrong; planted is [(title, tree, part of the expected message, optionally a function that
    builds in that folder and returns the build folder)], each laid over clean."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    ap.add_argument("--build", default=os.environ.get("KK_BIN"))
    ap.add_argument("--self-test", action="store_true", help="only the planted violations")
    ap.add_argument("--no-self-test", action="store_true", help="only the tree")
    arg = ap.parse_args()
    run = (lambda root, b: check(root, b)) if build else (lambda root, b: check(root))
    count = bad = 0

    def report(ok, title, notes=()):
        nonlocal count, bad
        count += 1
        bad += not ok
        print(("ok %d - %s: %s" if ok else "not ok %d - %s: %s") % (count, name, title))
        for note in notes:
            print("#   " + note)

    if not arg.self_test:
        wrong = run(arg.root, arg.build)
        report(not wrong, "the tree", ["%s: %s" % w for w in wrong])
    if not arg.no_self_test:
        for title, tree, expect, *make in [("nothing in a clean tree", {}, None)] + planted:
            with tempfile.TemporaryDirectory(prefix="kk-check-") as d:
                plant({**clean, **tree}, d)
                wrong = run(d, make[0](d) if make else None)
            notes = ["%s: %s" % w for w in wrong]
            if expect is None:
                report(not wrong, title, notes)
            else:
                report(any(expect in n for n in notes), "refuses " + title, () if wrong else ["found nothing"])
    print("1..%d" % count)
    sys.exit(1 if bad else 0)
