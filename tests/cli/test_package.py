"""kerf packages: made from archives and compressed files, applied, examined, refused."""
import gzip
import io
import random
import tarfile
import zipfile

import support


def text(seed, lines):
    words = random.Random(seed)
    return b"".join(b"line %d says %d and %d\n" % (i, words.randrange(1000), words.randrange(1000))
                    for i in range(lines))


def edited(data, seed):
    changed = bytearray(data)
    for at in random.Random(seed).sample(range(len(data)), 20):
        changed[at] = 33 + at % 90
    return bytes(changed)


def make_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def make_tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Package(support.KerfTest):
    def setUp(self):
        super().setUp()
        self.one = text(1, 3000)
        self.files = {"same.txt": text(2, 2000), "changed.txt": self.one, "tiny": b"x" * 40}
        self.newer = dict(self.files, **{"changed.txt": edited(self.one, 3), "added": b"new" * 30})

    def round_trip(self, old, new, *options):
        self.put("a", old)
        self.put("b", new)
        self.kerf("diff", "a", "b", "-o", "made", "--force", *options)
        self.kerf("apply", "a", "made", "-o", "out", "--force")
        self.assertEqual(self.get("out"), new)
        self.kerf("verify", "a", "made", "b")
        return self.get("made")

    def test_archives_make_packages_by_default(self):
        for name, pack in {
                "zip": make_zip, "tar.gz": lambda f: gzip.compress(make_tar(f), mtime=0),
                "zip in tar.gz": lambda f: gzip.compress(make_tar({"in.zip": make_zip(f)}), mtime=0),
        }.items():
            with self.subTest(archive=name):
                old, new = pack(self.files), pack(self.newer)
                made = self.round_trip(old, new)
                self.assertTrue(made.startswith(b"KERFPKG1"))
                self.kerf("diff", "a", "b", "-o", "plain", "-f", "sliver", "--force")
                self.assertLess(len(made), len(self.get("plain")) // 3)

    def test_files_of_every_kind(self):
        for old in (b"", b"x", self.old, make_zip(self.files)):
            for new in (b"", b"y", self.new, make_zip(self.newer)):
                with self.subTest(old=len(old), new=len(new)):
                    made = self.round_trip(old, new, "-f", "kerf")
                    self.assertTrue(made.startswith(b"KERFPKG1"))

    def test_hardly_larger_than_a_sliver_patch(self):
        made = self.round_trip(self.old, self.new, "-f", "kerf")
        self.kerf("diff", "a", "b", "-o", "plain", "-f", "sliver")
        self.assertLess(len(made), len(self.get("plain")) + 200)

    def test_what_nobody_makes_again_stays_packed(self):
        old, new = make_zip(self.files), bytearray(make_zip(self.newer))
        name = new.index(b"changed.txt")
        new[name + 600] ^= 255  # damages the stream
        self.round_trip(old, bytes(new))

    def test_info(self):
        self.round_trip(make_zip(self.files), make_zip(self.newer))
        told = self.kerf_json("info", "made")
        self.assertEqual(told["format"], "KERFPKG1")
        self.assertEqual(told["old"]["sha256"], support.sha256(self.get("a")))
        self.assertEqual(told["new_sha256"], support.sha256(self.get("b")))
        self.assertEqual(told["details"]["needs encode deflate"], 1)
        self.assertGreater(told["details"]["scratch space"], len(self.one))
        self.assertGreater(told["memory"], 100000)

    def test_wrong_old_file_and_damage_leave_nothing(self):
        self.round_trip(make_zip(self.files), make_zip(self.newer))
        self.refused("apply", "b", "made", "-o", "none", says="another old file")
        made = self.get("made")
        for at in range(0, len(made), 41):
            damaged = bytearray(made)
            damaged[at] ^= 4
            self.put("damaged", bytes(damaged))
            self.refused("apply", "a", "damaged", "-o", "none", says="")
        self.refused("apply", "a", "made", "-o", "none", "--memory", "50K", says="memory")
        self.refused("apply", "a", "made", "-o", "none", "--new-sha256", "00" * 32, says="00000000")
        self.assertNotIn("none", self.names())

    def test_what_is_said_names_the_format(self):
        self.put("a", make_zip(self.files))
        self.put("b", make_zip(self.newer))
        self.assertIn(b"made: kerf patch, ", self.kerf("diff", "a", "b", "-o", "made").stdout)
        self.put("c", self.one)
        self.assertIn(b"made: bsdiff patch, ",
                      self.kerf("diff", "c", "c", "-o", "made", "--force").stdout)

    def test_signed(self):
        self.put("a", make_zip(self.files))
        self.put("b", make_zip(self.newer))
        self.kerf("diff", "a", "b", "-o", "made", "--sign-key", "key.pem")
        self.kerf("apply", "a", "made", "-o", "out", "--trust-key", "pub.pem")
        self.assertEqual(self.get("out"), self.get("b"))
        told = self.kerf_json("info", "made", "--trust-key", "pub.pem")
        self.assertTrue(told["signed"] and told["signature_verified"])
        self.refused("apply", "a", "made", "-o", "none", "--trust-key", "other.pem", says="key")
        self.kerf("diff", "a", "b", "-o", "plain")
        self.refused("apply", "a", "plain", "-o", "none", "--trust-key", "pub.pem",
                     says="not signed")

    def test_scratch_folder_is_left_empty(self):
        self.round_trip(make_zip(self.files), make_zip(self.newer))
        self.kerf("apply", "a", "made", "-o", "again", "--scratch", "scratch")
        self.assertEqual(self.get("again"), self.get("b"))
        self.assertEqual(list((self.folder / "scratch").iterdir()), [])

    def test_the_package_depends_on_the_files_alone(self):
        self.put("a", make_zip(self.files))
        self.put("b", make_zip(self.newer))
        self.kerf("diff", "a", "b", "-o", "one", "--threads", "1")
        self.kerf("diff", "a", "b", "-o", "two", "--threads", "4")
        self.assertEqual(self.get("one"), self.get("two"))

    def test_wrong_usage(self):
        self.refused("diff", "old.bin", "new.bin", "-o", "none", "-f", "kerf", "--trailer",
                     says="--trailer", code=2)
        self.refused("diff", "old.bin", "new.bin", "-o", "none", "-f", "kerf", "--profile", "huge",
                     says="huge", code=2)


if __name__ == "__main__":
    support.main()
