#!/usr/bin/env python3
"""kiemke autostart: the user unit it writes, what it asks of systemd, what it says where that does not
answer, that it touches nothing else, and that the limits it sets do not break the program: every system call,
socket family and memory protection of an owner at work is one the unit allows. Prints TAP."""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, tap  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN, SCOPE  # noqa: E402

FAKE = '''#!/bin/sh
echo "$*" >>"$KK_SAID"
case "$*" in
*is-enabled*) [ -e "$KK_UNITS/default.target.wants/kiemke.service" ] && echo enabled || { echo disabled; exit 1; } ;;
*is-active*) echo active ;;
*enable*) [ "$KK_SYSTEMD" = up ] || exit 1 ;;
*) [ "$KK_SYSTEMD" = up ] || exit 1 ;;
esac
'''


class Bench:
    """A user of our own: HOME, configuration, data and a systemctl that only notes what it is asked."""

    def __init__(self, folder):
        self.folder = folder
        self.said = os.path.join(folder, 'said')
        self.config = os.path.join(folder, 'config')
        self.units = os.path.join(self.config, 'systemd', 'user')
        self.bin = os.path.join(folder, 'bin')
        os.mkdir(self.bin)
        fake = os.path.join(self.bin, 'systemctl')
        with open(fake, 'w', encoding='ascii') as f:
            f.write(FAKE)
        os.chmod(fake, stat.S_IRWXU)
        self.home = os.path.join(folder, 'data', 'kiemke')
        os.makedirs(self.home)

    def pc(self, home=None, **env):
        base = {'HOME': self.folder, 'XDG_CONFIG_HOME': self.config, 'XDG_DATA_HOME': os.path.join(self.folder, 'data'),
                'PATH': self.bin + ':' + os.environ['PATH'], 'KK_SAID': self.said, 'KK_UNITS': self.units, 'KK_SYSTEMD': 'up'}
        return Program(os.path.join(BIN, 'kiemke'), home or self.home, {**base, **env})

    def asked(self):
        """What systemctl was asked since last time."""
        if not os.path.exists(self.said):
            return []
        with open(self.said, encoding='utf-8') as f:
            lines = f.read().splitlines()
        os.remove(self.said)
        return [x for x in lines if 'is-' not in x]

    def files(self):
        return sorted(os.path.relpath(os.path.join(d, n), self.config) for d, _, names in os.walk(self.config) for n in names)


def values(unit):
    """Settings of a unit file by name."""
    return dict(x.split('=', 1) for x in unit.splitlines() if '=' in x and not x.startswith('#'))


def test_print(b):
    """--print shows the file and writes nothing"""
    got = b.pc().call('autostart', '--print')
    need('said as it is', b.pc().said('autostart', '--print'), got['unit'])
    need('nothing written', (b.files(), b.asked()), ([], []))
    v = values(got['unit'])
    need('starts', v['ExecStart'], '"%s" --home "%s" serve' % (os.path.realpath(os.path.join(BIN, 'kiemke')), b.home))
    need('again', v['Restart'], 'on-failure')
    need('wanted', v['WantedBy'], 'default.target')


def test_install(b):
    """--install writes one file, has systemd enable it, and doing it twice is the same"""
    for _ in range(2):
        got = b.pc().call('autostart', '--install')
        need('done', (got['done'], got['state'], got['todo']), ('enabled', 'current', []))
        need('asked', b.asked(), ['--user daemon-reload', '--user enable --now kiemke.service'])
        need('files', b.files(), ['systemd/user/kiemke.service'])
    need('path', got['path'], os.path.join(b.units, 'kiemke.service'))
    need('state', b.pc().call('autostart')['state'], 'current')
    with open(got['path'], 'a', encoding='utf-8') as f:
        f.write('# added by hand\n')
    need('an older one', b.pc().call('autostart')['state'], 'old')
    need('is renewed', b.pc().call('autostart', '--install')['state'], 'current')
    b.asked()


def exec_words(line):
    """The arguments of an Exec line, as a desktop reads it: escapes of the string, then quotes, then %%."""
    text, words, i = re.sub(r'\\(.)', lambda m: {'s': ' ', 'n': '\n', 't': '\t'}.get(m.group(1), m.group(1)), line), [], 0
    while i < len(text):
        if text[i] == '"':
            m = re.compile(r'"((?:[^"\\`$]|\\.)*)"').match(text, i)
            words.append(re.sub(r'\\(.)', r'\1', m.group(1)).replace('%%', '%'))
        else:
            m = re.compile(r'[^\s"]+').match(text, i)
            words.append(m.group(0))
        i = m.end() + 1
    return words


