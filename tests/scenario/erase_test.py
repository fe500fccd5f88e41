#!/usr/bin/env python3
"""A record erased by decision, with the real programs: its words and its photo leave the collector and every PC, files
and all; the seal, the place in the log, receipts and everybody else's values stay; a PC that comes later gets what is
left; an old image, an old stick, an old backup of a PC or of the collector bring nothing back. Prints TAP. Programs are found in $KK_BIN.
clause: A16 E26 M14"""
import glob
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, lasting_port, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN = '01201', {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}
BY, ROOT_BY = {'passphrase': PASS['registrar']}, {'passphrase': PASS['root']}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']
SECRET = 'Ho so ca nhan 079099 bi mat'
PHOTO = b'\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00' + b'\xff\xda\x00\x02' + b'PHOTO-OF-SOMEBODY' * 40 + b'\xff\xd9'


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def held(home, word):
    """Files below home that hold the word."""
    found = []
    for path in glob.glob(os.path.join(home, '**'), recursive=True):
        if os.path.isfile(path):
            with open(path, 'rb') as f:
                if word in f.read():
                    found.append(os.path.relpath(path, home))
    return found


class World:
    def __init__(self, folder):
        self.folder, self.owner, self.port = folder, None, lasting_port()
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a, self.b = self.pc('a'), self.pc('b')

    def path(self, name):
        return os.path.join(self.folder, name)

    def pc(self, name):
        return Program(os.path.join(BIN, 'kiemke'), self.path(name))

    def enrol(self, pc, clerk):
        slip = self.path('slip-%s.json' % os.path.basename(pc.home))
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', slip)
        pc.call('enrol', slip, '--pc', 'Máy ' + os.path.basename(pc.home), '--clerk', clerk, secrets=PIN)
        pc.call('sync')

    def serve(self):
        """Where the PCs know it."""
        self.owner = Owner(self.col, '--port', self.port, secrets=BY)

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.serve()
        self.enrol(self.a, 'Nguyễn Văn An')
        self.enrol(self.b, 'Lò Thị Bé')
        self.a.call('sync')  # it knows of the other PC
        with open(self.path('anh.jpg'), 'wb') as f:
            f.write(PHOTO)
        got = self.a.call('record', 'asset', 'name=' + SECRET, 'brand=Dell', *ASSET, secrets=PIN)
        self.asset = got['records'][0]
        self.a.call('record', 'photo', '--parent', self.asset['id'], '--attach', self.path('anh.jpg'), '--submit', secrets=PIN)
        self.a.call('record', 'asset', 'name=Tủ hồ sơ', *ASSET, secrets=PIN)
        self.a.call('export', '--usb', self.path('to-collector.kkb'))
        self.a.call('export', '--usb', self.path('to-b.kkb'), '--to', 'Máy b')
        self.a.call('sync')
        shutil.copytree(self.a.home, self.path('image'))
        self.b.call('sync')
        self.photo = self.b.call('list', '--kind', 'photo')['items'][0]['id']
        self.b.call('record', 'asset', self.asset['id'], 'condition=hong', '--reason', 'Rơi vỡ', secrets=PIN)
        self.b.call('sync')
        self.receipt()
        self.a.call('backup', self.path('a.backup'))
        self.col.call('backup', self.path('collector.backup'))

    def receipt(self):
        self.a.call('receipt', self.asset['entry'], '--out', self.path('before'))

    def export(self):
        """What tests/outside/verify.py recounts."""
        out = self.path('out')
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(os.path.join(out, 'receipts'))
        self.col.call('lines', os.path.join(out, 'log.lines'))
        with open(os.path.join(out, 'checkpoint'), 'w', encoding='utf-8') as f:
            f.write(self.col.call('checkpoint')['text'])
        shutil.copytree(self.path('before'), os.path.join(out, 'receipts', 'before'))
        os.makedirs(os.path.join(out, 'blobs'))
        for path in glob.glob(os.path.join(self.col.home, 'blobs', '??', '*')):
            shutil.copy(path, os.path.join(out, 'blobs'))
        with open(self.path('slip-a.json'), encoding='utf-8') as f:
            root = json.load(f)['root']
        with open(os.path.join(out, 'root.pub'), 'w', encoding='utf-8') as f:
            f.write(root + '\n')
        with open(os.path.join(out, 'summary.json'), 'w', encoding='utf-8') as f:
            f.write('{}')
        return out


