#!/usr/bin/env python3
"""What staff of the centre do, with the real programs and two PCs of one commune: staff keys, the catalogue
imported again, forms and schedules published, reviews, values decided, a key revoked and its late entries
admitted, backup, and two shells of all this beside a serving collector. Each is looked at where it counts: at the
centre and on the PCs. Prints TAP. Programs are found in $KK_BIN.
clause: K6 K9 K10 A5 A6 A7 A10 M10 M12 A13"""
import concurrent.futures
import json
import os
import shutil
import sqlite3
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, MERGED = '01201', '01202'
PIN = {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'staff': 'mot cum can bo'}
ROOT_KEY, REGISTRAR, STAFF = ({'passphrase': PASS[k]} for k in ('root', 'registrar', 'staff'))
NEW_STAFF = {'passphrase': PASS['root'], 'staff_passphrase': PASS['staff']}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']
STATEMENT = {'checked_at': '2026-11-24T16:05', 'declared_adequate': 'co', 'checklist': 'dm_2026_1', 'car': 'co',
             'contact_name': 'Trần Đức Ân', 'contact_phone': '0900045101'}
SCHEDULE = ['kind=weekly_statement', 'period=hang_tuan', 'due_weekday=Thứ Sáu', 'due_hour=17', 'scopes=' + SCOPE]
CATALOGUE = 'province_code,province_name,commune_code,commune_name,kind\n'


def only(what, items):
    need(what, len(items), 1)
    return items[0]


class World:
    def __init__(self, folder):
        self.folder, self.owners, self.weeks = folder, [], iter(range(10, 52))
        self.more = {}  # what a newer form asks for
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a, self.b = (Program(os.path.join(BIN, 'kiemke'), self.path(x)) for x in ('pc-a', 'pc-b'))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.owners.append(Owner(self.col, '--port', '0', secrets=REGISTRAR))
        self.col.call('catalogue', 'import', self.write('c1.csv', CATALOGUE + '01,Hà Nội,01201,Hòa Khê,xa\n01,Hà Nội,01202,Khê Thượng,xa\n'),
                      secrets=REGISTRAR)
        for role in ('verifier', 'reporter'):
            self.col.call('staff', 'add', role, '--role', role, '--name', 'Cán bộ ' + role, secrets=NEW_STAFF)
        for pc, clerk in ((self.a, 'Nguyễn Văn An'), (self.b, "H'Lan Niê")):
            slip = pc.home + '.json'
            self.col.call('enrol', 'code', '--scope', SCOPE, '--out', slip)
            need('enrolled', pc.call('enrol', slip, '--clerk', clerk, secrets=PIN)['state'], 'approved')
            self.owners.append(Owner(pc, '--offline'))
            pc.call('unlock', secrets=PIN)  # so that not each record costs the derivation of a key
            pc.call('sync')

    def stop(self):
        for owner in self.owners:
            owner.stop()

    def sync(self, *pcs):
        for pc in pcs:
            need('nothing is refused', pc.call('sync')['refused'], 0)

    def asset(self, pc, name):
        return only('record', pc.call('record', 'asset', 'name=' + name, *ASSET)['records'])['id']

    def change(self, pc, ident, *fields):
        return only('record', pc.call('record', 'asset', ident, *fields, '--reason', 'Kiểm tra')['records'])

    def statement(self, pc, **more):
        """A draft of a statement for a week of its own."""
        body = {'kind': 'weekly_statement', 'fields': dict(STATEMENT, week='2026-W%02d' % next(self.weeks), **self.more, **more)}
        got = pc.call('record', '--file', self.write('record.json', json.dumps(body)))
        return only('draft', got['records'])['id']

    def submit(self, pc, draft):
        return only('submission', pc.call('submit', draft)['records'])

    def submitted(self, pc):
        ident = self.submit(pc, self.statement(pc))['id']
        self.sync(pc)
        return ident

    def standing(self, ident):
        return self.col.call('show', ident)['standing']

    def seen(self, draft):
        """What publishes a draft as it is now: its name, and the hash by which it was looked at."""
        return '--draft', draft, '--sha256', self.col.call('form', 'show', draft, '--draft')['sha256']

    def value(self, who, ident, field):
        return who.call('show', ident)['fields'].get(field, {}).get('value')

    def review(self, ident, *args, expect=0, key='verifier', **kw):
        return self.col.call('review', ident, *args, '--as', key, secrets=kw.get('secrets', STAFF), expect=expect)

    def payloads(self):
        self.col.call('lines', self.path('log.lines'))
        with open(self.path('log.lines'), encoding='utf-8') as f:
            lines = f.read().splitlines()
        os.unlink(self.path('log.lines'))
        return [json.loads(x.split(' ', 1)[1]) for x in lines]

    def clean(self):
        need('the collector verifies', self.col.call('verify', '--all')['ok'], True)


