#!/usr/bin/env python3
"""The collector behind Debian's nginx with packaging/nginx/kiemke.conf, started by an ordinary user on loopback with a
certificate of its own: a PC enrols, syncs and sends a photo, staff sign in, whoever asks too often or for too much hears
a problem document and when to come again, the pin holds, no forged address is believed. Prints TAP."""
import base64
import hashlib
import http.client
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from blobs_test import png  # noqa: E402
from play import Failed, Owner, Program, lasting_port, need, tap  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN, SCOPE  # noqa: E402

FORGED = '203.0.113.9'
NGINX = '/usr/sbin/nginx'
AROUND = """daemon off;
pid %(at)s/pid;
error_log %(at)s/error.log warn;
worker_processes 1;
events { worker_connections 512; }
http {
	access_log %(at)s/access.log;
	client_body_temp_path %(at)s/body;
	proxy_temp_path %(at)s/proxy;
	fastcgi_temp_path %(at)s/fastcgi;
	uwsgi_temp_path %(at)s/uwsgi;
	scgi_temp_path %(at)s/scgi;
	include %(at)s/kiemke.conf;
}
"""


class Nginx:
    """Debian's nginx, as nobody when we are root, with the packaged file rewritten where it is marked."""

    def __init__(self, folder, behind):
        self.at, self.behind = os.path.join(folder, 'nginx'), behind
        self.port, self.plain = lasting_port(), lasting_port()
        self.name = '127.0.0.1:%d' % self.port
        self.p = None
        os.mkdir(self.at)

    def rewritten(self, cert, rate, burst):
        with open(os.path.join(ROOT, 'packaging', 'nginx', 'kiemke.conf'), encoding='utf-8') as f:
            lines = f.read().split('\n')
        for old, new, times in (('rate=50r/s', 'rate=' + rate, 1), ('127.0.0.1:8080', '127.0.0.1:%d' % self.behind, 1),
                                ('listen 80;', 'listen 127.0.0.1:%d;' % self.plain, 1),
                                ('listen 443 ssl;', 'listen 127.0.0.1:%d ssl;' % self.port, 1),
                                ('server_name kiemke.example.vn', 'server_name 127.0.0.1', 2),
                                ('https://kiemke.example.vn', 'https://' + self.name, 1),
                                ('/etc/ssl/kiemke/cert.pem', cert + '.crt', 1), ('/etc/ssl/kiemke/key.pem', cert + '.key', 1),
                                ('burst=300 delay=100', burst, 1)):
            at = [i for i, line in enumerate(lines) if old in line and '(*)' in line]
            need('lines marked (*) with ' + old, len(at), times)
            for i in at:
                lines[i] = lines[i].replace(old, new)
        return '\n'.join(lines)

    def start(self, cert, rate='50r/s', burst='burst=300 delay=100'):
        self.stop()
        for name, text in (('kiemke.conf', self.rewritten(cert, rate, burst)), ('nginx.conf', AROUND % {'at': self.at})):
            with open(os.path.join(self.at, name), 'w', encoding='utf-8') as f:
                f.write(text)
        user = {}
        if os.geteuid() == 0:  # an ordinary user
            nobody = pwd.getpwnam('nobody')
            user = {'user': nobody.pw_uid, 'group': nobody.pw_gid, 'extra_groups': []}
            for path in (self.at, *(cert + end for end in ('.crt', '.key'))):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        argv = [NGINX, '-p', self.at, '-e', os.path.join(self.at, 'error.log'), '-c', os.path.join(self.at, 'nginx.conf')]
        self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **user)
        self.await_port()

    def await_port(self):
        while self.p.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 5).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Failed('nginx ended: ' + self.p.stderr.read().decode())

    def stop(self):
        if self.p:
            self.p.send_signal(signal.SIGQUIT)
            self.p.wait(20)
            self.p.stderr.close()
            self.p = None

    def said(self, name):
        with open(os.path.join(self.at, name), encoding='utf-8') as f:
            return f.read()

    def asked(self, what):
        return self.said('access.log').count(what)


