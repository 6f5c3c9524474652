"""What kerf makes again is taken by the programs that it is for: packages, images and archives are
updated by a patch, and then given to dpkg-deb, apksigner, swupdate, e2fsck and others:
FILE.py KERF CONSUMER, where CONSUMER is a test's name without test_. A test is skipped where one
of its programs is missing."""
import pathlib
import random
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import support

SEARCHED = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


class Consumers(support.KerfTest):
    def need(self, *programs):
        for program in programs:
            if shutil.which(program, path=SEARCHED) is None:
                self.skipTest(f"no program {program} here")

    def run_there(self, command):
        """A shell command in the folder; gives what it writes."""
        done = subprocess.run(["bash", "-euc", command], cwd=self.folder, capture_output=True,
                              text=True, timeout=300, env={"PATH": SEARCHED, "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def make_tree(self, version):
        """A folder of that name with files of which the other version has nearly the same."""
        generator = random.Random(3)
        words = [generator.randbytes(5).hex().encode() for _ in range(500)]
        folder = self.folder / version
        (folder / "usr" / "lib").mkdir(parents=True)
        for i in range(12):
            content = b" ".join(generator.choices(words, k=3000))
            if i % 4 == 0:
                content = content.replace(words[i], version.encode())
            (folder / "usr" / "lib" / f"file{i}").write_bytes(content)
        (folder / "version").write_text(version)

    def update(self, form):
        """Makes a patch from old.`form` to new.`form`, and `made`.`form` by it."""
        old, new, made = f"old.{form}", f"new.{form}", f"made.{form}"
        self.kerf("diff", old, new, "-o", "update")
        self.kerf("apply", old, "update", "-o", made)
        self.assertEqual(self.get(made), self.get(new))
        return made

    def make(self, form, command):
        """old.`form` and new.`form` by the same command: TREE stands for the folder of the
        version, OUT for the file."""
        for version in ("old", "new"):
            self.make_tree(version)
            self.run_there(command.replace("TREE", version).replace("OUT", f"{version}.{form}"))

    def test_dpkg(self):
        self.need("dpkg-deb")
        self.make("deb", "mkdir TREE/DEBIAN; printf 'Package: a\\nVersion: 1\\nArchitecture: all\\n"
                         "Maintainer: nobody <n@example.org>\\nDescription: a\\n' "
                         "> TREE/DEBIAN/control; dpkg-deb --root-owner-group -Zxz -b TREE OUT")
        made = self.update("deb")
        self.run_there(f"dpkg-deb -x {made} unpacked; diff -r unpacked/usr new/usr")

    def make_key(self):
        self.run_there("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.rsa -out cert.pem "
                       "-days 3650 -subj /CN=test 2>&1; "
                       "openssl pkcs8 -topk8 -nocrypt -in key.rsa -outform DER -out key.pk8")

    def test_apk(self):
        self.need("zip", "zipalign", "apksigner", "openssl")
        self.make_key()
        # apksigner only asks the manifest for the least version of Android, which it is told.
        self.make("apk", "cp TREE/version TREE/AndroidManifest.xml; "
                         "(cd TREE; zip -Xqr ../TREE.zip . -n .png); zipalign 4 TREE.zip OUT; "
                         "apksigner sign --key key.pk8 --cert cert.pem --min-sdk-version 24 OUT")
        made = self.update("apk")
        self.run_there(f"zipalign -c 4 {made}; apksigner verify --min-sdk-version 24 {made}")

    def make_update_image(self, form):
        self.make_key()
        self.put("description", """software = {
  version = "1";
  hardware-compatibility = [ "1.0" ];
  images: ( { filename = "image.gz"; type = "raw"; compressed = "zlib"; device = "/dev/null"; sha256 = "%s"; } );
}
""")
        self.make(form, """
            gzip -9nc TREE/usr/lib/file0 > TREE/image.gz
            sed "s/%s/$(sha256sum TREE/image.gz | cut -d' ' -f1)/" description > TREE/sw-description
            openssl cms -sign -in TREE/sw-description -out TREE/sw-description.sig -signer cert.pem \
                -inkey key.rsa -outform DER -nosmimecap -binary
            (cd TREE; printf '%s\\n' sw-description sw-description.sig image.gz |
                cpio -o -H crc > ../OUT)""")

    def test_swupdate(self):
        self.need("swupdate", "cpio", "openssl", "gzip")
        self.make_update_image("swu")
        made = self.update("swu")
        # What it says counts: under load it says so and still ends with status 1 now and then.
        def accepts(name):
            return f"swupdate -c -H board:1.0 -k cert.pem -i {name} 2>&1 | grep 'SWUPDATE successful'"
        self.run_there(accepts(made))
        # It would notice another content than the one that was signed, cpio's sum or not.
        self.put("bad.swu", self.get(made).replace(b"version", b"evrsion"))
        self.run_there(f"! {accepts('bad.swu')}")

    def test_e2fsck(self):
        self.need("mkfs.ext4", "e2fsck")
        self.make("img", "truncate -s 8M OUT; mkfs.ext4 -q -d TREE OUT")
        made = self.update("img")
        self.run_there(f"e2fsck -fn {made}")

    def test_tar(self):
        self.need("tar", "gzip")
        self.make("tar.gz", "tar --sort=name --mtime=@0 -C TREE -c . | gzip -9n > OUT")
        made = self.update("tar.gz")
        self.run_there(f"mkdir unpacked; tar -xzf {made} -C unpacked; diff -r unpacked new")


if __name__ == "__main__":
    consumer = sys.argv.pop(2)
    sys.argv += ["-k", f"test_{consumer}"]
    support.main()
