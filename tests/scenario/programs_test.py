#!/usr/bin/env python3
"""The real programs, side by side and attacked: two shells beside an owner, the API's body, no sockets
without an owner, secrets that are missing, plain HTTP off loopback, a stored byte that was changed, the
catalogue of ../shared. Prints TAP. Programs are found in $KK_BIN."""
import concurrent.futures
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE = '01201'
PIN = {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}
EACH = 20 if os.environ.get('KK_SANITIZE') else 100  # without a sanitizer the whole number
ASSET = ['name=Máy in', 'class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


class Bench:
    """One collector with one enrolled PC, used by all tests in turn."""

    def __init__(self, folder):
        self.folder = folder
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'))
        self.owner = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def up(self):
        self.owner = Owner(self.col, '--port', '0', secrets={'passphrase': PASS['registrar']})

    def down(self):
        if self.owner:
            self.owner.stop()
            self.owner = None

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.up()
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', self.path('slip.json'))
        got = self.pc.call('enrol', self.path('slip.json'), '--clerk', 'Nguyễn Văn An', secrets=PIN)
        need('enrolled', got['state'], 'approved')
        self.pc.call('sync')


def test_two_shells(b):
    """two shells x 100 record (20 under a sanitizer) while the owner sends: all saved, 0 errors"""
    before = b.pc.call('status')['saved']
    owner = Owner(b.pc)
    try:
        b.pc.call('unlock', secrets=PIN)

        def shell(name):
            for i in range(EACH):
                b.pc.call('record', 'asset', *ASSET, 'serial=%s-%03d' % (name, i))
                if i % 25 == 24:
                    b.pc.call('sync')
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(shell, 'AB'))
        b.pc.call('sync')
        got = b.pc.call('status')
    finally:
        owner.stop()
    need('saved', got['saved'] - before, 2 * EACH)
    need('accepted', got['accepted'], got['saved'])
    need('waiting', (got['unsent'], got['refused']), (0, 0))
    need('the PC verifies', b.pc.call('verify', '--all')['ok'], True)
    need('the collector verifies', b.col.call('verify', '--all')['ok'], True)


