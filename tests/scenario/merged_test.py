#!/usr/bin/env python3
"""A commune merged into another, with the real programs: PCs of both, one of them cut off all the while, one that only ever has a
stick. Old records stay where they are and are edited there, new ones go to the commune that goes on, nobody loses anything; a key
is revoked in all its communes; the collector set back to before the merger gets it back; the outside verifier is
content. Prints TAP. Programs are found in $KK_BIN.
clause: K14 M18 M20 P33 P30 A4 A6 A13 B8 B9 M12 P24"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, lasting_port, need, tap  # noqa: E402
from stick import ASSET, BIN, PASS, PIN, REGISTRAR, ROOT, photo  # noqa: E402

CATALOGUE = """# Dữ liệu mẫu
province_code,province_name,commune_code,commune_name,kind
01,Hà Nội,01201,Xã Hòa Khê,xa
01,Hà Nội,01202,Xã Khê Thượng,xa
01,Hà Nội,01203,Xã Khê Hạ,xa
"""
INTO, FROM, FAR = '01201', '01202', '01203'
WEEK = ['week=2026-W48', 'checked_at=2026-11-24T16:05', 'declared_adequate=co', 'checklist=dm_2026_1', 'car=co',
        'contact_name=Trần Đức Ân', 'contact_phone=0900045101']


class Pc(Program):
    """A PC whose clerk is unlocked once, in an owner process that sends nothing by itself."""

    def __init__(self, w, name, scope, clerk):
        super().__init__(os.path.join(BIN, 'kiemke'), w.path(name))
        self.w, self.name, self.scope, self.clerk, self.owner = w, name, scope, clerk, None

    def enrol(self):
        got = self.call('enrol', self.w.slip(self.name, self.scope), '--pc', 'Máy ' + self.name, '--clerk', self.clerk, secrets=PIN)
        self.up()
        return got

    def up(self):
        self.owner = Owner(self, '--offline')
        self.call('unlock', secrets=PIN)

    def down(self):
        if self.owner:
            self.owner.stop()
        self.owner = None

    def asset(self, name):
        return self.call('record', 'asset', 'name=' + name, *ASSET)['records'][0]['id']

    def names(self):
        return sorted(x['title'].split(' · ')[0] for x in self.call('list', '--kind', 'asset')['items'])

    def scope_of(self, ident):
        return self.call('show', ident)['scope']

    def scopes(self):
        return [s['scope'] for s in self.call('status')['scopes']]

    def left(self):
        s = self.call('status')
        return s['unsent'], s['refused'], s['quarantined'], s['alarms']


class World:
    def __init__(self, folder):
        self.folder, self.owner, self.port, self.sticks = folder, None, lasting_port(), 0
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a = Pc(self, 'a', INTO, 'Nguyễn Văn An')
        self.b = Pc(self, 'b', FROM, 'Lò Thị Bé')
        self.c = Pc(self, 'c', FROM, 'Giàng A Sử')
        self.d = Pc(self, 'd', FROM, 'Hồ Thị Dung')
        self.all = (self.a, self.b, self.c, self.d)

    def path(self, *name):
        return os.path.join(self.folder, *name)

    def stick(self):
        self.sticks += 1
        return self.path('%02d.kkb' % self.sticks)

    def slip(self, name, scope, expect=0):
        out = self.path('slip-%s.json' % name)
        got = self.col.call('enrol', 'code', '--scope', scope, '--out', out, expect=expect)
        return got if expect else out

    def up(self):
        self.owner = Owner(self.col, '--port', self.port, secrets=REGISTRAR)

    def down(self):
        if self.owner:
            self.owner.stop()
        self.owner = None

    def catalogue(self, text=CATALOGUE):
        with open(self.path('units.csv'), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.col.call('catalogue', 'import', f.name, secrets=REGISTRAR)

    def prepare(self):
        self.col.call('init', '--name', 'Tỉnh thử', '--url', 'http://127.0.0.1:%d' % self.port,
                      secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.catalogue()
        self.col.call('staff', 'add', 'tt', '--role', 'verifier', '--name', 'Tô Thị Tra',
                      secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['verifier']})
        self.up()
        for pc in self.all:
            pc.enrol()
            pc.call('sync')

    def merge(self, *args, expect=0, secrets=REGISTRAR):
        return self.col.call('unit', 'merge', *args, expect=expect, secrets=secrets)

    def size(self):
        return self.col.call('checkpoint')['size']

    def lines(self):
        lines = self.path('log.lines')
        got = self.col.call('lines', lines)
        with open(lines, encoding='utf-8') as f:
            return got, [json.loads(x.split(' ', 1)[1]) for x in f]

    def scopes_at_centre(self, name):
        """{id: scope} of records by that name, as the log has them."""
        return {o['id']: o['scope'] for o in self.lines()[1] if o['op'] == 'set' and o['set'].get('name') == name}


def test_before(w):
    """two communes, each by itself: neither sees the other's records"""
    w.old_a = w.a.asset('Máy in của Hòa Khê')
    w.old_b = w.b.asset('Máy in của Khê Thượng')
    w.shared = w.b.asset('Tủ hồ sơ')
    with open(w.path('anh.jpg'), 'wb') as f:
        f.write(photo(b'a'))
    w.a.call('record', 'photo', '--parent', w.old_a, '--attach', f.name)
    w.a.call('sync')
    w.week = w.b.call('record', 'weekly_statement', *WEEK, '--submit')['records'][0]['id']
    w.session = w.b.call('record', 'inventory', 'unit_name=Xã Khê Thượng', 'unit_code=0045101', 'cut_off=2026-11-01T00:00',
                         'counted_at=2026-11-02T08:00')['records'][0]['id']
    for pc in (w.b, w.c, w.d):
        pc.call('sync')
    w.task = w.col.call('task', 'add', w.week, '--title', 'Khai lại', '--owner', 'Lò Thị Bé', '--due', '31/12/2099', '--as', 'tt',
                        secrets={'passphrase': PASS['verifier']})['id']
    w.b.call('record', 'asset', w.shared, 'condition=hong', '--reason', 'Bản lề gãy')
    w.c.call('record', 'asset', w.shared, 'condition=kem', '--reason', 'Đã cũ')
    w.b.call('sync')
    need('its own only', (w.a.names(), w.b.names()), (['Máy in của Hòa Khê'], ['Máy in của Khê Thượng', 'Tủ hồ sơ']))
    need('one commune each', [pc.scopes() for pc in w.all], [[INTO], [FROM], [FROM], [FROM]])


