#!/usr/bin/env python3
"""Make a weekly report again from its export, knowing only sync/FORMAT.md (R1 to R12) and the built-in forms.

    python3 tests/outside/report.py EXPORT ROOTKEY [CSV [ONE_IN]]

ROOTKEY is b64u. Checks every line, signature (of one entry in ONE_IN) and the tree as verify.py does, counts anew, compares with CSV (rows,
percentages, communes) and prints the totals as JSON. Ends with 0, or names the first thing that is not so. Shares
nothing with the programs.
"""
import collections
import csv
import datetime
import hashlib
import io
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from verify import Entry, Keyring, Refused, check_note, sha, tree_root, unb64u  # noqa: E402

FORMS = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'sync', 'forms')
FIGURES = ('units reported declared verified short unknown unverified no_car car_exempt poor places handled to_office to_service '
           'to_health to_school to_culture to_other remaining undecided verified_change verified_fix handled_change handled_fix obstacles').split()
LEVELS = (None, 'commune', 'province', 'centre')
PURPOSE = {'tru_so': 'to_office', 'hdsn': 'to_service', 'y_te': 'to_health', 'giao_duc': 'to_school', 'vh_tt': 'to_culture'}
READ = {'facility': ['surplus_status'], 'weekly_statement': ['week', 'declared_adequate', 'missing', 'car', 'obstacles', 'supersedes', 'children'],
        'facility_check': ['facility_id', 'checked_at', 'supersedes', 'children'], 'equipment_check': ['checked_at', 'supersedes', 'children'],
        'equipment_line': ['check', 'quality'], 'inventory': ['counted_at'], 'review': ['target', 'target_entry', 'state', 'level'], 'choice': ['of', 'chosen'],
        'schedule': ['kind', 'period', 'due_weekday', 'due_day', 'due_month', 'due_date', 'due_hour', 'scopes', 'starts_on', 'ends_on'],
        'catalogue': ['blob'], 'merger': ['closed', 'into'], 'report': ['week', 'size', 'root', 'csv', 'previous']}
CSV_ORDER = ['units', 'reported', ('reported', 'units'), 'declared', 'verified', ('verified', 'units'), 'short', 'unknown', 'unverified', 'no_car',
             'car_exempt', 'poor', 'places', 'handled', 'to_office', 'to_service', 'to_health', 'to_school', 'to_culture', 'to_other', 'remaining',
             'undecided', ('handled', 'remaining+'), 'verified_change', 'verified_fix', 'handled_change', 'handled_fix', 'obstacles']


def key_id(kind, *parts):
    """E23."""
    h = bytearray(sha(b'\0'.join([kind.encode()] + [p.encode() for p in parts]))[:16])
    h[6], h[8] = h[6] & 15 | 0x80, h[8] & 63 | 0x80
    x = h.hex()
    return '-'.join((x[:8], x[8:12], x[12:16], x[16:20], x[20:]))


# ---- what a field shows (R12): what is not of the form asked for is as if it were not there ----

def text(v, longest=None):
    return v if isinstance(v, str) and (longest is None or len(v.encode()) <= longest) else ''


def number(v, least, greatest=2**53):
    return v if isinstance(v, int) and not isinstance(v, bool) and least <= v <= greatest else None


def listed(v):
    return v if isinstance(v, list) else []


def record_id(v):
    return v if re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', text(v)) else None


def entry_id(v):
    try:
        return unb64u(text(v), 32)
    except Refused:
        return None


def day(v):
    """A day of the calendar."""
    m = re.fullmatch('([0-9]{4})-([0-9]{2})-([0-9]{2})', text(v), re.A)
    try:
        return datetime.date(*map(int, m.groups())) if m and int(m[1]) >= 1800 else None
    except ValueError:
        return None


def week_of(v):
    m = re.fullmatch('([0-9]{4})-W([0-9]{2})', text(v), re.A)
    try:
        return v if m and 1800 < int(m[1]) < 9999 and datetime.date.fromisocalendar(int(m[1]), int(m[2]), 1) else None
    except ValueError:
        return None


