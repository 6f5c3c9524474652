"""Versions of a real APK, published by kerf, reach devices as deltas.

The APKs are those of the folder that KERF_TEST_APKS names (*.apk, oldest first by file name), or of a
laid-out corpus (./run bench lays one out in build/corpus) or the folder that KERF_CORPUS names."""
import os
import pathlib

import updater_support as updater
from test_publish_corpus import pairs
from test_updater_published import PublishedTest
from updater_support import event


def apks():
    if folder := os.environ.get("KERF_TEST_APKS"):
        return sorted(pathlib.Path(folder).glob("*.apk"))
    return [pair / side for pair in pairs() for side in ("old", "new")]


class RealApks(PublishedTest):
    def test_each_version_comes_to_the_newest(self):
        if len(apks()) < 2:
            self.skipTest("no corpus of APKs (build/corpus, or the folders that KERF_CORPUS or "
                          "KERF_TEST_APKS name)")
        devices = []
        for number, file in enumerate(apks()):
            self.put("one.apk", file.read_bytes())
            self.publish("one.apk")
            devices.append(self.device(f"device{number}"))
            devices[-1].run("bootstrap", self.folder / "repo")
        self.serve()
        newest = apks()[-1].read_bytes()
        listed = updater.json.loads((self.server.root / "package-list").read_text())
        name = listed["packages"][0]["name"]
        for device, file in zip(devices[:-1], apks()):
            self.assertEqual(device.app(name), file.read_bytes())
            self.server.forget()
            events = device.run("bootstrap", self.server.https + "/")
            self.assertEqual(event(events, "installed")["way"], "delta")
            self.assertEqual(device.app(name), newest)
            self.assertEqual(self.server.asked(".apk"), [])
            sent = sum(entry[1] for entry in self.server.log())
            print(f"{file.name}: package {len(newest)} bytes, sent in all {sent}")
            self.assertLess(sent, len(newest) // 2)


if __name__ == "__main__":
    updater.main()
