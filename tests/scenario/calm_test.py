#!/usr/bin/env python3
"""Sending and receiving that nobody watches, with the real programs on a bad line: a network that asks for a
login, a busy collector, no answer at all, no network, several syncs at once, the end of the program in the
middle of one, a metered line; what status says of each, and what the log holds. Prints TAP."""
import concurrent.futures
import json
import os
import re
import signal
import stat
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from front import Front  # noqa: E402
from play import Failed, Owner, Program, need, play  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN, SCOPE  # noqa: E402

SERIAL = 'SERIAL-KHONG-DUOC-VAO-NHAT-KY'


class Bench:
    """A collector, a front before it, a PC enrolled through the front."""

    def __init__(self, folder):
        self.folder, self.made = folder, 0
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        bin_dir = os.path.join(folder, 'bin')  # a busctl that says what the test wants to hear
        os.mkdir(bin_dir)
        self.busctl = os.path.join(bin_dir, 'busctl')
        self.line('u 2')
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'),
                          {'PATH': bin_dir + ':' + os.environ['PATH'], 'DBUS_SYSTEM_BUS_ADDRESS': 'unix:path=/nowhere'})
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.owner = Owner(self.col, '--port', '0', secrets={'passphrase': PASS['registrar']})
        self.front = Front(int(self.owner.url.rsplit(':', 1)[1]))
        self.pc.call('enrol', self.slip(self.front.url), '--clerk', 'Nguyễn Văn An', secrets=PIN)
        self.pc.call('sync')

    def line(self, says):
        with open(self.busctl, 'w', encoding='utf-8') as f:
            f.write("#!/bin/sh\necho '%s'\n" % says)
        os.chmod(self.busctl, stat.S_IRWXU)

    def slip(self, url):
        path = os.path.join(self.folder, 'slip.json')
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', path)
        with open(path, encoding='utf-8') as f:
            slip = json.load(f)
        slip['url'] = url
        os.remove(path)
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(slip, f)
        return path

    def record(self):
        self.made += 1
        self.pc.call('record', 'asset', *ASSET, 'serial=%s-%d' % (SERIAL, self.made), secrets=PIN)

    def photo(self, n):
        """A photo of the first asset; each n another one."""
        path = os.path.join(self.folder, 'photo.jpg')
        with open(path, 'wb') as f:
            f.write(bytes.fromhex('ffd8ffdb0043' + '%02x' % n * 65 + 'ffda0008010100003f00' + 'aa' * 64 + 'ffd9'))
        asset = self.pc.call('list', '--kind', 'asset', '--limit', '1')['items'][0]['id']
        self.pc.call('record', 'photo', 'attached_to=' + asset, '--attach', path, secrets=PIN)

    def all_there(self):
        """Every record once at the collector, and accepted here."""
        got = self.pc.call('status')
        need('unsent, refused', (got['unsent'], got['refused']), (0, 0))
        need('accepted', got['accepted'], got['saved'])
        assets = self.pc.call('list', '--kind', 'asset', '--limit', '1000')['items']
        need('assets here', len(assets), self.made)

    @staticmethod
    def reasons(status):
        return {w['reason']: w for w in status['waits']}

    def close(self):
        self.front.close()
        self.owner.stop()


# clause: P26
def test_portal(b):
    """a login page, a redirect, a 511 and a false 200 are no success: nothing is lost, status says so"""
    b.record()
    for mode, key in (('portal', 'sync.portal'), ('redirect', 'sync.portal'), ('login', 'sync.portal'),
                      ('liar', 'session.no_answer')):
        b.front.mode = mode
        e = b.pc.call('sync', expect=76 if mode == 'liar' else 69)
        need(mode, (e['key'], e['clause']), (key, 'P26'))
        s = b.pc.call('status')
        need('what status says', b.reasons(s)['portal']['key'], key)
        need('unsent', s['unsent'] > 0, True)
        need('soon again', s['next_at'] - s['last_try'] <= 30, True)
    need('in words', 'đăng nhập' in b.pc.said('status'), True)
    b.front.mode = 'pass'
    b.pc.call('sync')
    need('no wait is left', list(b.reasons(b.pc.call('status'))), ['no_background'])
    b.all_there()


# clause: P5
def test_clock(b):
    """a collector that takes neither of two times: asked twice, told plainly, nothing lost"""
    b.record()
    b.front.mode, asked = 'clock', b.front.asked
    e = b.pc.call('sync', expect=76)
    need('asked', b.front.asked - asked, 2)
    need('told', (e['key'], e['clause'], 'Đồng hồ' in e['message']), ('sync.clock', 'P5', True))
    need('recording goes on', b.record(), None)
    need('status', b.reasons(b.pc.call('status'))['refused']['key'], 'sync.clock')
    b.front.mode = 'pass'
    b.pc.call('sync')
    b.all_there()


