#!/usr/bin/env python3
"""`kiemke-collector unit merge` killed with SIGKILL: alone, at every sync and rename in turn, as `unit split` is; beside `serve`, at random
moments of it (SEED= is accepted). The same command finishes it, and then there is exactly what an undisturbed one leaves: each
cert once, one merger or split, nothing of the PCs lost or doubled. Prints TAP. Programs are found in $KK_BIN; KK_LONG=1 kills at
every write as well, and more often.
clause: M18 M22 K14"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'tests', 'scenario')]
sys.dont_write_bytecode = True
import merged_test as merged  # noqa: E402
from merged_test import FROM, INTO, REGISTRAR  # noqa: E402
from play import Failed, need, tap  # noqa: E402

LONG = bool(os.environ.get('KK_LONG'))
CALLS = 'fsync,fdatasync,rename,renameat,renameat2' + (',pwrite64,write,unlink' if LONG else '')
RANDOM_KILLS = 30 if LONG else 4
MERGE = ('unit', 'merge', FROM, INTO)


class World(merged.World):
    """Two PCs of the commune that ends and one of that which goes on; each has sent something and has something to send."""

    def __init__(self, folder):
        super().__init__(folder)
        self.all = (self.a, self.b, self.c)
        self.rng = random.Random(int(os.environ.get('SEED', '20261129')))

    def ready(self):
        self.prepare()
        for pc in self.all:
            pc.asset('Đã gửi ' + pc.name)
            pc.call('sync')
            pc.asset('Chưa gửi ' + pc.name)
            pc.down()
        self.down()
        for who in (self.col, *self.all):
            shutil.copytree(who.home, who.home + '.before')
        self.before = self.size()
        self.about(*MERGE)

    def about(self, *command):
        """What is killed from now on, and what it leaves undisturbed."""
        self.command = command
        self.again(self.col)
        need('done', self.act('--apply')['applied'], True)
        self.whole = self.stands()

    def act(self, *more):
        return self.col.call(*self.command, *more, secrets=REGISTRAR)

    def again(self, *who):
        """As before it."""
        for p in who:
            shutil.rmtree(p.home)
            shutil.copytree(p.home + '.before', p.home)

    def stands(self):
        """What it leaves at the collector."""
        _, lines = self.lines()
        keys = self.col.call('keys')['keys']
        return {'size': len(lines), 'ops': sorted(o['op'] for o in lines),
                'certs': sorted((o['set']['key'], o['scope']) for o in lines if o['op'] == 'cert'),
                'units': sorted(o['kind'] for o in lines if o.get('kind') in ('merger', 'split')),
                'scopes': sorted((k['fingerprint'], sorted(k['scope'])) for k in keys)}

    def start(self, *before):
        """The command, on its way."""
        r, fd = os.pipe()
        os.write(fd, REGISTRAR['passphrase'].encode() + b'\n')
        os.close(fd)
        env = dict(self.col.env, ASAN_OPTIONS='detect_leaks=0')  # leak detection cannot run under strace
        p = subprocess.Popen([*before, self.col.path, '--home', self.col.home, '--json', *self.command, '--apply', '--passphrase-fd', str(r)],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[r], env=env)
        os.close(r)
        return p

    def finish(self, when):
        """Run again; the state is that of an undisturbed one. How many certs were still to be made."""
        lacking = len(self.act()['certs'])
        need(when + ': made now', len(self.act('--apply')['certs']), lacking)
        need(when + ': once more', self.act('--apply')['certs'], [])
        need(when, self.stands(), self.whole)
        need(when + ': verifies', self.col.call('verify', '--all')['ok'], True)
        need(when + ': nothing parted', self.col.call('forks')['forks'], [])
        left = [n for n in os.listdir(os.path.join(self.col.home, 'keys')) if not n.endswith('.key')]
        need(when + ': left behind', left, [])
        return lacking


def test_each_call(w):
    """killed at every sync and rename of the command: run again it ends what was begun, and nothing is there twice"""
    n, lacked = 1, set()
    while True:
        w.again(w.col)
        p = w.start('strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=' + CALLS, '-e',
                    'inject=%s:signal=SIGKILL:when=%d' % (CALLS, n))
        if p.wait() == 0:
            break
        if p.returncode not in (137, -9):
            raise Failed('kill %d: it ended with %d' % (n, p.returncode))
        lacked.add(w.finish('kill %d' % n))
        n += 1
    print('# killed at %d places; certs left to make: %s' % (n - 1, sorted(lacked)), flush=True)
    need('killed in the middle, too', len(lacked) > 2, True)


def test_split(w):
    """so is a split by which a PC goes over"""
    w.about('unit', 'split', FROM, INTO, '--pc', w.b.call('status')['fingerprint'])
    need('certs and one split', (len(w.whole['certs']) > 6, w.whole['units']), (True, ['split']))
    test_each_call(w)


def test_random(w):
    """the owner killed at random moments of a merger, PCs with unsent records behind it: all comes in, once, on every PC"""
    for i in range(RANDOM_KILLS):
        w.again(w.col, *w.all)
        w.up()
        p = w.start()
        time.sleep(w.rng.random() * 0.15)
        w.owner.p.kill()
        w.owner.p.wait()
        p.wait()
        w.finish('kill %d' % i)
        w.up()
        for pc in w.all:
            pc.up()
        for pc in (*w.all, *w.all):
            pc.call('sync')
        need('all sent', [pc.left() for pc in w.all], [(0, 0, 0, 0)] * len(w.all))
        names = sorted('%s %s' % (what, pc.name) for pc in w.all for what in ('Đã gửi', 'Chưa gửi'))
        need('on each PC', [pc.names() for pc in w.all], [names] * len(w.all))
        need('in the log, once', sorted(o['set']['name'] for o in w.lines()[1] if o.get('kind') == 'asset'), names)
        need('both communes', [sorted(pc.scopes()) for pc in w.all], [[INTO, FROM]] * len(w.all))
        for who in (*w.all, w.col):
            need('it verifies', who.call('verify', '--all')['ok'], True)
        for pc in w.all:
            pc.down()
        w.down()


def main():
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        w = World(folder)
        try:
            w.ready()
            return 1 if tap([test_each_call, test_random, test_split], w) else 0
        except Failed as e:
            print('Bail out! %s' % e)
            return 1
        finally:
            for pc in w.all:
                pc.down()
            w.down()


if __name__ == '__main__':
    sys.exit(main())
