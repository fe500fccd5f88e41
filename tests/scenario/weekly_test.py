#!/usr/bin/env python3
"""The weekly report with the real programs: a centre, two communes with PCs and two without, two weeks. Freeze, late
entries, the same file again; the export checked by `kiemke verify` with the root's public key alone and recounted by
tests/outside/report.py; a changed, a lost and a swapped line. Prints TAP. Programs are found in $KK_BIN.
clause: R1 R2 R3 R4 R8 R9 R10 R11"""
import base64
import csv
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
PIN = {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'staff': 'mot cum can bo'}
REGISTRAR, STAFF = {'passphrase': PASS['registrar']}, {'passphrase': PASS['staff']}
HEAD = 'province_code,province_name,commune_code,commune_name,kind\n'
UNITS = HEAD + '01,Hà Nội,01201,Hòa Khê,xa\n01,Hà Nội,01202,Khê Thượng,xa\n08,Tuyên Quang,02001,Yên Sơn,xa\n08,Tuyên Quang,02002,Đèo Gà,xa\n'
STATEMENT = {'checked_at': '2026-11-18T16:05', 'declared_adequate': 'co', 'checklist': 'dm_2026_1', 'car': 'co',
             'contact_name': 'Trần Đức Ân', 'contact_phone': '0900045101'}
PLACE = {'unit_code': '0045101', 'address': 'Thôn 1', 'facility_type': 'tru_so', 'land_cert': 'co', 'surplus_status': 'khong'}
HANDLED = {'surplus_status': 'da_xu_ly', 'handling_form': 'dieu_chuyen', 'handling_purpose': 'y_te', 'decision_no': '12', 'decision_date': '2026-11-01'}


class World:
    def __init__(self, folder):
        self.folder, self.owners, self.n = folder, [], 0
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a, self.b, self.auditor = (Program(os.path.join(BIN, 'kiemke'), self.path(x)) for x in ('pc-a', 'pc-b', 'auditor'))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)

    def prepare(self):
        self.root = self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})['root']
        wire = b''.join(len(x).to_bytes(4, 'big') + x for x in (b'ssh-ed25519', base64.urlsafe_b64decode(self.root + '=')))
        self.key = self.write('root.pub', 'ssh-ed25519 %s root\n' % base64.b64encode(wire).decode())
        self.owners.append(Owner(self.col, '--port', '0', secrets=REGISTRAR))
        self.col.call('catalogue', 'import', self.write('c.csv', UNITS), secrets=REGISTRAR)
        for role in ('verifier', 'reporter'):
            self.col.call('staff', 'add', role, '--role', role, '--name', 'Cán bộ ' + role,
                          secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['staff']})
        for pc, scope in ((self.a, '01201'), (self.b, '02001')):
            slip = pc.home + '.json'
            self.col.call('enrol', 'code', '--scope', scope, '--out', slip)
            pc.call('enrol', slip, '--clerk', 'Nguyễn Văn An', secrets=PIN)
            self.owners.append(Owner(pc, '--offline'))
            pc.call('unlock', secrets=PIN)
            pc.call('sync')

    def record(self, pc, kind, **fields):
        self.n += 1
        body = {'kind': kind, 'fields': fields}
        return pc.call('record', '--file', self.write('r%d.json' % self.n, json.dumps(body)))['records'][0]['id']

    def statement(self, pc, week, **more):
        ident = pc.call('submit', self.record(pc, 'weekly_statement', **{**STATEMENT, 'week': week, **more}))['records'][0]['id']
        pc.call('sync')
        return ident

    def approve(self, ident):
        self.col.call('review', ident, '--approve', '--as', 'verifier', secrets=STAFF)

    def forms(self, name):
        return [x for kind in ('csv', 'xlsx', 'pdf') for x in ('--' + kind, self.path('%s.%s' % (name, kind)))]

    def freeze(self, week, *args, key='reporter', expect=0):
        return self.col.call('report', 'freeze', '--week', week, *args, '--as', key, secrets=STAFF, expect=expect)

    def hash(self, name):
        with open(self.path(name), 'rb') as f:
            return hashlib.sha256(f.read()).hexdigest()

    def verify(self, name, expect=0):
        p = subprocess.run([self.auditor.path, '--home', self.auditor.home, '--json', 'verify', self.path(name), '--key', self.key],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.auditor.env, check=False)
        need('status of verify %s' % name, (p.returncode, p.stdout.decode() if p.returncode != expect else ''), (expect, ''))
        return json.loads(p.stdout)

    def recount(self, export, file, refused=None):
        p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'report.py'), self.path(export), self.root, self.path(file)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if refused:
            need('recounting refuses', (p.returncode, refused in p.stdout.decode()), (65, True))
            return None
        need('recounted', (p.returncode, p.stdout.decode() if p.returncode else ''), (0, ''))
        return json.loads(p.stdout)

    def stop(self):
        for owner in self.owners:
            owner.stop()


