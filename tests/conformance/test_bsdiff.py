"""Both directions against Debian's bsdiff and bspatch: FILE.py KERF PAIRS, where PAIRS is generated,
installed (programs of this machine) or corpus (../shared/corpus, or $KERF_SHARED/corpus)."""
import lzma
import os
import pathlib
import random
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import support

# Debian's bsdiff takes minutes on what is larger; ./run bench goes through the whole corpus.
MOST = 6 << 20


def generated():
    generator = random.Random(3)
    old = generator.randbytes(200_000)
    text = b"".join(b"line %d of a text that repeats itself\n" % (i % 777) for i in range(9000))
    blocks = [old[i:i + 10_000] for i in range(0, len(old), 10_000)]
    generator.shuffle(blocks)
    sparse = bytearray(old)
    for at in range(0, len(sparse), 512):
        sparse[at] = (sparse[at] + 1) & 255
    yield "identical", old, old
    yield "one-byte", b"a", b"b"
    yield "nothing-to-something", b"", old[:5000]
    yield "something-to-nothing", old[:5000], b""
    yield "unrelated", old[:50_000], generator.randbytes(60_000)
    yield "moved-blocks", old, b"".join(blocks)
    yield "every-512th-byte", old, bytes(sparse)
    yield "inserted", old, old[:1000] + text[:3333] + old[1000:]
    yield "cut", old, old[50_000:150_000]
    yield "text", text, text.replace(b"777", b"seven") + text[:4000]
    yield "zeros", bytes(300_000), bytes(150_000) + old[:100] + bytes(150_000)
    yield "backwards", old[:20_000], old[:20_000][::-1]


def installed():
    folder = pathlib.Path("/usr/bin")
    for old, new in (("cp", "mv"), ("sha256sum", "sha512sum"), ("gzip", "xz"), ("find", "grep"),
                     ("ls", "dir")):
        if (folder / old).is_file() and (folder / new).is_file():
            yield f"{old}-{new}", (folder / old).read_bytes(), (folder / new).read_bytes()


def corpus_folder():
    if "KERF_SHARED" in os.environ:
        return pathlib.Path(os.environ["KERF_SHARED"], "corpus/files")
    for folder in pathlib.Path(__file__).resolve().parents:
        if (folder.parent / "shared/corpus/files").is_dir():
            return folder.parent / "shared/corpus/files"
    return None


def corpus():
    folder = corpus_folder()
    for old in sorted(folder.glob("*.old.xz")) if folder else []:
        new = old.with_name(old.name.replace(".old.", ".new."))
        if new.is_file():
            pair = [lzma.decompress(path.read_bytes()) for path in (old, new)]
            if max(map(len, pair)) <= MOST:
                yield old.name.removesuffix(".old.xz"), *pair


class Bsdiff(support.KerfTest):
    pairs = None

    @classmethod
    def setUpClass(cls):
        for tool in ("bsdiff", "bspatch"):
            if shutil.which(tool) is None:
                raise unittest.SkipTest(f"no {tool} (Debian package bsdiff)")

    def each_pair(self, check):
        count = 0
        for name, old, new in PAIRS[self.pairs]():
            count += 1
            self.put("old", old)
            self.put("new", new)
            for made in ("ours", "theirs", "out"):
                (self.folder / made).unlink(missing_ok=True)
            with self.subTest(pair=name):
                check(old, new)
        if count == 0:
            self.skipTest(f"no {self.pairs} pairs on this machine")
        print(f"  {count} pairs", end=" ")

    def tool(self, *command):
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL, timeout=500)

    def test_bspatch_applies_ours(self):
        def check(old, new):
            for options in ((), ("--sign-key", "key.pem")):  # a trailer must not disturb it
                self.kerf("diff", "old", "new", "-o", "ours", "--force", "-f", "bsdiff", *options)
                self.tool("bspatch", "old", "out", "ours")
                self.assertEqual(self.get("out"), new)
        self.each_pair(check)

    def test_kerf_applies_theirs(self):
        def check(old, new):
            if not old or not new:
                return  # Debian's bsdiff fails on empty files
            self.tool("bsdiff", "old", "new", "theirs")
            self.kerf("apply", "old", "theirs", "-o", "out")
            self.assertEqual(self.get("out"), new)
            self.kerf("verify", "old", "theirs", "new")
            self.kerf("info", "theirs")
        self.each_pair(check)


PAIRS = {"generated": generated, "installed": installed, "corpus": corpus}

if __name__ == "__main__":
    Bsdiff.pairs = sys.argv.pop(2)
    support.main()