def test_staff(w):
    """staff add: a mistake costs nothing, not even the name; a role reaches as far as its table"""
    args = ('staff', 'add', 'tinh', '--role', 'province_verifier', '--name', 'Lê Thị Tỉnh')
    e = w.col.call(*args, '--scope', '99', secrets=NEW_STAFF, expect=65)
    need('the scope is named', (e['clause'], e['args']['scope']), ('E14', '99'))
    need('no such province', w.col.call(*args, '--province', '98', secrets=NEW_STAFF, expect=66)['key'], 'staff.province')
    need('wrong passphrase', w.col.call(*args, '--scope', MERGED, secrets=dict(NEW_STAFF, passphrase='khong phai mat khau'), expect=77)['key'],
         'vault.passphrase_wrong')
    need('too short', w.col.call(*args, '--scope', MERGED, secrets=dict(NEW_STAFF, staff_passphrase='ngan'), expect=65)['key'], 'vault.passphrase_short')
    own = ('staff', 'add', 'webhook', '--role', 'verifier', '--name', 'Lê Thị Tỉnh')
    need('a key of the collector itself', w.col.call(*own, secrets=NEW_STAFF, expect=65)['key'], 'vault.reserved')
    got = w.col.call(*args, '--scope', MERGED, secrets=NEW_STAFF)
    need('certified', (got['role'], got['scope']), ('province_verifier', [MERGED]))
    need('a name is used once', w.col.call(*args, secrets=NEW_STAFF, expect=73)['key'], 'vault.exists')
    ident = w.submitted(w.a)
    need('another commune', w.review(ident, '--approve', key='tinh', expect=77)['clause'], 'A4')
    need('another role', w.review(ident, '--approve', key='reporter', expect=77)['clause'], 'A5')
    need('an unknown key', w.review(ident, '--approve', key='khong-co', expect=66)['key'], 'vault.none')
    need('nothing came of it', w.standing(ident)['state'], 'received')
    all_communes = w.col.call('staff', 'add', 'ha-noi', '--role', 'province_verifier', '--province', '01', '--name', 'Hà Nội', secrets=NEW_STAFF)
    need('all communes of the province', sorted(all_communes['scope']), [SCOPE, MERGED])


