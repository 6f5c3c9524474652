"""Both ends together: what `kerf publish` makes, `kerf-updater` uses, over nginx with TLS and with
signatures. Arguments as in updater_support.py."""
import pathlib
import sys

import publish_support
import updater_support as updater

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src/package/apk/testdata"))
import make as apk_testdata  # noqa: E402


def apk(version):
    """One of a series of packages: Android's manifest, and content that most versions share."""
    common = updater.random.Random(7).randbytes(100_000)
    own = updater.random.Random(version).randbytes(3000)
    return updater.signed_apk(updater.plain_zip({
        "AndroidManifest.xml": apk_testdata.manifest(package="org.example.app",
                                                     code=(0x10, version)),
        "classes.dex": common, "res/own.bin": own}))


class PublishedAndUpdated(publish_support.Published):
    def test_three_versions(self):
        versions = [apk(number) for number in (1, 2, 3)]
        package = self.update_through(versions)
        for delta in package["deltas"]:
            self.assertLess(delta["size"], package["size"] / 10)

    def test_a_list_that_somebody_changed_is_refused(self):
        self.keys()
        self.publish(apk(1))
        path = self.server.root / "package-list"
        path.write_bytes(path.read_bytes() + b"\n")
        device = self.device(options=["--device-key", self.folder / "device.pub"])
        device.run("bootstrap", self.server.https + "/update-locations", code=1)
        self.assertIsNone(device.app("org.example.app"))
        self.publish(apk(1))  # writes the list and its signature again
        device.run("run")
        self.assertEqual(device.app("org.example.app"), apk(1))


if __name__ == "__main__":
    updater.main()