class World:
    """A collector, nginx before it, a PC enrolled through it."""

    def __init__(self, folder):
        self.folder = folder
        self.cert, pin = self.certificate('cert')
        self.port = lasting_port()
        self.nginx = Nginx(folder, self.port)
        self.url = 'https://' + self.nginx.name
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.col.call('init', '--name', 'Thử', '--url', self.url, '--pin', pin,
                      secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.owner = None
        self.serve()
        self.nginx.start(self.cert)
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'))

    def certificate(self, name):
        """Self-made; its path without ending, and the pin of its key."""
        path = os.path.join(self.folder, name)
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
                        '-keyout', path + '.key', '-out', path + '.crt', '-subj', '/CN=kiemke.example'],
                       check=True, stderr=subprocess.DEVNULL)
        return path, self.pin(path)

    def renewed(self):
        """Another certificate for the same key."""
        path = os.path.join(self.folder, 'renewed')
        shutil.copy(self.cert + '.key', path + '.key')
        subprocess.run(['openssl', 'req', '-x509', '-key', path + '.key', '-days', '2', '-out', path + '.crt', '-subj', '/CN=other.example'],
                       check=True, stderr=subprocess.DEVNULL)
        return path

    @staticmethod
    def pin(path):
        key = subprocess.run(['openssl', 'x509', '-in', path + '.crt', '-pubkey', '-noout'], check=True, stdout=subprocess.PIPE).stdout
        der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'der'], input=key, check=True, stdout=subprocess.PIPE).stdout
        return 'sha256//' + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def serve(self):
        self.owner = Owner(self.col, '--port', self.port, secrets={'passphrase': PASS['registrar']})

    def ask(self, method, path, headers=(), body=None, source='127.0.0.1', plain=False, direct=False):
        """One request, through nginx unless `direct`."""
        port = self.port if direct else self.nginx.plain if plain else self.nginx.port
        if plain or direct:
            c = http.client.HTTPConnection('127.0.0.1', port, timeout=60, source_address=(source, 0))
        else:
            context = ssl.create_default_context(cafile=self.cert + '.crt')
            context.check_hostname = False
            c = http.client.HTTPSConnection('127.0.0.1', port, timeout=60, source_address=(source, 0), context=context)
        c.request(method, path, body, {'Connection': 'close', **dict(headers)})
        res = c.getresponse()
        res.body = res.read()
        c.close()
        return res

    def sign_in(self, passphrase, headers=(), **kw):
        origin = 'http://127.0.0.1:%d' % self.port if kw.get('direct') else self.url
        return self.ask('POST', '/session', {'Content-Type': 'application/json', 'Origin': origin, **dict(headers)},
                        json.dumps({'account': 'registrar', 'passphrase': passphrase}).encode(), **kw)

    def door(self):
        """The addresses of the newest attempts to sign in, oldest first."""
        with open(os.path.join(self.col.home, 'console.log'), encoding='utf-8') as f:
            return re.findall(r'door\.\w+ .*address=(\S+)', f.read())

    def record(self):
        self.pc.call('record', 'asset', *ASSET, secrets=PIN)

    def all_there(self):
        got = self.pc.call('status')
        need('unsent, refused', (got['unsent'], got['refused']), (0, 0))
        need('accepted', got['accepted'], got['saved'])

    def close(self):
        self.nginx.stop()
        self.owner.stop()


def problem(res, status, code):
    """nginx's own refusal is one as P21 wants it."""
    need('status', res.status, status)
    need('type', res.headers['Content-Type'], 'application/problem+json')
    got = json.loads(res.body)
    need('problem', (got['status'], got['code']), (status, code))
    need('nosniff, no-store', (res.headers['X-Content-Type-Options'], res.headers['Cache-Control']), ('nosniff', 'no-store'))