def test_nonsense(w):
    """what makes no sense is refused, and a look at it changes nothing"""
    size = w.size()
    for args, key in (((FROM, FROM), 'units.same'), (('99999', INTO), 'units.unknown'), ((FROM, '99999'), 'units.unknown'),
                      (('*', INTO), 'enrolment.scope')):
        need(' '.join(args), w.merge(*args, expect=None).error['key'], key)
    need('no passphrase', w.merge(FROM, INTO, '--apply', secrets=None, expect=64)['key'], 'op.secret_missing')
    look = w.merge(FROM, INTO, secrets=None)
    need('what it would do', (look['applied'], look['merged'], look['into_name'], len(look['certs'])), (False, False, 'Xã Hòa Khê', 8))
    need('own certs stay', sorted((c['scope'], c['role']) for c in look['certs']),
         sorted([(FROM, 'clerk'), (FROM, 'device')] + [(INTO, 'clerk'), (INTO, 'device')] * 3))
    need('nothing was written', w.size(), size)


def test_merge(w):
    """the merger: certs for both communes, then the merger itself; again it does nothing; old units take nobody in"""
    backup = w.path('collector.backup')
    w.col.call('backup', backup)
    size = w.size()
    got = w.merge(FROM, INTO, '--effective', '01/12/2026', '--source', 'NQ 12/2026', '--apply')
    need('done', (got['applied'], len(got['certs']), got['scope']), (True, 8, [FROM, INTO]))
    need('eight certs and the merger, no feed opened but none was there', w.size() - size, 9)
    again = w.merge(FROM, INTO, '--apply')
    need('again', (again['merged'], again['certs'], w.size() - size), (True, [], 9))
    keys = w.col.call('keys', '--scope', FROM, '--role', 'device')['keys']
    need('whose they are', sorted((k['name'], k['scope']) for k in keys),
         [('Máy a', [INTO, FROM]), ('Máy b', [FROM, INTO]), ('Máy c', [FROM, INTO]), ('Máy d', [FROM, INTO])])
    need('back', w.merge(INTO, FROM, '--apply', expect=None).error['key'], 'units.ended')
    need('elsewhere', w.merge(FROM, FAR, '--apply', expect=None).error['key'], 'units.ended')
    need('nobody joins it', w.slip('x', FROM, expect=65)['key'], 'units.ended')
    old = w.catalogue()
    need('an older list does not open it again', (old['merged'], old['closed'], old['renamed']), (1, 0, 0))
    reporter = {'passphrase': PASS['root'], 'staff_passphrase': PASS['verifier']}
    w.col.call('staff', 'add', 'bc', '--role', 'reporter', '--name', 'Vũ Báo Cáo', secrets=reporter)
    due = ['kind=weekly_statement', 'period=hang_tuan', 'due_weekday=2', 'due_hour=17', '--as', 'bc']
    by = {'passphrase': PASS['verifier']}
    need('nothing is due of it', w.col.call('schedule', 'publish', 'scopes=' + FROM, *due, secrets=by, expect=65)['key'], 'units.ended')
    w.col.call('schedule', 'publish', 'scopes=' + INTO, *due, secrets=by)


