#!/usr/bin/env python3
"""Workflow 8, the copied PC, with the real programs: a home copied while both go on working, a home that wakes
up on another machine, a home set back to an image. Nothing is lost, both go on in new feeds, the collector names
the PC and shows both lines. Prints TAP. Programs are found in $KK_BIN.
clause: A9 A11 A15 M11"""
import base64
import hashlib
import json
import os
import shutil
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE = '01201'
PIN = {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def entry_id(line):
    return base64.urlsafe_b64encode(hashlib.sha256(line.split(' ', 1)[1].encode()).digest()).decode().rstrip('=')


class World:
    def __init__(self, folder):
        self.folder = folder
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a, self.owner = self.pc('a'), None

    def path(self, name):
        return os.path.join(self.folder, name)

    def pc(self, name):
        return Program(os.path.join(BIN, 'kiemke'), self.path(name))

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.owner = Owner(self.col, '--port', '0', secrets={'passphrase': PASS['registrar']})
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', self.path('slip.json'))
        self.a.call('enrol', self.path('slip.json'), '--pc', 'Máy một cửa', '--clerk', 'Nguyễn Văn An', secrets=PIN)
        self.a.call('sync')

    def copy(self, pc, name):
        shutil.copytree(pc.home, self.path(name))
        return self.pc(name)

    def record(self, pc, *names):
        with open(self.path('records.json'), 'w', encoding='utf-8') as f:
            for name in names:
                f.write(json.dumps({'kind': 'asset', 'fields': dict(x.split('=', 1) for x in ['name=' + name] + ASSET)}) + '\n')
        pc.call('record', '--file', self.path('records.json'), secrets=PIN)

    def lines(self):
        self.col.call('lines', self.path('log.lines'))
        with open(self.path('log.lines'), encoding='utf-8') as f:
            return f.read().splitlines()

    def titles(self, who):
        return sorted(x['title'] for x in who.call('list', '--kind', 'asset')['items'])

    def feeds(self):
        """The entries of the clerk: {feed: [seq]}, and the `last` each feed goes on from."""
        feeds, last = {}, {}
        for line in self.lines():
            o = json.loads(line.split(' ', 1)[1])
            if o['op'] in ('set', 'open') and o['scope'] == SCOPE:
                feeds.setdefault(o['feed'], []).append(o['seq'])
                if 'last' in o.get('set', {}) and o['op'] == 'open':
                    last[o['feed']] = o['set']['last']
        return feeds, last

    def clean(self, *pcs):
        for who in pcs:
            got = who.call('verify', '--all')
            need('%s verifies' % os.path.basename(who.home), got['ok'], True)
        need('the collector verifies', self.col.call('verify', '--all')['ok'], True)


def test_both_work(w):
    """a copied home, both record and sync: nothing lost, the fork is named with both lines, new feeds after"""
    w.record(w.a, 'Máy một', 'Máy hai')
    w.a.call('sync')
    b = w.copy(w.a, 'b')
    w.record(w.a, 'Máy ba A', 'Máy bốn A')
    w.record(b, 'Máy ba B', 'Máy bốn B', 'Máy năm B')
    for pc in (w.a, b, w.a):
        need('all taken', pc.call('sync')['refused'], 0)
    want = sorted(['Máy một', 'Máy hai', 'Máy ba A', 'Máy bốn A', 'Máy ba B', 'Máy bốn B', 'Máy năm B'])
    for who in (w.a, b):
        need('on both PCs', w.titles(who), want)
    forks = w.col.call('forks')['forks']
    need('one fork', len(forks), 1)
    fork = forks[0]
    need('it names the PC', (fork['device_name'], fork['who'], fork['scope']), ('Máy một cửa', 'Nguyễn Văn An', SCOPE))
    need('both lines', len(fork['entries']), 2)
    for x in fork['entries']:
        need('the line is the proof', entry_id(x['line']), x['entry'])
        if x['line'] not in w.lines():
            raise Failed('a line shown is not in the log')
    need('two different ones', len({x['entry'] for x in fork['entries']}), 2)
    for who in (w.a, b):
        got = who.call('forks')['forks']
        need('the PCs show it too', ([f['own'] for f in got], [x['entry'] for x in got[0]['entries']] != [], got[0]['seq']),
             ([True], True, fork['seq']))
        need('and status tells', who.call('status')['forks'], 1)
    before, _ = w.feeds()
    w.record(w.a, 'Máy sau A')
    w.record(b, 'Máy sau B')
    for pc in (w.a, b, w.a):
        pc.call('sync')
    after, last = w.feeds()
    fresh = set(after) - set(before)
    need('each goes on in a feed of its own', len(fresh), 2)
    need('each names what it goes on from', set(last) == fresh and len(set(last.values())), 2)
    need('no other fork', len(w.col.call('forks')['forks']), 1)
    need('both have everything', w.titles(w.a), w.titles(b))
    need('nothing waits', [x.call('status')['unsent'] for x in (w.a, b)], [0, 0])
    w.clean(w.a, b)


def test_other_machine(w):
    """a home that wakes up on another machine goes on in a new feed at once and asks; no fork arises"""
    c = w.copy(w.a, 'c')
    db = sqlite3.connect(os.path.join(c.home, 'store.db'))
    if db.execute("UPDATE setting SET value = 'another' WHERE name = 'machine'").rowcount != 1:
        raise Failed('no machine is known')
    db.commit()
    db.close()
    forks = len(w.col.call('forks')['forks'])
    w.record(c, 'Máy trên bản sao')
    need('it asks', c.call('status')['machine_question'], True)
    w.record(w.a, 'Máy trên máy cũ')
    for pc in (w.a, c, w.a):
        need('taken', pc.call('sync')['refused'], 0)
    need('no new fork', len(w.col.call('forks')['forks']), forks)
    need('the same everywhere', w.titles(w.a), w.titles(c))
    need('answered', c.call('machine', 'copy')['answer'], 'copy')
    need('and asks no more', c.call('status')['machine_question'], False)
    need('the old one never asked', w.a.call('status')['machine_question'], False)
    w.clean(w.a, c)


def test_old_image(w):
    """a home set back to an image: it learns its own later work from the collector and goes on in a new feed"""
    image = w.copy(w.a, 'image')
    w.record(w.a, 'Máy sau ảnh một', 'Máy sau ảnh hai')
    w.a.call('sync')
    all_before = w.titles(w.a)
    shutil.rmtree(w.a.home)
    shutil.copytree(image.home, w.a.home)
    before, _ = w.feeds()
    need('it has gone back', len(w.titles(w.a)), len(all_before) - 2)
    w.a.call('sync')
    need('it has learnt its own later work', w.titles(w.a), all_before)
    w.record(w.a, 'Máy sau khôi phục')
    w.a.call('sync')
    after, _ = w.feeds()
    need('a new feed', len(set(after) - set(before)), 1)
    forks = len(w.col.call('forks')['forks'])
    shutil.rmtree(w.a.home)  # and once more, this time it writes before it hears of anything
    shutil.copytree(image.home, w.a.home)
    w.record(w.a, 'Máy ghi trước khi biết')
    w.a.call('sync')
    w.a.call('sync')
    need('the fork is known', len(w.col.call('forks')['forks']), forks + 1)
    need('nothing lost', w.titles(w.a), sorted(all_before + ['Máy sau khôi phục', 'Máy ghi trước khi biết']))
    need('nothing waits', w.a.call('status')['unsent'], 0)
    w.clean(w.a)


TESTS = [test_both_work, test_other_machine, test_old_image]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner and w.owner.stop()))
