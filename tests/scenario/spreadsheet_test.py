#!/usr/bin/env python3
"""The tables of the centre as a spreadsheet reads them (OData 4.0), by a client of its own few lines: $metadata with
xml.etree, every nextLink to the end, sums against the CSV the records came from and the one the report was frozen with,
wrong questions refused by name, whose communes a token sees, and how a token ends. Prints TAP."""
import base64
import csv
import datetime
import http.client
import json
import os
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, tap  # noqa: E402

BIN = os.path.abspath(os.environ.get('KK_BIN', 'build/dev'))
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'staff': 'mot cum can bo'}
PIN, NAME = {'pin': '135790'}, 'kk.example.vn'
OURS, OTHER = '01201', '02201'  # communes of two provinces
CATALOGUE = ('province_code,province_name,commune_code,commune_name,kind\n'
             '01,Hà Nội,01201,Xã Hòa Khê,xa\n01,Hà Nội,01202,Xã Khê Thượng,xa\n02,Cao Bằng,02201,Xã Nậm Lìn,xa\n')
STATEMENT = ('week=2026-W47', 'checked_at=2026-11-20T16:05', 'declared_adequate=co', 'checklist=dm_2026_1', 'car=co',
             'contact_name=Trần Đức Ân', 'contact_phone=0900045101')
STAFF = {'tinh': ('province_verifier', ('--province', '01')), 'bao-cao': ('reporter', ()), 'tham-tra': ('verifier', ())}
EDM, EDMX = '{http://docs.oasis-open.org/odata/ns/edm}', '{http://docs.oasis-open.org/odata/ns/edmx}'
PAGE = 'odata.maxpagesize=7'


def register(scope, rows):
    """The CSV a commune brings: what its assets cost, and everything is known of each."""
    head = ('asset_code', 'name', 'class', 'unit_code', 'uom', 'quantity', 'use_year', 'value_basis', 'cost_budget', 'lifecycle', 'condition',
            'use_state')
    lines = [';'.join(head)]
    for i in range(rows):
        lines.append(';'.join(('00%s-%06d' % (scope, i), 'Máy in số %d của %s' % (i, scope), 'may_moc_thiet_bi', '00%s' % scope, 'cai', '1',
                               str(2015 + i % 10), 'so_ke_toan', str(1000001 + 333333 * i), 'dang_theo_doi', ('tot', 'kem')[i % 2], 'dung_muc_dich')))
    return '\ufeff' + '\r\n'.join(lines) + '\r\n'


