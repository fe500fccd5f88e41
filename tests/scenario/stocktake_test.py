#!/usr/bin/env python3
"""A stocktake by scanner with the real programs, as the page asks for it: sixty tags of a room; unknown, wrong room,
repeated; bursts that run together or went through a Vietnamese input method; a power cut; two PCs that count one
session; what is missing, surplus or not counted yet, which is never the same; finished, and what comes late; the year
after. Prints TAP. Programs are found in $KK_BIN."""
import json
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from meet_test import Seat  # noqa: E402
from play import need, play  # noqa: E402
from stick import photo  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN, REGISTRAR = '01201', '135790', 'mot cum mat khau dang ky'
ROOT_PASS = 'mot cum mat khau goc'
ROOM, HALL = 'Phòng Tài chính - Kế toán', 'Hội trường tầng 3'
TAGS = 60
ASSET = {'class': 'may_moc_thiet_bi', 'unit_code': '0045101', 'uom': 'cai', 'quantity': 1, 'use_year': 2024, 'value_basis': 'so_ke_toan',
         'condition': 'kha', 'use_state': 'dung_muc_dich', 'location': ROOM, 'cost_budget': 14990000, 'residual': 10705858}


def code(n):
    return '0045101-%06d' % n


class World:
    def __init__(self, folder):
        self.folder = folder
        self.col = Seat('kiemke-collector', os.path.join(folder, 'collector'))
        self.a, self.b = (Seat('kiemke', os.path.join(folder, x)) for x in 'ab')
        self.id = {}

    def prepare(self):
        self.col.program.call('init', '--name', 'Thử', secrets={'passphrase': ROOT_PASS, 'registrar_passphrase': REGISTRAR})
        self.col.serve(secrets={'passphrase': REGISTRAR})
        for pc, clerk in ((self.a, 'Nguyễn Văn An'), (self.b, 'Lò Thị Bé')):
            slip = os.path.join(self.folder, 'slip.json')
            with open(slip, 'w', encoding='utf-8') as f:
                json.dump(self.col.call('enrol_code', scope=SCOPE, unit='Xã thử')['slip'], f)
            pc.program.call('enrol', slip, '--clerk', clerk, '--title', 'Công chức', secrets={'pin': PIN})
            self.open(pc)
            pc.call('sync')
        self.register()
        self.meet()

    def open(self, pc):
        pc.serve('--offline')
        pc.call('unlock', pin=PIN)

    def register(self):
        """Sixty machines of the room, and what is worth tripping over."""
        some = [dict(ASSET, name='Máy vi tính %02d' % n, asset_code=code(n)) for n in range(1, TAGS + 1)]
        some += [dict(ASSET, name='Máy chiếu', asset_code=code(101), location=HALL), dict(ASSET, name='Ghế', asset_code=code(102), quantity=30),
                 dict(ASSET, name='Máy in cũ', asset_code=code(103), lifecycle='da_giam', decrease_reason='thanh_ly'),
                 dict(ASSET, name='Tủ sắt', serial='DD12AAW'), dict(ASSET, name='Két sắt', serial='DOOR 7'),
                 dict(ASSET, name='Loa trái', serial='LOA-77'), dict(ASSET, name='Loa phải', serial='LOA-77'),
                 dict(ASSET, name='Máy trạm y tế', asset_code=code(104), unit_code='0045106'), dict(ASSET, name='Bàn chưa có mã')]
        got = self.a.call('record', kind='asset', file='\n'.join(json.dumps({'fields': x}) for x in some))
        need('the register', got['saved'], True)
        for x, r in zip(some, got['records']):
            self.id[x['name']] = r['id']

    def stop(self):
        for seat in (self.col, self.a, self.b):
            seat.stop()

    def meet(self):
        for _ in range(2):
            for pc in (self.a, self.b):
                pc.call('sync')

    def session(self, pc, at='02/01/2027 08:00', **fields):
        got = pc.call('record', kind='inventory', fields={'unit_name': 'UBND xã Hòa Khê', 'unit_code': '0045101', 'cut_off': '01/01/2027 00:00',
                                                          'counted_at': at, **fields})
        need('a session', got['saved'], True)
        return got['records'][0]['id']

    def committee(self, pc, session):
        for no, (name, role) in enumerate((('Trần Đức Ân', 'truong_ban'), ('Lò Thị Bé', 'uy_vien'), ("H'Lan Niê", 'thu_ky')), 1):
            need('a member', pc.call('record', kind='committee_member', parent=session, fields={'no': no, 'name': name, 'position': 'Công chức',
                                     'role': role})['saved'], True)

    def scan(self, pc, session, *codes, room=ROOM):
        return pc.call('scan', session=session, codes=list(codes), room=room)['scans']

    def outcomes(self, *args, **kw):
        return [x['outcome'] for x in self.scan(*args, **kw)]

    def row(self, pc, session, name):
        return next(x for x in pc.call('stocktake', session=session)['lines'] if x['name'] == name)


