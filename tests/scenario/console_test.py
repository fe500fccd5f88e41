#!/usr/bin/env python3
"""The console of the centre, by raw requests to a real collector: who may sign in, how a session ends, what each role
may ask for (server-stub/gate.c, row by row), whose communes somebody sees, and what a foreign page, host or signer
gets. Prints TAP."""
import http.client
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, play  # noqa: E402

BIN = os.path.abspath(os.environ.get('KK_BIN', 'build/dev'))
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'staff': 'mot cum can bo'}
PIN, NAME = '135790', 'kk.example.vn'
OURS, OTHER = '01201', '02201'  # communes of two provinces
CATALOGUE = ('province_code,province_name,commune_code,commune_name,kind\n'
             '01,Hà Nội,01201,Xã Hòa Khê,xa\n01,Hà Nội,01202,Xã Khê Thượng,xa\n02,Cao Bằng,02201,Xã Nậm Lìn,xa\n')
ASSET = ('class=may_moc_thiet_bi', 'unit_code=0045101', 'uom=cai', 'quantity=1', 'use_year=2024', 'value_basis=chua_xac_dinh',
         'lifecycle=dang_theo_doi', 'condition=tot', 'use_state=dung_muc_dich')
STATEMENT = ('week=2026-W47', 'checked_at=2026-11-20T16:05', 'declared_adequate=co', 'checklist=dm_2026_1', 'car=co',
             'contact_name=Trần Đức Ân', 'contact_phone=0900045101')
# account -> role, arguments of `staff add`
STAFF = {'tham-tra': ('verifier', ()), 'tinh': ('province_verifier', ('--province', '01')), 'bao-cao': ('reporter', ()),
         'kiem-toan': ('auditor', ())}
# the same roles for the communes of the first province alone
LIMITED = {'dk-tinh': ('registrar', ('--province', '01')), 'bc-tinh': ('reporter', ('--province', '01')), 'kt-tinh': ('auditor', ('--province', '01'))}
ROLES = {'REGISTRAR': ('registrar',), 'REVIEWS': ('tham-tra', 'tinh'), 'REPORTS': ('bao-cao',), 'NOBODY': (),
         'ALL': ('registrar', 'tham-tra', 'tinh', 'bao-cao', 'kiem-toan'), 'BIT(AUDITOR)': ('kiem-toan',)}