def test_first(w):
    """freeze: figures, one issue a week, by a reporter only"""
    w.place = w.record(w.a, 'facility', name='Trụ sở xã cũ', commune_code='01201', **{**PLACE, **HANDLED})
    w.record(w.a, 'facility', name='Nhà văn hóa', commune_code='01201', **{**PLACE, 'surplus_status': 'dang_xu_ly'})
    w.first = w.statement(w.a, '2026-W47', obstacles='Đường truyền chậm; hay mất điện')
    w.approve(w.first)
    w.schedule = w.col.call('schedule', 'publish', 'kind=equipment_check', 'period=hang_tuan', 'due_weekday=2', 'due_hour=17', 'scopes=01201', '--as', 'reporter', secrets=STAFF)['id']
    need('another role', w.freeze('2026-W47', key='verifier', expect=77)['key'], 'report.signer')
    need('nothing yet', w.col.call('report', 'list')['issues'], [])
    got = w.freeze('2026-W47', *w.forms('w47'))
    total = got['total']
    need('figures', [total[k] for k in ('units', 'reported', 'declared', 'verified', 'short', 'unknown', 'places', 'handled', 'to_health', 'remaining')],
         [4, 0, 1, 1, 0, 3, 2, 1, 1, 1])
    need('hash of the file', w.hash('w47.csv'), got['csv'])
    need('once', w.freeze('2026-W47', expect=73)['key'], 'report.frozen')
    need('listed', [(i['week'], i['size'], i['csv']) for i in w.col.call('report', 'list')['issues']], [('2026-W47', got['size'], got['csv'])])
    w.issue = got


def test_late(w):
    """five late entries change nothing of it: --at N gives the same file"""
    w.second = w.statement(w.b, '2026-W47')
    w.approve(w.second)
    fix = w.a.call('correct', w.first, 'declared_adequate=chua', 'missing=pccc', '--reason', 'Chưa nghiệm thu')['records'][0]['id']
    w.a.call('sync')
    w.approve(fix)
    w.record(w.b, 'facility', name='Trạm y tế', commune_code='02001', **{**PLACE, **HANDLED})
    w.b.call('sync')
    again = w.col.call('report', '--at', w.issue['size'], *w.forms('again'))
    need('the same file', (w.hash('again.csv'), again['csv'], again['total'], again['week']), (w.hash('w47.csv'), w.issue['csv'], w.issue['total'], '2026-W47'))
    need('the same workbook and paper', [w.hash('again.' + x) for x in ('xlsx', 'pdf')], [w.hash('w47.' + x) for x in ('xlsx', 'pdf')])
    need('by its week too', w.col.call('report', '--week', '2026-W47')['csv'], w.issue['csv'])
    need('the newest is another', w.col.call('report', '--week', '2026-W48')['total']['handled'], 2)
    need('no such checkpoint', w.col.call('report', '--at', 99999, expect=66)['key'], 'archive.no_checkpoint')


