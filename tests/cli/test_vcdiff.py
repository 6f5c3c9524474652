"""VCDIFF as a user meets it: forms and windows, kerf repair, and the programs that stand in for
open-vcdiff's and xdelta3's. FILE.py KERF VCDIFF KERF_XDELTA3."""
import gzip
import os
import random
import subprocess
import sys
import zlib

import support

VCDIFF = None
XDELTA3 = None
MAGIC = b"\xd6\xc3\xc4"


class Vcdiff(support.KerfTest):
    def program(self, *command, code=0, **options):
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if options["stdin"] is None:
            del options["stdin"]
        done = subprocess.run(list(map(str, command)), cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300, **options)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        if code:
            before = os.path.basename(command[0]) + ": "
            self.assertTrue(done.stderr.decode().startswith(before), done.stderr)
            self.assertEqual(done.stderr.count(b"\n"), 1)
            self.assertEqual(done.stdout, b"")
        return done

    def nothing_changes(self, *command, says, code):
        before = {name: self.get(name) for name in self.names()}
        done = self.program(*command, code=code)
        self.assertIn(says, done.stderr.decode())
        self.assertEqual({name: self.get(name) for name in self.names()}, before)

    def profile(self, patch):
        return self.kerf_json("info", patch)["profile"]


class Forms(Vcdiff):
    def test_profiles(self):
        for profile, head in (("updater", MAGIC + b"\0\0\1"), ("xdelta3", MAGIC + b"\0\0\5"),
                              ("open-vcdiff", MAGIC + b"S\0\5")):
            with self.subTest(profile=profile):
                self.kerf("diff", "-f", "vcdiff", "--vcdiff-profile", profile, "--force", "old.bin",
                          "new.bin", "-o", "p")
                self.assertEqual(self.get("p")[:6], head)
                self.assertEqual(self.profile("p"), profile)
                self.kerf("verify", "old.bin", "p", "new.bin")
                # A checksum is checked: a wrong old file of the right size is found out.
                self.put("wrong", bytes(len(self.old)))
                if profile != "updater":
                    self.refused("apply", "wrong", "p", "-o", "x",
                                 says="checksum is")

    def test_windows(self):
        self.kerf("diff", "-f", "vcdiff", "--window", "16K", "old.bin", "new.bin", "-o", "p")
        details = self.kerf_json("info", "p")["details"]
        self.assertEqual((details["windows"], details["largest window"]), (3, 16384))
        self.kerf("verify", "old.bin", "p", "new.bin")
        for window, profile in (("16383", "updater"), ("16777217", "updater"), ("17M", "xdelta3"),
                                ("65M", "open-vcdiff")):
            self.refused("diff", "-f", "vcdiff", "--window", window, "--vcdiff-profile", profile,
                         "old.bin", "new.bin", "-o", "x", says="some decoders refuse", code=2)
        self.refused("diff", "-f", "vcdiff", "--vcdiff-profile", "sdch", "old.bin", "new.bin", "-o",
                     "x", says="there are updater, xdelta3 and open-vcdiff", code=2)
        self.refused("diff", "--window", "1M", "old.bin", "new.bin", "-o", "x",
                     says="are for --format vcdiff", code=2)

    def test_the_patch_does_not_depend_on_the_threads(self):
        patches = []
        for threads in (1, 2, 7):
            self.kerf("diff", "-f", "vcdiff", "--window", "16K", "--force", "--threads", threads,
                      "old.bin", "new.bin", "-o", "p")
            patches.append(self.get("p"))
        self.assertEqual(len(set(patches)), 1)

    def test_moved_data(self):
        """What moves farther than any window is found: the whole old file is searched."""
        generator = random.Random(4)
        large, small = generator.randbytes(20 << 20), generator.randbytes(1 << 20)
        self.put("old", large + small)
        self.put("new", small + large)
        self.kerf("diff", "-f", "vcdiff", "old", "new", "-o", "p")
        self.assertLess(os.path.getsize(self.folder / "p"), 200)


