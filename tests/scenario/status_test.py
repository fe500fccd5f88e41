#!/usr/bin/env python3
"""What a collector tells whoever watches it (serve --status-port): /live, /ready and /metrics on loopback alone, read by a
parser of the text format 0.0.4 of its own; every figure beside what was done; the names are those of docs/OPERATING.md,
and no label names a commune, a PC or a person. Prints TAP."""
import http.client
import json
import os
import re
import sqlite3
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Failed, Owner, Program, lasting_port, need, play  # noqa: E402
from programs_test import ASSET, BIN, PASS, PIN, SCOPE  # noqa: E402

NAME = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
VALUE = re.compile(r'-?(?:[0-9]+(?:\.[0-9]+)?)')
CLERK = 'Nguyễn Văn An'


def parsed(text):
    """{family: (type, help, {labels: value})}, by the letter of the format."""
    found, family = {}, None
    need('ends with a line feed', text[-1:], '\n')
    for line in text[:-1].split('\n'):
        if line.startswith('# '):
            _, word, name, rest = line.split(' ', 3)
            need('a name: ' + name, bool(NAME.fullmatch(name)), True)
            if word == 'HELP':
                need('%s begins once' % name, name in found, False)
                family, found[name] = name, [None, rest, {}]
            else:
                need('TYPE after HELP, before samples', (word, name, found[name][0], found[name][2]), ('TYPE', family, None, {}))
                need('type', rest in ('counter', 'gauge'), True)
                found[name][0] = rest
            continue
        m = re.fullmatch(r'(%s)(?:\{(.*)\})? (\S+)' % NAME.pattern, line)
        need('a sample of its family: ' + line, bool(m) and m.group(1) == family and bool(VALUE.fullmatch(m.group(3))), True)
        labels = LABEL.findall(m.group(2) or '')
        need('labels whole: ' + line, ','.join('%s="%s"' % x for x in labels), m.group(2) or '')
        key = tuple(sorted(labels))
        need('once: ' + line, key in found[family][2], False)
        found[family][2][key] = float(m.group(3))
    return {name: tuple(x) for name, x in found.items()}


class World:
    def __init__(self, folder):
        self.folder, self.port = folder, lasting_port()
        self.col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        self.col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.owner = None
        self.serve()
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'))

    def serve(self):
        self.owner = Owner(self.col, '--status-port', self.port, secrets={'passphrase': PASS['registrar']})

    def ask(self, path, port=None, host='127.0.0.1', method='GET', body=None, headers=()):
        c = http.client.HTTPConnection('127.0.0.1', port or self.port, timeout=60)
        c.request(method, path, body, {'Host': host, 'Connection': 'close', **dict(headers)})
        res = c.getresponse()
        res.body = res.read()
        c.close()
        return res

    def front(self):
        return int(self.owner.url.rsplit(':', 1)[1])

    def metrics(self):
        res = self.ask('/metrics')
        need('type', (res.status, res.headers['Content-Type']), (200, 'text/plain; version=0.0.4; charset=utf-8'))
        return parsed(res.body.decode())

    def once(self, holds):
        """The metrics as soon as they are so: a request is counted when its answer has gone, which the asker has by then."""
        for _ in range(200):
            now = self.metrics()
            if holds(now):
                return now
            time.sleep(0.05)
        raise Failed('after ten seconds still: %s' % {k: now[k][2] for k in ('kiemke_http_requests_total', 'kiemke_contacts_total')})

    def settled(self):
        """Every contact's request is counted, too."""
        return self.once(lambda m: value(m, 'kiemke_http_requests_total', route='POST /v1/sync', status='2xx') == value(m, 'kiemke_contacts_total', outcome='ok'))

    def ready(self):
        res = self.ask('/ready')
        return res.status, json.loads(res.body)


def value(metrics, name, **labels):
    return metrics[name][2].get(tuple(sorted(labels.items())), 0)


def grown(before, after, name, **labels):
    return value(after, name, **labels) - value(before, name, **labels)


def test_live(w):
    """it lives, it is ready, and says so in one word for each thing it needs"""
    res = w.ask('/live')
    need('live', (res.status, json.loads(res.body)), (200, {'live': True}))
    need('ready', w.ready(), (200, {'ready': True, 'store': 'ok', 'signer': 'ok', 'log': 'ok', 'disk': 'ok', 'stopping': False}))


def test_alone(w):
    """it is told on that port of loopback alone, under no other name, and nothing else is there"""
    with open('/proc/net/tcp', encoding='ascii') as f:
        heard = [x.split()[1] for x in f if x.split()[3] == '0A' and x.split()[1].endswith(':%04X' % w.port)]
    need('listens', heard, ['0100007F:%04X' % w.port])
    for path in ('/live', '/ready', '/metrics'):
        need('not where PCs call: ' + path, w.ask(path, port=w.front(), host='127.0.0.1:%d' % w.front()).status, 404)
        need('another name', w.ask(path, host='kiemke.example.vn').status, 421)
        need('nothing to send', w.ask(path, method='POST', body=b'{}').status, 405)
    need('no operations', w.ask('/api/staff_list', method='POST', body=b'{}').status, 404)


def test_names(w):
    """each metric stands in docs/OPERATING.md with its type, and no other does"""
    with open(os.path.join(ROOT, 'docs', 'OPERATING.md'), encoding='utf-8') as f:
        told = dict(re.findall(r'^\| `(\w+)`[^|]*\| (counter|gauge) \|', f.read(), re.M))
    got = w.metrics()
    need('told and there', {k: v[0] for k, v in got.items()}, told)
    need('counters end in _total, gauges do not', [k for k, v in got.items() if k.endswith('_total') != (v[0] == 'counter')], [])
    need('each helps', [k for k, v in got.items() if len(v[1]) < 10], [])


