"""runner: what ./check does once everything is installed. Builds, runs ctest and the scripts, counts each
test (a cmocka case, a line of TAP, or else the program that ran), shows the log of what failed, and ends
with "N passed, N failed, N skipped". Only a test with `shared` in its name may skip, and only where
../shared is absent: a missing tool is a failure. Everything it writes lies under build/."""
import concurrent.futures
import functools
import glob
import hashlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ET

import common

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, "build", "check")
SCRIPTS = ("layers", "style", "lang", "clauses", "docs", "forms")
FOLDERS = ("unit", "property", "sim", "scenario", "fault", "fuzz", "page", "outside", "check")
LONG = "^(long|sim|fault)$"  # labels that `fast` leaves out
PLAIN = "^(unit|property|sim|page|plain|bare|outside|check)$"  # labels that run with the optimised build in `full`
JOBS = str(2 * (os.cpu_count() or 2))  # tests that drive processes mostly wait
TAP = re.compile(r"^(not ok|ok) \d+(?: - (.*?))?(?:\s*# (SKIP)\b *(.*))?$")


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []
        self.lock = threading.Lock()

    def add(self, ok, name, log=""):
        with self.lock:
            if ok:
                self.passed += 1
                return
            self.failed.append(name)
        tail = [line for line in log.rstrip().splitlines()][-60:]
        print("FAILED %s\n%s" % (name, "".join("    %s\n" % line for line in tail)), end="")

    def skip(self, name, log=""):
        if "shared" not in name:
            self.add(False, name + " (skipped, and does not need ../shared)", log)
        elif os.path.isdir(os.path.join(ROOT, "..", "shared")):
            self.add(False, name + " (skipped, though ../shared is there)", log)
        else:
            with self.lock:
                self.skipped.append(name)


TALLY = Tally()


class Step:
    """Says what is going on: now, every ten seconds, and how long it took."""

    def __init__(self, label):
        self.label, self.start, self.done = label, time.monotonic(), threading.Event()
        print("- %s" % label)
        self.ticker = threading.Thread(target=self.tick, daemon=True)
        self.ticker.start()

    def tick(self):
        while not self.done.wait(10):
            print("  … %s: %d s" % (self.label, time.monotonic() - self.start))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.done.set()
        self.ticker.join()
        print("  %s: %.1f s" % (self.label, time.monotonic() - self.start))


def run(args, timeout=900, **kw):
    """(exit status, output and errors together)."""
    try:
        p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=kw.pop("cwd", ROOT),
                           timeout=timeout, check=False, **kw)
        return p.returncode, p.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as e:
        return 124, (e.stdout or b"").decode("utf-8", "replace") + "\nstill running after %d s\n" % timeout
    except OSError as e:
        return 127, "%s: %s\n" % (args[0], e)


def count_tap(name, out, status):
    """Count each line of TAP; without any, the program as one test."""
    seen = bad = 0
    lines = out.splitlines()
    at = [i for i, line in enumerate(lines) if TAP.match(line.rstrip())] + [len(lines)]
    for k, i in enumerate(at[:-1]):
        m = TAP.match(lines[i].rstrip())
        title = "%s: %s" % (name, m.group(2) or m.group(4) or "")
        log = "\n".join(lines[at[k - 1] + 1 if k else 0:at[k + 1]])  # what it said around its line
        seen += 1
        if m.group(3):
            TALLY.skip(title, log)
        else:
            bad += m.group(1) == "not ok"
            TALLY.add(m.group(1) == "ok", title, log)
    if status != 0 and bad == 0:
        TALLY.add(False, "%s (ended with %s)" % (name, status), out)
    elif seen == 0:
        TALLY.add(True, name)


# ---- builds ----

def build_dir(preset):
    """As deep as build/run, so that ccache sees the same paths and what is shipped is the objects that were tested."""
    return os.path.join(ROOT, "build", "check-" + preset)