class World:
    def __init__(self, folder):
        self.folder, self.spent = folder, {}
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.col.call('init', '--name', 'Trung tâm', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.col.call('catalogue', 'import', self.write('c.csv', CATALOGUE), secrets={'passphrase': PASS['registrar']})
        for account, (role, more) in STAFF.items():
            self.col.call('staff', 'add', account, '--role', role, '--name', 'Cán bộ ' + account, *more,
                          secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['staff']})
        self.owner = Owner(self.col, '--host', NAME, secrets={'passphrase': PASS['registrar']})
        self.host = self.owner.url[len('http://'):]
        self.rows = {OURS: 40, OTHER: 13}
        self.ids = {scope: self.commune(scope) for scope in self.rows}
        self.csv = self.path('w.csv')
        self.col.call('review', self.ids[OURS], '--approve', '--as', 'tham-tra', secrets={'passphrase': PASS['staff']})
        self.col.call('report', 'freeze', '--week', '2026-W47', '--csv', self.csv, '--as', 'bao-cao', secrets={'passphrase': PASS['staff']})
        self.token = {account: self.make_token('Excel ' + account, account) for account in STAFF}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8', newline='') as f:
            f.write(text)
        return self.path(name)

    def commune(self, scope):
        slip = self.path(scope + '.json')
        self.col.call('enrol', 'code', '--scope', scope, '--out', slip)
        pc = Program(os.path.join(BIN, 'kiemke'), self.path('pc-' + scope))
        pc.call('enrol', slip, '--clerk', 'Người của ' + scope, '--title', 'Công chức', secrets=PIN)
        pc.call('import', 'asset', self.write(scope + '.csv', register(scope, self.rows[scope])), '--apply', secrets=PIN)
        draft = pc.call('record', 'weekly_statement', *STATEMENT, secrets=PIN)['records'][0]['id']
        sent = pc.call('submit', draft, secrets=PIN)['records'][0]['id']
        pc.call('sync')
        return sent

    def make_token(self, name, account, *more, expect=0):
        got = self.col.call('token', 'add', name, '--account', account, *more, '--as', 'registrar', secrets={'passphrase': PASS['registrar']},
                            expect=expect)
        return got if expect else got['token']

    def ask(self, path, account='bao-cao', token=None, headers=(), host=None, basic=True):
        """One GET; path as it stands in the address."""
        token = token or self.token.get(account)
        c = http.client.HTTPConnection(*self.host.split(':'), timeout=120)
        h = {'Host': host or self.host, 'Accept': 'application/json', **dict(headers)}
        if token:
            h['Authorization'] = 'Basic ' + base64.b64encode(('any:' + token).encode()).decode() if basic else 'Bearer ' + token
        c.request('GET', path, headers=h)
        res = c.getresponse()
        res.body = res.read()
        c.close()
        return res

    def sign_in(self, account):
        c = http.client.HTTPConnection(*self.host.split(':'), timeout=120)
        c.request('POST', '/session', json.dumps({'account': account, 'passphrase': PASS['staff']}),
                  {'Host': self.host, 'Content-Type': 'application/json', 'Origin': self.owner.url, 'Sec-Fetch-Site': 'same-origin'})
        res = c.getresponse()
        res.read()
        c.close()
        return res

    def get(self, path, **kw):
        res = self.ask(path, **kw)
        need('%s: %s' % (path, res.body.decode()[:300]), res.status, 200)
        need('version', res.headers['OData-Version'], '4.0')
        return json.loads(res.body)

    def no(self, path, **kw):
        """(status, code) of a refusal, in OData's form."""
        res = self.ask(path, **kw)
        error = json.loads(res.body)['error']
        need('a message', bool(error['message']), True)
        return res.status, error['code']

    def logged(self, *words):
        """Lines of console.log that have all these words."""
        with open(os.path.join(self.col.home, 'console.log'), encoding='utf-8') as f:
            return sum(all(word in line.split() for word in words) for line in f)

    def all(self, table, **options):
        """Every row, page after page, by nextLink alone; and how many pages."""
        account = options.pop('account', 'bao-cao')
        path, rows, pages = '/odata/%s?%s' % (table, query(options)), [], 0
        while path:
            page = self.get(path, account=account, headers={'Prefer': PAGE})
            need('a page is not longer than asked', len(page['value']) <= 7, True)
            rows += page['value']
            pages += 1
            link = page.get('@odata.nextLink')
            need('a link is whole', link is None or link.startswith(self.owner.url + '/odata/'), True)
            path = link and link[len(self.owner.url):]
        return rows, pages


def query(options):
    return '&'.join('%%24%s=%s' % (k, urllib.parse.quote(str(v), safe='')) for k, v in options.items())


def test_metadata(w):
    """$metadata parses: every table has its key, codes are texts, money whole numbers, days dates; the service names the tables"""
    root = ET.fromstring(w.ask('/odata/$metadata', headers={'Accept': 'application/xml'}).body)
    schema = root.find('%sDataServices/%sSchema' % (EDMX, EDM))
    types = {t.get('Name'): {p.get('Name'): p for p in t.findall(EDM + 'Property')} for t in schema.findall(EDM + 'EntityType')}
    sets = [s.get('Name') for s in schema.find(EDM + 'EntityContainer').findall(EDM + 'EntitySet')]
    need('tables', sets, [t['name'] for t in w.get('/odata/')['value']])
    need('without a blank at the end', w.get('/odata')['value'], w.get('/odata/')['value'])
    need('each has a type', sorted(sets), sorted(types))
    for name, columns in types.items():
        keys = [r.get('Name') for t in schema.findall(EDM + 'EntityType') if t.get('Name') == name for r in t.find(EDM + 'Key')]
        need('keys of ' + name, (len(keys) > 0, [k for k in keys if columns[k].get('Nullable') != 'false']), (True, []))
    kind = {k: v.get('Type') for k, v in types['asset'].items()}
    need('types', [kind[k] for k in ('asset_code', 'cost_budget', 'use_year', 'condition', 'No')],
         ['Edm.String', 'Edm.Int64', 'Edm.Int64', 'Edm.String', 'Edm.Int64'])
    need('a day', types['facility']['decision_date'].get('Type'), 'Edm.Date')
    need('what the centre writes is no table', [x for x in ('review', 'access', 'schedule', 'report') if x in types], [])
    note = types['asset']['cost_budget'].find(EDM + 'Annotation')
    need('what a column means', (note.get('Term'), note.get('String') != ''), ('Core.Description', True))
    need('a row has the columns', sorted(w.get('/odata/asset?$top=1')['value'][0]), sorted(kind))