def test_counts(w):
    """entries, contacts, requests, bytes, the log and its checkpoint: as many as there were"""
    slip = os.path.join(w.folder, 'slip.json')
    w.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử', '--out', slip)
    w.pc.call('enrol', slip, '--clerk', CLERK, secrets=PIN)
    w.pc.call('sync')
    a = w.settled()
    for _ in range(3):
        w.pc.call('record', 'asset', *ASSET, secrets=PIN)
    w.pc.call('sync')
    b = w.settled()
    need('accepted', grown(a, b, 'kiemke_entries_total', outcome='accepted', clause=''), 3)
    need('contacts', grown(a, b, 'kiemke_contacts_total', outcome='ok') >= 1, True)
    need('as many requests', grown(a, b, 'kiemke_http_requests_total', route='POST /v1/sync', status='2xx'),
         grown(a, b, 'kiemke_contacts_total', outcome='ok'))
    need('in the log', (grown(a, b, 'kiemke_log_entries'), grown(a, b, 'kiemke_logged_total')), (3, 3))
    need('commits', grown(a, b, 'kiemke_commits_total') >= grown(a, b, 'kiemke_groups_total') >= 1, True)
    need('bytes', grown(a, b, 'kiemke_http_body_bytes_total', direction='in') > 500 and
         grown(a, b, 'kiemke_http_body_bytes_total', direction='out') > 500, True)
    head = w.col.call('checkpoint')
    need('checkpoint', (value(b, 'kiemke_log_entries'), value(b, 'kiemke_checkpoint_timestamp_seconds')), (head['size'], head['at']))
    need('nobody waits', [value(b, x) for x in ('kiemke_ingest_waiting', 'kiemke_enrolments_waiting', 'kiemke_halted', 'kiemke_groups_failed_total')], [0] * 4)
    need('memory', 2**20 < value(b, 'process_resident_memory_bytes') < 2**40 and value(b, 'process_cpu_seconds_total') > 0, True)


def test_refused(w):
    """what is refused is counted by clause, code, route and class, whatever a stranger asks for"""
    a = w.metrics()
    for n in range(40):
        w.ask('/no/such/%d' % n, port=w.front())
    w.ask('/v1/sync', port=w.front(), method='POST', body=b'{}', headers={'Content-Type': 'application/x-ndjson'})
    b = w.once(lambda m: grown(a, m, 'kiemke_http_requests_total', route='POST /v1/sync', status='4xx') > 0 and
               grown(a, m, 'kiemke_http_requests_total', route='none', status='4xx') >= 40)
    need('strangers', grown(a, b, 'kiemke_http_requests_total', route='none', status='4xx'), 40)
    need('denied', grown(a, b, 'kiemke_denied_total', code='signature'), 1)
    need('route', grown(a, b, 'kiemke_http_requests_total', route='POST /v1/sync', status='4xx'), 1)
    need('few series', sum(len(x[2]) for x in b.values()) < 150, True)


def test_held(w):
    """what is held back is counted as such"""
    key = [c for c in w.pc.call('clerk', 'list')['clerks']][0]['fingerprint']
    w.col.call('revoke', key, '--reason', 'Nghỉ việc', '--as', 'registrar', secrets={'passphrase': PASS['registrar']})
    w.pc.call('record', 'asset', *ASSET, secrets=PIN)
    a = w.metrics()
    w.pc.call('sync')
    b = w.metrics()
    need('quarantined', grown(a, b, 'kiemke_entries_total', outcome='quarantined', clause=''), 1)
    need('accepted', grown(a, b, 'kiemke_entries_total', outcome='accepted', clause=''), 0)


def test_labels(w):
    """no label names a commune, a PC, a person or a record"""
    fixed = {'outcome', 'clause', 'code', 'route', 'status', 'direction', 'witness', 'webhook', 'version'}
    with open(os.path.join(ROOT, 'server-stub', 'routes.c'), encoding='utf-8') as f:
        text = f.read()
    routes = {'%s %s' % x for x in re.findall(r'\.method = "(\w+)",\s*\.path = "([^"]+)"', text)} | {'none'}
    for name, (_, _, samples) in w.metrics().items():
        for labels in samples:
            need(name, {k for k, _ in labels} <= fixed, True)
            for k, v in labels:
                need('%s=%s' % (k, v), SCOPE in v or CLERK in v or (k == 'route' and v not in routes), False)
                need('clause', k != 'clause' or re.fullmatch(r'([A-Z][0-9]+)?', v) is not None, True)


def test_halted(w):
    """a log that is halted lives and is not ready"""
    epoch = w.col.call('checkpoint')['epoch']
    w.owner.stop()
    with sqlite3.connect(os.path.join(w.col.home, 'store.db')) as db:  # as the word of a witness leaves it (W5)
        db.execute("INSERT INTO setting(name, value) VALUES ('halt', ?)", ('%s chứng 99' % epoch,))
    db.close()
    w.serve()
    status, body = w.ready()
    need('not ready', (status, body['ready'], body['log'], body['store']), (503, False, 'halted', 'ok'))
    need('lives', w.ask('/live').status, 200)
    got = w.metrics()
    need('told', (value(got, 'kiemke_halted'), value(got, 'kiemke_ready')), (1, 0))


TESTS = [test_live, test_alone, test_names, test_counts, test_refused, test_held, test_labels, test_halted]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner.stop()))