class World:
    def __init__(self, folder):
        self.folder = folder
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.col.call('init', '--name', 'Trung tâm', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        file = os.path.join(folder, 'catalogue.csv')
        with open(file, 'w', encoding='utf-8') as f:
            f.write(CATALOGUE)
        self.col.call('catalogue', 'import', file, secrets={'passphrase': PASS['registrar']})
        for account, (role, more) in {**STAFF, **LIMITED}.items():
            self.col.call('staff', 'add', account, '--role', role, '--name', 'Cán bộ ' + account, *more,
                          secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['staff']})
        self.owner = Owner(self.col, '--host', NAME, secrets={'passphrase': PASS['registrar']})
        self.host = self.owner.url[len('http://'):]
        self.pc = {}
        self.ids = {scope: self.commune(scope) for scope in (OURS, OTHER)}
        self.cookie = {}
        for account in ('registrar', *STAFF, *LIMITED):
            self.cookie[account] = self.sign_in(account)
        self.ops = {o['name']: o for o in json.loads(self.col.said('--help-json'))['ops']}

    def commune(self, scope):
        """A PC with a record and a statement; their ids."""
        slip = os.path.join(self.folder, scope + '.json')
        self.col.call('enrol', 'code', '--scope', scope, '--out', slip)
        pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(self.folder, 'pc-' + scope))
        pc.call('enrol', slip, '--clerk', 'Người của ' + scope, '--title', 'Công chức', secrets={'pin': PIN})
        asset = pc.call('record', 'asset', 'name=Máy của ' + scope, *ASSET, secrets={'pin': PIN})['records'][0]['id']
        draft = pc.call('record', 'weekly_statement', *STATEMENT, secrets={'pin': PIN})['records'][0]['id']
        sent = pc.call('submit', draft, secrets={'pin': PIN})['records'][0]['id']
        pc.call('sync')
        self.pc[scope] = pc
        return asset, sent

    def wait_for_approval(self, scope, name):
        """A second person at that commune's PC; what the registrar's list says of them."""
        self.pc[scope].call('clerk', 'add', name, secrets={'pin': PIN})
        self.pc[scope].call('sync')
        return next(x for x in self.api('registrar', 'enrol_list')[1]['waiting'] if x['name'] == name)

    def ask(self, method, path, headers=(), body=None, host=None):
        c = http.client.HTTPConnection(*self.host.split(':'), timeout=120)
        c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        c.putheader('Host', host or self.host)
        for name, value in dict(headers).items():
            c.putheader(name, value)
        if body is not None:
            c.putheader('Content-Length', str(len(body)))
        try:
            c.endheaders(body)
        except BrokenPipeError:
            pass  # refused before the body was through
        res = c.getresponse()
        res.body = res.read()
        c.close()
        return res

    def headers(self, change=()):
        h = {'Content-Type': 'application/json', 'Origin': self.owner.url, 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': 'vi'}
        for key, value in dict(change).items():
            if value is None:
                h.pop(key, None)
            else:
                h[key] = value
        return h

    def door(self, account, passphrase, change=(), host=None):
        return self.ask('POST', '/session', self.headers(change), json.dumps({'account': account, 'passphrase': passphrase}).encode(), host)

    def sign_in(self, account, passphrase=None):
        res = self.door(account, passphrase or PASS['registrar' if account == 'registrar' else 'staff'])
        need('signing in as %s: %s' % (account, res.body.decode()), res.status, 200)
        return res.headers['Set-Cookie'].split(';')[0]

    def api(self, account, op, body=None, change=(), host=None):
        """(status, answer) of POST /api/OP in that account's session."""
        res = self.ask('POST', '/api/' + op, self.headers({'Cookie': self.cookie[account], **dict(change)}),
                       json.dumps(body or {}).encode() if not isinstance(body, bytes) else body, host)
        return res.status, json.loads(res.body)

    def waits(self, account, ident):
        return next(x['waits'] for x in self.api(account, 'submissions')[1]['submissions'] if x['id'] == ident)

    def refused(self, *args, **kw):
        status, answer = self.api(*args, **kw)
        return status, answer.get('key')


def rows():
    """{command: accounts} of the table in gate.c."""
    with open(os.path.join(ROOT, 'server-stub', 'gate.c'), encoding='utf-8') as f:
        text = f.read()
    return {op: {a for part in roles.split(' | ') if part != 'COUNTRY' for a in ROLES[part]}
            for op, roles in re.findall(r'^    \{"([a-z -]+)", ([A-Z |()_]+)\},$', text, re.M)}


def country():
    """The commands for who sees every commune alone."""
    with open(os.path.join(ROOT, 'server-stub', 'gate.c'), encoding='utf-8') as f:
        return set(re.findall(r'^    \{"([a-z -]+)", [A-Z |()_]+ \| COUNTRY\},$', f.read(), re.M))


def in_api(op):
    return bool(op['api'])


def test_files(w):
    """the page, its files, their headers; none of them needs a session, and the PCs' routes are as before"""
    res = w.ask('GET', '/')
    need('the page', (res.status, res.headers['Content-Type']), (200, 'text/html; charset=utf-8'))
    need('the policy', "default-src 'none'" in res.headers['Content-Security-Policy'] and 'unsafe' not in res.headers['Content-Security-Policy'], True)
    for path in ('/app.js', '/shell.js', '/sign.js', '/lib/base.js', '/lib/pico.css', '/lang/vi.json'):
        need(path, w.ask('GET', path).status, 200)
    for path in ('/screen_stocktake.js', '/lib/', '/keys', '/owner.json'):
        need(path, w.ask('GET', path).status, 404)
    need('a checkpoint', w.ask('GET', '/checkpoint').status, 200)
    need('no ticket opens it', w.ask('GET', '/open?ticket=' + 'a' * 64).headers['Set-Cookie'], None)


def test_door(w):
    """signing in: the cookie is HttpOnly, Strict, behind TLS Secure; a wrong passphrase, an unknown account and the root hear the same"""
    res = w.door('tham-tra', PASS['staff'])
    cookie = res.headers['Set-Cookie']
    need('flags', [x.strip() for x in cookie.split(';')[1:]], ['Path=/', 'HttpOnly', 'SameSite=Strict'])
    need('a token of 32 bytes', re.fullmatch(r'kk_\d+=[0-9a-f]{64}', cookie.split(';')[0]) is not None, True)
    me = json.loads(res.body)
    need('who', (me['account'], me['role'], me['name'], me['all'], me['custody']), ('tham-tra', 'verifier', 'Cán bộ tham-tra', True, 'collector'))
    behind = w.door('tham-tra', PASS['staff'], {'Origin': 'https://' + NAME, 'X-Real-IP': '203.0.113.5'}, NAME)
    need('behind TLS', 'Secure' in behind.headers['Set-Cookie'], True)
    words = set()
    for account, passphrase in (('tham-tra', 'sai mat khau roi'), ('khong-co', PASS['staff']), ('../root', 'x'), ('box', 'x'), ('log', 'x'),
                                ('a' * 300, 'x'), ('tham-tra', 'x' * 300), ('', ''), ('root', PASS['root'] + 'x'), ('root', PASS['root'])):
        res = w.door(account, passphrase)
        need('no cookie', res.headers['Set-Cookie'], None)
        words.add((res.status, json.loads(res.body)['detail']))
    need('one answer', len(words), 1)
    need('no object', w.ask('POST', '/session', w.headers(), b'[]').status, 401)
    need('no JSON', w.ask('POST', '/session', w.headers(), b'{').status, 422)
    need('another type', w.ask('POST', '/session', w.headers({'Content-Type': 'text/plain'}), b'{}').status, 415)
    need('a long body', w.ask('POST', '/session', w.headers(), b' ' * 5000).status, 413)


def test_tries(w):
    """ten wrong passphrases of an account make it wait, whoever asks; the others may go on; a wrong one with an act counts too"""
    w.col.call('staff', 'add', 'thu', '--role', 'auditor', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['staff']})
    w.cookie['thu'] = w.sign_in('thu')
    body = {'passphrase': 'sai mat khau roi', 'new_passphrase': 'mot cum mat khau moi'}
    for _ in range(5):
        need('an act', w.refused('thu', 'staff_passphrase', body), (403, 'vault.passphrase_wrong'))
    behind = {'Origin': 'https://' + NAME}
    for i in range(5):
        need('at the door', w.door('thu', 'sai mat khau roi', {**behind, 'X-Real-IP': '198.51.100.%d' % i}, NAME).status, 401)
    res = w.door('thu', PASS['staff'], {**behind, 'X-Real-IP': '198.51.100.99'}, NAME)
    need('now it waits', (res.status, json.loads(res.body)['key'], 0 < int(res.headers['Retry-After']) <= 600), (429, 'signin.wait', True))
    need('an act waits', w.refused('thu', 'staff_passphrase', {**body, 'passphrase': PASS['staff']}), (429, 'signin.wait'))
    need('the session still reads', w.api('thu', 'board')[0], 200)
    need('another account', w.door('kiem-toan', PASS['staff']).status, 200)
    with open(os.path.join(w.col.home, 'console.log'), encoding='utf-8') as f:
        log = f.read()
    need('the log names who and where', 'door.refused account=thu address=198.51.100.4' in log, True)
    need('and no passphrase', [p for p in (*PASS.values(), 'sai mat khau roi') if p in log], [])


