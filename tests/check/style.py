#!/usr/bin/env python3
"""style: what the house asks of every C file and a script can see: length and branches of functions,
banned functions, tabs, the opening comment, no struct typedefs, names of exports, no writable globals,
nothing left undone, nothing of one machine. The reasons are in docs/ARCHITECTURE.md; the exceptions,
each with its own, in tests/check/exceptions.txt. Exports and globals are read from the libraries in
--build (KK_BIN); without it that part is left to the caller who has built."""
import os
import re
import subprocess

import common

LENGTH_FREE, LENGTH_MAX, BRANCHES_FREE, LINE_MAX = 60, 100, 30, 120
BANNED = re.compile(r"(?<![\w.>])(strcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|setlocale|"
                    r"system|popen|alloca|tmpnam|mktemp)\s*\(")
NUM_ONLY = re.compile(r"(?<![\w.>])(strto(?:l|ll|ul|ull|imax|umax|d|f|ld)|s?scanf|fscanf)\s*\(")
LEFT_UNDONE = re.compile(r"\b(%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")))
MACHINE = re.compile(r"(?<![\w.{}$\"'-])(/work/|/root/|/home/[a-z]|/tmp/kk|/Users/)|registry\.npmjs|pypi\.org|proxy\.golang|"
                     r"deb\.debian\.org|\bhttps?://[\w.-]*(?:registry|artifactory|nexus)[\w.-]*")
TEXT = (".c", ".h", ".py", ".sh", ".md", ".txt", ".json", ".cmake", ".js", ".mjs", ".css", ".html", ".1", ".5", ".8", ".yml")


def plain_text(path):
    return path.endswith(TEXT) or "." not in os.path.basename(path) and path != "LICENSE"


def undone(root, path):
    wrong = []
    for n, line in enumerate(common.read(root, path).splitlines(), 1):
        m = LEFT_UNDONE.search(line)
        if m:
            wrong.append(("%s:%d" % (path, n), "left undone: %s" % m.group(1)))
        m = MACHINE.search(line) if not path.startswith("tests/check/style.py") else None
        if m:
            wrong.append(("%s:%d" % (path, n), "of one machine or one registry: %s" % m.group(0)))
    return wrong


def layout(path, src):
    wrong, prev = [], ""
    if not src.text.endswith("\n") or src.text.endswith("\n\n"):
        wrong.append((path, "does not end with exactly one line feed"))
    for n, (line, code) in enumerate(zip(src.text.split("\n"), src.code.split("\n")), 1):
        place = "%s:%d" % (path, n)
        if line != line.rstrip():
            wrong.append((place, "blank at the end of the line"))
        if "\r" in line:
            wrong.append((place, "carriage return"))
        data = path.endswith("_sql.h") or path.startswith("tests/") and '"' in code  # a literal reads best whole
        if len(line.expandtabs(8)) > LINE_MAX and not data:
            wrong.append((place, "line of %d columns (at most %d)" % (len(line.expandtabs(8)), LINE_MAX)))
        if code.startswith(" ") and code.strip() and re.search(r"[;}]$|(?<!=)(?<!= )\{$", prev) and not path.endswith("_sql.h"):
            wrong.append((place, "indented with spaces"))
        prev = code.rstrip() if code.strip() else prev
    return wrong


def opening(path, src):
    if not src.text.startswith("/*"):
        return [(path, "does not open with a comment")]
    n = src.comments[0][1].count("\n") + 1
    if not 3 <= n <= 20:
        return [(path, "opening comment of %d lines (3 to 20 with its marks)" % n)]
    return []


def functions(root, path, src, used):
    wrong, long_ok, branch_ok = [], common.exceptions(root, "length"), common.exceptions(root, "branches")
    for name, line, length, body in src.functions():
        key, place = "%s:%s" % (path, name), "%s:%d" % (path, line)
        branches = len(re.findall(r"\b(?:if|for|while|case)\b|&&|\|\||\?", body))
        if length > LENGTH_MAX:
            wrong.append((place, "%s has %d lines (never over %d)" % (name, length, LENGTH_MAX)))
        elif length > LENGTH_FREE and not path.startswith("tests/"):  # a test is a list of steps, read downwards
            used.add(("length", key))
            if key not in long_ok:
                wrong.append((place, "%s has %d lines (over %d needs a written reason)" % (name, length, LENGTH_FREE)))
        if branches > BRANCHES_FREE:
            used.add(("branches", key))
            if key not in branch_ok:
                wrong.append((place, "%s has %d branches (over %d needs a written reason)" % (name, branches, BRANCHES_FREE)))
    return wrong


