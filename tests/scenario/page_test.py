#!/usr/bin/env python3
"""Who may have the page and use it: raw requests to a kiemke serve, as a browser, a foreign page and another
program would send them: Host, Origin, Sec-Fetch-Site, tickets, cookies, headers of answers, and --open and
--link beside a running owner. Prints TAP."""
import encodings.idna  # noqa: F401  before a child gives up its user: it may not read our Python any more
import http.client
import json
import os
import socket
import stat
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, need, tap  # noqa: E402

BIN = os.path.abspath(os.environ.get('KK_BIN', 'build/dev'))
BROWSER = '#!/bin/sh\nprintf "%s\\n" "$1" >"$KK_OPENED.new" && mv "$KK_OPENED.new" "$KK_OPENED"\n'
DIRECTIVES = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' blob: data:",
    "connect-src": "'self'", "font-src": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    "base-uri": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "'none'"}


class World:
    """A PC never enrolled, its owner, and a desktop whose browser only notes what it is to open."""

    def __init__(self, folder):
        self.opened = os.path.join(folder, 'opened')
        tools = os.path.join(folder, 'bin')
        os.mkdir(tools)
        fake = os.path.join(tools, 'xdg-open')
        with open(fake, 'w', encoding='ascii') as f:
            f.write(BROWSER)
        os.chmod(fake, stat.S_IRWXU)
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'),
                          {'PATH': tools + ':' + os.environ['PATH'], 'KK_OPENED': self.opened})
        self.owner = Owner(self.pc, '--offline')
        self.host = self.owner.url[len('http://'):]
        self.port = int(self.host.split(':')[1])
        self.cookie = self.let_in()

    def link(self):
        """A ticket, by a second command beside the owner."""
        out = self.pc.said('--json', 'serve', '--link')
        note = json.loads(out.splitlines()[0])
        need('the note of --link', note['note'], 'serve.link')
        return note['args']['url'][len(self.owner.url):]

    def let_in(self, path=None):
        """The cookie that a ticket is good for, as NAME=VALUE; None: it was not good."""
        res = self.ask('GET', path or self.link())
        need('on to the page', (res.status, res.headers['Location']), (303, '/'))
        told = res.headers.get('Set-Cookie')
        return told and told.split(';')[0]

    def ask(self, method, path, headers=None, body=None, host=None):
        """One request on a connection of its own. headers: None stands for "not sent"."""
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        c.putheader('Host', host or self.host)
        for name, value in (headers or {}).items():
            c.putheader(name, value)
        if body is not None:
            c.putheader('Content-Length', str(len(body)))
        c.endheaders(body)
        res = c.getresponse()
        res.body = res.read()
        c.close()
        return res

    def api(self, change=(), body=b'{}', name='status'):
        """POST as our own page sends it, with some headers changed; (status, key of the problem)."""
        headers = {'Content-Type': 'application/json', 'Cookie': self.cookie, 'Origin': self.owner.url,
                   'Sec-Fetch-Site': 'same-origin'}
        host = None
        for key, value in dict(change).items():
            if key == 'Host':
                host = value
            elif value is None:
                headers.pop(key, None)
            else:
                headers[key] = value
        res = self.ask('POST', '/api/' + name, headers, body, host)
        need('no answer of the API is kept', res.headers['Cache-Control'], 'no-store')
        return res.status, json.loads(res.body).get('key')


def raw(w, head, body=b''):
    """Bytes as they are, on a connection of their own: all of the answer. head: lines without Host's; {host}, {cookie} filled."""
    text = '\r\n'.join(head).replace('{host}', w.host).replace('{cookie}', w.cookie) + '\r\n\r\n'
    with socket.create_connection(('127.0.0.1', w.port), timeout=60) as s:
        s.sendall(text.encode('latin-1') + body)
        out = b''
        while True:
            part = s.recv(65536)
            if not part:
                return out
            out += part


def status(answer):
    return int(answer.split(b' ', 2)[1]) if answer.startswith(b'HTTP/') else 0


PNG = bytes.fromhex('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005'
                    '0001a5f645400000000049454e44ae426082')


