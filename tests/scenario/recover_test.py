#!/usr/bin/env python3
"""Workflow 9, the collector restored from yesterday's backup, with the real programs: three communes, a backup, more
work (a PC enrolled since, a second clerk, a review), the restore; PCs that have seen more stop it; `recover`; all comes back and
only what is missing travels; the outside verifier is content. Prints TAP. Programs are found in $KK_BIN.
clause: L10 L12 L13 L14 P9 P14 P29 P30 A13"""
import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SAMPLE = os.path.join(ROOT, 'tests', 'sample')
PIN = {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'verifier': 'mot cum tham tra'}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']
CATALOGUE = """# Dữ liệu mẫu
province_code,province_name,commune_code,commune_name,kind
01,Hà Nội,01201,Xã Hòa Khê,xa
01,Hà Nội,01202,Xã Khê Thượng,xa
01,Hà Nội,01203,Xã Khê Hạ,xa
"""
HOME, FAR, NEW = '01201', '01202', '01203'


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def holds(what, ok):
    if not ok:
        raise Failed(what)


class Pc:
    """A PC with an owner process, its clerk unlocked once."""

    def __init__(self, world, name, scope, clerk):
        self.world, self.name, self.scope, self.clerk = world, name, scope, clerk
        self.program = Program(os.path.join(BIN, 'kiemke'), world.path(name))
        self.owner = None

    def enrol(self):
        slip = self.world.path('slip-%s.json' % self.name)
        self.world.col.call('enrol', 'code', '--scope', self.scope, '--url', self.world.owner.url, '--out', slip)
        self.call('enrol', slip, '--pc', 'Máy ' + self.name, '--clerk', self.clerk, secrets=PIN)
        self.up()
        self.sync()

    def up(self):
        self.owner = Owner(self.program, '--offline')
        self.call('unlock', '--clerk', self.clerk, secrets=PIN)

    def call(self, *args, **kw):
        return self.program.call(*args, **kw)

    def sync(self, expect=0):
        return self.call('sync', expect=expect)

    def record(self, *names):
        for name in names:
            self.call('record', 'asset', 'name=' + name, *ASSET, '--clerk', self.clerk)

    def titles(self):
        return sorted(x['title'] for x in self.call('list', '--kind', 'asset')['items'])


class World:
    def __init__(self, folder):
        self.folder, self.owner, self.port = folder, None, 0
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a = Pc(self, 'a', HOME, 'Nguyễn Văn An')
        self.b = Pc(self, 'b', HOME, 'Lò Thị Mỷ')
        self.c = Pc(self, 'c', FAR, "H'Lan Niê")
        self.d = Pc(self, 'd', NEW, 'Trần Thị Bốn')
        self.submitted = []

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def up(self, registrar=True):
        self.owner = Owner(self.col, '--port', str(self.port), secrets={'passphrase': PASS['registrar']} if registrar else None)
        self.port = int(self.owner.url.rsplit(':', 1)[1])

    def down(self, sig=signal.SIGTERM):
        self.owner.stop(sig)
        self.owner = None

    def stop(self):
        for x in [self] + [pc for pc in (self.a, self.b, self.c, self.d)]:
            if x.owner:
                x.owner.stop()

    def lines(self):
        self.col.call('lines', self.path('log.lines'))
        with open(self.path('log.lines'), encoding='utf-8') as f:
            return f.read().splitlines()

    def prepare(self):
        self.col.call('init', '--name', 'Máy thu thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        with open(self.path('catalogue.csv'), 'w', encoding='utf-8') as f:
            f.write(CATALOGUE)
        self.col.call('catalogue', 'import', self.path('catalogue.csv'), secrets={'passphrase': PASS['registrar']})
        self.col.call('staff', 'add', 'verifier', '--role', 'verifier', '--name', 'Trần Thị Thẩm',
                      secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['verifier']})
        self.up()
        for pc in (self.a, self.b, self.c):
            pc.enrol()
        self.a.record('Máy một', 'Máy hai')
        self.a.sync()
        self.b.sync()

    def submit(self, pc):
        with open(os.path.join(SAMPLE, 'weekly_statement.json'), encoding='utf-8') as f:
            body = json.load(f)
        path = self.path('body.json')
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(body, f)
        draft = pc.call('record', '--file', path, '--clerk', pc.clerk)['records'][0]['id']
        self.submitted.append(pc.call('submit', draft, '--clerk', pc.clerk)['records'][0]['id'])
        pc.sync()

    def clean(self):
        for pc in (self.a, self.b, self.c, self.d):
            need('%s verifies' % pc.name, pc.call('verify', '--all')['ok'], True)
        got = self.col.call('verify', '--all')
        need('the collector verifies', (got['ok'], got['findings']), (True, []))
        return got

    def leave(self, receipts):
        """What tests/outside/verify.py takes."""
        out = self.path('outside')
        os.makedirs(os.path.join(out, 'blobs'), exist_ok=True)
        got = self.col.call('lines', os.path.join(out, 'log.lines'))
        with open(os.path.join(out, 'checkpoint'), 'w', encoding='utf-8') as f:
            f.write(got['checkpoint'])
        with open(self.path('slip-a.json'), encoding='utf-8') as f, open(os.path.join(out, 'root.pub'), 'w', encoding='utf-8') as g:
            g.write(json.load(f)['root'] + '\n')
        for folder, _, names in os.walk(os.path.join(self.col.home, 'blobs')):
            for name in names:
                if len(name) == 64:
                    shutil.copyfile(os.path.join(folder, name), os.path.join(out, 'blobs', name))
        shutil.copytree(receipts, os.path.join(out, 'receipts'), dirs_exist_ok=True)
        got = self.col.call('verify', '--all')
        summary = {k: got[k] for k in ('entries', 'signatures', 'leaves')}
        summary.update(receipts=len(os.listdir(os.path.join(out, 'receipts'))), conflicts=0, closed=0, logs=3)
        with open(os.path.join(out, 'summary.json'), 'w', encoding='utf-8') as f:
            json.dump(summary, f)
        p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'verify.py'), out],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        need('outside verifier', (p.returncode, p.stdout.decode()[-500:] if p.returncode else ''), (0, ''))
        return p.stdout.decode()