def banned(path, src):
    wrong = []
    for m in BANNED.finditer(src.code):
        if not (path.startswith("tests/") and m.group(1) == "system"):
            wrong.append(("%s:%d" % (path, src.line_of(m.start())), "banned function: %s" % m.group(1)))
    if not path.startswith("tests/") and path not in ("lib/num.c", "lib/os_posix.c"):
        for m in NUM_ONLY.finditer(src.code):
            wrong.append(("%s:%d" % (path, src.line_of(m.start())), "numbers are parsed with num_*, not %s" % m.group(1)))
    for m in re.finditer(r"\btypedef\s+(?:struct|union|enum)\b[^;(]*[;{]", src.code):
        wrong.append(("%s:%d" % (path, src.line_of(m.start())), "struct, union or enum typedef"))
    for m in re.finditer(r"\bcalloc\s*\(\s*sizeof\b", src.code):
        wrong.append(("%s:%d" % (path, src.line_of(m.start())), "calloc takes the count first"))  # an error in gcc 14
    for m in re.finditer(r"\bgoto\s+(\w+)", src.code):
        label = re.compile(r"^\s*%s\s*:" % m.group(1), re.M)
        if not label.search(src.code, m.end()):
            wrong.append(("%s:%d" % (path, src.line_of(m.start())), "goto goes back, or nowhere: %s" % m.group(1)))
    return wrong


# ---- what the libraries export ----

# One library after another as they are linked into one program.
PROGRAMS = {"agent": ("kk_lib", "kk_sync", "kk_agent"), "collector": ("kk_lib", "kk_sync", "kk_collector")}
FOLDER = {"kk_lib": "lib", "kk_sync": "sync", "kk_agent": "agent", "kk_collector": "server-stub"}


def symbols(build):
    """[(library, file, symbol, exported, writable)] of every object in build."""
    found = []
    for lib, folder in FOLDER.items():
        archive = os.path.join(build, "lib%s.a" % lib)
        if not os.path.exists(archive):
            continue
        out = subprocess.run(["objdump", "-t", archive], stdout=subprocess.PIPE, check=True, text=True,
                             env={**os.environ, "LC_ALL": "C"}).stdout  # its words are read, and it has a Vietnamese catalogue
        path = None
        for line in out.splitlines():
            m = re.match(r"(\S+)\.o:\s+file format", line)
            if m:
                path = "%s/%s" % (folder, m.group(1))
                continue
            m = re.match(r"[0-9a-f]{8,} (.)(?:.{6}) (\S+)\s+[0-9a-f]+(?: \.hidden)? (\S+)$", line)
            if m and path and m.group(2) not in ("*UND*", "*ABS*") and not m.group(3).startswith((".", "__", "_sub")):
                writable = bool(re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)(\.|$)", m.group(2)))
                found.append((lib, path, m.group(3), m.group(1) in "gu!", writable))
    return found


def allowed_prefix(path, symbol, extra):
    stem = re.sub(r"\.c$", "", os.path.basename(path))
    while stem:
        if symbol == stem or symbol.startswith(stem + "_"):
            return True
        stem = stem.rpartition("_")[0]
    return any(symbol.startswith(k.split(":")[1]) for k in extra if k.split(":")[0] == path)


def exports(root, build, used):
    wrong, extra, owner = [], common.exceptions(root, "export"), {}
    state = common.exceptions(root, "global")
    for lib, path, symbol, exported, writable in symbols(build):
        if writable:
            key = "%s:%s" % (path, re.sub(r"\.\d+$", "", symbol))
            used.add(("global", key))
            if key not in state:
                wrong.append((path, "writable global: %s" % symbol))
        if not exported or path.endswith("embed.c"):
            continue
        for key in extra:
            if key.split(":")[0] == path and symbol.startswith(key.split(":")[1]):
                used.add(("export", key))
        if not allowed_prefix(path, symbol, extra):
            wrong.append((path, "exports %s, which does not begin with its own name" % symbol))
        owner.setdefault(symbol, []).append((lib, path))
    for symbol, at in owner.items():
        for libs in PROGRAMS.values():
            here = [p for lib, p in at if lib in libs]
            if len(here) > 1:
                wrong.append((here[0], "%s is also defined in %s" % (symbol, here[1])))
    return wrong