def test_page_and_files(w):
    """the page and its files: types, packed, the policy, a tag that is known again"""
    res = w.ask('GET', '/')
    need('the page', (res.status, res.headers['Content-Type'], res.headers['Content-Encoding']),
         (200, 'text/html; charset=utf-8', 'gzip'))
    policy = dict(x.strip().split(' ', 1) for x in res.headers['Content-Security-Policy'].split(';'))
    need('the policy', policy, DIRECTIVES)
    need('nothing unsafe', 'unsafe' in res.headers['Content-Security-Policy'], False)
    for name, value in (('X-Content-Type-Options', 'nosniff'), ('Referrer-Policy', 'no-referrer'),
                        ('Cross-Origin-Opener-Policy', 'same-origin'), ('Cross-Origin-Resource-Policy', 'same-origin')):
        need(name, res.headers[name], value)
    for path, kind in (('/app.js', 'text/javascript; charset=utf-8'), ('/lib/base.js', 'text/javascript; charset=utf-8'),
                       ('/lib/preact.js', 'text/javascript; charset=utf-8'), ('/lib/pico.css', 'text/css; charset=utf-8'),
                       ('/lib/icons.svg', 'image/svg+xml'), ('/lang/vi.json', 'application/json'), ('/lang/en.json', 'application/json')):
        res = w.ask('GET', path)
        need(path, (res.status, res.headers['Content-Type'], res.headers['Cache-Control']), (200, kind, 'no-cache'))
        again = w.ask('GET', path, {'If-None-Match': res.headers['ETag']})
        need(path + ' again', (again.status, len(again.body)), (304, 0))
        need(path + ' otherwise', w.ask('GET', path, {'If-None-Match': '"none"'}).status, 200)
    need('no way up', w.ask('GET', '/lang/../owner.json').status, 400)
    for path in ('/forms/asset.json', '/lib/', '/index.html/', '/lang/xx.json', '/pages/agent/app.js'):
        need(path, w.ask('GET', path).status, 404)


def test_foreign_host(w):
    """another name for this address gets nothing, with or without the cookie"""
    for host in ('evil.example:%d' % w.port, '127.0.0.1:1', '127.0.0.1', 'localhost', '[::1]:%d' % w.port, ''):
        for path in ('/', '/app.js', '/open?ticket=x'):
            need('%s of %r' % (path, host), w.ask('GET', path, {'Cookie': w.cookie}, host=host or ' ').status in (400, 403, 421), True)
        need('the API of %r' % host, w.api({'Host': host or ' '})[0] in (400, 403, 421), True)
    need('localhost is ours', w.api({'Host': 'localhost:%d' % w.port, 'Origin': 'http://localhost:%d' % w.port}), (200, None))


def test_foreign_origin(w):
    """a foreign page that has the cookie sent along is refused, also where Origin is hidden"""
    for origin in ('http://evil.example', 'null', 'https://127.0.0.1:%d' % w.port, 'http://127.0.0.1:%d' % (w.port + 1)):
        need(origin, w.api({'Origin': origin}), (403, 'op.origin'))
        need(origin + ', no site', w.api({'Origin': origin, 'Sec-Fetch-Site': None}), (403, 'op.origin'))
    for site in ('cross-site', 'same-site', 'none', 'nonsense'):
        need(site, w.api({'Sec-Fetch-Site': site, 'Origin': None}), (403, 'op.origin'))
        need(site + ', our origin', w.api({'Sec-Fetch-Site': site}), (403, 'op.origin'))
    need('neither told', w.api({'Sec-Fetch-Site': None, 'Origin': None}), (403, 'op.origin'))
    need('an old browser: Origin alone', w.api({'Sec-Fetch-Site': None}), (200, None))
    need('a form of another page', w.api({'Content-Type': 'text/plain'})[0], 415)


def test_cookie(w):
    """no cookie, another, one cut short: 401; a token needs none; without both it is the token that lacks"""
    name, value = w.cookie.split('=')
    need('its name has the port', name, 'kk_%d' % w.port)
    for cookie in (None, name + '=', name + '=' + value[:-1], '%s=%s' % (name, '0' * len(value)), 'kk_1=' + value, value):
        need(repr(cookie), w.api({'Cookie': cookie}), (401, 'page.session'))
    need('a command', w.api({'Cookie': None, 'Sec-Fetch-Site': None}), (401, 'op.token'))
    with open(os.path.join(w.pc.home, 'owner.json'), encoding='utf-8') as f:
        token = json.load(f)['token']
    need('the token', w.api({'Cookie': None, 'Origin': None, 'Sec-Fetch-Site': None, 'Authorization': 'Bearer ' + token}), (200, None))
    need('the cookie is no token', w.api({'Cookie': None, 'Authorization': 'Bearer ' + value})[0], 401)
    need('the cookie gives no ticket', w.ask('POST', '/api-ticket', {'Cookie': w.cookie, 'Origin': w.owner.url}, b'').status, 403)


