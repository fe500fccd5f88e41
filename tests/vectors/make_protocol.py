#!/usr/bin/env python3
"""make_protocol: the test vectors of the [bytes] clauses of sync/PROTOCOL.md, made from that page and FORMAT.md
alone, with the means of make_vectors.py. Writes protocol.json; with --check it only compares.

Kinds: digest (Content-Digest of a body), signature (a signed request: what RFC 9421 signs is `base`),
request (the header of a request by `device`, as an agent writes it and a collector reads it), answer (a whole answer, as a
collector writes it and an agent reads it). The first object is the world of all answers: the agent knows the `known` lines; in a vector it
has verified the tree of the first `at` leaves and sent the first `sent` lines of `push`; the collector has `leaves` and
`pull` gives it [index, authority?] of the lines to send."""
import ctypes
import hashlib
import re
import sys

import make_vectors as mv
from make_vectors import A, B, H, J, LOG, ROOT, b64, b64u, bump, mth, outside

NONCE = bytes(range(0x40, 0x50))
REG, MATE, DEVICE = mv.Key(0x31), mv.Key(0x32), mv.Key(0x33)
EPOCH = b64u(LOG.hash[:3])
CREATED, NOW = 1795054267, 1795060000


# ---------------------------------------------------------------- P2, P3

def digest(body):
    return "sha-256=:%s:" % b64(H(body))


def authority(host, scheme):
    """RFC 9421, section 2.2.3, and RFC 3986, sections 3.2.3 and 6.2.3."""
    m = re.fullmatch(r"(.*?)(?::([0-9]*))?", host) if "]" not in host else re.fullmatch(r"(.*\])(?::([0-9]*))?", host)
    if m is None:
        return host.lower()
    port = int(m.group(2)) if m.group(2) else None
    return m.group(1).lower() + (":%d" % port if port not in (None, {"https": 443, "http": 80}[scheme]) else "")


class Request:
    def __init__(self, **over):
        self.f = {"method": "POST", "authority": "collector.example:8443", "path": "/v1/sync", "query": "", "digest": digest(b"{}\n"),
                  "upload_offset": None, "scheme": "https", "created": CREATED, "nonce": NONCE, "key": A}
        self.f.update(over)

    def components(self):
        f = self.f
        return '("@method" "@authority" "@path" "@query"%s%s)' % (' "content-digest"' if f["digest"] else "", ' "upload-offset"' if f["upload_offset"] else "")

    def params(self):
        f = self.f
        return '%s;created=%d;keyid="%s";nonce="%s";alg="ed25519";tag="kk1"' % (self.components(), f["created"], b64u(f["key"].pk), b64u(f["nonce"]))

    def base(self, params=None):
        f = self.f
        s = '"@method": %s\n"@authority": %s\n"@path": %s\n"@query": ?%s\n' % (f["method"], authority(f["authority"], f["scheme"]), f["path"], f["query"])
        s += '"content-digest": %s\n' % f["digest"] if f["digest"] else ""
        s += '"upload-offset": %s\n' % f["upload_offset"] if f["upload_offset"] else ""
        return s + '"@signature-params": ' + (params or self.params())

    def sig(self, params=None):
        return self.f["key"].sign(self.base(params).encode())

    def inputs(self):
        return {k: self.f[k] for k in ("scheme", "method", "authority", "path", "query", "digest", "upload_offset") if self.f[k] is not None}


