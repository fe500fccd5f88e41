#!/usr/bin/env python3
"""A form filled in while the power keeps failing: after each of 20 fields the program that holds the store is killed and started
again; every value is there, and the same field is the one under the hand. Then lines, a newer form, an edit. Prints TAP.
Programs are found in $KK_BIN."""
import hashlib
import http.client
import json
import os
import signal
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, need, tap  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN = '01201', {'pin': '135790'}
PLACE = ['commune_code=01201', 'name=Trạm y tế Hòa Khê', 'address=Thôn 3', 'facility_type=tram_y_te', 'land_cert=co',
         'surplus_status=khong']
# field, as it is typed, as it is shown again
FIELDS = [
    ('checked_at', '20/11/2026 08:30', '20/11/2026 08:30'), ('checker_name', 'Lò  Thị Bé', 'Lò Thị Bé'),
    ('checker_title', 'Công chức văn hóa – xã hội', 'Công chức văn hóa – xã hội'), ('unit_code', '0045101', '0045101'),
    ('building_condition', 'kha', 'Khá'), ('occupancy', 'dung_muc_dich', 'Còn sử dụng được, đúng mục đích'), ('leak', 'có', 'có'),
    ('encroached', 'không', 'không'), ('power', 'on_dinh', 'Ổn định'), ('water', 'chap_chon', 'Chập chờn'),
    ('internet', 'cap_quang', 'Cáp quang'), ('down_mbps', '98,5', '98,5'), ('tslcd', 'co', 'Có'), ('vc_room', 'khong', 'Không'),
    ('counters', '2', '2'), ('staff', '12 người', None), ('seats', '14', '14'), ('fire_safety', 'dat', 'Đạt yêu cầu'),
    ('repair_need', 'nho', 'Sửa chữa nhỏ'), ('repair_cost', '1234567', '1.234.567'),
]


class World:
    def __init__(self, folder):
        self.folder, self.owner = folder, None
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'))

    def prepare(self):
        slip = os.path.join(self.folder, 'slip.json')
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': 'mot cum mat khau goc',
                                                        'registrar_passphrase': 'mot cum mat khau dang ky'})
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--clerks', '1', '--url', 'http://127.0.0.1:1',
                      '--out', slip)
        self.pc.call('enrol', slip, '--clerk', 'Nguyễn Văn An', secrets=PIN)
        self.place = self.pc.call('record', 'facility', *PLACE, secrets=PIN)['records'][0]['id']
        self.serve()

    def serve(self):
        self.owner = Owner(self.pc, '--offline')
        with open(os.path.join(self.pc.home, 'owner.json'), encoding='utf-8') as f:
            self.told = json.load(f)

    def kill(self):
        """As a power cut: no time to tidy up."""
        self.owner.stop(signal.SIGKILL)
        self.serve()

    def api(self, op, **body):
        req = urllib.request.Request('%s/api/%s' % (self.told['url'], op), data=json.dumps(body).encode(), headers={
            'Authorization': 'Bearer ' + self.told['token'], 'Content-Type': 'application/json', 'Accept-Language': 'vi'})
        try:
            with urllib.request.urlopen(req, timeout=60) as res:
                return json.loads(res.read())
        except urllib.error.HTTPError as e:
            raise Failed('%s %s: %s' % (op, body, e.read().decode())) from e


    def send(self, method, path, body=None, headers=None):
        """Status, headers and body, whatever the status."""
        req = urllib.request.Request(self.told['url'] + path, data=body, method=method, headers={
            'Authorization': 'Bearer ' + self.told['token'], **(headers or {})})
        try:
            with urllib.request.urlopen(req, timeout=60) as res:
                return res.status, res.headers, res.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers, e.read()

    def announce(self, path, length):
        """Status of the answer to headers alone."""
        c = http.client.HTTPConnection(self.told['url'].split('//')[1], timeout=60)
        c.putrequest('POST', path)
        c.putheader('Authorization', 'Bearer ' + self.told['token'])
        c.putheader('Content-Length', str(length))
        c.endheaders()
        status = c.getresponse().status
        c.close()
        return status


def segment(marker, body):
    return b'\xff' + bytes([marker]) + (len(body) + 2).to_bytes(2, 'big') + body


def shown(live, field):
    return live['fields'][field].get('text', '').lower() or None


def test_power_cuts(w):
    """20 fields, a kill after each: all values and the field under the hand are there"""
    w.draft = w.api('draft_new', kind='facility_check', fields={'facility_id': w.place})['id']
    for n, (field, typed, _) in enumerate(FIELDS, 1):
        w.api('draft_set', id=w.draft, fields={field: typed}, focus=field)
        w.kill()
        live = w.api('draft_show', id=w.draft)
        need('focus after %d' % n, live['focus'], field)
        for name, _, want in FIELDS[:n]:
            need('%s after %d' % (name, n), shown(live, name), want and want.lower())
    need('what nobody can read is there as typed', live['fields']['staff']['typed'], '12 người')
    need('and is the one thing wrong', (live['nerror'], 'error' in live['fields']['staff']), (1, True))
    need('drafts listed', [d['id'] for d in w.api('list', drafts=True)['drafts']], [w.draft])


