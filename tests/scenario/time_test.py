#!/usr/bin/env python3
"""A PC whose clock is wrong: in 2019 and in 2038 it enrols, records and sends over TLS to a collector whose self-made
certificate is valid only today, trusting the key named on the slip (P1, P5); what it wrote is flagged at both
ends, and never held back. Another key is refused. The clock is libfaketime's. Prints TAP."""
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, need, tap  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN  # noqa: E402

SAMPLE = os.path.join(os.path.dirname(HERE), 'sample', 'weekly_statement.json')
SLACK_S = 300
SCOPES = {'2019': '01201', '2038': '01202', 'now': '01203'}


def faketime():
    """The library faketime preloads, or None."""
    if not shutil.which('faketime'):
        return None
    p = subprocess.run(['faketime', '2019-01-01', 'sh', '-c', 'echo $LD_PRELOAD'], stdout=subprocess.PIPE, check=True)
    return p.stdout.decode().strip() or None


def clock(when):
    """Environment of a program that begins to live at `when`. Its monotonic clock is the true one."""
    return {'LD_PRELOAD': faketime(), 'FAKETIME': '@' + when, 'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'TZ': 'UTC',
            'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'}


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.cert, pin = self.certificate('good')
        self.other_pin = self.certificate('other')[1]
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.col.call('init', '--name', 'Thử', '--pin', pin,
                      secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.owner = Owner(self.col, '--port', '0', '--tls-cert', self.cert + '.crt', '--tls-key', self.cert + '.key',
                           secrets={'passphrase': PASS['registrar']})
        need('TLS', self.owner.url.split(':')[0], 'https')

    def certificate(self, name):
        """Self-made, valid from now for a day; its path without ending, and its pin."""
        path = os.path.join(self.folder, name)
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
                        '-keyout', path + '.key', '-out', path + '.crt', '-subj', '/CN=kiemke.example'],
                       check=True, stderr=subprocess.DEVNULL)
        key = subprocess.run(['openssl', 'x509', '-in', path + '.crt', '-pubkey', '-noout'], check=True, stdout=subprocess.PIPE).stdout
        der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'der'], input=key, check=True, stdout=subprocess.PIPE).stdout
        return path, 'sha256//' + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def slip(self, scope, pin=None):
        path = os.path.join(self.folder, 'slip-%s.json' % scope)
        if os.path.exists(path):
            os.remove(path)
        self.col.call('enrol', 'code', '--scope', scope, '--unit', 'Xã thử', '--url', self.owner.url, '--out', path)
        if pin is not None:
            with open(path, encoding='utf-8') as f:
                slip = json.load(f)
            slip['pin'] = pin
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(slip, f)
        return path

    def pc(self, year, when=None):
        return Program(os.path.join(BIN, 'kiemke'), os.path.join(self.folder, 'pc-' + year), clock(when) if when else None)

    def submit(self, pc):
        with open(SAMPLE, encoding='utf-8') as f:
            body = json.load(f)
        path = os.path.join(self.folder, 'record.json')
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(body, f)
        draft = pc.call('record', '--file', path, secrets=PIN)['records'][0]['id']
        return pc.call('submit', draft, secrets=PIN)['records'][0]['id']


def names(o):
    return {f['flag'] for f in o['flags']}


def check_end(who, shown, expected, at):
    """What one end shows of an entry: its interval in true time, and the flags, also in words."""
    made = shown['made'] if 'made' in shown else shown['standing']['made']
    lower, upper = made['interval']
    need('%s: not after' % who, upper is not None and abs(upper - time.time()) < 3600, True)
    need('%s: not before' % who, lower is None or abs(lower - time.time()) < 3600, True)
    need('%s: at' % who, abs(made['at'] - at) < 3600, True)
    need('%s: flags' % who, names(made), expected)
    need('%s: each in words' % who, all(len(f['text']) > 20 for f in made['flags']), True)