def test_guard(w):
    """a foreign host, a foreign page, no word of where it comes from, no cookie: refused before anything else"""
    body = b'{}'
    for host in ('evil.example', '127.0.0.1', 'localhost', 'kk.example.vn.evil.example', 'kk.example.vn:1'):
        need('files of ' + host, w.ask('GET', '/', host=host).status, 403)
        need('API of ' + host, w.api('tham-tra', 'board', body, host=host)[0], 403)
        need('door of ' + host, w.door('tham-tra', PASS['staff'], host=host).status, 403)
    for change in ({'Origin': 'https://evil.example'}, {'Origin': 'null'}, {'Origin': 'http://' + NAME}, {'Sec-Fetch-Site': 'cross-site'},
                   {'Sec-Fetch-Site': 'same-site'}, {'Sec-Fetch-Site': 'none'}, {'Sec-Fetch-Site': None, 'Origin': None}):
        need('API with %s' % change, w.refused('tham-tra', 'board', body, change), (403, 'op.origin'))
        need('door with %s' % change, w.door('tham-tra', PASS['staff'], change).status, 403)
        need('out with %s' % change, w.ask('DELETE', '/session', w.headers({'Cookie': w.cookie['tham-tra'], **change})).status, 403)
    need('by name', w.api('tham-tra', 'board', body, {'Origin': 'https://' + NAME}, NAME)[0], 200)
    for cookie in (None, w.cookie['tham-tra'][:-1], w.cookie['tham-tra'][:-1] + 'g', 'kk_1=' + w.cookie['tham-tra'].split('=')[1]):
        need('cookie %s' % cookie, w.refused('tham-tra', 'board', body, {'Cookie': cookie}), (401, 'signin.ended'))
    with open(os.path.join(w.col.home, 'owner.json'), encoding='utf-8') as f:
        token = json.load(f)['token']
    need('the owner\'s token opens nothing here', w.refused('tham-tra', 'board', body, {'Cookie': None, 'Authorization': 'Bearer ' + token})[0], 401)
    need('no JSON', w.api('tham-tra', 'board', b'{')[0], 422)
    need('another type', w.ask('POST', '/api/board', w.headers({'Cookie': w.cookie['tham-tra'], 'Content-Type': 'text/plain'}), body).status, 415)
    need('a body over the ceiling', w.ask('POST', '/api/board', w.headers({'Cookie': w.cookie['tham-tra']}), b' ' * (4 * 1024 * 1024 + 1)).status, 413)
    need('GET', w.ask('GET', '/api/board', w.headers({'Cookie': w.cookie['tham-tra']})).status, 405)