def test_catalogue(w):
    """catalogue import again: renamed, upgraded, merged units closed; one entity with its history, records untouched"""
    ident = w.asset(w.a, 'Máy trước khi đổi tên')
    w.sync(w.a)
    before = w.col.call('show', ident)
    again = CATALOGUE + '01,Hà Nội,01201,Hòa Khê Mới,phuong\n02,Cao Bằng,01203,Đàm Thủy,xa\n'
    bad = w.write('bad.csv', again + '02,Cao Bằng,0120,Thiếu số,xa\n')
    e = w.col.call('catalogue', 'import', bad, secrets=REGISTRAR, expect=65)
    need('the cell is named', (e['args']['line'], e['args']['column']), ('4', 'commune_code'))
    got = w.col.call('catalogue', 'import', w.write('c2.csv', again), '--effective', '2026-12-01', secrets=REGISTRAR)
    need('counted', {k: got[k] for k in ('provinces', 'communes', 'added', 'renamed', 'upgraded', 'closed')},
         {'provinces': 2, 'communes': 2, 'added': 1, 'renamed': 1, 'upgraded': 1, 'closed': 1})
    need('twice changes nothing', w.col.call('catalogue', 'import', w.path('c2.csv'), secrets=REGISTRAR)['renamed'], 0)
    need('the new name is on slips', w.col.call('enrol', 'code', '--scope', SCOPE)['slip']['unit'], 'Hòa Khê Mới')
    after = w.col.call('show', ident)
    need('proven by a newer checkpoint', after['standing'].pop('receipt')['size'] > before['standing'].pop('receipt')['size'], True)
    need('the commune goes by its name of today', [x['standing'].pop('unit') for x in (before, after)], ['Hòa Khê', 'Hòa Khê Mới'])
    need('the record is as it was', after, before)
    w.sync(w.a)
    kept = only('catalogue on the PC', w.a.call('list', '--kind', 'catalogue')['items'])
    need('nothing in doubt', kept['conflicts'], 0)
    blobs = [x['new']['sha256'] for x in w.a.call('history', kept['id'], '--field', 'blob')['changes']]
    need('its history', (len(blobs), len(set(blobs))), (3, 2))
    need('and the date only of the one that had it', w.value(w.a, kept['id'], 'effective_date'), None)


def test_forms(w):
    """form publish and close: the new version reaches the PC, a draft keeps the old one, late records of it count"""
    with open(os.path.join(ROOT, 'sync', 'forms', 'weekly_statement.json'), encoding='utf-8') as f:
        form = json.load(f)
    before, old_a, old_b = w.submitted(w.a), w.statement(w.a), w.statement(w.b)
    form['version'] = 3
    e = w.col.call('form', 'publish', w.write('form.json', json.dumps(form)), secrets=ROOT_KEY, expect=65)
    need('one version after the other', (e['clause'], e['args']['version']), ('K6', '2'))
    form['version'] = 2
    form['fields'].append({'name': 'room_count', 'type': 'int', 'label': {'vi': 'Số phòng làm việc', 'en': 'Rooms'},
                           'merge': 'keep', 'required': True, 'min': 1, 'max': 500})
    form['fields'][-1]['type'] = 'number_of_rooms'
    e = w.col.call('form', 'publish', w.write('form.json', json.dumps(form)), secrets=ROOT_KEY, expect=65)
    need('an error with its place', e['args'].get('at', '').startswith('fields['), True)
    form['fields'][-1]['type'] = 'int'
    got = w.col.call('form', 'publish', w.write('form.json', json.dumps(form)), secrets=ROOT_KEY)
    need('published', (got['form'], got['version'], got['state']), ('weekly_statement', 2, 'published'))
    got = w.col.call('form', 'close', 'weekly_statement', '1', secrets=ROOT_KEY)
    need('closed', (got['version'], got['state']), (1, 'closed'))
    e = w.col.call('form', 'close', 'weekly_statement', '1', secrets=ROOT_KEY, expect=65)
    need('once', (e['key'], e['args']['version']), ('form.closed', '1'))
    need('no such version', w.col.call('form', 'close', 'weekly_statement', '9', secrets=ROOT_KEY, expect=66)['args']['version'], '9')
    w.sync(w.a)
    sent = w.submit(w.a, old_a)
    need('the draft keeps its version and says so', (sent['state'], sent['newer_form']), ('submitted', True))
    missing = w.statement(w.a)
    e = w.a.call('submit', missing, expect=65)
    need('the new version asks for more', [x['field'] for x in e['records'][0]['errors']] if 'records' in e else e['key'], ['room_count'])
    newer = w.submit(w.a, w.statement(w.a, room_count=12))
    late = w.submit(w.b, old_b)  # it has not heard of version 2 yet
    w.sync(w.a, w.b)
    for ident, version, flags in ((before, 'weekly_statement', []), (sent['id'], 'weekly_statement', ['closed']), (late['id'], 'weekly_statement', ['closed']),
                                  (newer['id'], 'weekly_statement/2', [])):
        got = w.standing(ident)
        need('it counts', (got['state'], got['complete'], got['verified'], got['quarantined'], got['flags']), ('received', True, True, 0, flags))
        need('sealed with its own version', only('entry', [p for p in w.payloads() if p.get('id') == ident])['kind'], version)
    need('its value is there', w.value(w.col, newer['id'], 'room_count'), 12)
    w.more = {'room_count': 12}
    w.sync(w.b)