def test_sixty(w):
    """sixty tags: each scan is kept at once, and the room is counted"""
    w.s = w.session(w.a)
    w.committee(w.a, w.s)
    before = w.a.call('status')['saved']
    for n in range(1, TAGS):
        got = w.scan(w.a, w.s, code(n))
        need('one scan', [(x['outcome'], x['saved'], x['row']['name']) for x in got], [('found', True, 'Máy vi tính %02d' % n)])
        need('kept', w.a.call('status')['saved'], before + n)
    got = w.a.call('stocktake', session=w.s, room=ROOM, only='uncounted')
    need('counted', (got['counts']['counted'], got['counts']['missing'], got['counts']['different']), (TAGS - 1, 0, 0))
    need('the list of what was not found', sorted(x['name'] for x in got['lines']),
         sorted(['Máy vi tính 60', 'Ghế', 'Tủ sắt', 'Két sắt', 'Loa trái', 'Loa phải', 'Bàn chưa có mã']))
    rooms = {x['room']: (x['book'], x['counted']) for x in w.a.call('stocktake', session=w.s, limit=0)['rooms']}
    need('rooms', rooms, {ROOM: (TAGS + 6, TAGS - 1), HALL: (1, 0)})
    row = w.row(w.a, w.s, 'Máy vi tính 01')
    need('what is written', (row['book'], row['counted'], row['diff'], row['condition'], row['discrepancy']),
         ({'qty': 1, 'cost': 14990000, 'residual': 10705858}, {'qty': 1, 'cost': 14990000, 'residual': 10705858},
          {'qty': 0, 'cost': 0, 'residual': 0}, 'kha', 'khop'))


def test_outcomes(w):
    """repeated, unknown, wrong room, many, written off, ambiguous: each its own word, and only what counts is written"""
    before = w.a.call('status')['saved']
    again = w.scan(w.a, w.s, code(1))[0]
    need('repeated', (again['outcome'], again['saved'], again['counted_by'], 'Nguyễn Văn An' in again['text']), ('repeated', False, 'Nguyễn Văn An', True))
    need('not written', w.outcomes(w.a, w.s, '9999999-000001', code(102), code(103), 'LOA-77'), ['unknown', 'quantity', 'written_off', 'ambiguous'])
    need('nothing kept', w.a.call('status')['saved'], before)
    wrong = w.scan(w.a, w.s, code(101))[0]
    need('wrong room', (wrong['outcome'], wrong['saved'], HALL in wrong['text']), ('wrong_room', True, True))
    row = w.row(w.a, w.s, 'Máy chiếu')
    need('where it was', (row['found_location'], row['discrepancy'], row['diff']['qty']), (ROOM, 'sai_vi_tri', 0))
    other = w.scan(w.a, w.s, code(104))[0]
    need("another unit's", (other['outcome'], other['row']['inside']), ('wrong_room', False))
    need('one and the same, twice in one burst', w.outcomes(w.a, w.s, code(60), code(60)), ['found', 'repeated'])
    need('none are missing', w.a.call('stocktake', session=w.s, limit=0)['counts']['missing'], 0)