def wrong_clock(b, year, when, at, expected):
    pc = b.pc(year, when)
    scope = SCOPES[year]
    got = pc.call('enrol', b.slip(scope), '--clerk', 'Nguyễn Văn An', secrets=PIN)
    need('enrolled', got['state'], 'approved')
    need('first sync', pc.call('sync')['state'], 'done')
    pc.call('record', 'asset', *ASSET, secrets=PIN)
    check = b.submit(pc)
    got = pc.call('sync')
    need('refused, held', (got['refused'], got['quarantined']), (0, 0))
    s = pc.call('status')
    need('unsent', s['unsent'], 0)
    need('accepted', s['accepted'], s['saved'])
    need('the clock is known to be off', abs(s['clock_off'] - (time.time() - at)) < 3600, True)
    need('and said', [w['reason'] for w in s['waits'] if w['reason'] == 'clock'], ['clock'])
    said = pc.said('status')
    if 'Đồng hồ máy này đang chỉ' not in said or '/%s ' % time.strftime('%Y') not in said:
        raise Failed('status does not say it plainly:\n' + said)
    check_end('the PC', pc.call('show', check), expected, at)
    need('history', names(pc.call('history', check)['changes'][0]), expected)
    one = [x for x in b.col.call('submissions', '--scope', scope)['submissions'] if x['id'] == check]
    need('listed at the centre', len(one), 1)
    need('not held', one[0]['quarantined'], 0)
    check_end('submissions', one[0], expected, at)
    need('flags of the whole', set(one[0]['flags']) >= expected, True)
    shown = b.col.call('show', check)
    check_end('the centre', shown, expected, at)
    need('history at the centre', names(shown['history'][0]), expected)
    listed = b.col.said('submissions', '--scope', scope)
    if not re.search(r'^  lập (trong khoảng|trước|lúc) ', listed, re.M) or listed.count('  ! ') < len(expected):
        raise Failed('the list does not say it:\n' + listed)
    need('verifies', pc.call('verify', '--all')['ok'], True)


# clause: P1 P5 A9
def test_2019(b):
    """2019: enrols, records, sends over TLS by the pin; flagged at both ends, held back nowhere"""
    wrong_clock(b, '2019', '2019-03-04 05:06:07', 1551675967, {'clock', 'date'})


# clause: P1 P5 A9
def test_2038(b):
    """2038: the same"""
    wrong_clock(b, '2038', '2038-01-20 00:00:00', 2147558400, {'clock'})


# clause: P5
def test_far_back(b):
    """fallen far back afterwards, so that with what it remembers it is before 1970, it is told the time anew"""
    pc = b.pc('2038', '1975-01-01 00:00:00')
    need('sync', pc.call('sync')['state'], 'done')
    need('known', abs(pc.call('status')['clock_off'] - (time.time() - 157766400)) < 3600, True)


# clause: A9
def test_put_right(b):
    """put right, the clock is told no more; set back, what follows is a jump"""
    pc = b.pc('2038')
    pc.call('record', 'asset', *ASSET, 'serial=SAU', secrets=PIN)
    pc.call('sync')
    s = pc.call('status')
    need('no longer said', [w for w in s['waits'] if w['reason'] == 'clock'], [])
    asset = [x for x in pc.call('list', '--kind', 'asset')['items']]
    flags = [names(pc.call('show', x['id'])['made']) for x in asset]
    need('one of 2038, one after it', sorted(map(sorted, flags)), [['clock'], ['jump']])
    here = [names(b.col.call('show', x['id'])['history'][0]) for x in asset]
    need('the same at the centre', sorted(map(sorted, here)), [['clock'], ['jump']])


# clause: P1
def test_wrong_pin(b):
    """another key than the slip names is refused plainly, before anything is sent; so is no pin in 2019"""
    pc = b.pc('now')
    slip = b.slip(SCOPES['now'], base64.urlsafe_b64encode(base64.b64decode(b.other_pin[8:])).decode().rstrip('='))
    e = pc.call('enrol', slip, '--clerk', 'B', secrets=PIN, expect=76)
    need('key', e['key'], 'http.pin')
    need('plainly', 'không phải máy thu' in e['message'], True)
    need('nobody was enrolled', [x for x in b.col.call('enrol', 'list').get('waiting', []) if x.get('scope') == SCOPES['now']], [])
    unpinned = b.pc('unpinned', '2019-03-04 05:06:07')
    e = unpinned.call('enrol', b.slip(SCOPES['now'], ''), '--clerk', 'B', secrets=PIN, expect=76)
    need('without a pin', e['key'], 'http.tls')


TESTS = [test_2019, test_2038, test_far_back, test_put_right, test_wrong_pin]


def main():
    if not faketime():
        print('1..0 # SKIP libfaketime is not installed')
        return 77
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        b = Bench(folder)
        try:
            failed = tap(TESTS, b)
        finally:
            b.owner.stop()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