@functools.lru_cache(None)
def build(preset, targets=(), tests=()):
    """Configure and build all, or only the targets, and what those tests need that the words for ctest select; once a run.
    True when it stands. A folder made for another place is made anew."""
    where = build_dir(preset)
    cache = os.path.join(where, "CMakeCache.txt")
    if os.path.exists(cache):
        with open(cache, encoding="utf-8") as f:
            if "CMAKE_HOME_DIRECTORY:INTERNAL=%s\n" % ROOT not in f.read():
                shutil.rmtree(where)
    with Step("build %s" % preset):
        status, out = run(["cmake", "--preset", preset, "-B", where])
        if status == 0:
            wanted = [*targets, *(needs(where, tests) if tests else ())]
            status, out = run(["cmake", "--build", where] + (["--target", *wanted] if wanted else []) + ["--", "-k", "0"])
            out = "\n".join(line for line in out.splitlines() if not re.match(r"\[\d+/\d+\] (Building|Linking|Embedding)|\S*/(ccache|cc|gcc|clang) ", line))
    TALLY.add(status == 0, "build %s" % preset, out)
    return status == 0


def needs(where, tests):
    """The programs, the helpers, and those tests among the selected that are programs of their own."""
    compiled = {os.path.basename(p)[:-2] for p in common.files(ROOT) if re.fullmatch(r"tests/\w+/\w+_(test|fuzz)\.c", p)}
    return programs() + sorted(compiled & set(labelled(where, tests)))


def labelled(where, select=()):
    """{name: its labels} of the registered tests that the words for ctest select."""
    _, listed = run(["ctest", "--test-dir", where, "--show-only=json-v1", *select])
    return {t["name"]: next((set(x["value"]) for x in t.get("properties", ()) if x["name"] == "LABELS"), set()) for t in json.loads(listed)["tests"]}


def programs():
    """What the scripts among the tests start."""
    return ["kiemke", "kiemke-collector"] + [os.path.basename(p)[:-2] for p in common.files(ROOT) if re.fullmatch(r"tests/tools/\w+\.c", p)]


def ctest(preset, select=(), env=None):
    """Run the registered tests of a build; select: further arguments of ctest; env: more for what they run in."""
    where = build_dir(preset)
    report = os.path.join(where, "junit.xml")
    if os.path.exists(report):
        os.unlink(report)
    args = ["ctest", "--test-dir", where, "-j", JOBS, "--output-junit", report, "--no-tests=error",
            "--test-output-size-passed", "8000000", "--test-output-size-failed", "8000000"] + list(select)
    if preset == "tsan" and run(["setarch", "-R", "true"])[0] == 0:
        args = ["setarch", "-R"] + args  # its shadow memory does not stand the widest address randomisation
    with Step("tests %s" % preset):
        p = subprocess.Popen(args, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                             errors="replace", env={**os.environ, **(env or {})})
        for line in p.stdout:
            m = re.match(r"\s*(\d+/\d+) Test\s+#\d+: (\S+) \.+\s*(.*?)\s+([\d.]+ sec)", line)
            if m:
                print("  %s %s %s %s" % (m.group(1), m.group(2), m.group(3).strip("* "), m.group(4)))
        p.wait()
    if not os.path.exists(report):
        TALLY.add(False, "%s: ctest ended with %d and left no report" % (preset, p.returncode))
        return
    for case in ET.parse(report).getroot().iter("testcase"):
        out = case.findtext("system-out") or ""
        failure = case.find("failure")
        name = "%s %s" % (preset, case.get("name"))
        if case.get("status") == "run":
            count_tap(name, out, 0)
        elif case.get("status") == "notrun" and case.find("skipped") is not None and "SKIP_RETURN_CODE" in (case.find("skipped").get("message") or ""):
            TALLY.skip(name, out)
        else:
            count_tap(name, out, (failure.get("message") if failure is not None else "") or case.get("status"))


# ---- scripts ----

def script(name, where):
    status, out = run([sys.executable, os.path.join("tests", "check", name + ".py"), "--build", where])
    count_tap("scripts", out, status)


def scripts(names, preset):
    with Step("scripts %s" % " ".join(names)), concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: script(n, build_dir(preset)), names))


# ---- the steps that only `full` takes ----

