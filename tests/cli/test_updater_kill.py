"""kill -9 at random moments of an update: the device has the old or the new version, never nothing, and
the next run completes.

Run as: test_updater_kill.py KERF_UPDATER KERF, with KERF_TEST_KILLS=N for N kills (300) and
KERF_TEST_SEED=S (1) for other moments."""
import collections
import os
import random
import shutil
import signal
import subprocess
import time

import updater_support as updater
from updater_support import event, make_apk, make_delta, sha256

OLD, NEW = make_apk(1), make_apk(2)


class Kill(updater.UpdaterTest):
    def prepare(self, name):
        """A device with the old version, as a folder to be copied."""
        device = self.device(name)
        card = self.card({"old.apk": OLD}, {"name": "app", "version": "1", "path": "old.apk",
                                            "diff_path": "d"})
        device.run("bootstrap", card)
        return device

    def publish_new(self, *fields):
        package = {"name": "app", "version": "2", "sha256": sha256(NEW)}
        package |= {"path": "new.apk"} if "path" in fields else {}
        package |= {"diff_path": "{from-version}_to_{to-version}"} if "diff_path" in fields else {}
        self.publish(package)

    def moment(self, device):
        """What the device was doing when it was killed."""
        state = device.state()
        if "pending" in state:
            return state["pending"]["phase"]
        return "done" if state["installed"][0]["version"] == "2" else "before installing"

    def test_kills(self):
        kills = int(os.environ.get("KERF_TEST_KILLS", "300"))
        seed = int(os.environ.get("KERF_TEST_SEED", "1"))
        print(f"{kills} kills, seed {seed}")
        chance = random.Random(seed)
        device = self.prepare("device")
        template = self.folder / "template"
        shutil.copytree(device.folder, template, symlinks=True)
        self.server.put("new.apk", NEW)
        self.server.put("1_to_2", make_delta(OLD, NEW, self.folder))
        where = self.server.https + "/update-locations"
        ways = (("diff_path",), ("path",), ("path", "diff_path"))

        def fresh():
            shutil.rmtree(device.folder)
            shutil.copytree(template, device.folder, symlinks=True)

        longest = {}
        for fields in ways:
            self.publish_new(*fields)
            fresh()
            begin = time.monotonic()
            device.run("bootstrap", where)
            longest[fields] = time.monotonic() - begin
        moments = collections.Counter()
        again = collections.Counter()
        for number in range(kills):
            fields = ways[number % len(ways)]
            self.publish_new(*fields)
            fresh()
            for _ in range(chance.choice((1, 1, 1, 2, 3))):  # the next run may be killed, too
                run = subprocess.Popen(device.arguments("bootstrap", where),
                                       env=device.environment, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
                time.sleep(chance.uniform(0, longest[fields] * 1.1))
                run.send_signal(signal.SIGKILL)
                run.wait()
                moments[self.moment(device)] += 1
                self.assertIn(device.app(), (OLD, NEW), f"kill {number}")
            events = device.run("bootstrap", where)
            told = event(events, "installed") or event(events, "current")
            again[told["event"] + (" (" + told["way"] + ")" if "way" in told else "")] += 1
            self.assertEqual(device.app(), NEW, f"kill {number}")
            self.assertEqual(device.state()["installed"][0]["version"], "2")
            self.assertEqual(device.leftovers(), [])
            stored = [p.read_bytes() for p in device.sources()]
            self.assertEqual(stored, [NEW] if "diff_path" in fields else [], f"kill {number}")
        print("killed while:", dict(moments))
        print("the next run:", dict(again))


if __name__ == "__main__":
    updater.main()
