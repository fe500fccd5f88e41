#!/usr/bin/env python3
"""make_vectors: the test vectors of the [bytes] clauses of sync/FORMAT.md, made from that page alone:
Python's standard library and libsodium's Ed25519, none of our C code. Writes entry.json,
authority.json, keys.json, log.json and example.json beside this file; with --check it only compares
and fails when a committed file differs. The same bytes come out every time.

A vector is an object: "clause" it is about, "accept", "name", "kind" (what is tried), the inputs of
that kind, and for a refusal "refused", the clause named. Texts that JSON cannot carry are in
members called ..._hex. Kinds: line, id, leaf, uuid_key, fingerprint, code, code_hash, root, inclusion,
consistency, range, note, cosignature, receipt, policy, epoch, example, stub."""
import base64
import ctypes
import ctypes.util
import hashlib
import json
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MAX = 2 ** 53 - 1
L = 2 ** 252 + 27742317777372353535851937790883648493
P = 2 ** 255 - 19

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
if sodium.sodium_init() < 0:
    sys.exit("make_vectors: libsodium does not start")


def H(b):
    return hashlib.sha256(b).digest()


def b64u(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


def b64(b):
    return base64.b64encode(b).decode()


def J(o):
    return json.dumps(o, ensure_ascii=False, separators=(",", ":"))


class Key:
    """An Ed25519 key from a seed of one repeated byte, with a feed."""

    def __init__(self, fill):
        self.seed = bytes([fill]) * 32
        pk, sk = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        sodium.crypto_sign_seed_keypair(pk, sk, self.seed)
        self.pk, self.sk = pk.raw, sk.raw
        self.hash = H(self.pk)
        self.feed = b64u(self.hash[:8] + bytes(range(fill, fill + 8)))

    def sign(self, m):
        out = ctypes.create_string_buffer(64)
        sodium.crypto_sign_detached(out, None, m, ctypes.c_ulonglong(len(m)), self.sk)
        return out.raw


A, B, ROOT, LOG, W1, W2 = (Key(n) for n in (0x21, 0x22, 0x23, 0x24, 0x25, 0x26))
SALT = b64u(H(b"salt")[:16])
ID0, ID1 = b64u(H(b"entry 0")), b64u(H(b"entry 1"))
UUID = "019a9c1e-7c00-7a11-8b22-0123456789ab"


def sign_payload(key, p):
    return key.sign(b"sigsum.org/v1/tree-leaf\0" + H(H(p)))


# ---------------------------------------------------------------- entries

def common(op, seq=1, **over):
    o = {"v": "kk1", "feed": A.feed, "seq": seq, "prev": ID0 if seq else "", "at": 1795054267,
         "seen": [0, ""], "op": op, "scope": "00004"}
    o.update(over)
    return o


def entry(set_=None, drop=(), **over):
    """A `set` entry as an ordered dict: members replaced, dropped, or (unknown ones) put at the end."""
    o = common("set")
    o.update({"id": UUID, "kind": "asset/3", "after": [], "set": {"n": 1} if set_ is None else set_, "salt": SALT})
    o.update(over)
    return {k: v for k, v in o.items() if k not in drop}


def opening(set_=None, **over):
    o = common("open", 0)
    if set_ is not None:
        o["set"] = set_
    o["salt"] = SALT
    o.update(over)
    return o


def authority(op, body, scope="*"):
    o = common(op, scope=scope)
    o.update({"set": body, "salt": SALT})
    return o


def bytes_of(o):
    return o if isinstance(o, bytes) else (o if isinstance(o, str) else J(o)).encode("utf-8", "surrogatepass")


def text(name, b):
    """A member for bytes: as text where JSON can carry it, else as hex."""
    try:
        s = b.decode("utf-8")
        if "\0" not in s:
            return {name: s}
    except UnicodeDecodeError:
        pass
    return {name + "_hex": b.hex()}


class File:
    def __init__(self):
        self.vectors = []

    def add(self, clause, kind, accept, name, refused=None, **inputs):
        v = {"clause": clause, "accept": accept, "name": name, "kind": kind}
        if not accept:
            v["refused"] = refused or clause
        v.update(inputs)
        assert name not in [x["name"] for x in self.vectors if x["clause"] == clause], (clause, name)
        self.vectors.append(v)

    def ok(self, clause, name, o, key=A):
        p = bytes_of(o)
        self.add(clause, "line", True, name, key=key.pk.hex(),
                 **text("line", b64u(sign_payload(key, p)).encode() + b" " + p + b"\n"))

    def no(self, clause, name, o, refused=None, key=A):
        p = bytes_of(o)
        self.add(clause, "line", False, name, refused, key=key.pk.hex(),
                 **text("line", b64u(sign_payload(key, p)).encode() + b" " + p + b"\n"))

    def raw(self, clause, name, line, accept=False, refused=None, key=A):
        self.add(clause, "line", accept, name, refused, key=key.pk.hex(), **text("line", line))


def edit(o, old, new):
    """The payload of o with one piece replaced."""
    s = J(o)
    assert s.count(old) == 1, (old, s.count(old))
    return s.replace(old, new)


def bump(text_, by=1):
    """The last character of b64u, moved within its spare bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text_[:-1] + alphabet[alphabet.index(text_[-1]) + by]


def sized(n, v="kk1"):
    base = len(bytes_of(entry({"n": ""}, v=v)))
    return entry({"n": "a" * (n - base)}, v=v)


def e1_e3(f):
    p = bytes_of(entry())
    sig, sp = b64u(sign_payload(A, p)).encode(), b" "
    f.ok("E1", "a line", entry())
    f.raw("E1", "no LF", sig + sp + p)
    f.raw("E1", "an empty line after", sig + sp + p + b"\n\n")
    f.raw("E1", "no space", sig + p + b"\n")
    f.raw("E1", "a tab for the space", sig + b"\t" + p + b"\n")
    f.raw("E1", "85 characters", sig[:-1] + sp + p + b"\n")
    f.raw("E1", "87 characters", sig + b"A" + sp + p + b"\n")
    f.raw("E1", "padding", sig + b"==" + sp + p + b"\n")
    f.raw("E1", "spare bits in the signature", bump(sig.decode()).encode() + sp + p + b"\n")
    f.raw("E1", "plus and slash", b64(bytes([0xfb, 0xff]) + sign_payload(A, p)[2:]).rstrip("=").encode() + sp + p + b"\n")
    f.raw("E1", "nothing", b"\n")
    f.raw("E1", "payload first", p + sp + sig + b"\n")
    f.raw("E1", "CR LF", sig + sp + p + b"\r\n", refused="E2")

    f.ok("E2", "16384 bytes", sized(16384))
    f.no("E2", "16385 bytes", sized(16385))
    f.ok("E2", "other scripts and planes", entry({"n": "Đỗ Thị Ánh — 𠮷 🏠 ñ"}))
    f.no("E2", "one byte", "{")
    f.no("E2", "no payload", b"")
    f.no("E2", "byte order mark", b"\xef\xbb\xbf" + p)
    for name, bad in (("an overlong form", b"\xc0\xaf"), ("a surrogate", b"\xed\xa0\x80"),
                      ("beyond U+10FFFF", b"\xf4\x90\x80\x80"), ("a cut sequence", b"\xe1\xba"),
                      ("a lone continuation", b"\x80"), ("latin-1", b"\xe9"), ("byte 0xff", b"\xff")):
        f.no("E2", name, bytes_of(entry({"n": "@"})).replace(b"@", bad))
    for c in (0, 1, 9, 13, 31):
        f.no("E2", "byte 0x%02x in a string" % c, bytes_of(entry({"n": "@"})).replace(b"@", bytes([c])))
    f.no("E2", "a tab between members", bytes_of(entry()).replace(b",\"salt\"", b",\t\"salt\""))

    f.ok("E3", "a space in a string", entry({"n": " a b "}))
    f.no("E3", "a space after a comma", edit(entry(), ",\"salt\"", ", \"salt\""))
    f.no("E3", "a space after a colon", edit(entry(), "\"salt\":", "\"salt\": "))
    f.no("E3", "a space at the end", J(entry()) + " ")
    f.no("E3", "a space before", " " + J(entry()))
    f.no("E3", "a bracket too many", J(entry()) + "}")
    f.no("E3", "two objects", J(entry()) + J(entry()))
    f.no("E3", "an array", "[" + J(entry()) + "]")
    f.no("E3", "a string", "\"entry\"")
    f.no("E3", "cut", J(entry())[:-1])
    f.no("E3", "cut in a string", J(entry())[:-3])
    f.no("E3", "a comma too many", J(entry())[:-1] + ",}")
    f.no("E3", "single quotes", edit(entry(), "\"kk1\"", "'kk1'"))
    f.no("E3", "a name without quotes", edit(entry(), "\"salt\":", "salt:"))
    f.no("E3", "a comment", edit(entry(), ",\"salt\"", ",/**/\"salt\""))
    f.no("E3", "True", edit(entry({"n": True}), "true", "True"))
    f.no("E3", "NaN", edit(entry({"n": None}), "null", "NaN"))
    f.no("E3", "an unknown escape", edit(entry({"n": "@"}), "@", "\\x41"))
    f.no("E3", "half an escape", edit(entry({"n": "@"}), "@", "\\u12"))
    f.no("E3", "a plus sign", edit(entry({"n": 7}), "\"n\":7", "\"n\":+7"))


def e4_e6(f):
    f.ok("E4", "every escape in its shortest form", entry({"n": "\" \\ \b \f \n \r \t \x01 \x0b \x1f / \x7f \u0080 \u2028 é 🏠"}))
    for name, esc in (("an escaped slash", "\\/"), ("an escaped letter", "\\u0041"), ("an upper-case digit", "\\u001F"),
                      ("u000a for n", "\\u000a"), ("u0022 for the quote", "\\u0022"), ("u005c for the backslash", "\\u005c"),
                      ("U+0000", "\\u0000"), ("an escaped é", "\\u00e9"), ("an escaped U+007F", "\\u007f"),
                      ("a surrogate pair", "\\ud83c\\udfe0"), ("a lone surrogate", "\\ud83c")):
        f.no("E4", name, edit(entry({"n": "@"}), "@", esc))
    f.no("E4", "an escape in a name", edit(entry(), "\"salt\":", "\"s\\u0061lt\":"))

    for n in (0, 7, -1, MAX, -MAX):
        f.ok("E5", "%d" % n, entry({"n": n}))
    for n in ("9007199254740992", "-9007199254740992", "18446744073709551616", "1.5", "1.0", "1e3", "1E2", "-0", "01", "-01", "00", "0.0"):
        f.no("E5", n, edit(entry({"n": 7}), "\"n\":7", "\"n\":" + n))
    f.no("E5", "a decimal sequence number", edit(entry(), "\"seq\":1,", "\"seq\":1.0,"))

    deep = common("x", v="kk2")
    deep["more"] = {"a": [[]]}
    f.ok("E6", "depth 4", deep)
    deep = dict(deep, more={"a": [[[]]]})
    f.no("E6", "depth 5", deep)
    f.no("E6", "depth 5 of objects", dict(deep, more={"a": {"b": {"c": {}}}}))
    f.no("E6", "depth 9000", edit(dict(deep, more="@"), "\"@\"", "[" * 5000 + "]" * 5000))
    f.no("E6", "a field twice", edit(entry(), "{\"n\":1}", "{\"n\":1,\"n\":1}"))
    f.no("E6", "a member twice", edit(entry(), ",\"salt\"", ",\"kind\":\"asset/3\",\"salt\""))
    f.no("E6", "a name with an escape twice", edit(dict(deep, more=1), "\"more\":1", "\"a\\n\":1,\"b\":1,\"a\\n\":2"))
    f.ok("E6", "one name in two objects", dict(deep, more=[{"v": 1}, {"v": 1}]))


def e7_e8(f):
    f.ok("E7", "set", entry())
    f.ok("E7", "open without set", opening())
    f.ok("E7", "open with set", opening({"name": "Máy 1"}))
    f.ok("E7", "revoke", authority("revoke", revoke()))
    for m in ("v", "feed", "seq", "prev", "at", "seen", "op", "scope", "id", "kind", "after", "set", "salt"):
        f.no("E7", "set without " + m, entry(drop=(m,)))
    for a, b in (("v", "feed"), ("seq", "prev"), ("at", "seen"), ("op", "scope"), ("id", "kind"), ("after", "set"), ("set", "salt")):
        items = list(entry().items())
        i = [k for k, _ in items].index(a)
        items[i], items[i + 1] = items[i + 1], items[i]
        f.no("E7", "%s after %s" % (a, b), dict(items))
    f.no("E7", "a member too many", entry(note="x"))
    f.no("E7", "a member too many in front", dict([("x", 1)] + list(entry().items())))
    f.no("E7", "upper case", edit(entry(), "\"salt\":", "\"Salt\":"))
    f.no("E7", "open with kind", dict(list(opening().items())[:-1] + [("kind", "asset"), ("salt", SALT)]))
    f.no("E7", "open with set after salt", dict(list(opening().items()) + [("set", {})]))
    f.no("E7", "revoke with after", dict(list(authority("revoke", revoke()).items())[:-2] + [("after", []), ("set", revoke()), ("salt", SALT)]))
    f.no("E7", "revoke without set", {k: v for k, v in authority("revoke", revoke()).items() if k != "set"})
    f.no("E7", "an empty object", "{}")

    def later(v="kk2", op="merge", **more):
        o = common(op, v=v)
        o.update(more)
        return o

    f.ok("E8", "kk2 with the common members alone", later())
    f.ok("E8", "kk2 with anything after", later(zz=[1, None, True], set={"N": [{"a": "b"}]}, salt=7))
    f.ok("E8", "kk9999", later("kk9999", "abcdefghijklmnop"))
    f.ok("E8", "kk2 that names an op of kk1", later(op="set"))
    f.ok("E8", "kk2 at seq 0", later(seq=0, prev=""))
    f.ok("E8", "256 members", later(more={"m%d" % i: 0 for i in range(256)}))
    f.no("E8", "257 members", later(more={"m%d" % i: 0 for i in range(257)}))
    for v in ("kk0", "kk02", "kk10000", "kk", "KK2", "kk2 ", "kk-2", "k2", ""):
        f.no("E8", "version %r" % v, later(v))
    f.no("E8", "version 2 as a number", later(2))
    f.no("E8", "version null", entry(v=None))
    for op in ("", "Merge", "abcdefghijklmnopq", "a b", "op2"):
        f.no("E8", "op %r" % op, later(op=op))
    f.no("E8", "op as a number", later(op=5))
    f.no("E8", "no scope", {k: v for k, v in later().items() if k != "scope"})
    f.no("E8", "seq after prev", dict(sorted(later().items(), key=lambda kv: ["v", "feed", "prev", "seq", "at", "seen", "op", "scope"].index(kv[0]))))
    f.no("E8", "another feed", later(feed=B.feed), "E9")
    f.no("E8", "seq and prev disagree", later(prev=""), "E10")
    f.no("E8", "at below 0", later(at=-1), "E11")
    f.no("E8", "seen without root", later(seen=[3, ""]), "E12")
    f.no("E8", "scope 00000", later(scope="00000"), "E14")
    f.no("E8", "16385 bytes", later(x="a" * (16385 - len(J(later(x=""))))), "E2")


def e9_e14(f):
    f.ok("E9", "the feed of the key", entry())
    f.ok("E9", "another feed of the key", entry(feed=b64u(A.hash[:8] + b"\xff" * 8)))
    f.no("E9", "the feed of another key", entry(feed=B.feed))
    f.no("E9", "one bit of the prefix", entry(feed=b64u(bytes([A.hash[0] ^ 1]) + A.hash[1:8] + bytes(8))))
    for name, feed in (("21 characters", A.feed[:-1]), ("padding", A.feed + "=="), ("spare bits", bump(b64u(A.hash[:8] + bytes(8)))),
                       ("hex", (A.hash[:8] + bytes(8)).hex()), ("nothing", ""), ("a number", 5), ("a list", [A.feed])):
        f.no("E9", name, entry(feed=feed))

    f.ok("E10", "seq 0 with no entry before", opening())
    f.ok("E10", "seq 2^53-1", entry(seq=MAX))
    f.no("E10", "seq 0 with an entry before", opening(prev=ID0))
    f.no("E10", "seq 1 with no entry before", entry(prev=""))
    f.no("E10", "seq below 0", entry(seq=-1))
    f.no("E10", "seq as a string", entry(seq="1"))
    for name, prev in (("42 characters", ID0[:-1]), ("44 characters", ID0 + "A"), ("hex", H(b"entry 0").hex()), ("spare bits", bump(b64u(bytes(32)))), ("null", None), ("a list", [])):
        f.no("E10", "prev: " + name, entry(prev=prev))

    f.ok("E11", "0", entry(at=0))
    f.ok("E11", "2^53-1", entry(at=MAX))
    for name, at in (("below 0", -1), ("a string", "1795054267"), ("null", None), ("a list", [1])):
        f.no("E11", name, entry(at=at))

    root = b64u(H(b"root"))
    f.ok("E12", "none", entry())
    f.ok("E12", "a checkpoint", entry(seen=[1, root]))
    f.ok("E12", "a large checkpoint", entry(seen=[MAX, root]))
    for name, seen in (("size 0 with a root", [0, root]), ("no root", [5, ""]), ("one item", [5]), ("three items", [5, root, 0]),
                       ("nothing", []), ("a size below 0", [-1, root]), ("a cut root", [5, root[:-1]]), ("an object", {"size": 5}),
                       ("a string", ""), ("the other way round", [root, 5]), ("a list as size", [[5], root]), ("null", None)):
        f.no("E12", name, entry(seen=seen))

    f.ok("E13", "open at seq 0", opening())
    f.ok("E13", "set later", entry())
    f.no("E13", "open at seq 1", opening(seq=1, prev=ID0))
    f.no("E13", "set at seq 0", entry(seq=0, prev=""))
    f.no("E13", "revoke at seq 0", dict(authority("revoke", revoke()), seq=0, prev=""))
    for op in ("delete", "Set", "", "unknown", 5, None, ["set"]):
        f.no("E13", "op %s" % J(op), entry(op=op))

    for scope in ("00004", "99999", "00001", "*"):
        f.ok("E14", scope, entry(scope=scope))
    for scope in ("00000", "4", "0004", "000004", "0000a", "**", "", "00004 ", "٠٠٠٠٤", "-0004", 4, None, ["00004"]):
        f.no("E14", J(scope), entry(scope=scope))


def blob(**over):
    b = {"sha256": H(b"blob").hex(), "size": 1, "type": "image/jpeg", "name": "ảnh.jpg"}
    b.update(over)
    return b


def e15_e17(f):
    f.ok("E15", "version 7", entry())
    f.ok("E15", "version 8", entry(id="019a9c1e-7c00-8a11-bb22-0123456789ab"))
    for name, i in (("upper case", UUID.upper()), ("one letter upper case", UUID[:-1] + "B"), ("version 4", "019a9c1e-7c00-4a11-8b22-0123456789ab"),
                    ("version 1", "019a9c1e-7c00-1a11-8b22-0123456789ab"), ("variant 0", "019a9c1e-7c00-7a11-0b22-0123456789ab"),
                    ("variant c", "019a9c1e-7c00-7a11-cb22-0123456789ab"), ("no dashes", UUID.replace("-", "")), ("braces", "{" + UUID + "}"),
                    ("a dash elsewhere", "019a9c1e7-c00-7a11-8b22-0123456789ab"), ("35 characters", UUID[:-1]), ("nothing", ""), ("null", None)):
        f.no("E15", name, entry(id=i))

    for kind in ("asset", "asset/2", "asset/9999", "a", "a" * 32, "a" * 32 + "/10", "weekly_statement", "a_1"):
        f.ok("E16", kind, entry(kind=kind))
    for kind in ("asset/1", "asset/0", "asset/02", "asset/10000", "asset/", "asset/2/3", "asset/-2", "asset/x", "a" * 33, "Asset", "1asset", "_asset", "as-set",
                 "tài_sản", "", "/2", 3, None):
        f.no("E16", J(kind), entry(kind=kind))

    ids = [b64u(H(b"after %d" % i)) for i in range(65)]
    f.ok("E17", "none", entry())
    f.ok("E17", "one", entry(after=ids[:1]))
    f.ok("E17", "64", entry(after=ids[:64]))
    f.no("E17", "65", entry(after=ids))
    f.no("E17", "one twice", entry(after=[ids[0], ids[1], ids[0]]))
    for name, after in (("42 characters", [ids[0][:-1]]), ("44 characters", [ids[0] + "A"]), ("spare bits", [bump(b64u(bytes(32)))]), ("an empty string", [""]),
                        ("a number", [1]), ("a list inside", [[ids[0]]]), ("hex", [H(b"x").hex()]), ("a string", ids[0]), ("an object", {}), ("null", None)):
        f.no("E17", name, entry(after=after))


def e18_e19_e25(f):
    f.ok("E18", "every type of value", entry({"a": "x", "b": 0, "c": True, "d": False, "e": None, "f": [], "g": ["", "]", "\",\"", "}\\"], "h": blob()}))
    f.ok("E18", "256 fields", entry({"f%d" % i: 0 for i in range(256)}))
    f.no("E18", "257 fields", entry({"f%d" % i: 0 for i in range(257)}))
    f.no("E18", "no field", entry({}))
    f.ok("E18", "a name of 48", entry({"a" * 48: 1, "z_9": 1}))
    for name in ("a" * 49, "A", "1a", "_a", "", "a-b", "tên", "a.b", "a\n"):
        f.no("E18", "name %s" % J(name), entry({name: 1}))
    f.ok("E18", "an array of 256", entry({"a": ["x%d" % i for i in range(256)]}))
    f.no("E18", "an array of 257", entry({"a": ["x%d" % i for i in range(257)]}))
    for name, v in (("an array of numbers", [1]), ("null in an array", ["a", None]), ("an array in an array", [["a"]]), ("a blob in an array", [blob()]),
                    ("an empty object", {}), ("an object that is no blob", {"a": 1})):
        f.no("E18", name, entry({"a": v}))
    f.no("E18", "set is an array", entry([1]))
    f.no("E18", "set is a string", entry("x"))
    f.no("E18", "set is null", dict(entry(), set=None))
    f.ok("E18", "the largest blob", entry({"a": blob(size=67108864, type="t" * 100, name="ữ" * 200)}))
    f.ok("E18", "escapes count as one character", entry({"a": blob(name="\n\x01\"" * 66 + "ab")}))
    hash_ = H(b"blob").hex()
    for name, b in (("size 0", blob(size=0)), ("size 67108865", blob(size=67108865)), ("size as a string", blob(size="1")), ("no type", blob(type="")),
                    ("a type of 101", blob(type="t" * 101)), ("no name", blob(name="")), ("a name of 201", blob(name="ữ" * 201)), ("an upper-case hash", blob(sha256=hash_.upper())),
                    ("a hash of 63", blob(sha256=hash_[:-1])), ("a hash in b64u", blob(sha256=b64u(H(b"blob")))), ("a member too many", blob(exif=1)),
                    ("name before type", {"sha256": hash_, "size": 1, "name": "x", "type": "t"}), ("size first", {"size": 1, "sha256": hash_, "type": "t", "name": "x"}),
                    ("without name", {"sha256": hash_, "size": 1, "type": "t"}), ("the hash alone", {"sha256": hash_}), ("a list as name", blob(name=["x"]))):
        f.no("E18", "a blob: " + name, entry({"a": b}))

    f.ok("E19", "16 bytes", entry())
    for name, salt in (("21 characters", SALT[:-1]), ("23 characters", SALT + "A"), ("spare bits", bump(b64u(bytes(16)))), ("nothing", ""), ("a number", 1), ("null", None)):
        f.no("E19", name, entry(salt=salt))

    f.ok("E25", "all three", opening({"device": b64u(B.pk), "last": ID1, "name": "PC xã 4"}))
    f.ok("E25", "none of them", opening({}))
    f.ok("E25", "in another order", opening({"name": "", "device": b64u(B.pk)}))
    for name, s in (("another member", {"note": "x"}), ("a device that is no key", {"device": "PC"}), ("no device", {"device": ""}), ("last as hex", {"last": H(b"x").hex()}),
                    ("name as a number", {"name": 1}), ("name as null", {"name": None})):
        f.no("E25", name, opening(s))
    f.no("E25", "a list", opening([]))


def e20_e23(f):
    p = bytes_of(entry())
    i, sig = H(p), sign_payload(A, p)
    f.add("E20", "id", True, "H(payload)", payload=p.decode(), id=b64u(i))
    f.add("E20", "id", False, "H(payload LF)", payload=p.decode(), id=b64u(H(p + b"\n")))
    f.add("E20", "id", False, "H(H(payload))", payload=p.decode(), id=b64u(H(i)))

    f.raw("E21", "signed", b64u(sig).encode() + b" " + p + b"\n", accept=True)

    def with_sig(name, s, payload=p):
        f.raw("E21", name, b64u(s).encode() + b" " + payload + b"\n", refused="A1")

    for bit in (0, 255, 256, 511):
        with_sig("bit %d of the signature" % bit, bytes(c ^ (1 << bit % 8 if k == bit // 8 else 0) for k, c in enumerate(sig)))
    with_sig("another digit in the payload", sig, p.replace(b"\"n\":1}", b"\"n\":2}"))
    with_sig("signed by another key", sign_payload(B, p))
    with_sig("the payload signed", A.sign(p))
    with_sig("its id signed", A.sign(b"sigsum.org/v1/tree-leaf\0" + i))
    with_sig("without the NUL", A.sign(b"sigsum.org/v1/tree-leaf" + H(i)))
    with_sig("S plus the order", sig[:32] + ((int.from_bytes(sig[32:], "little") + L) % 2 ** 256).to_bytes(32, "little"))
    with_sig("all zero", bytes(64))

    leaf = H(i) + sig + A.hash
    line = (b64u(sig).encode() + b" " + p + b"\n").decode()
    f.add("E22", "leaf", True, "a leaf", line=line, key=A.pk.hex(), leaf=leaf.hex(), leaf_hash=H(b"\0" + leaf).hex())
    f.add("E22", "leaf", False, "with the id itself", line=line, key=A.pk.hex(), leaf=(i + sig + A.hash).hex(), leaf_hash=H(b"\0" + i + sig + A.hash).hex())
    f.add("E22", "leaf", False, "with the key itself", line=line, key=A.pk.hex(), leaf=(H(i) + sig + A.pk).hex(), leaf_hash=H(b"\0" + H(i) + sig + A.pk).hex())

    def uuid8(kind, *parts):
        h = bytearray(H(b"\0".join([kind.encode()] + [x.encode() for x in parts]))[:16])
        h[6], h[8] = h[6] & 15 | 0x80, h[8] & 63 | 0x80
        x = bytes(h).hex()
        return "-".join((x[:8], x[8:12], x[12:16], x[16:20], x[20:]))

    f.add("E23", "uuid_key", True, "a weekly statement", form="weekly_statement", parts=["00004", "2026-W47"], uuid=uuid8("weekly_statement", "00004", "2026-W47"))
    f.add("E23", "uuid_key", True, "a part outside ASCII", form="committee_member", parts=[UUID, "Đặng"], uuid=uuid8("committee_member", UUID, "Đặng"))
    f.add("E23", "uuid_key", True, "an empty part", form="k", parts=["", "a"], uuid=uuid8("k", "", "a"))
    f.add("E23", "uuid_key", False, "parts run together", form="weekly_statement", parts=["00004", "2026-W47"], uuid=uuid8("weekly_statement", "000042026-W47"))
    f.add("E23", "uuid_key", False, "parts the other way round", form="weekly_statement", parts=["00004", "2026-W47"], uuid=uuid8("weekly_statement", "2026-W47", "00004"))
    f.add("E23", "uuid_key", False, "another kind", form="weekly_statement", parts=["00004", "2026-W47"], uuid=uuid8("statement", "00004", "2026-W47"))


# ---------------------------------------------------------------- authority

def cert(**over):
    o = {"key": b64u(A.pk), "role": "clerk", "scope": ["00004"], "device": b64u(B.pk), "name": "Lê Thị Hoa", "title": "Công chức", "custody": "own", "box": b64u(H(b"box"))}
    o.update(over)
    return o


def revoke(**over):
    o = {"key": b64u(B.pk), "from": 1285000, "reason": "Mất máy"}
    o.update(over)
    return o


def admit(**over):
    o = {"ids": [ID0], "reason": "Đã kiểm tra"}
    o.update(over)
    return o


def form(**over):
    o = {"name": "asset", "version": 3, "state": "published", "blob": blob(type="application/json", name="asset-3.json")}
    o.update(over)
    return o


def erase(**over):
    o = {"id": ID1, "feed": A.feed, "seq": 2, "prev": ID0, "kind": "asset/3", "entity": UUID, "fields": ["name", "n"], "after": [ID0], "reason": "Ghi nhầm"}
    o.update(over)
    return o


def log(**over):
    o = {"key": b64u(LOG.pk), "old": "", "size": 0, "root": "", "box": b64u(H(b"box")), "pin": b64u(H(b"pin")), "witnesses": ["w1 " + W1.pk.hex()], "quorum": 1}
    o.update(over)
    return o


def body_shape(f, clause, op, make):
    """Exactly these members in this order."""
    full = make()
    f.ok(clause, "a " + op, authority(op, full))
    for m in full:
        f.no(clause, "without " + m, authority(op, {k: v for k, v in full.items() if k != m}))
    f.no(clause, "a member too many", authority(op, dict(full, more=1)))
    items = list(full.items())
    items[0], items[1] = items[1], items[0]
    f.no(clause, "%s after %s" % (items[1][0], items[0][0]), authority(op, dict(items)))
    f.no(clause, "an empty object", authority(op, {}))
    f.no(clause, "no object", authority(op, [1]))


def points():
    """Encodings that are no key: of small order, not canonical, not on the curve."""
    def enc(y, sign=0):
        return (y | sign << 255).to_bytes(32, "little")
    small8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7
    yield "the neutral element", enc(1)
    yield "order 2", enc(P - 1)
    yield "order 4", enc(0)
    yield "order 8", enc(small8)
    yield "order 8, the other", enc(P - small8)
    yield "not canonical: p", enc(P)
    yield "not canonical: p + 1", enc(P + 1)
    yield "not on the curve", enc(2)
    for y in (2, 1):
        d = -121665 * pow(121666, P - 2, P) % P
        x2 = (y * y - 1) * pow(d * y * y + 1, P - 2, P) % P
        assert (pow(x2, (P - 1) // 2, P) == P - 1) == (y == 2), "y = %d" % y


def k1_k3(f):
    f.ok("K1", "a key in a cert", authority("cert", cert()))
    f.ok("K1", "a key in a log entry", authority("log", log()))
    for name, key in points():
        f.no("K1", "cert: " + name, authority("cert", cert(key=b64u(key))))
    f.no("K1", "the device of a cert", authority("cert", cert(device=b64u((1).to_bytes(32, "little")))))
    f.no("K1", "the key of a log", authority("log", log(key=b64u((1).to_bytes(32, "little")))))
    f.no("K1", "a witness of a log", authority("log", log(witnesses=["w1 " + (1).to_bytes(32, "little").hex()])))
    f.no("K1", "a key as hex", authority("cert", cert(key=A.pk.hex())), "K2")
    f.no("K1", "spare bits", authority("cert", cert(box=bump(b64u(bytes(32))))), "K2")

    body_shape(f, "K2", "cert", cert)
    f.ok("K2", "the least", authority("cert", cert(device="", name="", title="", box="")))
    f.ok("K2", "the most", authority("cert", cert(scope=["%05d" % i for i in range(1, 65)], name="ữ" * 200, title="\n" * 200, custody="collector")))
    f.ok("K2", "every commune", authority("cert", cert(role="registrar", scope=["*"])))
    for name, over in (("no scope", {"scope": []}), ("65 scopes", {"scope": ["%05d" % i for i in range(1, 66)]}), ("scope 00000", {"scope": ["00000"]}), ("a scope as text", {"scope": "00004"}),
                       ("a scope as a number", {"scope": [4]}), ("a cut key", {"key": b64u(A.pk)[:-1]}), ("no key", {"key": ""}), ("a cut device", {"device": b64u(B.pk)[:-1]}),
                       ("a device as null", {"device": None}), ("a name of 201", {"name": "ữ" * 201}), ("a name as null", {"name": None}), ("a title of 201", {"title": "a" * 201}),
                       ("a title as a list", {"title": ["x"]}), ("custody of nobody", {"custody": ""}), ("custody elsewhere", {"custody": "Own"}), ("custody as a number", {"custody": 1}),
                       ("a cut box", {"box": b64u(H(b"box"))[:-1]}), ("a box as a number", {"box": 0})):
        f.no("K2", name, authority("cert", cert(**over)))

    for role in ("registrar", "verifier", "province_verifier", "reporter", "auditor", "clerk", "device"):
        f.ok("K3", role, authority("cert", cert(role=role)))
    for role in ("root", "Clerk", "admin", "", 3, None, ["clerk"]):
        f.no("K3", J(role), authority("cert", cert(role=role)))


def k4_k6(f):
    body_shape(f, "K4", "revoke", revoke)
    f.ok("K4", "from 0", authority("revoke", revoke(**{"from": 0, "reason": "x"})))
    f.ok("K4", "from 2^53-1, a reason of 500", authority("revoke", revoke(**{"from": MAX, "reason": "ữ" * 500})))
    for name, over in (("from below 0", {"from": -1}), ("from as a string", {"from": "0"}), ("no reason", {"reason": ""}), ("a reason of 501", {"reason": "ữ" * 501}), ("a reason as a number", {"reason": 1}),
                       ("a cut key", {"key": b64u(B.pk)[:-1]}), ("no key", {"key": ""})):
        f.no("K4", name, authority("revoke", revoke(**over)))

    ids = [b64u(H(b"admit %d" % i)) for i in range(65)]
    body_shape(f, "K5", "admit", admit)
    f.ok("K5", "64", authority("admit", admit(ids=ids[:64], reason="")))
    for name, over in (("65", {"ids": ids}), ("none", {"ids": []}), ("one twice", {"ids": [ID0, ID0]}), ("a cut id", {"ids": [ID0[:-1]]}), ("a number", {"ids": [1]}), ("a string", {"ids": ID0}), ("a reason as a list", {"reason": ["x"]})):
        f.no("K5", name, authority("admit", admit(**over)))

    json_blob = blob(type="application/json", name="x")
    body_shape(f, "K6", "form", form)
    f.ok("K6", "closed, version 9999", authority("form", form(name="a" * 32, version=9999, state="closed", blob=json_blob)))
    f.ok("K6", "version 1", authority("form", form(version=1)))
    for name, over in (("a name with a version", {"name": "asset/3"}), ("an upper-case name", {"name": "Asset"}), ("a name of 33", {"name": "a" * 33}), ("no name", {"name": ""}), ("version 0", {"version": 0}),
                       ("version 10000", {"version": 10000}), ("version as a string", {"version": "3"}), ("a draft", {"state": "draft"}), ("state as null", {"state": None}),
                       ("another type", {"blob": blob(type="text/plain")}), ("a hash alone", {"blob": H(b"x").hex()}), ("an empty blob", {"blob": {}}),
                       ("a blob out of order", {"blob": dict(reversed(list(json_blob.items())))}), ("a blob of size 0", {"blob": dict(json_blob, size=0)})):
        f.no("K6", name, authority("form", form(**over)))


def k7_k8(f):
    names = ["f%d" % i for i in range(257)]
    ids = [b64u(H(b"after %d" % i)) for i in range(65)]
    body_shape(f, "K7", "erase", erase)
    f.ok("K7", "seq 0", authority("erase", erase(seq=0, prev="", after=[], reason="")))
    f.ok("K7", "256 fields, 64 ids", authority("erase", erase(fields=names[:256], after=ids[:64], kind="asset")))
    for name, over in (("a cut id", {"id": ID1[:-1]}), ("a cut feed", {"feed": A.feed[:-1]}), ("seq below 0", {"seq": -1}), ("seq 0 with prev", {"seq": 0}), ("no prev", {"prev": ""}), ("prev as null", {"prev": None}),
                       ("kind version 1", {"kind": "asset/1"}), ("no kind", {"kind": ""}), ("an upper-case entity", {"entity": UUID.upper()}), ("no entity", {"entity": ""}), ("no fields", {"fields": []}),
                       ("257 fields", {"fields": names}), ("a field twice", {"fields": ["n", "n"]}), ("a field in upper case", {"fields": ["N"]}), ("a field as a number", {"fields": [1]}), ("fields as a string", {"fields": "n"}),
                       ("65 ids", {"after": ids}), ("an id twice", {"after": [ID0, ID0]}), ("after as null", {"after": None}), ("a reason as a number", {"reason": 1})):
        f.no("K7", name, authority("erase", erase(**over)))

    old = {"old": b64u(B.pk), "size": 51234, "root": b64u(H(b"root"))}
    ws = ["w%d %s" % (i, Key(0x40 + i).pk.hex()) for i in range(17)]
    body_shape(f, "K8", "log", log)
    f.ok("K8", "after another log", authority("log", log(**old)))
    f.ok("K8", "after an empty log", authority("log", log(old=b64u(B.pk))))
    f.ok("K8", "16 witnesses", authority("log", log(witnesses=ws[:16], quorum=16)))
    f.ok("K8", "no witness, no pin", authority("log", log(witnesses=[], quorum=0, pin="")))
    f.ok("K8", "a witness with the longest name", authority("log", log(witnesses=["~" * 100 + " " + W1.pk.hex()])))
    for name, over in (("no key", {"key": ""}), ("a cut old key", {"old": b64u(B.pk)[:-1]}), ("a size without old key", {"size": 5, "root": b64u(H(b"root"))}), ("a size without root", dict(old, root="")),
                       ("a root without size", dict(old, size=0)), ("a size below 0", dict(old, size=-1)), ("no box", {"box": ""}), ("a cut pin", {"pin": b64u(H(b"pin"))[:-1]}), ("17 witnesses", {"witnesses": ws}),
                       ("a quorum of more", {"quorum": 2}), ("a quorum below 0", {"quorum": -1}), ("a quorum of words", {"quorum": "all"}), ("a witness without key", {"witnesses": ["w1"]}),
                       ("a witness without name", {"witnesses": [" " + W1.pk.hex()]}), ("a key in upper case", {"witnesses": ["w1 " + W1.pk.hex().upper()]}), ("a key in b64u", {"witnesses": ["w1 " + b64u(W1.pk)]}),
                       ("two spaces", {"witnesses": ["w1  " + W1.pk.hex()]}), ("a name with a plus", {"witnesses": ["w+1 " + W1.pk.hex()]}), ("a name outside ASCII", {"witnesses": ["ư " + W1.pk.hex()]}),
                       ("a name of 101", {"witnesses": ["~" * 101 + " " + W1.pk.hex()]}), ("a witness called none", {"witnesses": ["none " + W1.pk.hex()]}), ("a name twice", {"witnesses": ["w1 " + W1.pk.hex(), "w1 " + W2.pk.hex()]}),
                       ("a key twice", {"witnesses": ["w1 " + W1.pk.hex(), "w2 " + W1.pk.hex()]}), ("a witness as an object", {"witnesses": [{"name": "w1"}]}), ("witnesses as a string", {"witnesses": ws[0]})):
        f.no("K8", name, authority("log", log(**over)))


def keys(f):
    def fingerprint(pk):
        h = H(b"kiemke fingerprint\0" + pk)
        return " ".join("%05d" % (int.from_bytes(h[i:i + 4], "big") % 100000) for i in (0, 4, 8, 12))

    for name, k in (("A", A), ("B", B), ("the root", ROOT)):
        f.add("K11", "fingerprint", True, "of " + name, key=k.pk.hex(), fingerprint=fingerprint(k.pk))
    zero = next(pk for pk in (H(b"%d" % i) for i in range(100000)) if "00" in [g[:2] for g in fingerprint(pk).split()])
    f.add("K11", "fingerprint", True, "with leading zeros", key=zero.hex(), fingerprint=fingerprint(zero))
    f.add("K11", "fingerprint", False, "of another key", key=A.pk.hex(), fingerprint=fingerprint(B.pk))
    f.add("K11", "fingerprint", False, "without the leading zeros", key=zero.hex(), fingerprint=" ".join(str(int(g)) for g in fingerprint(zero).split()))

    code = "0123-ABCD-XYZ1"
    for typed in (code, code.lower(), "0123ABCDXYZ1", "OL23-ABCD-XYZI", "oi23abcdxyzl", "0123-ABCDXYZ1"):
        f.add("K12", "code", True, "typed %s" % typed, typed=typed, code=code)
    for typed in ("0123-ABCD-XYZ", "0123-ABCD-XYZ11", "0123-ABCU-XYZ1", "", "0123 ABCD XYZ1", "-0123-ABCD-XYZ1", "0123-ABCD-XYZ1-", "0123--ABCD-XYZ1", "01-23ABCD-XYZ1", "0123-ABCD-XYZĐ"):
        f.add("K12", "code", False, "typed %s" % J(typed), typed=typed)
    h = H(b"kiemke code\0" + b"00004\0" + b"0123ABCDXYZ1")
    f.add("K12", "code_hash", True, "the hash of a code", scope="00004", code=code, hash=h.hex())
    f.add("K12", "code_hash", False, "with the dashes", scope="00004", code=code, hash=H(b"kiemke code\0" + b"00004\0" + code.encode()).hex())
    f.add("K12", "code_hash", False, "of another commune", scope="00005", code=code, hash=h.hex())


# ---------------------------------------------------------------- log

def mth(d):
    if not d:
        return H(b"")
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return H(b"\1" + mth(d[:k]) + mth(d[k:]))


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]


def consistency(m, d, whole=True):
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    return consistency(m, d[:k], whole) + [mth(d[k:])] if m <= k else consistency(m - k, d[k:], False) + [mth(d[:k])]


def outside(d, start, end, at=0):
    if at + len(d) <= start or at >= end:
        return [mth(d)]
    if at >= start and at + len(d) <= end:
        return []
    k = split(len(d))
    return outside(d[:k], start, end, at) + outside(d[k:], start, end, at + k)


LEAVES = [H(b"\0" + b"leaf %d" % i) for i in range(40)]


def hexes(hs):
    return [h.hex() for h in hs]


def flip(h):
    return bytes([h[0] ^ 1]) + h[1:]


def l1_l3(f):
    for n in (0, 1, 2, 3, 7, 8, 13):
        f.add("L1", "root", True, "%d leaves" % n, leaves=[(b"leaf %d" % i).hex() for i in range(n)], root=mth(LEAVES[:n]).hex())
    three = [(b"leaf %d" % i).hex() for i in range(3)]
    f.add("L1", "root", False, "without the byte before a leaf", leaves=three, root=mth([H(b"leaf %d" % i) for i in range(3)]).hex())
    f.add("L1", "root", False, "the last leaf twice", leaves=three, root=mth(LEAVES[:3] + LEAVES[2:3]).hex())
    f.add("L1", "root", False, "another order", leaves=three[::-1], root=mth(LEAVES[:3]).hex())

    def inclusion(accept, name, i, n, **over):
        v = {"leaf_hash": LEAVES[i].hex(), "index": i, "size": n, "path": hexes(path(i, LEAVES[:n])), "root": mth(LEAVES[:n]).hex()}
        v.update(over)
        f.add("L2", "inclusion", accept, name, **v)

    for i, n in ((0, 1), (0, 2), (6, 7), (3, 8), (12, 13), (5, 39)):
        inclusion(True, "leaf %d of %d" % (i, n), i, n)
    p = path(5, LEAVES[:13])
    for name, over in (("a hash too few", {"path": hexes(p[:-1])}), ("a hash too many", {"path": hexes(p + p[:1])}), ("a flipped bit", {"path": hexes([flip(p[0])] + p[1:])}), ("another order", {"path": hexes(p[::-1])}),
                       ("another index", {"index": 4}), ("an index past the end", {"index": 13}), ("another leaf", {"leaf_hash": LEAVES[6].hex()}), ("another root", {"root": mth(LEAVES[:12]).hex()}), ("size 0", {"size": 0, "index": 0})):
        inclusion(False, "inclusion: " + name, 5, 13, **over)

    def grown(accept, name, m, n, **over):
        v = {"old": m, "old_root": mth(LEAVES[:m]).hex(), "size": n, "root": mth(LEAVES[:n]).hex(), "path": hexes(consistency(m, LEAVES[:n]) if m else [])}
        v.update(over)
        f.add("L2", "consistency", accept, name, **v)

    for m, n in ((0, 0), (0, 5), (1, 2), (4, 8), (6, 8), (7, 7), (3, 13), (32, 39)):
        grown(True, "%d to %d" % (m, n), m, n)
    c = consistency(6, LEAVES[:13])
    for name, over in (("a hash too few", {"path": hexes(c[:-1])}), ("a hash too many", {"path": hexes(c + c[:1])}), ("a flipped bit", {"path": hexes([flip(c[0])] + c[1:])}), ("another old root", {"old_root": mth(LEAVES[1:7]).hex()}),
                       ("another root", {"root": mth(LEAVES[:14]).hex()}), ("a smaller tree", {"old": 14}), ("nothing", {"path": []})):
        grown(False, "consistency: " + name, 6, 13, **over)
    grown(False, "consistency: same size, another root", 7, 7, root=mth(LEAVES[:6]).hex())
    grown(False, "consistency: hashes for an empty tree", 0, 5, path=hexes(LEAVES[:1]))

    def ranged(accept, name, s, e, n, **over):
        v = {"start": s, "end": e, "size": n, "leaf_hashes": hexes(LEAVES[s:e]), "nodes": hexes(outside(LEAVES[:n], s, e)), "root": mth(LEAVES[:n]).hex()}
        if accept:
            v["inclusion"] = [hexes(path(i, LEAVES[:n])) for i in range(s, e)]
        v.update(over)
        f.add("L3", "range", accept, name, **v)

    for s, e, n in ((0, 1, 1), (0, 13, 13), (3, 7, 13), (12, 13, 13), (0, 1, 39), (8, 16, 16), (5, 6, 39), (31, 38, 39)):
        ranged(True, "[%d, %d) of %d" % (s, e, n), s, e, n)
    nodes = outside(LEAVES[:13], 3, 7)
    for name, over in (("a hash too few", {"nodes": hexes(nodes[:-1])}), ("a hash too many", {"nodes": hexes(nodes + nodes[:1])}), ("another order", {"nodes": hexes(nodes[::-1])}), ("a flipped bit", {"nodes": hexes([flip(nodes[0])] + nodes[1:])}),
                       ("another leaf", {"leaf_hashes": hexes(LEAVES[4:8])}), ("subtrees that are not maximal", {"nodes": hexes(LEAVES[:3] + nodes[2:])}), ("another root", {"root": mth(LEAVES[:12]).hex()})):
        ranged(False, name, 3, 7, 13, **over)


ORIGIN = "sigsum.org/v1/tree/"


class Head:
    """A signed tree head of n leaves, the leaf `mine` replacing number i."""

    def __init__(self, n, i=None, mine=None, log_=LOG):
        self.d = LEAVES[:n]
        if i is not None:
            self.d = self.d[:i] + [H(b"\0" + mine)] + self.d[i + 1:]
        self.n, self.root, self.log = n, mth(self.d), log_
        self.origin = ORIGIN + log_.hash.hex()
        self.body = ("%s\n%d\n%s\n" % (self.origin, n, b64(self.root))).encode()
        self.sig = log_.sign(self.body)

    def key_id(self):
        return H(self.origin.encode() + b"\n\1" + self.log.pk)[:4]

    def log_line(self, key_id=None, sig=None, origin=None):
        return "— %s %s\n" % (origin or self.origin, b64((key_id or self.key_id()) + (sig or self.sig)))

    def cosign(self, w, t):
        return w.sign(b"cosignature/v1\ntime %d\n" % t + self.body)

    def cosig_line(self, w, name, t, sig=None, key_id=None):
        return "— %s %s\n" % (name, b64((key_id or H(name.encode() + b"\n\4" + w.pk)[:4]) + struct.pack(">Q", t) + (sig or self.cosign(w, t))))

    def note(self, *lines):
        return self.body.decode() + "\n" + self.log_line() + "".join(lines)

    def proof(self, i, author, sig, cosigs=()):
        s = "version=2\nlog=%s\nleaf=%s %s\n\nsize=%d\nroot_hash=%s\nsignature=%s\n" % (self.log.hash.hex(), author.hash.hex(), sig.hex(), self.n, self.root.hex(), self.sig.hex())
        s += "".join("cosignature=%s %d %s\n" % (w.hash.hex(), t, self.cosign(w, t).hex()) for w, t in cosigs)
        if self.n > 1:
            s += "\nleaf_index=%d\n" % i + "".join("node_hash=%s\n" % h.hex() for h in path(i, self.d))
        return s


def l4_l5(f):
    h = Head(3)

    def note(accept, name, t, log_=LOG):
        f.add("L4", "note", accept, name, text=t, log=log_.pk.hex(), **({"size": h.n, "root": h.root.hex()} if accept else {}))

    note(True, "a checkpoint", h.note())
    f.add("L4", "note", True, "an empty log", text=Head(0).note(), log=LOG.pk.hex(), size=0, root=H(b"").hex())
    note(True, "with a signature of another kind", h.note("— someone AAAAAAAA\n"))
    t = h.note()

    def rewritten(old, new):
        """The body changed and signed anew."""
        k = Head(3)
        k.body = h.body.replace(old, new)
        assert k.body != h.body
        k.sig = LOG.sign(k.body)
        return k.note()

    r = b64(h.root).encode()
    for name, bad in (("a leading zero", rewritten(b"\n3\n", b"\n03\n")), ("a sign", rewritten(b"\n3\n", b"\n+3\n")), ("no size", rewritten(b"\n3\n", b"\n\n")), ("2^63", rewritten(b"\n3\n", b"\n9223372036854775808\n")),
                      ("a root without padding", rewritten(r, r.rstrip(b"="))), ("a root in hex", rewritten(r, h.root.hex().encode())), ("a root of 31 bytes", rewritten(r, b64(h.root[:31]).encode())),
                      ("a line too many", rewritten(r + b"\n", r + b"\nextension\n")), ("another origin", rewritten(b"/v1/", b"/v0/")), ("an origin in upper case", rewritten(LOG.hash.hex().encode(), LOG.hash.hex().upper().encode())),
                      ("CR LF", rewritten(b"\n3\n", b"\r\n3\n")), ("no empty line", t.replace("\n\n", "\n")), ("two empty lines", t.replace("\n\n", "\n\n\n")), ("no signature", h.body.decode() + "\n"), ("the body alone", h.body.decode()),
                      ("a flipped bit in the signature", h.body.decode() + "\n" + h.log_line(sig=flip(h.sig))), ("another key id", h.body.decode() + "\n" + h.log_line(key_id=flip(h.key_id()))),
                      ("a key id without type", h.body.decode() + "\n" + h.log_line(key_id=H(h.origin.encode() + b"\n" + LOG.pk)[:4])), ("a hyphen for the dash", t.replace("—", "-")), ("another name", h.body.decode() + "\n" + h.log_line(origin="sigsum")),
                      ("the root of another tree", t.replace(b64(h.root), b64(Head(4).root))), ("another size", t.replace("\n3\n", "\n4\n")), ("nothing", "")):
        note(False, name, bad)
    note(False, "another log", t, B)
    note(False, "another log's signature", Head(3, log_=B).note())

    def cosig(accept, name, lines, w=W1):
        f.add("L5", "cosignature", accept, name, text=h.note(*lines), log=LOG.pk.hex(), witness=w.pk.hex(), **({"time": 1795054300} if accept else {}))

    good = h.cosig_line(W1, "witness.example/w1", 1795054300)
    cosig(True, "a cosignature", [good])
    cosig(True, "among others", [h.cosig_line(W2, "w2", 1), good])
    cosig(False, "of another witness", [good], W2)
    cosig(False, "none", [])
    other = Head(4)
    for name, line in (("a flipped bit", h.cosig_line(W1, "w1", 5, sig=flip(h.cosign(W1, 5)))), ("another time", h.cosig_line(W1, "w1", 6, sig=h.cosign(W1, 5))), ("another checkpoint", other.cosig_line(W1, "w1", 5)),
                       ("the body alone signed", h.cosig_line(W1, "w1", 5, sig=W1.sign(h.body))), ("the key id of another name", h.cosig_line(W1, "w1", 5, key_id=H(b"w2\n\4" + W1.pk)[:4])),
                       ("the key id of type 1", h.cosig_line(W1, "w1", 5, key_id=H(b"w1\n\1" + W1.pk)[:4])), ("no base64", "— w1 !!!!\n"), ("no name", "—  AAAAAAAA\n"), ("a hyphen for the dash", good.replace("—", "-")),
                       ("no LF", good[:-1]), ("an empty line between", "\n" + good)):
        cosig(False, name, [line])


def l6_l11(f):
    p = bytes_of(entry())
    sig = sign_payload(A, p)
    leaf = H(H(p)) + sig + A.hash
    policy = "log %s\nwitness W1 %s\nwitness W2 %s\ngroup g any W1 W2\nquorum g\n" % (LOG.pk.hex(), W1.pk.hex(), W2.pk.hex())
    h = Head(5, 3, leaf)

    def receipt(accept, name, proof, index=None, refused=None, author=A, pol=policy, payload=p, clause="L6"):
        f.add(clause, "receipt", accept, name, refused, payload=payload.decode(), proof=proof, author=author.pk.hex(), policy=pol, **({"index": index} if accept else {}))

    good = h.proof(3, A, sig, [(W1, 1795054300)])
    receipt(True, "leaf 3 of 5", good, 3)
    receipt(True, "two cosignatures", h.proof(3, A, sig, [(W2, 1), (W1, 2)]), 3)
    receipt(True, "a cosignature of a stranger too", h.proof(3, A, sig, [(B, 1), (W1, 2)]), 3)
    receipt(True, "a cosignature that does not verify does not count", h.proof(3, A, sig, [(W2, 1), (W1, 2)]).replace(h.cosign(W2, 1).hex(), flip(h.cosign(W2, 1)).hex()), 3)
    one = Head(1, 0, leaf).proof(0, A, sig, [(W1, 5)])
    receipt(True, "the only leaf", one, 0)
    for name, bad in (("version 1", good.replace("version=2", "version=1")), ("upper-case hex", good.replace(LOG.hash.hex(), LOG.hash.hex().upper())), ("no empty line", good.replace("\n\nsize", "\nsize")),
                      ("an empty line too many", good.replace("\n\nsize", "\n\n\nsize")), ("a line too many", good + "more=1\n"), ("no LF at the end", good[:-1]), ("CR LF", good.replace("\n", "\r\n")), ("no leaf_index", good.replace("leaf_index=3\n", "")),
                      ("a leading zero", good.replace("leaf_index=3", "leaf_index=03")), ("root before size", good.replace("size=5\nroot_hash=%s\n" % h.root.hex(), "root_hash=%s\nsize=5\n" % h.root.hex())),
                      ("a cosignature twice", h.proof(3, A, sig, [(W1, 1), (W1, 2)])), ("a short signature", good.replace(h.sig.hex(), h.sig.hex()[:-2])), ("a third part for the only leaf", one + "\nleaf_index=0\n"),
                      ("size 0", Head(0).proof(0, A, sig)), ("a space after =", good.replace("size=5", "size= 5")), ("nothing", "")):
        receipt(False, name, bad)
    receipt(False, "another leaf's path", good.replace("leaf_index=3", "leaf_index=2"), refused="L2")
    receipt(False, "a flipped bit in the path", good.replace(path(3, h.d)[0].hex(), flip(path(3, h.d)[0]).hex()), refused="L2")
    receipt(False, "another tree head", good.replace(h.root.hex(), Head(6).root.hex()), refused="L4")
    receipt(False, "another payload", good, refused="E21", payload=bytes_of(entry({"n": 2})))
    receipt(False, "another author", good, refused="E21", author=B)
    receipt(False, "another log", good, refused="L8", pol=policy.replace(LOG.pk.hex(), B.pk.hex()))
    receipt(False, "no witness", h.proof(3, A, sig), refused="L8")
    receipt(False, "not enough witnesses", good, refused="L8", pol=policy.replace("any", "all"))
    receipt(False, "a witness whose signature is wrong", good.replace(h.cosign(W1, 1795054300).hex(), flip(h.cosign(W1, 1795054300)).hex()), refused="L5")

    def pol(accept, name, t, **want):
        f.add("L7", "policy", accept, name, text=t, **dict({"log": LOG.pk.hex()} if accept else {}, **want))

    head = "log %s\nwitness W1 %s\nwitness W2 %s\n" % (LOG.pk.hex(), W1.pk.hex(), W2.pk.hex())
    w1, w2 = W1.pk.hex(), W2.pk.hex()
    pol(True, "no quorum", head + "quorum none\n", witnesses=[w1, w2], quorum=0)
    pol(True, "one witness", head + "quorum W2\n", witnesses=[w2], quorum=1)
    pol(True, "any", head + "group g any W1 W2\nquorum g\n", witnesses=[w1, w2], quorum=1)
    pol(True, "all", head + "group g all W1 W2\nquorum g\n", witnesses=[w1, w2], quorum=2)
    pol(True, "two, with comments and addresses", "# ours\nlog %s https://log.example/\n\n" % LOG.pk.hex() + "witness W1 %s https://w1.example/ # first\nwitness W2\t%s\ngroup g 2 W1 W2\nquorum g" % (w1, w2), witnesses=[w1, w2], quorum=2)
    pol(True, "a log alone", "log %s\nquorum none\n" % LOG.pk.hex(), witnesses=[], quorum=0)
    for name, t in (("no log", "quorum none\n"), ("without quorum", head), ("a name nobody has", head + "quorum W3\n"), ("a name used before it is given", "log %s\nquorum W1\nwitness W1 %s\n" % (LOG.pk.hex(), w1)), ("two quorums", head + "quorum W1\nquorum W2\n"),
                    ("three of two", head + "group g 3 W1 W2\nquorum g\n"), ("none of two", head + "group g 0 W1 W2\nquorum g\n"), ("a member twice", head + "group g any W1 W1\nquorum g\n"), ("a name twice", head + "witness W1 %s\nquorum none\n" % B.pk.hex()),
                    ("a key twice", head + "witness W3 %s\nquorum none\n" % w1), ("a witness called none", head + "witness none %s\nquorum none\n" % B.pk.hex()), ("a key in b64", "log %s\nquorum none\n" % b64(LOG.pk)), ("a cut key", "log %s\nquorum none\n" % LOG.pk.hex()[:-1]),
                    ("an unknown word", head + "trust W1\nquorum none\n"), ("nothing", "")):
        pol(False, name, t)

    f.add("L11", "epoch", True, "of a log", log=LOG.pk.hex(), epoch=b64u(LOG.hash[:3]))
    f.add("L11", "epoch", True, "of another log", log=B.pk.hex(), epoch=b64u(B.hash[:3]))
    f.add("L11", "epoch", False, "of another key", log=LOG.pk.hex(), epoch=b64u(B.hash[:3]))
    f.add("L11", "epoch", False, "of the key itself", log=LOG.pk.hex(), epoch=b64u(LOG.pk[:3]))


# ---------------------------------------------------------------- one example, from seeds to receipt

def example(f):
    """A feed of three entries in a log of three, with checkpoint, cosignature, receipt and policy: the story of
    the example that sigsum-verify accepted, from other seeds."""
    author, log_, witness = Key(0x11), Key(0x12), Key(0x13)
    feed = b64u(author.hash[:8] + bytes(range(8)))
    entries, prev = [], ""

    def seal(o, seq):
        nonlocal prev
        o = dict({"v": "kk1", "feed": feed, "seq": seq, "prev": prev}, **o)
        o["salt"] = b64u(H(b"salt%d" % seq)[:16] if seq else bytes(16))
        p = J(o).encode()
        sig = sign_payload(author, p)
        prev = b64u(H(p))
        entries.append((p, sig, H(H(p)) + sig + author.hash))
        return prev

    def set_(at, after, fields):
        return {"at": at, "seen": [0, ""], "op": "set", "scope": "00004", "id": UUID, "kind": "asset", "after": after, "set": fields}

    seal({"at": 1795052000, "seen": [0, ""], "op": "open", "scope": "00004"}, 0)
    first = seal(set_(1795052100, [], {"name": "Máy phát điện", "quantity": 1, "condition": "tot"}), 1)
    seal(set_(1795054267, [first], {"condition": "hong"}), 2)
    h = Head(3, log_=log_)
    h.d = [H(b"\0" + leaf) for _, _, leaf in entries]
    h.root = mth(h.d)
    h.body = ("%s\n%d\n%s\n" % (h.origin, 3, b64(h.root))).encode()
    h.sig = log_.sign(h.body)
    blob_ = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32) + author.pk
    f.add("E21", "example", True, "one entry from seed to receipt", seeds=[k.seed.hex() for k in (author, log_, witness)],
          lines=[(b64u(s).encode() + b" " + p + b"\n").decode() for p, s, _ in entries], leaf_hash=h.d[2].hex(),
          note=h.note(h.cosig_line(witness, "witness.example/w1", 1795054300)), proof=h.proof(2, author, entries[2][1], [(witness, 1795054300)]),
          policy="log %s\nwitness W1 %s\nquorum W1\n" % (log_.pk.hex(), witness.pk.hex()), pub="ssh-ed25519 %s x\n" % b64(blob_))


def erased(o):
    """What an erase says of the payload o (K7)."""
    return {"id": b64u(H(bytes_of(o))), "feed": o["feed"], "seq": o["seq"], "prev": o["prev"], "kind": o["kind"], "entity": o["id"],
            "fields": list(o["set"]), "after": o["after"], "reason": "Theo yêu cầu"}


def e26(f):
    gone = entry({"name": "Nguyễn Văn An", "n": 1}, after=[ID0])
    p, body = bytes_of(gone), erased(gone)
    sig, id_ = b64u(sign_payload(A, p)), b64u(H(bytes_of(gone)))

    def by(body=body, op="erase", key=B, **over):
        q = bytes_of(dict(authority(op, body, "00004"), feed=key.feed, **over))
        return b64u(sign_payload(key, q)) + " " + q.decode()

    def stub(accept, name, line, refused=None):
        f.add("E26", "stub", accept, name, refused, keys=[A.pk.hex(), B.pk.hex()], line=line + "\n",
              **({"leaf": (H(H(p)) + sign_payload(A, p) + A.hash).hex(), "id": id_} if accept else {}))

    line = sig + " " + id_ + " " + by()
    stub(True, "an entry that was erased", line)
    other = b64u(sign_payload(A, bytes_of(entry({"n": 2}))))
    stub(False, "another signature", other + " " + id_ + " " + by(), "A1")
    stub(False, "an erase of another id", sig + " " + id_ + " " + by(dict(body, id=ID1)))
    stub(False, "an id with spare bits", sig + " " + bump(id_) + " " + by(), "E3")
    stub(False, "an id alone", sig + " " + id_, "E3")
    stub(False, "an id and a space", sig + " " + id_ + " ", "E3")
    stub(False, "a cert in place of the erase", sig + " " + id_ + " " + by({"ids": [ID1], "reason": ""}, "admit"))
    stub(False, "an erase with a broken signature", sig + " " + id_ + " " + other + by()[86:], "A1")
    stub(False, "an erase that is not well formed", sig + " " + id_ + " " + by(dict(body, fields=[])), "K7")
    stub(False, "an erase by a key nobody knows", sig + " " + id_ + " " + by(key=W1), "A1")
    stub(False, "a feed nobody knows", sig + " " + id_ + " " + by(dict(body, feed=W1.feed)), "A1")
    stub(False, "a stub within a stub", sig + " " + id_ + " " + line)
    stub(False, "a payload behind the erase", line + " " + p.decode(), "E3")
    stub(False, "spare bits in the signature", bump(sig) + " " + id_ + " " + by())


def w1(f):
    """Requests of add-checkpoint: the C2SP page tlog-witness, and L4."""
    h = Head(13)

    def body(old=5, proof=None, note=None, lines=None):
        proof = consistency(old, h.d) if proof is None else proof
        return "old %s\n" % old + "".join("%s\n" % (b64(p) if isinstance(p, bytes) else p) for p in proof) + "\n" + (note or h.note())

    def req(accept, name, text_, refused=None, **what):
        f.add("W1", "add_checkpoint", accept, name, refused, body=text_, **what)

    def ok(name, old, proof, note=None):
        req(True, name, body(old, proof, note), old=old, proof=hexes(proof), size=h.n, root=h.root.hex())

    ok("from 5 to 13", 5, consistency(5, h.d))
    ok("the first", 0, [])
    ok("the same again", 13, [])
    ok("with a cosignature", 5, consistency(5, h.d), h.note(h.cosig_line(W1, "w1", 7)))
    ok("63 hashes", 5, [H(b"%d" % i) for i in range(63)])
    ok("an old size that is larger", 14, [])
    for name, text_ in (("64 hashes", body(5, [H(b"x")] * 64)), ("no old size", body().split("\n", 1)[1]), ("a leading zero", body("05", [])), ("a sign", body("+5", [])), ("no number", body("five", [])), ("2^63", body(2 ** 63, [])), ("two spaces", body().replace("old ", "old  ", 1)),
                        ("upper case", body().replace("old", "Old", 1)), ("a blank behind", body().replace("\n", " \n", 1)), ("a hash in hex", body(5, [H(b"x").hex()])), ("a hash in base64url", body(5, [b64u(bytes([255] * 32)) + "="])), ("a hash without padding", body(5, [b64(H(b"x")).rstrip("=")])),
                        ("a hash of 31 bytes", body(5, [b64(H(b"x")[:31])])), ("no empty line", body().replace("\n\n", "\n", 1)), ("CR LF", body().replace("\n", "\r\n")), ("cut before the checkpoint", body().split("\n\n")[0] + "\n"), ("nothing", "")):
        req(False, name, text_)
    req(False, "no checkpoint", body().split("\n\n")[0] + "\n\n", "L4")
    req(False, "a checkpoint without signature", body(note=h.body.decode() + "\n"), "L4")
    req(False, "a last line without LF", body()[:-1], "L4")
    req(False, "a line that is no signature", body(note=h.note("w1 x\n")), "L5")
    req(False, "too long", body(note=h.note(*["— w%d %s\n" % (i, b64(bytes(200))) for i in range(100)])))


FILES = {
    "entry.json": (e1_e3, e4_e6, e7_e8, e9_e14, e15_e17, e18_e19_e25, e20_e23, e26),
    "authority.json": (k1_k3, k4_k6, k7_k8),
    "keys.json": (keys,),
    "log.json": (l1_l3, l4_l5, l6_l11, w1),
    "example.json": (example,),
}


def render(parts):
    f = File()
    for part in parts:
        part(f)
    return "[\n" + ",\n".join(json.dumps(v, ensure_ascii=False) for v in f.vectors) + "\n]\n", len(f.vectors)


def main():
    stale = 0
    for name, parts in FILES.items():
        body, n = render(parts)
        where = os.path.join(HERE, name)
        if sys.argv[1:] == ["--check"]:
            same = os.path.exists(where) and open(where, "rb").read() == body.encode()
            stale += not same
            print("%s %s (%d vectors)" % ("ok" if same else "differs:", name, n))
        else:
            with open(where, "wb") as out:
                out.write(body.encode())
            print("%s: %d vectors" % (name, n))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