def test_one_write(w):
    """a field kept is a line more of one file: nothing is renamed, the file is not made anew"""
    path = os.path.join(w.pc.home, 'drafts', w.draft + '.json')
    before = os.stat(path)
    w.api('draft_set', id=w.draft, fields={'staff': '12'}, focus='staff')
    after = os.stat(path)
    need('same file', after.st_ino, before.st_ino)
    with open(path, 'rb') as f:
        tail = f.read()[before.st_size:]
    need('one line more', (tail.count(b'\n'), tail.endswith(b'\n')), (1, True))
    need('what it holds', json.loads(tail)['fields']['staff'], 12)


def test_grown_long(w):
    """a file that has grown long is begun anew and keeps what it holds"""
    path = os.path.join(w.pc.home, 'drafts', w.draft + '.json')
    sizes = []
    for n in range(40):
        w.api('draft_set', id=w.draft, fields={'note': '%d ' % n + 'dài ' * 240})
        w.api('draft_set', id=w.draft, add='photo', fields={'caption': 'Ảnh %d ' % n + 'rộng ' * 40})
        sizes.append(os.path.getsize(path))
    need('begun anew', any(a > b for a, b in zip(sizes, sizes[1:])), True)
    w.kill()
    live = w.api('draft_show', id=w.draft)
    need('lines', [x['no'] for x in live['lines']], list(range(1, 41)))
    need('last note', live['fields']['note']['text'].split()[0], '39')
    for x in live['lines']:
        live = w.api('draft_remove', id=w.draft, line=x['no'])
    need('no line left', live['lines'], [])


def test_photo(w):
    """a photo comes in under its hash without what the camera wrote; nothing else does"""
    exif = segment(0xe1, b'Exif\0\0MM\0\x2a\0\0\0\x08\0\0' + b'GPS 21.03 105.85')
    jpeg = b'\xff\xd8' + segment(0xe0, b'JFIF\0\x01\x01\0\0\x01\0\x01\0\0') + exif + segment(0xda, b'\0\0\0') + b'\x12\xff\xd9'
    status, _, body = w.send('POST', '/attach?name=' + urllib.parse.quote('Cổng trạm.jpg'), jpeg)
    ref = json.loads(body)
    need('taken', (status, ref['type'], ref['name']), (200, 'image/jpeg', 'Cổng trạm.jpg'))
    status, headers, body = w.send('GET', '/file/' + ref['sha256'])
    need('shown', (status, headers['Content-Type'], headers['X-Content-Type-Options']), (200, 'image/jpeg', 'nosniff'))
    need('no place in it', (b'GPS' in body, hashlib.sha256(body).hexdigest() == ref['sha256']), (False, True))
    live = w.api('draft_set', id=w.draft, add='photo', fields={'image': '%s %s' % (ref['sha256'], ref['name'])})
    need('in the draft', live['lines'][0]['fields']['image']['value'], ref)
    need('what is no photo', w.send('POST', '/attach?name=x', b'<html><script>1</script>')[0], 422)
    need('too large, told before it is sent', w.announce('/attach?name=x', 16 * 1024 * 1024 + 1), 413)
    need('without a token', w.send('POST', '/attach?name=x', jpeg, {'Authorization': 'Bearer 0'})[0], 401)
    need('unknown', w.send('GET', '/file/' + '0' * 64)[0], 404)
    need('no way out', w.send('GET', '/file/..%2f..%2fowner.json')[0], 400)
    need('not without a token', w.send('GET', '/file/' + ref['sha256'], None, {'Authorization': ''})[0], 401)


def test_sealed_once(w):
    """sealing ends the draft; a kill right after it neither brings it back nor seals twice"""
    live = w.api('draft_set', id=w.draft, fields={'adequacy': 'du'}, focus='adequacy')
    need('ready', (live['ready'], live['ntodo'], live['nerror']), (True, 0, 0))
    done = w.api('submit', id=w.draft, **PIN)['records'][0]
    need('state', done['state'], 'submitted')
    w.kill()
    need('no draft', w.api('list', drafts=True)['drafts'], [])
    need('one check', w.api('list', kind='facility_check')['total'], 1)
    shown = w.api('show', id=done['id'])['fields']
    need('sealed as it was left', (shown['staff']['text'], shown['repair_cost']['text']), ('12', '1.234.567'))


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        w.prepare()
        try:
            return tap([test_power_cuts, test_one_write, test_grown_long, test_photo, test_sealed_once], w)
        finally:
            w.owner.stop()


if __name__ == '__main__':
    sys.exit(1 if main() else 0)
