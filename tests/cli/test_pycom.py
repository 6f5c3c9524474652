"""diff_creator and kerf-pycom-sim: the walk of the differential update, and what is refused.

Run as: test_pycom.py DIFF_CREATOR KERF_PYCOM_SIM [unittest arguments]"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import support

DETECTED = "Differential Update Image detected. Restart the device to apply the patch."
PATCHED = "Patching the binary...\nPatching SUCCESSFUL.\n"
FAILED = "Patching FAILED. We will continue with the current firmware."
SIM = None


def image(segments, hashed=True):
    """An ESP application image."""
    out = bytearray(24)
    out[0], out[1], out[23] = 0xE9, len(segments), hashed
    checksum = 0xEF
    for segment in segments:
        out += struct.pack("<II", 0x3F400020, len(segment)) + segment
        for byte in segment:
            checksum ^= byte
    out += bytes(15 - len(out) % 16) + bytes([checksum])
    return bytes(out) + (hashlib.sha256(out).digest() if hashed else b"")



class PycomTest(unittest.TestCase):
    """A fresh folder with source.bin and target.bin, two firmwares that resemble each other."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kerf-pycom-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        generator = random.Random(1)
        code = bytearray(generator.randbytes(24000))
        self.source = image([bytes(code), generator.randbytes(8000)])
        for at in range(0, len(code), 500):
            code[at] ^= 0x55
        self.target = image([bytes(code), generator.randbytes(400), bytes(code[:4000])])
        self.put("source.bin", self.source)
        self.put("target.bin", self.target)

    def put(self, name, content):
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def get(self, name):
        return (self.folder / name).read_bytes()

    def run_program(self, program, arguments, code, stdin=""):
        done = subprocess.run([program, *map(str, arguments)], cwd=self.folder, input=stdin,
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def create(self, *arguments, code=0):
        names = arguments or ("source.bin", "target.bin", "patch.bin")
        return self.run_program(support.PROGRAM, names, code)

    def sim(self, *arguments, code=0, stdin=""):
        return self.run_program(SIM, ["--state", "board", *arguments], code, stdin)

    def board(self, *settings):
        self.sim("init", *settings, "source.bin")

    def status(self):
        return json.loads(self.sim("status", "--json").stdout)

    def running(self):
        """The image that the board runs."""
        self.sim("dump", self.status()["running"], "running.bin")
        return self.get("running.bin")


class DiffCreator(PycomTest):
    def refused(self, *arguments, says, code=1):
        before = {name: self.get(name) for name in os.listdir(self.folder)}
        done = self.create(*arguments, code=code)
        self.assertIn(says, done.stderr)
        self.assertTrue(done.stderr.startswith("diff_creator: "), done.stderr)
        self.assertEqual({name: self.get(name) for name in os.listdir(self.folder)}, before)

    def test_plain_call(self):
        done = self.create("source.bin", "target.bin", "patch.bin")
        self.assertIn("bzip2 levels 1,1,1", done.stdout)
        self.assertIn("bytes of PSRAM", done.stdout)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.get("patch.bin")[:8], b"BSDIFF40")

    def test_bspatch_applies_it(self):
        if not shutil.which("bspatch"):
            self.skipTest("no bspatch here")
        for more in [], ["--trailer"]:
            self.create("source.bin", "target.bin", "patch.bin", *more)
            subprocess.run(["bspatch", "source.bin", "out.bin", "patch.bin"], cwd=self.folder,
                           check=True)
            self.assertEqual(self.get("out.bin"), self.target)

    def test_is_deterministic_and_replaces(self):
        self.create()
        first = self.get("patch.bin")
        self.put("patch.bin", b"something else")
        self.create()
        self.assertEqual(self.get("patch.bin"), first)
        self.assertEqual(sorted(os.listdir(self.folder)), ["patch.bin", "source.bin", "target.bin"])

    def test_json_and_quiet(self):
        told = json.loads(self.create("source.bin", "target.bin", "patch.bin", "--json").stdout)
        self.assertEqual(told["patch_size"], len(self.get("patch.bin")))
        self.assertEqual(told["psram"], len(self.get("patch.bin")) + 102400 + 3 * 64164 + 750000)
        self.assertEqual(told["psram_measured"], told["psram"])
        self.assertTrue(told["kerf_updater"])
        done = self.create("source.bin", "target.bin", "patch.bin", "--quiet")
        self.assertEqual(done.stdout + done.stderr, "")

    def test_wrong_usage(self):
        for arguments in ["source.bin"], ["a", "b", "c", "d"], ["a", "b", "c", "--nonsense"]:
            done = self.create(*arguments, code=2)
            self.assertIn("usage: diff_creator source.bin target.bin patch.bin", done.stderr)
        self.refused("source.bin", "target.bin", "target.bin", says="overwrite an input", code=2)
        os.link(self.folder / "source.bin", self.folder / "link.bin")
        self.refused("source.bin", "target.bin", "link.bin", says="overwrite an input", code=2)
        self.assertIn("--board", self.create("--help").stdout)
        self.assertIn("kerf", self.create("--version").stdout)

    def test_missing_files(self):
        self.refused("missing.bin", "target.bin", "patch.bin", says="missing.bin")
        self.refused("source.bin", "target.bin", "no/where/patch.bin", says="no/where")

    def test_target_must_be_an_image(self):
        names = ("source.bin", "target.bin", "patch.bin")
        self.put("patch.bin", b"an older patch")
        wrong = bytearray(self.target)
        wrong[100] ^= 1
        for content, says in [(b"hello", "first byte is 0x68"), (bytes(wrong), "checksum"),
                              (self.target[:-1], "ends too early"),
                              (image([b"abcd"], hashed=False), "no SHA-256"),
                              (b"", "ends too early")]:
            self.put("target.bin", content)
            self.refused(*names, says=says)
        self.put("target.bin", b"hello" * 100)
        done = self.create(*names, "--allow-any-target")
        self.assertIn("warning", done.stderr)
        self.assertEqual(self.get("patch.bin")[:8], b"BSDIFF40")

    def test_source_must_be_an_image(self):
        self.put("source.bin", b"old" * 1000)
        self.refused("source.bin", "target.bin", "patch.bin", says="not what runs on the device")
        done = self.create("source.bin", "target.bin", "patch.bin", "--force")
        self.assertIn("warning", done.stderr)
        self.assertIn("not tried on the device model", done.stdout)

    def test_slot_bounds(self):
        def sized(size):
            made = image([bytes(size - 24 - 8 - 16 - 32)])
            self.assertEqual(len(made), size)
            return made
        self.put("source.bin", sized(1000000))
        self.put("target.bin", sized(2023424))
        self.refused("source.bin", "target.bin", "patch.bin", says="at most 2,023,423")
        self.put("target.bin", sized(2023408))
        done = self.create()
        self.assertIn("on 4mb boards at most 1,757,183", done.stdout)
        self.refused("source.bin", "target.bin", "patch.bin", "--board", "4mb",
                     says="at most 1,757,183")

    def test_signature(self):
        self.put("key.pem", support.PRIVATE_KEY)
        self.put("pub.pem", support.PUBLIC_KEY)
        self.put("other.pem", support.OTHER_PUBLIC_KEY)
        self.create("source.bin", "target.bin", "patch.bin", "--sign-key", "key.pem")
        self.create("source.bin", "target.bin", "plain.bin", "--trailer")
        self.refused("source.bin", "target.bin", "patch.bin", "--sign-key", "pub.pem",
                     says="pub.pem")
        self.board("--mode", "kerf", "--public-key", "other.pem")
        self.assertIn("not the one this device trusts",
                      self.sim("download", "patch.bin", code=1).stdout)
        self.sim("set", "--public-key", "pub.pem")
        self.assertIn("is not signed", self.sim("download", "plain.bin", code=1).stdout)
        self.assertEqual(self.sim("download", "patch.bin").stdout, DETECTED + "\n")
        self.assertEqual(self.sim("reset").stdout, PATCHED)
        self.assertEqual(self.running(), self.target)