def test_beside_serve(b):
    """two shells of collector administration beside serve: all done, all different"""
    def shell(_):
        return [b.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử')['slip']['code'] for _ in range(10)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        codes = sum(pool.map(shell, range(2)), [])
    need('codes', len(set(codes)), 20)


def test_api_body(b):
    """/api/NAME serves the very body the command line prints"""
    owner = Owner(b.pc, '--offline')
    try:
        with open(os.path.join(b.pc.home, 'owner.json'), encoding='utf-8') as f:
            told = json.load(f)
        for name, args in (('list', []), ('clerk_list', []), ('search', ['may in'])):
            body = json.dumps({'words': args} if args else {}).encode()
            req = urllib.request.Request(told['url'] + '/api/' + name, data=body, headers={
                'Authorization': 'Bearer ' + told['token'], 'Content-Type': 'application/json'})
            with urllib.request.urlopen(req, timeout=30) as res:
                served = json.loads(res.read())
            need(name, b.pc.call(*name.split('_'), *args), served)
    finally:
        owner.stop()


def test_language(b):
    """a command prints wholly in the language asked for, whatever the owner's is"""
    shown = b.pc.call('list')['items'][0]['id']
    commands = [(b.pc, c) for c in (['show', shown], ['history', shown], ['list'], ['search', 'may in'])]
    commands += [(b.col, ['show', shown]), (b.col, ['submissions'])]
    b.down()
    alone = {lang: [p.said('--lang', lang, *c) for p, c in commands] for lang in ('vi', 'en')}
    for p, c, vi, en in zip(*zip(*commands), alone['vi'], alone['en']):
        if vi == en or 'Tên tài sản' in en or (c[0] == 'show' and 'Tên tài sản' not in vi):
            raise Failed('%s says the same in both languages:\n%s%s' % (c, vi, en))
    for lang in ('vi', 'en'):
        p = Program(b.pc.path, b.pc.home, {'KIEMKE_LANG': lang})
        owners = [Owner(p, '--offline'), Owner(Program(b.col.path, b.col.home, {'KIEMKE_LANG': lang}), '--port', '0', secrets={'passphrase': PASS['registrar']})]
        try:
            for asked in ('vi', 'en'):
                for (p, c), said in zip(commands, alone[asked]):
                    need('%s in %s from an owner in %s' % (c, asked, lang), p.said('--lang', asked, *c), said)
            with open(os.path.join(b.pc.home, 'owner.json'), encoding='utf-8') as f:
                told = json.load(f)
            texts = {}
            for name, query, accept in (('vi', '', 'vi'), ('en', '', 'en-GB, vi;q=0.5'), ('asked', '?lang=en', 'vi'), ('none', '', None)):
                head = {'Authorization': 'Bearer ' + told['token'], 'Content-Type': 'application/json'}
                if accept:
                    head['Accept-Language'] = accept
                req = urllib.request.Request(told['url'] + '/api/show' + query, data=json.dumps({'id': shown}).encode(), headers=head)
                with urllib.request.urlopen(req, timeout=30) as res:
                    texts[name] = json.loads(res.read())['fields']['name']['label']
            need('labels', (texts['vi'], texts['asked'], texts['none']), ('Tên tài sản', texts['en'], texts[lang]))
            need('an English one', texts['en'] == texts['vi'], False)
        finally:
            for o in owners:
                o.stop()
    b.up()


def disputed(b):
    """An asset with two values on the first PC: a second one wrote the other."""
    other = Program(b.pc.path, b.path('second'))
    b.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', b.path('second.json'))
    other.call('enrol', b.path('second.json'), '--clerk', 'B', secrets=PIN)
    for _ in range(2):  # the cert, then the records
        other.call('sync')
    shown = b.pc.call('list', '--kind', 'asset')['items'][0]['id']
    for pc, value in ((b.pc, 'hong'), (other, 'kem')):
        pc.call('record', 'asset', shown, 'condition=' + value, '--reason', 'Xem tận nơi', secrets=PIN)
    for pc in (other, b.pc):
        pc.call('sync')
    need('two values', [x['id'] for x in b.pc.call('conflicts')['conflicts']], [shown])
    return shown


def test_no_socket(b):
    """record, show, conflicts and resolve without an owner open no network socket, and load no library that could"""
    shown = disputed(b)
    for args, secret in ((['record', 'asset', *ASSET], True), (['show', shown], False), (['conflicts'], False),
                         (['resolve', shown, 'condition=hong', '--reason', 'Đã xem'], True)):
        trace = b.path('trace')
        pc = Program('strace', b.pc.home)
        argv = ['strace', '-f', '-qq', '-e', 'trace=connect,openat', '-o', trace, b.pc.path, '--home', pc.home, '--json', *args]
        fds = []
        if secret:
            r, w = os.pipe()
            os.write(w, PIN['pin'].encode() + b'\n')
            os.close(w)
            argv += ['--pin-fd', str(r)]
            fds = [r]
        env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')  # leak detection cannot run under strace
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=fds, env=env)
        need('%s ended' % args[0], (p.returncode, p.stdout.decode()[-300:] if p.returncode else ''), (0, ''))
        with open(trace, encoding='utf-8') as f:
            did = f.read()
        need('libraries of %s' % args[0], sorted(set(re.findall(r'lib(?:sqlite3|curl|microhttpd|ssl|gnutls)\b', did))), ['libsqlite3'])
        need('network sockets of %s' % args[0], re.findall(r'AF_INET6?', did), [])
    need('resolved', b.pc.call('conflicts')['conflicts'], [])


def test_missing_pin(b):
    """a PIN that is not given is refused within a second, with the option's name"""
    start = time.monotonic()
    e = b.pc.call('record', 'asset', *ASSET, expect=64)
    if time.monotonic() - start > 10:
        raise Failed('it waited')
    need('key', e['key'], 'op.secret_missing')
    need('option', e['args'].get('option'), 'pin-fd')


