#!/usr/bin/env python3
"""Who may have the page and use it: raw requests to a kiemke serve, as a browser, a foreign page and another
program would send them: Host, Origin, Sec-Fetch-Site, tickets, cookies, headers of answers, and --open and
--link beside a running owner. Prints TAP."""
import http.client
import json
import os
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


TESTS = [test_page_and_files, test_foreign_host, test_foreign_origin, test_cookie, test_ticket, test_open_beside, test_after_restart]


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