def test_schedule(w):
    """schedule publish: an error is told in the form's words; what is due reaches the PC"""
    args = ('schedule', 'publish')
    e = w.col.call(*args, *SCHEDULE[:2], '--as', 'reporter', secrets=STAFF, expect=65)
    need('by its label', e['args'].get('label'), 'Hạn nộp vào thứ')
    e = w.col.call(*args, *SCHEDULE[:3], 'due_hour=24', SCHEDULE[4], '--as', 'reporter', secrets=STAFF, expect=65)
    need('its range', (e['args'].get('label'), e['args'].get('max')), ('Hạn nộp vào giờ', '23'))
    e = w.col.call(*args, *SCHEDULE, 'starts_on=01/12/2026', 'ends_on=30/11/2026', '--as', 'reporter', secrets=STAFF, expect=65)
    need('a rule of the form', e['args']['text'], 'Ngày kết thúc không được trước ngày bắt đầu.')
    need('not by a verifier', w.col.call(*args, *SCHEDULE, '--as', 'verifier', secrets=STAFF, expect=77)['clause'], 'A5')
    ident = w.col.call(*args, *SCHEDULE, '--as', 'reporter', secrets=STAFF)['id']
    w.sync(w.a, w.b)
    for pc in (w.a, w.b):
        need('on the PC', only('schedule', pc.call('list', '--kind', 'schedule')['items'])['id'], ident)
        need('as published', (w.value(pc, ident, 'due_weekday'), w.value(pc, ident, 'due_hour')), ('5', 17))


def test_review(w):
    """review: rejected, returned, approved, each with its reason on the PC; the last decision stands"""
    ident = w.submitted(w.a)
    need('one of three', w.review(ident, '--approve', '--reject', expect=64)['key'], 'review.one')
    need('with a reason', w.review(ident, '--reject', expect=65)['key'], 'review.reason')
    need('comments on fields it has', w.review(ident, '--approve', '--field', 'xe', '--comment', 'a', expect=65)['key'], 'form.no_field')
    need('a field for each comment', w.review(ident, '--approve', '--field', 'car', expect=64)['key'], 'review.pairs')
    for args, state in ((('--reject', '--reason', 'Sai tuần'), 'rejected'),
                        (('--return', '--reason', 'Kiểm lại', '--field', 'car', '--comment', 'Xe nào?'), 'returned'),
                        (('--approve',), 'approved')):
        need('said', w.review(ident, *args)['state'], state)
        got = w.standing(ident)
        need('at the centre', (got['state'], got['reason']), (state, args[2] if len(args) > 2 else None))
        need('in the list', only('row', [x for x in w.col.call('submissions', '--state', state)['submissions'] if x['id'] == ident])['id'], ident)
    w.sync(w.a)
    seen = w.a.call('show', ident)['reviews']
    need('all on the PC', sorted(x['fields']['state']['value'] for x in seen), ['approved', 'rejected', 'returned'])
    comment = only('comment', [c for x in seen for c in x['comments']])
    need('by its field', (comment['field'], comment['label'], comment['text']), ('car', 'Xe ô tô phục vụ công tác', 'Xe nào?'))
    other = only('review', [x for x in w.a.call('list', '--kind', 'review')['items'] if 'Không' in x['title']])['id']
    need('a review is not reviewed', w.review(other, '--approve', expect=65)['key'], 'review.no_target')


