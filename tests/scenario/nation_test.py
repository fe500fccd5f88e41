#!/usr/bin/env python3
"""A hundredth of the country (tests/tools/nation) in a real collector: what went in is what lists, queues and the report
count; the report of the week is made again elsewhere from its export, and recounted by tests/outside/report.py; one bit
of one record is noticed by its number. Prints TAP. Programs are found in $KK_BIN.
clause: R2 R3 R4 R7 R10 A10 M9"""
import contextlib
import json
import os
import sqlite3
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from country import STAFF, load  # noqa: E402
from play import Failed, Program, need, tap  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
WEEKS, WEEK, PLACES = 6, '2026-W44', 20


class World:
    def __init__(self, folder):
        self.folder = folder
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.pc = Program(os.path.join(BIN, 'kiemke'), self.path('auditor'))
        self.n = load(self.col, os.path.join(BIN, 'nation'), folder, 100, WEEKS)

    def path(self, name):
        return os.path.join(self.folder, name)


def test_all_there(w):
    """every record is in the log, those of a revoked key wait, what differs is a question"""
    n = w.n
    need('each has its case', [k for k in ('late', 'returned', 'corrected', 'surplus', 'handled', 'differing', 'held', 'never') if n[k] < 1], [])
    need('records', (n['accepted'], n['accepted'] + n['held']), (n['records'] - n['held'], n['records']))
    need('waiting for a word', w.col.call('held')['total'], n['held'])
    need('two values', w.col.call('conflicts')['total'], n['differing'])


def test_report(w):
    """the report counts what was written"""
    got = w.col.call('report', 'freeze', '--week', WEEK, '--csv', w.path('w.csv'), '--lines', w.path('w.jsonl'), '--as', 'reporter', secrets=STAFF)
    t, n = got['total'], w.n
    w.issue = got
    need('each commune once', (t['units'], t['verified'] + t['short'] + t['unknown']), (3321, 3321))
    need('places', t['places'], (n['units'] - n['never']) * PLACES)
    need('surplus', (t['handled'], t['undecided'], t['remaining']), (n['handled'], n['differing'], n['surplus'] - n['handled'] - n['differing']))
    need('after another', got['previous'], '2026-W43')


def test_elsewhere(w):
    """another PC makes it again with the root's key; other code recounts it"""
    seen = w.pc.call('verify', w.path('w.jsonl'), '--key', w.path('root.pub'))
    need('made again', (seen['ok'], seen['entries'], seen['report']['frozen'], seen['report']['csv'], seen['report']['total']),
         (True, w.issue['size'], True, w.issue['csv'], w.issue['total']))
    p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'report.py'), w.path('w.jsonl'), w.n['root'], w.path('w.csv'), '100'],
                       stdout=subprocess.PIPE, check=False)
    need('recounted', (p.returncode, json.loads(p.stdout)), (0, w.issue['total']))


def test_one_bit(w):
    """one bit of one record"""
    with open(w.path('w.jsonl'), encoding='utf-8') as f:
        lines = f.readlines()
    first = next(i for i, x in enumerate(lines) if x.startswith('{"line"'))
    at = next(i for i in range(len(lines) * 2 // 3, len(lines)) if 'building_condition' in lines[i])
    lines[at] = lines[at].replace('on_dinh', 'on_dinx', 1)
    with open(w.path('bit.jsonl'), 'w', encoding='utf-8') as f:
        f.writelines(lines)
    p = subprocess.run([w.pc.path, '--home', w.pc.home, '--json', 'verify', w.path('bit.jsonl'), '--key', w.path('root.pub')],
                       stdout=subprocess.PIPE, env=w.pc.env, check=False)
    got = json.loads(p.stdout)
    need('named', (p.returncode, got['failed'], got['failures'][0]['index'], got['failures'][0]['clause']), (65, 1, at - first, 'A1'))


def test_then(w):
    """the issue before is made from facts where they stand, from entries elsewhere; an archive of before there were facts gets them"""
    def makes():
        return [w.col.call('report', '--week', x)['csv'] for x in ('2026-W43', WEEK)]
    before = w.col.call('report', '--week', '2026-W43', '--lines', w.path('v.jsonl'))
    seen = w.pc.call('verify', w.path('v.jsonl'), '--key', w.path('root.pub'))
    need('made again', (seen['ok'], seen['report']['frozen'], seen['report']['csv']), (True, True, before['csv']))
    kept = makes()
    need('kept facts', kept, [before['csv'], w.issue['csv']])
    w.col.call('verify', '--all')
    with contextlib.closing(sqlite3.connect(os.path.join(w.col.home, 'store.db'))) as db, db:
        rows = db.execute('SELECT count(*) FROM fact').fetchone()[0]
        db.execute("DELETE FROM fact")
        db.execute("DELETE FROM setting WHERE name = 'facts.1'")
    need('made anew', makes(), kept)
    with contextlib.closing(sqlite3.connect(os.path.join(w.col.home, 'store.db'))) as db, db:
        need('one of each record', db.execute('SELECT count(*) FROM fact').fetchone()[0], rows)
        db.execute("UPDATE fact SET says = (SELECT says FROM fact WHERE kind = 2 ORDER BY no DESC LIMIT 1) WHERE no = (SELECT min(no) FROM fact WHERE kind = 2)")
    p = subprocess.run([w.col.path, '--home', w.col.home, '--json', 'verify', '--all'], stdout=subprocess.PIPE, env=w.col.env, check=False)
    need('one that says something else is found', (p.returncode, [x['key'] for x in json.loads(p.stdout)['findings']]), (65, ['verify.fact']))


TESTS = [test_all_there, test_report, test_elsewhere, test_one_bit, test_then]


def main():
    folder = tempfile.mkdtemp(prefix='kiemke-nation-')
    try:
        failed = tap(TESTS, World(folder))
    except Failed as e:
        print('Bail out! %s' % e)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