def test_preview(w):
    """without --apply only what would go is told, and nothing goes"""
    got = w.col.call('erase', w.asset['id'], '--reason', 'Lộ thông tin cá nhân')
    need('two entries', (len(got['entries']), got['applied']), (2, False))
    need('still there', bool(held(w.col.home, SECRET.encode())), True)
    need('a reason is needed', w.col.call('erase', w.asset['id'], expect=64)['key'], 'op.missing')


def test_everywhere(w):
    """erased at the collector, then at each PC's next contact: words and photo leave every file"""
    got = w.col.call('erase', w.asset['id'], '--reason', 'Lộ thông tin cá nhân', '--apply', '--as', 'registrar', secrets=BY)
    need('applied', got['applied'], True)
    w.erased_at = got['index']
    w.col.call('erase', w.photo, '--reason', 'Ảnh có người', '--apply', '--as', 'registrar', secrets=BY)
    need('collector: words', held(w.col.home, SECRET.encode()), [])
    need('collector: photo', held(w.col.home, b'PHOTO-OF-SOMEBODY'), [])
    for pc in (w.a, w.b):
        pc.call('sync')
        need('PC: words', held(pc.home, SECRET.encode()), [])
        need('PC: photo', held(pc.home, b'PHOTO-OF-SOMEBODY'), [])
        need('PC: it verifies', pc.call('verify', '--all')['ok'], True)
        need('PC: erased entries', pc.call('verify', '--all')['erased'], 3)
        need('PC: not found', pc.call('search', 'bi', 'mat')['total'], 0)
        need('PC: the other record', pc.call('search', 'tu', 'ho', 'so')['total'], 1)
        shown = pc.call('show', w.asset['id'])
        need('PC: shown as erased', shown['fields']['name'].get('erased'), True)
        history = pc.call('history', w.asset['id'])['changes']
        need('PC: history keeps the place', len([c for c in history if c.get('erased')]) > 0, True)
    need('collector verifies', w.col.call('verify', '--all')['ok'], True)
    need('collector shows it', w.col.call('show', w.asset['id'])['fields']['name'].get('erased'), True)
    if SECRET in w.a.said('history', w.asset['id']) or SECRET in w.col.said('show', w.asset['id']):
        raise Failed('the words are printed')


def test_outside(w):
    """the outside verifier recounts the log with its stubs; the receipt handed out before still verifies"""
    p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'verify.py'), w.export()],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if not p.stdout.startswith(b'entries '):
        raise Failed(p.stderr.decode())
    need('the old receipt', w.a.call('verify', w.path('before'))['ok'], True)
    need('no new one without the words', w.a.call('receipt', w.asset['entry'], '--out', w.path('after'), expect=66)['key'],
         'receipt.erased')


def test_later_pc(w):
    """a PC enrolled afterwards gets stubs, and the same values as the others"""
    c = w.pc('c')
    w.enrol(c, 'Trần Văn Cư')
    need('words', held(c.home, SECRET.encode()), [])
    need('erased entries', c.call('verify', '--all')['erased'], 3)
    need('it verifies', c.call('verify', '--all')['ok'], True)
    for kind in ('asset', 'photo'):
        need('the same records', sorted(x['id'] for x in c.call('list', '--kind', kind)['items']),
             sorted(x['id'] for x in w.b.call('list', '--kind', kind)['items']))
    need('the same fields', c.call('show', w.asset['id'])['fields'], w.b.call('show', w.asset['id'])['fields'])


def test_no_return(w):
    """an old image of a PC brings nothing back, and loses its own copy at the next contact"""
    image = w.pc('image')
    need('the image holds it', bool(held(image.home, SECRET.encode())), True)
    image.call('record', 'asset', 'name=Máy sau ảnh', *ASSET, secrets=PIN)
    image.call('sync')
    need('the image lost it', held(image.home, SECRET.encode()), [])
    need('the collector has not got it back', held(w.col.home, SECRET.encode()), [])
    w.a.call('sync')
    need('work goes on', w.a.call('search', 'may', 'sau', 'anh')['total'], 1)
    need('the record can be written anew', w.a.call('record', 'asset', w.asset['id'], 'name=Máy tính', '--reason', 'Ghi lại', secrets=PIN)['saved'], True)
    w.a.call('sync')
    need('with a new value', w.col.call('show', w.asset['id'])['fields']['name']['value'], 'Máy tính')
    need('collector verifies', w.col.call('verify', '--all')['ok'], True)


