"""Streams of other programs, which codec/recover must trace to their encoder and make again, byte
for byte: FILE.py STREAMS INPUTS PRODUCER, where STREAMS is the program bench/streams.cc, INPUTS is
generated or corpus (../shared/corpus, or $KERF_SHARED/corpus) and PRODUCER a test's name without
test_."""
import bz2
import itertools
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import support
import test_bsdiff

KIND = None

# Packs `in` with each of the settings, LEVEL,MEMORY,STRATEGY,WINDOW, into a file of that name.
NODE = """
const zlib = require('zlib'), fs = require('fs');
for (const name of process.argv.slice(1)) {
  const [level, memLevel, strategy, windowBits] = name.split(',').map(Number);
  fs.writeFileSync(name, zlib.deflateRawSync(fs.readFileSync('in'),
                                             {level, memLevel, strategy, windowBits}));
}
"""


def generated():
    """Words, noise, runs, repeats from far away: 300 KB; and small and empty files."""
    rng = random.Random(7)
    words = [bytes(rng.choices(b"abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(3000)]
    mixed = bytearray()
    while len(mixed) < 300_000:
        kind = rng.randrange(5)
        if kind < 2:
            mixed += b" ".join(rng.choices(words, k=rng.randint(1, 400)))
        elif kind == 2:
            mixed += rng.randbytes(rng.randint(1, 3000))
        elif kind == 3:
            mixed += bytes([rng.randrange(256)]) * rng.randint(1, 5000)
        elif mixed:
            far = rng.randrange(len(mixed))
            mixed += mixed[far:far + rng.randint(1, 2000)]
    yield "mixed", bytes(mixed)
    yield "noise", rng.randbytes(40_000)
    yield "text", b"\n".join(rng.choices(words, k=30_000))
    yield "short", b"hello, hello, hello"
    yield "empty", b""


def corpus():
    """Firmware: what made an earlier imitation of gzip fail was among it."""
    for name, old, _ in test_bsdiff.PAIRS["corpus"]():
        if len(old) < 1_500_000:
            yield name, old


class Recompression(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.inputs = list({"generated": generated, "corpus": corpus}[KIND]())
        if not cls.inputs:
            raise unittest.SkipTest(f"no {KIND} files on this machine")

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.requests = []

    def tearDown(self):
        self.scratch.cleanup()

    def need(self, name):
        if shutil.which(name) is None:
            self.skipTest(f"no program {name}")

    def expect(self, label, codec, stream, words, offset=0, length=None):
        """Asks for `stream` at the end of the test; the description must start with one of
        `words`."""
        path = self.folder / f"stream{len(self.requests)}"
        path.write_bytes(stream)
        self.requests.append((label, words, f"{codec} {offset} "
                              f"{len(stream) - offset if length is None else length} {path}\n"))

    def check(self):
        asked = "".join(request for _, _, request in self.requests)
        done = subprocess.run([support.PROGRAM], input=asked, capture_output=True, text=True, check=True)
        answers = done.stdout.splitlines()
        self.assertEqual(len(answers), len(self.requests))
        for (label, words, _), answer in zip(self.requests, answers):
            fields = answer.split("\t")
            with self.subTest(label):
                self.assertEqual(fields[3], "exact", answer)
                self.assertTrue(fields[9].startswith(words), answer)
        print(f"  {len(answers)} streams", end=" ")

    def tool(self, *command, data=None):
        return subprocess.run(command, input=data, cwd=self.folder, check=True,
                              capture_output=True).stdout

    def test_gzip(self):
        self.need("gzip")
        for (name, data), level in itertools.product(self.inputs, range(1, 10)):
            (self.folder / "in").write_bytes(data)
            # Short files are the same in several families and at several levels.
            words = ("gnu level",) if len(data) > 40_000 else ("",)
            self.expect(f"{name} -{level}", "gzip",
                        self.tool("gzip", "-c", f"-{level}", "in"), words)
        self.check()

    def test_busybox(self):
        self.need("busybox")
        for name, data in self.inputs:
            (self.folder / "in").write_bytes(data)
            self.expect(name, "gzip", self.tool("busybox", "gzip", "-c", "in"), ("",))
        self.check()

    def test_info_zip(self):
        self.need("zip")
        for (name, data), level in itertools.product(self.inputs, (1, 2, 3, 4, 5, 6, 7, 8, 9)):
            (self.folder / "in").write_bytes(data)
            self.tool("zip", "-q", f"-{level}", "out.zip", "in")
            packed = (self.folder / "out.zip").read_bytes()
            with zipfile.ZipFile(self.folder / "out.zip") as archive:
                entry = archive.infolist()[0]
            (self.folder / "out.zip").unlink()
            if entry.compress_type == zipfile.ZIP_DEFLATED:
                lengths = struct.unpack_from("<HH", packed, entry.header_offset + 26)
                self.expect(f"{name} -{level}", "deflate", packed, ("",),
                            entry.header_offset + 30 + sum(lengths), entry.compress_size)
        self.check()

    def test_node(self):
        self.need("node")
        version = self.tool("node", "-p", "process.versions.zlib").decode().strip()
        if version.count("-") == 0 and "motley" not in version:
            self.skipTest(f"node is linked with another zlib than Chromium's: {version}")
        plain = [f"{level},8,0,15" for level in range(1, 10)]
        special = ["6,9,0,15", "9,9,0,15", "6,5,0,15", "6,8,1,15", "6,8,2,15", "6,8,3,15",
                   "6,8,4,15", "6,8,0,12", "1,1,0,15"]
        for name, data in self.inputs:
            # Noise says too little for a search among all that zlib can be told to do.
            cases = plain if name == "noise" else plain + special
            (self.folder / "in").write_bytes(data)
            self.tool("node", "-e", NODE, *cases)
            for case in cases:
                self.expect(f"{name} {case}", "deflate", (self.folder / case).read_bytes(), ("",))
        self.check()

    def test_zlib(self):
        for (name, data), level in itertools.product(self.inputs, range(0, 10)):
            self.expect(f"{name} {level}", "zlib", zlib.compress(data, level), ("",))
        self.check()

    def test_xz(self):
        self.need("xz")
        options = (["-6"], ["-0"], ["-9e"], ["-T2", "--block-size=65536"], ["--check=sha256"],
                   ["--x86", "--lzma2=preset=6,dict=1MiB"], ["--arm", "--lzma2=lp=2,lc=2"],
                   ["--delta=dist=4", "--lzma2=preset=3"])
        for (name, data), option in itertools.product(self.inputs, options):
            if name == "noise" and "--arm" in option:
                continue  # a stream without a compressed chunk does not say its contexts
            (self.folder / "in").write_bytes(data)
            self.expect(f"{name} {option}", "xz", self.tool("xz", "-c", *option, "in"), ("preset",))
        for name, data in self.inputs:
            self.expect(f"{name} lzma", "lzma",
                        self.tool("xz", "-c", "--format=lzma", data=data), ("preset",))
        self.check()

    def test_bzip2(self):
        for (name, data), level in itertools.product(self.inputs, (1, 9)):
            self.expect(f"{name} -{level}", "bzip2", bz2.compress(data, level), ("level",))
        self.check()


if __name__ == "__main__":
    KIND = sys.argv.pop(2)
    producer = sys.argv.pop(2)
    sys.argv += ["-k", f"test_{producer}"]
    support.main()
