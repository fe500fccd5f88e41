"""What the scenarios with sealed files share: a collector that can be reached or not, PCs, and a stick. See usb_test.py."""
import glob
import json
import os
import subprocess
import sys

from play import Owner, Program, lasting_port, need

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN = '01201', {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'verifier': 'mot cum tham tra'}
REGISTRAR = {'passphrase': PASS['registrar']}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']


def photo(word, n=40):
    return b'\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xda\x00\x02' + word * n + b'\xff\xd9'


class World:
    def __init__(self, folder):
        self.folder, self.owner = folder, None
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.a, self.b, self.c = self.pc('a'), self.pc('b'), self.pc('c')
        os.makedirs(self.path('stick'))
        self.names, self.port = 0, lasting_port()

    def path(self, *name):
        return os.path.join(self.folder, *name)

    def pc(self, name):
        return Program(os.path.join(BIN, 'kiemke'), self.path(name))

    def stick(self):
        self.names += 1
        return self.path('stick', '%02d.kkb' % self.names)

    def write(self, name, body):
        with open(self.path(name), 'wb') as f:
            f.write(body)
        return self.path(name)

    def up(self, secrets=None):
        self.owner = Owner(self.col, '--port', self.port, secrets=secrets)

    def down(self):
        self.owner.stop()
        self.owner = None

    def slip(self, name, *args):
        out = self.path('slip-%s.json' % name)
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã Thử', '--out', out, *args)
        return out

    def prepare(self):
        self.col.call('init', '--name', 'Tỉnh thử', '--url', 'http://127.0.0.1:%d' % self.port,
                      secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.col.call('staff', 'add', 'verifier', '--role', 'verifier', '--name', 'Trần Thị Thẩm',
                      secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['verifier']})

    def online(self, pc, clerk):
        """Enrol and sync over HTTP."""
        self.up(REGISTRAR)
        pc.call('enrol', self.slip(clerk[-2:]), '--pc', 'Máy ' + clerk, '--clerk', clerk, secrets=PIN)
        pc.call('sync')
        self.down()

    def sync(self, *pcs):
        """One contact each; else the collector cannot be reached."""
        self.up()
        for pc in pcs:
            pc.call('sync')
        self.down()

    def a_slip(self):
        with open(sorted(glob.glob(self.path('slip-*.json')))[0], encoding='utf-8') as f:
            return json.load(f)

    def record(self, pc, name):
        return pc.call('record', 'asset', 'name=' + name, *ASSET, secrets=PIN)['records'][0]

    def titles(self, who):
        return sorted(x['title'].split(' · ')[0] for x in who.call('list', '--kind', 'asset', '--limit', '2000')['items'])

    def counts(self, pc):
        s = pc.call('status')
        return s['accepted'], s['unsent'], s['refused'], s['alarms']

    def size(self):
        return self.col.call('verify')['entries']

    def titles_at_collector(self):
        lines = self.path('log.lines')
        self.col.call('lines', lines)
        found = {}
        with open(lines, encoding='utf-8') as f:
            for line in f:
                o = json.loads(line.split(' ', 1)[1])
                if o['op'] == 'set' and o['kind'].split('/')[0] == 'asset' and 'name' in o['set']:
                    found[o['id']] = o['set']['name']
        return sorted(found.values())

    def peak(self, program, *args):
        """Greatest resident size of one command in KiB."""
        code = ('import resource, subprocess, sys\n'
                'p = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)\n'
                'print(p.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
        p = subprocess.run([sys.executable, '-c', code, program.path, '--home', program.home, *args], stdout=subprocess.PIPE, env=program.env, check=True)
        rc, kib = map(int, p.stdout.split())
        need(' '.join(args), rc, 0)
        return kib
