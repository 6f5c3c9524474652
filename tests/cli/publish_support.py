"""What the tests of `kerf publish` and `kerf-updater` together share. Arguments as in
updater_support.py."""
import json
import subprocess

import updater_support as updater


class Published(updater.UpdaterTest):
    def publish(self, *packages):
        """Publishes packages (bytes) in this order, signed."""
        files = []
        for number, content in enumerate(packages):
            files.append(self.folder / f"{number}.apk")
            files[-1].write_bytes(content)
        done = subprocess.run([updater.KERF, "publish", "package-list", self.server.root, *files,
                               "--sign-key", "list.pem", "--device-key", "device.pem", "--json"],
                              cwd=self.folder, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        linted = subprocess.run([updater.KERF, "lint", "package-list", self.server.root,
                                 "--device-key", "device.pub", "--strict"], cwd=self.folder,
                                capture_output=True, timeout=300)
        self.assertEqual(linted.returncode, 0, linted.stdout.decode())
        return json.loads(done.stdout)["packages"][0]

    def keys(self):
        for name in "device", "list":
            subprocess.run(["openssl", "genrsa", "-out", f"{name}.pem", "2048"], check=True,
                           cwd=self.folder, capture_output=True, timeout=120)
        subprocess.run(["openssl", "rsa", "-in", "device.pem", "-pubout", "-outform", "DER", "-out",
                        "device.pub"], check=True, cwd=self.folder, capture_output=True, timeout=60)

    def update_through(self, versions):
        """A device that joins at each version; the last one reaches all of them, as a delta."""
        self.keys()
        devices = []
        for number, content in enumerate(versions):
            package = self.publish(content)
            device = self.device(f"device{number}", ["--device-key", self.folder / "device.pub"])
            device.run("bootstrap", self.server.https + "/update-locations")
            self.assertEqual(device.app(package["name"]), content)
            devices.append(device)
        sizes = {delta["from"]: delta["size"] for delta in package["deltas"] if delta["kept"]}
        self.assertEqual(len(sizes), len(versions) - 1)
        for device in devices[:-1]:
            self.server.forget()
            device.run("run")
            self.assertEqual(device.app(package["name"]), versions[-1])
            deltas = self.server.asked(".vcdiff")
            self.assertEqual(len(deltas), 1)
            status, sent, path, _ = deltas[0]
            came_from = path.rsplit("/", 1)[1].split("_to_")[0]
            self.assertEqual((status, sent), (200, sizes[came_from]))
            self.assertEqual(self.server.asked(".apk"), [])
        return package
