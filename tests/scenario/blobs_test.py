#!/usr/bin/env python3
"""Photos on a bad line, with the real programs: twelve records first, forty photos in steps, a cut at 63 %
and on from there; a login page instead of a photo; a cap and records that overtake; a day's ceiling; a photo damaged on a
PC or lost at the collector, asked for again from whoever has it. Counts, never times. Prints TAP."""
import hashlib
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'tests', 'fault')]
sys.dont_write_bytecode = True
from front import ANSWERS  # noqa: E402
from play import Failed, Owner, Program, lasting_port, need, play  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN, SCOPE  # noqa: E402
from proxy import Proxy  # noqa: E402

STEP = 128 * 1024
SMALL, BIG, PHOTOS = 10 * 1024, 610 * 1024, 40
ASKED = re.compile(rb'(GET|HEAD|PATCH|POST) (\S+) HTTP/1\.1\r\n')
HEADER = re.compile(rb'\r\n(upload-offset|content-length|range): ([^\r]*)', re.I)


class Line(Proxy):
    """The relay of the fault tests, which cuts where it is told to and writes down what was asked."""

    def __init__(self, target):
        super().__init__(0, target)
        self.left = None      # bytes both ways until the next connection is cut, and the line is down
        self.page_for = None  # what is asked below this path gets a login page
        self.dies_at = None   # the next request of this method is carried, and the connection ends before its answer
        self.asked, self.patched = [], threading.Event()

    def fate(self, number):
        if self.mood == 'down' or self.left is None:
            return ('refuse' if self.mood == 'down' else 'clean', 0)
        left, self.left, self.mood = self.left, None, 'down'
        return 'cut', left

    def relay(self, side, number):
        super().relay(Ear(side, self), number)

    def hear(self, data, side):
        """A request begins a piece of its own: the client waits for each answer."""
        m = ASKED.match(data)
        if not m:
            return data
        head = {k.lower().decode(): v.decode() for k, v in HEADER.findall(data.split(b'\r\n\r\n')[0])}
        self.asked.append((m[1].decode(), m[2].decode(), head))
        if m[1] == b'PATCH':
            self.patched.set()
        if self.dies_at == m[1]:
            self.dies_at = None
            with socket.create_connection(('127.0.0.1', self.target()), 5) as there:
                there.sendall(data)
                there.recv(65536)
            return b''
        if self.page_for and m[2].startswith(self.page_for):
            side.sendall(ANSWERS['portal'])
            return b''
        return data

    def steps(self, method, since=0):
        """What went of blobs: [(hash, offset or range, bytes)]."""
        return [(path[-64:], int(h['upload-offset']) if method == 'PATCH' else h.get('range'), int(h.get('content-length', 0)))
                for m, path, h in self.asked[since:] if m == method and path.startswith('/v1/blobs/')]


class Ear:
    """One end of a connection, that lets the line hear what comes in."""

    def __init__(self, sock, line):
        self.sock, self.line = sock, line

    def recv(self, n):
        return self.line.hear(self.sock.recv(n), self.sock)

    def __getattr__(self, name):
        return getattr(self.sock, name)


def png(size, seed):
    """A picture of just that size."""
    def chunk(name, body):
        return struct.pack('>I', len(body)) + name + body + struct.pack('>I', zlib.crc32(name + body))
    rest = size - 8 - len(chunk(b'IHDR', bytes(13))) - 12 - 12
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 0, 0, 0, 0))
            + chunk(b'IDAT', random.Random(seed).randbytes(rest)) + chunk(b'IEND', b''))


class World:
    """A collector, the line before it, and two PCs of one commune."""

    def __init__(self, folder):
        self.folder, self.made, self.port = folder, 0, lasting_port()
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.serve(secrets={'passphrase': PASS['registrar']})
        self.line = Line(lambda: self.port)
        self.a, self.b = self.pc('a'), self.pc('b')
        self.asset, self.ids = None, {}

    def serve(self, **kw):
        self.owner = Owner(self.col, '--port', self.port, **kw)

    def again(self):
        self.owner.stop()
        self.serve()

    def pc(self, name):
        pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(self.folder, name))
        slip = os.path.join(self.folder, name + '.slip')
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--url', self.line.url, '--out', slip)
        pc.call('enrol', slip, '--clerk', 'Nguyễn Văn ' + name.upper(), secrets=PIN)
        pc.call('sync')
        return pc

    def photo(self, pc, size=SMALL, **kw):
        """Another one; its hash."""
        self.made += 1
        path = os.path.join(self.folder, 'a.png')
        data = png(size, self.made)
        with open(path, 'wb') as f:
            f.write(data)
        sha = hashlib.sha256(data).hexdigest()
        self.ids[sha] = pc.call('record', 'photo', 'attached_to=' + self.asset, '--attach', path, **kw)['records'][0]['id']
        return sha

    def file(self, program, sha):
        """What `show` says of it."""
        return program.call('show', self.ids[sha])['fields']['image']['file']

    def blob(self, program, sha):
        return os.path.join(program.home, 'blobs', *([sha] if program is not self.col else [sha[:2], sha]))

    def damage(self, program, sha):
        with open(self.blob(program, sha), 'r+b') as f:
            f.seek(100)
            f.write(b'hong')

    def is_whole(self, program, sha):
        with open(self.blob(program, sha), 'rb') as f:
            return hashlib.sha256(f.read()).hexdigest() == sha

    def close(self):
        self.line.close()
        self.owner.stop()


