#!/usr/bin/env python3
"""Disks that are full or fail for a while, with the real programs: a PC on a full file system (tmpfs), a collector that meets
EIO and ENOSPC while PCs send (strace), one that says it is not ready, SIGKILL within a backup. Nothing acknowledged is lost, every store verifies. Prints
TAP. Programs are found in $KK_BIN.
clause: L9 P27"""
import http.client
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from faults_test import ENV, World, traced  # noqa: E402
from nemesis import need  # noqa: E402
from play import Failed, Owner, Program, lasting_port, play  # noqa: E402
from programs_test import PASS  # noqa: E402


def test_full_file_system(w):
    """a PC on a small full file system: a clear word, earlier records intact, and it goes on when there is room"""
    small = w.path('small')
    os.makedirs(small)
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2048k', 'none', small], check=False,
                             stderr=subprocess.PIPE)
    if mounted.returncode != 0:
        raise Failed('no small file system to fill: %s' % mounted.stderr.decode())
    try:
        fill_up(w, os.path.join(small, 'pc'), os.path.join(small, 'ballast'))
    finally:
        subprocess.run(['umount', '-l', small], check=False)


def fill_up(w, home, ballast):
    pc = Program(w.pc.path, home, ENV)
    w.enrol(pc)
    saved, full = set(), None
    with open(ballast, 'wb') as f:
        free = os.statvfs(home)
        f.write(b'\0' * max(0, free.f_bavail * free.f_frsize - 160 * 1024))
    for _ in range(120):
        name, status, said = w.record(pc)
        if status != 0:
            full = said
            break
        saved.add(name)
    if full is None or 'đầy' not in full:
        raise Failed('a full disk reads: %s' % full)
    need('some were saved before', len(saved) > 0, True)
    print('# %d saved before the disk was full' % len(saved), flush=True)
    need('they can be read', saved - w.titles(pc), set())
    os.unlink(ballast)
    name, status, said = w.record(pc)
    need('with room again: ' + said, status, 0)
    pc.call('sync')
    need('nothing waits', pc.call('status')['unsent'], 0)
    need('it verifies', pc.call('verify', '--all')['ok'], True)
    w.pc.call('sync')
    w.saved |= saved | {name}
    w.settle()


def test_collector_disk(w):
    """a collector whose disk fails for a while (EIO, then ENOSPC): PCs are told to wait, nothing acknowledged is lost"""
    for inject in ('fdatasync,fsync:error=EIO:when=8..30', 'pwrite64:error=ENOSPC:when=40..200'):
        w.stop()
        w.start(traced(inject))
        told = set()
        for _ in range(6):
            name, status, _ = w.record(w.pc)
            need('a PC saves without a collector', status, 0)
            w.saved.add(name)
            p = subprocess.run([w.pc.path, '--home', w.pc.home, '--json', 'sync'], stdin=subprocess.DEVNULL, env=w.pc.env,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=120)
            told.add(p.returncode)
        if not told - {0}:
            raise Failed('no sync met the fault %s' % inject)
        w.stop()
        w.start()
        w.settle()


def test_ready(w):
    """a collector with less than 256 MiB left is not ready, and is when there is room again"""
    small, port = w.path('little'), lasting_port()
    os.makedirs(small)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=200m', 'none', small], check=True)
    owner = None
    try:
        col = Program(w.col.path, os.path.join(small, 'collector'), ENV)
        col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        owner = Owner(col, '--status-port', port)
        need('full', ready(port), (503, False, 'full'))
        subprocess.run(['mount', '-o', 'remount,size=400m', small], check=True)
        need('room', ready(port), (200, True, 'ok'))
    finally:
        if owner:
            owner.stop()
        subprocess.run(['umount', '-l', small], check=False)


def ready(port):
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    c.request('GET', '/ready')
    res = c.getresponse()
    body = json.loads(res.read())
    c.close()
    return res.status, body['ready'], body['disk']


def test_backup_killed(w):
    """SIGKILL at six moments of a backup of either program: the store is untouched, a finished copy verifies"""
    for i in range(6):
        for who in (w.pc, w.col):
            p = subprocess.Popen([who.path, '--home', who.home, '--json', 'backup', w.path('copy-%d' % i)], env=who.env,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.015 * i)
            p.kill()
            p.wait()
            shutil.rmtree(w.path('copy-%d' % i), ignore_errors=True)
            if os.path.exists(w.path('copy-%d' % i)):
                os.unlink(w.path('copy-%d' % i))
    w.pc.call('backup', w.path('copy'))
    w.col.call('backup', w.path('copy-of-collector'))
    w.settle()


if __name__ == '__main__':
    sys.exit(play(World, [test_full_file_system, test_collector_disk, test_ready, test_backup_killed], lambda w: w.stop()))
