#!/usr/bin/env python3
"""Recount a run of the main job from its raw lines, knowing only sync/FORMAT.md.

    python3 tests/outside/verify.py D
    python3 tests/outside/verify.py receipts FOLDER...
    python3 tests/outside/verify.py checkpoint FILE POLICY

D holds what `./run --once --state D` leaves: log.lines (every entry line in log order), checkpoint
(the newest signed note), root.pub (b64u of the root's key), blobs/ (forms by SHA-256), receipts/*/
{payload,proof,author.pub,policy} and summary.json. Prints

    entries N signatures N leaves N receipts N conflicts N closed N logs N

and ends with 0 when all verifies and equals the summary; otherwise names the first thing that does not,
with its id and clause. The second form checks receipts alone and prints `receipts N proven N`, the third a checkpoint
with the cosignatures of witnesses and prints `size N cosignatures N quorum N`: both by the policy (L7) and its quorum. Shares nothing with the programs: Ed25519 (RFC 8032) is written out here.
"""
import base64
import hashlib
import json
import os
import re
import sys


class Refused(Exception):
    """A broken clause: what, and where."""

    def __init__(self, clause, what, where=''):
        super().__init__('%s: %s%s' % (clause, what, ' (%s)' % where if where else ''))


# ---- Ed25519, RFC 8032 section 6, cofactorless ----

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


BY = 4 * pow(5, P - 2, P) % P
BX = recover_x(BY, 0)
BASE = (BX, BY, 1, BX * BY % P)


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def mul(s, p):
    out = (0, 1, 1, 0)
    while s:
        if s & 1:
            out = add(out, p)
        p = add(p, p)
        s >>= 1
    return out


