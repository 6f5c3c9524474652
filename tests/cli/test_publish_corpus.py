"""kerf publish and kerf lint on two versions of a real APK, which a laid-out corpus holds (./run bench
lays one out in build/corpus) or the folder that KERF_CORPUS names."""
import json
import os
import pathlib
import shutil

import support


def pairs():
    named = os.environ.get("KERF_CORPUS")
    root = pathlib.Path(named) if named else (
        pathlib.Path(__file__).resolve().parents[2] / "build/corpus")
    return sorted(root.glob("apk/settings-*"))


class RealApks(support.KerfTest):
    def test_two_versions_of_a_real_apk(self):
        if not pairs():
            self.skipTest("no corpus of APKs (build/corpus, or the folder that KERF_CORPUS names)")
        for pair in pairs():
            with self.subTest(pair=pair.name):
                shutil.rmtree(self.folder / "repo", ignore_errors=True)
                shutil.copy(pair / "old", self.folder / "a.apk")
                shutil.copy(pair / "new", self.folder / "b.apk")
                told = self.kerf_json("publish", "package-list", "repo", "a.apk", "b.apk")
                package = told["packages"][0]
                self.assertEqual(package["name"], "io.appium.settings")
                self.assertEqual(told["deltas_made"], 1)
                self.assertLess(package["deltas"][0]["size"], package["size"] / 100)
                linted = self.kerf_json("lint", "package-list", "repo")
                self.assertEqual((linted["findings"], linted["deltas_applied"]), ([], 1))


if __name__ == "__main__":
    support.main()
