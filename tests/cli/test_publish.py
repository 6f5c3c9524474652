"""kerf publish package-list and kerf lint package-list."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

import support

APK = pathlib.Path(__file__).resolve().parents[2] / "src/package/apk/testdata/package/good-deflated"


class Repository(support.KerfTest):
    def setUp(self):
        super().setUp()
        data = bytearray(random.Random(5).randbytes(20000))
        for number, version in enumerate(["1.0", "1.1", "2.0"]):
            self.put(f"map-{version}.ttpkg", bytes(data))
            for at in range(number, len(data), 1500):
                data[at] ^= 0x5A

    def publish(self, *arguments, **options):
        return self.kerf("publish", "package-list", "repo", *arguments, **options)

    def publish_map(self, version, *arguments, **options):
        return self.publish(f"map-{version}.ttpkg", "--name", "map", "--package-version", version,
                            *arguments, **options)

    def lint(self, *arguments, **options):
        return self.kerf_json("lint", "package-list", "repo", *arguments, **options)

    def repository(self):
        """Path and content of everything in it."""
        root = self.folder / "repo"
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def refused_publish(self, *arguments, says, **options):
        """As refused(), for a folder in a folder."""
        done = self.publish(*arguments, code=options.pop("code", 1), **options)
        self.assertIn(says, done.stderr.decode())
        self.assertEqual(done.stderr.decode().count("\n"), 1)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Publish(Repository):
    def test_transcript(self):
        first = self.publish_map("1.0").stdout.decode()
        self.assertEqual(first, "map 1.0: 19.5 KiB (20,000 bytes)\n"
                                "repo: 0 deltas made, 0 kept\n"
                                "  wrote package-list\n"
                                "  wrote update-locations\n")
        second = self.publish_map("1.1").stdout.decode()
        size = len(self.repository()["updates/map/1.0_to_1.1.vcdiff"])
        self.assertEqual(second, "map 1.1: 19.5 KiB (20,000 bytes)\n"
                                 f"  from 1.0: {size} bytes, {100 * size / 20000:.2f} %\n"
                                 "repo: 1 deltas made, 0 kept; applied and compared\n"
                                 "  wrote package-list\n")
        third = self.publish_map("1.1").stdout.decode()
        self.assertIn("repo: 0 deltas made, 1 kept; nothing else changed\n", third)
        self.assertEqual(json.loads(self.repository()["update-locations"]),
                         {"schema": "1", "locations": ["package-list"]})

    def test_the_list_and_json(self):
        for version in "1.0", "1.1":
            self.publish_map(version, "--quiet")
        told = json.loads(self.publish_map("2.0", "--reboot", "--json").stdout)
        self.assertEqual([d["from"] for d in told["packages"][0]["deltas"]], ["1.0", "1.1"])
        self.assertEqual(told["deltas_made"], 2)
        files = self.repository()
        entry = json.loads(files["package-list"])["packages"][0]
        self.assertEqual(entry["reboot"], "true")
        self.assertEqual(entry["path"], "packages/map/2.0.ttpkg")
        self.assertEqual(entry["sha256"], support.sha256(files["packages/map/2.0.ttpkg"]))
        for old in "1.0", "1.1":
            delta = entry["diff_path"].replace("{from-version}", old).replace("{to-version}", "2.0")
            self.assertEqual(entry["diff_sha256"][old], support.sha256(files[delta]))
            self.assertEqual(entry["diff_size"][old], len(files[delta]))
            self.assertEqual(entry["source_sha256"][old],
                             support.sha256(files[f"packages/map/{old}.ttpkg"]))
            self.kerf("verify", f"map-{old}.ttpkg", f"repo/{delta}", "map-2.0.ttpkg")

    @unittest.skipUnless(shutil.which("xdelta3"), "no xdelta3")
    def test_deltas_are_for_fielded_updaters(self):
        self.publish_map("1.0")
        self.publish_map("2.0")
        delta = "repo/updates/map/1.0_to_2.0.vcdiff"
        self.assertEqual(self.get(delta)[:5], b"\xd6\xc3\xc4\0\0")
        subprocess.run(["xdelta3", "-d", "-s", "map-1.0.ttpkg", delta, "out"], cwd=self.folder,
                       check=True)
        self.assertEqual(self.get("out"), self.get("map-2.0.ttpkg"))

    def test_an_apk_names_itself(self):
        shutil.copy(APK, self.folder / "app.apk")
        self.publish("app.apk", "--plain")
        entry = json.loads(self.repository()["package-list"])["packages"][0]
        self.assertEqual(entry, {
            "name": "org.example.app", "version": "42", "path": "packages/org.example.app/42.apk",
            "diff_path": "updates/org.example.app/{from-version}_to_{to-version}.vcdiff"})
        self.refused_publish("app.apk", "--package-version", "41", says='"42", not "41"')

    def test_refusals(self):
        self.refused_publish("map-1.0.ttpkg", says="give --name and --package-version")
        self.refused_publish("old.bin", says="must be an .apk, .ttpkg or .zip file")
        self.refused_publish("none.apk", says="cannot open")
        self.refused_publish("map-1.0.ttpkg", "map-1.1.ttpkg", "--name", "map",
                             says="give exactly one", code=2)
        self.refused_publish("--no-path", "--no-diff", says="no way to the package", code=2)
        self.refused_publish("--keep", "1", "--from", "2", says="excludes", code=2)
        self.refused_publish("--device-key", "key.pem", says="--sign-key", code=2)
        self.kerf("publish", "package-list", code=2)
        self.kerf("publish", code=2)
        self.assertFalse((self.folder / "repo").exists())
        self.publish_map("1.0")
        before = self.repository()
        self.put("map-1.0.ttpkg", b"other content")
        self.refused_publish("map-1.0.ttpkg", "--name", "map", "--package-version", "1.0",
                             says="has been published with other content")
        self.refused_publish("--remove", "voice", says='no package "voice"')
        self.refused_publish("--join", "../list", says='has a part "." or ".."')
        self.assertEqual(self.repository(), before)

    def test_a_version_with_odd_characters_is_advised_against(self):
        self.put("map-x.ttpkg", b"x")
        done = self.publish("map-x.ttpkg", "--name", "map", "--package-version", "1 a")
        self.assertIn("characters outside", done.stderr.decode())

    def test_killed_at_any_moment_it_goes_on(self):
        for version in "1.0", "1.1":
            self.publish_map(version)
        shutil.copytree(self.folder / "repo", self.folder / "saved")
        lists = {self.repository()["package-list"]}
        self.publish_map("2.0")
        finished = self.repository()
        lists.add(finished["package-list"])
        generator = random.Random(3)
        for _ in range(12):
            shutil.rmtree(self.folder / "repo")
            shutil.copytree(self.folder / "saved", self.folder / "repo")
            process = subprocess.Popen(
                [support.PROGRAM, "publish", "package-list", "repo", "map-2.0.ttpkg", "--name",
                 "map", "--package-version", "2.0", "--quiet"], cwd=self.folder)
            time.sleep(generator.random() * 0.08)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.assertIn(self.repository()["package-list"], lists)
            self.publish_map("2.0")
            self.assertEqual(self.repository(), finished)

    def test_signatures_are_those_of_openssl(self):
        self.openssl("genrsa", "-out", "device.pem", "2048")
        self.openssl("genrsa", "-out", "signer.pem", "2048")
        self.openssl("genrsa", "-out", "short.pem", "1024")
        self.openssl("rsa", "-in", "device.pem", "-pubout", "-outform", "DER", "-out", "device.der")
        self.refused_publish("--sign-key", "short.pem", says="only 1024 bits")
        self.refused_publish("--sign-key", "key.pem", says="not of type RSA")
        self.refused_publish("--sign-key", "signer.pem", says="not in the list of keys")
        self.publish_map("1.0", "--sign-key", "signer.pem", "--device-key", "device.pem")
        for file, key in (("package-list", "repo/customer.key"),
                          ("update-locations", "repo/customer.key"),
                          ("verification-public-keys", "device.der")):
            self.openssl("rsa", "-pubin", "-inform", "DER", "-in", key, "-out", "public.pem")
            self.openssl("dgst", "-sha256", "-verify", "public.pem", "-signature",
                         f"repo/{file}.sig", f"repo/{file}")
        keys = json.loads(self.repository()["verification-public-keys"])["keys"]
        self.assertEqual(keys, [{"filename": "customer.key",
                                 "hash": support.sha256(self.get("repo/customer.key"))}])
        self.assertEqual(self.lint("--device-key", "device.der")["findings"], [])
        self.assertEqual(self.lint("--device-key", "repo/customer.key", code=1)["errors"], 1)


class Lint(Repository):
    def test_transcript(self):
        self.publish_map("1.0")
        self.publish_map("2.0")
        self.assertEqual(
            self.kerf("lint", "package-list", "repo").stdout.decode(),
            "repo: 1 lists, 1 packages, 1 deltas applied and compared: 0 errors, 0 warnings\n")
        os.remove(self.folder / "repo/updates/map/1.0_to_2.0.vcdiff")
        done = self.kerf("lint", "package-list", "repo", code=1)
        self.assertEqual(
            done.stdout.decode(),
            'error: repo/package-list: packages[0] "map": "diff_path": '
            "repo/updates/map/1.0_to_2.0.vcdiff is not there, but the list describes it "
            "[missing-delta]\n"
            "repo: 1 lists, 1 packages, 0 deltas applied and compared: 1 errors, 0 warnings\n")
        self.assertEqual(done.stderr.decode(), "kerf: repo: 1 errors and 0 warnings were found\n")

    def test_json_is_one_object(self):
        self.publish_map("1.0")
        self.put("repo/package-list", "[")
        told = self.lint(code=1)
        self.assertEqual(told["findings"][0]["check"], "format")
        self.assertEqual(told["errors"], 1)
        self.assertEqual(self.kerf_json("lint", "package-list", "none", code=1)["error"]["code"],
                         "io")

    def test_strict(self):
        self.publish_map("1.0")
        content = json.loads(self.get("repo/package-list"))
        content["colour"] = "red"
        self.put("repo/package-list", json.dumps(content))
        self.assertEqual(self.lint()["warnings"], 1)
        self.lint("--strict", code=1)

    def test_a_list_made_by_hand(self):
        """The example of the documentation, with the deltas of another program."""
        if not shutil.which("xdelta3"):
            self.skipTest("no xdelta3")
        os.makedirs(self.folder / "repo/updates")
        for version in "1.0", "1.1", "2.0":
            shutil.copy(self.folder / f"map-{version}.ttpkg",
                        self.folder / f"repo/updates/map_{version}.ttpkg")
        self.put("repo/package-list", json.dumps({"schema": "1", "packages": [
            {"name": "map", "version": "2.0", "path": "updates/map_2.0.ttpkg",
             "diff_path": "updates/map_{from-version}_to_{to-version}.vcdiff"}]}))
        make = ["xdelta3", "-n", "-A", "-S", "none", "-e", "-s"]
        subprocess.run([*make, "map-1.0.ttpkg", "map-2.0.ttpkg",
                        "repo/updates/map_1.0_to_2.0.vcdiff"], cwd=self.folder, check=True)
        found = self.kerf_json("lint", "package-list", "repo/package-list")["findings"]
        # A TTPKG does not say its version, so nobody knows which one the delta starts from.
        self.assertEqual([f["check"] for f in found], ["unreachable-source"])


if __name__ == "__main__":
    support.main()