def test_table(w):
    """every operation has a row; each role gets just what its row says; an auditor's rows and those of nobody hold what they must"""
    table = rows()
    need('a row for each', sorted(table), sorted(w.ops))
    asked = 0
    for account in ROLES['ALL']:
        may = set(json.loads(w.ask('GET', '/session', w.headers({'Cookie': w.cookie[account]})).body)['may'])
        for name, op in w.ops.items():
            api = name.replace(' ', '_').replace('-', '_')
            allowed = account in table[name] and in_api(op)
            need('%s is told of %s' % (account, name), api in may, allowed)
            # an argument nobody has: what is allowed says so, and nothing is done
            status, key = w.refused(account, api, {'khong_co': 1})
            want = (400, 'op.unknown_member') if allowed else (403, 'gate.role')
            need('%s asks for %s' % (account, name), (status, key), want)
            asked += 1
    print('# %d operations, %d roles, %d requests' % (len(w.ops), len(ROLES['ALL']), asked))
    for name, op in w.ops.items():
        secrets = {a['name'] for a in op.get('args', ()) if 'secret' in a.get('flags', ()) or a.get('secret')}
        if 'kiem-toan' in table[name] and name != 'staff passphrase':
            need('an auditor signs nothing: ' + name, secrets, set())
    need('an unknown one', w.refused('tham-tra', 'khong_co'), (404, 'op.api_unknown'))
    need('without a session', w.refused('tham-tra', 'staff_add', {}, {'Cookie': None}), (401, 'signin.ended'))


def test_signer(w):
    """as is who is signed in; another name, a missing or wrong passphrase, a path of the machine are refused"""
    sent = w.ids[OURS][1]
    act = {'id': sent, 'return': True, 'reason': 'Xem lại', 'passphrase': PASS['staff']}
    need('as another', w.refused('tham-tra', 'review', {**act, 'as': 'tinh'}), (403, 'gate.as'))
    need('as the registrar', w.refused('tham-tra', 'review', {**act, 'as': 'registrar', 'passphrase': PASS['registrar']}), (403, 'gate.as'))
    need('as nobody', w.refused('tham-tra', 'review', {**act, 'as': None}), (403, 'gate.as'))
    need('no passphrase', w.refused('tham-tra', 'review', {k: v for k, v in act.items() if k != 'passphrase'}), (400, 'op.secret_missing'))
    need('a wrong one', w.refused('tham-tra', 'review', {**act, 'passphrase': 'sai mat khau roi'}), (403, 'vault.passphrase_wrong'))
    need('a path', w.refused('tham-tra', 'board', {'csv': os.path.join(w.folder, 'x.csv')}), (403, 'gate.path'))
    need('nothing was written', os.path.exists(os.path.join(w.folder, 'x.csv')), False)
    may_decide = ('tham-tra', 'tinh', 'kiem-toan')
    need('waits for whoever decides at all', [w.waits(who, sent) for who in may_decide], [True, True, False])
    status, done = w.api('tham-tra', 'review', act)
    need('done: %s' % done, status, 200)
    need('for nobody any more', [w.waits(who, sent) for who in may_decide], [False, False, False])
    last = w.api('kiem-toan', 'acts', {'limit': 1})[1]['items'][0]
    need('the act is in the log', (last['entry'], last['account'], last['role'], last['op'], last['about']['id'], last['counts']),
         (done['entry'], 'tham-tra', 'verifier', 'set', sent, True))