# ---- merge (M2-M9) ----

def policies(kind):
    with open(os.path.join(FORMS, kind + '.json'), encoding='utf-8') as f:
        found = {x['name']: x.get('merge', 'keep') for x in json.load(f)['fields']}
    return {**found, 'reason': 'latest'}


class Record:
    """An entity of the admitted entries given to it."""

    def __init__(self, key):
        self.scope, self.kind, self.id = key
        self.writes, self.dead, self.first, self.last, self.newest = {}, set(), None, None, None

    def apply(self, e, central):
        for field, value in e.o['set'].items():
            self.writes.setdefault(field, {})[e.id] = (json.dumps(value, ensure_ascii=False), e.o.get('at', 0), central, e.by is not None, value)
            self.dead.update((field, unb64u(t, 32)) for t in e.o['after'])
        self.first = e.index if self.first is None else self.first
        self.last, self.newest = e.index, e.id

    def live(self, field):
        return {i: w for i, w in self.writes.get(field, {}).items() if (field, i) not in self.dead}

    def conflict(self, field):
        return POLICY[self.kind].get(field, 'keep') in ('keep', 'immutable') and len({w[0] for w in self.live(field).values()}) > 1

    def undecided(self):
        return any(self.conflict(f) for f in READ[self.kind])

    def get(self, field):
        live = self.live(field)
        if not live:
            return None
        policy = POLICY[self.kind].get(field, 'keep')
        if policy == 'union':
            return sorted({s for w in live.values() if not w[3] for s in (w[4] if isinstance(w[4], list) else [w[4]]) if isinstance(s, str)})
        central = [i for i in live if live[i][2]] if policy == 'central' else []
        best = live[max(central or live, key=lambda i: (live[i][1], i))]
        return None if best[3] else best[4]


POLICY = {kind: policies(kind) for kind in READ}


class Base:
    """What the first `size` leaves say, by the keys they leave (A12)."""

    def __init__(self, entries, size, root):
        ring = Keyring(root)
        for e in entries[:size]:
            ring.learn(e)
        ring.settle()
        self.ring, self.ids, self.records = ring, {e.id for e in entries[:size]}, {}
        for e in entries[:size]:
            if e.o['op'] != 'set' or e.o['kind'].split('/')[0] not in READ or not ring.admitted(e):
                continue
            key = e.o['scope'], e.o['kind'].split('/')[0], e.o['id']
            roles = {c['role'] for c in ring.certs.get(e.key, [])}
            central = e.key == root or bool(roles - {'clerk', 'device'})
            if key[1] in ('review', 'report') and key in self.records:  # M21: it is its first entry
                continue
            self.records.setdefault(key, Record(key)).apply(e, central)
        self.kinds = collections.defaultdict(list)
        for r in self.records.values():
            self.kinds[r.kind].append(r)
        self.counting = {k: self.chain(k) for k in ('weekly_statement', 'facility_check', 'equipment_check')}
        self.mergers = {text(m.get('closed'), 5): text(m.get('into'), 5) for m in self.kinds['merger'] if not m.undecided() and
                        text(m.get('into'), 5) and text(m.get('closed'), 5) and m.id == key_id('merger', m.get('closed'))}

    def whole(self, r):
        return all(c in self.ids for c in map(entry_id, listed(r.get('children'))) if c)

    def chain(self, kind):
        """M12, M17: the records of a kind that count."""
        whole = {(r.scope, r.id): r for r in self.kinds[kind] if self.whole(r)}
        after, links = collections.defaultdict(list), set()
        for r in whole.values():
            old = record_id(r.get('supersedes'))
            if old and old != r.id:
                after[r.scope, old].append(r.id)
                links.add((r.scope, r.id))
        counts = {k for k in whole if k not in links}
        for start in [k for k in after if k not in links]:
            at = start
            while at in after:
                runs = sorted(after[at])
                nxt = runs[0] if len(runs) == 1 else self.chosen(at, runs)
                if nxt is None or nxt == at[1]:
                    break
                counts.discard(at)
                at = at[0], nxt
                counts.add(at)
        return [whole[k] for k in counts if k in whole]

    def chosen(self, of, runs):
        c = self.records.get((of[0], 'choice', key_id('choice', of[1])))
        if c is None or c.undecided() or c.get('of') != of[1] or not set(runs) <= set(listed(c.get('among'))):
            return None
        return c.get('chosen') if c.get('chosen') in runs + [of[1]] else None

    def reviewed(self, r):
        speak = (x for x in self.kinds['review'] if x.scope == r.scope and x.get('target') == r.id and
                 (not text(x.get('target_entry')) or entry_id(x.get('target_entry')) == r.newest))
        last = max(speak, key=lambda x: (LEVELS.index(x.get('level') if x.get('level') in LEVELS else None), x.last), default=None)
        if last is None or last.get('state') not in ('approved', 'returned', 'rejected'):
            return 'open'
        return 'approved' if last.get('state') == 'approved' else 'returned'

    def catalogue(self):
        for r in sorted(self.kinds['catalogue'], key=lambda x: x.first):
            if not r.undecided() and isinstance(r.get('blob'), dict):
                return r.get('blob')['sha256']
        raise Refused('R3', 'no catalogue')

    def places(self):
        """M15: each thing once, as its head."""
        groups = {}
        for r in self.kinds['facility']:
            groups[r.scope, r.id] = {(r.scope, r.id)}
        for r in self.kinds['facility']:
            a, b = (r.scope, r.id), (r.scope, record_id(r.get('same_as')))
            if b in groups and groups[a] is not groups[b]:
                both = groups[a] | groups[b]
                for k in both:
                    groups[k] = both
        return [self.records[s, 'facility', i] for s, i in groups if i == min(x for _, x in groups[s, i])]


