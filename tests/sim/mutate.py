#!/usr/bin/env python3
"""mutate: copies of single source files with one fault built in, as tests/sim/mutants.txt tells.

    mutate.py --list           NAME;FILE, one a line, for CMake
    mutate.py --words          NAME SEED: what is broken, one a line, for sim --mutants
    mutate.py NAME OUT         write the copy of its file

The text to be replaced must stand in the file exactly once: a mutant that no longer fits is an error
of the build, so that the list stays true while the programs change."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def read():
    """{name: (words, file, old text, new text, seed)} in the order of the list."""
    found, name = {}, None
    with open(os.path.join(HERE, "mutants.txt"), encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line.startswith("== "):
                name, _, words = line[3:].partition(": ")
                if name in found or not words:
                    sys.exit("mutants.txt:%d: %s" % (n, "needs words" if not words else "twice"))
                found[name] = [words, None, [], [], 1]
            elif line.startswith("file "):
                found[name][1] = line[5:]
            elif line.startswith("seed "):
                found[name][4] = int(line[5:])
            elif line[:1] == "-":
                found[name][2].append(line[1:])
            elif line[:1] == "+":
                found[name][3].append(line[1:])
            elif line and not line.startswith("#"):
                sys.exit("mutants.txt:%d: what is this?" % n)
    return {k: (w, f, "\n".join(a), "\n".join(b), seed) for k, (w, f, a, b, seed) in found.items()}


def main(argv):
    mutants = read()
    if argv == ["--list"]:
        print("\n".join("%s;%s" % (name, m[1]) for name, m in mutants.items()))
        return
    if argv == ["--words"]:
        print("\n".join("%s %d: %s" % (name, m[4], m[0]) for name, m in mutants.items()))
        return
    if len(argv) != 2 or argv[0] not in mutants:
        sys.exit(__doc__)
    _, path, old, new, _ = mutants[argv[0]]
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        text = f.read()
    if text.count(old) != 1 or old == new:
        sys.exit("mutant %s: its text stands %d times in %s" % (argv[0], text.count(old), path))
    at = text.index(old)
    os.makedirs(os.path.dirname(argv[1]), exist_ok=True)
    with open(argv[1], "w", encoding="utf-8") as f:
        f.write(text[:at] + new + text[at + len(old):])


if __name__ == "__main__":
    main(sys.argv[1:])