def test_scope(w):
    """who is in charge of one province reads and decides there and nowhere else; every list leaves the rest out"""
    asset, sent = w.ids[OTHER]
    status, me = 0, json.loads(w.ask('GET', '/session', w.headers({'Cookie': w.cookie['tinh']})).body)
    need('two communes', (me['all'], me['communes']), (False, 2))
    act = {'return': True, 'reason': 'Xem lại', 'passphrase': PASS['staff']}
    for op, body in (('show', {'id': asset}), ('show', {'id': sent}), ('show', {'id': sent[:8]}), ('review', {'id': sent, **act}),
                     ('duplicates', {'scope': OTHER}), ('resolve', {'id': asset, 'fields': {'condition': 'hong'}, 'reason': 'x', 'passphrase': PASS['staff']}),
                     ('link', {'id': w.ids[OURS][0], 'other': asset, 'reason': 'x', 'passphrase': PASS['staff']}),
                     ('unlink', {'id': asset, 'reason': 'x', 'passphrase': PASS['staff']}),
                     ('choose', {'id': sent, 'reason': 'x', 'passphrase': PASS['staff']})):
        got = w.refused('tinh', op, body)
        need('%s of the other commune' % op, got[0] in (403, 404) and got[1] in ('who.scope', 'archive.no_entity'), True)
    need('its own', w.api('tinh', 'show', {'id': w.ids[OURS][1]})[0], 200)
    takes = [len(w.api(who, 'show', {'id': w.ids[OURS][1]})[1]['standing']['takes']) for who in ('tham-tra', 'tinh', 'kiem-toan')]
    need('told before it is tried', takes, [3, 0, 0])
    need('above it the centre has decided', w.refused('tinh', 'review', {'id': w.ids[OURS][1], **act}), (409, 'review.above'))
    status, done = w.api('tinh', 'review', {'id': w.ids[OURS][0], 'level': 'province', **act})
    need('its own decided: %s' % done, status, 200)
    need('the whole country: another sees it', w.api('tham-tra', 'show', {'id': sent})[0], 200)
    lists = [('keys', {}), ('keys', {'scope': OTHER}), ('held', {}), ('held', {'scope': OTHER}), ('conflicts', {}), ('conflicts', {'scope': OTHER}),
             ('forks', {}), ('forks', {'scope': OTHER}), ('acts', {}), ('submissions', {}), ('submissions', {'scope': OTHER}), ('task_list', {}),
             ('board', {})]
    for op, body in lists:
        text = json.dumps(w.api('tinh', op, body)[1], ensure_ascii=False)
        need('%s %s' % (op, body), [x for x in (asset, sent, 'Người của ' + OTHER, 'Máy của ' + OTHER, 'Xã Nậm Lìn') if x in text], [])
    need('what the whole country has said since', w.refused('tinh', 'report'), (403, 'report.not_frozen'))
    need('nor as a file', w.ask('GET', '/report/csv?week=2026-W48', w.headers({'Cookie': w.cookie['tinh']})).status, 403)
    need('who sees the country does', w.api('kiem-toan', 'report')[0], 200)
    need('the other half of the test: all is there', 'Người của ' + OTHER in json.dumps(w.api('tham-tra', 'keys')[1], ensure_ascii=False), True)