class Simulator(PycomTest):
    def setUp(self):
        super().setUp()
        self.create()

    def test_walk_of_the_document(self):
        for mode in "stock", "kerf":
            self.board("--mode", mode)
            done = self.sim("repl", stdin="import pycom\npycom.diff_update_enabled()\n")
            self.assertEqual(done.stdout, "True\n")
            self.assertEqual(self.sim("download", "patch.bin").stdout, DETECTED + "\n")
            done = self.sim("repl", stdin="import machine\nmachine.reset()\n")
            self.assertEqual(done.stdout, PATCHED)
            self.assertEqual(self.running(), self.target)
            self.assertEqual(self.status()["running"], "ota_0")

    def test_repl_writes_bytes(self):
        self.board()
        lines = ["import pycom", "pycom.ota_start()"]
        patch = self.get("patch.bin")
        for at in range(0, len(patch), 1000):
            lines.append(f"pycom.ota_write({patch[at:at + 1000]!r})")
        lines += ["pycom.ota_finish()", "pycom.ota_verify()", "# done", "", "exit()"]
        self.assertEqual(self.sim("repl", stdin="\n".join(lines)).stdout, DETECTED + "\nFalse\n")
        self.assertEqual(self.sim("reset").stdout, PATCHED)

    def test_repl_says_what_it_does_not_know(self):
        self.board()
        done = self.sim("repl", stdin="print(6*7)\n", code=1)
        self.assertIn("not modelled: print(6*7)", done.stderr)
        done = self.sim("repl", stdin="import network\n", code=1)
        self.assertIn("ImportError: no module named 'network'", done.stdout)
        done = self.sim("repl", stdin="pycom.ota_write(nonsense)\n", code=1)
        self.assertIn("SyntaxError", done.stdout)

    def test_failures_of_the_fielded_firmware(self):
        self.board("--diff-update", "0")
        done = self.sim("download", "patch.bin", code=1)
        self.assertEqual(done.stdout,
                         "Differential Update Image detected. This feature is disabled in the "
                         "build. Enable DIFF_UPDATE_ENABLED in the build to use it.\n"
                         "OSError: the requested operation failed\n")
        self.sim("set", "--diff-update", "1", "--psram", "0")
        self.sim("download", "patch.bin")
        done = self.sim("reset")
        self.assertIn(f"Failed to allocate {len(self.get('patch.bin'))} bytes for the Patch File\n"
                      + FAILED, done.stdout)
        self.sim("set", "--psram", "4194304")
        self.assertIn(DETECTED, self.sim("download", "--drop-after", "700", "patch.bin").stdout)
        self.assertIn(FAILED, self.sim("reset").stdout)
        self.assertEqual(self.running(), self.source)

    def test_four_megabyte_board(self):
        self.board("--board", "4mb")
        self.assertEqual(self.status()["psram"], 0)
        self.sim("download", "patch.bin")
        self.assertIn("Failed to allocate", self.sim("reset").stdout)

    def test_power_cut(self):
        for mode, lost in ("stock", True), ("kerf", False):
            self.board("--mode", mode)
            self.sim("download", "patch.bin")
            self.sim("power-cut-after", "20")
            self.assertIn("no power", self.sim("reset", code=1).stderr)
            self.assertEqual(self.status()["state"], "off")
            done = self.sim("reset")
            if lost:
                self.assertIn("Invalid header\n" + FAILED, done.stdout)
                self.assertEqual(self.running(), self.source)
            else:
                self.assertEqual(done.stdout, PATCHED)
                self.assertEqual(self.running(), self.target)

    def test_power_off_and_dump(self):
        self.board()
        self.sim("power-off")
        self.assertIn("no power", self.sim("download", "patch.bin", code=1).stderr)
        self.sim("dump", "flash", "flash.bin")
        flash = self.get("flash.bin")
        self.assertEqual(len(flash), 8 << 20)
        self.assertEqual(flash[0x10000:0x10000 + len(self.source)], self.source)
        self.assertIn("state file itself", self.sim("dump", "flash", "board", code=1).stderr)

    def test_no_firmware_that_starts(self):
        self.put("source.bin", b"nonsense")
        self.assertIn("bricked", self.sim("init", "source.bin", code=1).stderr)

    def test_wrong_usage(self):
        self.sim("frobnicate", code=2)
        self.sim(code=2)
        self.run_program(SIM, ["status"], 2)
        self.board()
        self.sim("init", "--board", "16mb", "source.bin", code=2)

    def test_damaged_state_files(self):
        self.assertIn("board", self.sim("status", code=1).stderr)
        self.board()
        whole = self.get("board")
        for damaged in b"", b"KPYCOMS1", whole[:50], whole[:len(whole) // 2], \
                b"KPYCOMS1\xff\xff\xff\x7f" + whole[12:]:
            self.put("board", damaged)
            self.assertIn("no usable state", self.sim("status", code=1).stderr)


if __name__ == "__main__":
    SIM = os.path.abspath(sys.argv.pop(2))
    support.main()
