"""kerf-updater end to end: a real server on loopback, TLS, ranges, restarts, signatures, reboots."""
import hashlib
import os
import signal
import subprocess
import time

import updater_support as updater
from updater_support import event, make_apk, make_delta, package_list, sha256

V1, V2, V3 = make_apk(1), make_apk(2), make_apk(3)


class EndToEnd(updater.UpdaterTest):
    def test_three_versions(self):
        """A device at each version comes to the newest by a delta; the log counts the bytes."""
        apps = [V1, V2, V3]
        newest = apps[-1]
        package = {"name": "app", "path": "app_{to-version}.apk",
                   "diff_path": "updates/app_{from-version}_to_{to-version}.vcdiff"}
        for hashes in (True, False):
            for at, old in enumerate(apps[:-1]):
                with self.subTest(version=at, hashes=hashes):
                    device = self.device(f"device{at}{hashes}")
                    card = self.card({f"app_{at}.apk": old}, package | {"version": str(at)})
                    device.run("bootstrap", card)
                    delta = make_delta(old, newest, self.folder)
                    self.server.put(f"updates/app_{at}_to_new.vcdiff", delta)
                    facts = {"size": len(newest), "sha256": sha256(newest),
                             "source_sha256": {str(at): sha256(old)},
                             "diff_size": {str(at): len(delta)},
                             "diff_sha256": {str(at): sha256(delta)}} if hashes else {}
                    self.server.put("app_new.apk", b"poison")
                    self.publish(package | {"version": "new"} | facts)
                    self.server.forget()
                    events = device.run("bootstrap", self.server.https + "/update-locations")
                    self.assertEqual(event(events, "installed")["way"], "delta")
                    self.assertEqual(device.app(), newest)
                    sent = sum(entry[1] for entry in self.server.log())
                    self.assertEqual(self.server.asked(".apk"), [])
                    self.assertLess(sent - len(delta), 2000)
                    print(f"package {len(newest)} bytes, delta {len(delta)}, sent in all {sent}")
                    # Nothing to do any more: the lists alone are asked for.
                    self.server.forget()
                    events = device.run("run")
                    self.assertIsNotNone(event(events, "current"))
                    self.assertEqual(len(self.server.log()), 2)
                    self.assertEqual(device.leftovers(), [])

    def test_chain(self):
        """Each delta starts from what the one before has made."""
        device = self.device()
        apps = [V1, V2, V3]
        package = {"name": "app", "path": "v{to-version}.apk",
                   "diff_path": "{from-version}-{to-version}.vcdiff"}
        device.run("bootstrap", self.card({"v0.apk": apps[0]}, package | {"version": "0"}))
        for at in (1, 2):
            self.server.put(f"{at - 1}-{at}.vcdiff", make_delta(apps[at - 1], apps[at], self.folder))
            self.publish(package | {"version": str(at)})
            events = device.run("bootstrap", self.server.https + "/update-locations")
            self.assertEqual(event(events, "installed")["way"], "delta")
            self.assertEqual(device.app(), apps[at])
        self.assertEqual(self.server.asked(".apk"), [])

    def test_the_card_is_pulled_out(self):
        device = self.device()
        card = self.card({"v1.apk": V1}, {"name": "app", "version": "1", "path": "v1.apk"})
        device.run("bootstrap", card)
        updater.shutil.rmtree(card)
        self.assertIsNotNone(event(device.run("run"), "current"))

    def test_certificates_beside_update_locations(self):
        device = self.device()
        at = device.options.index("--ca-file")
        del device.options[at:at + 2]
        card = self.card({}, {"name": "app", "version": "1",
                              "path": self.server.https + "/v1.apk"})
        self.server.put("v1.apk", V1)
        events = device.run("bootstrap", card, code=1)
        self.assertEqual(event(events, "failed")["code"], 2002)
        updater.shutil.copy(self.server.certificate, card / "server.pem")
        device.run("bootstrap", card)
        self.assertEqual(device.app(), V1)

    def test_addresses(self):
        device = self.device(options=["--https-only"])
        self.publish({"name": "app", "version": "1", "path": "v1.apk"})
        events = device.run("bootstrap", self.server.http + "/update-locations", code=1)
        self.assertEqual(event(events, "error")["code"], 2011)
        self.publish({"name": "app", "version": "1", "path": "file:///etc/passwd"})
        events = device.run("bootstrap", self.server.https + "/update-locations", code=1)
        self.assertEqual(event(events, "error")["code"], 1002)
        events = device.run("bootstrap", self.server.https + "/none", code=1)
        self.assertEqual(event(events, "error")["code"], 2003)
        self.assertIsNone(device.app())

    def test_not_bootstrapped(self):
        device = self.device()
        self.assertEqual(event(device.run("run", code=1), "error")["code"], 1004)
        self.assertEqual(event(device.run("bootstrap", self.folder, code=1), "error")["code"], 1001)

    def slow_download(self, device, base="/slow/"):
        """Starts a run that fetches version 1 slowly; kills it once some of it has arrived."""
        self.server.put("v1.apk", V1)
        self.publish({"name": "app", "version": "1", "path": "v1.apk"})
        run = subprocess.Popen(device.arguments("bootstrap", self.server.https + base
                                                + "update-locations"), env=device.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        part = lambda: max([p.stat().st_size for p in device.data.glob("downloads/*.part")],
                           default=0)
        deadline = time.monotonic() + 60
        while part() < 30_000 and time.monotonic() < deadline:
            time.sleep(0.005)
        run.send_signal(signal.SIGKILL)
        run.wait()
        self.assertGreaterEqual(part(), 30_000)
        self.assertLess(part(), len(V1))
        return part()

    def test_download_goes_on_after_kill(self):
        device = self.device()
        have = self.slow_download(device)
        device.run("run")
        self.assertEqual(device.app(), V1)
        last = self.server.asked("v1.apk")[-1]
        self.assertEqual(last[0], 206)
        self.assertEqual(last[3], f"bytes={have}-")
        self.assertEqual(last[1], len(V1) - have)

    def test_file_changed_meanwhile(self):
        device = self.device()
        self.slow_download(device)
        self.server.put("v1.apk", V2)
        time.sleep(0.01)
        os.utime(self.server.root / "v1.apk", (1, 1))  # surely another ETag
        device.run("run")
        self.assertEqual(device.app(), V2)
        self.assertEqual(self.server.asked("v1.apk")[-1][:2], (200, len(V2)))

    def test_whole_file_instead_of_a_range(self):
        device = self.device()
        self.slow_download(device)
        where = self.server.https + "/whole/update-locations"
        # Another address, so the part has to be moved to it, as if the server had lost its ranges.
        key = lambda base: hashlib.sha256(
            f"{self.server.https}{base}v1.apk".encode()).hexdigest()[:32]
        downloads = device.data / "downloads"
        facts = (downloads / (key("/slow/") + ".json")).read_text()
        (downloads / (key("/whole/") + ".json")).write_text(facts.replace("/slow/", "/whole/"))
        (downloads / (key("/slow/") + ".part")).rename(downloads / (key("/whole/") + ".part"))
        device.run("bootstrap", where)
        self.assertEqual(device.app(), V1)
        last = self.server.asked("v1.apk")[-1]
        self.assertEqual(last[:2], (200, len(V1)))
        self.assertTrue(last[3].startswith("bytes="), last)

    def test_reboot_and_going_on(self):
        restart = self.folder / "restart"
        restart.write_text(f"#!/bin/sh\necho restart >> {self.folder}/restarts\n")
        restart.chmod(0o755)
        device = self.device(options=["--reboot-program", restart])
        for name, app in (("a", V1), ("b", V2)):
            self.server.put(f"{name}.apk", app)
        self.publish({"name": "a", "version": "1", "path": "a.apk", "reboot": "true"},
                     {"name": "b", "version": "1", "path": "b.apk"})
        events = device.run("bootstrap", self.server.https + "/update-locations")
        self.assertTrue(event(events, "done")["reboot_due"])
        self.assertEqual((device.app("a"), device.app("b")), (V1, None))
        # The device has not been restarted yet: nothing goes on, it is asked again.
        self.assertIsNotNone(event(device.run("run"), "reboot"))
        self.assertEqual((self.folder / "restarts").read_text(), "restart\n" * 2)
        self.assertIsNone(device.app("b"))
        device.boot_id.write_text("boot 2\n")
        events = device.run("run")
        self.assertIsNotNone(event(events, "rebooted"))
        self.assertEqual(device.app("b"), V2)
        # Installed already: no restart.
        self.assertIsNone(event(device.run("run"), "reboot"))

    def test_order_exclude_and_removal(self):
        device = self.device()
        for name in ("a", "b", "c"):
            self.server.put(f"{name}.apk", V1)
        listed = lambda name, **more: {"name": name, "version": "1", "path": f"{name}.apk"} | more
        where = self.server.https + "/update-locations"
        self.publish(listed("c"), listed("a"), listed("b"))
        device.run("bootstrap", where)
        self.assertEqual([c.split()[1] for c in device.calls() if c.startswith("install")],
                         ["c", "a", "b"])
        self.publish(listed("c"), listed("a"), listed("b"), {"name": "a", "exclude": "true"})
        events = device.run("run")
        self.assertEqual(event(events, "removed")["name"], "a")
        self.assertEqual((device.app("a"), device.app("b")), (None, V1))
        # A failure keeps everything that is not listed any more.
        self.publish(listed("c", version="2", path="none.apk"))
        device.run("run", code=1)
        self.assertEqual(device.app("b"), V1)

    def test_source_leaves_with_diff_path(self):
        device = self.device()
        self.server.put("v1.apk", V1)
        package = {"name": "app", "version": "1", "path": "v1.apk"}
        self.publish(package | {"diff_path": "d"})
        device.run("bootstrap", self.server.https + "/update-locations")
        self.assertEqual(len(device.sources()), 1)
        self.publish(package)
        self.assertIsNotNone(event(device.run("run"), "source_removed"))
        self.assertEqual(device.sources(), [])

    def test_handler_refuses(self):
        device = self.device()
        device.run("bootstrap", self.card({"v1.apk": V1}, {"name": "app", "version": "1",
                                                           "path": "v1.apk", "diff_path": "d"}))
        (device.folder / "refuse").touch()
        self.server.put("v2.apk", V2)
        self.publish({"name": "app", "version": "2", "path": "v2.apk"})
        events = device.run("bootstrap", self.server.https + "/update-locations", code=1)
        failed = event(events, "failed")
        self.assertEqual(failed["code"], 6002)
        self.assertIn("not today", failed["message"])
        self.assertEqual((device.app(), len(device.sources())), (V1, 1))
        (device.folder / "refuse").unlink()
        device.run("run")
        self.assertEqual(device.app(), V2)

    def test_zip(self):
        device = self.device()
        content = {"maps/a.txt": b"a" * 70000, "b.txt": b"b"}
        self.server.put("m.zip", updater.plain_zip(content))
        self.publish({"name": "maps", "version": "1", "path": "m.zip"})
        where = self.server.https + "/update-locations"
        device.run("bootstrap", where)
        for name, text in content.items():
            self.assertEqual((device.folder / "sdcard" / name).read_bytes(), text)
        self.server.put("m.zip", updater.plain_zip({"good": b"x", "../outside": b"x"}))
        self.publish({"name": "maps", "version": "2", "path": "m.zip"})
        events = device.run("run", code=1)
        self.assertEqual(event(events, "failed")["code"], 6004)
        self.assertFalse((device.folder / "outside").exists())
        self.assertFalse((device.folder / "sdcard/good").exists())

    def test_one_at_a_time(self):
        device = self.device()
        device.options[device.options.index("--lock-wait") + 1] = "0"
        device.run("bootstrap", self.card({}))
        import fcntl
        with open(device.data / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(event(device.run("run", code=1), "error")["code"], 7004)
        device.run("run")

    def test_check_changes_nothing(self):
        device = self.device()
        self.server.put("v1.apk", V1)
        self.publish({"name": "app", "version": "1", "path": "v1.apk"})
        device.run("bootstrap", self.card({}))
        device.run("bootstrap", self.server.https + "/update-locations")
        self.publish({"name": "app", "version": "2", "path": "v1.apk", "diff_path": "d"})
        self.server.forget()
        events = device.run("check")
        self.assertEqual(event(events, "would_update")["plan"], "delta, then full")
        self.assertEqual(len(self.server.log()), 2)
        self.assertEqual(device.app(), V1)
        self.assertEqual(event(device.run("status"), "package")["version"], "1")

    def test_damaged_state(self):
        device = self.device()
        device.run("bootstrap", self.card({}))
        (device.data / "state.json").write_text("{")
        self.assertEqual(event(device.run("run", code=1), "error")["code"], 7003)


class Signatures(updater.UpdaterTest):
    def openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                       cwd=self.folder, timeout=120)

    def sign(self, name, key):
        path = self.server.root / name
        self.openssl("dgst", "-sha256", "-sign", key, "-out", f"{path}.sig", path)

    def test_signed_lists(self):
        for name in ("device", "list", "other"):
            self.openssl("genrsa", "-out", f"{name}.key", "2048")
            self.openssl("rsa", "-in", f"{name}.key", "-pubout", "-outform", "DER", "-out",
                         f"{name}.pub")
        device = self.device(options=["--device-key", self.folder / "device.pub"])
        where = self.server.https + "/update-locations"
        self.server.put("v1.apk", V1)
        self.publish({"name": "app", "version": "1", "path": "v1.apk"})
        # Nothing is signed: nothing is used.
        self.assertEqual(event(device.run("bootstrap", where, code=1), "error")["code"], 1003)
        key = (self.folder / "list.pub").read_bytes()
        self.server.put("list.pub", key)
        self.server.put("verification-public-keys", updater.json.dumps(
            {"schema": "1", "keys": [{"filename": "list.pub", "hash": sha256(key)}]}))
        self.sign("verification-public-keys", "device.key")
        self.sign("update-locations", "list.key")
        self.assertEqual(event(device.run("run", code=1), "error")["code"], 1003)
        self.sign("list.json", "list.key")
        device.run("run")
        self.assertEqual(device.app(), V1)
        # A changed list, and one that another key has signed.
        self.server.put("list.json", package_list())
        self.assertEqual(event(device.run("run", code=1), "error")["code"], 1003)
        self.sign("list.json", "other.key")
        self.assertEqual(event(device.run("run", code=1), "error")["code"], 1003)
        self.assertEqual(device.app(), V1)
        self.sign("list.json", "list.key")
        device.run("run")
        self.assertIsNone(device.app())


if __name__ == "__main__":
    updater.main()
