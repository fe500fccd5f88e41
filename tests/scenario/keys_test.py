#!/usr/bin/env python3
"""Keys that are lost, stolen or replaced, with the real programs: a clerk who forgot the PIN, a PC that is replaced while the
stolen one still hands in its backlog, a registrar replaced under the root. What was sealed stays good. Prints TAP.
Programs are found in $KK_BIN.
clause: A6 A7 A8 K10 P7"""
import contextlib
import os
import sqlite3
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, play, rewrite  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN = '01201', {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'second': 'mot cum mat khau thu hai'}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def by(name):
    return {'passphrase': PASS[name]}


class World:
    def __init__(self, folder):
        self.folder, self.owner = folder, None
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a = self.pc('a')

    def path(self, name):
        return os.path.join(self.folder, name)

    def pc(self, name):
        return Program(os.path.join(BIN, 'kiemke'), self.path(name))

    def serve(self, *args, secrets=None):
        if self.owner:
            self.owner.stop()
        port = self.owner.url.rsplit(':', 1)[1].strip('/') if self.owner else '0'
        self.owner = Owner(self.col, '--port', port, *args, secrets=secrets or by('registrar'))

    def enrol(self, pc, clerk, clerks=1):
        slip = self.path('slip-%s.json' % os.path.basename(pc.home))
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--clerks', str(clerks), '--out', slip)
        got = pc.call('enrol', slip, '--clerk', clerk, secrets=PIN)
        pc.call('sync')
        return got['fingerprint']

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.serve()
        self.device = self.enrol(self.a, 'Nguyễn Văn An')

    def record(self, pc, name, secrets=None):
        return pc.call('record', 'asset', 'name=' + name, *ASSET, secrets=secrets or PIN)['records'][0]

    def arrival(self, ident):
        return self.col.call('show', ident)['standing']['received_at']

    def titles(self, who):
        return sorted(x['title'] for x in who.call('list', '--kind', 'asset')['items'] if not x.get('held'))

    def approve_all(self, name='registrar', secret='registrar'):
        for x in self.col.call('enrol', 'list')['waiting']:
            self.col.call('enrol', 'approve', x['fingerprint'], '--as', name, secrets=by(secret))

    def clean(self, *pcs):
        for who in (*pcs, self.col):
            need('%s verifies' % os.path.basename(who.home), who.call('verify', '--all')['ok'], True)


def spoilt(w, row):
    """The list while a value of that entry is another in the file, which proves nothing any more."""
    w.owner.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(w.col.home, 'store.db'))) as db:
        body, = db.execute('SELECT body FROM payload WHERE idx = ?', (row['index'],)).fetchone()
        rewrite(db, row['index'], body.replace(b'"quantity":1', b'"quantity":7'))
        try:
            return w.col.call('held', '--scope', SCOPE)['held'], w.col.said('held', '--scope', SCOPE)
        finally:
            rewrite(db, row['index'], body)


def test_lost_pin(w):
    """a forgotten PIN: a new key, what the old one sealed stays good and is still sent"""
    w.record(w.a, 'Trước khi quên, đã gửi')
    w.a.call('sync')
    w.record(w.a, 'Trước khi quên, chưa gửi')
    need('the PIN is needed', w.a.call('record', 'asset', 'name=x', *ASSET, secrets={'pin': '000000'}, expect=77)['key'],
         'keys.pin_wrong')
    fresh = {'new_pin': '246810'}
    got = w.a.call('clerk', 'renew', secrets=fresh)
    need('the same person', (got['name'], got['certified']), ('Nguyễn Văn An', False))
    need('one signs, one is retired', [c.get('retired', False) for c in w.a.call('clerk', 'list')['clerks']], [False, True])
    pin = {'pin': '246810'}
    w.record(w.a, 'Sau khi quên', secrets=pin)
    w.a.call('sync')
    waiting = w.col.call('enrol', 'list')['waiting']
    need('its PC is in contact', ['contact_at' in x for x in waiting], [True])
    need('the new key waits at the centre', [(x['what'], x['name'], x['fingerprint']) for x in waiting],
         [('clerk', 'Nguyễn Văn An', got['fingerprint'])])
    w.approve_all()
    w.a.call('sync')
    w.a.call('sync')
    status = w.a.call('status')
    need('all went out', (status['unsent'], status['quarantined'], status['refused']), (0, 0, 0))
    need('nothing lost', w.titles(w.a), sorted(['Trước khi quên, đã gửi', 'Trước khi quên, chưa gửi', 'Sau khi quên']))
    w.clean(w.a)