def test_bursts(w):
    """codes that run together are parted; a burst an input method has read is understood"""
    s = w.session(w.a, room=ROOM)
    need('two', [(x['code'], x['outcome']) for x in w.scan(w.a, s, code(1) + code(2))], [(code(1), 'found'), (code(2), 'found')])
    need('by lines', w.outcomes(w.a, s, code(3) + '\r\n' + code(4) + '\r\n'), ['found', 'found'])
    need('a whole pocket', w.outcomes(w.a, s, ''.join(code(n) for n in range(5, 45))), ['found'] * 40)
    need('one of them unknown: nothing is guessed', w.outcomes(w.a, s, code(45) + '0045101-999999'), ['unknown'])
    need('Telex', [(x['outcome'], x['row']['name']) for x in w.scan(w.a, s, 'Đ12Ă')], [('found', 'Tủ sắt')])
    need('Telex and run together', [x['row']['name'] for x in w.scan(w.a, s, 'Đ12Ă' + code(46))], ['Tủ sắt', 'Máy vi tính 46'])
    need('a serial number with a blank', [x['row']['name'] for x in w.scan(w.a, s, 'DOOR 7')], ['Két sắt'])
    label = w.row(w.a, s, 'Bàn chưa có mã')['label']
    need('a label has digits and dashes only', len(label) == 17 and set(label) <= set('0123456789-'), True)
    need('the label', [(x['outcome'], x['row']['name']) for x in w.scan(w.a, s, label)], [('found', 'Bàn chưa có mã')])
    need('the label run together', w.outcomes(w.a, s, label.replace('-', '') + code(47)), ['repeated', 'found'])
    long = '7' * 39 + 'ộ' * 400
    got = w.scan(w.a, s, long, code(48) + '\n' + long + '\n' + code(49), '7' * 1024)
    need('what is too long for a code holds up none of the others', [x['outcome'] for x in got], ['overlong', 'found', 'overlong', 'found', 'unknown'])
    need('told by its beginning', (got[0]['code'], got[0]['saved'], '7' * 39 in got[0]['text']), ('7' * 39, False, True))
    need('as many words as a burst has go at once', w.outcomes(w.a, s, ' '.join('7' * 512)), ['unknown'] * 512)
    w.a.call('scan', wrong='scan.many', session=s, codes=['7'] * 513)


def test_differences(w):
    """a quantity, missing with its cause, could not be reached, surplus without a code; a correction says why"""
    need('how many', w.a.call('count', session=w.s, asset=code(102), fields={'counted_qty': '30'})['saved'], True)
    need('zero needs a cause', w.a.call('count', session=w.s, asset='Tủ sắt', fields={'counted_qty': '0'}, wrong='store.no_entity')['key'], 'store.no_entity')
    got = w.a.call('count', session=w.s, asset='DD12AAW', fields={'counted_qty': '0'})
    need('a cause is asked for', (got['saved'], [x['field'] for x in got['records'][0]['errors']]), (False, ['cause']))
    need('missing', w.a.call('count', session=w.s, asset='DD12AAW', fields={'counted_qty': '0', 'cause': 'mat', 'proposal': 'xac_minh'})['saved'], True)
    row = w.row(w.a, w.s, 'Tủ sắt')
    need('as it is written', (row['discrepancy'], row['diff'], row['cause_text']),
         ('thieu', {'qty': -1, 'cost': -14990000, 'residual': -10705858}, 'Bị mất'))
    need('found after all', w.outcomes(w.a, w.s, 'DD12AAW'), ['found'])
    row = w.row(w.a, w.s, 'Tủ sắt')
    need('no cause is left', (row['discrepancy'], row['diff']['cost'], row.get('cause')), ('khop', 0, None))
    need('missing again', w.a.call('count', session=w.s, asset='DD12AAW', fields={'counted_qty': '0', 'cause': 'mat'})['saved'], True)
    need('locked away', w.a.call('count', session=w.s, asset='DOOR 7', fields={'count_status': 'khong_tiep_can'})['saved'], True)
    got = w.a.call('surplus', session=w.s, room=ROOM, fields={'name': 'Máy hủy tài liệu', 'class': 'ccdc', 'uom': 'cai', 'quantity': 2, 'use_year': 2020,
                                                            'condition': 'kha', 'use_state': 'dung_muc_dich'})
    need('surplus', got['saved'], True)
    row = w.row(w.a, w.s, 'Máy hủy tài liệu')
    need('as surplus', (row['book']['qty'], row['diff']['qty'], row['discrepancy'], row['cause'], row.get('code')), (0, 2, 'thua', 'chua_ghi_so', None))
    got = w.a.call('surplus', session=w.s, fields={'name': 'Không rõ'})
    need('what is lacking is asked for, nothing is kept', (got['saved'], len(got['records'])), (False, 1))
    c = w.a.call('stocktake', session=w.s, limit=0)['counts']
    need('the sums', [c[x] for x in ('missing', 'surplus', 'misplaced', 'unreached', 'not_counted')], [1, 1, 2, 1, 3])


