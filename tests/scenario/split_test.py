#!/usr/bin/env python3
"""Part of a commune given to another, with the real programs: a PC that stays, one that goes over and was cut off meanwhile, one of
the commune that gets the part. No record moves; each place is due, and each task asked for, in exactly one of the two; the
board and the report count each commune once, and the report of the week before stays the same file. Prints TAP. Programs are
found in $KK_BIN.
clause: M22 M20 K14 R2 R3"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, lasting_port, need, tap  # noqa: E402
from stick import ASSET, BIN, PASS, PIN, REGISTRAR, ROOT  # noqa: E402

STAFF = {'passphrase': PASS['verifier']}
OLD, NEW = '01201', '01202'
CATALOGUE = ('province_code,province_name,commune_code,commune_name,kind\n01,Hà Nội,01201,Xã Hòa Khê,xa\n01,Hà Nội,01202,Xã Khê Thượng,xa\n'
             '01,Hà Nội,01203,Xã Khê Hạ,xa\n')
PLACE = ['unit_code=0045101', 'address=Thôn 1', 'facility_type=tru_so', 'land_cert=co', 'surplus_status=khong']
BOTH = ['Trạm y tế', 'Trụ sở xã']
WEEK = ['declared_adequate=co', 'checklist=dm_2026_1', 'car=co', 'contact_name=Trần Đức Ân', 'contact_phone=0900045101']


class World:
    def __init__(self, folder):
        self.folder, self.owners, self.port = folder, [], lasting_port()
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a, self.b, self.c = self.pcs = [Program(os.path.join(BIN, 'kiemke'), self.path(x)) for x in 'abc']

    def path(self, *name):
        return os.path.join(self.folder, *name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)

    def prepare(self):
        self.root = self.col.call('init', '--name', 'Tỉnh thử', '--url', 'http://127.0.0.1:%d' % self.port,
                                  secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})['root']
        self.col.call('catalogue', 'import', self.write('c.csv', CATALOGUE), secrets=REGISTRAR)
        for role in ('verifier', 'reporter'):
            self.col.call('staff', 'add', role, '--role', role, '--name', 'Cán bộ ' + role,
                          secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['verifier']})
        self.owners.append(Owner(self.col, '--port', self.port, secrets=REGISTRAR))
        for pc, scope, clerk in ((self.a, OLD, 'Nguyễn Văn An'), (self.b, OLD, 'Lò Thị Bé'), (self.c, NEW, 'Giàng A Sử')):
            self.col.call('enrol', 'code', '--scope', scope, '--out', pc.home + '.json')
            pc.call('enrol', pc.home + '.json', '--pc', 'Máy ' + clerk, '--clerk', clerk, secrets=PIN)
            self.owners.append(Owner(pc, '--offline'))
            pc.call('unlock', secrets=PIN)
            pc.call('sync')

    def sync(self, *pcs):
        for pc in pcs or self.pcs:
            pc.call('sync')

    def place(self, pc, name, *more):
        return pc.call('record', 'facility', 'name=' + name, *PLACE, *more)['records'][0]['id']

    def visit(self, pc, place, **more):
        with open(os.path.join(ROOT, 'tests', 'sample', 'facility_check.json'), encoding='utf-8') as f:
            body = json.load(f)
        body['fields'].update(facility_id=place, **more)
        ident = pc.call('record', '--file', self.write('visit.json', json.dumps(body)))['records'][0]['id']
        return pc.call('submit', ident)['records'][0]['id']

    def split(self, *args, expect=0, secrets=REGISTRAR):
        return self.col.call('unit', 'split', *args, expect=expect, secrets=secrets)

    def task(self, about, title):
        return self.col.call('task', 'add', about, '--title', title, '--owner', 'Nguyễn Văn An', '--due', '31/12/2099', '--as', 'verifier',
                             secrets=STAFF)['id']

    def size(self):
        return self.col.call('checkpoint')['size']

    def due(self):
        """Of each PC: the places that are due, the tasks."""
        got = [pc.call('due') for pc in self.pcs]
        return ([sorted(x['title'].split(' · ')[0] for d in g['due'] if d['kind'] == 'facility_check' for x in d['left']) for g in got],
                [sorted(t['title'] for t in g['tasks']) for g in got])

    def hash(self, name):
        with open(self.path(name), 'rb') as f:
            return hashlib.sha256(f.read()).hexdigest()


def fingerprint(pc):
    return pc.call('status')['fingerprint']


def test_before(w):
    """one commune with two places, a task about each, and an issue of the report; the other has nothing of it"""
    w.stays, w.goes = w.place(w.a, 'Trụ sở xã'), w.place(w.a, 'Trạm y tế')
    w.printer = w.a.call('record', 'asset', 'name=Máy in của trạm', 'facility_id=' + w.goes, *ASSET)['records'][0]['id']
    w.old_visit = w.visit(w.a, w.place(w.a, 'Nhà kho'))
    week = w.a.call('record', 'weekly_statement', 'week=2026-W47', 'checked_at=2026-11-18T16:05', *WEEK, '--submit')['records'][0]['id']
    w.sync()
    w.col.call('review', week, '--approve', '--as', 'verifier', secrets=STAFF)
    w.col.call('schedule', 'publish', 'kind=facility_check', 'period=hang_nam', 'due_day=31', 'due_month=12', 'due_hour=17', 'scopes=01', '--as',
               'reporter', secrets=STAFF)
    session = w.a.call('record', 'inventory', 'unit_name=Xã Hòa Khê', 'unit_code=0045101', 'cut_off=2025-12-01T00:00',
                       'counted_at=2025-12-02T08:00')['records'][0]['id']
    w.a.call('count', session, w.printer, 'counted_qty=1', 'condition=kha')
    w.tasks = [w.task(w.stays, 'Sửa mái trụ sở'), w.task(w.goes, 'Sửa mái trạm')]
    w.issue = w.col.call('report', 'freeze', '--week', '2026-W47', '--as', 'reporter', '--csv', w.path('w47.csv'), secrets=STAFF)
    w.sync()
    places, tasks = w.due()
    need('all is due in one', (places, tasks), ([BOTH, BOTH, []], [['Sửa mái trạm', 'Sửa mái trụ sở']] * 2 + [[]]))


def test_nonsense(w):
    """what makes no sense is refused, and a look at it changes nothing"""
    size = w.size()
    for args, key in (((OLD, OLD), 'units.split_same'), (('99999', NEW), 'units.unknown'), ((OLD, '99999'), 'units.unknown'),
                      ((OLD, '*'), 'enrolment.scope'), ((OLD, NEW, '--pc', fingerprint(w.c)), 'units.no_pc'),
                      ((OLD, NEW, '--pc', '00000 00000 00000 00000'), 'units.no_pc')):
        need(' '.join(args), w.split(*args, expect=None).error['key'], key)
    need('no passphrase', w.split(OLD, NEW, '--apply', secrets=None, expect=64)['key'], 'op.secret_missing')
    look = w.split(OLD, NEW, '--pc', fingerprint(w.b), secrets=None)
    need('what it would do', (look['applied'], look['split'], look['scope'], sorted((c['scope'], c['role']) for c in look['certs'])),
         (False, False, [NEW, OLD], [(OLD, 'clerk'), (OLD, 'device'), (NEW, 'clerk'), (NEW, 'device')]))
    need('nothing was written', w.size(), size)


def test_split(w):
    """certs one way, then the split; again it does nothing; who joins the one that got the part reads what was before"""
    size = w.size()
    got = w.split(OLD, NEW, '--pc', fingerprint(w.b), '--effective', '01/12/2026', '--source', 'NQ 12/2026', '--apply')
    need('done', (got['applied'], got['split'], len(got['certs'])), (True, False, 4))
    need('four certs and the split', w.size() - size, 5)
    again = w.split(OLD, NEW, '--apply')
    need('again', (again['split'], again['certs'], w.size() - size), (True, [], 5))
    keys = w.col.call('keys', '--role', 'device')['keys']
    need('nothing goes back', [w.split(NEW, OLD, *more, expect=None).error['key'] for more in ((), ('--apply',))], ['units.split_back'] * 2)
    need('whose they are', sorted((k['name'], k['scope']) for k in keys),
         [('Máy Giàng A Sử', [NEW, OLD]), ('Máy Lò Thị Bé', [OLD, NEW]), ('Máy Nguyễn Văn An', [OLD])])
    one, other = (w.col.call('unit', 'show', x) for x in (OLD, NEW))
    need('shown', ([u['code'] for u in one['part_into']], [u['code'] for u in other['part_from']], one['closed']), ([NEW], [OLD], False))
    need('nobody has it read that the list would change it', w.col.call('catalogue', 'import', w.path('c.csv'), secrets=REGISTRAR)['closed'], 0)


def test_told(w):
    """each PC is told what it means to it; what was written cut off is in; new ones go where the PC belongs"""
    late = w.b.call('record', 'asset', 'name=Ghi lúc mất mạng', *ASSET)['records'][0]['id']
    w.sync()
    need('means', [[(s['unit'], s['into'], s['into_name'], s['date_text'], s['means']) for s in pc.call('status')['splits']] for pc in w.pcs],
         [[(OLD, NEW, 'Xã Khê Thượng', '01/12/2026', x)] for x in ('stays', 'moved', 'got')])
    need('people read it', [word in pc.said('status') for pc, word in ((w.a, 'Xã Khê Thượng (01202)'), (w.b, 'Xã Khê Thượng'), (w.c, 'Xã Hòa Khê (01201)'))],
         [True] * 3)
    need('where new ones go', [(s['scope'], s['unit']) for s in (pc.call('status') for pc in w.pcs)],
         [(OLD, 'Xã Hòa Khê'), (NEW, 'Xã Khê Thượng'), (NEW, 'Xã Khê Thượng')])
    need('history reads through', [w.c.call('show', x)['scope'] for x in (w.old_visit, w.goes, late)], [OLD] * 3)
    need('who wrote it', w.c.call('history', w.goes)['changes'][0]['who'], 'Nguyễn Văn An')
    need('nothing is held or left', (w.col.call('held')['total'], [pc.call('status')['unsent'] for pc in w.pcs]), (0, [0, 0, 0]))


def test_belongs(w):
    """until somebody says so everything stays; then a place, and what is asked about it, is due in exactly one of them"""
    need('of a commune without places one visit, not what the other one made before',
         [[(d['total'], d['done'], d['state']) for d in pc.call('due')['due']] for pc in (w.b, w.c)], [[(1, 0, 'open')]] * 2)
    need('the rest stays', w.due(), ([BOTH, [], []], [['Sửa mái trạm', 'Sửa mái trụ sở'], [], []]))
    w.c.call('record', 'facility', w.goes, 'commune_code=' + NEW, '--reason', 'Theo NQ 12/2026')
    w.sync(w.c, w.a, w.b)
    need('each in one', w.due(), ([BOTH[1:], BOTH[:1], BOTH[:1]], [['Sửa mái trụ sở'], ['Sửa mái trạm'], ['Sửa mái trạm']]))
    need('no record moved', [pc.call('show', w.goes)['scope'] for pc in w.pcs], [OLD] * 3)


def test_task(w):
    """a task of the old scope is answered from the new one, here as at the centre"""
    answer = w.visit(w.b, w.goes, task=w.tasks[1])
    w.sync(w.b, w.c, w.a)
    need('written where the PC belongs', w.b.call('show', answer)['scope'], NEW)
    got = {t['id']: t for t in w.col.call('task', 'list')['tasks']}
    need('answered', [(got[x]['state'], got[x].get('answer', {}).get('id')) for x in w.tasks], [('open', None), ('done', answer)])
    need('in the list too', [t['id'] for t in w.col.call('task', 'list', '--state', 'open')['tasks']], w.tasks[:1])
    need('and here', w.due()[1], [['Sửa mái trụ sở'], [], []])


def test_counted(w):
    """the board has each commune once, by whoever belongs there; the report counts each place once"""
    for pc in (w.a, w.b):
        pc.call('record', 'weekly_statement', 'week=2026-W48', 'checked_at=2026-11-24T16:05', *WEEK, '--submit')
    w.sync()
    got = w.col.call('board', '--week', '2026-W48', '--province', '01')
    need('each once', [(u['code'], u['state']) for u in got['units']], [(OLD, 'unverified'), (NEW, 'unverified'), ('01203', 'never')])
    need('late data stays with the old', [u['state'] for u in w.col.call('board', '--week', '2026-W47', '--province', '01')['units']][:1], ['verified'])
    again = w.col.call('report', '--at', w.issue['size'], '--csv', w.path('again.csv'))
    need('the same file', (again['csv'], w.hash('again.csv')), (w.issue['csv'], w.hash('w47.csv')))
    w.col.call('report', 'freeze', '--week', '2026-W48', '--as', 'reporter', secrets=STAFF)
    got = w.col.call('report', '--week', '2026-W48', '--csv', w.path('w48.csv'), '--lines', w.path('w48.jsonl'))
    need('each place once', got['total']['places'], w.issue['total']['places'])
    p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'report.py'), w.path('w48.jsonl'), w.root, w.path('w48.csv')],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    need('recounted by other code: ' + p.stdout.decode(), p.returncode, 0)


def test_stocktake(w):
    """property of the part is in the books of a session of the new commune, wherever it stands"""
    session = w.b.call('record', 'inventory', 'unit_name=Xã Khê Thượng', 'unit_code=0045101', 'cut_off=2026-12-01T00:00',
                       'counted_at=2026-12-02T08:00')['records'][0]['id']
    need('where', (w.b.call('show', session)['scope'], w.b.call('show', w.printer)['scope']), (NEW, OLD))
    got = w.b.call('stocktake', session, '--only', 'uncounted')
    need('in the books, and what was said of it where it was',
         [(x['last']['status'], x['last']['counted_at'], x['last']['condition_text']) for x in got['lines'] if x['name'] == 'Máy in của trạm'],
         [('da_kiem', '02/12/2025 08:00', 'Khá')])


def test_joined(w):
    """a clerk who comes later to the PC that went over gets both; everything verifies"""
    w.b.call('clerk', 'add', 'Người mới', secrets=PIN)
    w.b.call('sync')
    waiting = w.col.call('enrol', 'list')['waiting']
    need('she waits', [(x['name'], x['scope']) for x in waiting], [('Người mới', NEW)])
    w.col.call('enrol', 'approve', waiting[0]['fingerprint'], secrets=REGISTRAR)
    w.b.call('sync')
    w.b.call('record', 'asset', w.printer, 'location=Phòng khám', '--reason', 'Chuyển phòng', '--clerk', 'Người mới')
    w.b.call('sync')
    need('she edits the old ones', (w.b.call('status')['unsent'], w.col.call('held')['total']), (0, 0))
    for who in (*w.pcs, w.col):
        need('%s verifies' % os.path.basename(who.home), who.call('verify', '--all')['ok'], True)


def test_renewed(w):
    """a new key for a lost PIN goes on where the old one was, on the PC that went over"""
    w.b.call('clerk', 'renew', '--clerk', 'Lò Thị Bé', secrets={'new_pin': PIN['pin']})
    w.b.call('sync')
    waiting = w.col.call('enrol', 'list')['waiting']
    need('she waits', [(x['name'], x['scope']) for x in waiting], [('Lò Thị Bé', NEW)])
    w.col.call('enrol', 'approve', waiting[0]['fingerprint'], secrets=REGISTRAR)
    w.b.call('sync')
    week = w.b.call('record', 'weekly_statement', 'week=2026-W49', 'checked_at=2026-12-01T16:05', *WEEK, '--submit', '--clerk', 'Lò Thị Bé')['records'][0]['id']
    need('where it is written', w.b.call('show', week)['scope'], NEW)


def test_asked_before(w):
    """a clerk asked for before her PC went over gets what it has by then; what went on twice does not come back"""
    w.c.call('clerk', 'add', 'Trước khi tách', secrets=PIN)
    w.c.call('sync')
    waiting = w.col.call('enrol', 'list')['waiting']
    w.split(NEW, '01203', '--pc', fingerprint(w.c), '--apply')
    need('she asked for the old one', [(x['name'], x['scope']) for x in waiting], [('Trước khi tách', NEW)])
    w.col.call('enrol', 'approve', waiting[0]['fingerprint'], secrets=REGISTRAR)
    need('whose she is', [k['scope'] for k in w.col.call('keys', '--role', 'clerk')['keys'] if k['name'] == 'Trước khi tách'], [[NEW, OLD, '01203']])
    w.c.call('sync')
    week = w.c.call('record', 'weekly_statement', 'week=2026-W49', 'checked_at=2026-12-01T16:05', *WEEK, '--submit', '--clerk', 'Trước khi tách')['records'][0]['id']
    need('where she writes', w.c.call('show', week)['scope'], '01203')
    need('no ring', w.split('01203', OLD, '--apply', expect=None).error['key'], 'units.split_back')
    size, wrong = w.size(), w.col.call('unit', 'merge', '01203', OLD, '--apply', expect=65, secrets=REGISTRAR)
    need('nor by a merger, past one that goes on', (wrong['key'], wrong['clause'], w.size() - size), ('units.ring', 'M22', 0))
    need('which', '01201 → 01202 → 01203 → 01201' in wrong['message'] and 'xã 01202 vẫn hoạt động riêng' in wrong['message'], True)
    need('what came of it may go back whole', w.col.call('unit', 'merge', NEW, OLD, secrets=REGISTRAR)['merged'], False)


TESTS = [test_before, test_nonsense, test_split, test_told, test_belongs, test_task, test_counted, test_stocktake, test_joined, test_renewed, test_asked_before]


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
            for owner in w.owners:
                owner.stop()


if __name__ == '__main__':
    sys.exit(main())
