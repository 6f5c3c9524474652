"""What the tests of the programs share: a work folder, running `kerf`, and patches made by hand, so
that reading is tested without our own writer.

Each test file is run as: FILE.py PROGRAM [unittest arguments]. Exit 77 if a test was skipped."""
import bz2
import hashlib
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

# RFC 8032, section 7.1, tests 1 and 2, as OpenSSL writes keys.
PRIVATE_KEY = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
OTHER_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
-----END PUBLIC KEY-----
"""
KEY_ID = "21fe31dfa154a261"  # the start of SHA-256 of the first public key

PROGRAM = None


def offset(value):
    """Eight bytes, sign and magnitude, as bsdiff codes every number."""
    return struct.pack("<Q", abs(value) | (1 << 63 if value < 0 else 0))


def number(value):
    """A number as VCDIFF codes it."""
    digits = [value & 127]
    while value := value >> 7:
        digits.append(value & 127 | 128)
    return bytes(reversed(digits))


def controls(*triples):
    return b"".join(offset(v) for triple in triples for v in triple)


def bsdiff40(triples, difference, extra, new_size, level=9):
    parts = [bz2.compress(p, level) for p in (controls(*triples), difference, extra)]
    return (b"BSDIFF40" + offset(len(parts[0])) + offset(len(parts[1])) + offset(new_size)
            + b"".join(parts))


def difference(old, new):
    return bytes((n - o) & 255 for o, n in zip(old, new))


def simple_patch(old, new, level=9):
    """The common prefix region as a difference, the rest as extra bytes."""
    n = min(len(old), len(new))
    return bsdiff40([(n, len(new) - n, 0)], difference(old, new), new[n:], len(new), level)


def trailer(body, old, new):
    def identity(data):
        return struct.pack("<Q", len(data)) + hashlib.sha256(data).digest()
    fields = b"KERFTRL1" + struct.pack("<II", 156, 0) + identity(body) + identity(old) + identity(new)
    return fields + hashlib.sha256(fields).digest()[:8] + struct.pack("<I", 156) + b"1LRTFREK"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class KerfTest(unittest.TestCase):
    """A fresh folder with old.bin and new.bin, which resemble each other, and patch.bin."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="kerf-cli-")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        generator = random.Random(1)
        self.old = generator.randbytes(30000)
        changed = bytearray(self.old)
        for at in range(0, len(changed), 700):
            changed[at] ^= 0x55
        self.new = bytes(changed) + generator.randbytes(5000)
        self.put("old.bin", self.old)
        self.put("new.bin", self.new)
        self.put("patch.bin", simple_patch(self.old, self.new))
        self.put("key.pem", PRIVATE_KEY)
        self.put("pub.pem", PUBLIC_KEY)
        self.put("other.pem", OTHER_PUBLIC_KEY)

    def put(self, name, content):
        mode = "w" if isinstance(content, str) else "wb"
        with open(self.folder / name, mode) as file:
            file.write(content)

    def get(self, name):
        return (self.folder / name).read_bytes()

    def names(self):
        """Everything in the folder, hidden files too."""
        return sorted(os.listdir(self.folder))

    def kerf(self, *arguments, code=0, **options):
        """Runs kerf in the folder; fails unless the exit code is `code`. Gives the finished
        process with stdout and stderr as bytes."""
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if options["stdin"] is None:
            del options["stdin"]
        options.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder,
                              stderr=subprocess.PIPE, timeout=300, **options)
        self.assertEqual(done.returncode, code,
                         f"kerf {' '.join(map(str, arguments))}\n{done.stderr.decode()}")
        return done

    def kerf_json(self, *arguments, code=0, **options):
        return json.loads(self.kerf(*arguments, "--json", code=code, **options).stdout)

    def refused(self, *arguments, says, code=1, **options):
        """kerf must fail with a message that holds each of `says`, and leave the folder exactly
        as it was."""
        before = {name: self.get(name) for name in self.names()}
        done = self.kerf(*arguments, code=code, **options)
        message = done.stderr.decode()
        self.assertTrue(message.startswith("kerf: "), message)
        self.assertEqual(message.count("\n"), 1, message)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, message)
        self.assertEqual(done.stdout or b"", b"")
        self.assertEqual({name: self.get(name) for name in self.names()}, before)
        return done


class LoudResult(unittest.TextTestResult):
    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"SKIP: {reason}", flush=True)


def main():
    global PROGRAM
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=LoudResult, verbosity=2)
    result = unittest.main(module="__main__", testRunner=runner, exit=False).result
    if not result.wasSuccessful() or not (result.testsRun or result.skipped):
        sys.exit(1)
    sys.exit(77 if result.skipped else 0)
