#!/usr/bin/env python3
"""What happens where two people meet in one record, with the real programs: three PCs that are offline whenever they
write, and the centre. Every merge policy; two values decided, decided otherwise, and decided twice at once; written off
and edited at once; two corrections of one check and the choice between them; records of one thing linked and taken apart;
two PCs that count one stocktake; blind writes. Prints TAP. Programs are found in $KK_BIN.
clause: M3 M4 M5 M6 M7 M8 M10 M12 M15 M16 M17 A7 A9 A10 E23"""
import json
import os
import sys
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN = '01201', '135790'
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'verifier': 'mot cum mat khau tham'}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']
# the built-in forms use neither max nor min
GAUGE = {
    'form': 'gauge', 'version': 1, 'scope': 'commune', 'class': 'register',
    'label': {'vi': 'Đồng hồ nước', 'en': 'Water gauge'}, 'title': ['name'],
    'fields': [
        {'name': 'name', 'type': 'text', 'label': {'vi': 'Tên', 'en': 'Name'}, 'merge': 'latest', 'required': True, 'maxlen': 50},
        {'name': 'most', 'type': 'int', 'label': {'vi': 'Số lớn nhất', 'en': 'Highest'}, 'merge': 'max'},
        {'name': 'least', 'type': 'decimal', 'label': {'vi': 'Số nhỏ nhất', 'en': 'Lowest'}, 'merge': 'min', 'places': 2},
        {'name': 'made', 'type': 'text', 'label': {'vi': 'Nơi làm', 'en': 'Made in'}, 'merge': 'immutable', 'maxlen': 50},
    ],
}


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def texts(sides):
    return sorted(x['text'] for x in sides)


class Seat:
    """One program while its owner runs: operations as its page asks them, and what it prints for people."""

    def __init__(self, name, home):
        self.program = Program(os.path.join(BIN, name), home)
        self.owner = self.told = None

    def serve(self, *args, **kw):
        self.owner = Owner(self.program, '--port', '0', *args, **kw)
        with open(os.path.join(self.program.home, 'owner.json'), encoding='utf-8') as f:
            self.told = json.load(f)

    def call(self, op, wrong=None, **body):
        """The answer; with wrong: the key of the error, which is needed to be that one."""
        req = urllib.request.Request('%s/api/%s' % (self.told['url'], op), data=json.dumps(body).encode(), headers={
            'Authorization': 'Bearer ' + self.told['token'], 'Content-Type': 'application/json', 'Accept-Language': 'vi'})
        try:
            with urllib.request.urlopen(req, timeout=120) as res:
                got = json.loads(res.read())
        except urllib.error.HTTPError as e:
            got = json.loads(e.read())
            if wrong is None:
                raise Failed('%s %s: %s' % (op, body, got)) from e
            need(op, got['key'], wrong)
            return got
        if wrong is not None:
            raise Failed('%s %s: no error: %s' % (op, body, got))
        return got

    def said(self, *args):
        return self.program.said(*args)

    def stop(self):
        if self.owner:
            self.owner.stop()


def pairs(fields):
    return dict(f.split('=', 1) for f in fields)