def test_old_stick(w):
    """sticks written before it are taken in, at the collector and at another PC, and bring nothing back"""
    told = w.col.call('import', w.path('to-collector.kkb'), secrets=BY)
    need('known already', (told['accepted'], told['duplicate'] > 0, told['refused']), (0, True, 0))
    w.b.call('import', w.path('to-b.kkb'))
    for who in (w.col, w.b):
        for word in (SECRET.encode(), b'PHOTO-OF-SOMEBODY'):
            need(os.path.basename(who.home), held(who.home, word), [])
        need('it verifies', who.call('verify', '--all')['ok'], True)


def test_old_backup_of_pc(w):
    """a PC restored from a backup of before it holds the words until its first contact, and no longer"""
    r = w.pc('r')
    r.call('restore', w.path('a.backup'))
    need('the backup holds it', bool(held(r.home, SECRET.encode())), True)
    w.enrol(r, 'Nguyễn Văn An')
    r.call('sync')
    for who in (r, w.col, w.b):
        for word in (SECRET.encode(), b'PHOTO-OF-SOMEBODY'):
            need(os.path.basename(who.home), held(who.home, word), [])
    need('what was written anew is there', r.call('show', w.asset['id'])['fields']['name']['value'], 'Máy tính')
    need('it verifies', r.call('verify', '--all')['ok'], True)


def test_old_backup_of_collector(w):
    """the collector set back to before it and recovered: the PCs bring the decision back, and the words go again"""
    w.owner.stop()
    shutil.rmtree(w.col.home)
    w.col.call('restore', w.path('collector.backup'))
    need('the backup holds it', bool(held(w.col.home, SECRET.encode())), True)
    w.col.call('recover', secrets={'passphrase': PASS['root']})
    w.serve()
    for pc in (w.b, w.a, w.b):
        pc.call('sync')
    for who in (w.col, w.a, w.b):
        for word in (SECRET.encode(), b'PHOTO-OF-SOMEBODY'):
            need(os.path.basename(who.home), held(who.home, word), [])
        need('it verifies', who.call('verify', '--all')['ok'], True)
    need('what was written anew is there', w.col.call('show', w.asset['id'])['fields']['name']['value'], 'Máy tính')
    need('nothing waits', [pc.call('status')['unsent'] for pc in (w.a, w.b)], [0, 0])


def test_explain(w):
    """explain tells what a stub is made of"""
    w.col.call('lines', w.path('log.lines'))
    with open(w.path('log.lines'), encoding='utf-8') as f:
        stub = next(x for x in f if ' {' not in x[80:100])
    with open(w.path('stub'), 'w', encoding='utf-8') as f:
        f.write(stub)
    got = w.a.call('explain', w.path('stub'))
    need('a stub', (got['kind'], got['broken']), ('stub', 0))


def test_unadmitted(w):
    """the registrar revoked from before the erase: nothing comes back, and both ends name what was erased so"""
    need('all were allowed', [who.call('verify', '--all')['unadmitted'] for who in (w.a, w.col)], [[], []])
    key = w.col.call('keys', '--role', 'registrar')['keys'][0]['key']
    w.col.call('revoke', key, '--from', str(w.erased_at), '--reason', 'Lạm quyền', '--as', 'root', secrets=ROOT_BY)
    w.a.call('sync')
    for who in (w.a, w.col):
        got = who.call('verify', '--all')
        need('named, and no failure', (got['ok'], len(got['unadmitted']), w.asset['entry'] in got['unadmitted']), (True, 3, True))
    need('people read it', w.asset['entry'] in w.col.said('verify', '--all'), True)
    need('the words stay away', held(w.col.home, SECRET.encode()) + held(w.a.home, SECRET.encode()), [])


TESTS = [test_preview, test_everywhere, test_outside, test_later_pc, test_no_return, test_old_stick, test_old_backup_of_pc,
         test_old_backup_of_collector, test_explain, test_unadmitted]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner and w.owner.stop()))