def test_by_hand(w):
    """who says how a thing is has counted it: how many is asked for at its own field; one that could not be reached, and back"""
    s = w.session(w.a)
    saved = w.a.call('status')['saved']
    for fields in ({'condition': 'hong'}, {'use_state': 'khong_su_dung'}, {'found_location': HALL}, {'cause': 'mat'}):
        got = w.a.call('count', session=s, asset='DOOR 7', fields=fields)
        need('how many', (got['saved'], [x['field'] for x in got['records'][0]['errors']]), (False, ['counted_qty']))
    need('nothing is kept', w.a.call('status')['saved'], saved)
    need('could not be reached', w.a.call('count', session=s, asset='DOOR 7', fields={'count_status': 'khong_tiep_can', 'note': 'Khóa cửa'})['saved'], True)
    got = w.a.call('count', session=s, asset='DOOR 7', fields={'condition': 'hong'})
    need('how many, of a line that is there', (got['saved'], [x['field'] for x in got['records'][0]['errors']]), (False, ['counted_qty']))
    need('opened', w.a.call('count', session=s, asset='DOOR 7', fields={'condition': 'hong', 'counted_qty': 1})['saved'], True)
    row = w.row(w.a, s, 'Két sắt')
    need('counted', (row['status'], row['counted']['qty'], row['condition'], row['discrepancy']), ('da_kiem', 1, 'hong', 'khop'))
    need('not after all', w.a.call('count', session=s, asset='DOOR 7', fields={'count_status': 'khong_tiep_can'})['saved'], True)
    row = w.row(w.a, s, 'Két sắt')
    need('nothing is left of it', (row['status'], row.get('condition'), row.get('counted', {}).get('qty')), ('khong_tiep_can', None, None))
    need('a remark alone', w.a.call('count', session=s, asset='DD12AAW', fields={'note': 'Chưa tìm'})['saved'], True)
    need('counts nothing', w.row(w.a, s, 'Tủ sắt')['status'], 'chua_kiem')


