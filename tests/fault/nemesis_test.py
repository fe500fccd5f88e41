#!/usr/bin/env python3
"""A short run of the nemesis (tests/fault/nemesis.py): both programs killed while they work over a bad line. SEED= is
accepted; the long form is `python3 tests/fault/nemesis.py`. Prints TAP. Programs are found in $KK_BIN."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import nemesis  # noqa: E402
from play import Failed  # noqa: E402


def main():
    print('1..1', flush=True)
    try:
        print('# ' + nemesis.run(int(os.environ.get('SEED', '7')), 18), flush=True)
        print('ok 1 - every acknowledged record is kept, once, and every store verifies', flush=True)
    except Failed as e:
        print('not ok 1 - nemesis\n# %s' % str(e).replace('\n', '\n# '), flush=True)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