def test_lose_a_day(w):
    """a backup; then more work, a PC enrolled since, a review; the disk dies and yesterday comes back"""
    w.down()
    shutil.copytree(w.col.home, w.path('yesterday'))
    w.up()
    w.d.enrol()
    w.d.record('Máy của xã mới')
    w.a.record('Máy ba', 'Máy bốn')
    w.b.record('Máy năm')
    w.c.record('Máy xa một', 'Máy xa hai')
    for pc in (w.a, w.b, w.c, w.d, w.a):
        pc.sync()
    w.submit(w.a)
    w.col.call('review', w.submitted[0], '--return', '--field', 'contact_phone', '--comment', 'Thiếu số điện thoại',
               '--reason', 'Đề nghị bổ sung', '--as', 'verifier',
               secrets={'passphrase': PASS['verifier']})
    for pc in (w.a, w.b):
        pc.sync()
    need('the review is there', len(w.a.call('list', '--kind', 'review')['items']), 1)
    w.before = w.lines()
    w.a.call('receipt', w.submitted[0], '--out', w.path('receipts', 'old'))
    w.titles = {pc.name: pc.titles() for pc in (w.a, w.b, w.c, w.d)}
    w.down(signal.SIGKILL)
    shutil.rmtree(w.col.home)
    shutil.copytree(w.path('yesterday'), w.col.home)
    w.kept = len(w.lines())
    w.lost = w.before[w.kept:]
    holds('nothing is lost: the test tests nothing', len(w.lost) >= 12)
    need('the backup is the beginning', w.lines(), w.before[:w.kept])


def test_stopped(w):
    """a PC that has seen more shows it: the collector stops, the PC raises an alarm, keeps the evidence and sends nothing"""
    w.up(registrar=False)
    w.a.record('Ghi khi máy thu bị lùi')
    e = w.a.sync(expect=76)
    need('the collector says why', e['clause'], 'P17')
    status = w.a.call('status')
    need('the alarm', (status['alarms_open'], status['unsent']), (1, 1))
    holds('and says so plainly', 'CẢNH BÁO' in w.a.program.said('status'))
    w.a.call('alarm', 'export', 1, '--out', w.path('evidence'))
    with open(w.path('evidence', 'given.note'), encoding='utf-8') as f, open(w.path('evidence', 'known.note'), encoding='utf-8') as g:
        given, known = f.read().split('\n'), g.read().split('\n')
    need('both notes of one log', given[0], known[0])
    holds('one is larger', int(given[1]) < int(known[1]))
    need('the collector has stopped', w.col.call('recovery')['halted'], True)
    n = len(w.lines())
    w.c.record('Ghi ở xã xa')
    w.c.sync(expect=76)
    need('nothing was appended', len(w.lines()), n)
    e = w.col.call('enrol', 'code', '--scope', HOME)  # a code is no entry
    w.down()
    w.up(registrar=False)
    need('nor after a restart', w.col.call('recovery')['halted'], True)
    w.c.sync(expect=76)
    w.down()


