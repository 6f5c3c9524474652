"""VCDIFF in both directions against another program: FILE.py KERF PEER PAIRS, where PEER is xdelta3 or
vcdiff (open-vcdiff's; no Debian package), and PAIRS is generated, installed (programs of this
machine) or corpus (../shared/corpus, or $KERF_SHARED/corpus)."""
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import support
import test_bsdiff

XDELTA3 = ["xdelta3", "-f", "-D"]  # -D: a gzip file is bytes like any other
UPDATER = ["-n", "-A", "-S", "none"]
# What xdelta3 is asked for, and the profile that kerf must see in it.
ENCODERS = {
    "updater": (UPDATER, "updater"),
    "updater-9": ([*UPDATER, "-9"], "updater"),
    "small-windows": ([*UPDATER, "-W", "16384"], "updater"),
    "adler": (["-A", "-S", "none"], "xdelta3"),
    "app-header": (["-n", "-S", "none"], "xdelta3"),
    "default": ([], "xdelta3"),
    "lzma-9": (["-S", "lzma", "-9"], "xdelta3"),
}


class Peer(support.KerfTest):
    name = None
    pairs = None

    @classmethod
    def setUpClass(cls):
        if shutil.which(cls.name) is None:
            raise unittest.SkipTest(f"no program {cls.name}")

    def each_pair(self, check):
        count = 0
        for name, old, new in test_bsdiff.PAIRS[self.pairs]():
            count += 1
            self.put("old", old)
            self.put("new", new)
            with self.subTest(pair=name):
                check()
        if count == 0:
            self.skipTest(f"no {self.pairs} pairs on this machine")
        print(f"  {count} pairs", end=" ")

    def tool(self, *command):
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=300)

    def size(self, name):
        return (self.folder / name).stat().st_size

    def make(self):
        self.kerf("diff", "--format", "vcdiff", "--force", "old", "new", "-o", "ours")
        self.assertEqual(self.get("ours")[:5], b"\xd6\xc3\xc4\0\0")
        said = self.kerf_json("info", "ours")
        self.assertEqual(said["profile"], "updater")
        self.assertIn("Software Updater", said["appliers"])


class Xdelta3(Peer):
    name = "xdelta3"

    def test_xdelta3_applies_ours(self):
        def check():
            self.make()
            self.tool(*XDELTA3, "-d", "-s", "old", "ours", "made")
            self.assertEqual(self.get("made"), self.get("new"))
        self.each_pair(check)

    def test_ours_is_not_larger(self):
        def check():
            self.make()
            self.tool(*XDELTA3, *UPDATER, "-9", "-e", "-s", "old", "new", "theirs")
            self.assertLessEqual(self.size("ours"), self.size("theirs"))
        self.each_pair(check)

    def test_xdelta3_applies_every_form(self):
        def check():
            for flags in (["--vcdiff-profile", "xdelta3"], ["--window", "64K"],
                          ["--vcdiff-profile", "xdelta3", "--window", "16M"]):
                with self.subTest(flags=flags):
                    self.kerf("diff", "--format", "vcdiff", *flags, "--force", "old", "new", "-o",
                              "ours")
                    self.tool(*XDELTA3, "-d", "-s", "old", "ours", "made")
                    self.assertEqual(self.get("made"), self.get("new"))
        self.each_pair(check)

    def test_theirs_repaired(self):
        def check():
            for name, (flags, _) in ENCODERS.items():
                with self.subTest(encoder=name):
                    self.tool(*XDELTA3, *flags, "-e", "-s", "old", "new", "theirs")
                    self.kerf("repair", "--force", "old", "theirs", "-o", "repaired")
                    self.assertEqual(self.kerf_json("info", "repaired")["profile"], "updater")
                    self.tool(*XDELTA3, "-d", "-s", "old", "repaired", "made")
                    self.assertEqual(self.get("made"), self.get("new"))
        self.each_pair(check)

    def test_kerf_applies_theirs(self):
        def check():
            for name, (flags, profile) in ENCODERS.items():
                with self.subTest(encoder=name):
                    self.tool(*XDELTA3, *flags, "-e", "-s", "old", "new", "theirs")
                    self.assertEqual(self.kerf_json("info", "theirs")["profile"], profile)
                    self.kerf("apply", "--force", "old", "theirs", "-o", "made")
                    self.assertEqual(self.get("made"), self.get("new"))
        self.each_pair(check)

    def test_a_trailer_is_refused(self):
        self.put("key.pem", support.PRIVATE_KEY)
        for flags in (["--trailer"], ["--sign-key", "key.pem"]):
            self.refused("diff", "--format", "vcdiff", *flags, "old.bin", "new.bin", "-o", "ours",
                         says="no room for a trailer")


class OpenVcdiff(Peer):
    name = "vcdiff"

    def test_open_vcdiff_applies_ours(self):
        def check():
            self.make()
            self.tool("vcdiff", "decode", "-dictionary", "old", "-delta", "ours", "-target", "made",
                      "-max_target_file_size=1000000000")
            self.assertEqual(self.get("made"), self.get("new"))
        self.each_pair(check)

    def test_kerf_applies_open_vcdiffs(self):
        def check():
            if not self.size("new"):
                return  # the program never ends on an empty target
            for flags in ([], ["-interleaved", "-checksum"], ["-target_matches"]):
                self.tool("vcdiff", "encode", "-dictionary", "old", "-target", "new", "-delta",
                          "theirs", *flags)
                self.kerf("apply", "--force", "old", "theirs", "-o", "made")
                self.assertEqual(self.get("made"), self.get("new"))
        self.each_pair(check)


if __name__ == "__main__":
    tests = {"xdelta3": Xdelta3, "vcdiff": OpenVcdiff}[sys.argv.pop(2)]
    tests.pairs = sys.argv.pop(2)
    del Peer, Xdelta3, OpenVcdiff  # unittest runs the classes that it finds: the one in `tests`
    support.main()