def test_resolve(w):
    """conflicts and resolve: the centre decides, it closes everywhere, the other value stays in the history"""
    ident = w.asset(w.a, 'Máy đo')
    w.sync(w.a, w.b)
    w.change(w.a, ident, 'condition=hong')
    w.change(w.b, ident, 'condition=kem')
    w.sync(w.a, w.b, w.a)
    got = w.col.call('conflicts', '--scope', SCOPE)
    need('one', got['total'], 1)
    field = only('field', only('record', got['conflicts'])['fields'])
    need('both sides', sorted((s['value'], s['who']) for s in field['siblings']), [('hong', 'Nguyễn Văn An'), ('kem', "H'Lan Niê")])
    need('and what was before', [s['value'] for s in field['base']], ['tot'])
    need('elsewhere none', w.col.call('conflicts', '--scope', MERGED)['total'], 0)
    need('not in the list', w.col.call('resolve', ident, 'condition=xau', '--reason', 'x', '--as', 'verifier', secrets=STAFF, expect=65)['args']['label'],
         'Tình trạng')
    w.col.call('resolve', ident, 'condition=hong', '--reason', 'Đã cử người xem máy', '--as', 'verifier', secrets=STAFF)
    need('closed at the centre', w.col.call('conflicts')['total'], 0)
    w.sync(w.a, w.b)
    for who in (w.a, w.b, w.col):
        need('closed', len(who.call('conflicts')['conflicts']), 0)
        need('decided', w.value(who, ident, 'condition'), 'hong')
    told = [x for x in w.b.call('history', ident, '--field', 'condition')['changes'] if x['reason'] == 'Đã cử người xem máy']
    need('who, why, and what it replaced', (only('decision', told)['who'], sorted(o['value'] for o in told[0]['old'])), ('Cán bộ verifier', ['hong', 'kem']))
    check = w.submitted(w.a)
    e = w.col.call('resolve', check, 'car=chua', '--reason', 'x', '--as', 'verifier', secrets=STAFF, expect=65)
    need('a submitted check is corrected, not decided', e['clause'], 'M12')


def test_revoke(w):
    """revoke and admit: later entries are held at both ends; one let in by id with a reason then counts at both"""
    ident, free = w.asset(w.b, 'Máy của cán bộ nghỉ việc'), w.asset(w.b, 'Máy khác')
    w.sync(w.b, w.a)
    key = only('clerk', w.b.call('clerk', 'list')['clerks'])['fingerprint']
    args = ('revoke', key, '--reason', 'Nghỉ việc', '--as', 'registrar')
    need('no such key', w.col.call('revoke', '123', *args[2:], secrets=REGISTRAR, expect=66)['key'], 'revoke.no_key')
    got = w.col.call(*args, secrets=REGISTRAR)
    need('whose', got['name'], "H'Lan Niê")
    again = w.col.call(*args, secrets=REGISTRAR, expect=65)
    need('once', (again['key'], again['args']['from']), ('revoke.already', str(got['from'])))
    first, second = w.change(w.b, ident, 'location=Kho A'), w.change(w.b, free, 'location=Kho B')
    w.change(w.a, ident, 'note=Máy chưa dán nhãn')
    sent = w.b.call('sync')
    need('held, none refused', (sent['quarantined'], sent['refused']), (2, 0))
    w.sync(w.a, w.b)
    held = w.col.call('held', '--scope', SCOPE)
    need('listed for whoever decides', [(x['entry'], x['id'], x['why'], x['who'], x['title'][:6]) for x in held['held']],
         [(first['entry'], ident, 'revoked', "H'Lan Niê", 'Máy củ'), (second['entry'], free, 'revoked', "H'Lan Niê", 'Máy kh')])
    need('what each says itself, and why', [(x['counts'], x['verified'], [f['text'] for f in x['fields']], x['more'], x['reason']) for x in held['held']],
         [(True, True, [place], 0, 'Kiểm tra') for place in ('Kho A', 'Kho B')])
    for who in (w.a, w.b, w.col):
        need('it does not count', (w.value(who, ident, 'location'), w.value(who, free, 'location')), (None, None))
    need('the rest goes on', w.value(w.col, ident, 'note'), 'Máy chưa dán nhãn')
    need('the PC says so', w.b.call('status')['quarantined'], 2)
    admit = ('--scope', SCOPE, '--reason', 'Ghi trước khi nghỉ', '--as', 'registrar')
    need('no blank cheque', w.col.call('admit', 'A' * 43, *admit, secrets=REGISTRAR, expect=66)['key'], 'admit.no_entry')
    need('not by staff', w.col.call('admit', first['entry'], *admit[:-1], 'verifier', secrets=STAFF, expect=77)['clause'], 'A5')
    need('one', w.col.call('admit', first['entry'], *admit, secrets=REGISTRAR)['admitted'], 1)
    need('one is left', [x['entry'] for x in w.col.call('held')['held']], [second['entry']])
    w.sync(w.a, w.b)
    for who in (w.a, w.b, w.col):
        need('it counts', (w.value(who, ident, 'location'), w.value(who, free, 'location')), ('Kho A', None))
    need('one is left on the PC', w.b.call('status')['quarantined'], 1)
    for who in (w.a, w.b, w.col):
        need('verified', who.call('verify', '--all')['ok'], True)