def test_ticket(w):
    """a ticket is good once, for GET alone; a used or invented one opens nothing; the oldest give way"""
    res = w.ask('GET', w.link())
    need('attributes', [x.strip() for x in res.headers['Set-Cookie'].split(';')[1:]], ['Path=/', 'HttpOnly', 'SameSite=Strict'])
    need('not kept', res.headers['Cache-Control'], 'no-store')
    path = w.link()
    need('HEAD', w.ask('HEAD', path).headers.get('Set-Cookie'), None)
    first = w.let_in(path)
    need('a session of its own', first and first != w.cookie, True)
    for bad in (path, '/open', '/open?ticket=', '/open?ticket=' + '0' * 64, '/open?ticket=' + '0' * 2000):
        need(bad[:30], w.let_in(bad), None)
    many = [w.link() for _ in range(9)]
    need('nine tickets, eight kept', [w.let_in(x) is not None for x in many], [False] + [True] * 8)
    need('the first session goes on', w.api(), (200, None))


def test_open_beside(w):
    """--open beside a running owner opens its page; without it the command is told who runs"""
    need('no second owner', w.pc.call('serve', expect=75)['key'], 'op.owned')
    need('opened', w.pc.call('serve', '--open'), {'running': True})
    until = time.monotonic() + 60
    while not os.path.exists(w.opened) and time.monotonic() < until:
        time.sleep(0.02)
    with open(w.opened, encoding='ascii') as f:
        link = f.read().strip()
    need('its address', link.startswith(w.owner.url + '/open?ticket='), True)
    need('lets in', w.let_in(link[len(w.owner.url):]) is not None, True)
    bare = Program(w.pc.path, w.pc.home, {'PATH': '/nonexistent'})
    need('no browser: the link is told', json.loads(bare.said('--json', 'serve', '--open').splitlines()[0])['note'], 'serve.no_browser')


def test_after_restart(w):
    """a session ends with the process"""
    w.owner.stop()
    w.owner = Owner(w.pc, '--offline', '--port', w.port)
    need('the old cookie', w.api(), (401, 'page.session'))
    w.cookie = w.let_in()
    need('the new one', w.api(), (200, None))


OURS = ['Origin: http://{host}', 'Sec-Fetch-Site: same-origin', 'Content-Type: application/json', 'Content-Length: 2', 'Connection: close']


def test_headers_twice(w):
    """a header that decides may stand there once: twice, also the same, is refused"""
    one = ['POST /api/status HTTP/1.1', 'Host: {host}', 'Cookie: {cookie}'] + OURS
    need('once', status(raw(w, one, b'{}')), 200)
    for twice in ('Host: {host}', 'Host: evil.example', 'Origin: http://{host}', 'Origin: http://evil.example', 'Sec-Fetch-Site: same-origin',
                  'Sec-Fetch-Site: cross-site', 'Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked'):
        got = status(raw(w, one + [twice], b'{}'))
        need(twice + ' besides', got in (400, 403, 421), True)
        got = status(raw(w, [one[0], twice] + one[1:], b'{}'))
        need(twice + ' before', got in (400, 403, 421), True)
    with open(os.path.join(w.pc.home, 'owner.json'), encoding='utf-8') as f:
        bearer = 'Authorization: Bearer ' + json.load(f)['token']
    bare = ['POST /api/status HTTP/1.1', 'Host: {host}', 'Content-Type: application/json', 'Content-Length: 2', 'Connection: close']
    need('a token', status(raw(w, bare + [bearer], b'{}')), 200)
    need('a token twice', status(raw(w, bare + [bearer, 'Authorization: Bearer x'], b'{}')), 401)
    need('no Host', status(raw(w, [x for x in one if not x.startswith('Host')], b'{}')), 400)
    need('HTTP/1.0 without Host', status(raw(w, ['GET / HTTP/1.0', 'Cookie: {cookie}'])) in (400, 403), True)
    need('another address in the line', status(raw(w, ['GET http://evil.example/ HTTP/1.1', 'Host: {host}', 'Connection: close'])), 400)
    many = ['X-%d: 1' % n for n in range(80)]
    need('eighty headers', status(raw(w, one + many, b'{}')), 431)


