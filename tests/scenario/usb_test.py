#!/usr/bin/env python3
"""Workflows 7 and 1 by stick, with the real programs: a PC that never had a network is enrolled by file and gets its
commune's register back; three weeks of work go in one sealed file and come back as receipts, a check returned and a
new form; files cut, changed, or to the wrong place; photos of many megabytes. Prints TAP. Programs are found in $KK_BIN.
clause: B6 B7 B8 B9 B11 A1 P24 P25"""
import csv
import glob
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from play import Failed, Program, need, play  # noqa: E402
from stick import PASS, PIN, REGISTRAR, ROOT, SCOPE, World, photo  # noqa: E402

MANY = 620  # more lines than one request has


def test_enrol(w):
    """a PC that never had a network: request and records go by stick, the fingerprint by phone, certs, forms and register come back"""
    w.online(w.b, 'Lò Thị Bé')
    w.record(w.b, 'Máy của xã')
    w.sync(w.b)
    got = w.c.call('enrol', w.slip('c'), '--pc', 'Máy vùng xa', '--clerk', 'Giàng A Sử', secrets=PIN)
    need('no network', got['state'], 'offline')
    w.record(w.c, 'Máy nổ Thôn Cao')
    before = w.size()
    out = w.c.call('export', '--usb', w.stick())
    need('it asks to be enrolled', (out['enrolment'], out['records'], out['kind']), (True, 2, 'request'))
    told = w.col.call('import', out['file'])
    need('it waits', (told['state'], told['accepted'], told['fingerprint']), ('waiting', 0, got['fingerprint']))
    need('the number is the same at both ends', told['number'], out['number'])
    need('nothing is logged', w.size(), before)
    waits = w.col.call('export', '--usb', w.stick(), '--to', got['fingerprint'])
    need('an answer that says so', (waits['state'], waits['records']), ('waiting', 0))
    need('the PC is told', w.c.call('import', waits['file'])['state'], 'waiting')
    w.col.call('enrol', 'approve', got['fingerprint'], secrets=REGISTRAR)
    need('what waited is in', w.titles_at_collector(), ['Máy của xã', 'Máy nổ Thôn Cao'])
    need('no file is left', os.listdir(w.path('collector', 'usb')), [])
    back = w.col.call('export', '--usb', w.stick(), '--to', 'Máy vùng xa')
    told = w.c.call('import', back['file'])
    need('enrolled', (told['state'], told['answered'], told['refused'], told['problems']), ('approved', 2, 0, []))
    need('the register has come', w.titles(w.c), ['Máy của xã', 'Máy nổ Thôn Cao'])
    need('receipts', w.counts(w.c), (2, 0, 0, 0))
    need('it verifies', w.c.call('verify', '--all')['ok'], True)


def test_typed_code(w):
    """with a typed code there is no key to seal to, and that is said; a wrong code explains itself to whoever imports"""
    with open(w.slip('d'), encoding='utf-8') as f:
        slip = json.load(f)
    fingerprint = w.col.call('enrol', 'code', '--scope', SCOPE)['fingerprint']
    d = w.pc('d')
    e = d.call('enrol', '--url', slip['url'], '--scope', SCOPE, '--code', slip['code'], '--root', fingerprint[:-1], expect=65)
    need('19 digits are no fingerprint', (e['key'], e['clause']), ('enrol.fingerprint_form', 'K11'))
    fingerprint = fingerprint.replace(' ', '-')
    d.call('enrol', '--url', slip['url'], '--scope', SCOPE, '--code', slip['code'], '--root', fingerprint, '--clerk', 'Gõ Tay', secrets=PIN)
    e = d.call('export', '--usb', w.stick(), expect=66)
    need('no key', (e['key'], e['clause']), ('usb.no_box', 'B1'))
    e = w.pc('e')
    e.call('enrol', w.write('slip-e.json', json.dumps(dict(slip, code='0000-0000-0000')).encode()), '--clerk', 'Mã Sai', secrets=PIN)
    told = w.col.call('import', e.call('export', '--usb', w.stick())['file'], secrets=REGISTRAR)
    need('refused', (told['state'], [p['key'] for p in told['problems']]), ('waiting', ['enrolment.code_wrong']))
    with open(w.path('slip-fpr.json'), 'w', encoding='utf-8') as f:
        json.dump(dict({k: v for k, v in slip.items() if k not in ('root', 'log')}, root_fingerprint=fingerprint.replace('-', '')), f)
    g = w.pc('g')
    g.call('enrol', f.name, '--clerk', 'Chỉ Dấu Vân', secrets=PIN)
    told = w.col.call('import', g.call('export', '--usb', w.stick())['file'], '--reply', w.stick(), secrets=REGISTRAR)
    need('let in at once', (told['state'], told['reply']['state']), ('known', 'known'))
    need('the root is known by its fingerprint', g.call('import', told['reply']['file'])['state'], 'approved')