def test_records(w):
    """checkpoint, explain, verify, backup and restore: the same log at each; with the log's key it is the collector"""
    told = w.col.call('checkpoint')
    with urllib.request.urlopen(w.owners[0].url + '/checkpoint', timeout=30) as res:
        need('the one that is served', res.read().decode(), told['text'])
    slip = w.col.call('enrol', 'code', '--scope', SCOPE)['slip']
    note = w.write('note', told['text'])
    got = w.col.call('explain', note, '--key', slip['log'])
    need('explained', (got['kind'], got['ok'], got['broken'], got['unchecked']), ('note', True, 0, 0))
    lines = w.col.call('lines', w.path('all.lines'))
    need('every line', (lines['lines'], lines['checkpoint']), (told['size'], told['text']))
    with open(w.path('all.lines'), encoding='utf-8') as f:
        line = f.readline()
    got = w.col.call('explain', w.write('line', line), '--key', slip['root'])
    need('a line', (got['kind'], got['ok'], got['broken']), ('line', True, 0))
    got = w.col.call('explain', w.write('line', line.replace('"salt":"', '"salt":"A', 1)), '--key', slip['root'], expect=65)
    need('a changed one', got['ok'], False)
    need('the head alone', (w.col.call('verify')['ok'], w.col.call('verify')['size']), (True, told['size']))
    full = w.col.call('verify', '--all')
    need('all', (full['ok'], full['entries'], full['signatures'], full['leaves']), (True, told['size'], told['size'], told['size']))
    copy, kept = w.path('restored'), w.path('kept')
    got = w.col.call('backup', kept)
    need('counted', (got['entries'], got['bytes']), (told['size'], os.path.getsize(kept)))
    need('nothing is overwritten', w.col.call('backup', kept, expect=73)['key'], 'os.exists')
    with open(kept, 'rb') as f:
        whole = f.read()
    sealed = 0
    for name in os.listdir(os.path.join(w.col.home, 'keys')):
        with open(os.path.join(w.col.home, 'keys', name), 'rb') as f:
            key = f.read()
        need('%s in the backup' % name, key in whole, len(key) > 32)
        sealed += len(key) > 32
    need('what is sealed is there, what lies in the open is not', (got['keys'], 'log.key' in os.listdir(os.path.join(w.col.home, 'keys'))), (sealed, True))
    restored = Program(w.col.path, copy)
    with open(w.path('bent'), 'wb') as f:
        f.write(whole[:len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1:])
    need('a changed byte', restored.call('restore', w.path('bent'), expect=65)['key'], 'parcel.damaged')
    need('another program', Program(w.a.path, w.path('foreign')).call('restore', kept, expect=65)['key'], 'parcel.foreign')
    back = restored.call('restore', kept)
    need('what came out', (back['entries'], back['blobs'], back['keys']), (got['entries'], got['blobs'], got['keys']))
    need('not twice', restored.call('restore', kept, expect=73)['key'], 'restore.used')
    for name in ('log.key', 'box.key'):  # as after a move of the stopped collector
        shutil.copy(os.path.join(w.col.home, 'keys', name), os.path.join(copy, 'keys', name))
    need('it opens and verifies', restored.call('verify', '--all'), full)
    need('the same log', restored.call('checkpoint'), told)
    db = sqlite3.connect('file:%s?mode=ro' % os.path.join(copy, 'store.db'), uri=True)
    need('in one sound file', db.execute('PRAGMA integrity_check').fetchone()[0], 'ok')
    db.close()


