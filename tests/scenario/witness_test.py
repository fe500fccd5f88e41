#!/usr/bin/env python3
"""Witnesses with the real programs: two witnesses of a log, a quorum of one and of two, one of them dead, killed and
back; receipts that are proven by their signatures, checked by the outside verifier too; a collector's store set back
without `recover`, which stops; two collectors with one log key, of which one gets no signature. Prints TAP. Programs are
found in $KK_BIN.
clause: W2 W3 W4 W5 W6 W7 W8 L5 L7 L8 K8"""
import http.server
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, need, tap  # noqa: E402

BIN = os.environ.get('KK_BIN', os.path.join(ROOT, 'build', 'run'))
SCOPE = '01201'
PIN = {'pin': '135790'}
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}
ASSET = ['class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024',
         'value_basis=chua_xac_dinh', 'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich']
OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def until(what, got, seconds=90):
    """Wait for something another process does by itself; it fails only when that never comes."""
    end = time.monotonic() + seconds
    while True:
        value = got()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed('never came: ' + what)
        time.sleep(0.1)


def get(url):
    with OPEN.open(url, timeout=30) as r:
        return r.read().decode()


class Ahead(http.server.ThreadingHTTPServer):
    """A witness that keeps its first question back and then tells `size`; it knows no log otherwise."""
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), AheadAnswer)
        self.asked, self.release, self.again = threading.Event(), threading.Event(), threading.Event()
        self.size = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class AheadAnswer(http.server.BaseHTTPRequestHandler):
    def answer(self, status, kind, text):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.answer(404, 'text/plain', 'unknown')

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        if self.server.asked.is_set():
            self.server.again.set()
            return self.answer(404, 'text/plain', 'unknown')
        self.server.asked.set()
        self.server.release.wait(90)
        return self.answer(409, 'text/x.tlog.size', '%d\n' % self.server.size)

    def log_message(self, *args):
        pass


