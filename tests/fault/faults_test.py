#!/usr/bin/env python3
"""A PC whose disk fails while it saves, with the real program: EIO and ENOSPC at a chosen system call (strace), SIGKILL at
moments of a save. What was acknowledged is there afterwards, what was not is told in plain words, and the store verifies.
Prints TAP. Programs are found in $KK_BIN."""
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, 'tests', 'scenario')]
sys.dont_write_bytecode = True
import nemesis  # noqa: E402
from nemesis import ASSET, BY, PASS, PIN, SCOPE, need  # noqa: E402
from play import Failed, Owner, Program, play  # noqa: E402

BIN = nemesis.BIN
# A program built with a sanitizer of memory does not run under a tracer (its leak check is one itself).
ENV = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0', 'KIEMKE_LANG': 'vi'}
WORDS = {'EIO': 'Ổ đĩa', 'ENOSPC': 'đầy'}


def traced(inject):
    """The words before a command that run it with this fault."""
    return ['strace', '-D', '-f', '-qqq', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync,pwrite64,write', '-e', 'inject=' + inject]


class World:
    def __init__(self, folder):
        self.folder, self.owner, self.n = folder, None, 0
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'), ENV)
        self.pc = Program(os.path.join(BIN, 'kiemke'), self.path('pc'), ENV)
        self.port = nemesis.free_port()

    def path(self, name):
        return os.path.join(self.folder, name)

    def prepare(self):
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.start()
        self.enrol(self.pc)
        self.saved = {self.record(self.pc)[0]}
        self.pc.call('sync')

    def enrol(self, pc):
        """With a code of its own."""
        self.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', self.path('slip.json'))
        pc.call('enrol', self.path('slip.json'), '--clerk', 'Nguyễn Văn An', secrets=PIN)

    def start(self, before=()):
        program = Program(self.col.path, self.col.home, ENV)
        if before:  # Owner takes one path: a script that puts the tracer in front
            script = self.path('traced-collector')
            with open(script, 'w', encoding='utf-8') as f:
                f.write('#!/bin/sh\nexec %s "%s" "$@"\n' % (' '.join(before), self.col.path))
            os.chmod(script, 0o755)
            program.path = script
        self.owner = Owner(program, '--port', str(self.port), secrets=BY)

    def stop(self):
        if self.owner:
            self.owner.stop()
            self.owner = None

    def record(self, pc, before=(), kill_after=None):
        """(name, exit status, what it said). kill_after: seconds until SIGKILL."""
        self.n += 1
        name = 'Máy số %d' % self.n
        r, w = os.pipe()
        os.write(w, PIN['pin'].encode() + b'\n')
        os.close(w)
        p = subprocess.Popen([*before, pc.path, '--home', pc.home, 'record', 'asset', 'name=' + name, *ASSET, '--pin-fd', str(r)],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[r], env=pc.env)
        os.close(r)
        if kill_after is not None:
            time.sleep(kill_after)
            p.send_signal(signal.SIGKILL)
        said = p.communicate(timeout=120)[0].decode()
        return name, p.returncode, said

    def titles(self, pc=None):
        return {x['title'] for x in (pc or self.pc).call('list', '--kind', 'asset', '--limit', '500')['items']}

    def settle(self):
        """All acknowledged records are here; after a sync at the collector, once each; everything verifies."""
        need('records missing on the PC', self.saved - self.titles(), set())
        self.pc.call('sync')
        need('nothing waits', self.pc.call('status')['unsent'], 0)
        self.col.call('lines', self.path('log.lines'))
        with open(self.path('log.lines'), encoding='utf-8') as f:
            log = f.read()
        for name in self.titles():
            need('the collector holds %s' % name, log.count('"name":"%s"' % name), 1)
        for who in (self.pc, self.col):
            need('it verifies', who.call('verify', '--all')['ok'], True)


def saves_under(w, error, calls):
    """Save once with the k-th call failing, for k = 1, 2 …"""
    failed = 0
    for k in range(1, 13 if error == 'ENOSPC' else 9):
        name, status, said = w.record(w.pc, traced('%s:error=%s:when=%d' % (calls, error, k)))
        if status == 0:
            w.saved.add(name)
        else:
            failed += 1
            if WORDS[error] not in said or 'sqlite' in said.lower():
                raise Failed('call %d answered %s and the clerk reads: %s' % (k, error, said))
    need('some save met the fault', failed > 0, True)
    w.settle()


def test_save_eio(w):
    """EIO at each fsync of a save in turn: told as a fault of the disk, or saved; nothing acknowledged is lost"""
    saves_under(w, 'EIO', 'fsync,fdatasync')


def test_save_enospc(w):
    """ENOSPC at each write of a save in turn: told as a full disk, or saved; nothing acknowledged is lost"""
    saves_under(w, 'ENOSPC', 'pwrite64')


def test_save_killed(w):
    """SIGKILL at ten moments of a save: it is there whole, or not at all"""
    for i in range(10):
        name, status, _ = w.record(w.pc, kill_after=0.03 * i)
        if status == 0:
            w.saved.add(name)
    w.settle()


TESTS = [test_save_eio, test_save_enospc, test_save_killed]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.stop()))