# ---- communes ----

class Units:
    def __init__(self, text):
        lines = [x for x in text.lstrip('\ufeff').splitlines() if not x.startswith('#')]
        self.rows = {r['commune_code']: r for r in csv.DictReader(lines, delimiter=';' if ';' in lines[0] else ',')}
        self.names = {r['province_code']: r['province_name'] for r in reversed(list(self.rows.values()))}

    def province(self, code):
        return self.rows[code]['province_code'] if code in self.rows else ''

    def follow(self, base, code):
        passed = [code]
        while code not in self.rows and len(passed) < 64 and base.mergers.get(passed[-1], code) not in passed:
            passed.append(base.mergers[passed[-1]])
        return passed[-1] if passed[-1] in self.rows else None

    def of(self, base, place):
        code = text(place.get('commune_code'), 5)
        return code and self.follow(base, code) or self.follow(base, place.scope)


# ---- schedules (R5) ----

def month_day(month, day):
    first = datetime.date(month // 12, month % 12 + 1, 1)
    after = datetime.date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + datetime.timedelta(day - 1), after - datetime.timedelta(1))


def period(s, today):
    """(from, until, due day) of the period of a schedule that today lies in."""
    starts, ends = day(s.get('starts_on')), day(s.get('ends_on'))
    if starts and today < starts or ends and today > ends:
        return None
    kind, days = s.get('period'), datetime.timedelta
    if kind == 'hang_tuan':
        monday = today - days(today.weekday())
        at = text(s.get('due_weekday'))
        return (monday, monday + days(7), monday + days(int(at) - 1)) if re.fullmatch('[1-7]', at) else None
    if kind == 'mot_lan':
        due = day(s.get('due_date'))
        try:
            return due and (starts or datetime.date(1970, 1, 1), max(today, due) + days(1), due)
        except OverflowError:
            return None
    n = {'hang_thang': 1, 'hang_quy': 3, 'hang_nam': 12}.get(text(kind))
    at, month = number(s.get('due_day'), 1, 31), number(s.get('due_month'), 1, 12)
    if not n or not at or n == 12 and not month:
        return None
    first = (today.year * 12 + today.month - 1) // n * n
    last = first + n - 1 if n < 12 else first + month - 1
    return month_day(first, 1), month_day(first + n, 1), month_day(last, at)