def clang():
    """Another compiler's warnings, for every file as the dev build compiles it; nothing is made of it."""
    if not build("dev"):
        return
    with open(os.path.join(build_dir("dev"), "compile_commands.json"), encoding="utf-8") as f:
        all_files = [c for c in json.load(f) if "/mutants/" not in c["file"]]
    with Step("clang reads %d files" % len(all_files)), concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [out for status, out in pool.map(clang_reads, all_files) if status != 0]
    TALLY.add(not said, "clang warns of nothing", "\n".join(said))


def clang_reads(command):
    words = shlex.split(command["command"])
    flags = [w for i, w in enumerate(words) if w[0] == "-" and w not in ("-c", "-o") or words[i - 1] in ("-isystem", "-I")]
    return run(["clang", "-fsyntax-only", "-Wno-unknown-warning-option", *flags, command["file"]], cwd=command["directory"])


def bench():
    """Every bench runs through with few rounds: it must measure, not be fast."""
    entry = os.path.join("tests", "bench", "bench.sh")
    if not os.path.exists(os.path.join(ROOT, entry)):
        TALLY.add(False, "bench: %s is not there" % entry)
        return
    with Step("bench, few rounds"):
        status, out = run(["bash", entry, "--smoke", build_dir("dev")], env={**os.environ, "KK_BIN": build_dir("dev")})
    count_tap("bench", out, status)


def job():
    """The main job with the shipped build, then the outside verifier, then one flipped byte of each sort."""
    state = os.path.join(WORK, "job")
    with Step("./run --once"):
        status, out = run(["bash", os.path.join(ROOT, "run"), "--once", "--state", state])
    TALLY.add(status == 0, "./run --once", out)
    if status != 0:
        return
    dear(state)
    leaves_a_page(state)
    with Step("outside verifier"):
        status, out = run([sys.executable, os.path.join("tests", "outside", "verify.py"), state])
    TALLY.add(status == 0, "tests/outside/verify.py", out)
    told = re.search(r"entries (\d+) signatures (\d+) leaves (\d+) receipts (\d+) conflicts (\d+) closed (\d+)", out)
    TALLY.add(bool(told) and agrees(told.groups(), state), "the outside verifier's count equals summary.json", out)
    with Step("one flipped byte at a time"), concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda f: flip(*f, state), FLIPS))