def test_three_weeks(w):
    """three weeks without a network: more than one request, photos; the import lists what it took; twice changes nothing"""
    w.online(w.a, 'Nguyễn Văn An')
    w.a_asset = w.record(w.a, 'Máy bơm Hồ Sơ Mật')
    w.a.call('record', 'photo', '--parent', w.a_asset['id'], '--attach', w.write('anh.jpg', photo(b'ANH-CUA-AN')), '--submit', secrets=PIN)
    with open(os.path.join(ROOT, 'tests', 'sample', 'register', 'assets.csv'), encoding='utf-8-sig', newline='') as f:
        rows = list(csv.reader(f, delimiter=';'))
    head, row = rows[0], next(r for r in rows if 'máy móc' in ' '.join(r).lower() and len(r) == len(rows[0]))
    with open(w.path('nhieu.csv'), 'w', encoding='utf-8', newline='') as f:
        out = csv.writer(f, delimiter=';')
        out.writerow(head)
        for n in range(MANY):
            r = list(row)
            r[head.index('Mã tài sản')] = '0045101-%06d' % (500000 + n)
            r[head.index('Tên tài sản')] = 'Bàn làm việc %d' % n
            r[head.index('Số sê-ri')] = ''
            r[head.index('Mã kiểm kê')] = ''
            r[head.index('Biển số xe')] = ''
            out.writerow(r)
    got = w.a.call('import', 'asset', w.path('nhieu.csv'), '--apply', secrets=PIN)
    need('rows', got['applied'], MANY)
    with open(os.path.join(ROOT, 'tests', 'sample', 'weekly_statement.json'), encoding='utf-8') as f:
        draft = w.a.call('record', '--file', w.write('bao-cao.json', f.read().encode()), secrets=PIN)['records'][0]
    w.check = w.a.call('submit', draft['id'], secrets=PIN)['records'][0]['id']
    unsent = w.a.call('status')['unsent']
    w.export = w.a.call('export', '--usb', w.path('stick'))
    need('all of it', (w.export['records'], w.export['files'], w.export['more']), (unsent, 1, False))
    need('still unsent', w.a.call('status')['unsent'], unsent)
    told = w.col.call('import', w.export['file'])
    need('taken', [told[k] for k in ('state', 'accepted', 'duplicate', 'quarantined', 'refused', 'files', 'files_refused')],
         ['known', unsent, 0, 0, 0, 1, 0])
    size = w.size()
    told = w.col.call('import', w.export['file'])
    need('twice', [told[k] for k in ('accepted', 'duplicate', 'quarantined', 'refused', 'files')], [0, unsent, 0, 0, 0])
    need('nothing new', w.size(), size)
    need('the photo is there', len(glob.glob(w.path('collector', 'blobs', '??', hashlib.sha256(photo(b'ANH-CUA-AN')).hexdigest()))), 1)


