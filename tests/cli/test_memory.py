"""Applying takes the same small memory whatever the sizes of the files."""
import bz2
import os
import random
import subprocess
import sys
import unittest

import support

MEBIBYTE = 1 << 20
MOST = 16 * MEBIBYTE
MOST_VCDIFF = 24 * MEBIBYTE  # with windows of 8 MiB

# Linux counts the memory of the process that forked into the peak of the child (until exec), so a
# fresh interpreter starts kerf: its own nine megabytes or so are below what is being asserted.
MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss * 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def pack(pieces, level=9):
    packer = bz2.BZ2Compressor(level)
    return b"".join([packer.compress(piece) for piece in pieces] + [packer.flush()])


class Memory(support.KerfTest):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("KERF_SANITIZED"):
            raise unittest.SkipTest("memory is not measured in a sanitizer build")

    def peak(self, *arguments):
        done = subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, support.PROGRAM,
                               *map(str, arguments)],
                              cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        peak = int(done.stderr.split()[-1])
        print(f"  kerf {arguments[0]}: peak {peak / MEBIBYTE:.1f} MiB")
        return peak

    def test_a_source_of_one_gibibyte(self):
        size = 1 << 30
        generator = random.Random(2)
        with open(self.folder / "old.bin", "wb") as old:
            old.truncate(size)
            for _ in range(64):
                old.seek(generator.randrange(size - 4096))
                old.write(generator.randbytes(4096))
        # Pieces from all over the source, each followed by incompressible extra bytes, so that all
        # three decoders work with full blocks of the largest kind.
        pieces = 100
        add, extra = 100_000, 10_000
        starts = [generator.randrange(size - add) for _ in range(pieces)] + [0]
        control = support.controls(
            (0, 0, starts[0]),
            *((add, extra, after - start - add) for start, after in zip(starts, starts[1:])))
        noise = generator.randbytes(1_000_000)
        difference = [noise] * (pieces * add // len(noise))
        literal = [generator.randbytes(extra) for _ in range(pieces)]
        parts = [pack([control]), pack(difference), pack(literal)]
        new_size = pieces * (add + extra)
        self.put("patch.bin", b"BSDIFF40" + support.offset(len(parts[0])) +
                 support.offset(len(parts[1])) + support.offset(new_size) + b"".join(parts))
        self.assertLessEqual(self.peak("apply", "old.bin", "patch.bin", "-o", "out.bin"), MOST)
        self.assertEqual(os.path.getsize(self.folder / "out.bin"), new_size)
        self.assertLessEqual(self.peak("verify", "old.bin", "patch.bin", "out.bin"), MOST)
        self.assertLessEqual(self.peak("info", "patch.bin"), MOST)
        self.assertLessEqual(self.peak("apply", "old.bin", "patch.bin", "-o", "-"), MOST)

    def test_a_large_new_file(self):
        zeros = bytes(MEBIBYTE)
        new_size = 192 * MEBIBYTE
        parts = [pack([support.controls((0, new_size, 0))]), pack([]), pack([zeros] * 192)]
        self.put("patch.bin", b"BSDIFF40" + support.offset(len(parts[0])) +
                 support.offset(len(parts[1])) + support.offset(new_size) + b"".join(parts))
        self.assertLessEqual(self.peak("apply", "old.bin", "patch.bin", "-o", "out.bin"), MOST)
        self.assertEqual(os.path.getsize(self.folder / "out.bin"), new_size)

    def vcdiff(self, windows):
        """Writes patch.bin: windows of (segment length, data, instructions, addresses), 8 MiB each."""
        with open(self.folder / "patch.bin", "wb") as patch:
            patch.write(b"\xd6\xc3\xc4\0\0")
            for segment, *sections in windows:
                fields = [support.number(8 * MEBIBYTE), b"\0",
                          *(support.number(len(section)) for section in sections)]
                encoding = b"".join(fields + sections)
                patch.write(b"\1" + support.number(segment) + b"\0"
                            + support.number(len(encoding)) + encoding)

    def test_a_vcdiff_target_of_two_gibibytes(self):
        source = 1 << 30
        generator = random.Random(3)
        with open(self.folder / "old.bin", "wb") as old:
            old.truncate(source)
        copy = 1024
        codes = b"\x13" + support.number(copy)  # COPY, mode SELF, size follows
        count = 8 * MEBIBYTE // copy - 1

        def window(i):
            if i % 16:  # mostly one RUN of zeros
                return 0, b"\0", b"\0" + support.number(8 * MEBIBYTE), b""
            # Bytes of the patch, then copies from all over the source.
            addresses = (generator.randrange(source - copy) for _ in range(count))
            return (source, generator.randbytes(copy), b"\1" + support.number(copy) + codes * count,
                    b"".join(map(support.number, addresses)))

        self.vcdiff(window(i) for i in range(256))
        self.assertLessEqual(self.peak("apply", "old.bin", "patch.bin", "-o", "out.bin"),
                             MOST_VCDIFF)
        self.assertEqual(os.path.getsize(self.folder / "out.bin"), 2 << 30)
        self.assertLessEqual(self.peak("info", "patch.bin"), MOST_VCDIFF)


if __name__ == "__main__":
    support.main()
