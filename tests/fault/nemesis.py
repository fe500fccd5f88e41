#!/usr/bin/env python3
"""The real programs under a nemesis: PCs that record and sync through a bad line while they and the collector are killed
with SIGKILL, and backups are cut short. Afterwards everything runs again, and then every record that was acknowledged
to a clerk is at the collector exactly once and on every PC, and each store verifies.

    python3 tests/fault/nemesis.py [--seed N] [--steps N] [--runs N]

The steps follow from the seed (how the processes interleave does not). Programs are found in $KK_BIN.
"""
import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'tests', 'scenario')]
sys.dont_write_bytecode = True
from play import Failed, Owner, Program  # noqa: E402
from proxy import Proxy  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE, PIN = '01201', {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}
BY = {'passphrase': PASS['registrar']}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']
PCS, QUIET_ROUNDS = 2, 40


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as s:
        return s.getsockname()[1]


class Station:
    """One PC: its program, its owner process if it runs, what it told its clerk was saved."""

    def __init__(self, world, number):
        self.number, self.owner = number, None
        self.pc = Program(os.path.join(BIN, 'kiemke'), world.path('pc-%d' % number))
        self.saved, self.unsure, self.made = set(), set(), 0

    def start(self):
        """With the owner process up and the clerk's seal unlocked in it."""
        self.owner = Owner(self.pc)
        self.pc.call('unlock', secrets=PIN)

    def kill(self):
        if self.owner:
            self.owner.p.kill()
            self.owner.p.wait()
            self.owner = None

    def record(self, cut=None):
        """One asset. Acknowledged when the command ended with 0; killed in the middle of it, nobody knows."""
        self.made += 1
        name = 'Máy %d-%d' % (self.number, self.made)
        argv = [self.pc.path, '--home', self.pc.home, '--json', 'record', 'asset', 'name=' + name, *ASSET]
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=self.pc.env)
        if cut:
            cut()
        if p.wait(60) == 0:
            self.saved.add(name)
        else:
            self.unsure.add(name)


