"""Both ends together: what kerf publish package-list has made, kerf-updater installs."""
import random
import shutil
import subprocess

import updater_support as updater
from updater_support import event


class PublishedTest(updater.UpdaterTest):
    """A repository in the folder, and the server to offer it."""

    def tool(self, *arguments):
        return subprocess.run([str(a) for a in arguments], cwd=self.folder, check=True,
                              capture_output=True, timeout=300)

    def publish(self, package, *more):
        self.tool(updater.KERF, "publish", "package-list", "repo", package, "--quiet", *more)

    def serve(self):
        """The repository goes to the server as it is."""
        shutil.rmtree(self.server.root)
        shutil.copytree(self.folder / "repo", self.server.root)
        self.server.forget()


class Published(PublishedTest):
    def test_each_version_comes_to_the_newest(self):
        data = bytearray(random.Random(5).randbytes(50_000))
        versions = {}
        for number, version in enumerate(("1.0", "1.1", "2:0")):
            versions[version] = bytes(data)
            data[number * 1000] ^= 1
            self.put(f"map-{number}.ttpkg", versions[version])
        devices = {}
        for number, (version, content) in enumerate(versions.items()):
            self.publish(f"map-{number}.ttpkg", "--name", "map", "--package-version", version)
            # The first set-up is from the repository itself, as on an SD card.
            device = devices[version] = self.device(f"device{number}")
            device.run("bootstrap", self.folder / "repo")
            self.assertEqual(device.app("map"), content)
            self.assertEqual(len(device.sources()), 1)
        self.tool(updater.KERF, "lint", "package-list", "repo")
        self.serve()
        for version, device in devices.items():
            events = device.run("bootstrap", self.server.https + "/")
            self.assertEqual(device.app("map"), versions["2:0"])
            if version != "2:0":
                self.assertEqual(event(events, "installed")["way"], "delta")
        self.assertEqual(self.server.asked(".ttpkg"), [])
        self.assertEqual(len(self.server.asked("_to_2_0.vcdiff")), 2)

    def test_signed(self):
        for name in ("device", "publisher"):
            self.tool("openssl", "genrsa", "-out", f"{name}.pem", "2048")
        self.tool("openssl", "rsa", "-in", "device.pem", "-pubout", "-out", "device.pub")
        self.put("a.ttpkg", b"content")
        self.publish("a.ttpkg", "--name", "a", "--package-version", "1", "--sign-key",
                     "publisher.pem", "--device-key", "device.pem")
        self.serve()
        device = self.device(options=["--device-key", self.folder / "device.pub"])
        device.run("bootstrap", self.server.https + "/")
        self.assertEqual(device.app("a"), b"content")
        # Somebody who has the server, but not the key.
        lists = self.server.root / "package-list"
        lists.write_bytes(lists.read_bytes().replace(b'"1"', b'"0"'))
        self.assertEqual(event(device.run("run", code=1), "error")["code"], 1003)


if __name__ == "__main__":
    updater.main()