class World:
    def __init__(self, folder):
        self.folder = folder
        self.col = Seat('kiemke-collector', self.path('collector'))
        self.a, self.b, self.c = self.pcs = tuple(Seat('kiemke', self.path(x)) for x in 'abc')

    def path(self, name):
        return os.path.join(self.folder, name)

    def prepare(self):
        self.col.program.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.col.serve(secrets={'passphrase': PASS['registrar']})
        self.col.call('staff_add', role='verifier', name='Trần Thị Thẩm', title='Chuyên viên', passphrase=PASS['root'],
                      staff_passphrase=PASS['verifier'], **{'as': 'verifier'})
        self.col.call('form_publish', file=json.dumps(GAUGE, ensure_ascii=False), passphrase=PASS['root'])
        for pc, clerk in zip(self.pcs, ('Nguyễn Văn An', 'Lò Thị Bé', 'Vừ A Chống')):
            slip = self.path('slip.json')
            with open(slip, 'w', encoding='utf-8') as f:
                json.dump(self.col.call('enrol_code', scope=SCOPE, unit='Xã thử')['slip'], f)
            pc.program.call('enrol', slip, '--clerk', clerk, secrets={'pin': PIN})
            pc.serve('--offline')  # nobody is told of anything before `sync`
            pc.call('unlock', pin=PIN)  # once: the PIN takes a second
            pc.call('sync')

    def stop(self):
        for seat in (self.col,) + self.pcs:
            seat.stop()

    def meet(self):
        """Everybody sends what they have, then everybody has everything."""
        for _ in range(2):
            for pc in self.pcs:
                pc.call('sync')

    def new(self, pc, kind, *fields, **more):
        got = pc.call('record', kind=kind, fields=pairs(fields), **more)
        need('saved', got['saved'], True)
        return got['records'][0]['id']

    def edit(self, pc, kind, what, *fields, reason='Kiểm tra tại chỗ'):
        got = pc.call('record', kind=kind, id=what, fields=pairs(fields), reason=reason)
        need('saved', got['saved'], True)
        return got['records'][0]

    def decide(self, pc, what, *fields, reason='Đã xem tận nơi'):
        return pc.call('resolve', id=what, fields=pairs(fields), reason=reason)

    def centre(self, op, what, *fields, **more):
        body = {'id': what, 'reason': 'Trung tâm đã xác minh', 'as': 'verifier', 'passphrase': PASS['verifier'], **more}
        return self.col.call(op, **body, **({'fields': pairs(fields)} if fields else {}))

    def values(self, what, field):
        """What everybody shows, which is the same."""
        shown = [p.call('show', id=what)['fields'][field] for p in (self.col,) + self.pcs]
        for other in shown[1:]:
            need('everybody shows the same of ' + field, (other['value'], other['conflict']), (shown[0]['value'], shown[0]['conflict']))
        return shown[0]['value'], shown[0]['conflict']

    def waiting(self):
        """Ids of what waits for a person, the same everywhere."""
        found = []
        for p in (self.col,) + self.pcs:
            got = p.call('conflicts')
            found.append((sorted(x['id'] for x in got['conflicts']), sorted(x['id'] for x in got['corrections'])))
        for other in found[1:]:
            need('the same waits everywhere', other, found[0])
        for pc in self.pcs:
            need('the count of status', pc.call('status')['conflicts'], len(found[0][0]) + len(found[0][1]))
            need('the filter of list', pc.call('list', conflicts=True)['total'], len(found[0][0]) + len(found[0][1]))
        need('total at the centre', self.col.call('conflicts')['total'], len(found[0][0]) + len(found[0][1]))
        return found[0]

    def field(self, p, what, name):
        """One field of one record as `conflicts` has it."""
        got = [x for x in p.call('conflicts')['conflicts'] if x['id'] == what]
        return [f for f in got[0]['fields'] if f['field'] == name][0] if got else None


def test_policies(w):
    """each policy: keep and immutable ask a person; latest, max, min, union and central show one value and keep the rest"""
    g = w.new(w.a, 'gauge', 'name=Đồng hồ 1', 'most=10', 'least=3,5')
    t = w.new(w.a, 'asset', 'name=Máy in', 'location=Phòng 1', 'inv_code=01_1', *ASSET)
    f = w.new(w.a, 'facility', 'name=Trụ sở', 'address=Thôn 1', 'facility_type=tru_so', 'land_cert=co', 'surplus_status=khong')
    w.meet()
    w.edit(w.a, 'gauge', g, 'most=12', 'least=4', 'made=Hà Nội')
    w.edit(w.b, 'gauge', g, 'most=11', 'least=2,25', 'made=Huế')
    w.edit(w.a, 'asset', t, 'location=Phòng 2', 'inv_code=01_1, 01_2', 'condition=kem')
    w.edit(w.b, 'asset', t, 'location=Phòng 3', 'inv_code=01_1, 01_3', 'condition=hong')
    w.centre('resolve', f, 'commune_code=01204')
    w.edit(w.b, 'facility', f, 'commune_code=01201', 'address=Thôn 2')
    w.meet()
    need('max', w.values(g, 'most'), (12, False))
    need('min', w.values(g, 'least'), ('2.25', False))
    need('immutable', w.values(g, 'made')[1], True)
    need('latest', w.values(t, 'location')[0] in ('Phòng 2', 'Phòng 3'), True)
    need('union', w.values(t, 'inv_code'), (['01_1', '01_2', '01_3'], False))
    need('keep', w.values(t, 'condition')[1], True)
    need('central', w.values(f, 'commune_code'), ('01204', False))
    need('waiting', w.waiting(), (sorted([g, t]), []))
    old = [c['new_text'] for c in w.c.call('history', id=t, field='location')['changes']]
    need('what does not show stays in the history', old, ['Phòng 1'] + sorted(old[1:], key=['Phòng 2', 'Phòng 3'].index))
    w.decide(w.c, g, 'made=Huế')
    w.decide(w.c, t, 'condition=hong')
    w.meet()
    need('decided', (w.values(g, 'made'), w.values(t, 'condition'), w.waiting()), (('Huế', False), ('hong', False), ([], [])))