def leaves_a_page(state):
    """./run goes on in the foreground: a page with work to look at, one link for one browser, and Ctrl-C stops all."""
    log = ""
    with Step("./run --keep"):
        p = subprocess.Popen(["bash", os.path.join(ROOT, "run"), "--keep", "--state", state], cwd=ROOT, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # as in a terminal; we may run in a background that ignores it
        late = threading.Timer(300, os.killpg, (p.pid, 9))
        late.start()
        got = []
        for line in p.stdout:
            log += line
            link = re.match(r"\s+(http://127\.0\.0\.1:\d+/open\?ticket=\w+)$", line)
            if link:
                got = [lets_in(link.group(1)) for _ in range(2)]
                os.killpg(p.pid, signal.SIGINT)
        p.wait()
        late.cancel()
    TALLY.add(got == [(303, True), (303, False)], "./run leaves a page that one link opens once", "%s\n%s" % (got, log))
    left = [line for line in map(command_line, glob.glob("/proc/[0-9]*")) if "--home\0%s" % state in line]
    TALLY.add(p.returncode == 130 and not left, "Ctrl-C stops ./run and all it started", "%d\n%s\n%s" % (p.returncode, left, log))


def lets_in(url):
    """Status of a GET that follows nothing, and whether the browser gets a session by it."""
    at = urllib.parse.urlsplit(url)
    c = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    c.request("GET", "%s?%s" % (at.path, at.query))
    answer = c.getresponse()
    return answer.status, answer.getheader("Set-Cookie") is not None


def command_line(proc):
    try:
        with open(os.path.join(proc, "cmdline"), encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""  # it ended meanwhile


def dear(state):
    """Builds for tests seal cheaply (KK_QUICK_PIN); the shipped one must not: 24 passes over 64 MiB (lib/crypt.h)."""
    sealed = []
    for path in glob.glob(os.path.join(state, "*", "clerks", "*")) + glob.glob(os.path.join(state, "collector", "keys", "*")):
        with open(path, "rb") as f:
            head = f.read(13)
        if head[:4] == b"kks1":
            sealed.append((int.from_bytes(head[5:9], "big"), int.from_bytes(head[9:13], "big")))
    TALLY.add(len(sealed) >= 4 and set(sealed) == {(24, 65536)}, "a guess at a PIN is dear in the shipped build", str(sealed))


# What one flipped byte is put into: a file below the state folder (a pattern), the place in it (a pattern whose
# end is the byte), and what the refusal must hold besides a clause.
FLIPS = (
    ("a stored entry", "log.lines", rb'^(?:.*\n){9}\S+ \{"v":"kk1".*?"salt":"...'),
    ("a leaf (the signature of a line)", "log.lines", rb"^(?:.*\n){5}.{20}"),
    ("the checkpoint", "checkpoint", rb"^[^\n]*\n[0-9]+\n.{9}"),
    ("the checkpoint's signature", "checkpoint", "\u2014 \\S+ .{30}".encode()),
    ("the leaf of a receipt", "receipts/*/proof", rb"^leaf=\S+ .{12}"),
    ("the path of a receipt", "receipts/*/proof", rb"^node_hash=.{12}"),
    ("the payload of a receipt", "receipts/*/payload", rb'"salt":"...'),
)


def flip(title, pattern, place, state):
    """Flip one byte in a copy of the state: the outside verifier must refuse it and name the clause."""
    with tempfile.TemporaryDirectory(prefix="kk-flip-") as d:
        copy = os.path.join(d, "state")
        shutil.copytree(state, copy, ignore=shutil.ignore_patterns("collector", "pc-*"))
        files = sorted(glob.glob(os.path.join(copy, pattern)))
        data = bytearray(open(files[0], "rb").read()) if files else bytearray()
        m = re.search(place, bytes(data), re.M if b"^(?:" not in place else 0)
        if not m:
            TALLY.add(False, "a flipped byte in %s" % title, "no such place in %s" % pattern)
            return
        data[m.end() - 1] = ord("d") if data[m.end() - 1] != ord("d") else ord("e")
        with open(files[0], "wb") as f:
            f.write(data)
        status, out = run([sys.executable, os.path.join("tests", "outside", "verify.py"), copy])
    TALLY.add(status not in (0, 1, 124, 127) and re.search(r"\b[EKAMLPBWR][1-9][0-9]?\b", out) is not None,
              "a flipped byte in %s is refused with its clause" % title, "status %d\n%s" % (status, out))


def agrees(told, state):
    try:
        with open(os.path.join(state, "summary.json"), encoding="utf-8") as f:
            summary = json.load(f)
    except (OSError, ValueError) as e:
        print("  %s" % e)
        return False
    names = ("entries", "signatures", "leaves", "receipts", "conflicts", "closed")
    return all(summary.get(n) == int(v) for n, v in zip(names, told)) and (told[4], told[5]) == ("1", "1") and int(told[0]) > 0


def copy_tree(target):
    """What is or could be committed, as a fresh clone would have it."""
    for path in common.files(ROOT):
        full = os.path.join(target, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, path), full)
    git = ["git", "-C", target, "-c", "user.name=check", "-c", "user.email=check@invalid"]
    for args in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "copy"]):
        status, out = run(git + args)
        if status != 0:
            return out
    shared = os.path.join(ROOT, "..", "shared")
    if os.path.isdir(shared):
        os.symlink(os.path.realpath(shared), os.path.join(os.path.dirname(target), "shared"))
    os.mkdir(os.path.join(target, ".cache"))
    for name, variable in (("ccache", "CCACHE_DIR"), ("web", "KK_WEB_CACHE")):  # compiled and fetched once
        os.makedirs(os.environ[variable], exist_ok=True)
        os.symlink(os.environ[variable], os.path.join(target, ".cache", name))
    return ""