def test_replaced_pc(w):
    """a stolen PC is replaced: the new one pulls register and history, the old one's backlog is held and let in one by one"""
    before = w.titles(w.a)
    backlog = w.record(w.a, 'Ghi trước khi mất máy', secrets={'pin': '246810'})['id']
    old = w.a.call('list', '--kind', 'asset')['items'][-1]['id']
    came = w.arrival(old)
    stolen = next(k for k in w.col.call('keys', '--scope', SCOPE, '--role', 'device')['keys'])
    need('it is known by its fingerprint', stolen['fingerprint'], w.device)
    w.col.call('revoke', w.device, '--reason', 'Mất máy', '--as', 'registrar', secrets=by('registrar'))
    need('it says so', 'revoked_from' in w.col.call('keys', '--role', 'device')['keys'][0], True)
    need('it was in contact', ['contact_at' in k for k in w.col.call('keys', '--scope', SCOPE)['keys'] if k['role'] == 'device'], [True])
    w.serve()
    need('also after a restart', w.col.call('keys', '--role', 'device')['keys'][0].get('contact_at'), stolen['contact_at'])
    c = w.pc('c')
    w.enrol(c, 'Nguyễn Văn An')
    need('the register is here', w.titles(c), before)
    history = c.call('history', c.call('list', '--kind', 'asset')['items'][0]['id'])['changes']
    need('and who wrote it', history[0]['who'], 'Nguyễn Văn An')
    w.a.call('sync')
    need('the backlog is held, not thrown away', w.a.call('status')['quarantined'] > 0, True)
    c.call('sync')
    need('it does not count', w.titles(c), before)
    time.sleep(1.1)  # times are whole seconds
    need('when it came is shown, held or not', (w.arrival(backlog) > came > 0, w.arrival(old)), (True, came))
    came_held = w.arrival(backlog)
    held = w.col.call('held', '--scope', SCOPE)['held']
    row = next(x for x in held if x.get('id') == backlog)
    need('what nothing counts of says itself what it is', (row['title'], row['counts'], row['verified'], row['more']), ('Ghi trước khi mất máy', False, True, 3))
    need('its first fields, as its form has them', [(f['field'], f['label'], f['text']) for f in row['fields']],
         [('unit_code', 'Mã đơn vị quan hệ ngân sách', '0045101'), ('class', 'Loại tài sản', 'Máy móc, thiết bị'), ('uom', 'Đơn vị tính', 'Cái'),
          ('quantity', 'Số lượng', '1'), ('use_year', 'Năm đưa vào sử dụng', '2024'), ('value_basis', 'Căn cứ xác định giá trị', 'Chưa xác định')])
    bent, said = spoilt(w, row)
    bent = {x['entry']: x for x in bent}
    need('bytes that prove nothing are not shown as said', sorted(bent[row['entry']]),
         ['clause', 'entry', 'fingerprint', 'index', 'op', 'received_at', 'scope', 'text', 'unit', 'verified', 'who', 'why', 'wrong'])
    need('but that they do not', (bent[row['entry']]['verified'], bent[row['entry']]['clause'], 'Ghi trước khi mất máy' in said, '(A1)' in said), (False, 'A1', False, True))
    need('the others as they were', [bent[x['entry']] == x for x in held if x != row], [True] * (len(held) - 1))
    w.serve()
    w.col.call('admit', *[x['entry'] for x in held], '--scope', SCOPE, '--reason', 'Đã hỏi lại cán bộ', '--as', 'registrar',
               secrets=by('registrar'))
    need('nor when it is let in', (w.arrival(backlog), w.arrival(old)), (came_held, came))
    c.call('sync')
    need('let in by name', w.titles(c), sorted(before + ['Ghi trước khi mất máy']))
    w.clean(c)


def test_replaced_registrar(w):
    """a registrar replaced under the root: earlier certs stay good, the old key certifies no more, the new one does"""
    first = w.col.call('keys', '--role', 'registrar')['keys'][0]
    w.col.call('staff', 'add', 'dang-ky-2', '--name', 'Lê Thị Mới', '--role', 'registrar',
               secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['second']})
    w.col.call('revoke', first['key'], '--reason', 'Thay cán bộ đăng ký', '--as', 'root', secrets=by('root'))
    w.serve('--registrar', 'dang-ky-2', secrets=by('second'))
    d = w.pc('d')
    w.enrol(d, 'Trần Văn Dân')
    c = w.pc('c')
    c.call('sync')
    need('the new PC has the register', w.titles(d), w.titles(c))
    w.record(c, 'Khóa cũ cấp vẫn ghi được')
    w.record(d, 'Khóa mới cấp')
    for pc in (c, d, c):
        need('nothing is held', pc.call('sync')['quarantined'], 0)
    need('both count at both', (w.titles(c), 'Khóa mới cấp' in w.titles(c)), (w.titles(d), True))
    d.call('clerk', 'add', 'Người đến sau', secrets=PIN)
    d.call('sync')
    waiting = w.col.call('enrol', 'list')['waiting']
    need('a clerk waits', [x['name'] for x in waiting], ['Người đến sau'])
    need('the old registrar may not', w.col.call('enrol', 'approve', waiting[0]['fingerprint'], '--as', 'registrar',
                                                 secrets=by('registrar'), expect=77)['key'], 'issuer.revoked')
    w.approve_all('dang-ky-2', 'second')
    d.call('sync')
    need('the new one may', [k['certified'] for k in d.call('clerk', 'list')['clerks']], [True, True])
    w.clean(c, d)


TESTS = [test_lost_pin, test_replaced_pc, test_replaced_registrar]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner and w.owner.stop()))