def due_period(s, week):
    hour = s.get('due_hour')
    if number(hour, -2**53) is not None and number(hour, 0, 23) is None:
        return None
    wednesday = datetime.date.fromisocalendar(int(week[:4]), int(week[6:]), 3)
    p = period(s, wednesday)
    if p and p[2] > wednesday and s.get('period') != 'mot_lan':
        p = period(s, p[0] - datetime.timedelta(1))
    return p if p and p[2] <= wednesday else None


def holds(p, at):
    at = text(at).encode()[:10]
    return len(at) == 10 and p[0].isoformat().encode() <= at < p[1].isoformat().encode()


# ---- one week (R4 to R6) ----

Standing = collections.namedtuple('Standing', 'statement sure group due done poor')


def standings(base, units, week):
    found = {code: [] for code in units.rows}
    for r in base.counting['weekly_statement']:
        if r.scope in found and r.get('week') == week:
            found[r.scope].append(r)
    due, done = {c: 1 for c in found}, {c: int(bool(x)) for c, x in found.items()}
    ask(base, units, week, due, done)
    out, bad = {}, poor(base)
    for code, all_of in found.items():
        statement = max(all_of, key=lambda r: r.id) if all_of else None
        sure = len(all_of) == 1 and not statement.undecided()
        out[code] = Standing(statement, sure, group(base, statement) if sure else '6', due[code], done[code], code in bad)
    return out


def group(base, r):
    review = base.reviewed(r)
    if review == 'returned':
        return '6'
    if r.get('declared_adequate') == 'chua' or listed(r.get('missing')):
        return '5'
    if r.get('declared_adequate') != 'co':
        return '6'
    return '4' if review == 'approved' else '6a'


def ask(base, units, week, due, done):
    for s in base.kinds['schedule']:
        asks = not s.undecided() and text(s.get('kind')) in ('facility_check', 'equipment_check', 'inventory')
        p = due_period(s, week) if asks else None
        if not p:
            continue
        meant = {c for c in units.rows if {'*', c, units.province(c)} & set(listed(s.get('scopes')))}
        if s.get('kind') == 'facility_check':
            visited = {record_id(v.get('facility_id')) for v in base.counting['facility_check'] if holds(p, v.get('checked_at'))}
            for place in base.places():
                code = units.of(base, place)
                if code in meant:
                    due[code] += 1
                    done[code] += place.id in visited
            continue
        every, at = {'inventory': (base.kinds['inventory'], 'counted_at'),
                     'equipment_check': (base.counting['equipment_check'], 'checked_at')}[s.get('kind')]
        there = {c.scope for c in every if holds(p, c.get(at))}
        for code in meant:
            due[code] += 1
            done[code] += code in there


def poor(base):
    """Communes with poor equipment in the newest check that counts."""
    newest = {}
    for c in sorted(base.counting['equipment_check'], key=lambda c: c.first):
        newest[c.scope] = c.id
    return {x.scope for x in base.kinds['equipment_line']
            if x.scope in newest and x.get('check') == newest[x.scope] and x.get('quality') == 'khong_dap_ung' and not x.undecided()}


# ---- rows (R6 to R8) ----

def count(base, units, week):
    rows = collections.defaultdict(collections.Counter)
    stand = standings(base, units, week)
    for code, s in stand.items():
        row = rows[units.province(code)]
        said = s.statement.get if s.sure else lambda f: None
        row.update({'units': 1, 'reported': s.done == s.due, 'declared': s.group in ('4', '6a'), 'verified': s.group == '4', 'short': s.group == '5',
                    'unknown': s.group in ('6', '6a'), 'unverified': s.group == '6a', 'no_car': said('car') == 'chua',
                    'car_exempt': said('car') == 'khong_thuoc_doi_tuong', 'poor': s.poor, 'obstacles': bool(text(said('obstacles')))})
    for p in base.places():
        row, status = rows[units.province(units.of(base, p))], p.get('surplus_status')
        row['places'] += 1
        if p.conflict('surplus_status'):
            row['undecided'] += 1
        elif status == 'da_xu_ly':
            row['handled'] += 1
            row[PURPOSE.get('' if p.conflict('handling_purpose') else text(p.get('handling_purpose')), 'to_other')] += 1
        elif status in ('chua_phuong_an', 'co_phuong_an', 'dang_xu_ly'):
            row['remaining'] += 1
    return rows, stand