def decompress(b):
    y = int.from_bytes(b, 'little')
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def ed25519_verify(key, message, sig):
    a, r = decompress(key), decompress(sig[:32])
    s = int.from_bytes(sig[32:], 'little')
    if a is None or r is None or s >= Q:
        return False
    k = int.from_bytes(hashlib.sha512(sig[:32] + key + message).digest(), 'little') % Q
    left, right = mul(s, BASE), add(r, mul(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and \
        (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- small things ----

def sha(b):
    return hashlib.sha256(b).digest()


def unb64u(s, length):
    try:
        b = base64.urlsafe_b64decode(s + '=' * (-len(s) % 4))
    except ValueError:
        raise Refused('E9', 'not base64url', s)
    if len(b) != length or b64u(b) != s:
        raise Refused('E9', 'base64url of another length or spelling', s)
    return b


def b64u(b):
    return base64.urlsafe_b64encode(b).rstrip(b'=').decode()


def unique(pairs):
    out = {}
    for k, v in pairs:
        if k in out:
            raise Refused('E6', 'duplicate member', k)
        out[k] = v
    return out


def no_float(_):
    raise Refused('E5', 'a fraction or exponent')


COMMON = ['v', 'feed', 'seq', 'prev', 'at', 'seen', 'op', 'scope']
LATER = 'later'  # stands for any op of another version
AUTHORITY = ('cert', 'revoke', 'admit', 'form', 'erase', 'log')


def member_orders(op):
    if op == 'open':
        return [COMMON + ['salt'], COMMON + ['set', 'salt']]
    if op == 'set':
        return [COMMON + ['id', 'kind', 'after', 'set', 'salt']]
    if op in AUTHORITY:
        return [COMMON + ['set', 'salt']]
    raise Refused('E13', 'unknown op', op)


def parse_later(o):
    """E8: of another version the common members are read; it has a place in its feed and in the log, and no more."""
    if not re.fullmatch('kk([2-9]|[1-9][0-9]{1,3})', str(o.get('v'))) or list(o)[:8] != COMMON or not re.fullmatch('[a-z]{1,16}', str(o['op'])):
        raise Refused('E8', 'another version')
    unb64u(o['feed'], 16)
    if (o['seq'] == 0) != (o['prev'] == ''):
        raise Refused('E10', 'seq and prev')
    if not re.fullmatch(r'\*|[0-9]{5}', o['scope']) or o['scope'] == '00000':
        raise Refused('E14', 'scope', o['scope'])
    return {**{k: o[k] for k in COMMON}, 'op': LATER}


def parse_payload(raw):
    """E2-E19, as far as a recount needs them; byte equality does most of the work."""
    if not 2 <= len(raw) <= 16384:
        raise Refused('E2', 'length')
    try:
        text = raw.decode('utf-8')
    except UnicodeDecodeError:
        raise Refused('E2', 'not UTF-8')
    try:
        o = json.loads(text, object_pairs_hook=unique, parse_float=no_float, parse_constant=no_float)
    except json.JSONDecodeError:
        raise Refused('E3', 'not JSON')
    if json.dumps(o, ensure_ascii=False, separators=(',', ':')) != text:
        raise Refused('E4', 'white space, or a string not in its shortest form')
    if o.get('v') != 'kk1':
        return parse_later(o)
    if list(o) not in member_orders(o.get('op')):
        raise Refused('E7', 'members')
    unb64u(o['feed'], 16)
    unb64u(o['salt'], 16)
    if (o['seq'] == 0) != (o['prev'] == '') or (o['seq'] == 0) != (o['op'] == 'open'):
        raise Refused('E10', 'seq and prev')
    if not re.fullmatch(r'\*|[0-9]{5}', o['scope']) or o['scope'] == '00000':
        raise Refused('E14', 'scope', o['scope'])
    if o['op'] == 'set':
        if not re.fullmatch(r'[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}', o['id']):
            raise Refused('E15', 'id', o['id'])
        if len(o['after']) > 64 or len(set(o['after'])) != len(o['after']):
            raise Refused('E17', 'after')
    return o


class Entry:
    """One line: parsed, hashed; verified by `check`. Of an erased entry (E26) `by` is its erase."""

    def __init__(self, line, index):
        stub = re.fullmatch(rb'([A-Za-z0-9_-]{86}) ([A-Za-z0-9_-]{43}) ([A-Za-z0-9_-]{86} \{.*\})', line, re.S)
        self.by = None
        if stub:
            self.read_stub(stub, index)
        else:
            self.read(line, index)

    def read_stub(self, m, index):
        self.index, self.key = index, None
        self.sig, self.id = unb64u(m[1].decode(), 64), unb64u(m[2].decode(), 32)
        self.by = Entry(m[3], index)
        body = self.by.o['set']
        if self.by.o['op'] != 'erase' or body['id'] != b64u(self.id):
            raise Refused('E26', 'not the erase of this entry', 'entry %s' % b64u(self.id))
        self.o = {'op': 'set', 'scope': self.by.o['scope'], 'id': body['entity'],
                  'set': {f: {'erased': True} for f in body['fields']}}
        self.o.update({k: body[k] for k in ('feed', 'seq', 'prev', 'kind', 'after')})

    def read(self, line, index):
        m = re.fullmatch(rb'([A-Za-z0-9_-]{86}) (\{.*\})', line, re.S)
        if not m:
            raise Refused('E1', 'line %d' % index)
        self.index = index
        self.sig = unb64u(m[1].decode(), 64)
        self.payload = m[2]
        self.id = sha(self.payload)
        try:
            self.o = parse_payload(self.payload)
        except Refused as e:
            raise Refused(str(e).split(':')[0], str(e).split(': ', 1)[1], 'entry %s' % b64u(self.id))
        self.key = None

    def check(self, keys, signature=True):
        """signature False: only whose it is; a whole country's take pure Python an hour."""
        prefix = unb64u(self.o['feed'], 16)[:8]
        self.key = keys.get(prefix)
        if self.key is None:
            raise Refused('A1', 'key unknown', 'entry %s' % b64u(self.id))
        if signature and not ed25519_verify(self.key, b'sigsum.org/v1/tree-leaf\0' + sha(self.id), self.sig):
            raise Refused('E21', 'signature', 'entry %s' % b64u(self.id))

    def leaf(self):
        return sha(b'\0' + sha(self.id) + self.sig + sha(self.key))


# ---- admission: A3-A8 ----

STAFF_KINDS = {
    'registrar': {'catalogue', 'merger', 'split', 'access'},
    'verifier': {'review', 'task'},
    'province_verifier': {'review', 'task'},
    'reporter': {'schedule', 'task', 'report'},
}
EDITED = {'facility', 'asset', 'inventory', 'inventory_line', 'committee_member', 'choice'}
LEVELS = ('commune', 'province', 'centre')
DECIDES = {'verifier': ('commune', 'province', 'centre'), 'province_verifier': ('commune', 'province')}
CENTRE = {'review', 'task', 'schedule', 'catalogue', 'merger', 'split', 'report', 'access'}


def may_write(role, o):
    op = o['op']
    if op == LATER:
        return True
    if op == 'open':
        return role != 'device' and role != 'auditor'
    if role == 'root':
        return op in ('cert', 'revoke', 'form', 'log') and o['scope'] == '*'
    if role == 'registrar' and op in ('cert', 'revoke', 'admit', 'erase'):
        return op != 'erase' or o['scope'] != '*'
    if op != 'set':
        return False
    kind = o['kind'].split('/')[0]
    if role == 'clerk':
        return kind not in CENTRE and o['scope'] != '*'
    allowed = STAFF_KINDS.get(role, set())
    if role in ('verifier', 'province_verifier'):
        allowed = allowed | EDITED
    if kind == 'review' and o['set'].get('level') in LEVELS and o['set']['level'] not in DECIDES.get(role, ()):
        return False
    return kind in allowed


class Keyring:
    """Which keys exist, and which entries count. Evaluated once, over the whole log."""

    def __init__(self, root):
        self.root = root
        self.by_prefix = {sha(root)[:8]: root}
        self.entries = []

    def learn(self, e):
        """Every cert makes its key known, admitted or not (A1, A2)."""
        if e.o['op'] in AUTHORITY:
            self.entries.append(e)
        if e.o['op'] == 'cert':
            key = unb64u(e.o['set']['key'], 32)
            self.by_prefix[sha(key)[:8]] = key

    def settle(self):
        self.certs, self.revokes, self.lifted = {}, {}, set()
        rounds = (lambda e: e.key == self.root,
                  lambda e: e.key != self.root and self.role_of(e) == 'registrar')
        for mine in rounds:
            for e in [x for x in self.entries if mine(x)]:
                if self.admitted(e):
                    self.take(e)

    def role_of(self, e):
        return next((c['role'] for c in self.certs.get(e.key, [])), None)

    def take(self, e):
        s = e.o['set']
        if e.o['op'] == 'cert':
            self.certs.setdefault(unb64u(s['key'], 32), []).append(s)
        elif e.o['op'] == 'revoke':
            key = unb64u(s['key'], 32)
            at = key, e.o['scope']
            self.revokes[at] = min(self.revokes.get(at, s['from']), s['from'], e.index)
        elif e.o['op'] == 'admit':
            self.lifted.update(s['ids'])

    def covered(self, e):
        for c in self.certs.get(e.key, []):
            for k in (e.key, unb64u(c['device'], 32) if c['device'] else e.key):
                for scope in ('*', e.o['scope']):
                    if e.index >= self.revokes.get((k, scope), e.index + 1):
                        return True
        return False

    def cert_allowed(self, e, by):
        """K10: who certifies whom, and for which scope."""
        s = e.o.get('set', {})
        if by == 'root':
            return s['role'] not in ('clerk', 'device')
        return s['role'] in ('clerk', 'device') and s['scope'] == [e.o['scope']]

    def allowed(self, e):
        """But for revokes (A6)."""
        if e.key == self.root:
            return may_write('root', e.o) and (e.o['op'] != 'cert' or self.cert_allowed(e, 'root'))
        return any((e.o['scope'] in c['scope'] or '*' in c['scope']) and may_write(c['role'], e.o) and
                   (e.o['op'] != 'cert' or self.cert_allowed(e, c['role']))
                   for c in self.certs.get(e.key, []))

    def admitted(self, e):
        return self.allowed(e) and (e.key == self.root or not self.covered(e) or b64u(e.id) in self.lifted)


# ---- merge: M1-M10 ----

def policies(entries, blobs):
    """Merge mark of every field, from the newest admitted form of each kind."""
    newest = {}
    for e in entries:
        if e.o['op'] == 'form' and e.o['set']['version'] >= newest.get(e.o['set']['name'], (0,))[0]:
            newest[e.o['set']['name']] = (e.o['set']['version'], e.o['set']['blob']['sha256'])
    out = {}
    for name, (_, digest) in newest.items():
        with open(os.path.join(blobs, digest), 'rb') as f:
            raw = f.read()
        if hashlib.sha256(raw).hexdigest() != digest:
            raise Refused('K6', 'blob is not what its name says', digest)
        for field in json.loads(raw)['fields']:
            out[name, field['name']] = field.get('merge', 'keep')
    return out


def policy_of(marks, kind, field):
    if field == 'reason':
        return 'latest'
    return marks.get((kind, field), 'keep')


class Entity:
    def __init__(self):
        self.writes = {}   # field -> {id: value}
        self.killed = set()  # (field, id)
        self.open, self.ever = set(), set()

    def apply(self, e, marks, kind):
        for field, value in e.o['set'].items():
            for target in e.o['after']:
                self.killed.add((field, target))
            self.writes.setdefault(field, {})[b64u(e.id)] = json.dumps(value, ensure_ascii=False)
        for field in self.writes:
            live = {v for i, v in self.writes[field].items() if (field, i) not in self.killed}
            if policy_of(marks, kind, field) in ('keep', 'immutable') and len(live) > 1:
                self.open.add(field)
                self.ever.add(field)
            else:
                self.open.discard(field)


def count_conflicts(entries, marks):
    entities = {}
    for e in entries:
        if e.o['op'] == 'set':
            kind = e.o['kind'].split('/')[0]
            if kind in ('review', 'report') and (e.o['scope'], kind, e.o['id']) in entities:  # M21: it is its first entry
                continue
            x = entities.setdefault((e.o['scope'], kind, e.o['id']), Entity())
            x.apply(e, marks, kind)
    ever = sum(len(x.ever) for x in entities.values())
    still = sum(len(x.open) for x in entities.values())
    return ever, ever - still


# ---- log: L1-L7 ----

def node(a, b):
    return sha(b'\1' + a + b)


def tree_root(leaves):
    level = []  # (height, hash) peaks
    for h in leaves:
        level.append((0, h))
        while len(level) > 1 and level[-1][0] == level[-2][0]:
            (n, right), (_, left) = level.pop(), level.pop()
            level.append((n + 1, node(left, right)))
    if not level:
        return sha(b'')
    out = level[-1][1]
    for _, h in reversed(level[:-1]):
        out = node(h, out)
    return out


def check_note(text, logkey):
    """L4. Gives size and root."""
    body, _, sigs = text.partition('\n\n')
    body += '\n'
    origin, size, root = body.split('\n')[:3]
    if origin != 'sigsum.org/v1/tree/' + sha(logkey).hex():
        raise Refused('L4', 'origin of another log', 'checkpoint')
    keyid = sha(origin.encode() + b'\n\x01' + logkey)[:4]
    for line in sigs.split('\n'):
        m = re.fullmatch('\u2014 ' + re.escape(origin) + r' ([A-Za-z0-9+/=]+)', line)
        raw = base64.b64decode(m[1]) if m else b''
        if raw[:4] == keyid and len(raw) == 68 and ed25519_verify(logkey, body.encode(), raw[4:]):
            return int(size), base64.b64decode(root)
    raise Refused('L4', 'no valid signature of the log', 'checkpoint')


def unhex(text):
    """C2SP writes hex in small letters only: a proof has one form."""
    if not re.fullmatch('(?:[0-9a-f]{2})+', text):
        raise ValueError('not lower-case hex: %r' % text)
    return bytes.fromhex(text)


# ---- witnesses ----

def read_policy(text):
    """L7: the log's key, the keys of the witnesses that count by their hash, and how many of them must have signed."""
    log, witness, group, quorum = None, {}, {}, None
    for w in (line.split('#')[0].split() for line in text.split('\n')):
        if not w:
            continue
        if w[0] == 'log' and log is None:
            log = unhex(w[1])
        elif w[0] == 'witness' and w[1] not in witness and w[1] not in group:
            witness[w[1]] = unhex(w[2])
        elif w[0] == 'group' and w[1] not in group and all(m in witness for m in w[3:]):
            group[w[1]] = (w[3:], {'any': 1, 'all': len(w[3:])}.get(w[2]) or int(w[2]))
        elif w[0] == 'quorum' and quorum is None and (w[1] == 'none' or w[1] in group or w[1] in witness):
            quorum = ([], 0) if w[1] == 'none' else group.get(w[1], ([w[1]], 1))
        else:
            raise Refused('L7', 'not a policy: ' + ' '.join(w))
    if log is None or quorum is None:
        raise Refused('L7', 'no log or no quorum')
    return log, {sha(witness[n]): witness[n] for n in quorum[0]}, quorum[1]


def cosigned(key, time, sig, body):
    """L5."""
    return len(sig) == 64 and ed25519_verify(key, b'cosignature/v1\ntime %d\n' % time + body.encode(), sig)


def check_quorum(good, quorum, where):
    if len(good) < quorum:
        raise Refused('L8', '%d of %d witnesses signed' % (len(good), quorum), where)


def check_checkpoint(text, policy):
    """L4, L5, L8: size and how many of the witnesses that count have signed."""
    logkey, witness, quorum = read_policy(policy)
    size, root = check_note(text, logkey)
    body = 'sigsum.org/v1/tree/%s\n%d\n%s\n' % (sha(logkey).hex(), size, base64.b64encode(root).decode())
    good = set()
    for line in text.split('\n'):
        m = re.fullmatch('\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)', line)
        raw = base64.b64decode(m[2]) if m else b''
        for key in witness.values():
            if len(raw) == 76 and raw[:4] == sha(m[1].encode() + b'\n\x04' + key)[:4] and \
                    cosigned(key, int.from_bytes(raw[4:12], 'big'), raw[12:], body):
                good.add(key)
    check_quorum(good, quorum, 'checkpoint')
    return size, len(good), quorum


def root_of_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    if index >= size:
        raise Refused('L2', 'index')
    for p in path:
        if sn == 0:
            raise Refused('L2', 'too long')
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node(r, p)
        fn >>= 1
        sn >>= 1
    if sn:
        raise Refused('L2', 'too short')
    return r


def read_proof(path):
    """L6 as lists of values by name."""
    out = {}
    with open(path, encoding='ascii', errors='replace') as f:
        for line in f.read().split('\n'):
            if line:
                name, eq, value = line.partition('=')
                if not eq:
                    raise Refused('L6', 'not a proof', path)
                out.setdefault(name, []).append(value)
    return out


def read_ssh_key(path):
    with open(path, 'rb') as f:
        blob = base64.b64decode(f.read().split()[1])
    if len(blob) != 51 or blob[4:15] != b'ssh-ed25519':
        raise Refused('L6', 'author key', path)
    return blob[19:]


def check_receipt(folder, logkeys=None):
    """What sigsum-verify does, by L1, L2, L4 to L8; given logkeys, of a log the root has named, the one in force or one
    before (L12). Is it signed by witnesses?"""
    where = 'receipt ' + os.path.basename(folder)
    with open(os.path.join(folder, 'payload'), 'rb') as f:
        ident = sha(f.read())
    author = read_ssh_key(os.path.join(folder, 'author.pub'))
    with open(os.path.join(folder, 'policy')) as f:
        logkey, witness, quorum = read_policy(f.read())
    if logkeys is not None and logkey not in logkeys:
        raise Refused('L12', 'a log the root never named', where)
    try:
        p = read_proof(os.path.join(folder, 'proof'))
        keyhash, sig = (unhex(x) for x in p['leaf'][0].split())
        size, root = int(p['size'][0]), unhex(p['root_hash'][0])
        logsig = unhex(p['signature'][0])
        index = int(p.get('leaf_index', ['0'])[0])
        path = [unhex(h) for h in p.get('node_hash', [])]
        cosigs = [(unhex(k), int(t), unhex(s)) for k, t, s in map(str.split, p.get('cosignature', []))]
        if p['version'] != ['2'] or p['log'] != [sha(logkey).hex()]:
            raise ValueError
    except (KeyError, ValueError, IndexError):
        raise Refused('L6', 'not a proof of this log', where)
    if keyhash != sha(author) or len(sig) != 64 or \
            not ed25519_verify(author, b'sigsum.org/v1/tree-leaf\0' + sha(ident), sig):
        raise Refused('E21', 'the author did not seal this', where)
    if root_of_path(sha(b'\0' + sha(ident) + sig + keyhash), index, size, path) != root:
        raise Refused('L2', 'the leaf is not in the tree', where)
    body = 'sigsum.org/v1/tree/%s\n%d\n%s\n' % (sha(logkey).hex(), size, base64.b64encode(root).decode())
    if len(logsig) != 64 or not ed25519_verify(logkey, body.encode(), logsig):
        raise Refused('L4', 'the log did not sign this tree', where)
    check_quorum({k for k, t, s in cosigs if k in witness and cosigned(witness[k], t, s, body)}, quorum, where)
    return quorum > 0


# ---- the recount ----

def read_lines(path):
    with open(path, 'rb') as f:
        raw = f.read()
    if raw and not raw.endswith(b'\n'):
        raise Refused('E1', 'the last line is cut', path)
    return raw.split(b'\n')[:-1]


def check_feeds(entries):
    """E10: each feed's chain, as far as the log holds it; a feed that has parted (A11) has two of them."""
    ids = {}
    for e in entries:
        ids.setdefault(e.o['feed'], {}).setdefault(e.o['seq'], set()).add(b64u(e.id))
    for e in entries:
        feed = ids[e.o['feed']]
        before = feed.get(e.o['seq'] - 1)
        parted = any(len(x) > 1 for x in feed.values())
        if before and e.o['prev'] not in before and not parted:
            raise Refused('E10', 'prev is not the entry before', 'entry %s' % b64u(e.id))


def check_central(entries, ring):
    """A13: the feeds of root, registrars and staff are whole and in the order of the log."""
    nexts = {}
    for e in entries:
        roles = {c['role'] for c in ring.certs.get(e.key, [])} - {'clerk', 'device'}
        if e.key != ring.root and not roles:
            continue
        if e.o['seq'] > nexts.get(e.o['feed'], 0):
            raise Refused('A13', 'a hole in a feed of the centre', 'entry %s' % b64u(e.id))
        nexts[e.o['feed']] = max(nexts.get(e.o['feed'], 0), e.o['seq'] + 1)


def check_logs(entries, ring):
    """K8, L12: each recovery keeps the beginning of the tree; gives the key in force and how many logs there were."""
    key, logs = None, 0
    leaves = [e.leaf() for e in entries]
    for e in entries:
        s = e.o.get('set', {})
        if e.o['op'] != 'log' or e.key != ring.root:
            continue
        if s['old'] and e.index != s['size'] + 1:
            continue  # it came back later: a mere record
        if s['old']:
            if entries[e.index - 1].o['op'] != 'open' or entries[e.index - 1].o['feed'] != e.o['feed']:
                raise Refused('L12', 'the log entry does not come right after its open', 'entry %s' % b64u(e.id))
            if unb64u(s['old'], 32) != key:
                raise Refused('L12', 'it does not follow the log in force', 'entry %s' % b64u(e.id))
            if tree_root(leaves[:s['size']]) != unb64u(s['root'], 32):
                raise Refused('L12', 'the tree kept is not this one', 'entry %s' % b64u(e.id))
        logs += s['key'] != (b64u(key) if key else None)
        key = unb64u(s['key'], 32)
    if key is None:
        raise Refused('K8', 'no log entry of the root')
    return key, logs


def log_keys(entries, ring):
    return {unb64u(e.o['set']['key'], 32) for e in entries if e.o['op'] == 'log' and e.key == ring.root}


def check_stubs(entries, ring):
    """E26, A16: what is erased was erased by an admitted entry of this log."""
    erases = {e.id for e in entries if e.o['op'] == 'erase' and ring.admitted(e)}
    for e in entries:
        if e.by:
            e.by.check(ring.by_prefix)
            if e.by.id not in erases:
                raise Refused('A16', 'its erase is not admitted in this log', 'entry %s' % b64u(e.id))


def recount(folder):
    with open(os.path.join(folder, 'root.pub')) as f:
        ring = Keyring(unb64u(f.read().strip(), 32))
    entries = []
    for i, line in enumerate(read_lines(os.path.join(folder, 'log.lines'))):
        e = Entry(line, i)
        e.check(ring.by_prefix)
        ring.learn(e)
        entries.append(e)
    ring.settle()
    check_feeds(entries)
    check_stubs(entries, ring)
    check_central(entries, ring)
    logkey, logs = check_logs(entries, ring)
    with open(os.path.join(folder, 'checkpoint'), encoding='utf-8') as f:
        size, root = check_note(f.read(), logkey)
    leaves = [e.leaf() for e in entries]
    if size != len(leaves) or tree_root(leaves) != root:
        raise Refused('L1', 'the lines do not give the checkpoint', 'checkpoint of size %d' % size)
    good = [e for e in entries if ring.admitted(e)]
    ever, closed = count_conflicts(good, policies(good, os.path.join(folder, 'blobs')))
    receipts = os.path.join(folder, 'receipts')
    names = sorted(os.listdir(receipts))
    for name in names:
        check_receipt(os.path.join(receipts, name), log_keys(entries, ring))
    return {'entries': len(entries), 'signatures': len(entries), 'leaves': len(leaves),
            'receipts': len(names), 'conflicts': ever, 'closed': closed, 'logs': logs}


def check_alone(argv):
    """The second and third form."""
    if argv[1] == 'receipts':
        proven = [check_receipt(folder) for folder in argv[2:]]
        return 'receipts %d proven %d' % (len(proven), sum(proven))
    with open(argv[2], encoding='utf-8') as f, open(argv[3], encoding='utf-8') as p:
        return 'size %d cosignatures %d quorum %d' % check_checkpoint(f.read(), p.read())


def main(argv):
    if len(argv) > 2 and argv[1] == 'receipts' or len(argv) == 4 and argv[1] == 'checkpoint':
        try:
            print(check_alone(argv))
        except Refused as e:
            print('refused: %s' % e, file=sys.stderr)
            return 65
        return 0
    if len(argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    try:
        got = recount(argv[1])
    except Refused as e:
        print('refused: %s' % e, file=sys.stderr)
        return 65
    print(' '.join('%s %d' % x for x in got.items()))
    with open(os.path.join(argv[1], 'summary.json'), encoding='utf-8') as f:
        told = json.load(f)
    wrong = ['%s: recounted %s, summary %s' % (k, v, told.get(k)) for k, v in got.items()
             if told.get(k, 1 if k == 'logs' else None) != v]
    for line in wrong:
        print(line, file=sys.stderr)
    return 65 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
