"""The two programs as a scenario handles them: homes, PINs by descriptor, a collector in the background.

Used by main_job.py and the scenario tests. Knows command lines and JSON bodies, nothing of files inside
a home.
"""
import collections
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading


class Failed(Exception):
    """A command did not end as the scenario needs."""


Ended = collections.namedtuple('Ended', 'status error')


class Once:
    """Which build runs one command that ends. Under a sanitizer half of its time goes to looking for leaks at the
    end: that is done in what serves, in the tests of units, and (KK_LEAKS) for one run of each command. With
    KK_ONCE_BIN (a build without sanitizer) only the first KK_ONCE_FIRST runs of a command in a test, and every one
    that is to be refused, are of the build under test: the same again would show nothing more."""

    def __init__(self):
        self.plain = os.environ.get('KK_ONCE_BIN')
        self.first = int(os.environ.get('KK_ONCE_FIRST', '0'))
        self.seen = collections.Counter()

    def pick(self, path, env, args, refused):
        """(path, environment) for this run."""
        if not os.environ.get('KK_LEAKS'):
            env = {**env, 'ASAN_OPTIONS': env.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}
        name = os.path.basename(path)
        command = (name, *(x for x in map(str, args[:2]) if x.isidentifier()))
        self.seen[command] += 1
        again = self.seen[command] > self.first and not (refused and self.first)
        return os.path.join(self.plain, name) if self.plain and again else path, env


ONCE = Once()


class Program:
    """One program with one home. Secrets go in by descriptor, never by argument."""

    def __init__(self, path, home, env=None):
        self.path, self.home = path, home
        self.env = {**os.environ, 'KIEMKE_LANG': 'vi', **(env or {})}

    def call(self, *args, secrets=None, stdin=None, expect=0):
        """Run one command with --json; its body, or with expect != 0 its error object. expect None: how it Ended."""
        path, env = ONCE.pick(self.path, self.env, args, expect != 0)
        argv = [path, '--home', self.home, '--json', *map(str, args)]
        fds = []
        for name, value in (secrets or {}).items():
            r, w = os.pipe()
            os.write(w, value.encode() + b'\n')
            os.close(w)
            fds.append(r)
            argv += ['--%s-fd' % name.replace('_', '-'), str(r)]
        p = subprocess.run(argv, stdin=subprocess.DEVNULL if stdin is None else None,
                           input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           pass_fds=fds, env=env)
        for fd in fds:
            os.close(fd)
        body = [json.loads(x) for x in p.stdout.decode().splitlines() if x.strip()]
        body = body[-1] if body else {}
        if expect is None:
            return Ended(p.returncode, body.get('error'))
        if p.returncode != expect:
            raise Failed('%s %s: ended with %d, not %d\n%s%s' % (
                os.path.basename(self.path), ' '.join(map(str, args)), p.returncode, expect,
                p.stderr.decode(), p.stdout.decode()))
        return body.get('error', body) if expect else body

    def said(self, *args):
        """What the command prints for people."""
        path, env = ONCE.pick(self.path, self.env, args, False)
        p = subprocess.run([path, '--home', self.home, *map(str, args)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
        return p.stdout.decode()


class Owner:
    """A `serve` in the background. Its address comes as a note on stdout."""

    def __init__(self, program, *args, secrets=None, wait_s=60, command=('serve',), traced_by=()):
        argv = [program.path, *traced_by, '--home', program.home, '--json', *command, *map(str, args)]
        self.notes = []
        fds = []
        for name, value in (secrets or {}).items():
            r, w = os.pipe()
            os.write(w, value.encode() + b'\n')
            os.close(w)
            fds.append(r)
            argv += ['--%s-fd' % name.replace('_', '-'), str(r)]
        self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, pass_fds=fds, env=program.env)
        for fd in fds:
            os.close(fd)
        self.url = None
        timer = threading.Timer(wait_s, self.p.kill)
        timer.start()
        for line in self.p.stdout:
            note = json.loads(line)
            self.notes.append(note.get('note'))
            if 'url' in note.get('args', {}):
                self.url = note['args']['url']
                break
        self.links = self.p.stdout.readline() if '--link' in args else b''
        timer.cancel()
        if not self.url:
            raise Failed('serve ended before it had an address:\n' + self.p.stderr.read().decode())
        for stream in (self.p.stdout, self.p.stderr):
            threading.Thread(target=stream.read, daemon=True).start()

    def link(self):
        """The address that lets one browser in, of an owner started with --link."""
        return json.loads(self.links)['args']['url']

    def stop(self, sig=signal.SIGTERM):
        if self.p.poll() is None:
            self.p.send_signal(sig)
        try:
            self.p.wait(20)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()


def rewrite(db, index, body):
    """Put other bytes in the place of an entry's, past the guards of the file, which are there again afterwards."""
    guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'payload'").fetchall()
    for name, _ in guards:
        db.execute('DROP TRIGGER ' + name)
    db.execute('UPDATE payload SET body = ? WHERE idx = ?', (body, index))
    for _, sql in guards:
        db.execute(sql)
    db.commit()


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def tap(tests, world):
    """Run the tests in turn, each with the same world, and print TAP; the number that failed."""
    failed = 0
    print('1..%d' % len(tests), flush=True)
    for n, test in enumerate(tests, 1):
        try:
            test(world)
            print('ok %d - %s' % (n, test.__doc__.strip()), flush=True)
        except (Failed, OSError, LookupError, ValueError, TypeError, AttributeError, StopIteration, subprocess.TimeoutExpired) as e:
            failed += 1
            print('not ok %d - %s\n# %s' % (n, test.__doc__.strip(), ('%s: %s' % (type(e).__name__, e)).replace('\n', '\n# ')), flush=True)
    return failed


def play(make, tests, end):
    """A test's whole course: a world (make(folder)) in a folder that goes with it, its prepare() where it has one, the tests in turn,
    its end. The exit status."""
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        world = make(folder)
        try:
            getattr(world, 'prepare', lambda: None)()
            return 1 if tap(tests, world) else 0
        except Failed as e:
            print('Bail out! %s' % e)
            return 1
        finally:
            end(world)


def lasting_port():
    """A port to come back to after a stop. One the system gives out (port 0) may be given to another
    program meanwhile, or be the near end of anybody's connection; those below that range are not."""
    try:
        with open('/proc/sys/net/ipv4/ip_local_port_range', encoding='ascii') as f:
            below = int(f.read().split()[0])
    except OSError:
        below = 32768
    while True:
        port = random.randrange(below // 2, below)
        try:
            with socket.create_server(('127.0.0.1', port)):
                return port
        except OSError:
            continue