def test_shortcut(b):
    """--install also writes an icon that opens the page, whatever the folder is called; --remove takes it away"""
    home = os.path.join(b.folder, 'kho "của" $xã 100% \\ `x`')
    os.mkdir(home)
    pc = b.pc(home)
    got = pc.call('autostart', '--install')
    need('place', os.path.dirname(got['shortcut']), os.path.join(b.folder, 'data', 'applications'))
    need('name', os.path.basename(got['shortcut']), got['name'].replace('.service', '.desktop'))
    with open(got['shortcut'], encoding='utf-8') as f:
        entry = values(f.read())
    need('kind', (entry['Type'], entry['Terminal'], entry['Name']), ('Application', 'false', 'Kiểm kê tài sản công'))
    need('what it runs', exec_words(entry['Exec']), [os.path.realpath(os.path.join(BIN, 'kiemke')), '--home', home, 'serve', '--open'])
    with open(got['shortcut'], 'w', encoding='utf-8') as f:
        f.write('# of somebody else\n')
    need('another file is left alone', pc.call('autostart', '--install', expect=73)['key'], 'autostart.other')
    os.remove(got['shortcut'])
    pc.call('autostart', '--install')
    pc.call('autostart', '--remove')
    need('gone', os.path.exists(got['shortcut']), False)
    b.asked()


def test_no_systemd(b):
    """where systemd does not answer, the file is written and the command to run is told"""
    got = b.pc(KK_SYSTEMD='down').call('autostart', '--install')
    need('done', (got['done'], got['todo']), ('written', ['systemctl --user enable --now kiemke.service']))
    need('in words', 'systemctl --user enable --now kiemke.service' in b.pc(KK_SYSTEMD='down').said('autostart', '--install'), True)
    none = os.path.join(b.folder, 'empty')
    os.mkdir(none)
    need('no systemctl at all', b.pc(PATH=none).call('autostart', '--install')['done'], 'written')
    b.asked()


def test_remove(b):
    """--remove takes away the file and the link, and nothing else"""
    wants = os.path.join(b.units, 'default.target.wants')
    os.makedirs(wants)
    os.symlink(os.path.join(b.units, 'kiemke.service'), os.path.join(wants, 'kiemke.service'))
    others = ['systemd/user/default.target.wants/other.service', 'systemd/user/other.service']
    for name in others:
        with open(os.path.join(b.config, name), 'w', encoding='utf-8') as f:
            f.write('[Unit]\n')
    got = b.pc().call('autostart', '--remove')
    need('done', (got['done'], got['state']), ('removed', 'none'))
    need('asked', b.asked(), ['--user disable --now kiemke.service', '--user daemon-reload'])
    need('left', b.files(), others)
    need('again', b.pc().call('autostart', '--remove')['done'], 'none')
    need('and without systemd', b.pc(KK_SYSTEMD='down').call('autostart', '--install')['done'], 'written')
    need('told to stop it', b.pc(KK_SYSTEMD='down').call('autostart', '--remove')['todo'], ['systemctl --user stop kiemke.service'])
    need('left', b.files(), others)
    b.asked()


def test_other(b):
    """a file of that name that is not ours is left alone by both"""
    path = os.path.join(b.units, 'kiemke.service')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('[Service]\nExecStart=/bin/true\n')
    for what in ('--install', '--remove'):
        need(what, b.pc().call('autostart', what, expect=73)['key'], 'autostart.other')
    with open(path, encoding='utf-8') as f:
        need('as it was', f.read(), '[Service]\nExecStart=/bin/true\n')
    need('asked', [x for x in b.asked() if 'enable ' in x], [])
    os.remove(path)
    os.symlink('/dev/null', path)  # masked by its user
    need('masked', b.pc().call('autostart', '--install', expect=73)['key'], 'autostart.other')
    os.remove(path)


