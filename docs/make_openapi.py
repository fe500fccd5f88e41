"""docs/openapi.json: the HTTP routes of `kiemke-collector serve` as OpenAPI 3.1, for docs/make_reference.py.

Paths and methods are those of the tables the server dispatches by (server-stub/routes.c, status.c); operations,
their members and words come from `--help-json`, who may ask for one in the console from server-stub/gate.c, what an
answer holds from docs/answers.json. What no table says of a route stands below: a route without it, and words without a
route, are errors.
"""
import json
import os
import re

ROUTE = re.compile(r'\{\s*\.method = "([A-Z]+)",\s*\.path = "([^"]+)"(.*?)\.handle', re.S)
FILES = ('server-stub/routes.c', 'server-stub/status.c')
REST = {'/get-inclusion-proof/': '{size}/{hash}', '/get-consistency-proof/': '{old}/{new}', '/get-leaves/': '{start}/{end}'}
PC, PAGE, TABLES, OPEN = [{'signature': []}], [{'session': []}], [{'session': []}, {'token': []}, {'bearer': []}], []
TEXT, LINES, JSON, BYTES, XML = 'text/plain', 'application/x-ndjson', 'application/json', 'application/octet-stream', 'application/xml'
# (method, path): what it is for, who may ask, type of the answer (None: no body)
WORDS = {
    ('POST', '/v1/sync'): ('Push and pull entries of one commune (sync/PROTOCOL.md P9 to P19)', PC, LINES),
    ('POST', '/v1/authority'): ('Read the feeds of central keys (P20)', PC, LINES),
    ('POST', '/v1/checkpoint'): ('Show a checkpoint seen elsewhere', PC, LINES),
    ('POST', '/v1/enrol'): ('Ask to be enrolled', PC, JSON),
    ('GET', '/checkpoint'): ('The newest signed checkpoint', OPEN, TEXT),
    ('GET', '/get-tree-head'): ('The newest tree head (sigsum)', OPEN, TEXT),
    ('GET', '/get-inclusion-proof/'): ('That a leaf is in the tree of a size', OPEN, TEXT),
    ('GET', '/get-consistency-proof/'): ('That one tree goes on from another', OPEN, TEXT),
    ('GET', '/get-leaves/'): ('Leaves of the log', PC, TEXT),
    ('HEAD', '/v1/blobs/{sha256}'): ('How much of a photo or file is here', PC, None),
    ('GET', '/v1/blobs/{sha256}'): ('A photo or file', PC, BYTES),
    ('PATCH', '/v1/blobs/{sha256}'): ('The next part of a photo or file', PC, None),
    ('POST', '/session'): ('Sign in to the console: account and passphrase', OPEN, JSON),
    ('GET', '/session'): ('Who is signed in, and what the role may ask for', PAGE, JSON),
    ('DELETE', '/session'): ('Sign out', PAGE, None),
    ('GET', '/report/{form}'): ('The weekly report as csv, xlsx, pdf or lines', PAGE, BYTES),
    ('GET', '/photo/{sha256}'): ('A photo or paper that a record of this commune names', PAGE, BYTES),
    ('GET', '/openapi.json'): ('This description', OPEN, JSON),
    ('GET', '/odata'): ('The tables there are (docs/ODATA.md)', TABLES, JSON),
    ('GET', '/odata/'): ('The tables there are', TABLES, JSON),
    ('GET', '/odata/{table}'): ('$metadata, a table, TABLE(KEY) or TABLE/$count', TABLES, JSON),
    ('GET', '/'): ('The page of the console', OPEN, 'text/html'),
    ('GET', '/{name}'): ('A file of the console', OPEN, BYTES),
    ('GET', '/lib/{name}'): ('A file the pages share', OPEN, BYTES),
    ('GET', '/lang/{name}'): ('The texts of a language', OPEN, JSON),
    ('GET', '/live'): ('Status port: is the process there', OPEN, JSON),
    ('GET', '/ready'): ('Status port: does it take records', OPEN, JSON),
    ('GET', '/metrics'): ('Status port: metrics for Prometheus', OPEN, TEXT),
}
API = ('POST', '/api/{name}')
QUERY = {'/report/{form}': ('week',), '/photo/{sha256}': ('scope',), '/odata/{table}': ('$filter', '$select', '$orderby', '$top', '$skip', '$count', '$format', '$skiptoken'),
         '/odata': ('$format',), '/odata/': ('$format',)}