def test_lost_stick(w):
    """a lost stick tells no word of a record, no name, no commune; the sheet says what may be said, with the number"""
    with open(w.export['file'], 'rb') as f:
        body = f.read()
    for word in ('Hồ Sơ Mật', 'Bàn làm việc', 'Nguyễn Văn An', SCOPE, '0045101', 'asset', '{"v":"kk1"', 'ANH-CUA-AN', 'Máy Nguyễn'):  # long enough not to come by chance
        need(word, word.encode() in body, False)
    with open(w.export['file'] + '.txt', encoding='utf-8') as f:
        sheet = f.read()
    for word in ('Máy Nguyễn Văn An', 'Xã Thử (%s)' % SCOPE, w.export['number'], os.path.basename(w.export['file']), '{:,}'.format(len(body)).replace(',', '.')):
        need('the sheet says ' + word, word in sheet, True)
    groups = [int.from_bytes(hashlib.sha256(body).digest()[i:i + 4], 'big') % 100000 for i in (0, 4, 8, 12)]
    need('the number', w.export['number'], ' '.join('%05d' % g for g in groups))
    need('sealed twice, other bytes', w.a.call('export', '--usb', w.stick())['number'] == w.export['number'], False)


def test_return_file(w):
    """the return file brings receipts, a check returned and a new form; taken in twice it changes nothing"""
    w.col.call('review', w.check, '--return', '--field', 'car', '--comment', 'Xe không còn', '--reason', 'Đề nghị ghi lại', '--as', 'verifier',
               secrets={'passphrase': PASS['verifier']})
    with open(os.path.join(ROOT, 'sync', 'forms', 'facility.json'), encoding='utf-8') as f:
        form = json.load(f)
    form['version'] += 1
    w.col.call('form', 'publish', w.write('facility.json', json.dumps(form).encode()), secrets={'passphrase': PASS['root']})
    back = w.col.call('export', '--usb', w.stick(), '--to', 'Máy Nguyễn Văn An')
    told = w.a.call('import', back['file'])
    unsent = w.export['records']
    need('receipts', (told['kind'], told['answered'], told['refused'], told['number'], told['again']), ('answer', unsent, 0, back['number'], False))
    need('nothing waits', w.counts(w.a)[1:], (0, 0, 0))
    need('the form', told['files_received'], 1)
    need('returned', len(w.a.call('list', '--kind', 'review')['items']), 1)
    here = []
    for name in os.listdir(w.path('a', 'blobs')):
        with open(w.path('a', 'blobs', name), 'rb') as f:
            text = f.read()
        here += [json.loads(text)] if text.startswith(b'{') else []
    need('the new form', form['version'] in [x['version'] for x in here if x.get('form') == 'facility'], True)
    receipts = w.a.call('verify', '--all')['receipts']
    entries = w.a.call('status')['saved']
    again = w.a.call('import', back['file'])
    need('twice', (again['again'], again['answered'], again['received']), (True, 0, 0))
    need('nothing changed', (w.a.call('verify', '--all')['receipts'], w.a.call('status')['saved']), (receipts, entries))
    got = w.a.call('correct', w.check, 'obstacles=Không', '--reason', 'Ghi đủ số liệu', secrets=PIN)
    need('corrected', got['saved'], True)
    need('photos are known to be there', w.a.call('export', '--usb', w.stick())['files'], 0)