def test_user(w):
    """it runs as an ordinary user, and plain HTTP only leads to HTTPS"""
    with open('/proc/%d/status' % w.nginx.p.pid, encoding='ascii') as f:
        uids = re.search(r'^Uid:\t(\d+)', f.read(), re.M).group(1)
    need('not root', uids == '0', False)
    res = w.ask('GET', '/tasks?x=1', plain=True)
    need('moved', (res.status, res.headers['Location']), (301, w.url + '/tasks?x=1'))


def test_pc(w):
    """a PC enrols, syncs and sends a photo"""
    forms = w.col.call('verify', '--all')['blobs']
    slip = os.path.join(w.folder, 'slip.json')
    w.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', slip)
    need('enrolled', w.pc.call('enrol', slip, '--clerk', 'Nguyễn Văn An', secrets=PIN)['state'], 'approved')
    w.record()
    photo = os.path.join(w.folder, 'photo.png')
    with open(photo, 'wb') as f:
        f.write(png(300 * 1024, 1))
    asset = w.pc.call('list', '--kind', 'asset', '--limit', '1')['items'][0]['id']
    w.pc.call('record', 'photo', 'attached_to=' + asset, '--attach', photo, secrets=PIN)
    need('sync', w.pc.call('sync')['state'], 'done')
    w.all_there()
    need('photo steps', w.nginx.asked('"PATCH /v1/blobs/') >= 3, True)
    got = w.col.call('verify', '--all')
    need('the collector holds it', (got['ok'], got['blobs'], got['lacking']), (True, forms + 1, 0))
    need('nothing went wrong', re.findall(r'\[(?:error|crit|alert|emerg)\].*', w.nginx.said('error.log')), [])


def test_console(w):
    """the console signs in through it; every security header stands once"""
    res = w.ask('GET', '/')
    for name in ('Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy', 'Strict-Transport-Security', 'Cross-Origin-Resource-Policy'):
        need(name, len(res.headers.get_all(name, [])), 1)
    need('page', (res.status, res.headers['Content-Type'].split(';')[0]), (200, 'text/html'))
    res = w.sign_in(PASS['registrar'])
    need('signed in', res.status, 200)
    cookie = res.headers['Set-Cookie']
    need('cookie', all(x in cookie for x in ('Secure', 'HttpOnly', 'SameSite=Strict')), True)
    headers = {'Cookie': cookie.split(';')[0], 'Origin': w.url, 'Content-Type': 'application/json'}
    need('session', w.ask('GET', '/session', headers).status, 200)
    need('an operation', w.ask('POST', '/api/staff_list', headers, b'{}').status, 200)
    need('without it', w.ask('POST', '/api/staff_list', {**headers, 'Cookie': ''}, b'{}').status, 401)


def test_address(w):
    """the console counts by the address nginx saw; one that a stranger writes is believed by nobody"""
    lies = {'X-Real-IP': FORGED, 'X-Forwarded-For': FORGED, 'Forwarded': 'for=' + FORGED, 'X-Client-IP': FORGED}
    before = len(w.door())
    need('wrong', w.sign_in('khong phai mat khau', lies, source='127.0.0.2').status, 401)
    need('wrong', w.sign_in('khong phai mat khau', lies).status, 401)
    need('past nginx', w.sign_in('khong phai mat khau', lies, direct=True).status, 401)
    need('addresses', w.door()[before:], ['127.0.0.2', '127.0.0.1', '127.0.0.1'])


def test_door(w):
    """who tries the door too often is told when to come again, and others are not held up"""
    for _ in range(400):
        res = w.ask('POST', '/v1/enrol', {'Content-Type': 'application/json'}, b'{}', source='127.0.0.3')
        if res.status == 429:
            break
    problem(res, 429, 'often')
    need('Retry-After', res.headers['Retry-After'], '60')
    need('once each', [len(res.headers.get_all(h)) for h in ('Strict-Transport-Security', 'Retry-After')], [1, 1])
    need('another page of that address', w.ask('GET', '/checkpoint', source='127.0.0.3').status, 200)
    need('another address', w.ask('POST', '/v1/enrol', {'Content-Type': 'application/json'}, b'{}').status == 429, False)