def test_photo(w):
    """a photo is sealed together with its line, in one act; with what cannot be read nothing is sealed, also for a thing in no book"""
    s = w.session(w.a)
    body = {'session': s, 'asset': code(1), 'fields': {'condition': 'hong', 'counted_qty': 1}}
    broken = {'name': 'Máy hủy hỏng', 'class': 'ccdc', 'uom': 'cai', 'quantity': 1, 'use_year': 2020, 'condition': 'hong', 'use_state': 'hong_khong_su_dung'}
    saved = w.a.call('status')['saved']
    got = w.a.call('count', **body, image='0' * 64 + ' may.jpg')
    need('a photo nobody has', (got['saved'], [x['field'] for x in got['records'][1]['errors']], w.a.call('status')['saved']), (False, ['image'], saved))
    with open(os.path.join(w.folder, 'may.jpg'), 'wb') as f:
        f.write(photo(b'HONG'))
    got = w.a.call('count', **body, attach=f.name)
    need('one act', (got['saved'], [x['state'] for x in got['records']]), (True, ['sealed', 'sealed']))
    line, kept = (got['records'][n]['id'] for n in (0, 1))
    need('of the line', [x['id'] for x in w.a.call('list', kind='photo', parent=line)['items']], [kept])
    image = w.a.call('show', id=kept)['fields']['image']['value']
    got = w.a.call('surplus', session=s, fields=broken, image=image['sha256'] + ' hong.jpg')
    need('a thing in no book, its line, its photo', (got['saved'], [x['kind'] for x in got['records']]), (True, ['asset', 'inventory_line', 'photo']))
    need('of the line', w.a.call('list', kind='photo', parent=got['records'][1]['id'])['total'], 1)


def test_photo_closed(w):
    """the form of photos is closed: counting goes on, a photo is refused by name"""
    w.col.program.call('form', 'close', 'photo', '1', secrets={'passphrase': ROOT_PASS})
    w.meet()
    s = w.session(w.a)
    body = {'session': s, 'asset': code(1), 'fields': {'condition': 'hong', 'counted_qty': 1}}
    w.a.call('count', wrong='record.no_kind', **body, attach=os.path.join(w.folder, 'may.jpg'))
    need('without one', w.a.call('count', **body)['saved'], True)
    got = w.a.call('surplus', session=s, fields={'name': 'Máy hủy tài liệu', 'class': 'ccdc', 'uom': 'cai', 'quantity': 1, 'use_year': 2020,
                                                 'condition': 'kha', 'use_state': 'dung_muc_dich'})
    need('a thing in no book, without one', (got['saved'], len(got['records'])), (True, 2))


def test_power_cut(w):
    """killed in the middle: every scan that was answered is there"""
    s, done = w.session(w.a), []
    for n in range(1, 21):
        w.scan(w.a, s, code(n))
        done.append('Máy vi tính %02d' % n)
        if n % 7 == 0:
            w.a.owner.stop(signal.SIGKILL)
            w.open(w.a)
    rows = w.a.call('stocktake', session=s, only='counted')['lines']
    need('all of them', sorted(x['name'] for x in rows), done)


def test_two(w):
    """two PCs count one session: one line each, the same scan twice is no question; a different number is"""
    w.t = w.session(w.a, room=ROOM)
    w.committee(w.a, w.t)
    w.meet()
    for n in range(1, 31):
        w.scan(w.a, w.t, code(n))
    for n in range(25, 61):
        w.scan(w.b, w.t, code(n))
    w.a.call('count', session=w.t, asset=code(102), fields={'counted_qty': 30})
    w.b.call('count', session=w.t, asset=code(102), fields={'counted_qty': 29, 'cause': 'mat'})
    w.meet()
    for pc in (w.a, w.b):
        c = pc.call('stocktake', session=w.t, limit=0)['counts']
        need('lines and questions', (c['counted'], c['undecided'], c['late']), (61, 1, 0))
    need('and seen by the other', w.outcomes(w.b, w.t, code(3)), ['repeated'])
    line = w.row(w.a, w.t, 'Ghế')['line']
    w.b.call('resolve', id=line, fields={'counted_qty': 30, 'discrepancy': 'khop', 'cause': ''}, reason='Đếm lại cùng nhau')
    w.meet()