ADMIN, CODES, CLERK = 2, 10, 8  # rounds of each shell, codes of each round; records of the clerk meanwhile


def test_beside_serve(w):
    """two shells of every kind of command beside a collector that receives: nothing lost, nothing twice"""
    w.sync(w.a)
    before = w.a.call('list', '--kind', 'schedule')['total']
    checks = {s: [w.submitted(w.a) for _ in range(ADMIN)] for s in 'xy'}
    start = w.col.call('checkpoint')['size']

    def shell(name):
        indexes, codes = [], []
        for i in range(ADMIN):
            indexes.append(w.col.call('schedule', 'publish', *SCHEDULE, 'note=%s%d' % (name, i), '--overlap', '--as', 'reporter', secrets=STAFF)['index'])
            codes += [w.col.call('enrol', 'code', '--scope', SCOPE)['slip']['code'] for _ in range(CODES)]
            indexes.append(w.review(checks[name][i], '--approve')['index'])
            w.col.call('catalogue', 'import', w.path('c2.csv'), secrets=REGISTRAR)
            for command in ('submissions', 'conflicts', 'checkpoint', 'held', 'forks', 'verify'):
                w.col.call(command)
        return indexes, codes

    def clerk(_):
        sent = 0
        for i in range(CLERK):
            w.asset(w.a, 'Máy %d' % i)
            sent += w.a.call('sync')['accepted']
        return sent
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        work = pool.submit(clerk, 0)
        told = list(pool.map(shell, 'xy'))
        sent = work.result()
    need('the clerk lost nothing', sent, CLERK)
    indexes, codes = sum((t[0] for t in told), []), sum((t[1] for t in told), [])
    need('all different', (len(set(indexes)), len(set(codes))), (4 * ADMIN, 2 * ADMIN * CODES))
    log = w.payloads()[start:]
    notes = [p['set'].get('note') for p in log if p.get('kind') == 'schedule']
    need('each schedule once', sorted(notes), sorted('%s%d' % (s, i) for s in 'xy' for i in range(ADMIN)))
    need('each review once', sorted(p['set']['target'] for p in log if p.get('kind') == 'review'), sorted(sum(checks.values(), [])))
    need('each record once', len([p for p in log if p.get('kind') == 'asset']), CLERK)
    need('each import once', len([p for p in log if p.get('kind') == 'catalogue']), 2 * ADMIN)
    w.sync(w.a)
    need('on the PC', w.a.call('list', '--kind', 'schedule')['total'] - before, 2 * ADMIN)
    need('approved', {w.standing(i)['state'] for i in sum(checks.values(), [])}, {'approved'})
    w.clean()


TESTS = [test_staff, test_catalogue, test_forms, test_schedule, test_review, test_resolve, test_revoke, test_records, test_beside_serve]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