def p2_p3(f):
    for name, body in (("of a header line", '{"v":1}\n'), ("of nothing", ""), ("of a text", "Kiểm kê")):
        f.add("P2", "digest", True, name, body=body, digest=digest(body.encode()))
    good = digest(b"x")
    for name, text in (("of another body", digest(b"y")), ("hex", "sha-256=:%s:" % H(b"x").hex()), ("base64url", "sha-256=:%s:" % b64u(H(b"x"))), ("sha-512", "sha-512=:%s:" % b64(hashlib.sha512(b"x").digest())),
                       ("upper case", good.replace("sha", "SHA")), ("no colons", good.replace(":", "")), ("of RFC 3230", "SHA-256=" + b64(H(b"x")))):
        f.add("P2", "digest", False, name, body="x", digest=text)

    def ok(name, clause="P3", **over):
        r = Request(**over)
        f.add(clause, "signature", True, name, seed=r.f["key"].seed.hex(), created=r.f["created"], nonce=r.f["nonce"].hex(), base=r.base(),
              input="kk1=" + r.params(), signature="kk1=:%s:" % b64(r.sig()), **r.inputs())

    def no(name, input_=None, signature=None, refused="P3", clause="P3", r=None, **over):
        r = r or Request()
        seen = Request(**dict(r.f, **over))
        f.add(clause, "signature", False, name, refused, input=input_ if input_ is not None else "kk1=" + r.params(),
              signature=signature if signature is not None else "kk1=:%s:" % b64(r.sig()), **seen.inputs())

    ok("a request with a body", "P2")
    ok("a request without one", "P2", method="GET", path="/v1/blobs/" + H(b"blob").hex(), digest=None)
    r = Request()
    no("no Signature-Input", "", clause="P2")
    no("no Signature", signature="", clause="P2")
    no("another label", "sig1=" + r.params(), "sig1=:%s:" % b64(r.sig()), clause="P2")
    no("another label of the signature", signature="sig1=:%s:" % b64(r.sig()), clause="P2")
    no("two signatures", "kk1=%s, kk2=%s" % (r.params(), r.params()), clause="P2")
    bare = Request(digest=None)
    no("a body that is not covered", clause="P2", r=bare, digest=digest(b"{}\n"))

    ok("POST")
    ok("a query", query="from=3&to=9", method="GET", path="/get-leaves", digest=None)
    ok("PATCH", method="PATCH", path="/v1/blobs/" + H(b"blob").hex(), upload_offset="1048576")
    ok("an authority in capitals is signed in lower case", authority="Collector.EXAMPLE:8443")
    for host, scheme in (("collector.example:443", "https"), ("collector.example", "https"), ("collector.example:80", "http"), ("collector.example:80", "https"), ("collector.example:443", "http"), ("collector.example:", "https"),
                         ("COLLECTOR.example:08443", "https"), ("collector.example:00443", "https"), ("[::1]:443", "https"), ("[2001:DB8::1]", "https"), ("[::1]:8080", "http"), ("127.0.0.1:80", "http"), ("127.0.0.1:44300", "https")):
        ok("the authority %s by %s" % (host, scheme), authority=host, scheme=scheme)
    ok("created 0", created=0)
    ok("another key and nonce", key=B, nonce=bytes(16))

    p = r.params()

    def resigned(name, params):
        """Properly signed, but with parameters that the profile does not allow."""
        assert params != p, name
        no(name, "kk1=" + params, "kk1=:%s:" % b64(r.sig(params)))

    resigned("components in another order", p.replace('"@method" "@authority"', '"@authority" "@method"'))
    for c in ('"@method" ', '"@authority" ', '"@path" ', ' "@query"', ' "content-digest"'):
        resigned("without " + c.strip(), p.replace(c, ""))
    resigned("a component too many", p.replace('"content-digest"', '"content-digest" "upload-offset"'))
    resigned("a component twice", p.replace('"@path"', '"@path" "@path"'))
    resigned("two spaces", p.replace('"@path" ', '"@path"  '))
    resigned("@target-uri", p.replace('"@path"', '"@target-uri"'))
    resigned("no components", p.replace(r.components(), "()"))
    for x in (";created=%d" % CREATED, ';keyid="%s"' % b64u(A.pk), ';nonce="%s"' % b64u(NONCE), ';alg="ed25519"', ';tag="kk1"'):
        resigned("without " + x[1:].split("=")[0], p.replace(x, ""))
    resigned("parameters in another order", p.replace(';alg="ed25519";tag="kk1"', ';tag="kk1";alg="ed25519"'))
    resigned("a parameter too many", p + ";expires=%d" % (CREATED + 300))
    resigned("a parameter in front", p.replace(";created", ';expires=1795054300;created'))
    resigned("another tag", p.replace('tag="kk1"', 'tag="kk2"'))
    resigned("a tag in capitals", p.replace('tag="kk1"', 'tag="KK1"'))
    resigned("another alg", p.replace("ed25519", "rsa-v1_5-sha256"))
    resigned("alg in capitals", p.replace("ed25519", "ED25519"))
    resigned("names in capitals", p.replace('"@method"', '"@METHOD"'))
    resigned("alg as a token", p.replace('"ed25519"', "ed25519"))
    resigned("created as a string", p.replace("created=%d" % CREATED, 'created="%d"' % CREATED))
    for bad in ("-1", "+5", "007", "1.0", "", "9007199254740992", "99999999999999999999"):
        resigned("created %r" % bad, p.replace("created=%d" % CREATED, "created=" + bad))
    resigned("spare bits in the key", p.replace(b64u(A.pk), bump(b64u(A.pk), -1 if bump_down(b64u(A.pk)) else 1)))
    resigned("a key with padding", p.replace(b64u(A.pk), b64u(A.pk) + "="))
    resigned("a key in hex", p.replace(b64u(A.pk), A.pk.hex()))
    resigned("a cut key", p.replace(b64u(A.pk), b64u(A.pk)[:-1]))
    resigned("spare bits in the nonce", p.replace(b64u(NONCE), bump(b64u(NONCE))))
    resigned("a nonce of 15 bytes", p.replace(b64u(NONCE), b64u(NONCE[:15])))
    resigned("a nonce of 17 bytes", p.replace(b64u(NONCE), b64u(NONCE + b"\0")))
    resigned("a space at the end", p + " ")
    resigned("a space before", " " + p)
    s = b64(r.sig())
    for name, text in (("no colons", "kk1=" + s), ("one colon", "kk1=:" + s), ("base64url", "kk1=:%s:" % b64u(r.sig())), ("no padding", "kk1=:%s:" % s.rstrip("=")), ("63 bytes", "kk1=:%s:" % b64(r.sig()[:63])),
                       ("65 bytes", "kk1=:%s:" % b64(r.sig() + b"\0")), ("spare bits in the signature", "kk1=:%s:" % (bump(s[:-2]) + "==")), ("a parameter of the signature", "kk1=:%s:;x=1" % s), ("a space in the signature", "kk1=: %s:" % s)):
        no("signature: " + name, signature=text)
    for c in ("method", "authority", "path", "query", "digest"):
        bad = Request(**{c: (r.f[c] or "q") + '\n"@path": /v1/blobs'})
        no("a line break in " + c, r=bad)
        bad = Request(**{c: (r.f[c] or "q") + "\r"})
        no("a carriage return in " + c, r=bad)
    for c, v in (("method", "PUT"), ("authority", "other.example"), ("path", "/v1/enrol"), ("query", "x=1"), ("digest", digest(b"other"))):
        no("signed for another " + c, refused="P4", **{c: v})
    for host, seen in (("collector.example:80", "collector.example"), ("collector.example", "collector.example:80"), ("collector.example:4430", "collector.example:443"), ("[::1]:443", "[::1:443]"), ("collector.example", "collector.example.")):
        no("signed for %s, sent to %s" % (host, seen), refused="P4", r=Request(authority=host), authority=seen)
    no("the port of another scheme", refused="P4", r=Request(authority="collector.example:443"), scheme="http", authority="collector.example:443")
    patch = Request(method="PATCH", upload_offset="0")
    no("signed for another offset", refused="P4", r=patch, upload_offset="1")
    no("a method in small letters", refused="P4", method="post")
    no("a flipped bit", signature="kk1=:%s:" % b64(mv.flip(r.sig())), refused="P4")
    no("another key", "kk1=" + p.replace(b64u(A.pk), b64u(B.pk)), refused="P4")
    no("another time", "kk1=" + p.replace("created=%d" % CREATED, "created=%d" % (CREATED + 1)), refused="P4")
    no("another nonce", "kk1=" + p.replace(b64u(NONCE), b64u(bytes(16))), refused="P4")
    no("the body of the parameters alone", signature="kk1=:%s:" % b64(A.sign(p.encode())), refused="P4")