def asked_of(w, op):
    """Bodies of an operation that name, or would show, what is in a commune of another province; 'common': it holds nothing of any."""
    asset, sent = w.ids[OTHER]
    own, act, why = w.ids[OURS][0], {'passphrase': PASS['staff']}, {'reason': 'x', 'passphrase': PASS['staff']}
    ids = [{'id': asset}, {'id': sent}, {'id': asset[:8]}, {'id': asset, 'scope': OTHER}]
    lists = [{}, {'scope': OTHER}]
    return {
        'show': [*ids, *({**i, 'explain': True} for i in ids)],
        'review': [{**i, 'return': True, **why} for i in ids], 'choose': [{**i, **why} for i in ids], 'unlink': [{**i, **why} for i in ids],
        'resolve': [{**i, 'fields': {'condition': 'hong'}, 'seen': [], **why} for i in ids],
        'link': [{**i, 'other': own, **why} for i in ids] + [{'id': own, 'other': asset, **why}],
        'task add': [{**i, 'title': 'x', 'owner': 'x', 'due': '2026-12-31', **act} for i in ids], 'task close': [{**i, **why} for i in ids],
        'keys': lists, 'held': lists, 'conflicts': lists, 'forks': lists, 'submissions': [*lists, {'text': 'Máy'}, {'province': '02'}], 'acts': [{}, {'account': 'registrar'}],
        'task list': lists, 'duplicates': [{'scope': OTHER}], 'board': [{}, {'province': '02'}, {'state': 'missing', 'csv_text': True}], 'catalogue list': [{}, {'province': '02'}],
        'unit show': [{'code': OTHER}], 'contacts set': [{'code': OTHER, 'name': 'x', 'phone': '1'}], 'enrol list': [{}],
        'enrol approve': [{'key': w.waiting['key'], 'request': w.waiting['request'], **act}, {'key': w.waiting['fingerprint'], 'request': w.waiting['request'], **act}],
        'enrol code': [{'scope': OTHER, **act}], 'admit': [{'scope': s, 'ids': [w.entry], **why} for s in (OTHER, OURS)], 'revoke': [{'key': w.key, **why}],
        'report': [{}, {'week': '2026-W47', 'form': 'csv'}, {'at': 5}],
        **{name: 'common' for name in ('checkpoint', 'form check', 'form diff', 'form discard', 'form draft', 'form import', 'form list', 'form show',
                                       'policy show', 'report list', 'schedule list', 'schedule show', 'staff list', 'staff passphrase')},
    }.get(op)


def test_every_scope(w):
    """every operation of the table, in each role limited to one province: nothing of another is shown, done, or told from what is not there"""
    table, whole, asked = rows(), country(), 0
    w.waiting = w.wait_for_approval(OTHER, 'Người thứ hai của ' + OTHER)
    theirs = [k for k in w.api('registrar', 'keys', {'scope': OTHER})[1]['keys'] if k['role'] == 'clerk']
    w.key, w.entry = theirs[0]['key'], w.api('tham-tra', 'show', {'id': w.ids[OTHER][0]})[1]['history'][0]['entry']
    hidden = [*w.ids[OTHER], w.key, w.waiting['key'], w.waiting['name'], 'Người của ' + OTHER, 'Máy của ' + OTHER, 'Xã Nậm Lìn']
    before = w.api('kiem-toan', 'checkpoint')[1]['size']
    likewise = {'dk-tinh': 'registrar', 'bc-tinh': 'bao-cao', 'kt-tinh': 'kiem-toan', 'tinh': 'tinh'}
    for account, same in likewise.items():
        for name, op in w.ops.items():
            api = name.replace(' ', '_').replace('-', '_')
            if same not in table[name] or not in_api(op):
                continue
            if name in whole:
                need('%s: %s is of the whole country' % (account, name), w.refused(account, api, {}), (403, 'who.all'))
                continue
            bodies = asked_of(w, name)
            need('%s is asked with bodies' % name, bodies is not None, True)
            for body in bodies if bodies != 'common' else ():
                status, answer = w.api(account, api, body)
                text, told = json.dumps(answer, ensure_ascii=False), json.dumps(body, ensure_ascii=False)
                need('%s: %s %s: %d' % (account, name, body, status), [x for x in hidden if x in text and x not in told], [])
                acts = 'write' in op.get('flags', ())
                need('%s: %s %s does nothing: %s' % (account, name, body, answer), status != 200 or not acts, True)
                asked += 1
    print('# %d requests for what is in another province' % asked)
    nowhere = '01234567-89ab-7cde-8f01-23456789abcd'
    for op, more in (('show', {}), ('review', {'return': True, 'reason': 'x', 'passphrase': PASS['staff']})):
        need('%s: there and not seen is as not there' % op, w.refused('tinh', op, {'id': w.ids[OTHER][0], **more}), w.refused('tinh', op, {'id': nowhere, **more}))
    need('nothing was written in that province', [x for x in w.api('kiem-toan', 'acts', {'limit': 50})[1]['items'] if x['index'] >= before and x['scope'] == OTHER], [])