def test_refused(w):
    """cut, changed, foreign, unasked: refused with a reason and a clause, and nothing of it is taken"""
    w.record(w.a, 'Máy lạnh')
    good = w.a.call('export', '--usb', w.stick())['file']
    with open(good, 'rb') as f:
        body = f.read()
    size, rng = w.size(), random.Random(20261129)
    for n in range(12):
        at = rng.randrange(40, len(body))
        harmed = body[:at] if n % 2 else body[:at] + bytes([body[at] ^ 1 << rng.randrange(8)]) + body[at + 1:]
        need('clause', w.col.call('import', w.write('harmed.kkb', harmed), expect=65)['clause'] in ('B1', 'B2'), True)
    need('nothing taken', w.size(), size)
    e = w.col.call('import', w.write('text.kkb', b'Kinh gui'), expect=65)
    need('no such file', (e['key'], e['clause']), ('bundle.not_one', 'B1'))
    for who, path in ((w.a, good), (w.c, good)):
        e = who.call('import', path, expect=77)
        need('for another', (e['key'], e['clause']), ('bundle.not_for_us', 'B1'))
    need('a table needs its kind', w.a.call('import', w.path('nhieu.csv'), expect=65)['key'], 'import.what')
    other = Program(w.col.path, w.path('other'))
    other.call('init', '--name', 'Tỉnh khác', '--url', 'http://127.0.0.1:9', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
    e = other.call('import', good, expect=77)
    need('another collector', e['key'], 'bundle.not_for_us')
    back = w.col.call('import', good, '--reply', w.stick())['reply']['file']
    need('another PC', w.c.call('import', back, expect=77)['key'], 'bundle.not_for_us')
    shutil.copytree(w.path('a'), w.path('old'))
    unasked = w.a.call('export', '--usb', w.stick())
    back2 = w.col.call('import', unasked['file'], '--reply', w.stick())['reply']['file']
    e = w.pc('old').call('import', back2, expect=66)
    need('not asked', (e['key'], e['clause']), ('usb.unasked', 'B10'))
    w.a.call('import', back)
    need('the good one is good', w.counts(w.a)[1:], (0, 0, 0))
    need('a file is not written over', w.a.call('export', '--usb', good, expect=73)['key'], 'bundle.file_exists')


def test_large(w):
    """photos of many megabytes pass through neither program's memory"""
    if os.environ.get('KK_SANITIZE'):
        return  # a sanitizer's own memory says nothing
    asset = w.record(w.b, 'Kho ảnh')
    for n in range(4):
        body = random.Random(n).randbytes(24 << 20)
        w.b.call('record', 'photo', '--parent', asset['id'], '--attach',
                 w.write('lon%d.jpg' % n, b'\xff\xd8\xff\xda\x00\x02' + body.replace(b'\xff', b'\x00') + b'\xff\xd9'), '--submit', secrets=PIN)
    out = w.stick()
    peak = [w.peak(w.b, 'export', '--usb', out), w.peak(w.col, 'import', out)]
    need('size', os.path.getsize(out) > 96 << 20, True)
    print('# %d bytes; greatest resident size: export %d KiB, import %d KiB' % (os.path.getsize(out), *peak), flush=True)
    for kib in peak:
        need('%d KiB at most' % kib, kib < 48 << 10, True)
    need('there', len(glob.glob(w.path('collector', 'blobs', '??', '*'))) >= 4, True)


def test_all_verify(w):
    """everything at the collector and on every PC verifies, and the outside verifier recounts the log"""
    for who in (w.col, w.a, w.b, w.c):
        need('verifies', who.call('verify', '--all')['ok'], True)
    out = w.path('out')
    os.makedirs(os.path.join(out, 'receipts'))
    w.a.call('receipt', w.a_asset['entry'], '--out', os.path.join(out, 'receipts', 'a'))
    w.col.call('lines', os.path.join(out, 'log.lines'))
    with open(os.path.join(out, 'checkpoint'), 'w', encoding='utf-8') as f:
        f.write(w.col.call('checkpoint')['text'])
    os.makedirs(os.path.join(out, 'blobs'))
    for path in glob.glob(w.path('collector', 'blobs', '??', '*')):
        shutil.copy(path, os.path.join(out, 'blobs'))
    with open(os.path.join(out, 'root.pub'), 'w', encoding='utf-8') as f:
        f.write(w.a_slip()['root'] + '\n')
    with open(os.path.join(out, 'summary.json'), 'w', encoding='utf-8') as f:
        f.write('{}')
    p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'verify.py'), out],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if not p.stdout.startswith(b'entries '):
        raise Failed(p.stderr.decode())


TESTS = [test_enrol, test_typed_code, test_three_weeks, test_lost_stick, test_return_file,
         test_refused, test_large, test_all_verify]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner and w.owner.stop()))