def bump_down(text):
    """Does the last character have its spare bits at their highest already?"""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(text[-1]) % 4 == 3


# ---------------------------------------------------------------- P9

def head(**over):
    o = {"v": 1, "scope": "00004", "epoch": "q6Pz", "after": 51234, "size": 1285000}
    o.update(over)
    return {k: v for k, v in o.items() if v is not None}


def line_of(key, o):
    p = mv.bytes_of(o)
    return (b64u(mv.sign_payload(key, p)).encode() + b" " + p).decode()


def p9(f):
    def ok(name, o):
        f.add("P9", "request", True, name, device=b64u(DEVICE.pk), header=J(o))

    def no(name, o, refused="P9"):
        f.add("P9", "request", False, name, refused, device=b64u(DEVICE.pk), header=o if isinstance(o, str) else J(o))

    wish = {"key": b64u(A.pk), "name": "Lê Thị Hoa \"H\"", "title": "", "open": line_of(A, mv.opening({"device": b64u(DEVICE.pk), "name": "Máy 1"}))}
    ok("the least", head())
    ok("the first", head(epoch="", after=0, size=0))
    ok("the largest", head(after=mv.MAX, size=mv.MAX))
    ok("fresh", head(fresh=True))
    ok("more", head(more=True))
    ok("a clerk who waits", head(enrol=[wish]))
    feed, other = Feed(A, 1).feed, Feed(B, 2).feed
    heads = {feed: [7, b64u(H(b"seven"))], other: [0, b64u(H(b"nought"))]}
    ok("a feed offered", head(heads={feed: [mv.MAX, b64u(H(b"last"))]}))
    ok("two feeds offered", head(heads=heads))
    ok("256 feeds offered", head(heads={b64u(H(b"%d" % i)[:16]): [i, b64u(H(b"%d" % i))] for i in range(256)}))
    ok("a run to be proven", head(unproven=[[0, 1]]))
    ok("64 runs", head(unproven=[[3 * i, 2] for i in range(64)]))
    ok("2000 entries", head(unproven=[[0, 1999], [1284999, 1]]))
    ok("everything", head(fresh=True, enrol=[wish], more=True, heads=heads, unproven=[[7, 2]]))
    for m in ("v", "scope", "epoch", "after", "size"):
        no("without " + m, head(**{m: None}))
    names = list(head(fresh=True, enrol=[wish], more=True, heads=heads, unproven=[[7, 2]]))
    for i in range(len(names) - 1):
        o = head(fresh=True, enrol=[wish], more=True, heads=heads, unproven=[[7, 2]])
        order = names[:i] + [names[i + 1], names[i]] + names[i + 2:]
        no("%s before %s" % (names[i + 1], names[i]), {k: o[k] for k in order})
    no("a member too many", head(x=1))
    no("heads: none", head(heads={}))
    no("257 feeds offered", head(heads={b64u(H(b"%d" % i)[:16]): [i, b64u(H(b"%d" % i))] for i in range(257)}))
    last = heads[feed][1]
    for name, o in (("an array", [feed, 7, last]), ("a feed of 15 bytes", {b64u(H(b"x")[:15]): [7, last]}), ("a feed with padding", {feed + "==": [7, last]}), ("spare bits in a feed", {bump(feed): [7, last]}),
                    ("no id", {feed: [7]}), ("an id too many", {feed: [7, last, last]}), ("only an id", {feed: last}), ("a seq as a string", {feed: ["7", last]}), ("a seq below 0", {feed: [-1, last]}),
                    ("an id in hex", {feed: [7, H(b"seven").hex()]}), ("a cut id", {feed: [7, last[:-1]]}), ("an id of nothing", {feed: [7, ""]}), ("an object", {feed: {"seq": 7, "id": last}})):
        no("heads: " + name, head(heads=o))
    no("a feed twice", J(head(heads={feed: [7, last]})).replace("]}", '],"%s":[8,"%s"]}' % (feed, last)), "P13")
    no("a member in front", dict([("x", 1)] + list(head().items())))
    no("a name in capitals", J(head()).replace('"after"', '"After"'))
    for name, values in (("v", (2, 0, "1", True, [1])), ("scope", ("*", "00000", "0004", "000004", "0000a", "", 4, ["00004"])), ("epoch", ("q6P", "q6Pzz", "q6P=", "q6P+", " ", 0, [])),
                         ("after", (-1, "0", True, [0])), ("size", (-1, "0", True, [0])), ("fresh", (False, 1, "true")), ("more", (False, 1, "true")), ("enrol", ([], {}, "x", [wish] * 17))):
        for v in values:
            no("%s %s" % (name, J(v) if name != "enrol" else J(v)[:8]), head(**{name: v}))
    for name, runs in (("none", []), ("65 runs", [[3 * i, 2] for i in range(65)]), ("2001 entries", [[0, 1999], [1284998, 2]]), ("a run of none", [[0, 0]]), ("a run below none", [[5, -1]]), ("below 0", [[-1, 2]]), ("past the tree", [[1284999, 2]]),
                       ("beyond the tree", [[1285000, 1]]), ("in another order", [[9, 1], [3, 1]]), ("twice", [[3, 1], [3, 1]]), ("two that touch", [[3, 2], [5, 1]]), ("two that overlap", [[3, 3], [5, 1]]), ("three numbers", [[3, 1, 1]]), ("one number", [[3]]),
                       ("numbers alone", [3, 1]), ("an object", {"3": 1}), ("a string", [["3", 1]])):
        no("unproven: " + name, head(unproven=runs))
    no("unproven: more than is known", head(size=0, after=0, unproven=[[0, 1]]))
    for m in ("scope", "epoch", "after", "size"):
        no(m + " null", J(head()).replace(J(head()[m]), "null", 1) if m != "scope" else J(head()).replace('"00004"', "null"))
    for name, over in (("no name", {"name": None}), ("a member too many", {"role": "clerk"}), ("a cut key", {"key": wish["key"][:-1]}), ("a name of 201", {"name": "ữ" * 201}), ("a title as a number", {"title": 1}), ("no line", {"open": ""})):
        o = {k: v for k, v in dict(wish, **over).items() if v is not None}
        no("enrol: " + name, head(enrol=[o]), "E1" if name == "no line" else "P10")
    no("enrol: the line of another", head(enrol=[dict(wish, key=b64u(B.pk))]), "E9")
    no("enrol: another scope", head(enrol=[dict(wish, open=line_of(A, mv.opening({"device": b64u(DEVICE.pk)}, scope="00009")))]), "P10")
    no("enrol: no device", head(enrol=[dict(wish, open=line_of(A, mv.opening()))]), "P10")
    no("enrol: another device", head(enrol=[dict(wish, open=line_of(A, mv.opening({"device": b64u(B.pk), "name": "Máy 1"})))]), "P10")
    no("enrol: the hash of the device", head(enrol=[dict(wish, open=line_of(A, mv.opening({"device": b64u(DEVICE.hash)})))]), "P10")
    no("enrol: a line that opens nothing", head(enrol=[dict(wish, open=line_of(A, mv.entry()))]), "P10")
    no("no object", "[1]", "P13")
    no("cut", J(head())[:-1], "P13")
    no("a space", J(head()).replace(",", ", "), "P13")
    no("a member twice", J(head()).replace('"size"', '"after":0,"size"'), "P13")


