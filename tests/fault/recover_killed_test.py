#!/usr/bin/env python3
"""`kiemke-collector recover` killed at every sync and rename: what is left is a collector from which it is run again, with
one recovery and one log key. Prints TAP. Programs are found in $KK_BIN; KK_LONG=1 kills at every write as well.
clause: L12"""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))
sys.dont_write_bytecode = True
from play import Failed, Program  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
CALLS = 'fsync,fdatasync,rename,renameat,renameat2' + (',pwrite64,write,openat,unlink' if os.environ.get('KK_LONG') else '')
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def killed_at(col, n):
    """Run recover, killed at the n-th of these calls; False when it ended before."""
    r, fd = os.pipe()
    os.write(fd, PASS['root'].encode() + b'\n')
    os.close(fd)
    argv = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=' + CALLS, '-e', 'inject=%s:signal=SIGKILL:when=%d' % (CALLS, n),
            col.path, '--home', col.home, '--json', 'recover', '--passphrase-fd', str(r)]
    env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')  # leak detection cannot run under strace
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[r], env=env)
    os.close(r)
    if p.returncode not in (0, 137, -9):
        raise Failed('recover ended with %d: %s' % (p.returncode, p.stdout.decode()[-300:]))
    return p.returncode != 0


def entries(home):
    db = sqlite3.connect(os.path.join(home, 'store.db'))
    n = db.execute('SELECT count(*) FROM entry').fetchone()[0]
    db.close()
    return n


def once(folder, backup, kept, n):
    """Killed at the n-th call, then run again; False when there was no n-th."""
    col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'killed'))
    shutil.rmtree(col.home, ignore_errors=True)
    shutil.copytree(backup, col.home)
    if not killed_at(col, n):
        return False
    if entries(col.home) == kept + 2 and not os.path.exists(os.path.join(col.home, 'recovering')):
        kept += 2  # it had ended, only nobody was told: another run is another recovery
    got = col.call('recover', secrets={'passphrase': PASS['root']})
    need('kill %d: recovered' % n, (got['recovered'], got['base']), (True, kept))
    need('kill %d: once' % n, entries(col.home), kept + 2)
    keys = [x for x in os.listdir(os.path.join(col.home, 'keys')) if x.startswith('log')]
    need('kill %d: one key, and nothing half written' % n, keys, ['log.key'])
    need('kill %d: verifies' % n, col.call('verify', '--all')['ok'], True)
    return True


def main():
    print('1..1', flush=True)
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        try:
            col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'backup'))
            col.call('init', '--name', 'Máy thu thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
            kept, n = entries(col.home), 1
            col.call('backup', os.path.join(folder, 'file'))
            other = Program(col.path, os.path.join(folder, 'restored'))  # as an operator has it: without the log's key
            other.call('restore', os.path.join(folder, 'file'))
            need('it says what it lacks', other.call('checkpoint', expect=65)['key'], 'collector.log_key')
            while once(folder, other.home if n % 2 else col.home, kept, n):
                n += 1
            print('# killed at %d places' % (n - 1), flush=True)
            if n <= 5:
                raise Failed('too few places: %d' % (n - 1))
            print('ok 1 - recover, killed at every sync and rename, is run again', flush=True)
        except (Failed, OSError, KeyError, ValueError) as e:
            print('not ok 1 - recover, killed at every sync and rename, is run again\n# ' + str(e).replace('\n', '\n# '), flush=True)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