def test_finish(w):
    """finished with its committee alone; not counted stays not counted; what comes late is kept and said to be late"""
    bare = w.session(w.a)
    got = w.a.call('finish', session=bare)
    need('no committee', (got['saved'], len(got['records'][0]['errors'])), (False, 2))
    need('nothing was written of it', w.a.call('list', kind='inventory_line', parent=bare)['total'], 0)
    w.scan(w.b, w.t, 'DOOR 7')  # nobody else knows yet
    need('finished', w.a.call('finish', session=w.t)['saved'], True)
    w.scan(w.b, w.t, 'DD12AAW')
    for op, body in (('scan', {'codes': [code(1)]}), ('count', {'asset': code(1), 'fields': {}}), ('surplus', {'fields': {}}), ('finish', {})):
        w.a.call(op, wrong='stocktake.finished', session=w.t, **body)
    got = w.a.call('stocktake', session=w.t)
    need('six not counted, none of them missing', (got['session']['finished'], got['counts']['not_counted'], got['counts']['missing']), (True, 6, 0))
    need('each has its line', [x['name'] for x in got['lines'] if not x.get('line')], [])
    w.meet()
    for pc in (w.a, w.b):
        late = sorted(x['name'] for x in pc.call('stocktake', session=w.t, only='different')['lines'] if x['late'])
        need('late', late, ['Két sắt', 'Tủ sắt'])
    need('both answers wait for a person', w.row(w.a, w.t, 'Tủ sắt')['undecided'], True)


def test_one_pc_two_clerks(w):
    """two clerks of one PC, offline: what the other one counted before the end is not late"""
    w.b.call('clerk_add', name='Vừ A Chống', title='Công chức', pin='246801')
    w.meet()
    key = w.col.call('enrol_list')['waiting'][0]['key']
    w.col.call('enrol_approve', key=key, passphrase=REGISTRAR)
    w.meet()
    s = w.b.call('record', kind='inventory', clerk='Lò Thị Bé', fields={
        'unit_name': 'UBND xã', 'unit_code': '0045101', 'cut_off': '01/01/2027 00:00', 'counted_at': '03/01/2027 08:00', 'room': HALL})['records'][0]['id']
    for no, role in ((1, 'truong_ban'), (2, 'uy_vien')):
        w.b.call('record', kind='committee_member', parent=s, clerk='Lò Thị Bé', fields={'no': no, 'name': 'Người %d' % no, 'role': role})
    w.b.call('unlock', clerk='Vừ A Chống', pin='246801')
    w.b.call('scan', session=s, codes=[code(101)], room=HALL, clerk='Vừ A Chống')
    w.b.call('finish', session=s, clerk='Lò Thị Bé')
    for pc in (w.b, w.a):
        need('not late', pc.call('stocktake', session=s, limit=0)['counts']['late'], 0)
        w.meet()


def test_next_year(w):
    """the year after, each line stands beside what this year's said"""
    s = w.session(w.a, at='02/01/2028 08:00')
    last = w.scan(w.a, s, code(101), room=HALL)[0]['row']['last']
    need('where it was then', (last['status'], last['counted_at']), ('da_kiem', '03/01/2027 08:00'))
    last = w.row(w.a, s, 'Máy vi tính 01')['last']
    need('as it was then', (last['status_text'], last['condition_text']), ('Đã kiểm', 'Khá'))


def read_pdf(path):
    got = subprocess.run(['pdftotext', '-q', '-layout', path, '-'], stdout=subprocess.PIPE, check=True)
    return got.stdout.decode()


def cut_up(path, across, down):
    """A grey picture in equal pieces, beside it; the names of the pieces."""
    with open(path, 'rb') as f:
        kind, size, white = f.readline(), f.readline(), f.readline()
        pixels = f.read()
    need('a grey picture', (kind, white), (b'P5\n', b'255\n'))
    width, height = (int(n) for n in size.split())
    w, h, out = width // across, height // down, []
    for n in range(across * down):
        x, y = n % across * w, n // across * h
        out.append('%s.%d.pgm' % (path, n))
        with open(out[-1], 'wb') as f:
            f.write(b'P5\n%d %d\n255\n' % (w, h) + b''.join(pixels[row * width + x:row * width + x + w] for row in range(y, y + h)))
    return out