# clause: P1
def test_plain_http(b):
    """plain HTTP off loopback is refused by both programs"""
    other = Program(b.col.path, b.path('other'))
    other.call('init', '--name', 'X', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
    need('serve', other.call('serve', '--listen', '0.0.0.0', '--port', '0', expect=64)['clause'], 'P1')
    pc = Program(b.pc.path, b.path('plain'))
    with open(b.path('slip.json'), encoding='utf-8') as f:
        slip = json.load(f)
    slip['url'] = 'http://kiemke.example'
    with open(b.path('plain.json'), 'w', encoding='utf-8') as f:
        json.dump(slip, f)
    e = pc.call('enrol', b.path('plain.json'), '--clerk', 'A', secrets=PIN, expect=64)
    need('agent', e['key'].split('.')[0], 'http')


# clause: E14
def test_no_commune(b):
    """a slip whose commune code is none is refused in words, and nothing of it is kept"""
    with open(b.path('slip.json'), encoding='utf-8') as f:
        slip = json.load(f)
    pc = Program(b.pc.path, b.path('none'))
    for scope in ('1234', '123456', '1234a', '00000', '*', ''):
        with open(b.path('none.json'), 'w', encoding='utf-8') as f:
            json.dump({**slip, 'scope': scope}, f)
        e = pc.call('enrol', b.path('none.json'), '--clerk', 'A', secrets=PIN, expect=65)
        need(scope, (e['key'], e['clause'], e['message']), ('enrolment.scope', 'E14', '“%s” không phải mã xã (5 chữ số). (E14)' % scope))
        e = b.col.call('enrol', 'code', '--scope', scope, expect=None)
        need('the centre', (e.status != 0, e.error['key']), (True, 'enrolment.scope'))
    need('typed', pc.call('enrol', '--url', slip['url'], '--scope', '2728', '--code', slip['code'], '--root', '0' * 20, expect=65)['key'], 'enrolment.scope')
    need('nothing kept', pc.call('enrol', expect=66)['key'], 'sync.not_enrolled')


# clause: P3
def test_url_spelling(b):
    """a PC enrols under any spelling of the collector's address"""
    with open(b.path('slip.json'), encoding='utf-8') as f:
        slip = json.load(f)
    port = b.owner.url.rsplit(':', 1)[1].strip('/')
    for i, url in enumerate(('http://LocalHost:%s' % port, 'http://localhost:0%s//' % port)):
        slip['url'] = url
        slip['code'] = b.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử')['slip']['code']
        with open(b.path('spelled.json'), 'w', encoding='utf-8') as f:
            json.dump(slip, f)
        pc = Program(b.pc.path, b.path('spelled%d' % i))
        need(url, pc.call('enrol', b.path('spelled.json'), '--clerk', 'B', secrets=PIN)['state'], 'approved')
        pc.call('record', 'asset', *ASSET, secrets=PIN)
        need('sync ' + url, pc.call('sync')['accepted'], 2)


# clause: L9
def test_changed_byte(b):
    """a changed byte of a stored entry is named with id and clause by verify --all"""
    b.down()
    copy = b.path('copy')
    shutil.copytree(b.col.home, copy)
    db = sqlite3.connect(os.path.join(copy, 'store.db'))
    sql = db.execute("SELECT sql FROM sqlite_master WHERE name = 'payload_no_update'").fetchone()[0]
    body = db.execute('SELECT body FROM payload WHERE idx = 20').fetchone()[0]
    raw = bytearray(body if isinstance(body, bytes) else body.encode())
    at = raw.index(b'"salt":"') + 10
    raw[at] = ord('A') if raw[at] != ord('A') else ord('B')
    db.execute('DROP TRIGGER payload_no_update')
    db.execute('UPDATE payload SET body = ? WHERE idx = 20', (bytes(raw) if isinstance(body, bytes) else raw.decode(),))
    db.execute(sql)
    db.commit()
    db.close()
    col = Program(b.col.path, copy)
    p = subprocess.run([col.path, '--home', copy, '--json', 'verify', '--all'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    got = json.loads(p.stdout.decode().splitlines()[-1])
    need('exit status', p.returncode, 65)
    need('ok', got['ok'], False)
    if not any(f['clause'] in ('A1', 'E20', 'E21') and re.search(r'[A-Za-z0-9_-]{43}', f['what']) for f in got['findings']):
        raise Failed('no finding names id and clause: %s' % got['findings'])
    b.up()


def test_shared_catalogue(b):
    """shared: the catalogue in force has 34 provinces and 3,321 communes"""
    path = os.path.join(ROOT, '..', 'shared', 'data', 'communes.csv')
    if not os.path.exists(path):
        return 'no ../shared'
    got = b.col.call('catalogue', 'import', path, secrets={'passphrase': PASS['registrar']})
    need('units', (got['provinces'], got['communes']), (34, 3321))
    older = b.col.call('catalogue', 'import', os.path.join(ROOT, '..', 'shared', 'data', 'communes_2025-07-01.csv'),
                       secrets={'passphrase': PASS['registrar']})
    need('the older one changes names and kinds only', (older['added'], older['closed'], older['upgraded']), (0, 0, 10))
    return None


TESTS = [test_two_shells, test_beside_serve, test_api_body, test_no_socket, test_language, test_missing_pin, test_plain_http,
         test_no_commune, test_url_spelling, test_changed_byte, test_shared_catalogue]


def main(tests):
    failed = 0
    print('1..%d' % len(tests), flush=True)
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        b = Bench(folder)
        try:
            b.prepare()
            for n, test in enumerate(tests, 1):
                name = test.__doc__.strip()
                try:
                    skip = test(b)
                    print('ok %d - %s%s' % (n, name, ' # SKIP ' + skip if skip else ''), flush=True)
                except (Failed, OSError, KeyError, ValueError) as e:
                    failed += 1
                    print('not ok %d - %s\n# %s' % (n, name, str(e).replace('\n', '\n# ')), flush=True)
        finally:
            b.down()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(TESTS))
