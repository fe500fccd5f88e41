#!/usr/bin/env python3
"""Webhooks against the real collector (decision 0044): a receiver of its own lines, with Python's hmac and hashlib, checks every
signature by the scheme's own words; what is told and in which order, what happens after 500, 410, a redirect, silence and a
kill, where a webhook may not lead, two secrets at once, and what taking records in costs. Prints TAP."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import signal
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, lasting_port, need, play  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN, SCOPE  # noqa: E402
from status_test import parsed  # noqa: E402

OTHER = '02201'  # a commune of another province
CATALOGUE = ('province_code,province_name,commune_code,commune_name,kind\n'
             '%s,Hà Nội,%s,Xã Hòa Khê,xa\n02,Cao Bằng,%s,Xã Nậm Lìn,xa\n' % (SCOPE[:2], SCOPE, OTHER))


class Receiver:
    """Takes messages at paths; each path answers what `says` has for it (status, headers), else 200."""

    def __init__(self):
        self.big = b''
        self.got, self.says, self.hold, self.lock = [], {}, threading.Event(), threading.Lock()
        self.hold.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                with outer.lock:
                    outer.got.append((self.path, dict((k.lower(), v) for k, v in self.headers.items()), body))
                    told = outer.says.get(self.path, [])
                    status, more = told.pop(0) if len(told) > 1 else told[0] if told else (200, {})
                if self.path == '/slow' or 'X-Hold' in more:
                    outer.hold.wait(30)
                try:
                    self.send_response(status)
                    text = outer.big if self.path == '/big' else b'ok' if status != 204 else b''
                    for k, v in {'Content-Length': str(len(text)), **more}.items():
                        self.send_header(k, v)
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    pass  # whoever asked did not wait

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client):
                if not isinstance(sys.exc_info()[1], ConnectionError):  # whoever asked went
                    super().handle_error(request, client)

        self.server = Server(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = 'http://127.0.0.1:%d' % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path):
        with self.lock:
            return [x for x in self.got if x[0] == path]

    def bodies(self, path):
        return [json.loads(body) for _, _, body in self.at(path)]

    def wait(self, path, n):
        """At least n messages there; they come in their own time."""
        for _ in range(600):
            if len(self.at(path)) >= n:
                return self.at(path)
            time.sleep(0.05)
        raise Failed('%s: %d messages, not %d' % (path, len(self.at(path)), n))


def good(secret, head, body):
    """Is a signature of the header the secret's? By the words of standardwebhooks.com."""
    key = base64.b64decode(secret[len('whsec_'):], validate=True)
    said = ('%s.%s.' % (head['webhook-id'], head['webhook-timestamp'])).encode() + body
    want = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(x, 'v1,' + want) for x in head['webhook-signature'].split(' '))


