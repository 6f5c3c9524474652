"""`kerf publish`, `kerf lint` and `kerf-updater` on two versions of a real APK, which a laid-out corpus
holds (./run bench lays one out in build/corpus) or the folder that KERF_CORPUS names. Arguments as in
updater_support.py."""
import os
import pathlib

import publish_support
import updater_support as updater


def pairs():
    named = os.environ.get("KERF_CORPUS")
    root = pathlib.Path(named) if named else (
        pathlib.Path(__file__).resolve().parents[2] / "build/corpus")
    return sorted(root.glob("apk/settings-*"))


class RealApks(publish_support.Published):
    def test_two_versions_of_a_real_apk(self):
        if not pairs():
            self.skipTest("no corpus of APKs (build/corpus, or the folder that KERF_CORPUS names)")
        for pair in pairs():
            with self.subTest(pair=pair.name):
                package = self.update_through([(pair / "old").read_bytes(),
                                               (pair / "new").read_bytes()])
                self.assertEqual(package["name"], "io.appium.settings")
                self.assertLess(package["deltas"][0]["size"], package["size"] / 100)


if __name__ == "__main__":
    updater.main()
