#!/usr/bin/env python3
"""A collector whose disk is full, with the real programs: what comes then is answered 503, the PC keeps it and says
why it waits; what was accepted is there after a kill and verifies; with room again everything goes through. The
disk is a limit on the size of files of the running process (EFBIG), which needs no right to mount anything. Below that size a file is written as ever: the log
of the database begins at its front again after a checkpoint, and then takes a short entry more.
Prints TAP. Programs are found in $KK_BIN.
clause: L9 P27 P21"""
import os
import resource
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, play  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, TRIES = '01201', 60
PIN = {'pin': '135790'}
ROOT_PASS, REGISTRAR = 'mot cum mat khau goc', {'passphrase': 'mot cum mat khau dang ky'}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']


class World:
    def __init__(self, folder):
        self.folder, self.owner, self.pc_owner, self.port, self.accepted = folder, None, None, 0, 0
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'))

    def up(self):
        self.owner = Owner(self.col, '--port', str(self.port), secrets=REGISTRAR)
        self.port = int(self.owner.url.rsplit(':', 1)[1])

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': ROOT_PASS, 'registrar_passphrase': REGISTRAR['passphrase']})
        self.up()
        slip = os.path.join(self.folder, 'slip.json')
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', slip)
        self.pc.call('enrol', slip, '--clerk', 'Nguyễn Văn An', secrets=PIN)
        self.pc.call('sync')
        self.pc_owner = Owner(self.pc, '--offline')
        self.pc.call('unlock', secrets=PIN)

    def stop(self):
        for owner in (self.pc_owner, self.owner):
            if owner:
                owner.stop()

    def fill(self):
        """From now on no file of the collector grows."""
        sizes = [os.path.getsize(os.path.join(self.col.home, x)) for x in os.listdir(self.col.home) if x.startswith('store.db')]
        resource.prlimit(self.owner.p.pid, resource.RLIMIT_FSIZE, (max(sizes), resource.RLIM_INFINITY))

    def shut(self):
        """From now on no page of the database is written at all; a small file, like that of a key, still is."""
        resource.prlimit(self.owner.p.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def empty(self):
        resource.prlimit(self.owner.p.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def record(self, n):
        self.pc.call('record', 'asset', 'name=Máy %d' % n, *ASSET)

    def count(self):
        """Records at the collector, by the entries of its log."""
        path = os.path.join(self.folder, 'log.lines')
        self.col.call('lines', path)
        with open(path, encoding='utf-8') as f:
            n = sum('"kind":"asset' in line for line in f)
        os.unlink(path)
        return n


def test_full(w):
    """a full disk: 503 with its reason, the PC keeps what was not taken; nothing that was accepted is missing"""
    w.record(0)
    need('there is room', w.pc.call('sync')['accepted'], 1)
    w.fill()
    for n in range(1, TRIES):
        w.record(n)
        before = w.pc.call('status')
        p = w.pc.call('sync', expect=None)
        if p.status:
            break
    need('it is full', p.status, 76)
    need('told by the collector', p.error['key'], 'transport.problem')
    need('in words', p.error['args']['detail'], 'Đĩa đã đầy: dữ liệu mới chưa được lưu, dữ liệu cũ vẫn nguyên.')
    got = w.pc.call('status')
    need('kept on the PC', (got['unsent'], got['accepted'], got['refused']), (1, before['accepted'], 0))
    need('why it waits', got['why'], 'transport.problem')
    w.accepted = n
    need('what was accepted is there', w.count(), w.accepted)


def test_commands(w):
    """a command of the centre says that the disk is full, exit status 74, and changes nothing; reading goes on"""
    before = w.col.call('checkpoint')
    w.shut()
    p = w.col.call('admit', 'A' * 43, '--scope', SCOPE, '--reason', 'x', '--as', 'registrar', secrets=REGISTRAR, expect=None)
    need('reading comes first', p.error['key'], 'admit.no_entry')
    p = w.col.call('staff', 'add', 'tham-tra', '--role', 'verifier', '--name', 'Thẩm', expect=None,
                   secrets={'passphrase': ROOT_PASS, 'staff_passphrase': 'mot cum tham tra'})
    need('no room', (p.status, p.error['code'], p.error['key']), (74, 'full', 'db.full'))
    need('nothing changed', w.col.call('checkpoint'), before)
    need('everything verifies', w.col.call('verify', '--all')['ok'], True)


def test_killed(w):
    """killed while full and started again: the log is whole, every accepted record is in it"""
    w.owner.stop(signal.SIGKILL)
    w.up()
    need('whole', w.col.call('verify', '--all')['ok'], True)
    need('nothing accepted is lost', w.count(), w.accepted)


def test_room(w):
    """full once more, then room: what waited goes through, each record once"""
    w.fill()
    for n in range(TRIES):
        w.record(TRIES + n)
        if w.pc.call('sync', expect=None).status:
            break
    need('full again', w.pc.call('status')['why'], 'transport.problem')
    w.empty()
    got = w.pc.call('sync')
    need('all of it', (got['refused'], w.pc.call('status')['unsent']), (0, 0))
    need('each once', w.count(), w.pc.call('list', '--kind', 'asset')['total'])
    got = w.col.call('staff', 'add', 'tham-tra', '--role', 'verifier', '--name', 'Thẩm',
                     secrets={'passphrase': ROOT_PASS, 'staff_passphrase': 'mot cum tham tra'})
    need('the name was not used up', got['as'], 'tham-tra')
    need('both verify', (w.col.call('verify', '--all')['ok'], w.pc.call('verify', '--all')['ok']), (True, True))


TESTS = [test_full, test_commands, test_killed, test_room]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