def test_two_values(w):
    """broken here, moved there: both hold; two conditions: each sees base, mine and theirs; one decides, offline, with a reason"""
    t = w.new(w.a, 'asset', 'name=Máy tính Dell', *ASSET)
    w.meet()
    w.edit(w.a, 'asset', t, 'use_state=hong_khong_su_dung')
    w.edit(w.b, 'asset', t, 'location=Kho')
    w.meet()
    need('both changes hold', (w.values(t, 'use_state')[0], w.values(t, 'location')[0], w.waiting()), ('hong_khong_su_dung', 'Kho', ([], [])))
    w.edit(w.a, 'asset', t, 'condition=kem', reason='Chạy chậm')
    w.edit(w.b, 'asset', t, 'condition=hong', reason='Không lên nguồn')
    w.meet()
    need('waiting', w.waiting(), ([t], []))
    for pc, mine, theirs in ((w.a, 'Kém', 'Hỏng'), (w.b, 'Hỏng', 'Kém')):
        f = w.field(pc, t, 'condition')
        need('base', texts(f['base']), ['Tốt'])
        need('mine', texts(f['mine']), [mine])
        need('theirs', texts(f['theirs']), [theirs])
    f = w.field(w.c, t, 'condition')
    need('on a third PC', (f['mine'], texts(f['theirs'])), ([], ['Hỏng', 'Kém']))
    f = w.field(w.col, t, 'condition')
    need('at the centre', (texts(f['base']), f['mine'], texts(f['theirs'])), (['Tốt'], [], ['Hỏng', 'Kém']))
    for p in (w.a, w.col):
        for s in w.field(p, t, 'condition')['siblings']:
            need('who', s['who'], {'Kém': 'Nguyễn Văn An', 'Hỏng': 'Lò Thị Bé'}[s['text']])
            need('why', s['reason'], {'Kém': 'Chạy chậm', 'Hỏng': 'Không lên nguồn'}[s['text']])
            need('from what', texts(s['old']), ['Tốt'])
            need('not after', isinstance(s['interval'][1], int), True)
    for p in (w.a, w.col):
        said = p.said('conflicts')
        for word in ('Tốt', 'Kém', 'Hỏng', 'Lò Thị Bé', 'Không lên nguồn'):
            need('said: ' + word, word in said, True)
    w.a.call('resolve', id=t, fields={'condition': 'hong'}, wrong='op.missing')
    w.decide(w.a, t, 'condition=hong', reason='Hai người cùng xem')
    w.meet()
    need('decided', (w.values(t, 'condition'), w.waiting()), (('hong', False), ([], [])))
    last = w.b.call('history', id=t, field='condition')['changes'][-1]
    need('the value not chosen stays in the history', (sorted(x['text'] for x in last['old']), last['reason']), (['Hỏng', 'Kém'], 'Hai người cùng xem'))
    w.centre('resolve', t, 'condition=kem')
    w.meet()
    need('the centre decided otherwise', (w.values(t, 'condition'), w.waiting()), (('kem', False), ([], [])))
    w.decide(w.c, t, 'condition=trung_binh', reason='Đã sửa')
    w.meet()
    need('and a third PC once more', (w.values(t, 'condition'), w.waiting()), (('trung_binh', False), ([], [])))


def test_two_decisions(w):
    """two decisions at once are two values again, what they decided between is the base; nothing is lost"""
    t = w.new(w.a, 'asset', 'name=Máy chiếu', *ASSET)
    w.meet()
    w.edit(w.a, 'asset', t, 'quantity=2')
    w.edit(w.b, 'asset', t, 'quantity=3')
    w.meet()
    w.decide(w.b, t, 'quantity=3', reason='Có ba')
    w.decide(w.c, t, 'quantity=2', reason='Có hai')
    w.meet()
    need('waiting', w.waiting(), ([t], []))
    f = w.field(w.b, t, 'quantity')
    need('both decided', (texts(f['mine']), texts(f['theirs']), texts(f['base'])), (['3'], ['2'], ['2', '3']))
    w.centre('resolve', t, 'quantity=3')
    w.edit(w.a, 'asset', t, 'quantity=5', reason='Đếm lại')
    w.meet()
    need('who did not know of the decision', w.values(t, 'quantity')[1], True)
    f = w.field(w.col, t, 'quantity')
    need('mine at the centre', (texts(f['mine']), texts(f['theirs'])), (['3'], ['5']))
    w.decide(w.a, t, 'quantity=5')
    w.meet()
    need('decided', (w.values(t, 'quantity'), w.waiting()), ((5, False), ([], [])))
    all_of_it = [c['new_text'] for c in w.c.call('history', id=t, field='quantity')['changes']]
    need('every value ever written', sorted(all_of_it), ['1', '2', '2', '3', '3', '3', '5', '5'])