TYPES = {'string': {'type': 'string'}, 'text': {'type': 'string'}, 'path': {'type': 'string', 'description': 'absolute path'}, 'int': {'type': 'integer'},
         'bool': {'type': 'boolean'}, 'list': {'type': 'array', 'items': {'type': 'string'}}, 'pairs': {'type': 'object'}, 'json': {}}


def routes(root):
    """(method, path, rest of the row) of every row of the tables, in their order."""
    rows = []
    for name in FILES:
        with open(os.path.join(root, name), encoding='utf-8') as f:
            rows += ROUTE.findall(f.read())
    return rows


def roles(root):
    with open(os.path.join(root, 'server-stub', 'gate.c'), encoding='utf-8') as f:
        text = f.read()
    known = {k: {k.lower()} for k in ('REGISTRAR', 'VERIFIER', 'PROVINCE_VERIFIER', 'REPORTER', 'AUDITOR')}
    value = lambda words: sorted(set().union(*({r for m in re.findall(r'BIT\((\w+)\)', w) for r in known[m]} | names.get(w, set()) for w in words.split(' | '))))
    names = {'NOBODY': set()}
    for name, words in re.findall(r'^\t([A-Z]+) = ([A-Z_| ()]+?),?$', text, re.M):
        names[name] = set(value(words))
    return {op: value(words) for op, words in re.findall(r'^    \{"([a-z -]+)", ([A-Z_ |()]+)\},$', text, re.M)}


def schema(op):
    members = {}
    for a in op['args']:
        m = dict(TYPES[a['type']], description=a['help'])
        if a.get('choice'):
            m['items' if a['type'] == 'list' else 'enum'] = {'type': 'string', 'enum': a['choice']} if a['type'] == 'list' else a['choice']
        if a.get('max'):
            m.update(minimum=a['min'], maximum=a['max'])
        if a.get('secret'):
            m['writeOnly'] = True
        members[a['name']] = m
    out = {'type': 'object', 'properties': members, 'additionalProperties': False}
    need = [a['name'] for a in op['args'] if a.get('required') and a['name'] != 'as']
    return dict(out, required=need) if need else out


def answer(text, kind):
    good = {'description': text, 'content': {kind: {}}} if kind else {'description': text}
    return {'default': {'$ref': '#/components/responses/problem'}, '200': good}


def operation(op, answers, may):
    return {'operationId': op['api'], 'summary': op['summary'], 'x-command': op['name'], 'x-roles': may.get(op['name'], []),
            'security': PAGE + [{'owner': []}] if may.get(op['name']) else [{'owner': []}],
            'requestBody': {'required': True, 'content': {JSON: {'schema': schema(op)}}},
            'responses': answer(answers[op['api']], JSON)}


def route(method, path, row):
    what, who, kind = WORDS[method, path]
    full = path if path not in REST else path + REST[path]
    params = [{'name': n, 'in': 'path', 'required': True, 'schema': {'type': 'string'}} for n in re.findall(r'\{(\w+)\}', full)]
    params += [{'name': n, 'in': 'query', 'schema': {'type': 'string'}} for n in QUERY.get(full, ())]
    out = {'summary': what, 'security': who, 'responses': answer(what, kind)}
    if full.startswith('/odata'):
        out['responses']['default'] = {'$ref': '#/components/responses/odata'}
    if params:
        out['parameters'] = params
    body = re.search(r'\.type = "([^"]+)"', row)
    if '.body_max' in row:
        out['requestBody'] = {'required': True, 'content': {body.group(1) if body else BYTES: {}}}
    return full, out