def comma_locale():
    """Folder with vi_VN.UTF-8 made from the system's sources, so that nothing must be installed for it."""
    where = os.path.join(WORK, "locale")
    os.makedirs(where, exist_ok=True)
    out = ""
    if not os.path.isdir(os.path.join(where, "vi_VN.UTF-8")):
        _, out = run(["localedef", "-i", "vi_VN", "-f", "UTF-8", os.path.join(where, "vi_VN.UTF-8")])
    _, point = run(["locale", "decimal_point"], env={"PATH": os.environ["PATH"], "LOCPATH": where, "LC_ALL": "vi_VN.UTF-8"})
    return where if point.strip() == "," else None, out


def nested():
    """./check fast, and after it the long tests, in a bare environment, from a folder named `kiểm kê`; fast twice in a row, the second time
    under a locale with decimal comma. Neither leaves anything in the home directory."""
    with tempfile.TemporaryDirectory(prefix="kk-") as top:
        tree, home = os.path.join(top, "kiểm kê"), os.path.join(top, "home")
        os.makedirs(home)
        problem = copy_tree(tree)
        if problem:
            TALLY.add(False, "nested: copy of the tree", problem)
            return
        where, problem = comma_locale()
        TALLY.add(where is not None, "a locale with decimal comma", problem)
        bare = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C", "TZ": "America/New_York"}
        comma = {**bare, "LC_ALL": "vi_VN.UTF-8", "LOCPATH": where or "", "TZ": "Asia/Ho_Chi_Minh"}
        comma["LSAN_OPTIONS"] = "detect_leaks=0"  # looked for the first time; glibc itself keeps 46 bytes of LOCPATH
        some = {**bare, "KK_ONCE_FIRST": "1", **({"KK_ONCE_BIN": build_dir("dev")} if build("dev") else {})}
        for what, title, env in (("fast", "bare environment, folder kiểm kê", bare), ("fast", "again, decimal comma", comma),
                                 ("long", "bare environment", some)):
            in_copy(tree, what, title, env, counts=env is not comma)
        TALLY.add(not os.listdir(home), "nothing in the home directory", "\n".join(os.listdir(home)))


def in_copy(tree, what, title, env, counts):
    """./check WHAT in another tree; counts: its tests count here (what runs again counts once)."""
    title = "./check %s: %s" % (what, title)
    with Step(title):
        status, out = run([os.path.join(tree, "check"), what], cwd=os.path.dirname(tree), env=env, timeout=1500)
    last = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", (out.rstrip().splitlines() or [""])[-1])
    TALLY.add(status == 0 and last is not None and int(last.group(1)) > 0 and last.group(2) == "0", title, failures_of(out))
    for line in re.findall(r"^  (?:build|tests|scripts) .*: [\d.]+ s$", out, re.M):
        print("  %s" % line)
    if last and counts:
        TALLY.passed += int(last.group(1))
        TALLY.failed += ["asan %s" % x for x in re.findall(r"^failed: (.*)$", out, re.M)]
        TALLY.skipped += ["asan %s" % x for x in re.findall(r"^skipped: (.*)$", out, re.M)]


def failures_of(out):
    """The parts of a run's output that say what failed, and its end."""
    lines, keep = out.splitlines(), []
    for i, line in enumerate(lines):
        if line.startswith("FAILED"):
            keep += [line] + [x for x in lines[i + 1:i + 12] if x.startswith("    ")]
    return "\n".join(keep[-50:] + lines[-4:])


# ---- what to do ----

def fast():
    quick = ("-LE", LONG)
    built = build("asan", tests=quick)
    with concurrent.futures.ThreadPoolExecutor(1) as beside:  # they mostly wait for what they start
        asked = beside.submit(scripts, SCRIPTS, "asan")
        if built:
            ctest("asan", quick)
        asked.result()


def full():
    """Every test but the pages' and the bare ones runs under the address sanitizer, in the copy that nested() makes:
    first those of `fast`, then the long ones. With the optimised build run those that look at one part and are quick, the
    simulator, and what a sanitizer would only make slow: the pages in a browser, and what kills a program at each of its
    system calls (cmake/tests.cmake has the labels)."""
    built = build("dev")
    scripts(SCRIPTS, "dev")
    if built:
        heavy = [name for name, of in labelled(build_dir("dev")).items() if "long" in of and of & {"unit", "property"}]
        ctest("dev", ["-L", PLAIN, "-E", "^(%s)$" % "|".join(heavy)])
    tsan()
    clang()
    bench()
    job()
    nested()