def read_codes(path, across=1, down=1):
    """What an independent reader (zbar) finds on the printed pages, one code in each of the equal pieces of a page."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['pdftoppm', '-r', '150', '-gray', path, os.path.join(folder, 'page')], check=True)
        pieces = [x for name in sorted(os.listdir(folder)) for x in cut_up(os.path.join(folder, name), across, down)]
        got = subprocess.run(['zbarimg', '-q', '--nodbus', '--raw', '-Sdisable', '-Sqrcode.enable'] + pieces,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)  # it says 4 when a piece has none
    return got.stdout.decode().split('\n')[:-1]


def test_papers(w):
    """minutes, labels and a receipt as PDF: every letter comes back, and what was not counted is not missing"""
    out = os.path.join(w.folder, 'a.pdf')
    w.a.call('minutes', session=w.s, out=out)
    text = read_pdf(out)
    for part in ('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 'Độc lập - Tự do - Hạnh phúc', 'BIÊN BẢN KIỂM KÊ TÀI SẢN CỐ ĐỊNH', 'BẢN DỰ THẢO',
                 '08 giờ 00 phút ngày 02 tháng 01 năm 2027', "Ông/Bà H'Lan Niê; chức vụ: Công chức; Thư ký", 'Theo sổ kế toán', 'Máy móc, thiết bị',
                 'Công cụ, dụng cụ', '14.990.000', 'Số tài sản thiếu so với sổ kế toán: 1', 'Số tài sản thừa so với sổ kế toán: 1',
                 'Số tài sản chưa kiểm đếm: 3', 'NGƯỜI GIỮ TÀI SẢN', 'TRƯỞNG BAN KIỂM KÊ', 'Dữ liệu kiểm kê do Nguyễn Văn An niêm phong'):
        need('in the minutes: ' + part, part in text, True)
    line = next(x for x in text.splitlines() if 'Loa trái' in x)
    need('not counted: the books alone have a number', ('Chưa kiểm' in line, 'Thiếu' in line, '-1' in line, line.split().count('1')), (True, False, False, 1))
    line = next(x for x in text.splitlines() if 'Tủ sắt' in x)
    need('missing', ('Thiếu' in line, '-1' in line, '-14.990.000' in line), (True, True, True))
    need('the same bytes again', w.a.call('minutes', session=w.s)['file']['content'], w.a.call('minutes', session=w.s)['file']['content'])
    need('finished: no draft', 'BẢN DỰ THẢO' in read_pdf(w.a.call('minutes', session=w.t, out=out)['out']), False)
    got = w.a.call('labels', room=ROOM, out=out)
    text = read_pdf(out)
    need('labels', (got['labels'], got['pages'], text.count('0045101-0000'), 'Máy vi tính 60' in text), (TAGS + 8, 3, TAGS, True))
    codes = read_codes(out, across=3, down=8)
    need('each label read back: digits and dashes, no two alike', (len(codes), len(set(codes)), set(''.join(codes)) <= set('0123456789-')),
         (TAGS + 8, TAGS + 8, True))
    found = w.scan(w.a, w.session(w.a, at='02/01/2029 08:00'), *codes, room=ROOM)
    need('and each is one asset', {x['outcome'] for x in found} & {'unknown', 'ambiguous', 'refused'}, set())
    w.a.call('labels', wrong='labels.none', room='Phòng không có')
    got = w.a.call('receipt', id=w.s, pdf=out)
    text = read_pdf(out)
    for part in ('ĐÃ NHẬN SỐ %s' % got['index'], 'Đợt kiểm kê tài sản', 'Nguyễn Văn An, Công chức', got['entry']):
        need('on the receipt: ' + part, part in text, True)
    need('its code names the entry', [got['entry'] in x for x in read_codes(out)], [True])
    w.a.said('--lang', 'en', 'minutes', w.s, '--out', out)
    need('in English', 'MINUTES OF THE STOCKTAKE' in read_pdf(out), True)


TESTS = [test_sixty, test_outcomes, test_bursts, test_differences, test_power_cut, test_two, test_finish, test_one_pc_two_clerks, test_next_year, test_papers,
         test_by_hand, test_photo, test_photo_closed]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