# ---------------------------------------------------------------- P11, P12, P16

class Feed:
    def __init__(self, key, number):
        self.key, self.feed, self.seq, self.prev = key, b64u(key.hash[:8] + bytes([number] * 8)), 0, ""

    def seal(self, op, scope, more):
        o = {"v": "kk1", "feed": self.feed, "seq": self.seq, "prev": self.prev, "at": CREATED + self.seq, "seen": [0, ""], "op": op, "scope": scope}
        o.update(more)
        o["salt"] = b64u(H(self.feed.encode() + b"%d" % self.seq)[:16])
        p = J(o).encode()
        self.seq, self.prev = self.seq + 1, b64u(H(p))
        return Line(self.key, p, mv.sign_payload(self.key, p))

    def set(self, scope="00004", n=0):
        return self.seal("set", scope, {"id": mv.UUID[:-1] + "%x" % n, "kind": "asset", "after": [], "set": {"name": "Máy bơm %d" % n}})


class Line:
    def __init__(self, key, payload, sig):
        self.key, self.payload, self.sig = key, payload, sig
        self.text = (b64u(sig).encode() + b" " + payload).decode()

    def leaf(self, sig=None):
        return H(b"\0" + H(H(self.payload)) + (sig or self.sig) + self.key.hash)


def second_signature(line):
    """Another signature of the same payload that verifies: the nonce is free to choose (RFC 8032 only says how not to)."""
    h = bytearray(hashlib.sha512(line.key.seed).digest()[:32])
    h[0], h[31] = h[0] & 248, h[31] & 63 | 64
    a, r = int.from_bytes(bytes(h), "little"), int.from_bytes(hashlib.sha512(b"another nonce").digest(), "little") % mv.L
    point = ctypes.create_string_buffer(32)
    if mv.sodium.crypto_scalarmult_ed25519_base_noclamp(point, r.to_bytes(32, "little")) != 0:
        sys.exit("make_protocol: no point")
    m = b"sigsum.org/v1/tree-leaf\0" + H(H(line.payload))
    k = int.from_bytes(hashlib.sha512(point.raw + line.key.pk + m).digest(), "little") % mv.L
    return point.raw + ((r + k * a) % mv.L).to_bytes(32, "little")