def handled(base):
    return {(p.scope, p.id): p for p in base.places() if p.get('surplus_status') == 'da_xu_ly' and not p.conflict('surplus_status')}


def change(rows, now, units, then, old, week):
    """R8: (12), and of it what is a correction."""
    printed, was = count(then, old, week)
    again = standings(now, old, week)
    for province in set(rows) | set(printed):
        to = province if province in units.names else ''
        for f in ('verified', 'handled'):
            rows[to][f + '_change'] -= printed[province][f] if province in printed else 0
    for province in list(rows):
        for f in ('verified', 'handled'):
            rows[province][f + '_change'] += rows[province][f]
    for code, s in was.items():
        a, b = s.group == '4', again[code].group == '4'
        other = s.statement and again[code].statement and s.statement.id != again[code].statement.id
        at = units.province(code) if code in units.rows else old.province(code) if old.province(code) in units.names else ''
        rows[at]['verified_fix'] += -1 if a and not b else int(bool(b and not a and other))
    still = handled(now)
    for key, p in handled(then).items():
        province = old.province(old.of(then, p))
        rows[province if province in units.names else '']['handled_fix'] -= key not in still


# ---- the file ----

def read(path, root, one_in):
    with open(path, encoding='utf-8', newline='\n') as f:
        lines = [json.loads(x) for x in f.read().split('\n')[:-1]]
    head, blobs, entries, ring = lines[0], {}, [], Keyring(root)
    for x in lines[1:]:
        if 'blob' in x:
            if hashlib.sha256(x['text'].encode()).hexdigest() != x['blob']:
                raise Refused('R3', 'blob is not what its name says', x['blob'])
            blobs[x['blob']] = x['text']
            continue
        if 'file' in x:
            if hashlib.sha256(x['file'].encode()).hexdigest() != head['csv']:
                raise Refused('R10', 'the file is another one than the head says')
            head['file'] = x['file']
            continue
        e = Entry(x['line'].encode(), len(entries))
        e.check(ring.by_prefix, len(entries) % one_in == 0)
        ring.learn(e)
        entries.append(e)
    if len(entries) != head['size'] or tree_root([e.leaf() for e in entries]) != unb64u(head['root'], 32):
        raise Refused('R10', 'the lines do not give the root')
    ring.settle()
    check_erased(head, entries, ring)
    logs = [e for e in entries if e.o['op'] == 'log' and e.key == root]
    if check_note(head['checkpoint'], unb64u(logs[-1].o['set']['key'], 32)) != (head['size'], unb64u(head['root'], 32)):
        raise Refused('R10', 'the checkpoint speaks of something else')
    return head, blobs, entries


def check_erased(head, entries, ring):
    """A16, R10: what is erased was erased by who may; the head's `since`: how many of that after the issue."""
    among = {e.id: e for e in entries if e.o['op'] == 'erase'}
    head['since'] = 0
    for e in entries:
        if not e.by:
            continue
        by = among.get(e.by.id) or e.by
        by.check(ring.by_prefix)
        if not ring.allowed(by):  # a later revoke brings nothing back
            raise Refused('A16', 'its erase is by nobody who may', 'entry %s' % b64u(e.id))
        head['since'] += e.by.id not in among


def sealed(head, entries, root):
    """R10: does a reporter's own entry say this file? Only then may it differ from what the leaves give."""
    if 'issue' not in head or not head['since']:
        return False
    ring = Keyring(root)
    for e in entries:
        ring.learn(e)
    ring.settle()
    e = Entry(head['issue'].encode(), len(entries))
    e.check(ring.by_prefix)
    said = {k: v for k, v in e.o['set'].items() if k in ('week', 'size', 'root', 'csv', 'previous')}
    same = said == {k: head[k] for k in ('week', 'size', 'root', 'csv', 'previous') if k in head}
    return e.o['op'] == 'set' and e.o['kind'].split('/')[0] == 'report' and e.o['id'] == key_id('report', head['week']) and same and ring.admitted(e)