class World:
    def __init__(self, folder):
        self.folder = folder
        self.col = self.program('kiemke-collector', 'collector')
        self.wit = {n: self.program('kiemke-collector', n) for n in ('w1', 'w2')}
        self.port, self.up, self.owner, self.a = {}, {}, None, self.program('kiemke', 'a')

    def path(self, name):
        return os.path.join(self.folder, name)

    def program(self, name, home):
        return Program(os.path.join(BIN, name), self.path(home))

    # ---- processes ----
    def start_witness(self, n):
        self.up[n] = Owner(self.wit[n], '--port', self.port.get(n, 0), command=('witness', 'serve'))
        self.port[n] = self.up[n].url.rsplit(':', 1)[1]

    def stop_witness(self, n, sig=signal.SIGTERM):
        self.up.pop(n).stop(sig)

    def serve(self, col=None):
        self.owner = Owner(col or self.col, '--port', self.port.get('col', 0), secrets={'passphrase': PASS['registrar']})
        self.port['col'] = self.owner.url.rsplit(':', 1)[1]

    def stop(self):
        self.owner.stop()
        self.owner = None

    # ---- what is asked ----
    def policy(self, quorum, *names, col=None, at=None):
        port, args = {**self.port, **(at or {})}, []
        for n in names:
            args += ['--witness', '%s %s http://127.0.0.1:%s/' % (n + '.example', self.state(n)['key'], port[n])]
        return (col or self.col).call('policy', 'set', *args, '--quorum', quorum, secrets={'passphrase': PASS['root']})

    def state(self, n):
        return self.wit[n].call('witness', 'status')

    def size(self):
        """Entries in the log."""
        return self.col.call('lines', self.path('log.lines'))['lines']

    def proven(self):
        return self.col.call('policy', 'show')['proven']

    def receipt(self, pc, name, title):
        """Folder of the receipt of the asset of that title, and the answer."""
        item = [x for x in pc.call('list', '--kind', 'asset')['items'] if x['title'] == title][0]
        out = self.path(name)
        shutil.rmtree(out, ignore_errors=True)
        return out, pc.call('receipt', item['id'], '--out', out), item['id']

    def outside(self, *args, expect=0):
        p = subprocess.run([sys.executable, os.path.join(ROOT, 'tests', 'outside', 'verify.py'), *args],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out = p.stdout.decode().strip()
        if p.returncode != expect:
            raise Failed('verify.py %s: %d %s' % (' '.join(args), p.returncode, out))
        return out

    def counts(self, pc):
        s = pc.call('status')
        return s['accepted'], s['proven'], s['quorum']

    def all_proven(self):
        return self.proven() == self.size()

    def keep(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)

    def record(self, pc, *names):
        for name in names:
            pc.call('record', 'asset', 'name=' + name, *ASSET, secrets=PIN)


def set_up(w):
    """a witness has a home and a key of its own and follows what it is told to"""
    made = w.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
    for n in ('w1', 'w2'):
        need('nothing there', w.wit[n].call('witness', 'follow', made['log'], expect=66)['key'], 'op.no_store')
        w.wit[n].call('witness', 'init', '--name', n + '.example')
        need('again', w.wit[n].call('witness', 'init', '--name', 'x', expect=73)['key'], 'witness.exists')
        need('new', w.wit[n].call('witness', 'follow', made['log'])['new'], True)
        w.start_witness(n)
        # with the process running the same commands go to it; a collector's do not
        need('known', w.wit[n].call('witness', 'follow', made['log'])['new'], False)
        need('no collector', w.wit[n].call('submissions', expect=66)['key'], 'op.api_unknown')


def quorum_none(w):
    """without a quorum a record is accepted on the collector's word, and the screen says so"""
    w.serve()
    w.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', w.path('slip.json'))
    w.a.call('enrol', w.path('slip.json'), '--pc', 'Máy một cửa', '--clerk', 'Nguyễn Văn An', secrets=PIN)
    w.a.call('sync')
    w.record(w.a, 'Máy in A')
    w.a.call('sync')
    n = w.counts(w.a)[0]
    need('accepted is proven where no witness is asked for', w.counts(w.a), (n, n, 0))
    if 'Không có người chứng kiến' not in w.a.said('status'):
        raise Failed('the agent does not say that there are no witnesses')
    folder, told, one = w.receipt(w.a, 'r0', 'Máy in A')
    need('receipt', (told['proven'], told['quorum']), (False, 0))
    need('outside', w.outside('receipts', folder), 'receipts 1 proven 0')
    if 'không có người chứng kiến' not in w.a.said('show', one):
        raise Failed('show does not say that there are no witnesses')
    if 'Không có người chứng kiến' not in w.col.said('policy', 'show'):
        raise Failed('the collector does not say that there are no witnesses')


def quorum_one(w):
    """one of two witnesses signs and the other is dead: the quorum of one is there, nothing waits"""
    w.stop_witness('w2')
    out = w.policy(1, 'w1', 'w2')
    need('quorum', out['quorum'], 1)
    need('names', [x['name'] for x in out['witnesses']], ['w1.example', 'w2.example'])
    until('the signature of w1', w.all_proven)
    note = get(w.owner.url + '/checkpoint')
    need('signed by w1', ['w1.example' in x for x in note.splitlines()[5:]], [True])
    need('its size', int(note.splitlines()[1]), w.size())
    head = get(w.owner.url + '/get-tree-head').splitlines()
    need('tree head', [x.split('=')[0] for x in head], ['size', 'root_hash', 'signature', 'cosignature'])
    need('checkpoint', w.col.call('checkpoint')['text'], note)
    # an agent hears of the policy, which holds at once; what it had is proven by the next sync
    w.a.call('sync')
    n = w.counts(w.a)[0]
    need('judged anew', w.counts(w.a), (n, 0, 1))
    w.a.call('sync')
    need('proven', w.counts(w.a), (n, n, 1))
    folder, told, one = w.receipt(w.a, 'r1', 'Máy in A')
    need('receipt', (told['proven'], told['quorum']), (True, 1))
    need('outside', w.outside('receipts', folder), 'receipts 1 proven 1')
    need('again', w.a.call('verify', folder)['receipts'], 1)
    need('checkpoint outside', w.outside('checkpoint', w.keep('checkpoint', note), os.path.join(folder, 'policy')),
         'size %d cosignatures 1 quorum 1' % w.size())
    policy = open(os.path.join(folder, 'policy')).read()
    more = w.keep('policy', policy.replace('quorum-1 1 ', 'quorum-1 2 '))
    need('a quorum of two is not there', w.outside('checkpoint', w.path('checkpoint'), more, expect=65).split(':')[1].strip(), 'L8')
    proof = open(os.path.join(folder, 'proof')).read()
    at = proof.index('\n', proof.index('cosignature=')) - 1
    with open(os.path.join(folder, 'proof'), 'w') as f:
        f.write(proof[:at] + ('0' if proof[at] != '0' else '1') + proof[at + 1:])
    need('a changed signature', w.outside('receipts', folder, expect=65).split(':')[1].strip(), 'L8')
    need('by the program too', w.a.call('verify', folder, expect=65)['clause'], 'L5')
    if 'Đã chứng thực' not in w.a.said('show', one):
        raise Failed('show does not say that it is proven')
    # w2 fails again and again, and w1 goes on with every record
    w.record(w.a, 'Máy in B')
    w.a.call('sync')
    until('w1 goes on', w.all_proven)
    n = w.counts(w.a)[0]
    need('what is new is only accepted', w.counts(w.a), (n, n - 1, 1))
    folder, told, one = w.receipt(w.a, 'r2', 'Máy in B')
    need('its receipt', (told['proven'], told['quorum']), (False, 1))
    need('outside', w.outside('receipts', folder), 'receipts 1 proven 0')
    w.a.call('sync')
    need('and proven by the next sync', w.counts(w.a), (n, n, 1))
    need('nothing moved', w.a.call('sync')['sent'], 0)
    if [x for x in w.col.call('policy', 'show')['witnesses'] if x['name'] == 'w2.example'][0]['failures'] < 1:
        raise Failed('w2 is dead and did not fail')


def quorum_two(w):
    """with a quorum of two nothing is proven while one is dead; when it is back both sign the same"""
    before = w.size()
    w.policy(2, 'w1', 'w2')
    until('w1 alone', lambda: w.state('w1')['logs'][0]['size'] == w.size())
    need('not proven', w.proven(), 0)
    w.a.call('sync')
    need('nothing holds any more', w.counts(w.a)[1:], (0, 2))
    need('shown without quorum', int(get(w.owner.url + '/checkpoint').splitlines()[1]) > before, True)
    w.start_witness('w2')
    until('both', w.all_proven)
    w.a.call('sync')
    n = w.counts(w.a)[0]
    need('all is proven anew', w.counts(w.a), (n, n, 2))
    folder, told, _ = w.receipt(w.a, 'r3', 'Máy in A')
    need('both signed', open(os.path.join(folder, 'proof')).read().count('cosignature='), 2)
    need('outside', w.outside('receipts', folder), 'receipts 1 proven 1')
    need('signatures', len(get(w.owner.url + '/checkpoint').splitlines()), 7)


def killed(w):
    """a witness killed at any moment has on disk what it signed, and goes on from there"""
    had = w.state('w1')['logs'][0]['size']
    w.stop_witness('w1', signal.SIGKILL)
    w.record(w.a, 'Máy in C')
    w.a.call('sync')
    need('nothing waited', w.size() > had, True)
    w.start_witness('w1')
    need('kept', w.state('w1')['logs'][0]['size'] >= had, True)
    until('both again', w.all_proven)


def unreadable(w):
    """where a witness is and what was cosigned, damaged in the store: the collector starts, and goes on when it is told again"""
    w.stop()
    db = sqlite3.connect(os.path.join(w.col.home, 'store.db'))
    damaged = db.execute("UPDATE doc SET json = '{' WHERE tab = 'cosigned' OR tab = 'witness' AND key = 'w2.example'").rowcount
    db.commit()
    db.close()
    need('both kinds', damaged > 1, True)
    w.serve()
    need('told', w.owner.notes.count('server.doc_damaged'), damaged)
    need('asked', [x['url'] != '' for x in w.col.call('policy', 'show')['witnesses']], [True, False])
    w.record(w.a, 'Máy in D')
    w.a.call('sync')
    w.policy(2, 'w1', 'w2')
    until('both again', w.all_proven)
    w.stop()
    w.serve()
    need('nothing is left of it', w.owner.notes.count('server.doc_damaged'), 0)


def overtaken(w):
    """a witness that somebody else showed a newer checkpoint while the collector asked about an older one stops nothing"""
    ahead = Ahead()
    w.policy(0, 'w1', at={'w1': ahead.server_port})
    w.record(w.a, 'Máy in hỏi')  # what w1 may have signed just before its address changed is not asked again
    w.a.call('sync')
    need('asked', ahead.asked.wait(90), True)
    before = w.size()
    w.record(w.a, 'Máy in trước')
    w.a.call('sync')
    ahead.size = w.size()
    need('the log has grown', ahead.size > before, True)
    ahead.release.set()
    need('asked again', ahead.again.wait(90), True)
    need('not halted', w.col.call('policy', 'show')['halted'], False)
    w.record(w.a, 'Máy in sau')
    w.a.call('sync')
    need('and goes on', w.size() > ahead.size, True)
    w.policy(2, 'w1', 'w2')
    until('both once more', w.all_proven)
    ahead.shutdown()
    ahead.server_close()


def set_back(w):
    """a store set back without `recover` is stopped by its witnesses before it appends, also after a restart and with them gone"""
    w.stop()
    shutil.copytree(w.col.home, w.path('image'))
    w.serve()
    w.record(w.a, 'Máy in D')
    w.a.call('sync')
    until('proven', w.all_proven)
    size = w.size()
    w.stop()
    shutil.move(w.col.home, w.path('newer'))
    shutil.copytree(w.path('image'), w.col.home)
    # a command that runs alone asks before it appends, too
    e = w.col.call('policy', 'set', '--quorum', 0, secrets={'passphrase': PASS['root']}, expect=69)
    need('stopped', e['key'], 'ingest.halted')
    w.stop_witness('w1')
    w.stop_witness('w2')
    w.serve()
    need('it says so', 'ingest.halted' in w.owner.notes, True)
    need('halted', w.col.call('policy', 'show')['halted'], True)
    b = w.program('kiemke', 'b')
    w.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', w.path('slip2.json'))
    need('nobody enrols', b.call('enrol', w.path('slip2.json'), '--pc', 'Máy hai', '--clerk', 'B', secrets=PIN, expect=76)['key'], 'transport.problem')
    w.stop()
    shutil.rmtree(w.col.home)
    shutil.move(w.path('newer'), w.col.home)
    for n in ('w1', 'w2'):
        w.start_witness(n)
    w.serve()
    until('the true one goes on', lambda: w.proven() == size)


def split_view(w):
    """two collectors with one log key: the witnesses sign one tree, the other collector stops"""
    until('proven', w.all_proven)
    w.stop()
    shutil.copytree(w.col.home, w.path('twin'))
    twin = w.program('kiemke-collector', 'twin')
    w.serve()
    w.record(w.a, 'Máy in E')
    w.a.call('sync')
    until('the first goes on', w.all_proven)
    size = w.state('w1')['logs'][0]['size']
    e = twin.call('staff', 'add', 'tham-tra', '--role', 'verifier', '--name', 'T', expect=69,
                  secrets={'passphrase': PASS['root'], 'staff_passphrase': 'mot cum mat khau khac'})
    need('the twin stops', e['key'], 'ingest.halted')
    need('nothing of it was signed', [w.state(n)['logs'][0]['size'] for n in ('w1', 'w2')], [size, size])


def recovered(w):
    """after `recover` the operator is told which witnesses do not follow the new log, with the command; then it is proven again"""
    w.stop()
    log = w.col.call('recover', secrets={'passphrase': PASS['root']})
    names = ['w1.example', 'w2.example']
    need('who does not follow it', sorted(log['unfollowed']), names)
    said = w.col.said('recovery')
    need('in words', ('witness follow ' + log['log'] in said, all(n in said for n in names)), (True, True))
    w.serve()
    w.a.call('sync')
    w.record(w.a, 'Máy in F')
    w.a.call('sync')
    need('nothing is proven yet', (w.proven(), sorted(w.col.call('recovery')['unfollowed'])), (0, names))
    for n in ('w1', 'w2'):
        need('told', w.wit[n].call('witness', 'follow', log['log'])['new'], True)
    until('proven', w.all_proven)
    need('nobody is left to tell', w.col.call('recovery')['unfollowed'], [])
    need('nor is it said', 'witness follow' in w.col.said('recovery'), False)
    until('on the PC, too', lambda: w.a.call('sync') and w.counts(w.a)[0] == w.counts(w.a)[1])


TESTS = [set_up, quorum_none, quorum_one, quorum_two, killed, unreadable, overtaken, set_back, split_view, recovered]


def main():
    with tempfile.TemporaryDirectory(prefix='kk-witness-') as folder:
        w = World(folder)
        try:
            failed = tap(TESTS, w)
        finally:
            if w.owner:
                w.stop()
            for n in list(w.up):
                w.stop_witness(n)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
