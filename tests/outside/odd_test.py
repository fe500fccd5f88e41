#!/usr/bin/env python3
"""Reports over logs with values that no form lets anybody write, and entries of another version (tests/tools/odd.c), made again by
report.py: the same rows and communes, and nothing that stops it; nor what verify.py recounts. clause: R12 M9 E8. SEED= repeats a run. Prints TAP."""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import report  # noqa: E402
import verify  # noqa: E402

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


def recounted(folder, i, root):
    """The log as verify.py takes it, without its signatures. How many entries of another version count, by their authors; how many do not."""
    ring, entries = verify.Keyring(verify.unb64u(root, 32)), []
    with open('%s/%d.jsonl' % (folder, i), encoding='utf-8', newline='\n') as f:
        lines = [json.loads(x) for x in f.read().split('\n')[:-1]]
    for x in lines:
        if 'line' in x:
            e = verify.Entry(x['line'].encode(), len(entries))
            e.check(ring.by_prefix, signature=False)
            ring.learn(e)
            entries.append(e)
    ring.settle()
    verify.check_feeds(entries)
    verify.check_stubs(entries, ring)
    verify.check_logs(entries, ring)
    verify.count_conflicts([e for e in entries if ring.admitted(e)], {})
    later = [ring.admitted(e) for e in entries if e.o['op'] == verify.LATER]
    return later.count(True), later.count(False)


def main():
    seed = os.environ.get('SEED', '31')
    print('# SEED=%s' % seed)
    with tempfile.TemporaryDirectory() as folder:
        tool = os.path.join(os.environ['KK_BIN'], 'odd')
        root = subprocess.run([tool, folder, seed, str(LOGS)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        wrong = [(i, why) for i in range(LOGS) for why in [again(folder, i, root)] if why]
        good, other = map(sum, zip(*(recounted(folder, i, root) for i in range(LOGS))))
    for i, why in wrong[:5]:
        print('# log %d: %s' % (i, why.strip().replace('\n', '\n# ')))
    print('%sok 1 - %d odd logs give the same report outside' % ('not ' if wrong else '', LOGS))
    print('%sok 2 - %d entries of another version are in the log and in no record' % ('' if good > 0 and other == 0 else 'not ', good))
    print('1..2')
    return 1 if wrong or good == 0 or other > 0 else 0


if __name__ == '__main__':
    sys.exit(main())