def test_came_meanwhile(w):
    """what came while somebody wrote stays beside it: of a draft, of a change that names what was seen, of a decision"""
    t = w.new(w.a, 'asset', 'name=Máy chiếu', 'location=Phòng 1', *ASSET)
    w.meet()
    draft = w.a.call('draft_new', edits=t)['id']
    w.a.call('draft_set', id=draft, fields={'condition': 'kem'})
    w.edit(w.b, 'asset', t, 'condition=hong')
    w.meet()
    w.a.call('draft_set', id=draft, fields={'location': 'Phòng 2'}, reason='Xem lại')
    w.a.call('submit', id=draft)
    w.meet()
    need('both stand', (w.values(t, 'condition')[1], texts(w.field(w.c, t, 'condition')['siblings'])), (True, ['Hỏng', 'Kém']))
    need('a field nobody else wrote', w.values(t, 'location'), ('Phòng 2', False))
    need('it is no blind one', [x['flags'] for x in w.c.call('history', id=t)['changes'] if 'blind' in x['flags']], [])
    seen = [s['entry'] for s in w.field(w.a, t, 'condition')['siblings']]
    w.edit(w.b, 'asset', t, 'condition=tot')
    w.meet()
    w.a.call('resolve', wrong='resolve.changed', id=t, fields={'condition': 'kem'}, reason='Đã xem', seen=seen)
    seen = w.a.call('show', id=t)['seen']
    w.edit(w.c, 'asset', t, 'condition=hong')
    w.meet()
    need('saved', w.a.call('record', kind='asset', id=t, fields={'condition': 'kem'}, reason='Xem lại', seen=seen + seen)['saved'], True)  # told twice, named once
    w.meet()
    need('both stand again', (w.values(t, 'condition')[1], texts(w.field(w.b, t, 'condition')['siblings'])), (True, ['Hỏng', 'Kém']))
    w.decide(w.a, t, 'condition=tot')
    w.meet()
    need('nothing waits of it', [x for x in w.waiting()[0] if x == t], [])


def test_written_off(w):
    """written off here, edited there: both are kept, both are told, and a person says what holds"""
    t = w.new(w.a, 'asset', 'name=Máy phát điện', *ASSET)
    u = w.new(w.a, 'asset', 'name=Máy bơm', *ASSET)
    w.meet()
    w.edit(w.b, 'asset', u, 'location=Nhà kho')
    w.meet()
    w.edit(w.a, 'asset', u, 'lifecycle=da_giam', 'decrease_reason=thanh_ly')
    w.edit(w.a, 'asset', t, 'lifecycle=da_giam', 'decrease_reason=thanh_ly', reason='Đã thanh lý')
    w.edit(w.b, 'asset', t, 'location=Phòng Kinh tế', reason='Chuyển phòng')
    w.edit(w.c, 'asset', t, 'note=Vẫn chạy tốt')
    w.meet()
    need('only what was edited at once', w.waiting(), ([t], []))
    need('both hold', (w.values(t, 'lifecycle'), w.values(t, 'location')[0]), (('da_giam', False), 'Phòng Kinh tế'))
    for p in (w.col,) + w.pcs:
        r = p.call('conflicts')['conflicts'][0]['retired']
        need('who wrote off', [x['who'] for x in r['by']], ['Nguyễn Văn An'])
        need('who edited', sorted((x['who'], x['fields'][0]['text']) for x in r['edits']),
             [('Lò Thị Bé', 'Phòng Kinh tế'), ('Vừ A Chống', 'Vẫn chạy tốt')])
        for word in ('Phòng Kinh tế', 'Đã thanh lý', 'ghi giảm'):
            need('said: ' + word, word in p.said('conflicts'), True)
        need('and where the record is shown', (len(p.call('show', id=t)['retired']['edits']), 'cần quyết định' in p.said('show', t)), (2, True))
    w.decide(w.b, t, 'lifecycle=dang_theo_doi', reason='Chưa thanh lý, chỉ chuyển phòng')
    w.meet()
    need('taken back', (w.values(t, 'lifecycle'), w.waiting()), (('dang_theo_doi', False), ([], [])))
    w.edit(w.a, 'asset', t, 'lifecycle=da_giam', 'decrease_reason=thanh_ly')
    w.edit(w.c, 'asset', t, 'note=Đã đem sửa')
    w.meet()
    need('again', w.waiting(), ([t], []))
    w.centre('resolve', t, 'lifecycle=da_giam')
    w.meet()
    need('confirmed by the centre, the edit stays', (w.values(t, 'lifecycle'), w.values(t, 'note')[0], w.waiting()),
         (('da_giam', False), 'Đã đem sửa', ([], [])))
    got = w.edit(w.b, 'asset', t, 'note=Ghi chú sau khi ghi giảm')
    need('who knows is warned', [x['field'] for x in got['warnings']].count('lifecycle'), 1)
    w.meet()
    need('and asks nobody', w.waiting(), ([], []))