def test_second(w):
    """the next issue tells change from correction, and whoever has the root's key makes it again"""
    w.approve(w.statement(w.a, '2026-W48', car='chua'))
    w.approve(w.statement(w.b, '2026-W48'))
    got = w.freeze('2026-W48', '--csv', w.path('w48.csv'), '--lines', w.path('w48.jsonl'))
    total = got['total']
    need('change', [total[k] for k in ('verified', 'verified_change', 'verified_fix', 'handled', 'handled_change', 'handled_fix', 'no_car')], [2, 1, -1, 2, 1, 0, 1])
    need('the issue before', got['previous'], '2026-W47')
    seen = w.verify('w48.jsonl')
    need('made again elsewhere', (seen['ok'], seen['entries'], seen['report']['frozen'], seen['report']['csv'], seen['report']['total']),
         (True, got['size'], True, got['csv'], total))
    need('no store was made for it', os.path.exists(w.auditor.home), False)
    need('recounted by other code', w.recount('w48.jsonl', 'w48.csv'), total)
    w.col.call('report', '--week', '2026-W47', '--csv', w.path('w47b.csv'), '--lines', w.path('w47.jsonl'))
    need('the first one too', w.recount('w47.jsonl', 'w47b.csv'), w.issue['total'])
    need('and verified', w.verify('w47.jsonl')['report']['total'], w.issue['total'])