def test_shown(w):
    """who lets a PC in, or decides between values, names what the page had shown; when that has changed it is refused"""
    waiting = w.wait_for_approval(OURS, 'Người thứ hai của ' + OURS)
    body = {'key': waiting['key'], 'passphrase': PASS['registrar']}
    need('unseen', w.refused('registrar', 'enrol_approve', body), (400, 'enrolment.unseen'))
    need('another', w.refused('registrar', 'enrol_approve', {**body, 'request': w.waiting['request']}), (409, 'enrolment.changed'))
    status, done = w.api('registrar', 'enrol_approve', {**body, 'request': waiting['request']})
    need('as shown: %s' % done, (status, done.get('key')), (200, waiting['key']))
    asset = w.ids[OURS][0]
    field = w.api('tham-tra', 'show', {'id': asset})[1]['fields']['condition']
    act = {'id': asset, 'fields': {'condition': 'kem'}, 'reason': 'Đã xem', 'passphrase': PASS['staff']}
    need('unseen values', w.refused('tham-tra', 'resolve', act), (400, 'resolve.unseen'))
    need('other values', w.refused('tham-tra', 'resolve', {**act, 'seen': [w.entry]}), (409, 'resolve.changed'))
    status, done = w.api('tham-tra', 'resolve', {**act, 'seen': [field['entry']]})
    need('the value that was seen: %s' % done, status, 200)
    need('what was seen then is not what stands now', w.refused('tham-tra', 'resolve', {**act, 'seen': [field['entry']]}), (409, 'resolve.changed'))


def test_accounts(w):
    """staff list names account, custody and state; a changed passphrase ends the other sessions; a revoked key's session ends at once"""
    staff = {s['account']: s for s in w.api('registrar', 'staff_list')[1]['staff']}
    need('all of them', set(staff) >= {'registrar', *STAFF}, True)
    need('of one', (staff['tinh']['role'], staff['tinh']['communes'], staff['tinh']['custody'], staff['tinh']['all']), ('province_verifier', 2, 'collector', False))
    other = w.sign_in('bao-cao')
    new = 'mot cum mat khau moi'
    need('too short', w.refused('bao-cao', 'staff_passphrase', {'passphrase': PASS['staff'], 'new_passphrase': 'ngan'}), (422, 'vault.passphrase_short'))
    need('changed', w.api('bao-cao', 'staff_passphrase', {'passphrase': PASS['staff'], 'new_passphrase': new})[0], 200)
    need('this session goes on', w.api('bao-cao', 'board')[0], 200)
    need('the other has ended', w.refused('bao-cao', 'board', {}, {'Cookie': other}), (401, 'signin.ended'))
    need('the old one opens nothing', w.door('bao-cao', PASS['staff']).status, 401)
    need('the new one does', w.door('bao-cao', new).status, 200)
    w.col.call('revoke', 'bao-cao', '--reason', 'Chuyển công tác', '--as', 'root', secrets={'passphrase': PASS['root']})
    need('its session', w.refused('bao-cao', 'board'), (401, 'who.unknown'))
    res = w.door('bao-cao', new)
    need('the door', (res.status, json.loads(res.body)['key']), (401, 'signin.wrong'))
    need('and it stays so', w.refused('bao-cao', 'board'), (401, 'signin.ended'))
    need('told', 'revoked_from' in {s['account']: s for s in w.api('registrar', 'staff_list')[1]['staff']}['bao-cao'], True)


def test_acts(w):
    """the journal: newest first, paged without loss, by account and by day"""
    whole = w.api('kiem-toan', 'acts', {'limit': 500})[1]
    need('all on one page', len(whole['items']), whole['total'])
    need('newest first', [x['index'] for x in whole['items']], sorted((x['index'] for x in whole['items']), reverse=True))
    paged = [x['index'] for at in range(0, whole['total'], 3) for x in w.api('kiem-toan', 'acts', {'offset': at, 'limit': 3})[1]['items']]
    need('page by page', paged, [x['index'] for x in whole['items']])
    ops = {x['op'] for x in whole['items']}
    need('kinds of acts', (sorted({'cert', 'set', 'revoke', 'form', 'log'} - ops), 'open' in ops), ([], False))
    need('the root\'s too', any(x['who'] == 'Khóa gốc' and x['op'] == 'revoke' and 'Cán bộ bao-cao' in x['what'] for x in whole['items']), True)
    whats = {x['what'] for x in whole['items']}
    need('what was done, in words', 'Nhập danh mục đơn vị hành chính' in whats and 'Cho ý kiến thẩm tra' in whats and 'Ghi vào sổ' not in whats, True)
    need('a PC by its fingerprint', [x for x in whats if re.match(r'Duyệt máy tính, dấu vân \d{5}( \d{5}){3}$', x)] != [], True)
    need('a role is called what it is called elsewhere', any('(cán bộ thẩm tra trung ương)' in x for x in whats), True)
    mine = w.api('kiem-toan', 'acts', {'account': 'tham-tra'})[1]
    need('of one', {x['account'] for x in mine['items']}, {'tham-tra'})
    day = time.strftime('%d/%m/%Y', time.gmtime(whole['now'] + 7 * 3600))
    need('of today', w.api('kiem-toan', 'acts', {'from': day, 'to': day})[1]['total'] > 0, True)
    need('of long ago', w.api('kiem-toan', 'acts', {'to': '01/01/2020'})[1]['total'], 0)
    need('no day', w.refused('kiem-toan', 'acts', {'from': 'hôm qua'}), (422, 'text.date_form'))
    for x in whole['items']:
        need('an interval each', len(x['interval']) == 2 and bool(x['when']) and bool(x['what']), True)