class Log:
    def __init__(self, leaves):
        self.leaves = leaves

    def note(self, *witnesses, time=1795054300):
        h = mv.Head(0)
        h.body = ("%s\n%d\n%s\n" % (h.origin, len(self.leaves), b64(mth(self.leaves)))).encode()
        h.sig = LOG.sign(h.body)
        return h.note(*[h.cosig_line(w, name, time) for name, w in witnesses])

    def range(self, start, end):
        return {"start": start, "end": end, "nodes": [b64u(h) for h in outside(self.leaves, start, end)]}

    def consistency(self, old):
        return [b64u(h) for h in mv.consistency(old, self.leaves)]


class World(Log):
    """A log of 11: authority 0..4, two lines the agent sent before, one of a colleague, three new ones; and the agent at 5."""

    def __init__(self):
        root, reg, mine, mate = Feed(ROOT, 1), Feed(REG, 2), Feed(A, 3), Feed(MATE, 4)
        cert = dict(mv.cert(device="", box=""))
        self.known = [root.seal("open", "*", {}),
                      root.seal("log", "*", {"set": mv.log(pin="", witnesses=["w1 " + mv.W1.pk.hex(), "w2 " + mv.W2.pk.hex()], quorum=1)}),
                      root.seal("cert", "*", {"set": dict(cert, key=b64u(REG.pk), role="registrar", scope=["*"])}),
                      reg.seal("open", "00004", {}),
                      reg.seal("cert", "00004", {"set": cert})]
        self.mate_cert = reg.seal("cert", "00004", {"set": dict(cert, key=b64u(MATE.pk))})
        self.push = [mine.seal("open", "00004", {}), mine.set(n=1), mine.set(n=2), mine.set(n=3), mine.set("00009", 4), mine.set(n=5)]
        self.other = second_signature(self.push[0])
        mate.seal("open", "00004", {})
        self.mate = mate.set(n=6)
        super().__init__([x.leaf() for x in self.known] + [self.push[0].leaf(self.other), self.push[1].leaf(), self.mate.leaf(), self.push[2].leaf(), self.push[3].leaf(), self.push[4].leaf()])