def test_places(b):
    """another home is another unit; hard names are quoted; without a store, a home or a plain name it is refused"""
    odd = os.path.join(b.folder, 'nhà "kho" 100% \\ $HOME')
    os.mkdir(odd)
    got = b.pc(odd).call('autostart', '--print')
    need('name', re.fullmatch(r'kiemke-[0-9a-f]{8}\.service', got['name']) is not None, True)
    quoted = b.folder + '/nhà \\"kho\\" 100%% \\\\ $$HOME'
    need('quoted', ' --home "%s" serve' % quoted in got['unit'], True)
    need('no store', b.pc(os.path.join(b.folder, 'none')).call('autostart', '--install', expect=66)['key'], 'op.no_store')
    need('line end', b.pc(b.folder + '/a\nb').call('autostart', '--print', expect=65)['key'], 'autostart.path')
    need('no home', b.pc(XDG_CONFIG_HOME='', HOME='').call('autostart', '--print', expect=64)['key'], 'autostart.no_home')
    need('below HOME', b.pc(XDG_CONFIG_HOME='').call('autostart', '--print')['path'],
         os.path.join(b.folder, '.config/systemd/user/kiemke.service'))
    need('one at a time', b.pc().call('autostart', '--install', '--remove', expect=64)['key'], 'autostart.one')


def test_verify(b):
    """systemd-analyze finds nothing wrong with it"""
    if not shutil.which('systemd-analyze'):
        return
    for home in (b.home, os.path.join(b.folder, 'nhà "kho" 100% \\ $HOME')):
        got = b.pc(home).call('autostart', '--install')
        env = dict(os.environ, XDG_RUNTIME_DIR=b.folder, HOME=b.folder, MANPATH=os.path.join(os.path.dirname(os.path.dirname(HERE)), 'man'))
        p = subprocess.run(['systemd-analyze', 'verify', '--user', '--man=no', got['path']], env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        mine = [x for x in p.stdout.decode().splitlines() if 'kiemke' in x]
        need('verify', (p.returncode, mine), (0, []))
        b.pc(home).call('autostart', '--remove')


def allowed_calls():
    """The system calls of @system-service, groups within groups opened."""
    out = subprocess.run(['systemd-analyze', 'syscall-filter', '--no-pager'], check=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout.decode()
    groups, name = {}, None
    for line in out.splitlines():
        word = line.strip()
        if line.startswith('@'):
            name = word
            groups[name] = []
        elif word and not word.startswith('#') and name:
            groups[name].append(word)

    def opened(group):
        calls = set()
        for w in groups[group]:
            calls |= opened(w) if w.startswith('@') else {w}
        return calls
    return opened('@system-service')


def test_limits(b):
    """what the unit forbids, an owner that records, sends and receives does not do"""
    if os.environ.get('KK_SANITIZE') or not shutil.which('systemd-analyze'):
        return  # a sanitizer maps memory in ways of its own
    col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(b.folder, 'collector'))
    col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
    owner = Owner(col, '--port', '0', secrets={'passphrase': PASS['registrar']})
    pc = b.pc(os.path.join(b.folder, 'pc'))
    trace = os.path.join(b.folder, 'trace')
    try:
        slip = os.path.join(b.folder, 'slip.json')
        col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', slip)
        pc.call('enrol', slip, '--clerk', 'A', secrets=PIN)
        traced = Program('strace', pc.home, pc.env)
        background = Owner(traced, traced_by=['-f', '-qq', '-o', trace, pc.path])
        try:
            pc.call('record', 'asset', *ASSET, secrets=PIN)
            pc.call('sync')
            need('sent', pc.call('status')['unsent'], 0)
        finally:
            with open(os.path.join(pc.home, 'owner.json'), encoding='utf-8') as f:
                os.kill(json.load(f)['pid'], signal.SIGTERM)  # strace would not pass it on
            background.p.wait(60)
    finally:
        owner.stop()
    with open(trace, encoding='utf-8', errors='replace') as f:
        lines = f.read().splitlines()
    calls = {m.group(1) for m in (re.match(r'\d+ +(\w+)\(', x) for x in lines) if m}
    need('calls seen', len(calls) > 20, True)
    need('calls not allowed', sorted(calls - allowed_calls()), [])
    both = [x for x in lines if re.search(r'(mmap|mprotect|pkey_mprotect)\(', x) and 'PROT_EXEC' in x
            and ('PROT_WRITE' in x or 'mprotect(' in x)]
    need('memory written and executed', both, [])
    families = {m.group(1) for m in (re.search(r' socket\((\w+)', x) for x in lines) if m}
    need('families not allowed', families - {'AF_UNIX', 'AF_INET', 'AF_INET6', 'AF_NETLINK'}, set())


TESTS = [test_print, test_install, test_shortcut, test_no_systemd, test_remove, test_other, test_places, test_verify, test_limits]


def main():
    with tempfile.TemporaryDirectory(prefix='kk-') as folder:
        failed = tap(TESTS, Bench(os.path.realpath(folder)))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
