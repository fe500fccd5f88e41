#!/usr/bin/env python3
"""The examples of docs/API.md: each operation's body and answer out of one run of the real programs.

    examples_test.py            play the run; each example has the members the programs give now. Prints TAP
    examples_test.py --write    play it and write docs/examples.json; then run docs/make_reference.py

Examples are shortened: the first item of an array, two fields of a record, the beginning of a long text; secrets
are left out. An operation added needs its line in `play` below. Programs are found in $KK_BIN."""
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import form_book  # noqa: E402
from play import Failed, Owner, Program  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
FILE = os.path.join(ROOT, 'docs', 'examples.json')
SCOPE = '01201'
PIN, ROOT_PASS, REGISTRAR, STAFF = '135790', 'mot cum mat khau goc', 'mot cum mat khau dang ky', 'mot cum can bo'
SECRETS = ('pin', 'new_pin', 'passphrase', 'registrar_passphrase', 'staff_passphrase', 'new_passphrase')
RUNNING = {'kiemke': {'serve'}, 'kiemke-collector': {'serve', 'witness_serve'}}  # they answer when they end
TEXT, KEEP, FIELDS = 72, 48, 2
ASSET = {'name': 'Máy in A4', 'class': 'may_moc_thiet_bi', 'unit_code': '0045101', 'uom': 'cai', 'quantity': 1, 'use_year': 2024,
         'value_basis': 'chua_xac_dinh', 'lifecycle': 'dang_theo_doi', 'condition': 'tot', 'use_state': 'dung_muc_dich'}
STATEMENT = {'week': '2026-W47', 'checked_at': '2026-11-20T16:05', 'declared_adequate': 'co', 'checklist': 'dm_2026_1', 'car': 'co',
             'contact_name': 'Trần Đức Ân', 'contact_phone': '0900045101'}
SCHEDULE = {'kind': 'weekly_statement', 'period': 'hang_tuan', 'due_weekday': 'Thứ Sáu', 'due_hour': 17, 'scopes': SCOPE}
CATALOGUE = '# Dữ liệu mẫu\nprovince_code,province_name,commune_code,commune_name,kind\n01,Hà Nội,01201,Xã Hòa Khê,xa\n01,Hà Nội,01202,Xã Khê Thượng,xa\n'


def api_name(op):
    return op['api'] or op['name'].replace(' ', '_').replace('-', '_')


class Recorder:
    """One program with its owner; remembers the first body and answer of each operation."""

    def __init__(self, program):
        self.program, self.name, self.seen, self.owner, self.told = program, os.path.basename(program.path), {}, None, None

    def serve(self, *args, **kw):
        self.owner = Owner(self.program, *args, **kw)
        with open(os.path.join(self.program.home, 'owner.json'), encoding='utf-8') as f:
            self.told = json.load(f)

    def keep(self, op, body, answer):
        self.seen.setdefault(op, (body, answer))
        return answer

    def api(self, op, **body):
        """POST /api/OP to the owner, as a page or another command does."""
        req = urllib.request.Request('%s/api/%s' % (self.told['url'], op), data=json.dumps(body).encode(), headers={
            'Authorization': 'Bearer ' + self.told['token'], 'Content-Type': 'application/json', 'Accept-Language': 'vi'})
        try:
            with urllib.request.urlopen(req, timeout=60) as res:
                return self.keep(op, body, json.loads(res.read()))
        except urllib.error.HTTPError as e:
            raise Failed('%s %s: %s' % (op, body, e.read().decode())) from e

    def line(self, op, argv, body, secrets=None):
        """What is not in the API, or is called before there is an owner."""
        return self.keep(op, {**body, **(secrets or {})}, self.program.call(*argv, secrets=secrets))


