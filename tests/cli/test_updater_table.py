"""The decision table of kerf-updater: which of path and diff_path, what is stored, and what fails."""
import updater_support as updater
from updater_support import event, make_apk, make_delta, sha256

V1, V2, V3 = make_apk(1), make_apk(2), make_apk(3)


class Table(updater.UpdaterTest):
    """A device that came to version 2 by an SD card, and a server with version 3."""

    def prepare(self, source="present", options=()):
        device = self.device(options=options)
        keep = {"diff_path": "unused_{from-version}.vcdiff"} if source != "absent" else {}
        card = self.card({"v2.apk": V2}, {"name": "app", "version": "2", "path": "v2.apk", **keep})
        self.assertEqual(event(device.run("bootstrap", card), "installed")["version"], "2")
        self.assertEqual(device.app(), V2)
        self.assertEqual(len(device.sources()), 0 if source == "absent" else 1)
        if source == "wrong":
            device.sources()[0].write_bytes(V1)
        self.prepare_server()
        self.server.forget()
        return device

    def prepare_server(self):
        self.server.put("v3.apk", V3)
        self.server.put("2_to_3.vcdiff", make_delta(V2, V3, self.folder))

    def forget_device(self):
        updater.shutil.rmtree(self.folder / "device", ignore_errors=True)

    def update(self, device, *fields, code=0, hashes=True, base="/", **more):
        """Publishes version 3 with these of path and diff_path and runs the device."""
        package = {"name": "app", "version": "3"}
        if "path" in fields:
            package["path"] = "v3.apk"
        if "diff_path" in fields:
            package["diff_path"] = "{from-version}_to_{to-version}.vcdiff"
        if hashes:
            package |= {"size": len(V3), "sha256": sha256(V3)}
        package |= more
        self.publish(package)
        return device.run("bootstrap", self.server.https + base + "update-locations", code=code)

    def assert_delta_only(self):
        """The server's log is the witness: the delta went over the line, the full package did not."""
        delta = (self.server.root / "2_to_3.vcdiff").stat().st_size
        self.assertEqual([entry[:2] for entry in self.server.asked(".vcdiff")], [(200, delta)])
        self.assertEqual(self.server.asked(".apk"), [])
        self.assertLess(sum(entry[1] for entry in self.server.log()), len(V3) // 10)

    def assert_updated(self, device, events, way, skipped=None, failed=None):
        self.assertEqual(device.app(), V3)
        installed = event(events, "installed")
        self.assertEqual((installed["way"], installed["from"]), (way, "2"))
        self.assertEqual(event(events, "done")["code"], 0)
        for name, code in (("delta_skipped", skipped), ("delta_failed", failed)):
            told = event(events, name)
            self.assertEqual(told and told["code"], code, told)
        self.assertEqual(device.leftovers(), [])
        # What has been installed is the source of the next delta.
        if installed["kept"]:
            self.assertEqual([p.read_bytes() for p in device.sources()], [V3])
        else:
            self.assertEqual(device.sources(), [])

    def assert_failed(self, device, events, code):
        self.assertEqual(device.app(), V2)
        self.assertEqual(event(events, "failed")["code"], code, events)
        self.assertEqual(event(events, "done")["code"], code)
        self.assertEqual(device.state()["installed"][0]["version"], "2")

    # only path
    def test_path(self):
        for source in ("present", "absent", "wrong"):
            with self.subTest(source):
                self.forget_device()
                device = self.prepare(source)
                self.assert_updated(device, self.update(device, "path"), "full")
                self.assertEqual(self.server.asked(".vcdiff"), [])
                self.assertEqual(device.sources(), [])  # diff_path has left the list

    def test_path_fails(self):
        device = self.prepare()
        (self.server.root / "v3.apk").unlink()
        self.assert_failed(device, self.update(device, "path", code=1), 2003)

    # only diff_path
    def test_diff_path(self):
        device = self.prepare()
        self.assert_updated(device, self.update(device, "diff_path"), "delta")
        self.assert_delta_only()

    def test_diff_path_without_source(self):
        for source, code in (("absent", 3001), ("wrong", 3003)):
            with self.subTest(source):
                self.forget_device()
                device = self.prepare(source)
                self.assert_failed(device, self.update(device, "diff_path", code=1), code)
                self.assertEqual(self.server.asked(".vcdiff"), [])

    def test_diff_path_not_installed(self):
        device = self.device()
        self.prepare_server()
        events = self.update(device, "diff_path", code=1)
        self.assertEqual(event(events, "failed")["code"], 3004)
        self.assertIsNone(device.app())

    # both
    def test_both(self):
        device = self.prepare()
        self.server.put("v3.apk", b"poison")  # proves that the delta alone does the work
        self.assert_updated(device, self.update(device, "path", "diff_path"), "delta")
        self.assert_delta_only()

    def test_both_without_source(self):
        for source, codes in (("absent", {"skipped": 3001}), ("wrong", {"failed": 3003})):
            with self.subTest(source):
                self.forget_device()
                device = self.prepare(source)
                events = self.update(device, "path", "diff_path")
                self.assert_updated(device, events, "full", **codes)
                self.assertEqual(self.server.asked(".vcdiff"), [])

    def test_both_not_installed(self):
        device = self.device()
        self.prepare_server()
        events = self.update(device, "path", "diff_path")
        self.assertEqual(event(events, "delta_skipped")["code"], 3004)
        self.assertEqual(device.app(), V3)
        self.assertEqual(len(device.sources()), 1)

    def test_installed_version_is_not_the_stored_one(self):
        device = self.prepare()
        (device.folder / "apps/app-1").write_bytes(V1)
        (device.folder / "apps/app").unlink()
        (device.folder / "apps/app").symlink_to("app-1")  # somebody else has put version 1 there
        self.server.put("1_to_3.vcdiff", make_delta(V1, V3, self.folder))
        events = self.update(device, "diff_path", code=1)
        self.assertEqual(event(events, "failed")["code"], 3002)
        events = self.update(device, "path", "diff_path")
        self.assertEqual(event(events, "delta_skipped")["code"], 3002)
        self.assertEqual(device.app(), V3)

    # the delta cannot be had, or is not what it should be
    def faults(self):
        good = make_delta(V2, V3, self.folder)
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 0x40
        other = make_delta(V2, V1, self.folder)
        facts = {"diff_size": {"2": len(good)}, "diff_sha256": {"2": sha256(good)}}
        put = lambda content: lambda: self.server.put("2_to_3.vcdiff", content)
        remove = lambda: (self.server.root / "2_to_3.vcdiff").unlink()
        return {
            # name: (what happens, further members of the list, hashes of the target, code)
            "removed": (remove, {}, True, 2003),
            "server error": (lambda: None, {"diff_path": "500/{from-version}.vcdiff"}, True, 2004),
            "corrupted": (put(bytes(flipped)), {}, True, (4001, 5001)),
            "corrupted, hash known": (put(bytes(flipped)), facts, True, 2009),
            "cut short": (put(good[:len(good) // 2]), {}, True, 4001),
            "cut short, size known": (put(good[:len(good) // 2]), facts, True, 2008),
            "longer than said": (put(good + b"more"), facts, True, 2007),
            "empty": (put(b""), {}, True, 4001),
            "no delta at all": (put(b"<html>not here</html>"), {}, True, 4001),
            "makes another version": (put(other), {}, True, 5001),
            "made from another source": (lambda: None, {"source_sha256": {"2": sha256(V1)}}, True,
                                         4004),
            "climbs": (lambda: None, {"diff_path": "../{from-version}.vcdiff"}, True, 1002),
        }

    def test_delta_fails(self):
        for name, (spoil, more, hashes, code) in self.faults().items():
            codes = code if isinstance(code, tuple) else (code,)
            for fields in (("diff_path",), ("path", "diff_path")):
                with self.subTest(name, fields=fields):
                    self.forget_device()
                    device = self.prepare()
                    spoil()
                    fallback = "path" in fields
                    events = self.update(device, *fields, hashes=hashes, code=0 if fallback else 1,
                                         **more)
                    if fallback:
                        told = event(events, "delta_failed")["code"]
                        self.assertIn(told, codes)
                        self.assert_updated(device, events, "full", failed=told)
                    else:
                        told = event(events, "failed")["code"]
                        self.assertIn(told, codes)
                        self.assert_failed(device, events, told)
                        # The next run has the same to say: nothing was spoiled by the failure.
                        self.assertEqual(len(device.sources()), 1)

    def test_both_fail(self):
        device = self.prepare()
        self.server.put("v3.apk", b"poison" * 1000)
        self.server.put("2_to_3.vcdiff", b"poison")
        events = self.update(device, "path", "diff_path", code=1)
        self.assertEqual(event(events, "delta_failed")["code"], 4001)
        self.assert_failed(device, events, 2008)

    def test_server_without_ranges(self):
        device = self.prepare()
        events = self.update(device, "diff_path", base="/whole/")
        self.assert_updated(device, events, "delta")

    # without hashes in the list the package must vouch for itself
    def test_no_hashes(self):
        device = self.prepare()
        self.assert_updated(device, self.update(device, "diff_path", hashes=False), "delta")
        self.assert_delta_only()

    def test_no_hashes_and_a_damaged_target(self):
        def changed(at):
            return V3[:at] + bytes([V3[at] ^ 1]) + V3[at + 1:]
        unsigned = updater.plain_zip({"AndroidManifest.xml": b"x", "classes.dex": bytes(9999)})
        cases = {"entry": (changed(V3.index(b"classes.dex") + 5000), 5002),
                 "directory": (changed(V3.rindex(b"classes.dex") - 30), (5002, 5003)),
                 "block": (changed(V3.index(b"APK Sig Block 42") - 60), 5003),
                 "unsigned": (unsigned, 5003),
                 "truncated": (V3[:-30], 5002)}
        for name, (target, code) in cases.items():
            with self.subTest(name):
                self.forget_device()
                device = self.prepare()
                self.server.put("2_to_3.vcdiff", make_delta(V2, target, self.folder))
                events = self.update(device, "diff_path", hashes=False, code=1)
                told = event(events, "failed")["code"]
                self.assertIn(told, code if isinstance(code, tuple) else (code,))
                self.assert_failed(device, events, told)
                self.server.put("v3.apk", target)
                events = self.update(device, "path", hashes=False, code=1)
                self.assertEqual(event(events, "failed")["code"], told)
                self.assertEqual(device.app(), V2)

    def test_unknown_kinds_of_file_need_a_hash(self):
        device = self.device()
        old, new = b"map 1 " * 5000, b"map 2 " * 5000
        card = self.card({"m.ttpkg": old}, {"name": "map", "version": "1", "path": "m.ttpkg",
                                            "diff_path": "d"})
        device.run("bootstrap", card)
        self.server.put("1.vcdiff", make_delta(old, new, self.folder))
        package = {"name": "map", "version": "2", "diff_path": "{from-version}.vcdiff"}
        self.publish(package)
        where = self.server.https + "/update-locations"
        events = device.run("bootstrap", where, code=1)
        self.assertEqual(event(events, "failed")["code"], 5004)
        self.assertEqual(device.app("map"), old)
        self.publish(package | {"sha256": sha256(new)})
        device.run("run")
        self.assertEqual(device.app("map"), new)
        device.options.append("--accept-unchecked")
        self.server.put("2.vcdiff", make_delta(new, old, self.folder))
        self.publish(package | {"version": "3"})
        device.run("run")
        self.assertEqual(device.app("map"), old)


if __name__ == "__main__":
    updater.main()
