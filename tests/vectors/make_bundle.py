#!/usr/bin/env python3
"""make_bundle: the test vectors of the [bytes] clauses B1-B5 and B6 of sync/PROTOCOL.md, made from that page and the public
descriptions it names: X25519 (RFC 7748), Salsa20 and XSalsa20, ChaCha20 and Poly1305 (RFC 8439), BLAKE2b (hashlib), and the
construction of libsodium's sealed boxes and secretstream. Only the Ed25519 signature comes from make_vectors.py. Writes
bundle.json; with --check it only compares.

Kinds: bundle (a whole file, opened by the key with `seed`), number (of a file's hash). A file is `hex`, or that of the vector called `of` with
`patch` [[offset, hex]] put over it, cut to `size` and `more` hex behind it. What is accepted has `head` and `parts` [[type, length, hash]]."""
import hashlib
import struct
import sys

import make_vectors as mv
from make_vectors import A, B, H, J, LOG, b64u

CHUNK = 65536
MAGIC = b"kkb1\r\n\x1a\n"


# ---------------------------------------------------------------- X25519

def clamp(k):
    n = int.from_bytes(k, "little")
    return n & ~7 & ~(128 << 8 * 31) | 64 << 8 * 31


def x25519(k, u):
    p, n = 2 ** 255 - 19, clamp(k)
    x1 = int.from_bytes(u, "little") & (2 ** 255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = n >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % p, b * b % p, d * a % p, c * b % p
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        x2, z2 = aa * bb % p, e * (aa + 121665 * e) % p
    if swap:
        x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


BASE = (9).to_bytes(32, "little")


class Box:
    """The X25519 twin of an Ed25519 key."""

    def __init__(self, key):
        self.seed = key.seed
        self.sk = hashlib.sha512(key.seed).digest()[:32]
        self.pk = x25519(self.sk, BASE)


# ---------------------------------------------------------------- ciphers

M32 = 0xffffffff


def rotl(v, n):
    return (v << n | v >> 32 - n) & M32


def salsa_rounds(s):
    x = list(s)
    cols = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11))
    rows = ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14))
    for _ in range(10):
        for a, b, c, d in cols + rows:
            x[b] ^= rotl(x[a] + x[d] & M32, 7)
            x[c] ^= rotl(x[b] + x[a] & M32, 9)
            x[d] ^= rotl(x[c] + x[b] & M32, 13)
            x[a] ^= rotl(x[d] + x[c] & M32, 18)
    return x


SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def salsa_state(key, n16):
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", n16)
    return [SIGMA[0], *k[:4], SIGMA[1], *n, SIGMA[2], *k[4:], SIGMA[3]]