def test_cookies_odd(w):
    """a cookie as long as they come, hundreds of them, ours behind another's, one with a line in it"""
    one = ['POST /api/status HTTP/1.1', 'Host: {host}'] + OURS
    need('nine thousand bytes', status(raw(w, one + ['Cookie: a=' + 'x' * 9000], b'{}')), 431)
    need('seventy thousand', status(raw(w, one + ['Cookie: a=' + 'x' * 70000], b'{}')) in (0, 400, 413, 431, 500), True)
    need('hundreds, ours the last', status(raw(w, one + ['Cookie: ' + '; '.join('c%d=1' % n for n in range(300)) + '; {cookie}'], b'{}')), 200)
    name = w.cookie.split('=')[0]
    need('one of the same name, set by another program, shuts nobody out',
         status(raw(w, one + ['Cookie: %s=%s; {cookie}' % (name, '1' * 64)], b'{}')), 200)
    need('ours alone', status(raw(w, one + ['Cookie: {cookie}'], b'{}')), 200)
    need('still at work', w.api(), (200, None))


def test_methods_and_paths(w):
    """odd methods, ranges, HEAD, paths that climb, hide or end early"""
    for method in ('PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND', 'get', 'XX'):
        for path in ('/', '/app.js', '/api/status', '/open', '/file/' + '0' * 64, '/paper/labels', '/attach', '/usb-export', '/api-owner', '/api-ticket'):
            res = w.ask(method, path, {'Cookie': w.cookie, 'Origin': w.owner.url, 'Sec-Fetch-Site': 'same-origin'}, b'')
            need('%s %s' % (method, path), (res.status, res.headers.get('Access-Control-Allow-Origin')), (405, None))
    need('CONNECT', status(raw(w, ['CONNECT evil.example:443 HTTP/1.1', 'Host: {host}', 'Connection: close'])) in (400, 404, 405), True)
    for path in ('/usb-export', '/attach', '/api/status', '/api-ticket'):
        need('GET ' + path, w.ask('GET', path, {'Cookie': w.cookie}).status in (404, 405), True)
    for path in ('/%2e%2e/owner.json', '/lib/%2e%2e/%2e%2e/owner.json', '/lib/..%2fowner.json', '/lang/%2e/vi.json', '/app.js%00', '/app%00.js', '/lib%2fbase.js',
                 '/%5c..%5cowner.json', '/file/%2e%2e', '/paper/%00', '/%ff', '/%', '/%zz', '/a' * 600, '/open?ticket=%00', '/app.js%0d%0aX:y'):
        need(path[:40], w.ask('GET', path, {'Cookie': w.cookie}).status in (400, 404, 414), True)
    for path in ('//app.js', '/./app.js', '/lib//base.js', '/app.js/', '/APP.JS', '/owner.json', '/drafts', '/file/', '/file/..', '/kiemke.log'):
        need(path, w.ask('GET', path, {'Cookie': w.cookie}).status in (400, 404), True)
    whole = w.ask('GET', '/app.js')
    part = w.ask('GET', '/app.js', {'Range': 'bytes=0-9'})
    need('a range is the whole', (part.status, part.body == whole.body), (200, True))
    head = w.ask('HEAD', '/app.js')
    need('HEAD', (head.status, head.body, head.headers['Content-Length']), (200, b'', str(len(whole.body))))
    for path in ('/file/' + '0' * 64, '/paper/labels'):
        need('HEAD without a cookie ' + path, w.ask('HEAD', path).status, 401)
        need('HEAD from elsewhere ' + path, w.ask('HEAD', path, {'Cookie': w.cookie, 'Sec-Fetch-Site': 'cross-site'}).status, 403)


def test_foreign_page_reads(w):
    """what a foreign page can make a browser fetch without asking (img, iframe, script, a link): nothing of ours"""
    for path in ('/file/' + '0' * 64, '/paper/labels', '/paper/minutes?session=x'):
        for site in ('cross-site', 'same-site'):
            for mode in ('no-cors', 'navigate'):
                need('%s %s' % (site, path), w.ask('GET', path, {'Cookie': w.cookie, 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode}).status, 403)
        need('without a cookie', w.ask('GET', path, {'Sec-Fetch-Site': 'same-origin'}).status, 401)
    need('a simple form', w.ask('POST', '/api/status', {'Cookie': w.cookie, 'Origin': 'http://evil.example', 'Content-Type': 'text/plain'}, b'{}').status in (403, 415), True)
    need('a form of files', w.ask('POST', '/attach?name=x', {'Cookie': w.cookie, 'Origin': 'null', 'Content-Type': 'multipart/form-data'}, PNG).status, 403)
    need('a stick', w.ask('POST', '/usb-export', {'Cookie': w.cookie, 'Origin': 'http://evil.example'}, b'').status, 403)
    for path in ('/', '/app.js', '/lib/icons.svg', '/no-such'):
        need('never to be built into a foreign page: ' + path, w.ask('GET', path).headers['Cross-Origin-Resource-Policy'], 'same-origin')
    need('a picture that can hold a script has the policy', 'script-src' in (w.ask('GET', '/lib/icons.svg').headers['Content-Security-Policy'] or ''), True)