class Repair(Vcdiff):
    def odd(self):
        """A window of 100,000 bytes with application header and checksum: random bytes, a copy of
        them by pieces that overlap, a run, and what the old file starts with."""
        generator = random.Random(8)
        data = generator.randbytes(30_000)
        new = data + data + bytes(10_000) + self.old
        number = support.number
        segment = len(self.old)
        sections = (
            data + b"\0",
            b"\1" + number(len(data)) + b"\x13" + number(len(data)) + b"\0" + number(10_000)
            + b"\x13" + number(len(self.old)),
            number(segment) + b"\0")
        fields = b"".join([number(len(new)), b"\0", *(number(len(part)) for part in sections),
                           zlib.adler32(new).to_bytes(4, "big")])
        encoding = fields + b"".join(sections)
        self.put("odd", MAGIC + b"\0\4" + number(5) + b"a//b/" + b"\5" + number(segment) + b"\0"
                 + number(len(encoding)) + encoding)
        self.put("odd.new", new)
        return new

    def test_to_every_profile(self):
        new = self.odd()
        self.assertEqual(self.profile("odd"), "xdelta3")
        for profile in ("updater", "xdelta3", "open-vcdiff"):
            with self.subTest(profile=profile):
                said = self.kerf_json("repair", "old.bin", "odd", "--vcdiff-profile", profile,
                                      "--force", "-o", "fixed")
                self.assertEqual(said["profile"], profile)
                self.assertEqual(said["new_sha256"], support.sha256(new))
                self.assertEqual(self.profile("fixed"), profile)
                self.assertNotIn("application header", self.kerf_json("info", "fixed")["details"])
                self.kerf("verify", "old.bin", "fixed", "odd.new")
        self.kerf("repair", "old.bin", "odd", "--force", "-o", "fixed")
        refusers = {entry["program"]: entry["reason"]
                    for entry in self.kerf_json("info", "odd")["refusers"]}
        self.assertEqual(refusers["Software Updater"], "it has an application header")
        self.assertIn("Software Updater", self.kerf_json("info", "fixed")["appliers"])

    def test_windows_are_split(self):
        self.odd()
        self.kerf("repair", "old.bin", "odd", "--window", "16K", "-o", "fixed")
        details = self.kerf_json("info", "fixed")["details"]
        self.assertEqual(details["largest window"], 16384)
        self.assertEqual(details["windows"], 7)
        self.kerf("verify", "old.bin", "fixed", "odd.new")

    def test_what_is_refused(self):
        self.odd()
        self.refused("repair", "old.bin", "patch.bin", "-o", "x",
                     says="only VCDIFF patches can be repaired")
        self.put("wrong", bytes(len(self.old)))
        self.refused("repair", "wrong", "odd", "-o", "x", says="odd: window 0: checksum is")
        self.refused("repair", "old.bin", "odd", "--new-sha256", "00" * 32, "-o", "x",
                     says="wrong result")
        self.refused("repair", "old.bin", "odd", "--old-sha256", "00" * 32, "-o", "x",
                     says="wrong old file")
        self.put("short", self.get("odd")[:-1])
        self.refused("repair", "old.bin", "short", "-o", "x", says="short: ")
        self.refused("repair", "old.bin", "odd", "-o", "odd", says="is the input", code=2)

    def test_an_empty_new_file(self):
        self.put("empty", MAGIC + b"\0\0")  # no window: xdelta3 refuses that
        self.kerf("repair", "old.bin", "empty", "-o", "fixed")
        self.assertEqual(self.kerf_json("info", "fixed")["details"]["windows"], 1)
        self.assertEqual(self.kerf_json("info", "fixed")["new_size"], 0)


class OpenVcdiff(Vcdiff):
    def test_the_forms_of_the_manual(self):
        self.program(VCDIFF, "encode", "-dictionary", "old.bin", "-target", "new.bin", "-delta", "p")
        self.assertEqual(self.profile("p"), "updater")
        piped = self.program(VCDIFF, "delta", "--dictionary=old.bin", input=self.new).stdout
        self.assertEqual(piped, self.get("p"))
        self.program(VCDIFF, "decode", "-dictionary", "old.bin", "-delta", "p", "-target", "made")
        self.assertEqual(self.get("made"), self.new)
        piped = self.program(VCDIFF, "patch", "-dictionary", "old.bin", input=piped).stdout
        self.assertEqual(piped, self.new)
        # An output is replaced without asking, as that program does it.
        self.put("made", b"older")
        self.program(VCDIFF, "decode", "-dictionary", "old.bin", "-delta", "p", "-target", "made")
        self.assertEqual(self.get("made"), self.new)

    def test_its_own_format(self):
        for flags in (["-checksum"], ["-interleaved"], ["-interleaved", "-checksum=true"],
                      ["-target_matches", "-nochecksum", "-interleaved"]):
            with self.subTest(flags=flags):
                self.program(VCDIFF, "encode", "-dictionary", "old.bin", "-target", "new.bin",
                             "-delta", "p", "-buffersize", 16384, *flags)
                self.assertEqual(self.get("p")[3:4], b"S")
                interleaved = self.kerf_json("info", "p")["details"].get("interleaved windows", 0)
                self.assertEqual(interleaved, 3 if "-interleaved" in flags else 0)
                self.kerf("verify", "old.bin", "p", "new.bin")

    def test_what_is_refused(self):
        p = ["-dictionary", "old.bin", "-target", "new.bin", "-delta"]
        for arguments, says in (
                (["encode", *p, "x", "-json"], "-json is not supported"),
                (["encode", *p, "x", "-stats"], "-stats is not supported"),
                (["encode", "-target", "new.bin"], "-dictionary FILE is required"),
                (["encode", *p, "x", "-buffersize", "9"], "16384 to 16777216"),
                (["encode", *p, "x", "-buffersize", "1M"], "a number of bytes is wanted, not 1M"),
                (["encode", *p], "-delta needs a value"),
                (["test", *p, "x"], "no command test"),
                ([*p, "x"], "say encode or decode"),
                (["encode", "new.bin", *p, "x"], "unexpected argument new.bin")):
            self.nothing_changes(VCDIFF, *arguments, says=says, code=2)
        self.nothing_changes(VCDIFF, "encode", *p, "old.bin", says="is the input", code=1)
        self.program(VCDIFF, "encode", *p, "p")
        self.nothing_changes(VCDIFF, "decode", *p, "p", "-target", "x", "-max_target_file_size",
                             100, says="above the permitted 100 bytes", code=1)
        self.assertIn(b"usage: vcdiff", self.program(VCDIFF, "-help").stdout)