def test_openapi(w):
    """the description of the routes is served as it stands in docs/, and what it names by a plain GET is there"""
    res = w.ask('/openapi.json', account=None)
    with open(os.path.join(ROOT, 'docs', 'openapi.json'), 'rb') as f:
        need('as in docs/', (res.status, res.body), (200, f.read()))
    paths = json.loads(res.body)['paths']
    need('of the status port', [p for p in ('/live', '/ready', '/metrics') if 'get' in paths[p]], ['/live', '/ready', '/metrics'])
    plain = [p for p, m in paths.items() if 'get' in m and '{' not in p and p not in ('/live', '/ready', '/metrics')]
    need('some', len(plain) > 5, True)
    need('none is unknown', [p for p in plain if w.ask(p, account=None).status in (404, 405)], [])
    need('operations', sorted(p[5:] for p in paths if p.startswith('/api/')),
         sorted(o['api'] for o in json.loads(w.col.said('--help-json'))['ops'] if o['api']))


def test_sums(w):
    """every nextLink to the end: as many rows and the same sum as the CSV files they came from; both forms of $count"""
    want = []
    for scope in w.rows:
        with open(w.path(scope + '.csv'), encoding='utf-8-sig', newline='') as f:
            want += list(csv.DictReader(f, delimiter=';'))
    before = w.logged('odata', 'table=asset')
    rows, pages = w.all('asset')
    need('rows', (len(rows), pages), (len(want), (len(want) + 6) // 7))
    need('each page is a line', w.logged('odata', 'table=asset') - before, pages)
    need('each once', len({r['No'] for r in rows}), len(want))
    need('money', sum(r['cost_budget'] for r in rows), sum(int(x['cost_budget']) for x in want))
    need('codes keep their zeros', sorted(r['unit_code'] for r in rows), sorted(x['unit_code'] for x in want))
    need('names', sorted(r['name'] for r in rows), sorted(x['name'] for x in want))
    need('counted', w.ask('/odata/asset/$count').body.decode(), str(len(want)))
    need('counted beside', w.get('/odata/asset?$count=true&$top=0'), {'@odata.context': w.owner.url + '/odata/$metadata#asset',
                                                                     '@odata.count': len(want), 'value': []})
    back, _ = w.all('asset', orderby='No desc')
    need('backwards', [r['No'] for r in back], [r['No'] for r in rows][::-1])
    some, _ = w.all('asset', skip=5, top=20, select='No')
    need('from here to there', some, [{'No': r['No']} for r in rows[5:25]])
    w.assets = rows


def test_filter(w):
    """$filter takes what Python takes of the same rows"""
    cases = [
        ("Commune eq '02201'", lambda r: r['Commune'] == OTHER),
        ("cost_budget gt 5000000 and cost_budget le 9000000.5", lambda r: 5000000 < r['cost_budget'] <= 9000000.5),
        ("not (condition eq 'tot') or use_year lt 2017", lambda r: r['condition'] != 'tot' or r['use_year'] < 2017),
        ("contains(name,'MAY IN SO 1') and startswith(asset_code,'0001201')", lambda r: 'Máy in số 1' in r['name'] and r['asset_code'].startswith('00' + OURS)),
        ("endswith(name,'02201')", lambda r: r['name'].endswith(OTHER)),
        ("serial eq null", lambda r: r['serial'] is None),
        ("serial ne null", lambda r: r['serial'] is not None),
        ("not contains(serial,'x')", lambda r: False),
        ("use_year eq 2020 or (use_year eq 2021 and 2 gt Conflicts)", lambda r: r['use_year'] in (2020, 2021)),
        ("No ge 4 and No lt 9", lambda r: 4 <= r['No'] < 9),
        ("ReceivedAt gt 2026-01-01T00:00:00Z", lambda r: True),
        ("ReceivedAt lt 2026-01-01T00:00:00+07:00", lambda r: False),
        ("name eq 'Máy in số 3 của 01201'", lambda r: r['name'] == 'Máy in số 3 của 01201'),
    ]
    for text, fits in cases:
        want = [r['No'] for r in w.assets if fits(r)]
        rows, _ = w.all('asset', filter=text, select='No')
        need(text, [r['No'] for r in rows], want)
        need('counted: ' + text, w.get('/odata/asset?%s' % query({'filter': text, 'count': 'true', 'top': 1}))['@odata.count'], len(want))


def test_submissions(w):
    """what was received: its place, standing and marks; by key, upwards and downwards"""
    rows, _ = w.all('Submissions')
    need('received', [(r['Kind'], r['Commune'], r['Province'], r['State'], r['Quarantined']) for r in rows],
         [('weekly_statement', OURS, '01', 'approved', False), ('weekly_statement', OTHER, '02', 'received', False)])
    need('downwards', [r['Index'] for r in w.all('Submissions', orderby='Index desc')[0]], [r['Index'] for r in rows][::-1])
    late = [datetime.datetime.fromisoformat(r['ReceivedAt'].replace('Z', '+00:00')) > datetime.datetime.fromisoformat('2026-11-30T00:00:00+07:00') for r in rows]  # week 47 and seven days more, in Vietnam: this runs at any time
    need('late', [r['Late'] for r in rows], late)
    for text, n in (("State eq 'approved'", 1), ("Province eq '02' and not Late", int(not late[1])), ("Late", sum(late)), ("Kind eq 'weekly_statement'", 2),
                    ("State eq 'nothing'", 0), ('Index gt %d' % rows[0]['Index'], 1), ('ReceivedAt ge %s' % rows[0]['ReceivedAt'], 2)):
        for order in ('Index', 'Index desc'):
            need('%s, %s' % (text, order), len(w.all('Submissions', filter=text, orderby=order)[0]), n)
    need('one', w.get('/odata/Submissions(%d)' % rows[1]['Index'])['Commune'], OTHER)
    need('the same in its own table', w.get('/odata/weekly_statement(%d)?$select=week' % rows[1]['No'])['week'], '2026-W47')
    need('none', w.no('/odata/Submissions(999999)'), (404, 'odata.no_row'))


def test_report(w):
    """the figures of the frozen report are those of its CSV; by province, by commune"""
    with open(w.csv, encoding='utf-8-sig', newline='') as f:
        text = list(csv.reader(f, delimiter=';'))
    head = next(i for i, row in enumerate(text) if '(1)' in ' '.join(row))
    rows, _ = w.all('ReportProvinces')
    need('provinces', [(r['Week'], r['Code'], r['units']) for r in rows], [('2026-W47', '01', 2), ('2026-W47', '02', 1)])
    found = {cell[1].strip('="'): cell for cell in text[head:] if len(cell) > 3 and cell[1].startswith('=')}
    need('as in the file', {c: int(found[c][3]) for c in ('01', '02')}, {r['Code']: r['units'] for r in rows})
    need('verified', sum(r['verified'] for r in rows), 1)
    units, _ = w.all('ReportUnits')
    need('communes', [(u['Code'], u['Class'], u['Unverified']) for u in units], [('01201', 4, False), ('01202', 6, False), ('02201', 6, True)])
    need('one', w.get("/odata/ReportUnits(Week='2026-W47',Code='01201')")['Class'], 4)
    week = query({'filter': "Week eq '2026-W47'"})
    need('counted', w.ask('/odata/ReportUnits/$count?' + week).body.decode(), '3')
    need('not of all weeks', w.no('/odata/ReportUnits/$count'), (501, 'odata.count_week'))
    need('nor beside', w.no('/odata/ReportProvinces?$count=true&$top=0'), (501, 'odata.count_week'))
    need('another week', w.all('ReportUnits', filter="Week eq '2026-W46'")[0], [])
    need('downwards', [u['Code'] for u in w.all('ReportUnits', orderby='Week desc,Code desc')[0]], ['02201', '01202', '01201'])
    need('catalogue', [(u['Code'], u['Name'], u['Closed']) for u in w.all('Units', filter="contains(Name,'khe')")[0]],
         [('01201', 'Xã Hòa Khê', False), ('01202', 'Xã Khê Thượng', False)])


def test_wrong(w):
    """what is not offered or wrong is refused by its name, in OData's form, in the asker's language"""
    for path, status, code in (
            ('asset?$expand=x', 501, 'odata.lacks'), ('asset?$search=x', 501, 'odata.lacks'), ('asset?$apply=x', 501, 'odata.lacks'),
            ('asset?$orderby=name', 501, 'odata.order'), ('asset?$nothing=1', 400, 'odata.unknown'), ('asset?$top=1&$top=2', 400, 'odata.twice'),
            ('asset?$top=x', 400, 'odata.value'), ('asset?$top=-1', 400, 'odata.value'), ('asset?$skip=99999999', 400, 'odata.large'),
            ('asset?$select=no', 400, 'odata.column'), ('asset?$count=maybe', 400, 'odata.value'), ('asset?$skiptoken=x', 400, 'odata.token'),
            ('asset?$filter=no%20eq%201', 400, 'odata.filter_column'), ("asset?$filter=name%20eq%201", 400, 'odata.filter_type'),
            ('asset?$filter=name%20eq', 400, 'odata.filter_syntax'), ('asset?$filter=use_year%20add%201%20eq%202', 501, 'odata.filter_lacks'),
            ("asset?$filter=tolower(name)%20eq%20'a'", 501, 'odata.filter_lacks'), ('asset?$filter=name%20eq%20uom', 501, 'odata.filter_lacks'),
            ('asset?$filter=' + '%20or%20'.join(['No%20eq%201'] * 65), 400, 'odata.filter_terms'),
            ('asset?$filter=' + '(' * 17 + 'No%20eq%201' + ')' * 17, 400, 'odata.filter_deep'),
            ('nothing', 404, 'odata.no_table'), ('asset/5', 404, 'odata.no_table'), ('review', 404, 'odata.no_table'),
            ("asset('a')", 400, 'odata.key'), ('ReportUnits(5)', 400, 'odata.key'), ('$metadata?$top=1', 501, 'odata.lacks'),
            ('asset?$format=atom', 406, 'odata.type')):
        need(path[:60], w.no('/odata/' + path), (status, code))
    need('named', json.loads(w.ask('/odata/asset?$expand=x', headers={'Accept-Language': 'en'}).body)['error'],
         {'code': 'odata.lacks', 'message': '$expand is not offered here.', 'target': '$expand'})
    need('a link nobody could follow', w.no("/odata/asset?$filter=name%20ne%20'" + '(' * 700 + "'", headers={'Prefer': PAGE}), (400, 'odata.long'))
    need('Atom', w.no('/odata/asset', headers={'Accept': 'application/atom+xml'}), (406, 'odata.type'))
    need('too old', w.no('/odata/asset', headers={'OData-MaxVersion': '3.0'}), (501, 'odata.version'))
    row = w.get('/odata/asset?$top=1&$select=No', headers={'Accept': 'application/json;IEEE754Compatible=true'})['value'][0]
    need('large numbers as texts', row, {'No': str(w.assets[0]['No'])})


def test_scope(w):
    """a token sees what its account sees: a province its communes, in every table and every count"""
    for table, n in (('asset', 40), ('Submissions', 1), ('ReportUnits', 2), ('Units', 2)):
        rows, _ = w.all(table, account='tinh')
        need(table, (len(rows), {r.get('Commune', r.get('Code'))[:2] for r in rows}), (n, {'01'}))
        week = '?' + query({'filter': "Week eq '2026-W47'"}) if table == 'ReportUnits' else ''
        need('counted: ' + table, w.ask('/odata/%s/$count%s' % (table, week), account='tinh').body.decode(), str(n))
    other = next(r['No'] for r in w.assets if r['Commune'] == OTHER)
    need('by its key', w.no('/odata/asset(%d)' % other, account='tinh'), (404, 'odata.no_row'))
    need('by a filter', w.all('asset', account='tinh', filter="Commune eq '02201'")[0], [])


def test_door(w):
    """without a token, with a wrong one or from a foreign page nobody reads; tries are counted; a session of the console reads, too"""
    res = w.ask('/odata/', account=None)
    need('asked for a password', (res.status, res.headers['WWW-Authenticate'].split()[0]), (401, 'Basic'))
    need('as Bearer', w.ask('/odata/Units', basic=False).status, 200)
    need('another site', w.no('/odata/Units', headers={'Sec-Fetch-Site': 'cross-site'}), (403, 'op.origin'))
    need('another name', w.no('/odata/Units', host='evil.example'), (403, 'op.host'))
    need('by a name of ours', w.get('/odata/', host=NAME)['@odata.context'], 'https://%s/odata/$metadata' % NAME)
    need('a token opens nothing else', w.ask('/session').status, 401)
    said = [w.no('/odata/', token='kkt_' + 'a' * 64) for _ in range(11)]
    need('wrong tokens', (said[0], said[10]), ((401, 'access.unknown'), (429, 'signin.wait')))
    need('others go on', w.ask('/odata/').status, 200)
    cookie = w.sign_in('tinh').headers['Set-Cookie'].split(';')[0]
    need('in a session', w.get('/odata/asset?$count=true&$top=0', account=None, headers={'Cookie': cookie})['@odata.count'], 40)


def test_tokens(w):
    """a token is told once and kept as its hash; it ends by a word of the registrar or with the account; both are in the trail"""
    token = w.make_token('Máy của phòng kế hoạch', 'bao-cao', '--ends-on', '31/12/2099')
    listed = {t['name']: t for t in w.col.call('token', 'list')['tokens']}
    mine = listed['Máy của phòng kế hoạch']
    need('listed', (mine['account'], mine['ends_on'], mine['state'], 'token' in mine), ('bao-cao', '2099-12-31', 'open', False))
    w.col.call('lines', w.path('log.jsonl'))
    for name in (w.path('log.jsonl'), os.path.join(w.col.home, 'console.log')):
        with open(name, encoding='utf-8') as f:
            need('kept nowhere: ' + name, token in f.read(), False)
    need('it reads', w.ask('/odata/', token=token).status, 200)
    w.col.call('token', 'revoke', mine['id'], '--reason', 'Đổi máy', '--as', 'registrar', secrets={'passphrase': PASS['registrar']})
    need('taken back', w.no('/odata/', token=token), (401, 'access.ended'))
    need('no guess', {w.no('/odata/', token=token) for _ in range(31)}, {(401, 'access.ended')})
    need('others of its office go on', w.ask('/odata/').status, 200)
    need('past', w.make_token('Cũ', 'bao-cao', '--ends-on', '01/01/2020', expect=65)['key'], 'token.past')
    need('nobody', w.make_token('Không ai', 'khong-ai', expect=66)['key'], 'vault.none')
    need('not by another role', w.col.call('token', 'add', 'x', '--account', 'bao-cao', '--as', 'bao-cao', secrets={'passphrase': PASS['staff']},
                                           expect=77)['key'].split('.')[0], 'issuer')
    acts = [(a['what'], a['record']['kind'], a['record']['title']) for a in w.col.call('acts', '--account', 'registrar')['items']
            if a.get('record', {}).get('kind') == 'access']
    need('in the trail', acts[:2], [(what, 'access', 'Máy của phòng kế hoạch') for what in ('Thu hồi mã truy cập', 'Tạo mã truy cập')])
    key = next(a['key'] for a in w.col.call('staff', 'list')['staff'] if a['account'] == 'tinh')
    w.col.call('revoke', key, '--reason', 'Chuyển công tác', '--as', 'root', secrets={'passphrase': PASS['root']})
    need('with its account', w.no('/odata/', account='tinh'), (401, 'who.unknown'))


def test_weeks(w):
    """of many frozen weeks a page makes two and ends with a link, also when no row fits; then all are there, upwards and downwards"""
    weeks = ['2026-W43', '2026-W44', '2026-W45', '2026-W46', '2026-W47']
    for week in weeks[:-1]:
        w.col.call('report', 'freeze', '--week', week, '--csv', w.path(week), '--as', 'bao-cao', secrets={'passphrase': PASS['staff']})
    rows, pages = w.all('ReportUnits', filter="Code eq 'none'")
    need('none fits', (rows, pages), ([], 2))  # two and two were made, the one of test_report is kept
    need('all', [r['Week'] for r in w.all('ReportProvinces')[0]], [x for x in weeks for _ in range(2)])
    need('downwards', [r['Week'] for r in w.all('ReportUnits', orderby='Week desc,Code desc')[0]], [x for x in weeks[::-1] for _ in range(3)])


def test_guesses(w):
    """whoever guesses at tokens is made to wait; the console's door of the same office stays open"""
    said = [w.no('/odata/', token='kkt_' + '%064x' % i) for i in range(31)]
    need('guesses', (said[0], said[30]), ((401, 'access.unknown'), (429, 'signin.wait')))
    need('signed in', w.sign_in('bao-cao').status, 200)


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        try:
            return 1 if tap([test_metadata, test_openapi, test_sums, test_filter, test_submissions, test_report, test_wrong, test_scope, test_door,
                             test_weeks, test_tokens, test_guesses], w) else 0
        finally:
            w.owner.stop()


if __name__ == '__main__':
    sys.exit(main())
