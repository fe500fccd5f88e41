#!/usr/bin/env python3
"""bench: what has a ceiling, and what explains it, measured in one run on one machine.

    bench.py [--only wire,save,page,receipts,ingest,nation] [--grow N] BUILD    one table, each figure beside its ceiling
    bench.py --smoke BUILD                                          few rounds, TAP: counts are asserted, never times

Drives the real programs of BUILD over loopback; tests/tools/herd and load make many PCs of one. State lies in
BUILD/bench-state and is made anew each time.
"""
import argparse
import csv
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))
import country  # noqa: E402
from play import Failed, Owner, Program  # noqa: E402
from wire import Relay  # noqa: E402

SAMPLE = os.path.join(ROOT, 'tests', 'sample')
SCOPE = '01201'
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky'}
PIN = '135790'
CALL = re.compile(r'^(\d+) +([\d.]+) +(?:(\w+)\((?:\d+<([^>]*)>)?|)')

# ceilings: those of the contract ("Costs to hold") and of the issue
WIRE_100, EMPTY_SYNC, VERIFIES, RECORDS_S, FSYNCS, RECEIPTS = 210, 1024, 2.0, 10000, 0.01, 1 / 50
AFTER_ID = 32
FIELDS, SAVE_MS = 100, 5  # saves of the page that are timed, and what one may take beyond an fsync
STATEMENT = {'checked_at': '24/11/2026 16:05', 'declared_adequate': 'co', 'checklist': 'dm_2026_1', 'car': 'co', 'contact_name': 'Lê Văn Ba', 'contact_phone': '0900045101'}
SEARCH_US, READY_MS, IDLE_KIB = 10000, 150, 20 * 1024  # the clerk's page on an old PC, with 10,000 assets
BOARD_MS, LIST_MS, ODATA_MS, FREEZE_S, AGAIN_S, CENTRE_MIB = 300, 200, 300, 5, 60, 200  # the centre, with a country's records of ten weeks
REST_S = 23  # after that long without a question the owner gives memory back (agent/background.c)

FULL = {'pcs': 2500, 'rows': ('100:50000:32', '20:50000:32', '1:2500:128'), 'traced': ('100:20000:32', '1:2000:128'),
        'saves': 100, 'timed_saves': 1000, 'assets': 10000, 'batches': (1, 20, 100), 'nation': (1, 10)}
SMOKE = {'pcs': 30, 'rows': (), 'traced': ('100:2000:8', '20:600:8', '1:30:8'), 'saves': 20, 'timed_saves': 0, 'assets': 300, 'batches': (1, 100), 'nation': (400, 3)}


class Table:
    """Rows: what, figure, ceiling, does it hold (None: only told)."""

    def __init__(self):
        self.rows = []

    def add(self, what, figure, ceiling='', holds=None, count=False):
        """count: asserted by --smoke; a time never is."""
        self.rows.append((what, figure, ceiling, holds, count))

    def show(self):
        wide = max(len(r[0]) for r in self.rows)
        print('%-*s  %18s  %-28s' % (wide, '', 'figure', 'ceiling'))
        for what, figure, ceiling, holds, _ in self.rows:
            print('%-*s  %18s  %-28s%s' % (wide, what, figure, ceiling, '' if holds is None else 'holds' if holds else 'FALLS SHORT'))
        short = [r[0] for r in self.rows if r[3] is False]
        print('\n%d of %d rows with a ceiling hold.' % (sum(r[3] is True for r in self.rows), sum(r[3] is not None for r in self.rows)))
        for what in short:
            print('falls short: %s' % what)

    def tap(self):
        asserted = [r for r in self.rows if r[4]]
        for n, (what, figure, ceiling, holds, _) in enumerate(asserted, 1):
            print('%s %d - %s: %s (ceiling %s)' % ('ok' if holds else 'not ok', n, what, figure, ceiling))
        return 0 if asserted and all(r[3] for r in asserted) else 1


