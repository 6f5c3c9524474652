"""kerf diff, info, verify and formats."""
import os

import support
from support import sha256, simple_patch, trailer


class Diff(support.KerfTest):
    def test_every_format_round_trips(self):
        formats = [w["name"] for w in self.kerf_json("formats")["writes"]]
        self.assertIn("bsdiff", formats)
        self.assertIn("endsley", formats)
        for name in formats:
            with self.subTest(format=name):
                self.kerf("diff", "old.bin", "new.bin", "-o", name, "--format", name)
                self.kerf("apply", "old.bin", name, "-o", name + ".out")
                self.assertEqual(self.get(name + ".out"), self.new)
                self.kerf("verify", "old.bin", name, "new.bin")

    def test_the_default_is_bsdiff(self):
        self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin")
        self.assertTrue(self.get("made.bin").startswith(b"BSDIFF40"))

    def test_the_memory_of_the_device_chooses_the_profile(self):
        def chosen(memory):
            self.kerf("diff", "old.bin", "new.bin", "-o", "p", "--force", "--format", "sliver",
                      "--device-memory", memory)
            self.kerf("apply", "old.bin", "p", "-o", "out", "--force")
            self.assertEqual(self.get("out"), self.new)
            return self.kerf_json("info", "p")
        tiny = chosen("8K")
        self.assertEqual((tiny["profile"], tiny["device_memory"]), ("tiny", 8192))
        self.assertLessEqual(chosen("128K")["device_memory"], 128 << 10)
        sizes = []
        for profile in ("max", "standard", "small", "fast", "tiny"):
            self.kerf("diff", "old.bin", "new.bin", "-o", "p", "--force", "--format", "sliver",
                      "--profile", profile)
            sizes.append(len(self.get("p")))
        self.assertEqual(chosen("64M")["patch_size"], min(sizes))
        self.refused("diff", "old.bin", "new.bin", "-o", "q", "--format", "sliver",
                     "--device-memory", "7K", says=["7168", "8192"])
        for also in (["--profile", "max", "--format", "sliver"], ["--format", "bsdiff"]):
            self.refused("diff", "old.bin", "new.bin", "-o", "q", "--device-memory", "1M", *also,
                         says="--device-memory", code=2)

    def test_edge_cases(self):
        self.put("empty", b"")
        self.put("one", b"x")
        for old in ("empty", "one", "old.bin"):
            for new in ("empty", "one", "new.bin", "old.bin"):
                for name in ("bsdiff", "endsley"):
                    with self.subTest(old=old, new=new, format=name):
                        self.kerf("diff", old, new, "-o", "made.bin", "-f", name, "--trailer",
                                  "--force")
                        self.kerf("apply", old, "made.bin", "-o", "out.bin", "--force")
                        self.assertEqual(self.get("out.bin"), self.get(new))

    def test_the_patch_depends_on_the_files_alone(self):
        self.kerf("diff", "old.bin", "new.bin", "-o", "a", "--threads", "1")
        self.kerf("diff", "old.bin", "new.bin", "-o", "b", "--threads", "4", "--json")
        self.assertEqual(self.get("a"), self.get("b"))

    def test_json(self):
        told = self.kerf_json("diff", "old.bin", "new.bin", "-o", "made.bin", "--trailer")
        self.assertEqual(told, {
            "command": "diff", "patch": "made.bin", "format": "bsdiff",
            "patch_size": len(self.get("made.bin")),
            "old": {"size": len(self.old), "sha256": sha256(self.old)},
            "new": {"size": len(self.new), "sha256": sha256(self.new)},
            "trailer": True, "verified": True})

    def test_quiet_says_nothing(self):
        done = self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin", "--quiet")
        self.assertEqual((done.stdout, done.stderr), (b"", b""))

    def test_trailer_is_as_specified(self):
        self.kerf("diff", "old.bin", "new.bin", "-o", "plain.bin")
        self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin", "--trailer")
        plain = self.get("plain.bin")
        self.assertEqual(self.get("made.bin"), plain + trailer(plain, self.old, self.new))

    def test_signatures_are_deterministic_and_imply_the_trailer(self):
        for name in ("a", "b"):
            self.kerf("diff", "old.bin", "new.bin", "-o", name, "--sign-key", "key.pem")
        self.assertEqual(self.get("a"), self.get("b"))
        self.assertTrue(self.kerf_json("info", "a", "--trust-key", "pub.pem")["signature_verified"])

    def test_bad_sign_keys(self):
        for key in ("pub.pem", "old.bin", "nothing.pem"):
            self.refused("diff", "old.bin", "new.bin", "-o", "made.bin", "--sign-key", key, says=key)

    def test_refusals(self):
        def refused(*arguments, says, code):
            with self.subTest(arguments=arguments):
                self.refused("diff", *arguments, says=says, code=code)
        refused("old.bin", "none.bin", "-o", "made.bin", says=["none.bin", "No such"], code=1)
        refused("none.bin", "new.bin", "-o", "made.bin", says=["none.bin", "No such"], code=1)
        refused(".", "new.bin", "-o", "made.bin", says="directory", code=1)
        refused("old.bin", "new.bin", "-o", "patch.bin", says=["exists", "--force"], code=1)
        refused("old.bin", "new.bin", "-o", ".", "--force", says="directory", code=1)
        refused("old.bin", "new.bin", "-o", "/dev/full", "--force", says="/dev/full", code=1)
        refused("old.bin", "new.bin", "-o", "made.bin", "--memory", "1K", says="memory", code=1)
        refused("old.bin", "new.bin", "-o", "old.bin", "--force", says="is the input", code=2)
        refused("old.bin", "new.bin", "-o", "new.bin", "--force", says="is the input", code=2)
        refused("old.bin", "new.bin", "-o", "key.pem", "--sign-key", "key.pem", "--force",
                says="is the input", code=2)
        refused("old.bin", "new.bin", "-o", "made.bin", "--format", "zip", says="zip", code=2)
        refused("old.bin", "new.bin", "-o", "made.bin", "--threads", "0", says="--threads", code=2)
        refused("old.bin", "new.bin", "-o", "made.bin", "--threads", "many", says="--threads",
                code=2)
        refused("old.bin", "-o", "made.bin", says="NEW", code=2)
        refused("old.bin", "new.bin", says="--output", code=2)

    def test_permissions_follow_the_umask_or_the_replaced_file(self):
        self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin", umask=0o027)
        self.assertEqual(os.stat(self.folder / "made.bin").st_mode & 0o777, 0o640)
        os.chmod(self.folder / "made.bin", 0o604)
        self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin", "--force")
        self.assertEqual(os.stat(self.folder / "made.bin").st_mode & 0o777, 0o604)

    def test_a_link_as_output_is_replaced_not_followed(self):
        self.put("target", "precious")
        os.symlink("target", self.folder / "link")
        self.kerf("diff", "old.bin", "new.bin", "-o", "link", "--force")
        self.assertEqual(self.get("target"), b"precious")
        self.assertFalse(os.path.islink(self.folder / "link"))