def reasons(pc):
    return {w['reason']: w for w in pc.call('status')['waits']}


# clause: P19 P23 P31
def test_forty_photos(w):
    """twelve records first, then forty photos in steps; the line dies at 63 %, and it goes on there"""
    w.line.mood = 'down'
    owner = Owner(w.a)  # so that the PIN is asked for once
    try:
        w.a.call('unlock', secrets=PIN)
        for _ in range(12):
            got = w.a.call('record', 'asset', *ASSET)
        w.asset = got['records'][0]['id']
        for _ in range(PHOTOS - 1):
            w.photo(w.a)
        w.big = w.photo(w.a, BIG)
    finally:
        owner.stop()
    w.line.mood = 'good'
    status = w.a.call('status')
    need('files', (status['files']['own'], status['files']['sent']), (PHOTOS, 0))
    total, since = (PHOTOS - 1) * SMALL + BIG, len(w.line.asked)
    lines = 100 * 1024  # what 53 records, their answers and the heads of the requests take, about
    w.line.left = lines + total * 63 // 100
    need('cut', w.a.call('sync', expect=69)['key'] in ('http.cut', 'http.connect'), True)
    w.line.mood = 'good'
    need('records first', [m for m, _, _ in w.line.asked[since:]].index('POST'), 0)
    status = w.a.call('status')
    need('every record is accepted', (status['unsent'], status['accepted']), (0, status['saved']))
    need('all photos but the one', status['files']['sent'], PHOTOS - 1)
    said = w.a.said('status')
    need('in words', '%d/%d ảnh' % (PHOTOS - 1, PHOTOS) in said, True)
    before = [x for x in w.line.steps('PATCH') if x[0] == w.big]
    need('steps', {x[1] % STEP for x in before}, {0})
    need('it died within the big one', len(before) > 1, True)
    since = len(w.line.asked)
    got = w.a.call('sync')
    need('sent', got['files_sent'], 1)
    after = w.line.steps('PATCH', since)
    need('on from there', after[0][1] in (before[-1][1], before[-1][1] + STEP), True)
    need('to the end, none twice', sum(x[2] for x in after), BIG - after[0][1])
    need('in words', '%d/%d ảnh' % (PHOTOS, PHOTOS) in w.a.said('status'), True)
    need('of one', w.a.said('show', w.asset).count('(đã gửi)'), PHOTOS)
    need('the collector has all', w.col.call('verify', '--all')['lacking'], 0)


# clause: P26 P31
def test_login_page(w):
    """a login page in the place of photos is no photo: not a byte of it is kept, and all come afterwards"""
    w.line.page_for = b'/v1/blobs/'
    need('to GET', w.b.call('sync', expect=69)['key'], 'sync.portal')
    names = os.listdir(os.path.join(w.b.home, 'blobs'))
    need('kept of it', [n for n in names if n.endswith('.part') and os.path.getsize(os.path.join(w.b.home, 'blobs', n))], [])
    w.again_photo = w.photo(w.b, secrets=PIN)
    need('to HEAD', w.b.call('sync', expect=69)['key'], 'sync.portal')
    need('why', reasons(w.b)['portal']['key'], 'sync.portal')
    w.line.page_for = None
    got = w.b.call('sync')
    need('files', (got['files_sent'], got['files_received']), (1, PHOTOS))
    need('and they are good', w.b.call('verify', '--all')['ok'], True)


# clause: P31
def test_overtaken(w):
    """with a cap on files: smaller steps, and a record made meanwhile goes before the next one"""
    w.a.call('network', '--file-rate', '24')
    owner = Owner(w.a)
    try:
        w.a.call('unlock', secrets=PIN)
        w.a.call('sync')
        w.line.patched.clear()
        sha, since = w.photo(w.a, 120 * 1024), len(w.line.asked)
        sync = subprocess.Popen([w.a.path, '--home', w.a.home, '--json', 'sync'], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, env=w.a.env)
        if not w.line.patched.wait(60):
            raise Failed('no photo went')
        w.a.call('record', 'asset', *ASSET)
        need('sync', sync.wait(60), 0)
    finally:
        owner.stop()
    w.a.call('network', '--file-rate', '0')
    went = [x for x in w.line.steps('PATCH', since) if x[0] == sha]
    need('steps of two seconds', [x[1] for x in went], [0, 48 * 1024, 96 * 1024])
    order = [m for m, _, _ in w.line.asked[since:]]
    first = order.index('PATCH')
    need('a record before the last step', 'POST' in order[first:len(order) - order[::-1].index('PATCH')], True)
    need('unsent', w.a.call('status')['unsent'], 0)