def tsan():
    """What serves is watched; a command that runs alone and ends has one thread, and the dev build does it."""
    tests, made = threaded()
    if build("tsan", made) and build("dev"):
        ctest("tsan", ["-R", "^(%s)$" % "|".join(tests), "-LE", "^alone$"], {"KK_ONCE_BIN": build_dir("dev")})


def long():
    """The long tests under the address sanitizer; of commands only a part, where KK_ONCE_BIN says so (play.py)."""
    if build("asan"):
        ctest("asan", ["-L", LONG, "-LE", "^(page|bare)$"])


STEPS = {"tsan": tsan, "long": long, "clang": clang, "bench": bench, "job": job, "nested": nested}


def threaded():
    """The tests worth running under the thread sanitizer, and what must be built for them: scripts that drive the
    programs, and test programs that start threads or what serves. The others have one thread and would only take time."""
    names, made = [], programs()
    for name, folder in test_names().items():
        source = os.path.join(ROOT, "tests", folder, name + ".c")
        if not os.path.exists(source):
            names += [name] if folder in ("scenario", "fault") else []
            continue
        with open(source, encoding="utf-8") as f:
            if re.search(r"\b(os_thread_|httpd_start|ingest_open|collector_open)", f.read()):
                names.append(name)
                made.append(name)
    return names, tuple(made)


def test_names():
    """{name: folder} of every test that ctest knows, by its file."""
    found = {}
    for path in common.files(ROOT):
        m = re.fullmatch(r"tests/(%s)/(\w+_(?:test|fuzz))\.(c|sh|py|mjs)" % "|".join(FOLDERS), path)
        if m:
            found[m.group(2)] = m.group(1)
    return found


def named(names):
    tests = test_names()
    known = list(SCRIPTS) + list(STEPS) + ["dev", "asan"] + sorted(set(tests.values())) + sorted(tests)
    unknown = [n for n in names if n not in known]
    if unknown:
        print("check: nothing is named %s; ./check --list" % ", ".join(unknown), file=sys.stderr)
        sys.exit(64)
    for preset in ("dev", "asan"):
        if preset in names and build(preset):
            ctest(preset)
    picked = [n for n in names if n in tests]
    labels = [n for n in names if n in tests.values()]
    some = [n for n in names if n in SCRIPTS]
    if (picked or labels or some) and build("asan"):
        if some:
            scripts(some, "asan")
        if picked:
            ctest("asan", ["-R", "^(%s)$" % "|".join(picked)])
        if labels:
            ctest("asan", ["-L", "^(%s)$" % "|".join(labels)])
    if "bench" in names:
        build("dev")
    for name in names:
        if name in STEPS:
            STEPS[name]()


def fingerprint():
    """{path: hash} of everything that is or could be committed."""
    found = {}
    for path in common.files(ROOT):
        with open(os.path.join(ROOT, path), "rb") as f:
            found[path] = hashlib.sha256(f.read()).hexdigest()
    return found


def main():
    names = sys.argv[1:]
    if names == ["--list"]:
        print("fast full %s dev asan %s" % (" ".join(SCRIPTS), " ".join(STEPS)))
        for name, folder in sorted(test_names().items(), key=lambda x: (x[1], x[0])):
            print("%s/%s" % (folder, name))
        return 0
    os.makedirs(WORK, exist_ok=True)
    before, start = fingerprint(), time.monotonic()
    if names in ([], ["full"]):
        full()
    elif names == ["fast"]:
        fast()
    else:
        named([n.split("/")[-1] for n in names])
    after = fingerprint()
    changed = sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))
    TALLY.add(not changed, "the tree is as it was", "\n".join(changed))
    for name in TALLY.failed:
        print("failed: %s" % name)
    for name in TALLY.skipped:
        print("skipped: %s" % name)
    print("%d s" % (time.monotonic() - start))
    print("%d passed, %d failed, %d skipped" % (TALLY.passed, len(TALLY.failed), len(TALLY.skipped)))
    return 1 if TALLY.failed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
