#!/usr/bin/env python3
"""Makes the golden patches beside it, and MANIFEST: `file ok SHA-256-of-new` or `file error-code`.

They are frozen: run this only to add one. bzip2 streams come from Python's bz2 (libbz2), so that the
patches do not depend on kerf's own writers.
"""
import bz2
import hashlib
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
rng = random.Random(20)
OLD = bytes(rng.randrange(256) for _ in range(1024)) + bytes(512) + bytes(range(256)) * 2
manifest = []


def off(value):
    return (abs(value) | (1 << 63 if value < 0 else 0)).to_bytes(8, "little")


def controls(triples):
    return b"".join(off(a) + off(b) + off(c) for a, b, c in triples)


def new_file(triples, diff, extra):
    out, at, d, e = bytearray(), 0, 0, 0
    for add, copy, seek in triples:
        out += bytes((x + y) % 256 for x, y in zip(OLD[at:at + add], diff[d:d + add]))
        out += extra[e:e + copy]
        at += add + seek
        d, e = d + add, e + copy
    return bytes(out)


def save(name, data, expect):
    (HERE / name).write_bytes(data)
    manifest.append(f"{name} {expect}")


def bsdiff40(triples, diff, extra, size, levels=(9, 9, 9), tail=b"", lengths=None):
    c, d, e = (bz2.compress(s, l) for s, l in zip((controls(triples), diff, extra), levels))
    x, y = lengths or (len(c), len(d))
    return b"BSDIFF40" + off(x) + off(y) + off(size) + c + d + e + tail


def endsley(triples, diff, extra, size, level=9, tail=b""):
    plain, d, e = b"", 0, 0
    for add, copy, seek in triples:
        plain += controls([(add, copy, seek)]) + diff[d:d + add] + extra[e:e + copy]
        d, e = d + add, e + copy
    return b"ENDSLEY/BSDIFF43" + off(size) + bz2.compress(plain, level) + tail


T = [(600, 20, 100), (0, 0, -50), (300, 0, 400), (200, 77, -1000), (150, 3, 0)]
N = sum(a + b for a, b, _ in T)
DIFF = bytes((i % 37 == 0) * (i % 251) for i in range(sum(a for a, _, _ in T)))
EXTRA = bytes(rng.randrange(256) for _ in range(100))
NEW = new_file(T, DIFF, EXTRA)
assert len(NEW) == N
OK = "ok " + hashlib.sha256(NEW).hexdigest()
EMPTY = "ok " + hashlib.sha256(b"").hexdigest()


def changed(index, **fields):
    t = list(T)
    add, copy, seek = t[index]
    t[index] = (fields.get("add", add), fields.get("copy", copy), fields.get("seek", seek))
    return t


for make, folder in ((bsdiff40, "bsdiff"), (endsley, "endsley")):
    def put(name, triples=T, diff=DIFF, extra=EXTRA, size=N, expect="corrupt", **more):
        save(f"{folder}/{name}.patch", make(triples, diff, extra, size, **more), expect)
    put("good", expect=OK)
    put("good-level-1", expect=OK, **({"levels": (1, 1, 1)} if folder == "bsdiff" else {"level": 1}))
    put("good-empty", triples=[], diff=b"", extra=b"", size=0, expect=EMPTY)
    put("bad-negative-add", triples=changed(2, add=-300))
    put("bad-negative-extra", triples=changed(0, copy=-20))
    put("bad-seek-before-old", triples=changed(0, seek=-601))
    put("bad-seek-behind-old", triples=changed(1, seek=5000), expect="mismatch")
    put("bad-add-too-long", triples=changed(4, add=151))
    put("bad-extra-too-long", triples=changed(4, copy=4))
    put("bad-new-size-smaller", size=N - 1)
    put("bad-new-size-larger", size=N + 1, expect="truncated")
    put("bad-new-size-negative", size=-1)
    put("bad-new-size-huge", size=2**62, expect="limit")
    put("bad-difference-short", diff=DIFF[:-1], expect="truncated") if folder == "bsdiff" else None
    put("bad-extra-short", extra=EXTRA[:-1], expect="truncated") if folder == "bsdiff" else None
    put("bad-trailing", tail=b"x")
good = bsdiff40(T, DIFF, EXTRA, N)
save("bsdiff/bad-truncated.patch", good[:-1], "truncated")
save("bsdiff/bad-control-length-negative.patch",
     bsdiff40(T, DIFF, EXTRA, N, lengths=(-1, 5)), "corrupt")
save("bsdiff/bad-control-length-huge.patch",
     bsdiff40(T, DIFF, EXTRA, N, lengths=(2**63 - 1, 5)), "truncated")
save("bsdiff/bad-difference-length-huge.patch",
     bsdiff40(T, DIFF, EXTRA, N, lengths=(60, 2**63 - 1)), "truncated")
save("bsdiff/bad-empty-controls.patch",
     bsdiff40([(0, 0, 0)] * 90000, b"", b"", 1), "limit")


def trailer(body, old, new, flags=0):
    def ident(b):
        return len(b).to_bytes(8, "little") + hashlib.sha256(b).digest()
    head = b"KERFTRL1" + (156).to_bytes(4, "little") + flags.to_bytes(4, "little")
    head += ident(body) + ident(old) + ident(new)
    return head + hashlib.sha256(head).digest()[:8] + (156).to_bytes(4, "little") + b"1LRTFREK"


one = endsley(T, DIFF, EXTRA, N)
save("bsdiff/good-trailer.patch", good + trailer(good, OLD, NEW), OK)
save("endsley/good-trailer.patch", one + trailer(one, OLD, NEW), OK)
save("bsdiff/bad-trailer-old.patch", good + trailer(good, OLD[1:] + b"x", NEW), "mismatch")
save("bsdiff/bad-trailer-new.patch", good + trailer(good, OLD, NEW[1:] + b"x"), "mismatch")
save("bsdiff/bad-trailer-body.patch", good + trailer(good[1:] + b"x", OLD, NEW), "mismatch")
save("bsdiff/bad-trailer-flags.patch", good + trailer(good, OLD, NEW, flags=2), "unsupported")
broken = bytearray(trailer(good, OLD, NEW))
broken[70] ^= 4
save("bsdiff/bad-trailer-damaged.patch", good + bytes(broken), "corrupt")
(HERE / "old.bin").write_bytes(OLD)
(HERE / "MANIFEST").write_text("\n".join(sorted(manifest)) + "\n")