class World:
    def __init__(self, folder):
        self.folder, self.port, self.receiver, self.secret = folder, lasting_port(), Receiver(), {}
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), self.path('collector'))
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        with open(self.path('c.csv'), 'w', encoding='utf-8') as f:
            f.write(CATALOGUE)
        self.col.call('catalogue', 'import', self.path('c.csv'), secrets={'passphrase': PASS['registrar']})
        self.at, self.pc = lasting_port(), None
        self.owner = None
        self.serve()
        self.pc = self.enrol(SCOPE)

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self):
        self.owner = Owner(self.col, '--port', self.at, '--status-port', self.port, secrets={'passphrase': PASS['registrar']})

    def api(self, op, **body):
        """What the command webhook OP hands to the owner; the answer, or the error."""
        with open(os.path.join(self.col.home, 'owner.json'), encoding='utf-8') as f:
            told = json.load(f)
        req = urllib.request.Request('%s/api/webhook_%s' % (told['url'], op), data=json.dumps(body).encode(), headers={
            'Authorization': 'Bearer ' + told['token'], 'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(req, timeout=60) as res:
                return json.load(res)
        except urllib.error.HTTPError as e:
            return json.load(e)

    def enrol(self, scope):
        slip = self.path(scope + '.json')
        self.col.call('enrol', 'code', '--scope', scope, '--out', slip)
        pc = Program(os.path.join(BIN, 'kiemke'), self.path('pc-' + scope))
        pc.call('enrol', slip, '--clerk', 'Nguyễn Văn An', secrets=PIN)
        pc.call('sync')
        return pc

    def record(self, n=1, pc=None):
        """n records in one contact; their ids, as sent."""
        pc = pc or self.pc
        ids = [pc.call('record', 'asset', *ASSET, secrets=PIN)['records'][0]['id'] for _ in range(n)]
        pc.call('sync')
        return ids

    def add(self, name, path=None, **more):
        got = self.api('add', name=name, url=self.receiver.url + (path or '/' + name), private=True, **more)
        self.secret[name] = got.get('secret')
        return got

    def remove(self, *names):
        for name in names:
            need('removed', self.api('remove', name=name), {'name': name})

    def hook(self, name):
        return next(x for x in self.api('list')['webhooks'] if x['name'] == name)

    def until(self, name, **want):
        for _ in range(600):
            now = self.hook(name)
            if all(now[k] == v for k, v in want.items()):
                return now
            time.sleep(0.05)
        raise Failed('%s is %s' % (name, now))


def test_told(w):
    """a record leads to one signed message, thin, and a forged one does not verify"""
    w.add('a')
    need('the published example', good('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='}, b'{"test": 2432232314}'), True)
    need('begins at the head', w.hook('a')['lag'], 0)
    made = w.record(2)
    got = w.receiver.wait('/a', 2)
    log = w.col.call('checkpoint')
    for (_, head, body), index in zip(got, range(log['size'] - 2, log['size'])):
        o = json.loads(body)
        need('type', (o['type'], head['content-type'], head['user-agent']), ('entry.received', 'application/json', 'kiemke-collector'))
        need('members', sorted(o) + sorted(o['data']), ['data', 'timestamp', 'type', 'entity', 'entry', 'forked', 'held', 'index', 'kind', 'log', 'scope'])
        need('data', [o['data'][k] for k in ('index', 'kind', 'scope', 'held', 'forked', 'log')],
             [index, 'asset', SCOPE, False, False, log['text'].split('\n')[0]])
        need('id', head['webhook-id'], 'msg_' + o['data']['entry'])
        need('signed', good(w.secret['a'], head, body), True)
        need('when', abs(int(head['webhook-timestamp']) - time.time()) < 300, True)
        for name, forged in (('body', (w.secret['a'], head, body.replace(b'asset', b'asset_'))),
                             ('time', (w.secret['a'], dict(head, **{'webhook-timestamp': str(int(head['webhook-timestamp']) + 1)}), body)),
                             ('id', (w.secret['a'], dict(head, **{'webhook-id': head['webhook-id'] + 'x'}), body)),
                             ('secret', ('whsec_' + base64.b64encode(os.urandom(32)).decode(), head, body))):
            need('another ' + name, good(*forged), False)
    need('the records', [json.loads(b)['data']['entity'] for _, _, b in got], made)
    for _, _, body in got:
        need('no word of it', b'Nguy' in body or b'M\xc3\xa1y' in body, False)


def test_cost(w):
    """what a record costs the store is the same with webhooks and without: no commit, which is an fsync, more"""
    def commits():
        c = parsed(metrics(w))
        return c['kiemke_commits_total'][2][()], c['kiemke_groups_total'][2][()]
    w.remove('a')
    told = []
    for hooks in ((), ('a', 'b', 'c')):
        for name in hooks:
            w.add(name, path='/cost')
        before = commits()
        for _ in range(3):
            w.record()
        if hooks:
            w.receiver.wait('/cost', 9)
        after = commits()
        told.append((after[0] - before[0], after[1] - before[1]))
    need('commits, groups', told[1], told[0])
    need('some', told[0][1] >= 3, True)
    print('# three contacts: %d commits in %d groups without webhooks, %d in %d with three' % (told[0] + told[1]))
    w.remove('a', 'b', 'c')


def metrics(w):
    c = http.client.HTTPConnection('127.0.0.1', w.port, timeout=60)
    c.request('GET', '/metrics', headers={'Host': '127.0.0.1', 'Connection': 'close'})
    text = c.getresponse().read().decode()
    c.close()
    return text


def test_retried(w):
    """after 500 it waits, then the same message goes again, the next one behind it, and nothing is told twice or out of order"""
    w.add('r')
    w.receiver.says['/r'] = [(500, {}), (200, {})]
    w.record(3)
    w.receiver.wait('/r', 1)
    now = w.until('r', failures=1)
    need('waits', (now['state'], now['status'], now['why'], now['retry_at'] > now['added_at'], now['lag']), ('on', 500, 'webhook.status', True, 3))
    w.api('resume', name='r')
    got = w.receiver.wait('/r', 4)
    need('one id twice', [h['webhook-id'] for _, h, _ in got].count(got[0][1]['webhook-id']), 2)
    index = [json.loads(b)['data']['index'] for _, _, b in got]
    need('in order', index, [index[0], index[0], index[0] + 1, index[0] + 2])
    need('all told', w.until('r', lag=0)['failures'], 0)
    need('deliveries', [(x['status'], x['index'], x['why']) for x in w.api('deliveries', name='r')['deliveries']],
         [(200, index[3], ''), (200, index[2], ''), (200, index[1], ''), (500, index[0], 'webhook.status')])


def test_big_answer(w):
    """any 2xx is good, whatever comes behind it: of a body the first 64 KiB are read; a big 500 stays a failure, with its status"""
    w.receiver.big = b'x' * 300000
    w.add('big')
    w.record(2)
    w.until('big', lag=0)
    need('once each', [(x['status'], x['why']) for x in w.api('deliveries', name='big')['deliveries']], [(200, '')] * 2)
    need('tried out', w.api('test', name='big')['delivered'], True)
    w.receiver.says['/big'] = [(500, {})]
    w.record()
    need('500', w.until('big', failures=1)['status'], 500)
    w.remove('big')


def test_remove_fails(w):
    """a webhook whose removal could not be committed is there as before, and is told"""
    w.add('stays')
    lock = sqlite3.connect(os.path.join(w.col.home, 'store.db'), isolation_level=None)
    lock.execute('BEGIN IMMEDIATE')
    failed = w.api('remove', name='stays')
    lock.execute('ROLLBACK')
    lock.close()
    need('refused', 'key' in failed, True)
    need('state', w.hook('stays')['state'], 'on')
    w.record()
    w.receiver.wait('/stays', 1)
    w.until('stays', lag=0)
    w.remove('stays')


def test_kept_amid(w):
    """how far it is is kept when it is due, not behind the batch: after a kill amid one what was told before is not told again"""
    w.add('amid')
    w.receiver.hold.clear()
    w.receiver.says['/amid'] = [(500, {}), (200, {}), (200, {'X-Hold': '1'})]
    w.record(2)
    got = w.receiver.wait('/amid', 3)  # failed, told, under way
    ids = [head['webhook-id'] for _, head, _ in got]
    w.owner.stop(signal.SIGKILL)
    w.receiver.says['/amid'] = [(200, {})]
    w.receiver.hold.set()
    w.serve()
    w.until('amid', lag=0)
    told = [head['webhook-id'] for _, head, _ in w.receiver.at('/amid')]
    need('the first', told.count(ids[0]), 2)
    need('the second', told, [ids[0], ids[0], ids[2], ids[2]])
    w.remove('amid')


def test_again(w):
    """by itself the message goes again when its time has come, and a start within the wait does not shorten it"""
    w.add('again')
    w.receiver.says['/again'] = [(500, {}), (200, {})]
    w.record()
    got = w.receiver.wait('/again', 2)  # nobody resumed it
    need('the same', got[0][1]['webhook-id'], got[1][1]['webhook-id'])
    w.until('again', lag=0, failures=0)
    w.receiver.says['/again'] = [(503, {'Retry-After': '9999'}), (200, {})]
    w.record()
    before = w.until('again', failures=1)
    w.owner.stop()
    w.serve()
    w.add('beside')
    w.record()
    w.receiver.wait('/beside', 1)
    need('waits', {k: w.hook('again')[k] for k in ('failures', 'retry_at', 'lag')}, {'failures': 1, 'retry_at': before['retry_at'], 'lag': 2})
    need('not sent', len(w.receiver.at('/again')), 3)
    w.api('resume', name='again')
    w.until('again', lag=0)
    need('sent', len(w.receiver.at('/again')), 5)
    w.remove('again', 'beside')


def test_retry_after(w):
    """Retry-After lengthens the wait, to six hours at most"""
    for asks, least, most in (('600', 590, 610), (str(10 ** 9), 21590, 21610)):
        w.receiver.says['/r'] = [(503, {'Retry-After': asks})]
        w.record()
        now = w.until('r', failures=1)
        need(asks, least <= now['retry_at'] - time.time() <= most, True)
        w.receiver.says['/r'] = [(200, {})]
        w.api('resume', name='r')
        w.until('r', lag=0)


def test_gone(w):
    """410 stops it at once; resume goes on from there"""
    w.receiver.says['/r'] = [(410, {})]
    n = len(w.receiver.at('/r'))
    w.record(2)
    now = w.until('r', state='gone')
    need('one try', (len(w.receiver.at('/r')) - n, now['lag'], now['retry_at']), (1, 2, 0))
    w.receiver.says['/r'] = [(204, {})]
    w.api('resume', name='r')
    w.until('r', state='on', lag=0)
    w.remove('r')


def test_redirect(w):
    """a redirect is a failure, and nobody follows it"""
    w.add('m')
    w.receiver.says['/m'] = [(307, {'Location': w.receiver.url + '/elsewhere'})]
    w.record()
    need('why', w.until('m', failures=1)['why'], 'webhook.redirect')
    need('not followed', w.receiver.at('/elsewhere'), [])
    need('test says it', [w.api('test', name='m')[k] for k in ('delivered', 'status', 'why')], [False, 307, 'webhook.redirect'])
    need('the command too', w.col.call('webhook', 'test', 'm', expect=None).status, 76)
    w.receiver.says['/m'] = [(200, {})]
    need('test', w.api('test', name='m')['delivered'], True)
    _, head, body = w.receiver.at('/m')[-1]
    need('signed', (good(w.secret['m'], head, body), json.loads(body)['type'], head['webhook-id'][:5]), (True, 'webhook.test', 'test_'))
    w.remove('m')


def test_slow(w):
    """one that does not answer holds up no other, times out, and ends with the collector"""
    w.add('slow', timeout=1)
    w.add('fast')
    w.receiver.hold.clear()
    w.record(3)
    w.receiver.wait('/fast', 3)
    need('the other was told all', w.until('fast', lag=0)['failures'], 0)
    need('too slow', w.until('slow', failures=1)['why'], 'http.timeout')
    w.receiver.hold.set()
    w.api('resume', name='slow')
    w.until('slow', lag=0)
    w.remove('slow', 'fast')


def test_private(w):
    """an address of no public network is refused before anything is sent, at the door or as it is connected to"""
    add = lambda url, **more: w.api('add', name='p', url=url, **more)
    need('http to elsewhere', add('http://example.vn/x', private=True)['key'], 'http.plain')
    need('this machine', add(w.receiver.url + '/p')['key'], 'webhook.needs_private')
    for url in ('ftp://example.vn/', 'https://u:p@example.vn/', 'https:///x', 'x'):
        need(url, add(url)['key'], 'http.url')
    urls = ('https://localhost:9/', 'https://[::1]:9/', 'https://10.1.2.3:9/', 'https://169.254.169.254/latest/', 'https://2130706433:9/', 'https://[::ffff:10.0.0.1]:9/')
    for n, url in enumerate(urls):
        need(url, w.api('add', name='p%d' % n, url=url)['url'], url)
    need('tried out', w.api('test', name='p0')['why'], 'http.private')
    w.record()
    for n, url in enumerate(urls):
        need(url, w.until('p%d' % n, failures=1)['why'], 'http.private')
    w.remove(*('p%d' % n for n in range(len(urls))))


def test_rotate(w):
    """for a day both secrets sign; at once: the new one alone"""
    w.add('s')
    old = w.secret['s']
    new = w.api('rotate', name='s')['secret']
    need('another', new != old, True)
    w.record()
    _, head, body = w.receiver.wait('/s', 1)[0]
    need('both', (len(head['webhook-signature'].split(' ')), good(old, head, body), good(new, head, body)), (2, True, True))
    need('until', abs(w.hook('s')['both_until'] - time.time() - 86400) < 300, True)
    newest = w.api('rotate', name='s', at_once=True)['secret']
    w.record()
    _, head, body = w.receiver.wait('/s', 2)[1]
    need('one', [good(x, head, body) for x in (old, new, newest)], [False, False, True])
    with open(os.path.join(w.col.home, 'store.db'), 'rb') as f:
        stored = f.read()
    for secret in (old, new, newest):
        need('not in the store', secret.encode() in stored or base64.b64decode(secret[6:]) in stored, False)
    w.remove('s')


def test_killed(w):
    """killed between commit and sending, again and again: every record is told, in order, never none"""
    w.receiver.hold.clear()
    w.add('k', path='/slow')
    before = len(w.receiver.at('/slow'))
    made = []
    for _ in range(2):
        made += w.record(2)  # acknowledged: the PC has its receipts
        w.receiver.wait('/slow', before + 1)  # under way, not told
        w.owner.stop(signal.SIGKILL)
        before = len(w.receiver.at('/slow'))
        w.serve()
    w.receiver.hold.set()
    w.until('k', lag=0)
    told = [json.loads(b)['data'] for _, _, b in w.receiver.at('/slow') if json.loads(b)['data']['scope'] == SCOPE]
    first = []
    for x in told:
        if x['entity'] not in first and x['entity'] in made:
            first.append(x['entity'])
    need('every one, in order', first, made)
    w.owner.stop()
    w.serve()
    n = len(w.receiver.at('/slow'))
    w.record()
    w.receiver.wait('/slow', n + 1)
    w.until('k', lag=0)
    need('after an orderly end nothing twice', len(w.receiver.at('/slow')), n + 1)
    w.remove('k')


def test_events(w):
    """asked for by name and by province; what is held back is told as held"""
    far = w.enrol(OTHER)
    w.add('held', event=['entry.held', 'key.revoked'])
    w.add('near', province=SCOPE[:2])
    w.add('all')
    key = far.call('clerk', 'list')['clerks'][0]['fingerprint']
    w.col.call('revoke', key, '--reason', 'Nghỉ việc', '--as', 'registrar', secrets={'passphrase': PASS['registrar']})
    w.record(1, far)
    w.record(1)
    w.receiver.wait('/all', 3)
    w.until('near', lag=0)
    w.until('held', lag=0)
    types = lambda path: [(x['type'], x['data']['scope']) for x in w.receiver.bodies(path)]
    need('all', types('/all'), [('key.revoked', OTHER), ('entry.held', OTHER), ('entry.received', SCOPE)])
    need('held', types('/held'), [('key.revoked', OTHER), ('entry.held', OTHER)])
    need('near', types('/near'), [('entry.received', SCOPE)])
    need('no such', w.add('x', province='99')['key'], 'staff.province')
    need('no such', w.add('x', event=['x'])['key'], 'op.choice')
    w.remove('held', 'near')


def test_metrics(w):
    """deliveries, failures and lag of each, and whether it stopped"""
    got = parsed(metrics(w))
    label = (('webhook', 'all'),)
    need('all', [got['kiemke_webhook_' + k][2][label] for k in ('delivered_total', 'failed_total', 'lag_entries', 'stopped')], [3, 0, 0, 0])


def test_acts(w):
    """acts are kept with the address, newest first; a name is had once, sixteen at most"""
    acts = w.api('list')['acts']
    need('newest', [(x['act'], x['name'], x['private']) for x in acts[:2]], [('remove', 'near', True), ('remove', 'held', True)])
    need('kept', {x['act'] for x in acts}, {'add', 'remove', 'rotate', 'resume'})
    secret = w.secret['all']
    need('twice', w.add('all')['key'], 'webhook.exists')
    need('there', [x['name'] for x in w.api('list')['webhooks']], ['all'])
    for n in range(15):
        w.add('n%d' % n, path='/none')
    need('many', w.add('one-more')['key'], 'webhook.many')
    w.remove(*('n%d' % n for n in range(15)))
    for name in ('Trung-tâm', 'A', 'a b', 'x' * 33):
        need(name, w.add(name, path='/none')['key'], 'webhook.name')
    for what in ('remove', 'rotate', 'test', 'resume', 'deliveries'):
        need(what, w.api(what, name='nobody')['key'], 'webhook.none')
    w.secret['all'] = secret


def test_restored(w):
    """a backup holds no secret: after a restore it waits for another one, and then goes on"""
    w.col.call('backup', w.path('b'))
    with open(w.path('b'), 'rb') as f:
        need('no secret', base64.b64decode(w.secret['all'][6:]) in f.read(), False)
    w.owner.stop()
    kept = os.path.join(w.col.home, 'keys', 'webhook.key')
    need('mode', os.stat(kept).st_mode & 0o777, 0o600)
    os.rename(kept, w.path('away'))  # as a restored home has none
    w.serve()
    need('at once', w.hook('all')['state'], 'no_key')
    w.record()
    need('waits', w.until('all', state='no_key')['lag'], 1)
    need('says so', w.api('resume', name='all')['key'], 'webhook.no_key')
    w.owner.stop()
    with open(kept, 'wb') as f:
        f.write(b'no key')
    w.serve()  # a key that cannot be read is none
    need('waits still', w.hook('all')['state'], 'no_key')
    w.owner.stop()
    os.remove(kept)
    w.serve()
    n = len(w.receiver.at('/all'))
    secret = w.api('rotate', name='all')['secret']
    _, head, body = w.receiver.wait('/all', n + 1)[n]
    need('goes on', (good(secret, head, body), good(w.secret['all'], head, body)), (True, False))
    need('one signature', len(head['webhook-signature'].split(' ')), 1)


def test_damaged(w):
    """of an entry that is damaged in the store its row is told; what cannot be read of webhooks and other documents is left out and named, the rest goes on"""
    for name in ('hurt', 'lost', 'torn', 'void'):
        w.add(name, path='/none')
    w.until('all', lag=0)
    n = len(w.receiver.at('/all'))
    w.receiver.says['/all'] = [(500, {})]
    w.record(2)
    index = w.until('all', failures=1)['next']
    w.owner.stop()
    db = sqlite3.connect(os.path.join(w.col.home, 'store.db'))
    guard = db.execute("SELECT sql FROM sqlite_master WHERE name = 'payload_no_update'").fetchone()[0]
    db.execute('DROP TRIGGER payload_no_update')
    db.execute("UPDATE payload SET body = CAST('no entry' AS BLOB) WHERE idx = ?", (index,))
    db.execute(guard)
    db.execute("UPDATE doc SET json = '{}' WHERE tab = 'webhook' AND key = 'hurt'")
    db.execute("UPDATE doc SET json = '{}' WHERE tab = 'webhook_stand' AND key = 'lost'")
    db.execute("UPDATE doc SET json = '{\"name\":' WHERE tab = 'webhook' AND key = 'torn'")
    db.execute("UPDATE doc SET json = '' WHERE tab = 'webhook_stand' AND key = 'void'")
    db.execute("UPDATE doc SET json = 'x' WHERE tab = 'unit' AND key = ?", (SCOPE,))
    db.execute("INSERT INTO doc(tab, key, json) VALUES('witness', 'a', 'x'), ('cosigned', '0', '{')")
    db.commit()
    db.close()
    w.receiver.says['/all'] = [(200, {})]
    w.serve()
    need('told', w.owner.notes.count('server.doc_damaged'), 5)
    need('counted', parsed(metrics(w))['kiemke_documents_damaged'][2][()], 5)
    need('left out', ([x['name'] for x in w.api('list')['webhooks']], sorted(w.api('list')['left_out'])), (['all'], ['hurt', 'lost', 'torn', 'void']))
    need('said', w.owner.notes.count('webhook.corrupt'), 4)
    for what in ('rotate', 'test', 'resume', 'deliveries'):
        need(what, w.api(what, name='torn')['key'], 'webhook.corrupt')
    need('not over it', w.add('torn')['key'], 'webhook.corrupt')
    w.api('resume', name='all')
    w.until('all', lag=0)
    told = [x['data'] for x in w.receiver.bodies('/all')[n:] if x['data']['index'] >= index][-2:]
    need('damaged, and the next', [(x['index'] - index, x.get('damaged'), x.get('kind')) for x in told], [(0, True, None), (1, None, 'asset')])
    w.remove('hurt', 'lost', 'torn', 'void')
    need('removed', [x['name'] for x in w.api('list')['acts'][:2]], ['void', 'torn'])
    need('once', w.api('remove', name='torn')['key'], 'webhook.none')
    w.record()  # of the commune whose name cannot be read
    w.until('all', lag=0)
    w.owner.stop()
    w.serve()
    need('gone', ([x['name'] for x in w.api('list')['webhooks']], w.api('list')['left_out']), (['all'], []))
    need('the others still', w.owner.notes.count('server.doc_damaged'), 3)
    w.add('torn', path='/none')
    w.remove('torn')


TESTS = [test_told, test_cost, test_retried, test_big_answer, test_remove_fails, test_kept_amid, test_again, test_retry_after, test_gone, test_redirect, test_slow, test_private, test_rotate, test_killed,
         test_events, test_metrics, test_acts, test_restored,
         test_damaged]


def end(w):
    w.receiver.hold.set()
    w.owner.stop()


if __name__ == '__main__':
    sys.exit(play(World, TESTS, end))