def statement(pc, week, **fields):
    with open(os.path.join(ROOT, 'tests', 'sample', 'weekly_statement.json'), encoding='utf-8') as f:
        o = json.load(f)
    o['fields'].update(week=week, **fields)
    got = pc.call('record', kind=o['kind'], fields=o['fields'], submit=True)
    need('saved', got['saved'], True)
    return got['records'][0]['id']


def correct(pc, what, *fields):
    got = pc.call('correct', id=what, fields=pairs(fields), reason='Ghi nhầm')
    need('saved', got['saved'], True)
    return got['records'][0]['id']


def standing(w, what):
    """How everybody sees a check, which is the same."""
    words = {'received': 'counts', 'superseded': 'replaced', 'disputed': 'disputed'}
    seen = [words[w.col.call('show', id=what)['standing']['state']]] + [pc.call('show', id=what)['standing'] for pc in w.pcs]
    need('the same standing everywhere', len(set(seen)), 1)
    listed = [x['state'] for x in w.col.call('submissions', scope=SCOPE)['submissions'] if x['id'] == what]
    need('in the list, too', [words[x] for x in listed], seen[:1])
    return seen[0]


def test_corrections(w):
    """two corrections of one check: neither counts until somebody chooses; reversed, contested, and a third one that came late"""
    x = statement(w.a, '2026-W40')
    w.meet()
    one = correct(w.a, x, 'contact_name=Trần Đức Ân A')
    w.meet()
    need('a chain', (standing(w, x), standing(w, one), w.waiting()), ('replaced', 'counts', ([], [])))
    p, q = correct(w.a, one, 'contact_name=Người P'), correct(w.b, one, 'contact_name=Người Q')
    w.meet()
    need('waiting', w.waiting(), ([], [one]))
    need('meanwhile', [standing(w, i) for i in (x, one, p, q)], ['replaced', 'counts', 'disputed', 'disputed'])
    got = w.c.call('conflicts')['corrections'][0]
    need('both corrections', sorted((c['id'], c['who']) for c in got['corrections']), sorted([(p, 'Nguyễn Văn An'), (q, 'Lò Thị Bé')]))
    need('said', 'Lò Thị Bé' in w.c.said('conflicts') and 'Lò Thị Bé' in w.col.said('conflicts'), True)
    w.a.call('correct', id=one, fields={'contact_name': 'Z'}, reason='x', wrong='correct.choose')
    w.c.call('choose', id=q, reason='Bé gọi điện xác nhận')
    w.meet()
    need('chosen', [standing(w, i) for i in (x, one, p, q)], ['replaced', 'replaced', 'replaced', 'counts'])
    need('nothing waits', w.waiting(), ([], []))
    w.centre('choose', p)
    w.meet()
    need('the centre chose otherwise', [standing(w, i) for i in (one, p, q)], ['replaced', 'counts', 'replaced'])
    w.a.call('choose', id=q, reason='Theo Bé')
    w.b.call('choose', id=one, reason='Không phiếu nào đúng')
    w.meet()
    need('two choices at once', ([standing(w, i) for i in (one, p, q)], w.waiting()), (['counts', 'disputed', 'disputed'], ([], [one])))
    w.c.call('choose', id=q, reason='Đã thống nhất')
    w.meet()
    need('chosen again', ([standing(w, i) for i in (one, p, q)], w.waiting()), (['replaced', 'replaced', 'counts'], ([], [])))
    y = statement(w.a, '2026-W41')
    w.meet()
    s, t = correct(w.a, y, 'contact_name=S'), correct(w.b, y, 'contact_name=T')
    w.a.call('sync')
    w.b.call('sync')
    w.a.call('sync')
    u = correct(w.c, y, 'contact_name=U')  # has seen neither
    w.a.call('choose', id=s, reason='Đúng')
    w.meet()
    need('a third one nobody had seen', ([standing(w, i) for i in (y, s, t, u)], w.waiting()), (['counts'] + ['disputed'] * 3, ([], [y])))
    w.centre('choose', u)
    w.meet()
    need('exactly one counts', ([standing(w, i) for i in (y, s, t, u)], w.waiting()), (['replaced'] * 3 + ['counts'], ([], [])))
    v = correct(w.b, u, 'contact_name=V')
    w.meet()
    need('and the chain goes on', [standing(w, i) for i in (u, v)], ['replaced', 'counts'])
    w.a.call('correct', id=t, fields={'contact_name': 'Z'}, reason='x', wrong='correct.not_chosen')


