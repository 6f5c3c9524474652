"""Patches of kerf, and the golden ones, decoded by the decoder that was written from the document of
sliver alone (tools/sliver_decoder): FILE.py KERF."""
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tools")]
import support
from sliver_decoder import kinds
from sliver_decoder.decode import Job, decode
from sliver_decoder.errors import NotWritten, Refused

SOURCE = ROOT / "tests/conformance/testdata/two_versions.c"
GOLDEN = ROOT / "src/patch/sliver/testdata"
DECODER = ROOT / "tools/sliver_decode.py"
ALONE = ["-O2", "-s", "-w", "-nostdlib", "-static", "-Wl,-e,main", "-Wl,--build-id=none"]
SHARED = ["-O2", "-s", "-w", "-shared", "-fPIC", "-nostdlib", "-Wl,--build-id=none"]
X86_64, AARCH64 = ["gcc"], ["aarch64-linux-gnu-gcc"]
ARM, RISCV = ["arm-none-eabi-gcc"], ["riscv64-unknown-elf-gcc"]


def shaken_text(generator):
    words = "alpha beta gamma delta kerf sliver window range coder the of and patch old new".split()

    def text(count):
        return " ".join(generator.choice(words) if generator.random() < 0.8
                        else "%x" % generator.getrandbits(24) for _ in range(count)).encode()
    old, new, at = text(1500), bytearray(), 0
    while at < len(old):
        size = generator.randrange(1, 400)
        piece, way = bytearray(old[at:at + size]), generator.randrange(8)
        if way == 0:
            for _ in range(5):
                piece[generator.randrange(len(piece))] = generator.randrange(256)
        elif way == 1:
            piece += text(generator.randrange(1, 30))
        elif way == 2:
            piece = bytearray(byte + 3 & 255 for byte in piece)
        elif way == 3:
            piece += generator.randbytes(50) + piece[:100]
        new += piece
        at += size
    return old, bytes(new)