class Run:
    def __init__(self, folder):
        self.folder = folder
        self.col = Recorder(Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector')))
        self.pc, self.other = (Recorder(Program(os.path.join(BIN, 'kiemke'), self.path(x))) for x in ('pc', 'other'))
        self.witness = Recorder(Program(os.path.join(BIN, 'kiemke-collector'), self.path('witness')))

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)

    def stop(self):
        for r in (self.pc, self.other, self.col):
            if r.owner:
                r.owner.stop()

    def begin(self):
        self.col.line('init', ['init', '--name', 'Sở Tài chính'], {'name': 'Sở Tài chính'},
                      {'passphrase': ROOT_PASS, 'registrar_passphrase': REGISTRAR})
        self.col.serve('--port', '0', secrets={'passphrase': REGISTRAR})
        self.col.api('catalogue_import', file=CATALOGUE, passphrase=REGISTRAR)
        for pc, clerk in ((self.pc, 'Nguyễn Văn An'), (self.other, "H'Lan Niê")):
            slip = self.col.api('enrol_code', scope=SCOPE)['slip']
            body = {'slip': slip, 'pc': 'Máy một cửa', 'clerk': clerk, 'title': 'Công chức'}
            pc.line('enrol', ['enrol', self.write('slip.json', json.dumps(slip)), '--pc', body['pc'], '--clerk', clerk, '--title', body['title']],
                    body, {'pin': PIN})
            pc.serve('--offline')
            pc.api('unlock', clerk=clerk, pin=PIN)
            pc.api('sync')
        self.col.api('staff_add', **{'as': 'tham-tra'}, name='Trần Thị Thẩm', role='verifier', passphrase=ROOT_PASS, staff_passphrase=STAFF)
        self.col.api('staff_add', **{'as': 'bao-cao'}, name='Phạm Báo', role='reporter', passphrase=ROOT_PASS, staff_passphrase=STAFF)

    def staff(self):
        self.col.api('staff_list')
        self.col.api('staff_passphrase', **{'as': 'bao-cao'}, passphrase=STAFF, new_passphrase=STAFF)

    def clerks(self):
        pc = self.pc
        pc.api('clerk_add', name='Lê Thị Bình', title='Công chức', pin='246801')
        pc.api('clerk_list')
        pc.api('clerk_pin', clerk='Lê Thị Bình', pin='246801', new_pin='975310')
        pc.api('sync')
        waiting = self.col.api('enrol_list')['waiting'][0]
        self.col.api('enrol_approve', key=waiting['key'], request=waiting['request'], passphrase=REGISTRAR)
        pc.api('clerk_renew', clerk='Lê Thị Bình', new_pin='864209')
        self.col.api('keys', scope=SCOPE, role='clerk')

    def record(self):
        pc, an = self.pc, 'Nguyễn Văn An'
        asset = pc.api('record', kind='asset', fields=ASSET, clerk=an)['records'][0]
        rows = 'name,' + ','.join(k for k in ASSET if k != 'name') + '\nMáy quét,' + ','.join(str(ASSET[k]) for k in ASSET if k != 'name') + '\n'
        pc.api('import', kind='asset', file=self.write('assets.csv', rows), apply=True, clerk=an)
        draft = pc.api('record', kind='weekly_statement', fields=STATEMENT, clerk=an)['records'][0]['id']
        sent = pc.api('submit', id=draft, clerk=an)['records'][0]['id']
        self.draft(pc)
        for r in (pc, self.other):
            r.api('sync')
        pc.api('record', kind='asset', id=asset['id'], fields={'condition': 'hong'}, reason='Kiểm tra', clerk=an)
        self.other.api('record', kind='asset', id=asset['id'], fields={'condition': 'kem'}, reason='Xem hồ sơ')
        for r in (pc, self.other, pc):
            r.api('sync')
        return asset, sent

    def draft(self, pc):
        pc.api('form', kind='weekly_statement')
        draft = pc.api('draft_new', kind='equipment_check', fields={'staff_approved': '31'})['id']
        pc.api('draft_set', id=draft, fields={'staff_present': '30'}, focus='staff_present')
        line = pc.api('draft_set', id=draft, add='equipment_line', fields={'equip_type': 'may_in', 'qty_on_hand': '4 cái'})['line']
        pc.api('draft_show', id=draft)
        pc.api('draft_remove', id=draft, line=line)
        pc.api('draft_remove', id=draft)

    def look(self, asset, sent):
        pc = self.pc
        for op, body in (('list', {'kind': 'asset'}), ('show', {'id': asset['id']}), ('history', {'id': asset['id'], 'field': 'condition'}),
                         ('search', {'words': ['may in']}),
                         ('table', {'kind': 'asset', 'words': 'may in', 'columns': ['name', 'condition'], 'values': True}), ('conflicts', {}), ('due', {}), ('status', {}), ('machine', {}), ('forks', {}), ('network', {})):
            pc.api(op, **body)
        pc.api('entry', id=asset['entry'])
        pc.api('receipt', id=sent, out=self.path('receipt'), pdf=self.path('bien-nhan.pdf'))
        self.stocktake(asset)
        pc.line('verify', ['verify', self.path('receipt')], {'file': self.path('receipt')})
        line = self.write('line', pc.seen['entry'][1]['line'] + '\n')
        key = pc.seen['entry'][1]['key']
        pc.line('explain', ['explain', line, '--key', key], {'what': line, 'key': [key]})
        pc.api('verify_store')
        pc.api('verify_record', id=sent)
        pc.api('backup', file=self.path('pc.backup'))
        pc.line('autostart', ['autostart', '--print'], {'print': True})
        self.restore(pc, self.path('pc.backup'))

    def stocktake(self, asset):
        pc, an = self.pc, {'clerk': 'Nguyễn Văn An'}
        room = {'room': 'Phòng một cửa'}
        pc.api('record', kind='asset', id=asset['id'], fields={'location': room['room'], 'asset_code': '0045101-000017'}, reason='Dán tem', **an)
        fields = {'unit_name': 'UBND xã Hòa Khê', 'unit_code': '0045101', 'cut_off': '01/01/2027 00:00', 'counted_at': '02/01/2027 08:00'}
        first, s = (pc.api('record', kind='inventory', fields={**fields, **more}, **an)['records'][0]['id']
                    for more in ({'counted_at': '02/01/2026 08:00'}, {}))
        pc.api('count', session=first, asset='0045101-000017', fields={'counted_qty': 1}, **an)
        for no, role in ((1, 'truong_ban'), (2, 'uy_vien')):
            pc.api('record', kind='committee_member', parent=s, fields={'no': no, 'name': 'Trần Đức Ân', 'role': role}, **an)
        pc.api('scan', session=s, codes=['0045101-000017'], **room, **an)
        pc.api('stocktake', session=s)
        pc.api('surplus', session=s, fields={k: v for k, v in ASSET.items() if k not in ('unit_code', 'value_basis', 'lifecycle')}, **room, **an)
        pc.api('finish', session=s, **an)
        pc.api('minutes', session=s, out=self.path('bien-ban.pdf'))
        pc.api('labels', assets=['0045101-000017'], out=self.path('tem.pdf'))

    def restore(self, r, file):
        r.keep('restore', {'file': file}, Program(r.program.path, file + '.home').call('restore', file))

    def centre(self, asset, sent):
        col, staff = self.col, {'as': 'tham-tra', 'passphrase': STAFF}
        col.api('submissions', scope=SCOPE)
        col.api('review', id=sent, **{'return': True}, field=['car'], comment=['Xe nào?'], reason='Kiểm lại', **staff)
        col.api('show', id=sent)
        task = col.api('task_add', id=sent, title='Nộp ảnh mái nhà', owner='Nguyễn Văn An', due='31/12/2026', **staff)['id']
        col.api('task_list', state='open')
        col.api('task_close', id=task, cancel=True, reason='Đã có ảnh', **staff)
        found = next(c for c in col.api('conflicts', scope=SCOPE)['conflicts'] if c['id'] == asset['id'])
        seen = [s['entry'] for f in found['fields'] if f['field'] == 'condition' for s in f['siblings']]
        col.api('resolve', id=asset['id'], fields={'condition': 'hong'}, seen=seen, reason='Đã xem máy', **staff)
        col.api('schedule_check', fields={k: v for k, v in SCHEDULE.items() if k != 'due_hour'})
        schedule = col.api('schedule_publish', fields=SCHEDULE, **{'as': 'bao-cao'}, passphrase=STAFF)['id']
        col.api('schedule_list')
        col.api('schedule_show', id=schedule)
        col.api('report', week='2026-W47', csv=self.path('w47.csv'))
        col.api('report_freeze', week='2026-W47', **{'as': 'bao-cao'}, passphrase=STAFF)
        col.api('report_list')
        col.api('contacts_import', file='commune_code,name,phone\n01202,Văn phòng xã,0203 888 999\n')
        col.api('contacts_set', code='01202', name='Văn phòng xã', phone='0203 888 998')
        col.api('catalogue_list', text='xa', limit=2)
        col.api('unit_show', code=SCOPE)
        col.api('board', week='2026-W47', state='missing', limit=2)
        col.api('acts', account='tham-tra')
        token = col.api('token_add', name='Excel của phòng Tài sản', account='bao-cao', ends_on='31/12/2027', **{'as': 'registrar'},
                        passphrase=REGISTRAR)['id']
        col.api('token_list')
        col.api('token_revoke', id=token, reason='Đổi máy', **{'as': 'registrar'}, passphrase=REGISTRAR)
        self.webhook(sent)
        with open(os.path.join(ROOT, 'sync', 'forms', 'weekly_statement.json'), encoding='utf-8') as f:
            form = json.load(f)
        form['version'] = 2
        form['title'] = ['week', 'car']
        col.api('form_draft', file=json.dumps(form, ensure_ascii=False))
        col.api('form_check', draft='weekly_statement')
        col.api('form_diff', name='weekly_statement', **{'from': 1})
        col.api('form_show', name='choice')
        col.api('form_list')
        col.api('form_import', file=form_book.write(self.path('cho.xlsx'), form_book.sample()))
        col.api('form_discard', name='market_survey')
        col.api('form_publish', file=json.dumps(form, ensure_ascii=False), passphrase=ROOT_PASS)
        col.api('form_close', name='weekly_statement', version=1, passphrase=ROOT_PASS)
        self.pc.api('sync')
        self.pc.api('correct', id=sent, fields={'car': 'chua'}, reason='Đếm lại', clerk='Nguyễn Văn An')
        self.pc.api('resolve', id=asset['id'], fields={'condition': 'kem'}, reason='Xem lại', clerk='Nguyễn Văn An')
        self.meet(asset, sent, staff)
        col.api('schedule_cancel', id=schedule, reason='Đổi sang kỳ tháng', **{'as': 'bao-cao'}, passphrase=STAFF)
        self.pc.api('lock')

    def webhook(self, sent):
        """Its receiver is not there, so a message is tried once and waits."""
        col, name = self.col, {'name': 'so-tai-chinh'}
        col.api('webhook_add', url='http://127.0.0.1:9/kiemke', private=True, event=['entry.received', 'review.made', 'task.changed'], **name)
        col.api('task_add', id=sent, title='Nộp ảnh cửa sổ', owner='Nguyễn Văn An', due='31/12/2026', **{'as': 'tham-tra'}, passphrase=STAFF)
        for _ in range(200):
            if col.api('webhook_deliveries', **name)['deliveries']:
                break
            col.seen.pop('webhook_deliveries')  # the first kept is the one that shows something
            time.sleep(0.05)
        col.api('webhook_test', **name)
        col.api('webhook_list')
        col.api('webhook_rotate', **name)
        col.api('webhook_resume', **name)
        col.api('webhook_remove', **name)

    def meet(self, asset, sent, staff):
        """The same thing recorded twice, and a check corrected twice."""
        pc, other, col, an = self.pc, self.other, self.col, {'clerk': 'Nguyễn Văn An'}
        twin = other.api('record', kind='asset', fields={**ASSET, 'name': 'Máy in một cửa', 'serial': 'VN3K-0117'})['records'][0]['id']
        pc.api('record', kind='asset', id=asset['id'], fields={'serial': 'vn3k 0117'}, reason='Xem tem máy', **an)
        fix = other.api('correct', id=sent, fields={'car': 'co'}, reason='Xe mới về')['records'][0]['id']
        for r in (pc, other, pc):
            r.api('sync')
        pc.api('duplicates')
        pc.api('link', id=asset['id'], other=twin, reason='Cùng một máy', **an)
        pc.api('unlink', id=twin, reason='Hai máy khác nhau', **an)
        pc.api('choose', id=fix, reason='Đã hỏi', **an)
        pc.api('sync')
        col.api('duplicates', scope=SCOPE)
        col.api('link', id=asset['id'], other=twin, reason='Cùng số sê-ri', **staff)
        col.api('unlink', id=twin, reason='Đã xem máy', **staff)
        col.api('choose', id=fix, reason='Đã xác minh', **staff)

    def held(self, asset):
        col, registrar = self.col, {'as': 'registrar', 'passphrase': REGISTRAR}
        key = self.other.api('clerk_list')['clerks'][0]['fingerprint']
        col.api('revoke', key=key, reason='Nghỉ việc', **registrar)
        self.other.api('record', kind='asset', id=asset['id'], fields={'location': 'Kho A'}, reason='Chuyển')
        self.other.api('sync')
        ids = [x['entry'] for x in col.api('held')['held']]
        col.api('admit', ids=ids, scope=SCOPE, reason='Ghi trước khi nghỉ', **registrar)
        col.api('erase', id=asset['id'], reason='Ghi nhầm thông tin cá nhân')
        for op in ('forks', 'checkpoint', 'limits'):
            col.api(op)
        col.api('verify', all=True)
        col.api('lines', file=self.path('log.lines'))
        note = self.write('note', col.seen['checkpoint'][1]['text'])
        log = col.seen['enrol_code'][1]['slip']['log']
        col.line('explain', ['explain', note, '--key', log], {'what': note, 'key': [log]})
        col.api('backup', file=self.path('collector.backup'))
        self.restore(col, self.path('collector.backup'))

    def witnesses(self):
        w, log = self.witness, self.col.seen['enrol_code'][1]['slip']['log']
        key = w.line('witness_init', ['witness', 'init', '--name', 'nhan-chung.example/w1'], {'name': 'nhan-chung.example/w1'})['key']
        w.line('witness_follow', ['witness', 'follow', log], {'log': log})
        w.line('witness_status', ['witness', 'status'], {})
        self.col.seen.update(w.seen)
        self.col.api('policy_set', witness=['nhan-chung.example/w1 %s https://nhan-chung.example' % key], quorum=0, passphrase=ROOT_PASS)
        self.col.api('policy_show')

    def recovery(self):
        """The collector of the backup, with its old log key: the PC has seen more, raises an alarm; then recover."""
        self.pc.api('sync')
        port = self.col.owner.url.rsplit(':', 1)[1]
        self.col.owner.stop()
        back = Recorder(Program(self.col.program.path, self.path('collector.backup.home')))
        shutil.copyfile(os.path.join(self.col.program.home, 'keys', 'log.key'), os.path.join(back.program.home, 'keys', 'log.key'))
        back.serve('--port', port, secrets={'passphrase': REGISTRAR})
        try:
            self.pc.api('sync')
        except Failed:
            pass  # 409 rollback
        self.pc.api('alarm_list')
        self.pc.api('alarm_export', no=1, out=self.path('evidence'))
        self.pc.api('alarm_close', no=1, reason='Đã hỏi trung tâm')
        back.owner.stop()
        back.line('recover', ['recover'], {}, {'passphrase': ROOT_PASS})
        back.serve('--port', port, secrets={'passphrase': REGISTRAR})
        self.pc.api('sync')
        back.api('recovery')
        back.owner.stop()
        self.col.seen.update({op: back.seen[op] for op in ('recover', 'recovery')})

    def stick(self):
        out = self.pc.api('export', usb=self.path('gui.kkb'))
        device = self.col.api('import', file=out['file'])['device']
        self.col.api('export', usb=self.path('tra-loi.kkb'), to=device)

    def play(self):
        self.begin()
        self.staff()
        self.clerks()
        asset, sent = self.record()
        self.look(asset, sent)
        self.centre(asset, sent)
        self.stick()
        self.col.api('unit_split', unit=SCOPE, into='01202', effective='01/07/2026', source='NQ 7/2026', apply=True, passphrase=REGISTRAR)
        self.col.api('unit_merge', **{'from': '01202'}, into=SCOPE, effective='01/12/2026', source='NQ 12/2026', apply=True, passphrase=REGISTRAR)
        self.held(asset)
        self.witnesses()
        self.recovery()
        return {r.name: r.seen for r in (self.pc, self.col)}