def is_issue(r):
    """R1, R12."""
    ok = week_of(r.get('week')) and number(r.get('size'), 1, r.first) and entry_id(r.get('root')) and re.fullmatch('[0-9a-f]{64}', text(r.get('csv')))
    before = r.get('previous')
    return ok and not r.undecided() and r.id == key_id('report', r.get('week')) and (not isinstance(before, str) or week_of(before))


def issue_before(base, entries, week):
    """R8: the issue of the greatest week below this one."""
    found = [r for r in base.kinds['report'] if is_issue(r) and r.get('week') < week]
    for r in sorted(found, key=lambda x: x.get('week'), reverse=True):
        if tree_root([e.leaf() for e in entries[:r.get('size')]]) == unb64u(r.get('root'), 32):
            return r
    return None


def percent(part, whole):
    return '%d,%d' % divmod(part * 1000 // whole, 10) if whole else ''


def cells(row, changes):
    out = []
    for c in CSV_ORDER:
        if isinstance(c, tuple):
            out.append(percent(row[c[0]], row['handled'] + row['remaining'] if c[1] == 'remaining+' else row[c[1]]))
        else:
            out.append('' if not changes and c.endswith(('_change', '_fix')) else '%d' % row[c])
    return out


def compare(path, head, rows, total, stand, units, before, may_differ):
    with open(path, 'rb') as f:
        raw = f.read()
    if hashlib.sha256(raw).hexdigest() != head['csv'] or not raw.startswith(b'\xef\xbb\xbf'):
        raise Refused('R9', 'the file is another one than the head says')
    table = list(csv.reader(io.StringIO(raw.decode('utf-8-sig'), newline=''), delimiter=';'))
    want = [[str(i + 1), '="%s"' % p if p else '', units.names.get(p, 'Ngoài danh mục')] + cells(rows[p], before) for i, p in enumerate(sorted(rows, key=lambda p: p or '~'))]
    want.append(['', '', 'Cả nước'] + cells(total, before))
    start = next(i for i, r in enumerate(table) if r and r[0] == 'STT') + 2
    if 'file' in head and may_differ:  # some of what it counted was erased since: it cannot be made again
        return
    if table[start:start + len(want)] != want:
        raise Refused('R9', 'rows differ', '%r, not %r' % (table[start:start + len(want)], want))
    got = {r[1][2:-1]: (r[3].strip('()'), int(r[4]), int(r[5])) for r in table[start + len(want) + 2:]}
    if got != {c: (s.group, s.done, s.due) for c, s in stand.items()}:
        raise Refused('R9', 'communes differ')


def main(argv):
    if len(argv) not in (3, 4, 5):
        print(__doc__.strip(), file=sys.stderr)
        return 64
    try:
        root = unb64u(argv[2], 32)
        head, blobs, entries = read(argv[1], root, int(argv[4]) if len(argv) == 5 else 1)
        now = Base(entries, head['size'], root)
        units = Units(blobs[now.catalogue()])
        rows, stand = count(now, units, head['week'])
        before = issue_before(now, entries, head['week'])
        if before:
            then = Base(entries, before.get('size'), root)
            change(rows, now, units, then, Units(blobs[then.catalogue()]), before.get('week'))
        rows = {p: r for p, r in rows.items() if p or any(r.values())}
        total = collections.Counter()
        for r in rows.values():
            for f in FIGURES:
                total[f] += r[f]
        if len(argv) > 3:
            compare(argv[3], head, rows, total, stand, units, before, sealed(head, entries, root))
    except Refused as e:
        print('refused: %s' % e, file=sys.stderr)
        return 65
    print(json.dumps({f: int(total[f]) for f in FIGURES if before or not f.endswith(('_change', '_fix'))}))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