def elf(machine, address, code):
    """An ELF file of 32 bits that is one executable segment, without sections."""
    header = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack(
        "<HHIIIIIHHHHHH", 2, machine, 1, address, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<IIIIIIII", 1, 84, address, address, len(code), len(code), 5, 4) + code


def xtensa_program(sizes):
    """Functions of so many steps: literals, then l32r, calls to all others, jumps and branches."""
    starts, size = [], 0
    for steps in sizes:
        starts.append(size + 16)
        size += 16 + 15 * steps + 1 & ~3
    code = bytearray(size + 16)
    for number, (start, steps) in enumerate(zip(starts, sizes)):
        for i in range(4):
            struct.pack_into("<I", code, start - 16 + 4 * i, 0x40080000 + starts[(number + i) % len(starts)])

        def put(at, word):
            code[at:at + 3] = word.to_bytes(3, "little")
        for step in range(steps):
            at = start + 15 * step
            literal = (start - 16 + 4 * (step % 4) - (at + 3 & ~3)) // 4
            put(at, 0x21 | (literal & 0xFFFF) << 8)
            callee = starts[(number * 7 + step) % len(starts)]
            put(at + 3, 0x25 | ((callee - (at + 3 & ~3) - 4) // 4 & 0x3FFFF) << 6)
            put(at + 6, 0x06 | (start - at - 10 & 0x3FFFF) << 6)
            put(at + 9, 0x16 | (5 & 0xFFF) << 12 | (step & 15) << 8)
            put(at + 12, 0x1A2020 + step * 0x100 & 0xFFFF00 | 0x20)
    return bytes(code)


class SecondDecoder(support.KerfTest):
    def check(self, old, new, *profiles, fields=()):
        """Both decoders must agree; `fields`: what the scanners must have found, by names' starts."""
        self.put("old", old)
        self.put("new", new)
        for profile in profiles:
            with self.subTest(profile=profile):
                self.kerf("diff", "--format", "sliver", "--profile", profile, "--force", "old", "new",
                          "-o", "patch")
                patch = self.get("patch")
                self.assertEqual(decode(old, patch), new)
                if not fields or profile == "tiny":
                    continue
                job = Job(old, patch)
                seen = {field.kind for number in range((len(old) >> job.header.chunk_bits) + 1)
                        for field in job.fields.scan(number)}
                names = [name for name, number in kinds.NUMBER.items() if number in seen]
                for start in fields:
                    self.assertTrue(any(name.startswith(start) for name in names), (start, names))

    def program(self, compiler, flags, *fields, profiles=("standard", "small", "tiny")):
        if shutil.which(compiler[0]) is None:
            self.skipTest(f"no {compiler[0]} on this machine")
        for name, version in (("old", []), ("new", ["-DNEW"])):
            done = subprocess.run([*compiler, *flags, *version, str(SOURCE), "-o", name],
                                  cwd=self.folder, capture_output=True, timeout=60)
            if done.returncode and not (self.folder / "old").exists():
                self.skipTest(f"{' '.join(compiler)} makes no program: {done.stderr.decode()[:200]}")
            self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.check(self.get("old"), self.get("new"), *profiles, fields=fields)

    def test_small_bytes(self):
        generator = random.Random(11)
        some = generator.randbytes(3000)
        for old, new in ((b"hello", b"helpo!!"), (b"a", b""), (b"", b"xyz" * 50), (b"", b""),
                         (some, some), (some, some[1000:] + some[:1000]),
                         (some, generator.randbytes(700))):
            self.check(old, new, "max", "standard", "small", "tiny")

    def test_text(self):
        old, new = shaken_text(random.Random(7))
        self.check(old, new, "max", "standard", "small", "tiny")

    def test_x86_64(self):
        self.program(X86_64, [*ALONE, "-no-pie", "-fno-pic"], "x86_short", "x86_branch",
                     "cie_distance32", "absolute64")

    def test_x86_64_shared(self):
        self.program(X86_64, SHARED, "x86_call", "x86_rip", "x86_lea", "rela_offset64", "symbol64",
                     "symbol_name32", "bucket64", "switch32", profiles=("max",))

    def test_i386(self):
        self.program([*X86_64, "-m32"], [*ALONE, "-no-pie", "-fno-pic"], "x86_address", "absolute32")

    def test_aarch64(self):
        self.program(AARCH64, ALONE, "a64_page", "a64_add", "a64_load", "a64_branch", "a64_jump")

    def test_aarch64_shared(self):
        self.program(AARCH64, SHARED, "a64_call", "rela_addend64", "symbol_value64", profiles=("max",))

    def test_a32(self):
        self.program(ARM, [*ALONE, "-marm", "-mcpu=cortex-a7"], "a32_jump", "a32_movw", "a32_movt")

    def test_a32_literals(self):
        self.program(ARM, [*ALONE, "-marm", "-mcpu=arm7tdmi", "-fPIC"], "a32_literal", "a32_call")

    def test_thumb(self):
        self.program(ARM, [*ALONE, "-mthumb", "-mcpu=cortex-m3"], "thumb_literal8", "thumb_branch8",
                     "thumb_pointer", "thumb_jump11")

    def test_thumb_without_literals(self):
        self.program(ARM, [*ALONE, "-mthumb", "-mcpu=cortex-m3", "-Os", "-mslow-flash-data"],
                     "thumb_movw", "thumb_movt")

    def test_riscv32(self):
        self.program(RISCV, [*ALONE, "-march=rv32imac", "-mabi=ilp32", "-Wl,-Ttext=0x80000000"],
                     "riscv_branch", "riscv_jump11")

    def test_riscv64(self):
        self.program(RISCV, [*ALONE, "-mcmodel=medany", "-Wl,-Ttext=0x80000000"], "riscv_branch",
                     "riscv_hi20", "riscv_lo12")

    def test_xtensa(self):
        generator = random.Random(2)
        sizes = [generator.randrange(3, 12) for _ in range(60)]
        old = elf(94, 0x40080000, xtensa_program(sizes))
        sizes[5] += 2
        sizes[30] -= 1
        self.check(old, elf(94, 0x40080000, xtensa_program(sizes)), "standard", "small", "tiny",
                   fields=("xtensa_call", "xtensa_jump", "xtensa_l32r", "xtensa_branch", "absolute32"))

    def test_golden(self):
        old, made = (GOLDEN / "old.bin").read_bytes(), 0
        for line in (GOLDEN / "MANIFEST").read_text().splitlines():
            name, verdict, sha = line.split()
            if verdict == "ok" and "fast" not in name:
                made += 1
                self.assertEqual(support.sha256(decode(old, (GOLDEN / name).read_bytes())), sha, name)
        self.assertGreaterEqual(made, 4)

    def test_no_flipped_bit_succeeds(self):
        old, new = b"hello" * 20, b"helpo!!" + b"hello" * 19 + b"another end"
        for profile in ("small", "tiny"):
            self.check(old, new, profile)
            patch = bytearray(self.get("patch"))
            for at in range(len(patch)):
                patch[at] ^= 1 << at % 8
                with self.subTest(profile=profile, at=at):
                    try:
                        made = decode(old, bytes(patch))
                    except (Refused, NotWritten):
                        made = new
                    self.assertEqual(made, new)
                patch[at] ^= 1 << at % 8

    def test_program(self):
        old, new = b"hello" * 20, b"helpo!!" + b"hello" * 19
        self.check(old, new, "small")
        self.put("other", b"something else")

        def run(code, *arguments):
            done = subprocess.run([sys.executable, "-B", str(DECODER), *arguments], cwd=self.folder,
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, code, done.stderr.decode())
            return done.stderr.decode()
        before = self.names()
        self.assertIn("another old file", run(1, "other", "patch", "-o", "made"))
        run(2, "old", "patch")
        run(2, "old", "patch", "-o", "new")
        self.kerf("diff", "--format", "sliver", "--profile", "fast", "old", "new", "-o", "fast.patch")
        before.append("fast.patch")
        self.assertIn("fast", run(3, "old", "fast.patch", "-o", "made"))
        self.assertEqual(self.names(), sorted(before))
        run(0, "old", "patch", "-o", "made")
        self.assertEqual(self.get("made"), new)


if __name__ == "__main__":
    support.main()