class Info(support.KerfTest):
    def test_plain_patch(self):
        told = self.kerf_json("info", "patch.bin")
        self.assertEqual(told["format"], "BSDIFF40")
        self.assertEqual(told["reader"], "bsdiff")
        self.assertEqual(told["profile"], "bzip2 levels 9,9,9")
        self.assertEqual(told["patch_size"], len(self.get("patch.bin")))
        self.assertEqual(told["new_size"], len(self.new))
        self.assertEqual(told["min_old_size"], len(self.old))
        self.assertEqual(told["details"]["controls"], 1)
        self.assertEqual(told["details"]["difference bytes"], 30000)
        self.assertEqual(told["details"]["extra bytes"], 5000)
        self.assertIn("kerf", told["appliers"])
        self.assertFalse(told["signed"])
        self.assertNotIn("old", told)
        self.assertNotIn("new_sha256", told)

    def test_stated_memory_suffices_and_less_does_not(self):
        for level in (1, 5, 9):
            self.put("patch.bin", simple_patch(self.old, self.new, level))
            memory = self.kerf_json("info", "patch.bin")["memory"]
            self.kerf("apply", "old.bin", "patch.bin", "-o", f"out{level}", "--memory", memory)
            self.refused("apply", "old.bin", "patch.bin", "-o", "no.bin", "--memory", memory - 1,
                         says="--memory")

    def test_trailer_and_signature(self):
        self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin", "--sign-key", "key.pem")
        told = self.kerf_json("info", "made.bin")
        self.assertEqual(told["old"], {"size": len(self.old), "sha256": sha256(self.old)})
        self.assertEqual(told["new_sha256"], sha256(self.new))
        self.assertEqual((told["signed"], told["key_id"], told["signature_verified"]),
                         (True, support.KEY_ID, False))
        told = self.kerf_json("info", "made.bin", "--trust-key", "pub.pem")
        self.assertTrue(told["signature_verified"])
        self.refused("info", "made.bin", "--trust-key", "other.pem", says=["made.bin", "trusted"])

    def test_quiet_tells_by_the_exit_status(self):
        self.assertEqual(self.kerf("info", "-q", "patch.bin").stdout, b"")
        self.refused("info", "-q", "old.bin", says="old.bin")

    def test_text_holds_the_numbers(self):
        self.kerf("diff", "old.bin", "new.bin", "-o", "made.bin", "--sign-key", "key.pem")
        text = self.kerf("info", "made.bin").stdout.decode()
        for part in ("BSDIFF40", "35,000 bytes", sha256(self.old), sha256(self.new),
                     support.KEY_ID, "not verified", "bspatch"):
            self.assertIn(part, text)

    def test_no_patch(self):
        self.refused("info", "old.bin", says=["old.bin", "@0", "bsdiff"])
        self.refused("info", "none.bin", says=["none.bin", "No such file"])
        told = self.kerf_json("info", "old.bin", code=1)
        self.assertEqual((told["error"]["code"], told["error"]["offset"]), ("unsupported", 0))
        self.put("cut.bin", self.get("patch.bin")[:-1])
        self.refused("info", "cut.bin", says="cut.bin")


