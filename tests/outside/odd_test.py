#!/usr/bin/env python3
"""Reports over logs with values that no form lets anybody write (tests/tools/odd.c), made again by report.py: the
same rows and communes, and nothing that stops it. clause: R12 M9. SEED= repeats a run. Prints TAP."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import report  # noqa: E402

LOGS = 40


def again(folder, i, root):
    """None, or what is wrong. Signatures of few: they are verify.py's subject, not this one's."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            rc = report.main(['report.py', '%s/%d.jsonl' % (folder, i), root, '%s/%d.csv' % (folder, i), '50'])
    except Exception:  # it is to say what is wrong, whatever it reads
        return traceback.format_exc()
    return None if rc == 0 else said.getvalue()


def main():
    seed = os.environ.get('SEED', '31')
    print('# SEED=%s' % seed)
    with tempfile.TemporaryDirectory() as folder:
        tool = os.path.join(os.environ['KK_BIN'], 'odd')
        root = subprocess.run([tool, folder, seed, str(LOGS)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        wrong = [(i, why) for i in range(LOGS) for why in [again(folder, i, root)] if why]
    for i, why in wrong[:5]:
        print('# log %d: %s' % (i, why.strip().replace('\n', '\n# ')))
    print('%sok 1 - %d odd logs give the same report outside' % ('not ' if wrong else '', LOGS))
    print('1..1')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