def planted_build(directory):
    """Compile the planted lib/*.c as the build would, so that exports are read from real objects."""
    build = os.path.join(directory, "build")
    os.mkdir(build)
    objects = []
    for path in common.files(directory):
        if path.endswith(".c"):
            objects.append(os.path.join(build, os.path.basename(path) + ".o"))
            subprocess.run([os.environ.get("CC", "cc"), "-w", "-fPIC", "-c", os.path.join(directory, path), "-o", objects[-1]], check=True)
    subprocess.run(["ar", "cr", os.path.join(build, "libkk_lib.a")] + objects, check=True)
    return build


def check(root, build=None):
    wrong, used = [], set()
    for path in common.files(root):
        if plain_text(path) and not path.startswith("tests/fuzz/corpus/"):
            wrong += undone(root, path)
        if path.endswith((".c", ".h")) and path.split("/")[0] in common.LAYERS + ("tests",):
            src = common.CFile(common.read(root, path))
            wrong += layout(path, src) + opening(path, src) + functions(root, path, src, used) + banned(path, src)
    if build:
        wrong += exports(root, build, used)
    for rule in ("length", "branches") + (("export", "global") if build else ()):
        for key in common.exceptions(root, rule):
            if (rule, key) not in used:
                wrong.append(("tests/check/exceptions.txt", "no longer needed: %s %s" % (rule, key)))
    return wrong


HEAD = "/*\n * x: a file.\n *\n * Does nothing.\n */\n"


def long_function(n):
    return HEAD + "int x_f(void)\n{\n" + "\tx_g();\n" * (n - 1) + "\treturn 0;\n}\n"


CLEAN = {"lib/x.c": HEAD + "int x_f(const char *s)\n{\n\tif (s)\n\t\treturn x_g(s,\n\t\t    1);\n\treturn 0; /* strcpy( in words */\n}\n",
         "README.md": "No wonder.\n"}
PLANTED = [
    ("a function of 101 lines", {"lib/x.c": long_function(101)}, "never over 100"),
    ("a function of 61 lines without a reason", {"lib/x.c": long_function(61)}, "needs a written reason"),
    ("an exception nobody needs", {"tests/check/exceptions.txt": "length lib/x.c:x_f because it was long\n"}, "no longer needed"),
    ("too many branches", {"lib/x.c": HEAD + "int x_f(int a)\n{\n\treturn " + "a && " * 31 + "a;\n}\n"}, "31 branches"),
    ("strcpy", {"lib/x.c": HEAD + "void x_f(char *a)\n{\n\tstrcpy(a, \"x\");\n}\n"}, "banned function: strcpy"),
    ("setlocale", {"agent/x.c": HEAD + "void x_f(void)\n{\n\tsetlocale(0, \"\");\n}\n"}, "banned function: setlocale"),
    ("strtol outside num", {"sync/x.c": HEAD + "long x_f(char *a)\n{\n\treturn strtol(a, 0, 10);\n}\n"}, "num_*"),
    ("spaces for indentation", {"lib/x.c": HEAD + "int x_f(void)\n{\n        return 0;\n}\n"}, "indented with spaces"),
    ("a trailing blank", {"lib/x.c": HEAD + "int x; \n"}, "blank at the end"),
    ("a missing opening comment", {"lib/x.c": "int x_f(void);\n"}, "does not open with a comment"),
    ("a struct typedef", {"lib/x.h": HEAD + "typedef struct x x_t;\n"}, "typedef"),
    ("a backward goto", {"lib/x.c": HEAD + "int x_f(void)\n{\nagain:\n\tgoto again;\n}\n"}, "goto goes back"),
    ("work left undone", {"README.md": "TO" + "DO: write\n"}, "left undone"),
    ("a path of one machine", {"run": "cd /ro" + "ot/x\n"}, "of one machine"),
    ("an export under another name", {"lib/x.c": HEAD + "int y_f(void)\n{\n\treturn 0;\n}\n"}, "exports y_f", planted_build),
    ("a writable global", {"lib/x.c": HEAD + "static int n;\nint x_f(void)\n{\n\treturn n++;\n}\n"}, "writable global: n", planted_build),
    ("one name in two files", {"lib/x.c": HEAD + "int x_y(void)\n{\n\treturn 0;\n}\n",
                               "lib/x_y.c": HEAD + "int x_y(void)\n{\n\treturn 0;\n}\n"}, "also defined in", planted_build),
    ("a registry host", {"tests/e2e/p.json": '{"resolved":"https://registry.' + 'npmjs.org/x"}\n'}, "registry"),
]

if __name__ == "__main__":
    common.main("style", check, CLEAN, PLANTED, build=True)