# clause: P6
def test_carried_twice(w):
    """a kept connection that dies under a request, which is then carried once more, costs nothing"""
    w.photo(w.a, secrets=PIN)
    w.line.dies_at, since = b'HEAD', len(w.line.asked)
    need('sent', w.a.call('sync')['files_sent'], 1)
    need('the same one again, refused, and one anew', [m for m, _, _ in w.line.asked[since:]].count('HEAD'), 3)


# clause: A14 P31
def test_quota(w):
    """a day's ceiling holds back photos only: said with its clause and until when, and nothing is lost"""
    w.col.call('limits', '--files-day', '1')
    sha = w.photo(w.a, secrets=PIN)
    got = w.a.call('sync')
    need('records go', (got['accepted'] > 0, got['files_sent']), (True, 0))
    held = reasons(w.a)['files_held']
    status = w.a.call('status')
    need('clause', held['clause'], 'A14')
    need('until the next day', 0 < held['until'] - status['now'] <= 86400, True)
    need('records are not held', status['hold_at'], 0)
    need('in words', 'trong ngày' in w.a.said('status'), True)
    w.col.call('limits', '--files-day', '10000')
    need('then', w.a.call('sync')['files_sent'], 1)
    need('there', w.is_whole(w.col, sha), True)
    need('no wait is left', 'files_held' in reasons(w.a), False)


# clause: P23 P31
def test_damaged_here(w):
    """a photo damaged on a PC is found, set aside and fetched again"""
    w.damage(w.a, w.big)
    found = w.a.call('verify', '--all', expect=None)
    need('found', found.status, 65)
    need('set aside', os.path.exists(os.path.join(w.a.home, 'blobs', 'bad', w.big)), True)
    need('counted', w.a.call('status')['files']['damaged'], 1)
    need('shown', (w.file(w.a, w.big)['state'], w.file(w.a, w.big)['why']['clause']), ('damaged', 'P23'))
    need('in words', 'bị hỏng' in w.a.said('status'), True)
    need('at another PC', (w.file(w.b, w.big)['state'], '(có trên máy này)' in w.b.said('show', w.ids[w.big])), ('here', True))
    need('fetched', w.a.call('sync')['files_received'], 1)
    need('good', (w.is_whole(w.a, w.big), w.a.call('verify', '--all')['ok']), (True, True))


# clause: P32
def test_damaged_there(w):
    """a photo damaged at the collector is set aside, given to nobody, and asked for from whoever has it"""
    w.damage(w.col, w.big)
    need('found', w.col.call('verify', '--all', expect=None).status != 0, True)
    need('lacking', w.col.call('verify', '--all')['lacking'], 1)
    need('shown', (w.file(w.col, w.big)['here'], 'chưa về' in w.col.said('show', w.ids[w.big])), (False, True))
    need('the PC that did not take it sends it', w.b.call('sync')['files_sent'], 1)
    need('there', (w.is_whole(w.col, w.big), w.col.call('verify', '--all')['lacking']), (True, 0))
    need('shown again', w.file(w.col, w.big)['here'], True)


# clause: P32
def test_lost_there(w):
    """photos of both PCs lost from the collector's disk come back from one of them after a start"""
    mine = w.photo(w.a, secrets=PIN)
    w.a.call('sync')
    w.b.call('sync')
    w.owner.stop()
    for sha in (mine, w.big, w.again_photo):
        os.remove(w.blob(w.col, sha))
    w.serve()
    need('sent', w.b.call('sync')['files_sent'], 3)
    need('whole', [w.is_whole(w.col, sha) for sha in (mine, w.big, w.again_photo)], [True] * 3)
    need('nothing is asked for any more', w.b.call('sync')['files_sent'], 0)
    need('verified', [p.call('verify', '--all')['ok'] for p in (w.col, w.a, w.b)], [True] * 3)


# clause: B7 P31 P32
def test_stick(w):
    """a damaged photo goes onto no stick and stops no other; what the collector lacks is asked for by stick too"""
    bad, good = w.photo(w.a, secrets=PIN), w.photo(w.a, secrets=PIN)
    w.damage(w.a, bad)
    stick = [os.path.join(w.folder, 'stick%d' % n) for n in range(4)]
    for path in stick:
        os.mkdir(path)
    os.remove(w.blob(w.col, w.big))
    w.again()
    told = w.col.call('import', w.a.call('export', '--usb', stick[0])['file'], '--reply', stick[1])
    need('taken', (told['files'], told['files_refused'], w.is_whole(w.col, good)), (1, 0, True))
    need('set aside', w.a.call('status')['files']['damaged'], 1)
    need('answered', w.a.call('import', told['reply']['file'])['files_received'], 0)
    told = w.col.call('import', w.a.call('export', '--usb', stick[2])['file'])
    need('what was asked for', (told['files'], w.is_whole(w.col, w.big)), (1, True))
    os.remove(os.path.join(w.a.home, 'blobs', 'bad', bad))


TESTS = [test_forty_photos, test_login_page, test_overtaken, test_carried_twice, test_quota, test_damaged_here, test_damaged_there, test_lost_there, test_stick]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.close()))