def test_both(w):
    """at its next contact a PC of either has both: register, history and photos of the other"""
    got = w.b.call('sync')
    need('in one contact', got['unknown'], 0)
    need('all records', w.b.names(), ['Máy in của Hòa Khê', 'Máy in của Khê Thượng', 'Tủ hồ sơ'])
    need('the other photo', got['files_received'] >= 1, True)
    s = w.b.call('status')
    need('where new ones go', (s['scope'], s['unit']), (INTO, 'Xã Hòa Khê'))
    need('both, its own first', [(x['scope'], x['unit'], x['ended']) for x in s['scopes']],
         [(FROM, 'Xã Khê Thượng', True), (INTO, 'Xã Hòa Khê', False)])
    need('people read it', ['Xã Khê Thượng' in w.b.said(*words) for words in (('status',), ('list',), ('search', 'may', 'in'))], [True] * 3)
    need('a PC of one does not ask which', 'units' in w.c.call('list'), False)
    need('a task of the old one', [t['id'] for t in w.b.call('due')['tasks']], [w.task])
    need('due of both together', [[d['kind'] for d in pc.call('due')['due']] for pc in (w.b, w.c)], [['weekly_statement'], []])
    need('who wrote it', w.b.call('history', w.old_a)['changes'][0]['who'], 'Nguyễn Văn An')
    w.a.call('sync')
    need('and the other way round', (w.a.names(), w.a.scopes()), (w.b.names(), [INTO, FROM]))
    need('nothing moves any more', [w.b.call('sync')['received'] for _ in range(2)], [0, 0])