# clause: P20
def test_busy(b):
    """503 with Retry-After: kept until then, by sync and in status"""
    b.record()
    for mode in ('later', 'busy'):  # by a date, by the clock of who says it, and in seconds
        b.front.mode = mode
        b.pc.call('sync', expect=76)
        s = b.pc.call('status')
        need('quiet for 120 s', 120 <= s['hold_at'] - s['last_try'] <= 132 and s['next_at'] == s['hold_at'], True)
        need('reason', 'busy' in b.reasons(s), True)
    owner = Owner(b.pc)
    try:
        asked = b.front.asked
        b.record()  # wakes the background, which keeps quiet
    finally:
        owner.stop()
    need('contacts meanwhile', b.front.asked - asked, 0)
    b.front.mode = 'pass'
    b.pc.call('sync')  # a person may
    b.all_there()


def test_no_network(b):
    """no answer, a cut and an unknown name: each in words, each kept"""
    b.record()
    b.front.mode = 'cut'
    need('cut', b.pc.call('sync', expect=69)['key'], 'http.cut')
    need('reason', b.reasons(b.pc.call('status'))['offline']['key'], 'http.cut')
    need('address in words', b.front.url in b.pc.said('status'), True)
    b.front.mode = 'pass'
    other = Program(b.pc.path, os.path.join(b.folder, 'other'))
    for url, keys in (('http://127.0.0.1:1', ('http.connect',)), ('https://may-thu.invalid', ('http.resolve', 'http.connect'))):
        clerk = [] if os.path.exists(other.home) else ['--clerk', 'B']
        other.call('enrol', b.slip(url), *clerk, secrets=PIN if clerk else None)
        key = other.call('sync', expect=69)['key']
        need('%s is told by %s' % (url, key), key in keys, True)
    other.call('record', 'asset', *ASSET, secrets=PIN)  # work goes on
    b.pc.call('sync')
    b.all_there()


# clause: P19
def test_many_syncs(b):
    """six syncs at once beside an owner: all end well, each record once"""
    for _ in range(3):
        b.record()
    owner = Owner(b.pc)
    try:
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            done = list(pool.map(lambda _: b.pc.call('sync'), range(6)))
    finally:
        owner.stop()
    need('ended', len(done), 6)
    b.all_there()


def test_stop_in_the_middle(b):
    """told to stop while the collector is silent, the owner ends by itself and has everything"""
    b.record()
    b.front.mode = 'hang'
    b.front.heard.clear()
    owner = Owner(b.pc)
    try:
        if not b.front.heard.wait(60):
            raise Failed('the background did not ask')
        b.record()  # the store is free while the network is busy
    finally:
        owner.stop(signal.SIGTERM)
    need('exit status', owner.p.returncode, 0)
    b.front.mode = 'pass'
    b.pc.call('sync')
    b.all_there()


def test_metered(b):
    """on a metered line records go and photos wait; on another they go"""
    b.line('u 1')
    b.photo(1)
    got = b.pc.call('sync')
    need('records', (got['accepted'] > 0, got['files_sent']), (True, 0))
    b.pc.call('network', '--metered', 'no')
    need('files', b.pc.call('sync')['files_sent'], 1)
    b.pc.call('network', '--metered', 'yes')
    b.line('u 2')
    b.photo(2)
    need('the setting goes first', b.pc.call('sync')['files_sent'], 0)
    b.pc.call('network', '--metered', 'auto')
    b.all_there()


def test_status_line(b):
    """status in one line, in both languages"""
    s = b.pc.call('status')
    said = b.pc.said('status')
    if not re.search(r'^Đã lưu %d mục · đã gửi %d · trung tâm đã nhận %d · liên lạc lần cuối \d\d:\d\d$' % (s['saved'], s['sent'], s['accepted']), said, re.M):
        raise Failed('no such line in:\n' + said)
    en = Program(b.pc.path, b.pc.home, {'KIEMKE_LANG': 'en'})
    if not re.search(r'^Entries saved: %d · sent: %d · received by the centre: %d · last contact ' % (s['saved'], s['sent'], s['accepted']), en.said('status'), re.M):
        raise Failed('not in English')


def test_log(b):
    """the log is key=value lines within its bounds and holds nothing of a record"""
    names = [n for n in os.listdir(b.pc.home) if n.startswith('kiemke.log')]
    text = ''
    for n in names:
        with open(os.path.join(b.pc.home, n), encoding='utf-8') as f:
            text += f.read()
    need('files', set(names) <= {'kiemke.log', 'kiemke.log.1'}, True)
    need('there is one', 'sync' in text and len(text) < 2 << 20, True)
    line = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (error|warn|info|debug) [a-z-]+( [a-z_]+=("([^"\\]|\\.)*"|[^ "=]+))*')
    for x in text.splitlines():
        if not line.fullmatch(x):
            raise Failed('not key=value: ' + x)
    for word in (SERIAL, 'Máy in', 'Nguyễn', SCOPE, PIN['pin']):
        if word in text:
            raise Failed('the log has %r' % word)
    need('and the collector verifies all of it', b.col.call('verify', '--all')['ok'], True)


TESTS = [test_portal, test_clock, test_busy, test_no_network, test_many_syncs, test_stop_in_the_middle, test_metered, test_status_line, test_log]


if __name__ == '__main__':
    sys.exit(play(Bench, TESTS, lambda w: w.close()))