# ---- shortening, and members ----

def short(v, folder, name=''):
    if isinstance(v, dict):
        few = list(v)[:FIELDS] if name == 'fields' else list(v)
        return {k: '…' if k in SECRETS else short(v[k], folder, k) for k in few}
    if isinstance(v, list):
        return [short(x, folder) for x in v[:1]]
    if isinstance(v, str):
        v = v.replace(folder, '/home/kk')
        return v[:KEEP] + '…' if len(v) > TEXT else v
    return v


def members(v, at='', name=''):
    """Paths of all members; the fields of a record go by one name."""
    found = set()
    for k, x in v.items() if isinstance(v, dict) else ((('[]', v[0]),) if isinstance(v, list) and v else ()):
        path = at + '.' + ('*' if name == 'fields' else k)
        found |= {path} | members(x, path, k)
    return found


def examples(folder):
    run = Run(folder)
    try:
        return {p: {op: {'body': short(body, folder), 'answer': short(answer, folder)} for op, (body, answer) in seen.items()}
                for p, seen in run.play().items()}
    finally:
        run.stop()


def compare(kept, fresh):
    """(name, what is wrong or '') for each operation of both programs."""
    for program, seen in fresh.items():
        ops = json.loads(Program(os.path.join(BIN, program), '/').said('--help-json'))['ops']
        for op in sorted({api_name(o) for o in ops} - RUNNING[program]):
            was, now = kept.get(program, {}).get(op), seen.get(op)
            if not was or not now:
                yield '%s %s' % (program, op), 'no example: add a line to play in tests/scenario/examples_test.py and --write'
                continue
            a, b = members(was), members(now)
            yield '%s %s' % (program, op), '' if a == b else 'gone: %s; new: %s' % (sorted(a - b), sorted(b - a))


def main(argv):
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        try:
            fresh = examples(folder)
        except (Failed, OSError, KeyError, IndexError) as e:
            print('Bail out! %s: %s' % (type(e).__name__, e))
            return 1
    if '--write' in argv:
        with open(FILE, 'w', encoding='utf-8') as f:
            json.dump(fresh, f, ensure_ascii=False, indent=1)
            f.write('\n')
        return 0
    with open(FILE, encoding='utf-8') as f:
        told = list(compare(json.load(f), fresh))
    print('1..%d' % len(told))
    for n, (name, wrong) in enumerate(told, 1):
        print('%s %d - %s%s' % ('not ok' if wrong else 'ok', n, name, '\n# ' + wrong if wrong else ''))
    return 1 if any(w for _, w in told) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