class World:
    def __init__(self, folder, seed):
        self.folder, self.rng = folder, random.Random(seed)
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.port, self.owner = free_port(), None
        self.proxy = Proxy(seed, lambda: self.port)
        self.station = [Station(self, n) for n in range(PCS)]
        self.did = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.start_collector()
        for s in self.station:
            slip = self.path('slip-%d.json' % s.number)
            self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--url', self.proxy.url, '--out', slip)
            s.pc.call('enrol', slip, '--pc', 'Máy %d' % s.number, '--clerk', 'Cán bộ %d' % s.number, secrets=PIN)
            s.pc.call('sync')
            s.start()
        self.proxy.mood = 'bad'

    def start_collector(self):
        self.owner = Owner(self.col, '--port', str(self.port), secrets=BY)

    def kill_collector(self):
        if self.owner:
            self.owner.p.kill()
            self.owner.p.wait()
            self.owner = None

    # ---- what may happen, each by name ----

    def some(self):
        return self.rng.choice(self.station)

    def do_record(self):
        s = self.some()
        if not s.owner:
            s.start()
        for _ in range(self.rng.randint(1, 4)):
            s.record()

    def do_kill_while_recording(self):
        s = self.some()
        if not s.owner:
            s.start()
        delay = self.rng.random() * 0.05
        s.record(cut=lambda: (time.sleep(delay), s.kill()))
        s.kill()

    def do_kill_pc(self):
        self.some().kill()

    def do_kill_collector(self):
        self.kill_collector()

    def do_start_collector(self):
        if not self.owner:
            self.start_collector()

    def do_sync(self):
        s = self.some()
        subprocess.run([s.pc.path, '--home', s.pc.home, '--json', 'sync'], stdin=subprocess.DEVNULL, env=s.pc.env,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=120)

    def do_kill_while_syncing(self):
        s = self.some()
        p = subprocess.Popen([s.pc.path, '--home', s.pc.home, '--json', 'sync'], stdin=subprocess.DEVNULL, env=s.pc.env,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.rng.random() * 0.05)
        (self.kill_collector if self.rng.random() < 0.5 else s.kill)()
        p.kill()
        p.wait()

    def do_mood(self):
        self.proxy.mood = self.rng.choice(('good', 'bad', 'bad', 'down'))

    def do_backup_cut(self):
        """A copy is whole and opens, or it is not there under its name."""
        who = self.rng.choice([s.pc for s in self.station] + [self.col])
        target = self.path('backup-%d' % self.did.get('backup_cut', 0))
        p = subprocess.Popen([who.path, '--home', who.home, '--json', 'backup', target], stdin=subprocess.DEVNULL,
                             env=who.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(self.rng.random() * 0.03)
        p.send_signal(signal.SIGKILL)
        told = p.communicate()[0]
        if told and not os.path.exists(target):
            raise Failed('a backup was told of and is not there: %s' % told.decode())

    STEPS = (('record', 8), ('kill_while_recording', 3), ('kill_pc', 1), ('kill_collector', 2), ('start_collector', 3),
             ('sync', 6), ('kill_while_syncing', 4), ('mood', 3), ('backup_cut', 1))

    def step(self):
        names, weights = zip(*self.STEPS)
        name = self.rng.choices(names, weights)[0]
        getattr(self, 'do_' + name)()
        self.did[name] = self.did.get(name, 0) + 1

    # ---- afterwards ----

    def heal(self):
        """Everything runs again, over a good line, until nothing waits."""
        self.proxy.mood = 'good'
        if not self.owner:
            self.start_collector()
        for s in self.station:
            s.kill()
        for _ in range(QUIET_ROUNDS):
            waits = 0
            for s in self.station:
                s.pc.call('sync')
                waits += s.pc.call('status')['unsent']
            if waits == 0:
                break
        need('nothing waits any more', waits, 0)
        for s in self.station:  # what the others sent after this one's last contact
            s.pc.call('sync')

    def titles(self, who):
        items, offset = [], 0
        while True:
            page = who.call('list', '--kind', 'asset', '--offset', str(offset))
            items += [x['title'] for x in page['items']]
            offset += len(page['items'])
            if not page['items'] or offset >= page['total']:
                return items

    def check(self):
        saved = set().union(*(s.saved for s in self.station))
        unsure = set().union(*(s.unsure for s in self.station))
        at = {os.path.basename(s.pc.home): self.titles(s.pc) for s in self.station}
        self.col.call('lines', self.path('log.lines'))
        with open(self.path('log.lines'), encoding='utf-8') as f:
            log = f.read()
        for name in saved:
            need('the collector holds %s' % name, log.count('"name":"%s"' % name), 1)
        for who, titles in at.items():
            need('%s shows each once' % who, len(titles), len(set(titles)))
            need('%s misses' % who, saved - set(titles), set())
            need('%s shows what nobody wrote' % who, set(titles) - saved - unsure, set())
        need('both PCs show the same', len({tuple(sorted(t)) for t in at.values()}), 1)
        for who in [s.pc for s in self.station] + [self.col]:
            got = who.call('verify', '--all')
            need('%s verifies' % os.path.basename(who.home), got['ok'], True)
        need('nobody copied anything', self.col.call('forks')['forks'], [])
        return len(saved), len(unsure)

    def stop(self):
        for s in self.station:
            s.kill()
        if self.owner:
            self.owner.stop()
        self.proxy.close()


def run(seed, steps):
    """One run; what it did, in words. Raises Failed."""
    folder = tempfile.mkdtemp(prefix='kk-nemesis-')
    w = World(folder, seed)
    try:
        w.prepare()
        for _ in range(steps):
            w.step()
        w.heal()
        saved, unsure = w.check()
    except Failed as e:
        raise Failed('SEED=%d: %s (its folder is kept: %s)' % (seed, e, folder)) from e
    finally:
        w.stop()
    shutil.rmtree(folder)
    return 'seed %d: %d records acknowledged and kept, %d cut short; %s; connections: %s' % (
        seed, saved, unsure, ', '.join('%s %d' % x for x in sorted(w.did.items())),
        ', '.join('%s %d' % x for x in sorted(w.proxy.counts.items())))


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--seed', type=int, default=int(os.environ.get('SEED', '1')))
    p.add_argument('--steps', type=int, default=120)
    p.add_argument('--runs', type=int, default=20)
    a = p.parse_args()
    for seed in range(a.seed, a.seed + a.runs):
        try:
            print(run(seed, a.steps), flush=True)
        except Failed as e:
            print('FAILED %s' % e, flush=True)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