def test_recover(w):
    """recover: a new epoch; each PC comes back by itself, only what is missing travels, and the board tells"""
    got = w.col.call('recover', secrets={'passphrase': PASS['root']})
    need('recovered', (got['recovered'], got['base'], got['halted']), (True, w.kept, False))
    again = w.col.call('recover', secrets={'passphrase': PASS['root']})
    need('a second run begins another log behind the first', (again['epoch'] != got['epoch'], again['base']), (True, got['base'] + 2))
    w.up()
    w.c.sync()
    stand = w.col.call('recovery')
    need('one commune of two is back', (stand['communes'], stand['back']), (2, 1))
    need('the other is named', [(x['scope'], x['devices'], x['back']) for x in stand['not_back']], [(HOME, 2, 0)])
    need('by its name', stand['not_back'][0]['unit'], 'Xã Hòa Khê')
    holds('and people read it', HOME in w.col.said('recovery'))
    for pc in (w.b, w.a, w.d):
        pc.sync()
    for pc in (w.a, w.b, w.c, w.d):
        pc.sync()
    stand = w.col.call('recovery')
    need('all are back', (stand['communes'], stand['back'], stand['not_back']), (3, 3, []))
    have = w.lines()
    need('nothing acknowledged is lost', [x for x in w.lost if x not in have], [])
    size = sum(len(x.encode()) + 1 for x in w.lost)
    print('# lost %d lines, %d bytes; offered again %d lines, %d bytes: %.3f' % (
        len(w.lost), size, stand['offered'], stand['bytes'], stand['bytes'] / size), flush=True)
    need('the board counts them', (stand['offered'], stand['accepted'], stand['duplicate'], stand['refused']), (len(w.lost), len(w.lost), 0, 0))
    holds('only what was missing travelled', stand['bytes'] <= 1.05 * size)
    for pc in (w.a, w.b, w.c, w.d):
        status = pc.call('status')
        need('%s waits for nothing' % pc.name, (status['unsent'], status['offered'], status['alarms_open'], status['refused']), (0, 0, 0, 0))
    need('the alarm is history', w.a.call('status')['alarms'], 1)
    for pc in (w.c, w.d):
        need('what %s shows' % pc.name, [t for t in w.titles[pc.name] if t not in pc.titles()], [])
    need('both PCs of a commune agree', w.a.titles(), w.b.titles())
    need('what was recorded meanwhile', 'Ghi khi máy thu bị lùi' in w.b.titles(), True)
    need('the review came back', len(w.b.call('list', '--kind', 'review')['items']), 1)
    need('no feed has parted', w.col.call('forks')['forks'], [])


def test_go_on(w):
    """the centre and the PCs go on: certs, reviews, receipts of both logs; every verifier is content"""
    w.e = Pc(w, 'e', FAR, 'Lý Thị Năm')
    try:
        w.e.enrol()
        w.e.record('Máy sau khôi phục')
        w.e.sync()
        w.submit(w.c)
        w.col.call('review', w.submitted[1], '--approve', '--as', 'verifier', secrets={'passphrase': PASS['verifier']})
        for pc in (w.a, w.b, w.c, w.a):
            pc.sync()
        w.a.call('verify', w.path('receipts', 'old'))
        w.c.call('receipt', w.submitted[1], '--out', w.path('receipts', 'new'))
        w.c.call('verify', w.path('receipts', 'new'))
        w.a.call('receipt', w.submitted[0], '--out', w.path('receipts', 'again'))
        w.a.call('verify', w.path('receipts', 'again'))
        for name in ('old', 'new', 'again'):
            shutil.rmtree(w.path('receipts', name, 'lines'), ignore_errors=True)
        need('no feed has parted', w.col.call('forks')['forks'], [])
        central_feeds(w.lines())
        w.clean()
        print('# ' + w.leave(w.path('receipts')).strip(), flush=True)
    finally:
        if w.e.owner:
            w.e.owner.stop()


def central_feeds(lines):
    """A13 by itself: the feeds of root, registrar and staff are whole and in order."""
    feeds, central = {}, set()
    for line in lines:
        o = json.loads(line.split(' ', 1)[1])
        feeds.setdefault(o['feed'], []).append((o['seq'], o['op'], o['scope']))
        if o['op'] == 'cert' and o['set']['role'] not in ('clerk', 'device'):
            central.add(o['set']['key'])
    prefixes = {hashlib.sha256(base64.urlsafe_b64decode(k + '=')).digest()[:8] for k in central}
    for feed, entries in feeds.items():
        if base64.urlsafe_b64decode(feed + '==')[:8] in prefixes:
            need('feed %s' % feed, [x[0] for x in entries], list(range(len(entries))))


TESTS = [test_lose_a_day, test_stopped, test_recover, test_go_on]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