def test_slip(w):
    """enrol code with a slip to print: one page of PDF within the answer; a registrar's alone"""
    status, answer = w.api('registrar', 'enrol_code', {'scope': OURS, 'paper': True, 'clerks': 2, 'passphrase': PASS['registrar']})
    need('given: %s' % answer.get('detail'), status, 200)
    need('a PDF', (answer['file']['type'], answer['pages']), ('application/pdf', 1))
    need('nobody else', w.refused('tham-tra', 'enrol_code', {'scope': OURS}), (403, 'gate.role'))
    need('nor a session alone', w.refused('registrar', 'enrol_code', {'scope': OURS}), (400, 'op.secret_missing'))
    need('nor a wrong passphrase', w.refused('registrar', 'enrol_code', {'scope': OURS, 'passphrase': 'khong phai'}), (403, 'vault.passphrase_wrong'))
    need('nor to another address', w.refused('registrar', 'enrol_code', {'scope': OURS, 'url': 'https://khac.example', 'passphrase': PASS['registrar']}), (403, 'gate.path'))


def test_partly_seen(w):
    """a registrar of one province revokes a PC that has a commune of another, too: where he may, and it is given nothing anywhere"""
    w.col.call('unit', 'split', OTHER, OURS, '--apply', secrets={'passphrase': PASS['registrar']})
    pc, theirs = w.pc[OURS], w.pc[OTHER]
    pc.call('sync')
    need('it has both', sorted(s['scope'] for s in pc.call('status')['scopes']), [OURS, OTHER])
    key, why = pc.call('status')['fingerprint'], {'reason': 'Mất máy', 'passphrase': PASS['staff']}
    status, got = w.api('dk-tinh', 'revoke', {'key': key, **why})
    need('in his own', (status, got.get('scope')), (200, [OURS]))
    need('once', w.refused('dk-tinh', 'revoke', {'key': key, **why}), (409, 'revoke.already'))
    theirs.call('record', 'asset', 'name=Ghi sau', *ASSET, '--clerk', 'Người của ' + OTHER, secrets={'pin': PIN})
    theirs.call('sync')
    pc.call('sync')
    need('nothing of the other either', [x['title'] for x in pc.call('list', '--kind', 'asset')['items'] if 'Ghi sau' in x['title']], [])
    rest = w.col.call('revoke', key, '--reason', 'Mất máy', '--as', 'registrar', secrets={'passphrase': PASS['registrar']})
    need('the rest', rest['scope'], [OTHER])


def test_out(w):
    """signing out ends the session, also for who kept the cookie; the cookie is taken away"""
    cookie = w.sign_in('tham-tra')
    need('there', w.ask('GET', '/session', w.headers({'Cookie': cookie})).status, 200)
    res = w.ask('DELETE', '/session', w.headers({'Cookie': cookie}))
    need('out', (res.status, 'Max-Age=0' in res.headers['Set-Cookie']), (204, True))
    need('gone', w.ask('GET', '/session', w.headers({'Cookie': cookie})).status, 401)
    need('the others are there', w.ask('GET', '/session', w.headers({'Cookie': w.cookie['tham-tra']})).status, 200)


TESTS = [test_files, test_door, test_guard, test_table, test_signer, test_scope, test_every_scope, test_shown, test_accounts, test_acts, test_slip, test_partly_seen, test_out, test_tries]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner.stop()))