def test_disk(w):
    """a large body is gathered on disk, and what the collector says of it comes through"""
    res = w.ask('POST', '/v1/sync', {'Content-Type': 'application/x-ndjson'}, bytes(1024 * 1024))
    need('told by the collector', (res.status, json.loads(res.body)['code']), (401, 'signature'))
    need('gathered', 'a client request body is buffered to a temporary file' in w.nginx.said('error.log'), True)
    need('and gone', [f for _, _, files in os.walk(os.path.join(w.nginx.at, 'body')) for f in files], [])


def test_large(w):
    """what no collector takes is refused before it is gathered"""
    c = socket.create_connection(('127.0.0.1', w.nginx.port), 60)
    context = ssl.create_default_context(cafile=w.cert + '.crt')
    context.check_hostname = False
    with context.wrap_socket(c) as s:
        s.sendall(b'POST /v1/sync HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: 4194305\r\n\r\n' % w.nginx.name.encode())
        res = http.client.HTTPResponse(s)
        res.begin()
        res.body = res.read()
    problem(res, 413, 'limit')


# clause: P20
def test_agent_obeys(w):
    """a PC that is told to wait keeps quiet for that long, in sync and in status"""
    w.nginx.start(w.cert, rate='1r/m', burst='nodelay')
    need('one request a minute', w.ask('GET', '/checkpoint').status, 200)
    w.record()
    asked = w.nginx.asked('"POST /v1/sync ')
    w.pc.call('sync', expect=76)
    need('asked', w.nginx.asked('"POST /v1/sync ') - asked, 1)
    s = w.pc.call('status')
    need('quiet for 60 s', 60 <= s['hold_at'] - s['last_try'] <= 66 and s['next_at'] == s['hold_at'], True)
    need('the reason', 'busy' in [x['reason'] for x in s['waits']], True)
    owner = Owner(w.pc)
    try:
        w.record()  # wakes the background, which keeps quiet
    finally:
        owner.stop()
    need('asked meanwhile', w.nginx.asked('"POST /v1/sync ') - asked, 1)
    w.nginx.start(w.cert)
    w.pc.call('sync')
    w.all_there()


# clause: P27
def test_away(w):
    """a collector that is down is a 503 with Retry-After, and the PC comes again"""
    w.owner.stop()
    res = w.ask('GET', '/checkpoint')
    problem(res, 503, 'unavailable')
    need('Retry-After', res.headers['Retry-After'], '30')
    w.record()
    w.pc.call('sync', expect=76)
    need('kept', w.pc.call('status')['unsent'] > 0, True)
    w.serve()
    w.pc.call('sync')
    w.all_there()


# clause: P1
def test_pin(w):
    """another key is refused by the PC, another certificate of the same key is not"""
    w.record()
    other, _ = w.certificate('other')
    w.nginx.start(other)
    asked = w.nginx.asked('"POST /v1/sync ')
    need('pin', w.pc.call('sync', expect=76)['key'], 'http.pin')
    need('nothing was said to it', w.nginx.asked('"POST /v1/sync ') - asked, 0)
    w.nginx.start(w.renewed())
    w.pc.call('sync')
    w.all_there()


TESTS = [test_user, test_pc, test_console, test_address, test_door, test_disk, test_large, test_agent_obeys, test_away, test_pin]


def main():
    with tempfile.TemporaryDirectory(prefix='kk-nginx-') as folder:
        os.chmod(folder, 0o711)  # nginx is another user, if we are root
        w = World(folder)
        try:
            return tap(TESTS, w)
        finally:
            w.close()


if __name__ == '__main__':
    sys.exit(1 if main() else 0)