def test_writing(w):
    """new records go to the commune that goes on; old ones are edited, corrected, linked and decided where they stand"""
    new = w.b.asset('Máy chiếu mới')
    need('new', w.b.scope_of(new), INTO)
    w.b.call('record', 'asset', w.old_a, 'location=Phòng 2', '--reason', 'Chuyển phòng')
    w.a.call('record', 'asset', w.old_b, 'location=Kho', '--reason', 'Chuyển kho')
    fixed = w.b.call('correct', w.week, 'contact_name=Lò Thị Bé', '--reason', 'Đổi người liên hệ')['records'][0]['id']
    need('a correction stands by what it corrects', w.b.scope_of(fixed), FROM)
    line = w.a.call('record', 'inventory_line', '--parent', w.session, 'asset=' + w.old_b, 'count_status=da_kiem', 'counted_qty=1',
                    'use_state=dung_muc_dich', 'condition=tot')
    need('a line stands by its session', (line['saved'], w.a.scope_of(line['records'][0]['id'])), (True, FROM))
    twin = w.c.asset('Máy in Khê Thượng (trùng)')
    week = [pc.call('record', 'weekly_statement', *WEEK, 'task=' + w.task, '--submit')['records'][0]['id'] for pc in (w.a, w.b)]
    need('one statement of both', (week[0] == week[1], w.a.scope_of(week[0])), (True, INTO))
    for pc in (w.b, w.a, w.b):
        pc.call('sync')
    need('all went', [pc.left() for pc in (w.a, w.b)], [(0, 0, 0, 0)] * 2)
    need('both know', (w.a.names(), w.a.call('show', w.old_a)['fields']['location']['value']), (w.b.names(), 'Phòng 2'))
    need('where it stands', [set(w.scopes_at_centre(n).values()) for n in ('Máy in của Khê Thượng', 'Máy chiếu mới')], [{FROM}, {INTO}])
    need('nothing is held', w.col.call('held')['total'], 0)
    need('the task is answered from where it went on', ([(t['id'], t['state']) for t in w.col.call('task', 'list', '--state', 'done')['tasks']],
         [pc.call('due')['tasks'] for pc in (w.a, w.b)]), ([(w.task, 'done')], [[], []]))
    need('two of different communes are not linked', w.a.call('link', w.old_b, new, '--reason', 'x', expect=65)['key'], 'same.other_scope')
    w.twin = twin


def test_offline(w):
    """a clerk cut off through the merger: what she wrote is in, then her PC has both, and what is decided there goes through"""
    need('she knows of nothing', (w.c.scopes(), w.c.scope_of(w.c.asset('Ghi lúc mất mạng'))), ([FROM], FROM))
    waiting = w.c.call('status')['unsent']
    got = w.c.call('sync')
    need('nothing is lost', (got['accepted'] >= waiting, got['quarantined'], got['refused'], w.c.left()), (True, 0, 0, (0, 0, 0, 0)))
    need('then both', w.c.scopes(), [FROM, INTO])
    need('and hers are there', {'Ghi lúc mất mạng', 'Máy in của Hòa Khê', 'Máy chiếu mới'} <= set(w.c.names()), True)
    need('new ones go on', w.c.scope_of(w.c.asset('Ghi khi có mạng lại')), INTO)
    for pc in (w.a, w.b, w.c):
        pc.call('sync')
    need('two values met', [sum(len(x['fields']) for x in pc.call('conflicts')['conflicts']) for pc in (w.a, w.c)], [1, 1])
    w.a.call('resolve', w.shared, 'condition=hong', '--reason', 'Đã xem tận nơi')
    w.a.call('link', w.old_b, w.twin, '--reason', 'Cùng một máy')
    for pc in (w.a, w.b, w.c):
        pc.call('sync')
    need('decided', [len(pc.call('conflicts')['conflicts']) for pc in (w.a, w.b, w.c)], [0, 0, 0])
    need('one thing', [len(w.c.call('show', w.old_b)['members'])], [1])
    need('the same everywhere', (w.a.names(), w.b.names()), (w.c.names(), w.c.names()))


