"""diff_creator on real ESP32 firmware: its patch applies on the device model and with bspatch, and
one by bsdiff fails on the model as it does on the device.

Run as: test_pycom_corpus.py DIFF_CREATOR KERF_PYCOM_SIM [unittest arguments]. The firmware is in
the corpus beside the project, or in the folder that KERF_SHARED names."""
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import support

SIM = None
PAIRS = ["wled-ESP32-0.14.2-0.14.3", "wled-ESP32-S2-0.14.1-0.14.2"]


def corpus():
    named = os.environ.get("KERF_SHARED")
    root = pathlib.Path(__file__).resolve().parent
    places = [pathlib.Path(named)] if named else [up / "shared" for up in root.parents]
    return next((p / "corpus/files" for p in places if (p / "corpus/files").is_dir()), None)


class Corpus(unittest.TestCase):
    def setUp(self):
        files = corpus()
        if files is None:
            self.skipTest("no corpus beside the project, and KERF_SHARED does not name one")
        folder = tempfile.TemporaryDirectory(prefix="kerf-pycom-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for pair in PAIRS:
            for name in f"{pair}.old", f"{pair}.new":
                (self.folder / name).write_bytes(lzma.open(files / f"{name}.xz").read())

    def call(self, *arguments):
        done = subprocess.run([str(a) for a in arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=500)
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout}{done.stderr}")
        return done.stdout

    def sim(self, *arguments):
        return self.call(SIM, "--state", "board", *arguments)

    def status(self):
        return json.loads(self.sim("status", "--json"))

    def test_patches_apply(self):
        for pair in PAIRS:
            told = json.loads(self.call(support.PROGRAM, f"{pair}.old", f"{pair}.new", "patch",
                                        "--json"))
            print(f"{pair}: {told['patch_size']} bytes, levels {told['bzip2_levels']}, "
                  f"PSRAM {told['psram_measured']}")
            for mode in "stock", "kerf":
                self.sim("init", "--mode", mode, f"{pair}.old")
                self.sim("download", "patch")
                self.assertEqual(self.sim("reset"),
                                 "Patching the binary...\nPatching SUCCESSFUL.\n")
                self.assertLessEqual(self.status()["psram_peak"], 4 << 20)
                self.sim("dump", self.status()["running"], "running")
                self.assertEqual((self.folder / "running").read_bytes(),
                                 (self.folder / f"{pair}.new").read_bytes())
            if not shutil.which("bspatch"):
                self.skipTest("no bspatch here")
            self.call("bspatch", f"{pair}.old", "out", "patch")
            self.assertEqual((self.folder / "out").read_bytes(),
                             (self.folder / f"{pair}.new").read_bytes())

    def test_patch_by_bsdiff_fails(self):
        if not shutil.which("bsdiff"):
            self.skipTest("no bsdiff here")
        for pair in PAIRS:
            self.call("bsdiff", f"{pair}.old", f"{pair}.new", "patch")
            self.sim("init", f"{pair}.old")
            self.sim("download", "patch")
            said = self.sim("reset")
            self.assertIn("Decomp...ERR: -3\n", said)
            self.assertIn("Patching FAILED. We will continue with the current firmware.\n", said)
            self.assertEqual(self.status()["running"], "factory")
            self.assertEqual(self.status()["ota_0"]["image"], "none", "the slot was erased")
            print(f"{pair}: bsdiff's patch fails after {self.status()['psram_peak']} bytes")


if __name__ == "__main__":
    SIM = os.path.abspath(sys.argv.pop(2))
    support.main()