def p11_p12_p16(f):
    w = World()
    known = [x.text for x in w.known] + [w.mate_cert.text]
    push = [{"key": x.key.pk.hex(), "line": x.text} for x in w.push]
    size = len(w.leaves)
    verdicts = [["d", 1, 5, b64u(w.other)], ["d", 1, 6], ["a", 2, 8], ["q", 1, 10, "scope"], ["r", 1, "A14", "ingest.quota"]]
    told = [["d", 5, w.other.hex()], ["d", 6], ["a", 8], ["a", 9], ["q", 10, "scope"], ["r", "A14", "ingest.quota"]]

    def full(**over):
        o = {"v": 1, "epoch": EPOCH, "now": NOW, "verdicts": verdicts, "want": {Feed(B, 1).feed: [[3, 4]]}, "checkpoint": w.note(),
             "consistency": w.consistency(5), "ranges": [w.range(5, 7), w.range(7, 8), w.range(8, 11)], "leaf": [[7, 1]], "scopes": ["00004"],
             "after": size, "more": False, "next": 5400}
        o.update(over)
        return {k: v for k, v in o.items() if v is not None}

    def empty(**over):
        o = {"v": 1, "epoch": EPOCH, "now": NOW, "verdicts": [], "scopes": ["00004"], "after": 5, "more": False, "next": 300}
        o.update(over)
        return {k: v for k, v in o.items() if v is not None}

    def add(clause, accept, name, answer, refused=None, at=5, sent=len(w.push), lines=(w.mate,), told=(), leaves=w.leaves, pull=None, fresh=False, unproven=None):
        text = (answer if isinstance(answer, str) else J(answer)) + "\n" + "".join(x.text + "\n" for x in lines)
        v = {"at": at, "sent": sent, "answer": text}
        if unproven:
            v["unproven"] = unproven
        if accept:
            v.update(told=told, pulled=len(lines), fresh=fresh, leaves=mv.hexes(leaves), pull=pull if pull is not None else [[7, False]])
        f.add(clause, "answer", accept, name, refused, **v)

    add("P11", True, "nothing moved", empty(), sent=0, lines=(), leaves=w.leaves[:5], pull=[])
    add("P11", True, "a fresh checkpoint", full(verdicts=[], want=None, ranges=None, leaf=None), sent=0, lines=(), pull=[], fresh=True)
    add("P11", True, "everything", full(), told=told)
    early = Log(w.leaves[:3])
    add("P11", True, "the first", full(verdicts=[], want=None, checkpoint=early.note(), consistency=None, ranges=[early.range(0, 3)], leaf=[[0, 3]], after=3),
        at=0, sent=0, lines=w.known[:3], leaves=early.leaves, pull=[[0, False], [1, True], [2, True]])
    for m in full():
        if m in ("v", "want", "consistency", "ranges", "leaf", "checkpoint"):
            continue
        add("P11", False, "without " + m, full(**{m: None}))
    names = list(full())
    for i in range(1, len(names) - 1):
        o = full()
        add("P11", False, "%s before %s" % (names[i + 1], names[i]), {k: o[k] for k in names[:i] + [names[i + 1], names[i]] + names[i + 2:]})
    add("P11", False, "a member too many", full(more_=1))
    add("P11", False, "a member too many in the middle", J(full()).replace('"after"', '"x":1,"after"'))
    add("P11", False, "a name in capitals", J(full()).replace('"next"', '"Next"'))
    for m, values in (("epoch", ("", "q6P", "q6Pzz", "q6P=", "q6P+", 7)), ("now", (-1, "0", [])), ("verdicts", ({}, "x", 0)), ("want", ({}, [], "x")), ("checkpoint", (0, [])), ("consistency", ([], {}, "x")), ("ranges", ([], {}, "x")),
                      ("leaf", ([], {}, "x")), ("after", (4, -1, "11", 11.5)), ("more", (0, "false")), ("next", (-1, "300", []))):
        for v in values:
            if v == 11.5:
                continue
            add("P11", False, "%s %s" % (m, J(v)), full(**{m: v}))
    for m in names[1:]:
        add("P11", False, m + " null", J(full()).replace(J({m: full()[m]})[1:-1], '"%s":null' % m, 1))
    add("P11", False, "consistency without checkpoint", full(checkpoint=None))

    add("P12", True, "every kind", full(want=None), told=told)

    def no(name, v, refused="P12"):
        add("P12", False, name, full(verdicts=v), refused)

    no("none", [])
    no("the last left out", verdicts[:-1])
    no("the first left out", verdicts[1:])
    no("one too many", verdicts + [["r", 1, "E1", "entry.line"]])
    no("a run too long", verdicts[:2] + [["a", 3, 8]] + verdicts[3:])
    no("a run too short", verdicts[:2] + [["a", 1, 8]] + verdicts[3:])
    no("a run of none", [["a", 0, 5]] + verdicts)
    no("a run below none", verdicts[:2] + [["a", -1, 8], ["a", 3, 8]] + verdicts[3:])
    no("a run of 2^53-1", [["a", mv.MAX, 5]])
    no("a letter nobody knows", verdicts[:4] + [["x", 1, 11]])
    no("a letter in capitals", verdicts[:2] + [["A", 2, 8]] + verdicts[3:])
    no("a word", verdicts[:2] + [["accepted", 2, 8]] + verdicts[3:])
    no("no letter", verdicts[:2] + [[2, 8]] + verdicts[3:])
    no("no index", verdicts[:2] + [["a", 2]] + verdicts[3:])
    no("an index below 0", verdicts[:2] + [["a", 2, -8]] + verdicts[3:])
    no("an index as a string", verdicts[:2] + [["a", 2, "8"]] + verdicts[3:])
    no("an item too many", verdicts[:2] + [["a", 2, 8, 0]] + verdicts[3:])
    no("accepted with a reason", verdicts[:2] + [["a", 2, 8, "scope"]] + verdicts[3:])
    no("an object", verdicts[:2] + [{"a": "a", "n": 2, "i": 8}] + verdicts[3:])
    no("runs run together", ["a", 6, 5])
    no("quarantined without a reason", verdicts[:3] + [["q", 1, 10]] + verdicts[4:])
    no("quarantined for no reason", verdicts[:3] + [["q", 1, 10, ""]] + verdicts[4:])
    no("a reason nobody knows", verdicts[:3] + [["q", 1, 10, "late"]] + verdicts[4:])
    no("refused without a key", verdicts[:4] + [["r", 1, "A14"]])
    no("refused with an index", verdicts[:4] + [["r", 1, 11, "A14", "ingest.quota"]])
    no("a clause as a number", verdicts[:4] + [["r", 1, 14, "ingest.quota"]])
    no("a cut signature", [["d", 1, 5, b64u(w.other)[:-1]]] + verdicts[1:])
    no("spare bits in a signature", [["d", 1, 5, bump(b64u(w.other))]] + verdicts[1:])
    no("one signature for two", [["d", 2, 5, b64u(w.other)]] + verdicts[2:])
    no("a signature as null", [["d", 1, 5, None]] + verdicts[1:])
    no("a signature that does not verify", [["d", 1, 5, b64u(mv.flip(w.other))]] + verdicts[1:], "E21")
    no("the signature of another line", [["d", 1, 5, b64u(w.push[1].sig)]] + verdicts[1:], "E21")
    no("its own signature, where another is logged", [["d", 2, 5]] + verdicts[2:], "L3")
    no("another index", verdicts[:2] + [["a", 2, 9]] + verdicts[3:], "P15")
    no("two lines at one index", verdicts[:2] + [["a", 1, 8], ["a", 1, 8]] + verdicts[3:], "P15")
    no("two lines exchanged", verdicts[:2] + [["a", 1, 9], ["a", 1, 8]] + verdicts[3:], "L3")

    # W8: what the witnesses signed
    w1, w2, runs = ("w1", mv.W1), ("w2", mv.W2), [[0, 2], [3, 2]]

    def tree(n):
        return Log(w.leaves[:n])

    def proven(n, known, *who, ranges=None, **over):
        t, lo = tree(n), min(n, known)
        o = {"checkpoint": t.note(*(who or (w1,))), "consistency": tree(max(n, known)).consistency(lo) or None if n != known else None,
             "ranges": [t.range(a, min(a + k, n)) for a, k in runs if a < n] if ranges is None else ranges}
        o.update(over)
        return {k: v for k, v in o.items() if v is not None}

    def with_proven(o, p):
        names = list(o)
        at = names.index("scopes")
        return {k: (p if k == "proven" else o[k]) for k in names[:at] + ["proven"] + names[at:]}

    calm = dict(sent=0, lines=(), pull=[], unproven=runs)
    add("W8", True, "an older tree, beside a new checkpoint", with_proven(full(), proven(4, size)), told=told, unproven=runs)
    add("W8", True, "the tree that is known", with_proven(empty(), proven(5, 5)), leaves=w.leaves[:5], **calm)
    add("W8", True, "a newer tree, without a checkpoint", with_proven(empty(), proven(7, 5, w2)), leaves=w.leaves[:7], **calm)
    add("W8", True, "the tree of the checkpoint, by both", with_proven(full(), proven(size, size, w1, w2)), told=told, unproven=runs)
    add("W8", True, "a tree of one", with_proven(empty(), proven(1, 5)), leaves=w.leaves[:5], **calm)

    def unproven(name, p, refused="W8", o=None, **more):
        add("W8", False, name, with_proven(o or empty(), p), refused, **dict(calm, **more))

    good = proven(5, 5)
    unproven("nobody asked", good, unproven=None)
    unproven("no ranges", proven(5, 5, ranges=[]))
    unproven("without checkpoint", {"ranges": good["ranges"]})
    unproven("ranges in front", {"ranges": good["ranges"], "checkpoint": good["checkpoint"]})
    unproven("a member too many", dict(good, x=1))
    unproven("an empty consistency", {"checkpoint": good["checkpoint"], "consistency": [], "ranges": good["ranges"]})
    unproven("a range too few", proven(5, 5, ranges=good["ranges"][:1]))
    unproven("a range too many", proven(5, 5, ranges=good["ranges"] + [tree(5).range(2, 3)]))
    unproven("another range", proven(5, 5, ranges=[tree(5).range(0, 1), good["ranges"][1]]))
    unproven("a run that is not cut", proven(4, 5, ranges=[tree(4).range(0, 2), dict(tree(4).range(3, 4), end=5)]))
    unproven("the proof of another tree", proven(5, 5, ranges=[dict(tree(7).range(0, 2)), good["ranges"][1]]), "L3")
    unproven("a hash too many", proven(5, 5, ranges=[dict(good["ranges"][0], nodes=good["ranges"][0]["nodes"] + [b64u(H(b"x"))]), good["ranges"][1]]), "L3")
    unproven("a checkpoint of another log", dict(good, checkpoint=mv.Head(5, log_=B).note()), "L4")
    split = mv.Head(5)
    unproven("another tree of that size", dict(good, checkpoint=split.note(split.cosig_line(mv.W1, "w1", 5))), "L10")
    unproven("no proof that it is the same log", dict(proven(7, 5), consistency=[b64u(H(b"x"))]), "L10")
    unproven("no consistency", {k: v for k, v in proven(7, 5).items() if k != "consistency"}, "L10")
    unproven("an object as an array", [good], "P11")

    # P33: the communes of the device, that of the request in front
    many = ["00004"] + ["%05d" % (100 + i) for i in range(63)]
    quiet = dict(sent=0, lines=(), leaves=w.leaves[:5], pull=[])
    add("P33", True, "a merged commune, nothing moved", empty(scopes=["00004", "00007"]), **quiet)
    add("P33", True, "sixty-four communes", empty(scopes=many), **quiet)
    add("P33", True, "beside everything else", full(scopes=["00004", "00007", "00001"]), told=told)
    for name, v in (("none", []), ("sixty-five", many + ["00200"]), ("another commune's", ["00007"]), ("another commune's in front", ["00007", "00004"]),
                    ("one twice", ["00004", "00007", "00007"]), ("the one asked for twice", ["00004", "00004"]), ("all of them", ["00004", "*"]),
                    ("no commune", ["00004", "00000"]), ("four digits", ["00004", "0007"]), ("a number", ["00004", 7]), ("null", ["00004", None])):
        add("P33", False, name, empty(scopes=v), "P33", **quiet)
    add("P33", False, "an object", empty(scopes={"00004": 1, "00007": 1}), "P11", **quiet)

    add("P16", True, "one line", full(want=None), told=told)
    grown = w.leaves + [mv.LEAVES[9], w.mate_cert.leaf()]
    both = Log(grown)
    two = full(want=None, checkpoint=both.note(), consistency=both.consistency(5), leaf=[[7, 1], [12, 1]], after=13,
               ranges=[both.range(5, 7), both.range(7, 8), both.range(8, 11), both.range(12, 13)])
    add("P16", True, "two runs", two, told=told, lines=(w.mate, w.mate_cert), leaves=grown, pull=[[7, False], [12, True]])

    def bad(name, leaf, refused="P16", lines=(w.mate, w.mate_cert)):
        add("P16", False, name, dict(two, leaf=leaf), refused, lines=lines)

    bad("a line too few", [[7, 1], [12, 1]], lines=(w.mate,))
    bad("a line too many", [[7, 1], [12, 1]], lines=(w.mate, w.mate_cert, w.mate_cert))
    bad("a run too short", [[7, 1]])
    bad("a run too long", [[7, 1], [12, 2]])
    bad("a run too many", [[7, 1], [11, 1], [12, 1]])
    bad("descending", [[12, 1], [7, 1]])
    bad("overlapping", [[7, 2], [8, 1]])
    bad("twice", [[7, 1], [7, 1]])
    bad("a run of none", [[7, 1], [9, 0], [12, 1]])
    bad("a run below none", [[7, 1], [12, -1]])
    bad("below the cursor", [[4, 1], [12, 1]])
    bad("at the new cursor", [[7, 1], [13, 1]])
    bad("beyond every tree", [[7, 1], [mv.MAX, 1]])
    bad("below 0", [[-7, 1], [12, 1]])
    bad("one number", [[7], [12, 1]])
    bad("three numbers", [[7, 1, 0], [12, 1]])
    bad("no runs", [7, 1, 12, 1])
    bad("an object", [{"index": 7, "n": 1}, [12, 1]])
    bad("a string", [["7", 1], [12, 1]])
    add("P16", False, "no leaf at all", {k: v for k, v in two.items() if k != "leaf"}, lines=(w.mate, w.mate_cert))
    add("P16", False, "a cursor beyond the tree", dict(two, after=14), lines=(w.mate, w.mate_cert))
    bad("an authority line elsewhere than proved", [[7, 1], [11, 1]], "P15")

    def asks(blobs, at="checkpoint"):
        o = full(want=None)
        return dict([x for k, v in o.items() for x in ([("blobs", blobs), (k, v)] if k == at else [(k, v)])])

    lost = [b64u(H(b"blob %d" % i)) for i in range(65)]
    add("P32", True, "one", asks(lost[:1]), told=told)
    add("P32", True, "64", asks(lost[:64]), told=told)
    add("P32", True, "and nothing else", {k: v for k, v in list(empty().items())[:4] + [("blobs", lost[:2])] + list(empty().items())[4:]}, sent=0, lines=(), leaves=w.leaves[:5], pull=[])
    for name, v in (("65", lost), ("one twice", [lost[0], lost[1], lost[0]]), ("in hex", [H(b"blob").hex()]), ("cut", [lost[0][:-1]]), ("spare bits", [bump(lost[0])]), ("padding", [lost[0] + "="]),
                    ("no text", [7]), ("an empty one", [""]), ("a list in it", [[lost[0]]])):
        add("P32", False, name, asks(v))
    for name, v in (("none", []), ("an object", {lost[0]: 1}), ("a text", lost[0]), ("null", None)):
        add("P32", False, name, J(asks(0)).replace('"blobs":0', '"blobs":' + J(v)), "P11")
    add("P32", False, "before verdicts", asks(lost[:1], "verdicts"), "P11")
    add("P32", False, "after checkpoint", asks(lost[:1], "consistency"), "P11")
    f.vectors.insert(0, {"kind": "world", "root": ROOT.pk.hex(), "known": known, "push": push, "epoch": EPOCH, "leaves": mv.hexes(w.leaves)})


if __name__ == "__main__":
    mv.FILES = {"protocol.json": (p2_p3, p9, p11_p12_p16)}
    sys.exit(mv.main())