def test_stick(w):
    """the same by stick: the answer says it, the next one brings the other commune; PC to PC for either"""
    old = w.d.asset('Bàn đi bằng thẻ')
    told = w.col.call('import', w.d.call('export', '--usb', w.stick())['file'], '--reply', w.stick(), secrets=REGISTRAR)
    need('accepted', (told['accepted'] >= 1, told['refused'], told['quarantined']), (True, 0, 0))
    w.d.call('import', told['reply']['file'])
    need('it is told', w.d.scopes(), [FROM, INTO])
    told = w.col.call('import', w.d.call('export', '--usb', w.stick())['file'], '--reply', w.stick(), secrets=REGISTRAR)
    w.d.call('import', told['reply']['file'])
    w.b.call('sync')
    need('the register of both', w.d.names(), w.b.names())
    new = w.d.asset('Ghế đi bằng thẻ')
    need('old stays, new goes on', (w.d.scope_of(old), w.d.scope_of(new)), (FROM, INTO))
    w.d.call('record', 'asset', old, 'location=Sân', '--reason', 'Chuyển ra sân')
    for scope in (FROM, INTO):
        out = w.d.call('export', '--usb', w.stick(), '--to', 'Máy a', '--scope', scope)
        need('of ' + scope, (out['scope'], out['records'] >= 1), (scope, True))
        w.a.call('import', out['file'])
    need('a third is not its own', w.d.call('export', '--usb', w.stick(), '--to', 'Máy a', '--scope', FAR, expect=65)['key'], 'usb.other_scope')
    w.a.call('sync')
    need('handed in', {'Ghế đi bằng thẻ', 'Bàn đi bằng thẻ'} <= set(w.a.names()), True)
    w.d.call('sync')
    need('and known as sent', w.d.left(), (0, 0, 0, 0))


def test_restored(w):
    """a PC lost and restored is enrolled in the commune that goes on, and has both again; a new clerk too"""
    w.b.asset('Chưa gửi khi hỏng máy')
    w.b.call('record', 'asset', w.old_b, 'location=Gác', '--reason', 'Chuyển lên gác')
    w.b.call('backup', w.path('b.backup'))
    w.b.down()
    shutil.rmtree(w.b.home)
    w.b.call('restore', w.path('b.backup'))
    need('the same place', (w.b.call('status')['scope'] in (FROM, INTO), w.b.scopes()), (True, [FROM]))
    w.b.call('enrol', w.slip('b2', INTO), '--pc', 'Máy b mới')
    w.b.up()
    for _ in range(2):
        w.b.call('sync')
    need('all sent', w.b.left(), (0, 0, 0, 0))
    need('both', sorted(w.b.scopes()), [INTO, FROM])
    w.b.call('clerk', 'add', 'Người mới', secrets=PIN)
    w.b.call('sync')
    waiting = w.col.call('enrol', 'list')['waiting']
    need('she waits', [(x['name'], x['scope']) for x in waiting], [('Người mới', INTO)])
    w.col.call('enrol', 'approve', waiting[0]['fingerprint'], secrets=REGISTRAR)
    w.b.call('sync')
    w.b.call('record', 'asset', w.old_b, 'location=Sảnh', '--reason', 'Đưa xuống', '--clerk', 'Người mới')
    w.b.call('sync')
    need('she edits the old ones', (w.b.left(), w.col.call('held')['total']), ((0, 0, 0, 0), 0))


def test_revoked(w):
    """a PC is revoked in all its communes at once; a third commune knows nothing of it"""
    fingerprint = next(k['fingerprint'] for k in w.col.call('keys', '--role', 'device')['keys'] if k['name'] == 'Máy c')
    got = w.col.call('revoke', fingerprint, '--reason', 'Mất máy', '--as', 'registrar', secrets=REGISTRAR)
    need('in both', got['scope'], [FROM, INTO])
    need('once', w.col.call('revoke', fingerprint, '--reason', 'Mất máy', '--as', 'registrar', secrets=REGISTRAR, expect=65)['key'],
         'revoke.already')
    new = w.c.asset('Sau khi mất')
    w.c.call('record', 'asset', w.old_b, 'location=Chỗ kẻ trộm', '--reason', 'x')
    w.c.call('sync')
    held = w.col.call('held')
    need('held, of either', sorted({x['scope'] for x in held['held']}), [INTO, FROM])
    w.a.call('sync')
    need('neither counts', ('Sau khi mất' in w.a.names(), w.a.call('show', w.old_b)['fields']['location']['value']), (False, 'Sảnh'))
    mine = [x['entry'] for x in held['held'] if x.get('id') == new]
    w.col.call('admit', *mine, '--scope', INTO, '--reason', 'Đã hỏi', '--as', 'registrar', secrets=REGISTRAR)
    w.a.call('sync')
    need('let in', 'Sau khi mất' in w.a.names(), True)
    need('no more certs for it', w.merge(FROM, INTO)['certs'], [])


