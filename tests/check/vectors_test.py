#!/usr/bin/env python3
"""vectors_test: the committed vectors are those that tests/vectors/make_vectors.py, make_protocol.py and make_bundle.py make,
and their --check sees a changed byte, a missing file and a vector too many."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VECTORS = os.path.join(ROOT, "tests", "vectors")
RESULTS = []


def check(folder, script="make_vectors.py"):
    run = subprocess.run([sys.executable, os.path.join(folder, script), "--check"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    return run.returncode, run.stdout


def case(title, status, out, want, word):
    good = status == want and word in out
    RESULTS.append(good)
    print("%sok %d - vectors: %s" % ("" if good else "not ", len(RESULTS), title))
    if not good:
        print("\n".join("# " + line for line in out.splitlines()))


def edit(folder, name, change):
    where = os.path.join(folder, name)
    with open(where, "rb") as f:
        body = f.read()
    with open(where, "wb") as f:
        f.write(change(body))


def main():
    case("as made", *check(VECTORS), 0, "ok entry.json")
    case("the protocol's as made", *check(VECTORS, "make_protocol.py"), 0, "ok protocol.json")
    case("the bundles' as made", *check(VECTORS, "make_bundle.py"), 0, "ok bundle.json")
    for title, name, script, change in (
            ("a changed byte is seen", "entry.json", "make_vectors.py", lambda b: b.replace(b"true", b"True", 1)),
            ("a vector too many is seen", "keys.json", "make_vectors.py", lambda b: b[:-2] + b",\n{}\n]\n"),
            ("an empty file is seen", "log.json", "make_vectors.py", lambda b: b""),
            ("a changed byte of the protocol's is seen", "protocol.json", "make_protocol.py", lambda b: b.replace(b"true", b"True", 1))):
        with tempfile.TemporaryDirectory() as top:
            copy = os.path.join(top, "vectors")
            shutil.copytree(VECTORS, copy)
            edit(copy, name, change)
            case(title, *check(copy, script), 1, "differs: " + name)
    print("1..%d" % len(RESULTS))
    return 0 if all(RESULTS) else 1


if __name__ == "__main__":
    sys.exit(main())