def hsalsa20(key, n16):
    x = salsa_rounds(salsa_state(key, n16))
    return struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def salsa20(key, n8, length):
    out = b""
    for c in range((length + 63) // 64):
        s = salsa_state(key, n8 + struct.pack("<Q", c))
        out += struct.pack("<16I", *((a + b) & M32 for a, b in zip(salsa_rounds(s), s)))
    return out[:length]


def chacha_rounds(s):
    x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, xa, xb, xc, xd, xe, xf = s
    x = [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, xa, xb, xc, xd, xe, xf]
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            xa_, xb_, xc_, xd_ = x[a], x[b], x[c], x[d]
            xa_ = xa_ + xb_ & M32
            xd_ ^= xa_
            xd_ = (xd_ << 16 | xd_ >> 16) & M32
            xc_ = xc_ + xd_ & M32
            xb_ ^= xc_
            xb_ = (xb_ << 12 | xb_ >> 20) & M32
            xa_ = xa_ + xb_ & M32
            xd_ ^= xa_
            xd_ = (xd_ << 8 | xd_ >> 24) & M32
            xc_ = xc_ + xd_ & M32
            xb_ ^= xc_
            x[a], x[b], x[c], x[d] = xa_, (xb_ << 7 | xb_ >> 25) & M32, xc_, xd_
    return x


def hchacha20(key, n16):
    x = chacha_rounds([*SIGMA, *struct.unpack("<8I", key), *struct.unpack("<4I", n16)])
    return struct.pack("<8I", *(x[:4] + x[12:]))


def chacha20(key, n12, count, length):
    out, k, n = [], struct.unpack("<8I", key), struct.unpack("<3I", n12)
    for c in range((length + 63) // 64):
        s = [*SIGMA, *k, count + c & M32, *n]
        out.append(struct.pack("<16I", *((a + b) & M32 for a, b in zip(chacha_rounds(s), s))))
    return b"".join(out)[:length]


def poly1305(key, m):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    s, a = int.from_bytes(key[16:], "little"), 0
    for i in range(0, len(m), 16):
        a = (a + int.from_bytes(m[i:i + 16] + b"\1", "little")) * r % (2 ** 130 - 5)
    return ((a + s) % 2 ** 128).to_bytes(16, "little")


def xor(a, b):
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big") if a else b""


# ---------------------------------------------------------------- libsodium's constructions

def box_seal(m, pk, esk):
    epk = x25519(esk, BASE)
    nonce = hashlib.blake2b(epk + pk, digest_size=24).digest()
    key = hsalsa20(hsalsa20(x25519(esk, pk), bytes(16)), nonce[:16])
    pad = salsa20(key, nonce[16:], 32 + len(m))
    c = xor(m, pad[32:])
    return epk + poly1305(pad[:32], c) + c


MESSAGE, PUSH, REKEY, FINAL = 0, 1, 2, 3


class Stream:
    def __init__(self, key, head):
        self.key = hchacha20(key, head[:16])
        self.count, self.inonce = 1, head[16:]

    def push(self, m, tag):
        n = struct.pack("<I", self.count) + self.inonce
        block = xor(bytes([tag]) + bytes(63), chacha20(self.key, n, 1, 64))
        c = xor(m, chacha20(self.key, n, 2, len(m)))
        signed = block + c + bytes((16 - 64 + len(m)) & 15) + struct.pack("<QQ", 0, 64 + len(m))
        mac = poly1305(chacha20(self.key, n, 0, 64)[:32], signed)
        self.inonce = xor(self.inonce, mac[:8])
        self.count += 1
        if tag & REKEY:
            new = xor(self.key + self.inonce, chacha20(self.key, struct.pack("<I", self.count) + self.inonce, 0, 40))
            self.key, self.inonce, self.count = new[:32], new[32:], 1
        return block[:1] + c + mac


# ---------------------------------------------------------------- bundles

RECEIVER, OTHER = Box(B), Box(LOG)
STREAM_KEY, STREAM_HEAD, EPHEMERAL = H(b"stream key"), H(b"stream head")[:24], H(b"ephemeral")
HEAD, LOGS, ENROL, ENROLLED, REQUEST, ANSWER, PROBLEM, BLOB, LACKS, HOLDS, TRUST, LINES, SEAL = *range(1, 13), 127
ID, RE = b64u(H(b"bundle")[:16]), b64u(H(b"asked")[:16])


def part(kind, body, length=None):
    return struct.pack(">BQ", kind, len(body) if length is None else length) + body


def head(drop=(), **over):
    o = {"v": 1, "kind": "request", "id": ID, "re": None, "from": b64u(A.pk), "to": b64u(RECEIVER.pk), "scope": "00004", "at": 1795054267, "records": 1, "blobs": 0, "name": "Xã Mẫu, máy 1"}
    o.update(over)
    return {k: v for k, v in o.items() if k not in drop and not (k == "re" and v is None)}


def sealed(inside, key=A, prefix=b"kiemke-bundle-v1\0", kind=SEAL):
    return inside + part(kind, key.sign(prefix + H(inside)))


def outside(box=RECEIVER, magic=MAGIC, hash_=None, key=STREAM_KEY, to=None):
    return magic + (hash_ or H(box.pk)) + box_seal(key, (to or box).pk, EPHEMERAL) + STREAM_HEAD


def chunks(inside, step=CHUNK, tags=None):
    s, cut = Stream(STREAM_KEY, STREAM_HEAD), [inside[i:i + step] for i in range(0, len(inside), step)]
    tags = tags or [MESSAGE] * (len(cut) - 1) + [FINAL]
    return b"".join(s.push(c, t) for c, t in zip(cut, tags))


def file(*parts, first=None):
    return outside() + chunks(sealed(part(HEAD, J(first or head()).encode()) + b"".join(parts)))


REQ = part(REQUEST, b'{"v":1}\n')


def told(first, *parts):
    return {"head": first, "parts": [[p[0], len(p) - 9, H(p[9:]).hex()] for p in parts]}


def make(f):
    seeds = {"seed": B.seed.hex()}

    def ok(clause, name, data, first=None, parts=(REQ,)):
        f.add(clause, "bundle", True, name, hex=data.hex(), **seeds, **told(first or head(), *parts))

    def no(clause, name, data, refused=None, seed=None):
        f.add(clause, "bundle", False, name, refused, hex=data.hex(), seed=(seed or B).seed.hex())

    def edit(clause, name, of, refused=None, **how):
        f.add(clause, "bundle", False, name, refused, of=of, **how, **seeds)

    b1(ok, no, edit)
    b2(ok, no, edit)
    b3(ok, no)
    b4(ok, no)
    b5(ok, no)
    for data in (b"", b"a file"):
        number = " ".join("%05d" % (n % 100000) for n in struct.unpack(">4I", H(data)[:16]))
        f.add("B6", "number", True, "of %d bytes" % len(data), hash=H(data).hex(), number=number)
        f.add("B6", "number", False, "not of %d bytes" % len(data), hash=H(data + b"x").hex(), number=number)


def b1(ok, no, edit):
    good = file(REQ)
    ok("B1", "a file", good)
    no("B1", "nothing", b"")
    no("B1", "a text", b"kiemke\n" * 40)
    no("B1", "the magic alone", MAGIC)
    no("B1", "cut before the chunks", good[:143])
    no("B1", "another version", b"kkb2" + good[4:])
    no("B1", "a copy made as text", good.replace(b"\r\n", b"\n", 1))
    no("B1", "for another receiver", good, seed=LOG)
    no("B1", "with the hash of another", outside(hash_=H(OTHER.pk)) + good[144:])
    no("B1", "sealed to another under our hash", outside(to=OTHER) + good[144:])
    no("B1", "a stream key of 31 bytes", outside(key=STREAM_KEY[:31]) + good[143:])
    for at in (40, 72, 88, 119):
        edit("B1", "a bit of the sealed key at %d" % at, "a file", patch=[[at, "%02x" % (good[at] ^ 1)]])


def b2(ok, no, edit):
    blob = bytes(range(256)) * 300
    big = part(BLOB, H(blob) + blob)
    good = file(big)
    ok("B2", "two chunks", good, parts=(big,))
    inside = sealed(part(HEAD, J(head()).encode()) + REQ)
    exact = 2 * 9 + len(J(head()).encode()) + 9 + 64 + 32
    fill = part(BLOB, H(blob[:CHUNK - exact]) + blob[:CHUNK - exact])
    assert len(sealed(part(HEAD, J(head()).encode()) + fill)) == CHUNK
    ok("B2", "one full chunk", file(fill), parts=(fill,))
    one, two = 144 + CHUNK + 17, len(good)
    edit("B2", "cut after a chunk", "two chunks", size=one)
    edit("B2", "cut within a chunk", "two chunks", size=two - 1)
    edit("B2", "cut to the head of a chunk", "two chunks", size=one + 16)
    edit("B2", "a byte behind", "two chunks", more="00")
    for name, at in (("stream header", 143), ("first tag", 144), ("first chunk", 2000), ("first tag of authenticity", one - 1), ("second chunk", one + 40), ("last byte", two - 1)):
        edit("B2", "a bit of the " + name, "two chunks", patch=[[at, "%02x" % (good[at] ^ 128)]])
    no("B2", "no FINAL", outside() + chunks(inside, tags=[MESSAGE]))
    no("B2", "FINAL too early", outside() + chunks(inside, 100, [FINAL] * 9))
    no("B2", "short chunks", outside() + chunks(inside, 100))
    s, full = Stream(STREAM_KEY, STREAM_HEAD), sealed(part(HEAD, J(head()).encode()) + fill)
    no("B2", "an empty chunk at the end", outside() + s.push(full, MESSAGE) + s.push(b"", FINAL), "B4")
    no("B2", "an empty stream", outside() + Stream(STREAM_KEY, STREAM_HEAD).push(b"", FINAL))


def b3(ok, no):
    hashes = part(LACKS, H(b"1") + H(b"2"))
    every = (part(LOGS, b"x\n"), part(ENROL, b"{}"), part(ENROLLED, b"{}"), REQ, part(ANSWER, b"{}"), part(PROBLEM, b"{}"), part(BLOB, H(b"b") + b"b"), hashes,
             part(HOLDS, H(b"3")), part(TRUST, b"x\n"), part(LINES, b"x\n"))
    ok("B3", "every part", file(*every), parts=every)
    ok("B3", "no part", file(), parts=())
    ok("B3", "a part twice", file(REQ, REQ), parts=(REQ, REQ))
    for kind in (0, 13, 126, 128, 255):
        no("B3", "type %d" % kind, file(part(kind, b"{}")))
    no("B3", "a second head", file(part(HEAD, J(head()).encode())))
    no("B3", "no head", outside() + chunks(sealed(REQ)))
    no("B3", "the seal alone", outside() + chunks(sealed(b"")))
    for kind, least in ((LOGS, 1), (ENROL, 2), (ENROLLED, 2), (REQUEST, 2), (ANSWER, 2), (PROBLEM, 2), (BLOB, 33), (LACKS, 32), (HOLDS, 32), (TRUST, 1), (LINES, 1)):
        no("B3", "part %d of %d bytes" % (kind, least - 1), file(part(kind, b" " * (least - 1))))
    no("B3", "a head of one byte", outside() + chunks(sealed(part(HEAD, b"{"))))
    no("B3", "a head of 4,097 bytes", outside() + chunks(sealed(part(HEAD, b" " * 4097))))
    no("B3", "33 bytes of hashes", file(part(LACKS, bytes(33))))
    no("B3", "longer than the file", file(part(REQUEST, b"{}", 3 << 20)))
    no("B3", "2^63 bytes", file(part(REQUEST, b"{}", 1 << 63)))
    no("B3", "a log part of 262,145 bytes", file(part(LOGS, b"", 262145)))
    no("B3", "a blob beyond its ceiling", file(part(BLOB, b"", 67108865 + 32)))
    inside = part(HEAD, J(head()).encode()) + REQ
    no("B3", "no seal", outside() + chunks(inside))
    no("B3", "the head of a part cut", outside() + chunks(inside + b"\x05\0\0"))
    no("B3", "a seal of 63 bytes", outside() + chunks(inside + part(SEAL, bytes(63))))
    no("B3", "a seal of 65 bytes", outside() + chunks(inside + part(SEAL, bytes(65))))


def b4(ok, no):
    inside = part(HEAD, J(head()).encode()) + REQ
    ok("B4", "signed", file(REQ))
    no("B4", "by another key", outside() + chunks(sealed(inside, B)))
    no("B4", "another prefix", outside() + chunks(sealed(inside, prefix=b"kiemke-bundle-v2\0")))
    no("B4", "no prefix", outside() + chunks(sealed(inside, prefix=b"")))
    no("B4", "over the seal's head too", outside() + chunks(inside + part(SEAL, A.sign(b"kiemke-bundle-v1\0" + H(inside + struct.pack(">BQ", SEAL, 64))))))
    no("B4", "of another content", outside() + chunks(inside[:-2] + b" \n" + sealed(inside)[len(inside):]))
    no("B4", "a part behind", outside() + chunks(sealed(inside) + REQ))
    no("B4", "a byte behind", outside() + chunks(sealed(inside) + b"\0"))
    no("B4", "of nulls", outside() + chunks(inside + part(SEAL, bytes(64))))
    none = part(HEAD, J(head(**{"from": b64u(bytes(32))})).encode()) + REQ
    no("B4", "by the neutral point", outside() + chunks(none + part(SEAL, b"\1" + bytes(63))))


def b5(ok, no):
    def h(**over):
        return file(REQ, first=head(**over))

    for name, over in (("an answer", {"kind": "answer", "re": RE}), ("a carry", {"kind": "carry"}), ("the time 0", {"at": 0}), ("no name", {"name": ""}), ("a name of 255 bytes", {"name": "a" * 255})):
        ok("B5", name, h(**over), head(**over))
    for name in ("v", "kind", "id", "from", "to", "scope", "at", "records", "blobs", "name"):
        no("B5", "without " + name, h(drop=(name,)))
        no("B5", name + " as null", h(**{name: None}))
    no("B5", "another member", h(more=1))
    no("B5", "another order", file(REQ, first={"kind": "request", **{k: v for k, v in head().items() if k != "kind"}}))
    no("B5", "version 2", h(v=2))
    no("B5", "another kind", h(kind="reply"))
    no("B5", "an answer to nothing", h(kind="answer"))
    no("B5", "a request that answers", h(re=RE))
    no("B5", "an id of 15 bytes", h(id=b64u(bytes(15))))
    no("B5", "an id as a number", h(id=7))
    no("B5", "the scope *", h(scope="*"))
    no("B5", "a scope of four digits", h(scope="0004"))
    no("B5", "a time below 0", h(at=-1))
    no("B5", "records below 0", h(records=-1))
    no("B5", "a name of 256 bytes", h(name="a" * 256))
    no("B5", "a name of two lines", h(name="a\nb"))
    no("B5", "an array", outside() + chunks(sealed(part(HEAD, b"[]") + REQ)))
    no("B5", "white space", outside() + chunks(sealed(part(HEAD, J(head()).replace(":", ": ", 1).encode()) + REQ)))
    no("B5", "a member twice", outside() + chunks(sealed(part(HEAD, J(head()).replace('"at"', '"v":1,"at"').encode()) + REQ)))
    no("B5", "signed for another receiver", file(REQ, first=head(to=b64u(OTHER.pk))))


if __name__ == "__main__":
    mv.FILES = {"bundle.json": (make,)}
    sys.exit(mv.main())