def test_same_statement_twice(w):
    """two PCs submit the statement of one week: one record, two values, and a correction that settles it"""
    x, y = statement(w.a, '2026-W42'), statement(w.b, '2026-W42', contact_name='Lò Thị Bé')
    need('one record', x, y)
    w.meet()
    need('waiting', w.waiting(), ([x], []))
    flags = {f['flag'] for c in w.c.call('history', id=x)['changes'] for f in c['flags']}
    need('flagged', {'blind', 'again'} <= flags, True)
    fix = correct(w.c, x, 'contact_name=Lò Thị Bé')
    w.meet()
    need('settled', (standing(w, x), standing(w, fix), w.waiting()), ('replaced', 'counts', ([], [])))


def members(p, what):
    return sorted(m['id'] for m in p.call('show', id=what).get('members', []))


def test_one_thing(w):
    """one thing recorded twice: suggested with reasons, linked, shown once everywhere, found by any code, taken apart again"""
    before = w.a.call('list', kind='asset')['total']
    ids = [w.new(pc, 'asset', 'name=Ô tô ' + name, 'plate_no=' + plate, 'asset_code=' + code, *ASSET)
           for pc, name, plate, code in ((w.a, 'Fortuner', '29A-123.45', '0045101-000901'), (w.b, 'Toyota', '29A 12345', '0045101-000902'),
                                         (w.c, 'công vụ', '29a12345', '0045101-000903'))]
    other = w.new(w.a, 'asset', 'name=Ô tô khác', 'plate_no=29A-999.99', 'serial=không', *ASSET)
    w.new(w.b, 'asset', 'name=Ô tô nữa', 'plate_no=không', 'serial=không', *ASSET)
    w.meet()
    for p in (w.a, w.col):
        got = p.call('duplicates', **({'scope': SCOPE} if p is w.col else {}))
        need('suggested', [sorted(r['id'] for r in d['records']) for d in got['duplicates']], [sorted(ids)])
        need('why', [r['field'] for r in got['duplicates'][0]['reasons']], ['plate_no'])
        need('said', 'Biển số xe' in p.said('duplicates', *(('--scope', SCOPE) if p is w.col else ())), True)
    head, mid, last = sorted(ids)
    w.a.call('link', id=last, other=mid, reason='Cùng một xe')
    w.b.call('link', id=mid, other=head, reason='Cùng biển số')  # at the same time
    w.meet()
    for p in (w.col,) + w.pcs:
        for i in ids:
            need('shown as the head', p.call('show', id=i)['id'], head)
            need('with the others', members(p, i), sorted([mid, last]))
        need('nothing left to suggest', p.call('duplicates', **({'scope': SCOPE} if p is w.col else {}))['duplicates'], [])
    for pc in w.pcs:
        need('counted once', pc.call('list', kind='asset')['total'], before + 3)
        listed = [x for x in pc.call('list', kind='asset')['items'] if x['id'] in ids]
        need('listed once', [(x['id'], sorted(m['id'] for m in x['members'])) for x in listed], [(head, sorted([mid, last]))])
        need('found by the words of any', [pc.call('search', words=[words])['items'][0]['id'] for words in ('fortuner', 'toyota', 'cong vu', 'fortuner toyota')],
             [head] * 4)
        need('once', pc.call('search', words=['fortuner'])['total'], 1)
        for code in ('0045101-000901', '0045101-000902', '0045101-000903', '29A12345'):
            need('found by any code', pc.call('show', id=code)['id'], head)
        differ = {d['field'] for m in pc.call('show', id=head)['members'] for d in m['differ']}
        need('what the others say otherwise', {'name', 'asset_code'} <= differ, True)
    w.c.call('link', id=last, other=head, reason='x', wrong='same.already')
    w.c.call('unlink', id=mid, reason='Không phải xe này')
    w.meet()
    for p in (w.col,) + w.pcs:
        need('taken out', (members(p, mid), p.call('show', id=mid)['id']), ([], mid))
        need('the others stay together', members(p, head), [last])
    w.centre('link', mid, other=other)
    w.meet()
    need('the centre linked', (members(w.a, other), members(w.a, mid)), ([mid], [mid]) if other < mid else ([other], [other]))
    w.centre('unlink', other)
    w.meet()
    need('and took apart', (members(w.b, other), members(w.b, mid)), ([], []))
    need('everything is where it was', [w.c.call('show', id=i)['fields']['asset_code']['value'][-1] for i in (mid,)],
         [str(ids.index(mid) + 1)])
    need('the reason stands', [c['reason'] for c in w.a.call('history', id=mid, field='same_as')['changes']][-1] in
         ('Trung tâm đã xác minh', 'Không phải xe này', 'Cùng biển số'), True)
    need('nothing waits', w.waiting(), ([], []))
    w.a.call('unlink', id=statement(w.a, '2026-W43'), reason='x', wrong='same.no_field')