def test_set_back(w):
    """the collector is set back to before the merger: the PCs bring certs and merger back, and everything since"""
    names, size = w.a.names(), w.size()
    w.down()
    shutil.rmtree(w.col.home)
    w.col.call('restore', w.path('collector.backup'))
    w.col.call('recover', secrets={'passphrase': PASS['root']})
    w.up()
    for pc in (w.d, w.b, w.a, w.d, w.b, w.a):
        pc.call('sync')
    need('all is back', [pc.left() for pc in (w.a, w.b, w.d)], [(0, 0, 0, 0)] * 3)
    need('as it was', (w.a.names(), w.b.names(), w.d.names()), (names, names, names))
    need('the log too, with a new head', w.size() >= size, True)
    need('the merger holds', w.merge(INTO, FROM, expect=None).error['key'], 'units.ended')
    got = w.merge(FROM, INTO, '--apply')
    need('and is only noted in the catalogue again', (got['merged'], got['certs']), (True, []))
    need('whose scopes', [k['scope'] for k in w.col.call('keys', '--role', 'device')['keys'] if k['name'] == 'Máy a'], [[INTO, FROM]])


def test_clean(w):
    """everything verifies, here and by the outside verifier"""
    for who in (w.a, w.b, w.c, w.d, w.col):
        need('%s verifies' % os.path.basename(who.home), who.call('verify', '--all')['ok'], True)
    need('no feed has parted', w.col.call('forks')['forks'], [])
    got, _ = w.lines()
    with open(w.path('checkpoint'), 'w', encoding='utf-8') as f:
        f.write(got['checkpoint'])
    with open(w.path('slip-a.json'), encoding='utf-8') as f:
        root = json.load(f)['root']
    with open(w.path('root.pub'), 'w', encoding='utf-8') as f:
        f.write(root + '\n')
    os.makedirs(w.path('blobs'))
    for folder, _, found in os.walk(w.path('collector', 'blobs')):
        for name in found:
            if len(name) == 64:
                shutil.copyfile(os.path.join(folder, name), w.path('blobs', name))
    os.makedirs(w.path('receipts'))
    for n, (pc, ident) in enumerate(((w.b, w.week), (w.a, w.old_a))):
        pc.call('receipt', ident, '--out', w.path('receipts', '%02d' % n))
    got = w.col.call('verify', '--all')
    summary = {k: got[k] for k in ('entries', 'signatures', 'leaves')}
    summary.update(receipts=2, conflicts=1, closed=1, logs=2)
    with open(w.path('summary.json'), 'w', encoding='utf-8') as f:
        json.dump(summary, f)
    p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'verify.py'), w.folder], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False)
    need('the outside verifier: ' + p.stdout.decode(), p.returncode, 0)


TESTS = [test_before, test_nonsense, test_merge, test_both, test_writing, test_offline, test_stick, test_restored, test_revoked,
         test_set_back, test_clean]


def main():
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        w = World(folder)
        try:
            w.prepare()
            return 1 if tap(TESTS, w) else 0
        except Failed as e:
            print('Bail out! %s' % e)
            return 1
        finally:
            for pc in w.all:
                pc.down()
            w.down()


if __name__ == '__main__':
    sys.exit(main())