def webhooks(root):
    """What a receiver is sent, of each event of server-stub/webhook_event.c."""
    with open(os.path.join(root, 'server-stub', 'webhook_event.c'), encoding='utf-8') as f:
        events = re.findall(r'^    \[WEBHOOK_\w+\] = "([a-z.]+)",$', f.read(), re.M)
    text = {'type': 'string'}
    data = {'type': 'object', 'additionalProperties': False, 'required': ['log', 'index', 'entry', 'scope', 'held', 'forked'], 'properties': {
        'log': text, 'index': {'type': 'integer'}, 'entry': text, 'scope': text, 'kind': text, 'entity': {'type': 'string', 'format': 'uuid'},
        'held': {'type': 'boolean'}, 'forked': {'type': 'boolean'}, 'damaged': {'type': 'boolean'}}}
    head = [{'name': n, 'in': 'header', 'required': True, 'schema': text} for n in ('webhook-id', 'webhook-timestamp', 'webhook-signature')]
    return {name: {'post': {'summary': 'A message to a webhook (docs/WEBHOOKS.md)', 'parameters': head, 'requestBody': {'required': True, 'content': {JSON: {'schema': {
        'type': 'object', 'additionalProperties': False, 'required': ['type', 'timestamp', 'data'], 'properties': {
            'type': {'const': name}, 'timestamp': {'type': 'string', 'format': 'date-time'}, 'data': data}}}}},
        'responses': {'2XX': {'description': 'Taken'}, '410': {'description': 'Send nothing more'}, 'default': {'description': 'Try again later'}}}} for name in events}


def made(root, table, answers):
    """The text of docs/openapi.json."""
    rows, may, paths = routes(root), roles(root), {}
    found = [(m, p) for m, p, _ in rows]
    words = {(m, p) for m, p in WORDS if p not in ('/odata/{table}',)} | {API}
    if set(found) != words:
        raise SystemExit('docs/make_openapi.py: routes and words differ: %s' % sorted(set(found) ^ words))
    for method, path, row in rows:
        if (method, path) == API:
            for op in table['ops']:
                if op['api']:
                    paths['/api/' + op['api']] = {'post': operation(op, answers, may)}
            continue
        if path == '/odata/' and 'HTTPD_PREFIX' in row:
            full, out = route(method, '/odata/{table}', row)
        else:
            full, out = route(method, path, row) if path != '/odata/' else ('/odata/', plain(method, row))
        paths.setdefault(full, {})[method.lower()] = out
    problem = {'description': 'RFC 9457; the members of an error are told in docs/API.md', 'content': {'application/problem+json': {}}}
    odata = {'description': 'An error as OData writes it', 'content': {JSON: {}}}
    security = {
        'signature': {'type': 'apiKey', 'in': 'header', 'name': 'Signature', 'description': 'HTTP message signature of an enrolled PC (P2 to P7)'},
        'session': {'type': 'apiKey', 'in': 'cookie', 'name': 'kk_PORT', 'description': 'A session of the console'},
        'owner': {'type': 'http', 'scheme': 'bearer', 'description': "The owner's token, on the loopback address of owner.json alone"},
        'token': {'type': 'http', 'scheme': 'basic', 'description': 'Any user name, an access token as the password'},
        'bearer': {'type': 'http', 'scheme': 'bearer', 'description': 'An access token'}}
    info = {'title': table['program'], 'version': table['version'], 'summary': table['summary'],
            'description': 'Every route of serve, from the tables it dispatches by.', 'license': {'name': 'Apache-2.0', 'identifier': 'Apache-2.0'}}
    head = json.dumps({'openapi': '3.1.0', 'info': info, 'components': {'securitySchemes': security, 'responses': {'problem': problem, 'odata': odata}}},
                      ensure_ascii=False)
    lines = ',\n'.join('%s: %s' % (json.dumps(p), json.dumps(v, ensure_ascii=False)) for p, v in sorted(paths.items()))
    told = ',\n'.join('%s: %s' % (json.dumps(p), json.dumps(v)) for p, v in sorted(webhooks(root).items()))
    return '%s,\n"paths": {\n%s\n},\n"webhooks": {\n%s\n}}\n' % (head[:-1], lines, told)


def plain(method, row):
    """A path that also begins others, by itself."""
    what, who, kind = WORDS[method, '/odata/']
    return {'summary': what, 'security': who, 'parameters': [{'name': '$format', 'in': 'query', 'schema': {'type': 'string'}}],
            'responses': dict(answer(what, kind), default={'$ref': '#/components/responses/odata'})}