def test_premises(w):
    """premises are one thing by map sheet and parcel, however they are written; what hangs on either shows with it"""
    common = ['address=Thôn 3', 'facility_type=truong', 'land_cert=co', 'surplus_status=khong']
    x = w.new(w.a, 'facility', 'name=Trường cũ', 'map_sheet=07', 'parcel=118', *common)
    y = w.new(w.b, 'facility', 'name=Trường mới', 'map_sheet=7', 'parcel=118', *common)
    w.new(w.c, 'facility', 'name=Trường khác', 'map_sheet=7', 'parcel=119', *common)
    w.meet()
    got = w.c.call('duplicates', kind='facility')['duplicates']
    need('suggested', [(sorted(r['id'] for r in d['records']), d['reasons'][0]['field']) for d in got], [(sorted([x, y]), 'map_sheet')])
    w.c.call('link', id=x, other=y, reason='Một thửa đất')
    w.meet()
    need('one', [members(p, x) for p in (w.col,) + w.pcs], [[max(x, y)]] * 4)


def line(w, pc, session, asset, qty, *more):
    return w.new(pc, 'inventory_line', 'asset=' + asset, 'count_status=da_kiem', 'counted_qty=%d' % qty, 'use_state=dung_muc_dich',
                 'condition=tot', *more, parent=session)