def step(text):
    print('- ' + text, file=sys.stderr, flush=True)


def tool(path, *args, stdin=''):
    """Run a tool of the build; its lines of JSON."""
    p = subprocess.run([path, *map(str, args)], input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode != 0:
        raise Failed('%s ended with %d\n%s' % (os.path.basename(path), p.returncode, p.stderr.decode()))
    return [json.loads(x) for x in p.stdout.decode().splitlines()]


class Trace:
    """Which file each fsync of a traced program went to, and when (strace; other calls run at full speed)."""

    def __init__(self, path, calls='fsync,fdatasync'):
        self.path = path
        self.argv = ['strace', '-f', '--seccomp-bpf', '-qqq', '-y', '-ttt', '-e', 'trace=' + calls, '-o', path]

    def calls(self):
        """[(seconds, call, file)], in the order in which they began."""
        found = []
        with open(self.path, encoding='utf-8', errors='replace') as f:
            for line in f:
                m = CALL.match(line)
                if m and m.group(3):
                    found.append((float(m.group(2)), m.group(3), os.path.basename(m.group(4) or '')))
        return found


class Verifies:
    """How many Ed25519 checks a program has made (verifies.c in front of libsodium)."""

    def __init__(self, folder):
        self.path, self.library = os.path.join(folder, 'verifies'), os.path.join(folder, 'verifies.so')
        subprocess.run(['cc', '-O2', '-shared', '-fPIC', '-o', self.library, os.path.join(HERE, 'verifies.c'), '-ldl'], check=True)
        self.argv = ['-E', 'LD_PRELOAD=' + self.library, '-E', 'KK_VERIFIES=' + self.path]  # for strace to hand on

    def count(self):
        with open(self.path, 'rb') as f:
            return int.from_bytes(f.read(8), sys.byteorder)


class Traced(Owner):
    """An owner process under strace: its own child is what we stop and watch."""

    def __init__(self, program, trace, *args, secrets=None):
        script = trace.path + '.sh'
        with open(script, 'w', encoding='utf-8') as f:
            f.write('#!/bin/sh\nexec %s %s "$@"\n' % (' '.join("'%s'" % a for a in trace.argv), "'%s'" % program.path))
        os.chmod(script, 0o700)
        super().__init__(Program(script, program.home), *args, secrets=secrets)
        with open('/proc/%d/task/%d/children' % (self.p.pid, self.p.pid), encoding='ascii') as f:
            self.pid = int(f.read().split()[0])

    def stop(self, sig=15):
        if self.p.poll() is None:
            os.kill(self.pid, sig)
        self.p.wait(30)


class Bench:
    def __init__(self, build, size):
        self.build, self.size, self.table = build, size, Table()
        self.state = os.path.join(build, 'bench-state')
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state)
        self.col = Program(self.bin('kiemke-collector'), self.path('collector'))
        self.pc = Program(self.bin('kiemke'), self.path('pc'))
        self.pin = {'pin': PIN}
        self.owner = self.relay = None

    def bin(self, name):
        return os.path.join(self.build, name)

    def path(self, *parts):
        return os.path.join(self.state, *parts)

    # ---- a collector and one enrolled PC ----

    def prepare(self):
        step('a collector with its catalogue, and one enrolled PC')
        self.col.call('init', '--name', 'Máy thu thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        self.up()
        slip = self.path('slip.json')
        self.col.call('enrol', 'code', '--scope', SCOPE, '--url', self.relay.url, '--clerks', '1', '--out', slip)
        got = self.pc.call('enrol', slip, '--pc', 'pc', '--clerk', 'Nguyễn Văn An', '--title', 'Công chức', secrets=self.pin)
        if got['state'] != 'approved':
            raise Failed('enrolment: %s' % got['state'])
        self.pc.call('sync')

    def up(self):
        self.owner = Owner(self.col, '--port', '0', secrets={'passphrase': PASS['registrar']})
        self.relay = Relay(int(self.owner.url.rsplit(':', 1)[1]))

    def down(self):
        if self.relay:
            self.relay.close()
        if self.owner:
            self.owner.stop()
        self.owner = self.relay = None

    # ---- wire ----

    def exchange(self):
        """One sync: (records accepted, exchanges of POST /v1/sync)."""
        self.relay.take()
        got = self.pc.call('sync')
        return got['accepted'], [x for x in self.relay.take() if x[0] == '/v1/sync']

    def wire_row(self, what, extra=0, note=''):
        n, seen = self.exchange()
        if n == 0 or len(seen) != 1:
            raise Failed('%s: %d accepted in %d exchanges' % (what, n, len(seen)))
        up, down = seen[0][2] / n, seen[0][4]
        bound = n >= 90
        self.table.add('wire, %d %s in one batch: body up per record' % (n, what), '%.0f B' % up,
                       '%d B%s' % (WIRE_100 + extra, note) if bound else '', up <= WIRE_100 + extra if bound else None, bound)
        self.table.add('    answer, whole body', '%d B' % down)

    def new_assets(self, rows):
        path = self.path('assets.csv')
        with open(path, 'w', encoding='utf-8', newline='') as f:
            csv.writer(f, delimiter=';').writerows(rows)
        got = self.pc.call('import', 'asset', path, '--apply', secrets=self.pin)
        if got['applied'] != len(rows) - 1:
            raise Failed('import: %d of %d rows' % (got['applied'], len(rows) - 1))

    def record_all(self, items):
        path = self.path('items.jsonl')
        with open(path, 'w', encoding='utf-8') as f:
            f.writelines(json.dumps(x, ensure_ascii=False) + '\n' for x in items)
        got = self.pc.call('record', '--file', path, secrets=self.pin)
        if not got['saved']:
            raise Failed('record: %s' % [x for x in got['records'] if x['errors'] or x.get('todo')][:1])

    def wire(self):
        step('bytes on the wire: what a PC sends and receives')
        with open(os.path.join(SAMPLE, 'register', 'assets.csv'), encoding='utf-8-sig', newline='') as f:
            register = list(csv.reader(f, delimiter=';'))
        head, rows = register[0], register[1:]
        for n in self.size['batches']:
            self.new_assets([head] + rows[:n])
            rows = rows[n:]
            self.wire_row('new assets')
        ids = [x['id'] for x in self.pc.call('list', '--kind', 'asset', '--limit', '1000')['items']]
        for k, n in enumerate(self.size['batches']):
            self.record_all({'kind': 'asset', 'id': i, 'fields': {'note': 'Đã kiểm tra tại phòng, đợt %d' % (k + 1)}, 'reason': 'Kiểm tra định kỳ'}
                            for i in ids[:n])
            self.wire_row('changes of one field', AFTER_ID, ' (%d + %d of `after`)' % (WIRE_100, AFTER_ID))
        with open(os.path.join(SAMPLE, 'equipment_check.json'), encoding='utf-8') as f:
            check = json.load(f)
        self.record_all({**check, 'submit': True, 'fields': {**check['fields'], 'checked_at': '2026-11-%02dT10:15' % (n + 1)}} for n in range(9))
        self.wire_row('entries of checks with their lines')
        _, seen = self.exchange()
        body = sum(x[2] + x[4] for x in seen)
        self.table.add('empty sync: bodies, both directions', '%d B' % body, '%d B' % EMPTY_SYNC, body <= EMPTY_SYNC, True)
        self.table.add('empty sync: round trips', '%d' % len(seen), '1', len(seen) == 1, True)
        self.table.add('    with HTTP heads', '%d B' % sum(sum(x[1:]) for x in seen))

    # ---- save ----

    def save(self):
        step('saves of one PC')
        items = self.path('save.jsonl')
        with open(items, 'w', encoding='utf-8') as f:
            for n in range(50):
                f.write(json.dumps({'kind': 'asset', 'fields': {
                    'unit_code': '0045101', 'name': 'Máy tính để bàn Phòng Kinh tế số %d' % n, 'class': 'may_moc_thiet_bi', 'equip_type': 'may_tinh_ban',
                    'brand': 'Đông Á', 'serial': 'SN-26-%05d' % n, 'uom': 'cai', 'quantity': '1', 'origin': 'mua', 'use_year': '2021',
                    'cost_budget': '14.500.000', 'value_basis': 'so_ke_toan', 'condition': 'kha', 'use_state': 'dung_muc_dich',
                    'lifecycle': 'dang_theo_doi'}}, ensure_ascii=False) + '\n')
        n = self.size['saves']
        trace = Trace(self.path('save.trace'), 'fsync,fdatasync,getppid')
        tool(trace.argv[0], *trace.argv[1:], self.bin('save_bench'), self.pc.home, items, n, stdin=PIN + '\n')
        calls = trace.calls()
        marks = [i for i, c in enumerate(calls) if c[1] == 'getppid']
        inside = [c[2] for c in calls[marks[-2] + 1:marks[-1]]]
        wal = sum(name.endswith('-wal') for name in inside)
        self.table.add('agent save: fsyncs in %d saves of one process' % n, '%d' % wal, '%d (1 each)' % n, wal == n, True)
        self.table.add('    of checkpoints, apart', '%d' % (len(inside) - wal))
        if self.size['timed_saves']:
            got = tool(self.bin('save_bench'), self.pc.home, items, self.size['timed_saves'], stdin=PIN + '\n')[0]
            self.table.add('agent save: records/s, one by one, form checked', '%.0f' % (got['saves'] * 1000 / got['wall_ms']))
            self.table.add('    processor time per save', '%.2f ms' % (got['cpu_us'] / got['saves'] / 1000))

    # ---- the clerk's page ----

    def many_assets(self, n):
        """The sample's assets again and again, each with codes of its own."""
        with open(os.path.join(SAMPLE, 'register', 'assets.csv'), encoding='utf-8-sig', newline='') as f:
            rows = list(csv.reader(f, delimiter=';'))
        at = {name: i for i, name in enumerate(rows[0])}
        path = self.path('many.csv')
        with open(path, 'w', encoding='utf-8', newline='') as f:
            out = csv.writer(f, delimiter=';')
            out.writerow(rows[0])
            for k in range(n):
                r = list(rows[1 + k % (len(rows) - 1)])
                for name, value in (('Mã tài sản', '0045101-%06d' % (k + 1)), ('Mã kiểm kê', 'KK%05d' % k), ('Mã cũ', ''), ('Biển số xe', ''),
                                    ('Số sê-ri', 'SN-26-%05d' % k), ('Tên tài sản', '%s số %d' % (r[at['Tên tài sản']], k))):
                    r[at[name]] = value
                out.writerow(r)
        return path

    def page(self):
        n = self.size['assets']
        step('the clerk\'s page with %d assets' % n)
        pc, slip = Program(self.bin('kiemke'), self.path('page')), self.path('slip-page.json')
        self.col.call('enrol', 'code', '--scope', SCOPE, '--url', self.relay.url, '--clerks', '1', '--out', slip)
        pc.call('enrol', slip, '--pc', 'page', '--clerk', 'Lê Văn Ba', '--title', 'Công chức', secrets=self.pin)
        pc.call('import', 'asset', self.many_assets(n), '--apply', secrets=self.pin)
        pc.call('sync')
        got = tool(self.bin('search_bench'), pc.home, 'asset')[0]
        self.table.add('search while typing: things it looks through', '%d' % got['rows'], '%d at least' % n, got['rows'] >= n, True)
        self.table.add('    processor time of one search, 95th of 100', '%.1f ms' % (got['p95_us'] / 1000), '%d ms' % (SEARCH_US // 1000),
                       got['p95_us'] <= SEARCH_US)
        self.table.add('    at the median, the worst of %d' % got['searches'], '%.1f, %.1f ms' % (got['median_us'] / 1000, got['worst_us'] / 1000))
        if self.size['timed_saves']:
            self.idle(pc)

    def idle(self, pc):
        """From the start of the process to the page, and what it holds when nobody has asked for a while."""
        start = time.monotonic()
        owner = Owner(pc)
        try:
            urllib.request.urlopen(owner.url + '/lib/base.js').read()
        except urllib.error.HTTPError:
            pass  # an answer all the same: a page needs a ticket first
        ready = (time.monotonic() - start) * 1000
        self.table.add('page ready after the start of the process', '%.0f ms' % ready, '%d ms' % READY_MS, ready <= READY_MS)
        try:
            pc.call('unlock', '--clerk', 'Lê Văn Ba', secrets=self.pin)
            self.field(pc, owner)
            for words in ('a', 'may', 'tram y te'):
                pc.call('table', 'asset', '--words', words, '--limit', '60')
            time.sleep(REST_S)
            with open('/proc/%d/status' % owner.p.pid, encoding='ascii') as f:
                kib = {k: int(v.split()[0]) for k, v in (x.split(':', 1) for x in f) if k.startswith('Rss') or k == 'VmRSS'}
        finally:
            owner.stop()
        self.table.add('memory at rest, after an unlock and some searches', '%.1f MiB' % (kib['VmRSS'] / 1024), '%d MiB' % (IDLE_KIB // 1024),
                       kib['VmRSS'] <= IDLE_KIB)
        self.table.add('    of it libraries and program; its own', '%.1f, %.1f MiB' % (kib['RssFile'] / 1024, kib['RssAnon'] / 1024))

    def field(self, pc, owner):
        """A field kept as it is left, a check sealed: what either takes beyond one fsync of this disk."""
        with open(os.path.join(pc.home, 'owner.json'), encoding='utf-8') as f:
            token = json.load(f)['token']
        line = http.client.HTTPConnection(owner.url.split('//')[1])

        def ask(name, body):
            line.request('POST', '/api/' + name, json.dumps(body), {'Content-Type': 'application/json', 'Authorization': 'Bearer ' + token})
            return json.loads(line.getresponse().read())

        def timed(f):
            start = time.monotonic()
            f()
            return (time.monotonic() - start) * 1000

        def cpu():
            with open('/proc/%d/stat' % owner.p.pid, encoding='ascii') as f:
                stat = f.read().rsplit(')', 1)[1].split()
            return (int(stat[11]) + int(stat[12])) * 1000 / os.sysconf('SC_CLK_TCK')
        before = cpu()
        disk = os.open(os.path.join(pc.home, 'fsync'), os.O_CREAT | os.O_WRONLY)
        alone, kept, sealed = [], [], []
        for n in range(FIELDS):
            week = ask('draft_new', {'kind': 'weekly_statement', 'clerk': 'Lê Văn Ba', 'fields': {**STATEMENT, 'week': '%d-W%02d' % (2000 + n // 50, n % 50 + 1)}})
            alone.append(timed(lambda: (os.write(disk, b'x' * 2000), os.fsync(disk))))
            kept.append(timed(lambda: ask('draft_set', {'id': week['id'], 'fields': {'contact_name': 'Người %d' % n}})))
            sealed.append(timed(lambda: ask('submit', {'id': week['id'], 'clerk': 'Lê Văn Ba'})))
        os.close(disk)
        base = sorted(alone)[len(alone) // 2]
        for what, took in (('a field kept as it is left', kept), ('a form of ten fields sealed', sealed)):
            over = sorted(took)[len(took) * 95 // 100] - base
            self.table.add('%s, beyond one fsync, 95th of %d' % (what, FIELDS), '%.1f ms' % over, '%d ms' % SAVE_MS, over <= SAVE_MS)
        self.table.add('    processor time of one begun, kept and sealed, mean', '%.1f ms' % ((cpu() - before) / FIELDS))
        self.table.add('    one fsync of this disk, median', '%.1f ms' % base)

    # ---- receipts ----

    def receipts(self):
        step('proofs of a run beside proofs of each entry')
        for r in tool(self.bin('receipt_bench')):
            share = r['range_mean'] / r['single_mean']
            self.table.add('receipts, K=%d, N=%.0e: range proof / single proofs' % (r['k'], r['entries']),
                           '%d B / %d B = 1/%.0f' % (r['range_mean'], r['single_mean'], 1 / share), '1/50', share <= RECEIPTS, True)

    # ---- ingest ----

    def herd(self):
        if os.path.exists(self.path('like.lines')):
            return
        step('certs for %d PCs' % self.size['pcs'])
        self.col.call('lines', self.path('like.lines'))
        self.down()
        tool(self.bin('herd'), self.col.home, self.size['pcs'], stdin=PASS['registrar'] + '\n')

    def load(self, pid, *rows):
        return tool(self.bin('load'), self.owner.url, pid, self.path('like.lines'), self.size['pcs'], *rows)

    def ingest(self):
        self.herd()
        if self.size['rows']:
            step('collector under load')
            self.up()
            rows = self.load(self.owner.p.pid, *self.size['rows'])
            for r in rows:
                self.ingest_row(r)
            self.down()
        self.counted()

    def counted(self):
        """fsyncs and Ed25519 checks of the collector."""
        step('fsyncs and signature checks of the collector')
        trace, verifies = Trace(self.path('serve.trace')), Verifies(self.state)
        trace.argv += verifies.argv
        self.owner = Traced(self.col, trace, '--port', '0', secrets={'passphrase': PASS['registrar']})
        checks = verifies.count()
        rows = self.load(self.owner.pid, *self.size['traced'])
        checks = verifies.count() - checks
        self.owner.stop()
        self.owner = None
        for r in rows:
            inside = [c for c in trace.calls() if r['from_ms'] <= c[0] * 1000 <= r['to_ms']]
            wal = sum(c[2].endswith('-wal') for c in inside)
            bound = r['batch'] >= 100
            self.table.add('collector fsyncs per record, %d records in batches of %d, %d connections' % (r['records'], r['batch'], r['connections']),
                           '1/%.0f' % (r['records'] / wal), '1/100' if bound else '', wal / r['records'] <= FSYNCS if bound else None, bound)
            self.table.add('    commits; fsyncs of checkpoints, apart', '%d; %d' % (wal, len(inside) - wal))
        lines = self.size['pcs'] + sum(r['records'] for r in rows)  # each PC has opened its feed in a request of its own
        requests = self.size['pcs'] + sum(r['requests'] for r in rows)
        self.table.add('collector Ed25519 checks: %d records in %d requests' % (lines, requests), '%d' % checks,
                       '%d (1 each)' % (lines + requests), checks == lines + requests, True)

    def grow(self):
        """The same load again and again: what a record costs when the store has grown."""
        self.herd()
        step('a growing store')
        self.up()
        rows = self.load(self.owner.p.pid, *[self.size['rows'][0]] * self.size['grow'])
        self.down()
        cost = [r['server_cpu_us'] * 1000 / r['records'] / r['verify_ns'] for r in rows]
        first, last = sum(cost[:2]) / 2, sum(cost[-2:]) / 2
        self.table.add('cost of a record after %d more, by its first cost' % sum(r['records'] for r in rows[1:-1]), '%.2f' % (last / first),
                       '1.2 (26 million rows)', last / first <= 1.2)
        self.table.add('    collector CPU per record / one verify, each %d' % rows[0]['records'], ' '.join('%.2f' % c for c in cost))

    def ingest_row(self, r):
        n, us = r['records'], r['server_cpu_us'] / r['records']
        title = 'ingest, %d records in batches of %d, %d connections: ' % (n, r['batch'], r['connections'])
        main = r['batch'] == 100
        speed = n * 1000 / r['wall_ms']
        self.table.add(title + 'records/s', '%.0f' % speed, '%d (two cores)' % RECORDS_S if main else '', speed >= RECORDS_S if main else None)
        ratio = us * 1000 / r['verify_ns']
        self.table.add('    collector CPU per record / one Ed25519 verify', '%.2f' % ratio, '%.1f' % VERIFIES if main else '',
                       ratio <= VERIFIES if main else None)
        self.table.add('    the same in µs: record, verify beside the load, verify when idle',
                       '%.0f, %.0f, %.0f' % (us, r['verify_ns'] / 1000, r['verify_idle_ns'] / 1000))
        self.table.add('    wall; CPU of collector, of load generator, of everybody else', '%.1f; %.1f, %.1f, %.1f s' % (
            r['wall_ms'] / 1e3, r['server_cpu_us'] / 1e6, r['client_cpu_us'] / 1e6,
            max(0, r['machine_cpu_us'] - r['server_cpu_us'] - r['client_cpu_us']) / 1e6))
        self.table.add('    records per second of CPU of collector and generator, times cores',
                       '%.0f' % (n * 1e6 * os.cpu_count() / (r['server_cpu_us'] + r['client_cpu_us'])))
        self.table.add('    body up per record', '%.0f B' % (r['up'] / n))
        self.table.add('    collector memory at the end, most', '%.0f, %.0f MiB' % (r['rss_kib'] / 1024, r['peak_kib'] / 1024))

    # ---- the centre with a country's records ----

    def nation(self):
        one_in, weeks = self.size['nation']
        step("the country's records: one commune in %d, %d weeks" % (one_in, weeks))
        col, folder = Program(self.bin('kiemke-collector'), self.path('nation')), self.path('nation-files')
        os.makedirs(folder)
        start = time.monotonic()
        n = country.load(col, self.bin('nation'), folder, one_in, weeks)
        wall = time.monotonic() - start
        self.table.add('country: records in the log, of those sealed', '%d' % (n['accepted'] + n['held']), '%d' % n['records'],
                       n['accepted'] + n['held'] == n['records'], True)
        self.table.add('    sealed and sequenced in one process, one issue frozen: records/s', '%.0f' % (n['records'] / wall))
        self.centre(col, folder, weeks)

    def centre(self, col, folder, weeks):
        """What staff wait for, asked by command: the start of a process is in each time."""
        owner = Owner(col, '--port', '0', secrets=country.REGISTRAR)
        week = '2026-W%02d' % (38 + weeks)

        def timed(*args, secrets=None):
            start = time.monotonic()
            got = col.call(*args, secrets=secrets)
            return got, (time.monotonic() - start) * 1000

        try:
            self.table_ms('centre: the board', min(timed('board', '--week', week)[1] for _ in range(3)), BOARD_MS)
            filters = ([], ['--kind', 'weekly_statement'], ['--scope', '00004'], ['--province', '01'], *(['--state', x] for x in ('received', 'returned', 'disputed')),
                       *(['--flag', x] for x in ('late', 'quarantined')), ['--province', '01', '--state', 'approved'],
                       *(['--waiting', x] for x in ('commune', 'centre')))
            self.table_ms('centre: a page of submissions, slowest of %d filters' % len(filters),
                          max(min(timed('submissions', '--limit', '50', *f)[1] for _ in range(2)) for f in filters), LIST_MS)
            self.tables(col, owner.url)
            got, ms = timed('report', 'freeze', '--week', week, '--as', 'reporter', secrets=country.STAFF)
            self.table.add('centre: an issue frozen, its key unlocked', '%.1f s' % (ms / 1000), '%d s' % FREEZE_S, ms <= FREEZE_S * 1000)
            export = os.path.join(folder, 'w.jsonl')
            again, ms = timed('report', '--week', week, '--lines', export)
            self.table.add('    made once more, with its export of %d MiB' % (os.path.getsize(export) >> 20), '%.1f s' % (ms / 1000))
            with open('/proc/%d/status' % owner.p.pid, encoding='ascii') as f:
                peak = next(int(x.split()[1]) for x in f if x.startswith('VmHWM')) / 1024
            self.table.add('centre: most memory of the collector meanwhile', '%.0f MiB' % peak, '%d MiB' % CENTRE_MIB, peak <= CENTRE_MIB)
        finally:
            owner.stop()
        start = time.monotonic()
        seen = Program(self.bin('kiemke'), self.path('auditor')).call('verify', export, '--key', os.path.join(folder, 'root.pub'))
        spent = time.monotonic() - start
        self.table.add('centre: the issue made again by a verifier, %d entries' % seen['entries'], '%.1f s' % spent, '%d s' % AGAIN_S, spent <= AGAIN_S)
        same = seen['ok'] and seen['report']['csv'] == got['csv'] == again['csv']
        self.table.add('centre: figures of collector and verifier', 'the same' if same else 'differ', 'the same', same, True)

    def tables(self, col, url):
        """What a spreadsheet waits for: the first page of each table by an access token, over HTTP."""
        token = col.call('token', 'add', 'Bench', '--account', 'reporter', '--as', 'registrar', secrets=country.REGISTRAR)['token']
        for table in ('Submissions', 'Units', 'facility', 'weekly_statement', 'asset'):
            req = urllib.request.Request('%s/odata/%s' % (url, table), headers={'Authorization': 'Bearer ' + token})
            spent = []
            for _ in range(3):
                start = time.monotonic()
                with urllib.request.urlopen(req, timeout=120) as res:
                    rows = len(json.load(res)['value'])
                spent.append((time.monotonic() - start) * 1000)
            self.table_ms('centre: first page of %s by OData, %d rows' % (table, rows), min(spent), ODATA_MS)

    def table_ms(self, what, ms, ceiling):
        self.table.add(what, '%.0f ms' % ms, '%d ms' % ceiling, ms <= ceiling)


def machine():
    """What the figures were measured on, without names."""
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        model = next((x.split(':')[1].strip() for x in f if x.startswith('model name')), 'unknown')
    return '%s, %d cores, load %s at the start' % (model, os.cpu_count(), '%.1f' % os.getloadavg()[0])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--smoke', action='store_true')
    ap.add_argument('--only', default='wire,save,page,receipts,ingest,nation')
    ap.add_argument('--grow', type=int, default=0, metavar='N', help='after the rest: N times 50,000 records more')
    ap.add_argument('build')
    args = ap.parse_args()
    bench = Bench(os.path.abspath(args.build), SMOKE if args.smoke else {**FULL, 'grow': args.grow})
    print('%s%s' % ('# ' if args.smoke else '', machine()), flush=True)
    start = time.monotonic()
    try:
        if args.only != 'nation':
            bench.prepare()
        for name in ('wire', 'save', 'page', 'receipts', 'ingest', 'nation'):
            if name in args.only.split(',') or (name == 'wire' and args.only not in ('page', 'nation')):  # the others use the records it makes
                getattr(bench, name)()
        if args.grow:
            bench.grow()
    except Failed as e:
        print('bench: %s' % e, file=sys.stderr)
        return 70
    finally:
        bench.down()
    if args.smoke:
        return bench.table.tap()
    bench.table.show()
    print('%.0f s' % (time.monotonic() - start))
    return 0


if __name__ == '__main__':
    sys.exit(main())
