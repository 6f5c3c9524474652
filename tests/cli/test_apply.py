"""kerf apply: what comes out, what is refused, and that a refusal leaves nothing behind."""
import os
import shutil
import subprocess

import support
from support import bsdiff40, bz2, offset, sha256, simple_patch, trailer


class Apply(support.KerfTest):
    def apply(self, *more, patch="patch.bin", **options):
        return self.kerf("apply", "old.bin", patch, "-o", "out.bin", *more, **options)

    def refuse(self, says, *more, patch="patch.bin", old="old.bin"):
        return self.refused("apply", old, patch, "-o", "out.bin", *more, says=says)

    def test_makes_the_new_file(self):
        done = self.apply()
        self.assertEqual(self.get("out.bin"), self.new)
        self.assertIn(b"34.2 KiB (35,000 bytes)", done.stdout)
        self.assertEqual(done.stderr, b"")

    def test_quiet_says_nothing(self):
        done = self.apply("--quiet")
        self.assertEqual((done.stdout, done.stderr), (b"", b""))
        self.assertEqual(self.get("out.bin"), self.new)

    def test_json(self):
        told = self.kerf_json("apply", "old.bin", "patch.bin", "-o", "out.bin")
        self.assertEqual(told, {"command": "apply", "new": "out.bin", "format": "bsdiff",
                                "size": len(self.new), "sha256": sha256(self.new),
                                "old_checked": False, "new_checked": False})

    def test_endsley(self):
        body = support.controls((30000, 5000, 0)) + \
            support.difference(self.old, self.new) + self.new[30000:]
        self.put("patch.bin", b"ENDSLEY/BSDIFF43" + offset(35000) + bz2.compress(body))
        told = self.kerf_json("apply", "old.bin", "patch.bin", "-o", "out.bin")
        self.assertEqual(told["format"], "endsley")
        self.assertEqual(self.get("out.bin"), self.new)

    def test_empty_files(self):
        self.put("old.bin", b"")
        self.put("patch.bin", simple_patch(b"", self.new))
        self.apply()
        self.assertEqual(self.get("out.bin"), self.new)
        self.put("patch.bin", bsdiff40([], b"", b"", 0))
        self.apply("--force")
        self.assertEqual(self.get("out.bin"), b"")

    def test_hashes_given_by_the_caller(self):
        self.apply("--old-sha256", sha256(self.old), "--new-sha256", sha256(self.new).upper())
        self.assertEqual(self.get("out.bin"), self.new)
        told = self.kerf_json("apply", "old.bin", "patch.bin", "-o", "out2.bin",
                              "--old-sha256", sha256(self.old), "--new-sha256", sha256(self.new))
        self.assertTrue(told["old_checked"] and told["new_checked"])

    def test_wrong_hashes_are_refused(self):
        self.refuse(["old file", sha256(self.new), sha256(self.old)],
                    "--old-sha256", sha256(self.new))
        self.refuse([sha256(self.new), sha256(self.old)], "--new-sha256", sha256(self.old))

    def test_malformed_hashes_are_wrong_usage(self):
        for text in ("", "12", "g" * 64, "0" * 63, "0" * 66):
            self.refused("apply", "old.bin", "patch.bin", "-o", "out.bin", "--old-sha256", text,
                         says="--old-sha256", code=2)

    def test_trailer_checks_both_files(self):
        body = simple_patch(self.old, self.new)
        self.put("patch.bin", body + trailer(body, self.old, self.new))
        told = self.kerf_json("apply", "old.bin", "patch.bin", "-o", "out.bin")
        self.assertTrue(told["old_checked"] and told["new_checked"])
        self.assertEqual(self.get("out.bin"), self.new)
        os.remove(self.folder / "out.bin")
        wrong = bytearray(self.old)
        wrong[17] ^= 1
        self.put("wrong.bin", bytes(wrong))
        self.refuse(["old file", sha256(wrong)], old="wrong.bin")
        self.put("short.bin", self.old[:-1])
        self.refuse(["30000", "29999"], old="short.bin")

    def test_trailer_with_another_result_is_refused(self):
        body = simple_patch(self.old, self.new)
        other = self.new[:-1] + b"x"
        self.put("patch.bin", body + trailer(body, self.old, other))
        self.refuse("wrong result")

    def test_damaged_body_under_a_trailer_is_refused_before_output(self):
        body = simple_patch(self.old, self.new)
        damaged = bytearray(body)
        damaged[len(body) // 2] ^= 1
        self.put("patch.bin", bytes(damaged) + trailer(body, self.old, self.new))
        self.refuse("damaged")

    def test_wrong_old_file_of_plain_bsdiff(self):
        self.put("short.bin", self.old[:100])
        self.refuse(["patch.bin", "outside the old file", "100 bytes"], old="short.bin")

    def test_every_prefix_is_refused(self):
        whole = self.get("patch.bin")
        cuts = set(range(0, 80)) | set(range(80, len(whole), 997)) | \
            set(range(len(whole) - 20, len(whole)))
        for length in sorted(cuts):
            with self.subTest(length=length):
                self.put("cut.bin", whole[:length])
                self.refuse("cut.bin", patch="cut.bin")

    def test_garbage_is_refused(self):
        for content in (b"", b"BSDIFF40", b"\0" * 4096, self.old, b"BSDIFF40" + self.old,
                        b"ENDSLEY/BSDIFF43", b"PK\3\4" + self.old):
            self.put("bad.bin", content)
            self.refuse("bad.bin", patch="bad.bin")

    def test_lies_in_the_header_and_controls(self):
        good = bytearray(self.get("patch.bin"))

        def with_field(at, value):
            return bytes(good[:at]) + offset(value) + bytes(good[at + 8:])

        lies = {
            "control length": with_field(8, -1),
            "difference length": with_field(16, -5),
            "new size": with_field(24, -35000),
            "passes the end of the patch": with_field(8, 1 << 40),
            "add length": bsdiff40([(-1, 0, 0)], b"", b"", 100),
            "extra length": bsdiff40([(0, -1, 0)], b"", b"", 100),
            "passes the declared new size": bsdiff40([(101, 0, 0)], b"\0" * 101, b"", 100),
            "outside the old file": bsdiff40([(1, 0, 1 << 40), (1, 0, 0)], b"\0\0", b"", 2),
            "difference stream": bsdiff40([(100, 0, 0)], b"\0" * 99, b"", 100),
            "extra stream": bsdiff40([(0, 100, 0)], b"", b"\0" * 99, 100),
            "control stream": bsdiff40([(50, 0, 0)], b"\0" * 50, b"", 100),
        }
        for says, patch in lies.items():
            with self.subTest(says=says):
                self.put("bad.bin", patch)
                done = self.refuse([says, "bad.bin"], patch="bad.bin")
                self.assertRegex(done.stderr.decode(), r"@\d+")
                told = self.kerf_json("apply", "old.bin", "bad.bin", "-o", "out.bin", code=1)
                self.assertIn(says, told["error"]["message"])
                self.assertIsInstance(told["error"]["offset"], int)

    def test_trailing_bytes(self):
        self.put("patch.bin", self.get("patch.bin") + b"more")
        self.refuse(["4 bytes follow", "--allow-trailing"])
        self.apply("--allow-trailing")
        self.assertEqual(self.get("out.bin"), self.new)

    def test_ceilings(self):
        self.refuse(["35000", "34999"], "--max-output", "34999")
        self.refuse(["memory", "--memory"], "--memory", "1M")
        self.apply("--max-output", "35000", "--memory", "16M")
        self.assertEqual(self.get("out.bin"), self.new)
        self.refused("apply", "old.bin", "patch.bin", "-o", "out2.bin", "--memory", "lots",
                     says="--memory", code=2)

    def test_missing_and_unreadable_files(self):
        self.refuse(["nothing.bin", "No such file"], old="nothing.bin")
        self.refuse(["nothing.bin", "No such file"], patch="nothing.bin")
        self.refused("apply", "old.bin", "patch.bin", "-o", "no/where/out.bin",
                     says=["no/where", "No such file"])
        self.refused("apply", ".", "patch.bin", "-o", "out.bin", says="directory")

    def test_existing_output_is_kept_without_force(self):
        self.put("out.bin", "precious")
        self.refuse(["out.bin", "exists already", "--force"])
        self.apply("--force")
        self.assertEqual(self.get("out.bin"), self.new)

    def test_failed_replacement_keeps_the_old_content(self):
        self.put("out.bin", "precious")
        self.refuse("wrong result", "--force", "--new-sha256", "0" * 64)
        self.assertEqual(self.get("out.bin"), b"precious")

    def test_an_input_is_never_overwritten(self):
        os.symlink("old.bin", self.folder / "link.bin")
        os.link(self.folder / "patch.bin", self.folder / "hard.bin")
        for output in ("old.bin", "./old.bin", "link.bin", "patch.bin", "hard.bin",
                       self.folder / "old.bin"):
            with self.subTest(output=output):
                self.refused("apply", "old.bin", "patch.bin", "-o", output, "--force",
                             says="is the input", code=2)
        self.refused("apply", "old.bin", "patch.bin", "-o", "pub.pem", "--trust-key", "pub.pem",
                     "--force", says="is the input", code=2)

    def test_wrong_usage(self):
        for arguments, says in (
                ((), "command"),
                (("frobnicate",), "frobnicate"),
                (("apply",), "OLD"),
                (("apply", "old.bin", "patch.bin"), "--output"),
                (("apply", "old.bin", "patch.bin", "-o", "out.bin", "surplus"), "surplus"),
                (("apply", "old.bin", "patch.bin", "-o", "out.bin", "--colour"), "--colour")):
            with self.subTest(arguments=arguments):
                self.refused(*arguments, says=says, code=2)

    def test_files_named_like_commands(self):
        self.put("diff", self.old)
        self.put("help", self.get("patch.bin"))
        self.kerf("apply", "diff", "help", "-o", "info")
        self.assertEqual(self.get("info"), self.new)
        self.put("-o", self.old)
        self.kerf("apply", "-o", "verify", "--", "-o", "patch.bin")
        self.assertEqual(self.get("verify"), self.new)

    def test_usage_errors_in_json(self):
        told = self.kerf_json("apply", "old.bin", code=2)
        self.assertEqual(told["error"]["code"], "usage")


class Signatures(support.KerfTest):
    def setUp(self):
        super().setUp()
        self.kerf("diff", "old.bin", "new.bin", "-o", "signed.bin", "--sign-key", "key.pem")
        self.kerf("diff", "old.bin", "new.bin", "-o", "unsigned.bin", "--trailer")

    def test_a_good_signature(self):
        told = self.kerf_json("apply", "old.bin", "signed.bin", "-o", "out.bin",
                              "--trust-key", "pub.pem")
        self.assertEqual(told["signed_by"], support.KEY_ID)
        self.assertEqual(self.get("out.bin"), self.new)

    def test_no_signature_is_refused(self):
        for patch in ("patch.bin", "unsigned.bin"):
            self.refused("apply", "old.bin", patch, "-o", "out.bin", "--trust-key", "pub.pem",
                         says=[patch, "not signed"])

    def test_another_key_is_refused(self):
        self.refused("apply", "old.bin", "signed.bin", "-o", "out.bin", "--trust-key", "other.pem",
                     says=[support.KEY_ID, "trusted"])

    def test_any_changed_byte_is_refused(self):
        signed = self.get("signed.bin")
        # All of the trailer, and samples of the body.
        places = list(range(0, len(signed) - 228, 1009)) + list(range(len(signed) - 228, len(signed)))
        for at in places:
            changed = bytearray(signed)
            changed[at] ^= 0x20
            self.put("changed.bin", bytes(changed))
            self.refused("apply", "old.bin", "changed.bin", "-o", "out.bin",
                         "--trust-key", "pub.pem", says="changed.bin")

    def test_an_empty_signature_is_refused(self):
        changed = bytearray(self.get("signed.bin"))
        start = len(changed) - 20 - 64
        changed[start:start + 64] = bytes(64)
        fields = bytes(changed[-228:-20])
        changed[-20:-12] = support.hashlib.sha256(fields).digest()[:8]
        self.put("changed.bin", bytes(changed))
        self.refused("apply", "old.bin", "changed.bin", "-o", "out.bin", "--trust-key", "pub.pem",
                     says="empty")

    def test_keys_that_are_none(self):
        self.put("empty.pem", "")
        for key in ("empty.pem", "old.bin", "key.pem", "nothing.pem", ""):
            for patch in ("signed.bin", "patch.bin"):
                with self.subTest(key=key, patch=patch):
                    self.refused("apply", "old.bin", patch, "-o", "out.bin",
                                 "--trust-key", key, says=key)
                    self.refused("info", patch, "--trust-key", key, says=key)
                    self.refused("verify", "old.bin", patch, "new.bin", "--trust-key", key,
                                 says=key)
        self.refused("diff", "old.bin", "new.bin", "-o", "out.bin", "--sign-key", "", says="open")

    def test_openssl_agrees(self):
        if shutil.which("openssl") is None:
            self.skipTest("no openssl program")
        signed = self.get("signed.bin")
        self.put("message", signed[-228:-228 + 136])
        self.put("signature", signed[-84:-20])
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-rawin",
                        "-in", "message", "-sigfile", "signature"],
                       cwd=self.folder, check=True, capture_output=True)


if __name__ == "__main__":
    support.main()