def cells(path):
    """A workbook as {name of sheet: [[text of a cell]]}, read with zipfile and XML alone."""
    ns = {'m': 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'}
    with zipfile.ZipFile(path) as z:
        shared = [''.join(t.text or '' for t in si.iter('{%s}t' % ns['m'])) for si in ET.fromstring(z.read('xl/sharedStrings.xml'))]
        names = [s.get('name') for s in ET.fromstring(z.read('xl/workbook.xml')).iter('{%s}sheet' % ns['m'])]
        need('dates of its parts', {i.date_time for i in z.infolist()}, {(1980, 1, 1, 0, 0, 0)})
        found = {}
        for n, name in enumerate(names, 1):
            sheet = ET.fromstring(z.read('xl/worksheets/sheet%d.xml' % n))
            need('no formula', list(sheet.iter('{%s}f' % ns['m'])), [])
            found[name] = [[(shared[int(c.find('m:v', ns).text)] if c.get('t') == 's' else c.find('m:v', ns).text) if c.find('m:v', ns) is not None else ''
                            for c in row] for row in sheet.iter('{%s}row' % ns['m'])]
    return found


def test_forms(w):
    """workbook and paper say what the file says, with the checkpoint and the hash of the record set"""
    with open(w.path('w47.csv'), encoding='utf-8-sig', newline='') as f:
        rows = list(csv.reader(f, delimiter=';'))
    at = next(i for i, r in enumerate(rows) if r and r[0] == 'STT')
    book = cells(w.path('w47.xlsx'))
    need('sheets', list(book), ['Báo cáo tuần', 'Đơn vị', 'Mốc chốt'])
    sheet = book['Báo cáo tuần'][1:]
    need('heads', [sheet[0], sheet[1]], [rows[at], rows[at + 1]])

    def plain(row):
        return [x[2:-1] if x.startswith('="') else x.replace(',', '.') if k > 2 else x for k, x in enumerate(row)]

    def number(row):
        return [x[:-2] if k > 2 and x.endswith('.0') else x for k, x in enumerate(row)]

    need('figures', [number(r) for r in sheet[2:]], [number(plain(r)) for r in rows[at + 2:at + 5]])
    units = [[x[2:-1] if x.startswith('="') else x for x in r] for r in rows[at + 6:]]
    need('communes', book['Đơn vị'], units)
    made = {r[0]: r[1] for r in book['Mốc chốt'] if r[0]}
    need('made from', [made[k] for k in ('Số bản ghi được tính', 'Mã tập bản ghi', 'Mã tệp CSV (SHA-256)', 'Tình trạng')],
         [str(w.issue['size']), w.issue['root'], w.issue['csv'], 'Đã chốt'])
    need('the checkpoint', any('sigsum.org/v1/tree/' in c for r in book['Mốc chốt'] for c in r), True)
    subprocess.run(['pdftotext', '-q', '-layout', w.path('w47.pdf'), w.path('w47.txt')], check=True)
    with open(w.path('w47.txt'), encoding='utf-8') as f:
        paper = f.read()
    for text in ('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 'Độc lập - Tự do - Hạnh phúc', 'BÁO CÁO TUẦN', 'Tuần 47 năm 2026 (từ 16/11/2026 đến 22/11/2026)', w.issue['root'], w.issue['csv'],
                 'sigsum.org/v1/tree/', 'Tuyên Quang', 'Cả nước', 'Đường truyền chậm; hay mất điện', 'THỦ TRƯỞNG'):
        need('on the paper: ' + text, text in paper, True)
    need('no machine word on it', [x for x in ('2026-W', 'checkpoint') if x in paper], [])
    body = w.col.call('report', '--week', '2026-W47', '--form', 'xlsx')['file']
    need('within the answer', (body['name'], hashlib.sha256(base64.b64decode(body['content'])).hexdigest()), ('bao-cao-tuan-2026-47.xlsx', w.hash('w47.xlsx')))


def changed(w, name, change):
    with open(w.path('w48.jsonl'), encoding='utf-8') as f:
        lines = f.read().split('\n')
    change(lines)
    w.write(name, '\n'.join(lines))
    got = w.verify(name, expect=65)
    need('not whole', got['ok'], False)
    return got['failures'][0]


def test_tampered(w):
    """a changed record is named; a lost, a swapped, an added line and other figures are noticed"""
    with open(w.path('w48.jsonl'), encoding='utf-8') as f:
        lines = f.read().split('\n')
    at = next(i for i, x in enumerate(lines) if 'weekly_statement' in x and 'Trần Đức Ân' in x)
    payload = json.loads(lines[at])['line'].split(' ', 1)[1].replace('Trần Đức Ân', 'Trần Đức Anh')
    name = base64.urlsafe_b64encode(hashlib.sha256(payload.encode()).digest()).decode().rstrip('=')

    def at_line(i, f):
        return lambda x: x.__setitem__(i, f(x[i]))

    f = changed(w, 'byte.jsonl', at_line(at, lambda x: x.replace('Trần Đức Ân', 'Trần Đức Anh')))
    need('the record is named', (f['id'], f['index'], f['line'], f['clause'], f['key']), (name, at - 2, at + 1, 'A1', 'entry.signature'))
    need('a line less', changed(w, 'less.jsonl', lambda x: x.pop(at))['key'], 'report.count')
    need('a line twice', changed(w, 'twice.jsonl', lambda x: x.insert(at, x[at]))['key'], 'report.line_bad')
    need('two swapped', changed(w, 'swap.jsonl', lambda x: x.__setitem__(slice(at, at + 2), [x[at + 1], x[at]]))['key'], 'report.root')
    need('cut', changed(w, 'cut.jsonl', lambda x: x.pop())['key'], 'report.cut')
    was = w.col.call('report', '--week', '2026-W48')['csv']
    need('other figures', changed(w, 'csv.jsonl', at_line(0, lambda x: x.replace(was, '0' * 64, 1)))['key'], 'report.issue')
    need('another week', changed(w, 'week.jsonl', at_line(0, lambda x: x.replace('2026-W48', '2026-W49', 1)))['key'], 'report.issue')
    need('another catalogue', changed(w, 'blob.jsonl', at_line(1, lambda x: x.replace('Yên', 'Vên')))['key'], 'report.blob')
    alone = {k: v for k, v in json.loads(lines[0]).items() if k != 'issue'}

    def head(**more):
        return lambda x: x.__setitem__(0, json.dumps({**alone, **more}, separators=(',', ':')))

    need('nobody sealed it, and it says another hash', changed(w, 'alone.jsonl', head(csv='0' * 64))['key'], 'report.figures')
    need('another issue before', changed(w, 'before.jsonl', head(previous='2026-W46'))['key'], 'report.previous')


def test_cutoff(w):
    """a cut-off in time is the newest checkpoint issued by then, the week that of the checkpoint"""
    need('before there was anything', w.col.call('report', '--cutoff', '01/01/2026 12:00', expect=66)['key'], 'routes.no_checkpoint')
    need('one of the two', w.col.call('report', '--cutoff', '01/01/2036 12:00', '--at', 3, expect=64)['key'], 'report.one_cutoff')
    got = w.col.call('report', '--cutoff', '01/01/2036 12:00')
    need('the newest', (got['size'], got['frozen']), (w.col.call('checkpoint')['size'], False))


def board(w, week, *args):
    return w.col.call('board', '--week', week, *args)


STATES = ('never', 'undecided', 'returned', 'short', 'unverified', 'verified', 'offline', 'late', 'waiting')


def as_report(w, week):
    """where a statement leaves a commune, the board and the report made from the whole log say alike"""
    report, total = w.col.call('report', '--week', week, '--at', w.col.call('checkpoint')['size'])['total'], board(w, week)['total']
    need('as the report of ' + week, {k: total[k] for k in ('units', 'verified', 'short', 'unverified')},
         {k: report[k] for k in ('units', 'verified', 'short', 'unverified')})


def test_board(w):
    """the board has every commune exactly once, and names whom to call"""
    b = board(w, '2026-W48')
    need('each once', (b['total']['units'], sum(b['total'][k] for k in STATES)), (4, 4))
    need('states', {k: b['total'][k] for k in STATES if b['total'][k]}, {'verified': 2, 'never': 2})
    need('counts beside shares', [b['total'][k] for k in ('stated', 'stated_share', 'verified_share', 'missing')], [2, '50,0', '50,0', 2])
    need('provinces', [(p['code'], p['units'], p['verified'], p['never']) for p in b['provinces']], [('01', 2, 1, 1), ('08', 2, 1, 1)])
    need('no list unless asked for', 'units' in b, False)
    for week in ('2026-W46', '2026-W47', '2026-W48'):
        as_report(w, week)
    weeks = board(w, '2026-W48', '--weeks', '3')['weeks']
    need('weeks', [(x['week'], x['units'], x['verified'], x['short'], x['nothing']) for x in weeks],
         [('2026-W46', 4, 0, 0, 4), ('2026-W47', 4, 1, 1, 2), ('2026-W48', 4, 2, 0, 2)])
    need('weeks of a province', [x['units'] for x in board(w, '2026-W48', '--weeks', '2', '--province', '08')['weeks']], [2, 2])
    late = board(w, '2026-W01', '--state', 'late', '--csv', w.path('late.csv'))
    need('whom to call', [(u['code'], u['contact'], u['phone']) for u in late['units']],
         [('01201', 'Trần Đức Ân', '0900045101'), ('02001', 'Trần Đức Ân', '0900045101')])
    with open(w.path('late.csv'), encoding='utf-8-sig') as f:
        rows = f.read().splitlines()
    need('rows', (len(rows), rows[1].split(';')[1], rows[1].split(';')[-1]), (3, '"=""01201"""', '"=""0900045101"""'))
    page = board(w, '2026-W01', '--state', 'late', '--offset', '1', '--limit', '1')
    need('a page of it', (page['listed'], [u['code'] for u in page['units']]), (2, ['02001']))
    need('there is time', board(w, '2098-W01')['total']['waiting'], 2)
    need('all who are missing', [u['code'] for u in board(w, '2098-W01', '--state', 'missing', '--province', '08')['units']], ['02001', '02002'])


def test_board_moves(w):
    """sent back, corrected, two values, held back: the board follows, as the report does"""
    w.statement(w.b, '2026-W50')
    back = w.statement(w.a, '2026-W50')
    w.col.call('review', back, '--return', '--reason', 'Thiếu ảnh', '--as', 'verifier', secrets=STAFF)
    b = board(w, '2026-W50')['total']
    need('sent back, not looked at', (b['returned'], b['unverified'], b['never']), (1, 1, 2))
    right = w.a.call('correct', back, 'declared_adequate=chua', 'missing=may_in', '--reason', 'Kiểm lại')['records'][0]
    w.a.call('sync')
    need('corrected', [right['state'], board(w, '2026-W50')['total']['short'], board(w, '2026-W50')['total']['returned']], ['submitted', 1, 0])
    as_report(w, '2026-W50')
    clerk = [k for k in w.col.call('keys')['keys'] if k['scope'] == ['02001'] and k['role'] == 'clerk'][0]
    w.col.call('revoke', clerk['fingerprint'], '--from', '0', '--reason', 'Thử', '--as', 'registrar', secrets=REGISTRAR)
    b = board(w, '2026-W50')['total']
    need('held back counts no more', (b['unverified'], b['units']), (0, 4))
    as_report(w, '2026-W50')
    as_report(w, '2026-W48')


def test_contacts(w):
    """who never reported has a number too: the office directory, which goes to no PC"""
    file = w.write('contacts.csv', 'commune_code,name,phone\n02002,Văn phòng xã Đèo Gà,02073 888 999\n')
    need('taken in', w.col.call('contacts', 'import', file)['contacts'], 1)
    u = board(w, '2026-W50', '--state', 'never')['units']
    need('named', [(x['code'], x['contact'], x['phone']) for x in u], [('01202', '', ''), ('02002', 'Văn phòng xã Đèo Gà', '02073 888 999')])
    bad = w.write('bad.csv', 'commune_code,name,phone\n02002,A,1\n99999,B,2\n')
    need('an unknown commune', w.col.call('contacts', 'import', bad, expect=66)['key'], 'units.unknown')
    need('nothing of a bad file', board(w, '2026-W50', '--state', 'never')['units'][1]['phone'], '02073 888 999')


def test_catalogue(w):
    """a commune through the years: renamed, upgraded, merged; found by its old name, told by its code"""
    new = UNITS.replace('01202,Khê Thượng,xa', '01202,Khê Hạ,phuong').replace('02002,Đèo Gà,xa', '02002,Đèo Gà,phuong')
    got = w.col.call('catalogue', 'import', w.write('c2.csv', new), '--effective', '30/04/2026', secrets=REGISTRAR)
    need('what changed', (got['renamed'], got['upgraded']), (1, 2))
    found = w.col.call('catalogue', 'list', 'khe thuong')
    need('by its old name', [(u['code'], u['name'], u['names']) for u in found['units']], [('01202', 'Khê Hạ', ['Khê Thượng'])])
    need('by words of the new', [u['code'] for u in w.col.call('catalogue', 'list', 'khe')['units']], ['01201', '01202'])
    page = w.col.call('catalogue', 'list', '--offset', '1', '--limit', '2')
    need('a page', (page['total'], [u['code'] for u in page['units']], page['provinces']), (4, ['01202', '02001'], {'01': 'Hà Nội', '08': 'Tuyên Quang'}))
    w.col.call('unit', 'merge', '01202', '01201', '--apply', secrets=REGISTRAR)
    one = w.col.call('unit', 'show', '01202')
    need('its names', [(c['name'], c['kind'], c['until_text']) for c in one['changes']], [('Khê Thượng', 'xa', '30/04/2026')])
    need('where it went', ([u['code'] for u in one['merged_into']], one['closed']), (['01201'], True))
    there = w.col.call('unit', 'show', '01201')
    need('what it came from', [u['code'] for u in there['merged_from']], ['01202'])
    need('whom to call', (there['board']['contact'], there['board']['phone'], len(there['weeks'])), ('Trần Đức Ân', '0900045101', 10))
    need('no such', w.col.call('unit', 'show', '99999', expect=66)['key'], 'units.unknown')


def test_erased(w):
    """what an issue counted is erased: it says what it said, with how much was erased, here and elsewhere; the next ones are made"""
    lines = ['--lines', w.path('erased.jsonl')]
    before = w.col.call('report', '--week', '2026-W47')
    need('nothing erased yet', (before['csv'], before['erased']), (w.issue['csv'], 0))
    w.col.call('erase', w.first, '--reason', 'Lộ thông tin cá nhân', '--apply', '--as', 'registrar', secrets=REGISTRAR)
    got = w.col.call('report', '--week', '2026-W47', *w.forms('erased'))
    need('the same figures', (got['csv'], got['total'], got['rows'], got['root'], got['frozen']), tuple(before[k] for k in ('csv', 'total', 'rows', 'root', 'frozen')))
    need('the same file', w.hash('erased.csv'), w.hash('w47.csv'))
    need('how much', got['erased'] > 0, True)
    need('in words', 'đã xóa nội dung %d bản ghi' % got['erased'] in w.col.said('report', '--week', '2026-W47'), True)
    w.col.call('report', '--week', '2026-W47', *lines)
    there = w.verify('erased.jsonl')
    need('elsewhere', (there['ok'], there['failures'], there['erased']), (True, [], got['erased']))
    w.recount('erased.jsonl', 'w47.csv')
    with open(w.path('erased.jsonl'), encoding='utf-8') as f:
        export = f.read().split('\n')
    need('the file is in it', json.loads(export[1]).keys(), {'file'})
    for name, change in (('other', lambda x: x.replace('Khê', 'Khe')), ('none', None)):
        w.write(name + '.jsonl', '\n'.join([export[0]] + ([change(export[1])] if change else []) + export[2:]))
        need('with %s file' % name, [f['key'] for f in w.verify(name + '.jsonl', expect=65)['failures']], ['report.figures'])
    w.write('unsealed.jsonl', '\n'.join([json.dumps({k: v for k, v in json.loads(export[0]).items() if k != 'issue'}, ensure_ascii=False, separators=(',', ':'))] + export[1:]))
    need('no reporter says so', [f['key'] for f in w.verify('unsealed.jsonl', expect=65)['failures']], ['report.figures'])
    w.recount('unsealed.jsonl', 'w47.csv', refused='R9')
    at = next(i for i, x in enumerate(export) if '"line":' in x and json.loads(x)['line'].count(' ') >= 2 and json.loads(x)['line'].split(' ')[2].startswith('{') is False)
    sig, ident, by = json.loads(export[at])['line'].split(' ', 2)
    w.write('forged.jsonl', '\n'.join(export[:at] + [json.dumps({'line': ' '.join((sig, ident, ('B' if by[0] == 'A' else 'A') + by[1:]))}, ensure_ascii=False, separators=(',', ':'))] + export[at + 1:]))
    need('an erase that nobody signed', w.verify('forged.jsonl', expect=65)['failures'][0]['key'], 'entry.signature')
    w.recount('forged.jsonl', 'w47.csv', refused='E21')
    need('nothing of the centre is erased', w.col.call('erase', w.schedule, '--reason', 'x', '--apply', '--as', 'registrar', secrets=REGISTRAR, expect=77)['clause'], 'A5')
    w.col.call('report', '--week', '2026-W50')
    db = sqlite3.connect(os.path.join(w.col.home, 'store.db'))
    db.execute("DELETE FROM doc WHERE tab = 'issue'")
    db.commit()
    db.close()
    need('what is not kept cannot be said again', w.col.call('report', '--week', '2026-W47', expect=66)['key'], 'report.not_kept')


TESTS = [test_first, test_late, test_forms, test_second, test_tampered, test_cutoff, test_board, test_board_moves, test_contacts, test_catalogue, test_erased]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