class Verify(support.KerfTest):
    def test_identical(self):
        done = self.kerf("verify", "old.bin", "patch.bin", "new.bin")
        self.assertIn(b"identical", done.stdout)
        told = self.kerf_json("verify", "old.bin", "patch.bin", "new.bin")
        self.assertTrue(told["identical"])
        self.assertEqual(self.kerf("verify", "-q", "old.bin", "patch.bin", "new.bin").stdout, b"")

    def test_first_difference_is_named(self):
        other = bytearray(self.new)
        other[31234] ^= 1
        self.put("other.bin", bytes(other))
        self.refused("verify", "old.bin", "patch.bin", "other.bin",
                     says=["kerf: other.bin: differs", "@31234"])
        told = self.kerf_json("verify", "old.bin", "patch.bin", "other.bin", code=1)
        self.assertEqual((told["error"]["code"], told["error"]["offset"]), ("mismatch", 31234))

    def test_other_lengths(self):
        self.put("long.bin", self.new + b"x")
        self.refused("verify", "old.bin", "patch.bin", "long.bin", says=["long.bin", "@35000"])
        self.put("short.bin", self.new[:-1])
        self.refused("verify", "old.bin", "patch.bin", "short.bin", says=["short.bin", "@34999"])

    def test_signature(self):
        self.refused("verify", "old.bin", "patch.bin", "new.bin", "--trust-key", "pub.pem",
                     says="not signed")


class Rest(support.KerfTest):
    def test_version_and_help(self):
        self.assertRegex(self.kerf("--version").stdout, rb"^kerf \d+\.\d+\.\d+\n$")
        overview = self.kerf("--help").stdout
        self.assertEqual(self.kerf("help").stdout, overview)
        for command in ("diff", "apply", "info", "verify", "formats"):
            self.assertIn(command.encode(), overview)
            text = self.kerf(command, "--help").stdout
            self.assertIn(b"Usage: kerf " + command.encode(), text)
            self.assertEqual(self.kerf("help", command).stdout, text)
        self.refused("help", "frobnicate", says="frobnicate", code=2)

    def test_formats(self):
        text = self.kerf("formats").stdout.decode()
        self.assertIn("bsdiff", text)
        self.assertIn("endsley", text)
        told = self.kerf_json("formats")
        self.assertEqual({r["name"] for r in told["reads"]}, {w["name"] for w in told["writes"]})


if __name__ == "__main__":
    support.main()