def test_stocktake(w):
    """two PCs count one session: they meet in the same lines; equal counts ask nobody, different ones a person"""
    t = w.new(w.a, 'asset', 'name=Bàn họp', 'asset_code=0045101-000801', *[f if not f.startswith('quantity') else 'quantity=4' for f in ASSET])
    u = w.new(w.a, 'asset', 'name=Ghế', 'asset_code=0045101-000802', *[f if not f.startswith('quantity') else 'quantity=9' for f in ASSET])
    twin = w.new(w.b, 'asset', 'name=Ghế phòng họp', 'asset_code=0045101-000803', *[f if not f.startswith('quantity') else 'quantity=9' for f in ASSET])
    s = w.new(w.a, 'inventory', 'unit_name=UBND xã', 'unit_code=0045101', 'cut_off=01/01/2026 00:00', 'counted_at=02/01/2026 08:00')
    w.meet()
    w.a.call('link', id=u, other=twin, reason='Cùng bộ ghế')
    w.meet()
    one = line(w, w.a, s, t, 4)
    need('one line', line(w, w.b, s, '0045101-000801', 4), one)
    two = line(w, w.a, s, '0045101-000802', 9)
    need('one line by either code', line(w, w.b, s, '0045101-000803', 8, 'cause=mat'), two)
    w.meet()
    need('only the different one waits', w.waiting(), ([two], []))
    f = w.field(w.a, two, 'counted_qty')
    need('both counts', (texts(f['mine']), texts(f['theirs']), f['base']), (['9'], ['8'], []))
    need('the second is blind', [x['flags'][0]['flag'] for x in f['siblings'] if x['flags']], ['blind'])
    need('two lines in all', w.c.call('list', kind='inventory_line', parent=s)['total'], 2)
    fields = sorted(x['field'] for x in w.c.call('conflicts')['conflicts'][0]['fields'])
    need('what differs', fields, ['counted_qty', 'discrepancy'])
    got = w.a.call('record', kind='inventory', id=s, fields={'state': 'da_chot'}, reason='Xong')
    need('not finished without its committee', (got['saved'], len(got['records'][0]['errors'])), (False, 2))
    got = w.edit(w.a, 'inventory', s, 'note=Tầng 1')
    need('what is not decided is said', [x['text'] for x in got['warnings'] if 'hai giá trị' in x['text']] != [], True)
    w.decide(w.c, two, 'counted_qty=9', 'discrepancy=khop', 'cause=', reason='Đếm lại cùng nhau')
    for no, (pc, who) in enumerate(((w.a, 'An'), (w.b, 'Bé')), 1):
        w.new(pc, 'committee_member', 'no=%d' % no, 'name=' + who, 'role=%s' % ('truong_ban', 'uy_vien')[no - 1], parent=s)
    w.new(w.c, 'committee_member', 'no=1', 'name=Chống', 'role=truong_ban', parent=s)
    w.meet()
    need('the count is decided, the head of the committee is not', w.values(two, 'counted_qty'), (9, False))
    seat = [x for x in w.waiting()[0]]
    need('one seat', len(seat), 1)
    w.decide(w.a, seat[0], 'name=An')
    w.meet()
    need('nothing waits', w.waiting(), ([], []))
    w.edit(w.b, 'inventory', s, 'state=da_chot')
    w.edit(w.c, 'inventory_line', one, 'counted_qty=3', 'discrepancy=thieu', 'cause=mat')
    w.meet()
    need('the session is finished, the late count is kept', (w.values(s, 'state')[0], w.values(one, 'counted_qty')), ('da_chot', (3, False)))


def test_held_back(w):
    """a correction that is held back leaves the other one to count; admitted, it is a question again"""
    x = statement(w.a, '2026-W44')
    w.meet()
    p, q = correct(w.a, x, 'contact_name=P'), correct(w.b, x, 'contact_name=Q')
    w.meet()
    need('waiting', w.waiting(), ([], [x]))
    first = [c['index'] for c in w.a.call('history', id=q)['changes']][0]
    by = {'as': 'registrar', 'passphrase': PASS['registrar']}
    w.col.call('revoke', key=w.b.call('clerk_list')['clerks'][0]['fingerprint'], reason='Máy bị mất', **{'from': first}, **by)
    for pc in (w.a, w.c):
        pc.call('sync')
    for pc in (w.a, w.c):
        need('one is left', ([pc.call('show', id=i)['standing'] for i in (x, p)], pc.call('conflicts')['corrections'], pc.call('status')['conflicts']),
             (['replaced', 'counts'], [], 0))
    need('at the centre', (w.col.call('show', id=p)['standing']['state'], w.col.call('conflicts')['total']), ('received', 0))
    held = [h['entry'] for h in w.col.call('held')['held']]
    w.col.call('admit', ids=held, scope=SCOPE, reason='Ghi trước khi mất máy', **by)
    for pc in (w.a, w.c):
        pc.call('sync')
        need('a question again', ([pc.call('show', id=i)['standing'] for i in (x, p, q)], pc.call('status')['conflicts']), (['counts', 'disputed', 'disputed'], 1))
    need('at the centre, too', ([w.col.call('show', id=i)['standing']['state'] for i in (x, p, q)], w.col.call('conflicts')['total']),
         (['received', 'disputed', 'disputed'], 1))
    w.centre('choose', q)
    for pc in (w.a, w.c):
        pc.call('sync')
        need('chosen', [pc.call('show', id=i)['standing'] for i in (x, p, q)], ['replaced', 'replaced', 'counts'])


def test_all_verifies(w):
    """everything everybody holds verifies, and building it anew gives the same"""
    for pc in w.pcs:
        got = pc.call('verify_store')
        need('PC', (got['ok'], got['differ']), (True, 0))
    need('collector', w.col.call('verify', all=True)['ok'], True)


TESTS = [test_policies, test_two_values, test_two_decisions, test_came_meanwhile, test_written_off, test_corrections, test_same_statement_twice,
         test_one_thing, test_premises, test_stocktake, test_held_back, test_all_verifies]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