class Xdelta3(Vcdiff):
    SEED = ["-n", "-A", "-S", "none", "-e", "-s"]  # what publishers are told to give

    def test_the_forms_of_the_manual(self):
        self.program(XDELTA3, *self.SEED, "old.bin", "new.bin", "p")
        self.assertEqual(self.profile("p"), "updater")
        self.program(XDELTA3, "-d", "-s", "old.bin", "p", "made")
        self.assertEqual(self.get("made"), self.new)
        patch = self.get("p")
        for flags in (["-9"], ["-0"], ["-B", "1000000"], ["-D"], ["-q"], ["-fc"]):
            piped = self.program(XDELTA3, *flags, *self.SEED, "old.bin", "new.bin").stdout
            self.assertEqual(piped, patch)
        piped = self.program(XDELTA3, "-nSnone", "-A", "-sold.bin",
                             input=self.new).stdout
        self.assertEqual(piped, patch)
        self.assertEqual(self.program(XDELTA3, "-dc", "-s", "old.bin", input=patch).stdout, self.new)

    def test_without_its_flags(self):
        self.program(XDELTA3, "-s", "old.bin", "new.bin", "p")
        self.assertEqual(self.profile("p"), "xdelta3")  # checksums
        self.program(XDELTA3, "-n", "-W", "16384", "new.bin", "q")  # no old file
        self.assertEqual(self.kerf_json("info", "q")["details"]["windows"], 3)
        self.assertEqual(self.kerf_json("info", "q")["min_old_size"], 0)
        self.program(XDELTA3, "-d", "q", "made")
        self.assertEqual(self.get("made"), self.new)

    def test_what_is_refused(self):
        p = ["-s", "old.bin", "new.bin", "x"]
        for arguments, says in (
                (["-S", "lzma", *p], "give -S none"), (["-Sdjw", *p], "give -S none"),
                (["-A=text", *p], "give -A alone"), (["-x", *p], "-x is not supported"),
                (["-m", "a", *p], "-m is not supported"), (["-W", "100", *p], "16384 to 16777216"),
                (["-W", "1x", *p], "a number of bytes is wanted"), ([*p, "y"], "too many file names"),
                (["-c", *p], "not both"), (["-s"], "-s needs a value")):
            self.nothing_changes(XDELTA3, *arguments, says=says, code=2)
        self.put("x", b"there")
        self.nothing_changes(XDELTA3, *p, says="exists already", code=1)
        self.nothing_changes(XDELTA3, "-f", "-s", "old.bin", "new.bin", "new.bin",
                             says="is the input", code=1)
        self.nothing_changes(XDELTA3, "-d", "-s", "old.bin", "new.bin", "y", says="no VCDIFF file",
                             code=1)
        self.assertIn(b"usage: kerf-xdelta3", self.program(XDELTA3, "-h").stdout)

    def test_compressed_files_are_bytes_like_others(self):
        """xdelta3 unpacks a gzip file unless told not to, and makes a patch for what was inside."""
        old, new = gzip.compress(self.old, 9, mtime=1), gzip.compress(self.new, 1, mtime=2)
        self.put("old.gz", old)
        self.put("new.gz", new)
        self.program(XDELTA3, *self.SEED, "old.gz", "new.gz", "p")
        self.program(VCDIFF, "encode", "-dictionary", "old.gz", "-target", "new.gz", "-delta", "q")
        self.kerf("diff", "-f", "vcdiff", "old.gz", "new.gz", "-o", "r")
        self.assertEqual(self.get("p"), self.get("q"))
        self.assertEqual(self.get("p"), self.get("r"))
        self.program(XDELTA3, "-d", "-s", "old.gz", "p", "made.gz")
        self.assertEqual(self.get("made.gz"), new)
        self.kerf("apply", "old.gz", "p", "-o", "made2.gz")
        self.assertEqual(self.get("made2.gz"), new)


if __name__ == "__main__":
    VCDIFF, XDELTA3 = (os.path.abspath(sys.argv.pop(2)) for _ in range(2))
    del Vcdiff  # unittest runs the classes that it finds
    support.main()
