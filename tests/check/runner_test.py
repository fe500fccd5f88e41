#!/usr/bin/env python3
"""runner_test: the counting of ./check itself. A runner that counts wrongly makes every other test worthless,
so it is shown here what it makes of passing, failing, crashing, silent and skipping tests."""
import contextlib
import io
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import runner  # noqa: E402


def counted(out, status=0, shared=False):
    """(passed, failed, skipped) of a test with this output, in a world with or without ../shared."""
    with tempfile.TemporaryDirectory() as d:
        if shared:
            os.mkdir(os.path.join(d, "shared"))
        os.mkdir(os.path.join(d, "main"))
        runner.ROOT, runner.TALLY = os.path.join(d, "main"), runner.Tally()
        with contextlib.redirect_stdout(io.StringIO()):
            runner.count_tap("t", out, status)
    t = runner.TALLY
    return (t.passed, len(t.failed), len(t.skipped))


CASES = [
    ("each line of TAP counts", ("1..2\nok 1 - a\nok 2 - b\n",), (2, 0, 0)),
    ("a failed line counts as failed", ("ok 1 - a\nnot ok 2 - b\n# 1 != 2\n", 1), (1, 1, 0)),
    ("a failed line counts though the program ended with 0", ("not ok 1 - b\n", 0), (0, 1, 0)),
    ("a crash after passing lines is a failure", ("ok 1 - a\n", "SIGSEGV"), (1, 1, 0)),
    ("a crash without a word is a failure", ("", "SIGSEGV"), (0, 1, 0)),
    ("a program without TAP is one test", ("fine\n", 0), (1, 0, 0)),
    ("cmocka's skip of a test of shared, shared absent", ("not ok 1 # SKIP vectors_shared\n", 0), (0, 0, 1)),
    ("the same with shared there is a failure", ("not ok 1 # SKIP vectors_shared\n", 0, True), (0, 1, 0)),
    ("a skip for want of a tool is a failure", ("ok 1 - strace # SKIP no strace\n", 0), (0, 1, 0)),
    ("TAP's own skip of a test of shared", ("ok 1 - communes of shared # SKIP\n", 0), (0, 0, 1)),
    ("a word in a log is no test", ("look ok 1 - a\n  not ok 2 - b\n", 0), (1, 0, 0)),
]

bad = 0
for i, (title, args, want) in enumerate(CASES, 1):
    got = counted(*args)
    bad += got != want
    print("%sok %d - runner: %s%s" % ("" if got == want else "not ", i, title, "" if got == want else " (%s, not %s)" % (got, want)))
sys.exit(1 if bad else 0)