def test_files_that_lie(w):
    """a page or a drawing named as a photo is refused; a photo with a page behind it stays a photo"""
    send = {'Cookie': w.cookie, 'Origin': w.owner.url, 'Sec-Fetch-Site': 'same-origin'}
    for name, body in (('anh.jpg', b'<html><script>alert(1)</script>'), ('anh.svg', b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
                       ('anh.png', b'<?xml version="1.0"?><svg/>'), ('anh.gif', b'GIF89a<script>'), ('a.jpg', b'\xff\xd8\xff<script>'), ('a', b'')):
        res = w.ask('POST', '/attach?name=' + name, send, body)
        need(name, (res.status, json.loads(res.body)['key'].split('.')[0]), (422, 'exif'))
    res = w.ask('POST', '/attach?name=..%2F..%2Fanh.html', send, PNG + b'<script>alert(1)</script>')
    ref = json.loads(res.body)
    need('taken', (res.status, ref['type'], ref['size']), (200, 'image/png', len(PNG)))
    got = w.ask('GET', '/file/' + ref['sha256'], {'Cookie': w.cookie})
    need('what comes out', (got.status, got.headers['Content-Type'], got.headers['X-Content-Type-Options'], got.headers['Content-Disposition'], got.body == PNG),
         (200, 'image/png', 'nosniff', 'inline', True))
    need('for us alone', got.headers['Cross-Origin-Resource-Policy'], 'same-origin')
    need('not kept', got.headers['Cache-Control'], 'no-store')
    pdf = json.loads(w.ask('POST', '/attach?name=a.pdf', send, b'%PDF-1.4 <script>').body)
    got = w.ask('GET', '/file/' + pdf['sha256'], {'Cookie': w.cookie})
    need('a document is saved, not shown', (got.headers['Content-Type'], got.headers['Content-Disposition']), ('application/pdf', 'attachment'))
    need('longer than may be', w.ask('POST', '/attach?name=x', {**send, 'Content-Length': str(1 << 40)}).status, 413)


def as_nobody(w, path, headers):
    """The status of a GET by a process of another user of this machine."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            os.write(write, b'%d' % w.ask('GET', path, headers).status)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, 'rb') as f:
        got = f.read()
    os.waitpid(pid, 0)
    return int(got or 0)


def test_another_user(w):
    """another user of this machine who has caught the cookie or the link gets nothing with it, and the link is not used up"""
    if os.getuid() != 0:
        return  # who may not become another user cannot play one
    need('with our cookie', as_nobody(w, '/paper/labels', {'Cookie': w.cookie}), 403)
    need('with our cookie, a file', as_nobody(w, '/file/' + '0' * 64, {'Cookie': w.cookie, 'Sec-Fetch-Site': 'same-origin'}), 403)
    link = w.link()
    need('with our link', as_nobody(w, link, {}), 403)
    need('it is still good for us', w.let_in(link) is not None, True)
    need('the files of the page are for everybody', as_nobody(w, '/app.js', {}), 200)
    for path in (w.pc.home, os.path.join(w.pc.home, 'owner.json')):
        need('nobody else may look into ' + os.path.basename(path), os.stat(path).st_mode & 0o077, 0)


def test_cut_at_once(w):
    """whoever sends and cuts the line at once is nobody's socket: the request is not carried out"""
    text = '\r\n'.join(['POST /api/lock HTTP/1.1', 'Host: {host}', 'Cookie: {cookie}'] + OURS).replace('{host}', w.host).replace('{cookie}', w.cookie)
    for _ in range(20):
        s = socket.create_connection(('127.0.0.1', w.port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\x01\0\0\0\0\0\0\0')
        s.sendall(text.encode('ascii') + b'\r\n\r\n{}')
        s.close()
    need('still at work', w.api(), (200, None))


TESTS = [test_page_and_files, test_foreign_host, test_foreign_origin, test_cookie, test_ticket, test_headers_twice, test_cookies_odd, test_methods_and_paths,
         test_foreign_page_reads, test_files_that_lie, test_another_user, test_cut_at_once, test_open_beside, test_after_restart]


def main():
    with tempfile.TemporaryDirectory(prefix='kk-page-') as folder:
        w = World(folder)
        try:
            return 1 if tap(TESTS, w) else 0
        finally:
            w.owner.stop()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failed as e:
        print('not ok - %s' % e)
        sys.exit(1)
