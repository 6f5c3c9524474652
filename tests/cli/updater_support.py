"""What the tests of kerf-updater share: packages, a server (nginx on loopback, with TLS), and a device
whose install handler records what it was given.

Test files are run as: FILE.py KERF_UPDATER KERF [unittest arguments]."""
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import sys
import time
import zipfile

import support

KERF = None
NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else None)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# --- packages -------------------------------------------------------------------------------------

def plain_zip(entries):
    """entries: name -> bytes, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (1981, 1, 1, 1, 1, 2)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def with_length(data):
    return struct.pack("<I", len(data)) + data


def signed_apk(package):
    """Puts an APK Signature Block of scheme v2 into a ZIP file: right digests, no real signature."""
    end = package.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<II", package, end + 12)
    assert start + size == end
    chunks = []
    for part in (package[:start], package[start:end], package[end:]):
        for at in range(0, len(part), 1 << 20):
            piece = part[at:at + (1 << 20)]
            chunks.append(hashlib.sha256(b"\xa5" + struct.pack("<I", len(piece)) + piece).digest())
    digest = hashlib.sha256(b"\x5a" + struct.pack("<I", len(chunks)) + b"".join(chunks)).digest()
    digests = with_length(struct.pack("<I", 0x0103) + with_length(digest))
    signed = with_length(digests) + with_length(b"") + with_length(b"")
    signer = with_length(signed) + with_length(b"") + with_length(b"")
    value = with_length(with_length(signer))
    pair = struct.pack("<QI", len(value) + 4, 0x7109871A) + value
    length = len(pair) + 24
    block = struct.pack("<Q", length) + pair + struct.pack("<Q", length) + b"APK Sig Block 42"
    moved = bytearray(package[end:])
    struct.pack_into("<I", moved, 16, start + len(block))
    return package[:start] + block + package[start:end] + bytes(moved)


def make_apk(version, size=200_000):
    """Versions share most of their incompressible content, as real ones do."""
    common = random.Random(7).randbytes(size)
    own = random.Random(version).randbytes(3000)
    return signed_apk(plain_zip({"AndroidManifest.xml": b"manifest %d" % version,
                                 "classes.dex": common, "res/own.bin": own}))


def make_delta(old, new, folder):
    for name, content in (("old", old), ("new", new)):
        (folder / name).write_bytes(content)
    subprocess.run([KERF, "diff", "--format", "vcdiff", "-q", "--force", folder / "old",
                    folder / "new", "-o", folder / "delta"], check=True, timeout=120)
    return (folder / "delta").read_bytes()


# --- server ---------------------------------------------------------------------------------------

def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Server:
    """nginx, serving the folder `root`: under / with ranges, under /whole/ without (200 for every
    Range), under /slow/ at 200 KB/s, under /500/ failing. `http` and `https` are its addresses."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "www"
        self.root.mkdir()
        self.certificate = folder / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", folder / "server.key", "-out", self.certificate],
                       check=True, capture_output=True, timeout=60)
        self.log_path = folder / "access.log"
        self.port, self.tls_port = free_ports(2)
        self.http = f"http://127.0.0.1:{self.port}"
        self.https = f"https://localhost:{self.tls_port}"
        (folder / "nginx.conf").write_text(f"""
            {"user root;" if os.geteuid() == 0 else ""}
            daemon off; master_process off; worker_processes 1;
            pid {folder}/nginx.pid; error_log {folder}/error.log;
            events {{ worker_connections 64; }}
            http {{
              log_format fields '$status $body_bytes_sent $request_uri "$http_range"';
              access_log {self.log_path} fields;
              client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
              fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
              server {{
                listen 127.0.0.1:{self.port};
                listen 127.0.0.1:{self.tls_port} ssl;
                ssl_certificate {self.certificate}; ssl_certificate_key {folder}/server.key;
                root {self.root};
                location /whole/ {{ alias {self.root}/; max_ranges 0; }}
                location /slow/ {{ alias {self.root}/; limit_rate 200k; }}
                location /500/ {{ return 500; }}
              }}
            }}""")
        self.process = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "error.log").read_text()) from None
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def put(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def log(self):
        """What was asked for: (status, body bytes sent, path, range)."""
        lines = self.log_path.read_text().splitlines() if self.log_path.exists() else []
        fields = [line.split(" ", 3) for line in lines]
        return [(int(f[0]), int(f[1]), f[2], f[3].strip('"')) for f in fields]

    def asked(self, ending):
        """The entries for paths with this ending."""
        return [entry for entry in self.log() if entry[2].endswith(ending)]

    def forget(self):
        """Empties the log; what is still being written belongs to earlier requests."""
        time.sleep(0.05)
        open(self.log_path, "w").close()


# --- device ---------------------------------------------------------------------------------------

# Installs by changing one link, as a package manager changes its database: at once or not at all.
HANDLER = """#!/bin/sh
set -e
apps=$KERF_TEST_DEVICE/apps
printf '%s\\n' "$*" >> $KERF_TEST_DEVICE/calls
case $1 in
install)
  [ ! -e $KERF_TEST_DEVICE/refuse ] || { echo "not today" >&2; exit 7; }
  cp "$4" "$apps/$2-$3.tmp"
  mv "$apps/$2-$3.tmp" "$apps/$2-$3"
  ln -sfn "$2-$3" "$apps/.$2.link"
  mv -T "$apps/.$2.link" "$apps/$2" ;;
remove) rm -f "$apps/$2" ;;
query) link=$(readlink "$apps/$2") || exit 1; echo "${link#$2-}" ;;
*) exit 2 ;;
esac
"""


class Device:
    def __init__(self, folder, options=()):
        self.folder = folder
        (folder / "apps").mkdir(parents=True)
        self.data = folder / "data"
        self.handler = folder / "handler"
        self.handler.write_text(HANDLER)
        self.handler.chmod(0o755)
        self.boot_id = folder / "boot_id"
        self.boot_id.write_text("boot 1\n")
        self.options = ["--data", self.data, "--handler", f"apk={self.handler}",
                        "--handler", f"ttpkg={self.handler}", "--zip-root", folder / "sdcard",
                        "--boot-id-file", self.boot_id, "--retry-wait", "0", "--attempts", "2",
                        "--lock-wait", "60", *options]
        self.environment = dict(os.environ, KERF_TEST_DEVICE=str(folder))

    def arguments(self, *arguments):
        return list(map(str, [support.PROGRAM, *self.options, "--json", *arguments]))

    def run(self, *arguments, code=0):
        """The events of one run, which must end with this exit code."""
        done = subprocess.run(self.arguments(*arguments), capture_output=True, timeout=300,
                              env=self.environment, stdin=subprocess.DEVNULL)
        events = [json.loads(line) for line in done.stdout.decode().splitlines()]
        if done.returncode != code:
            raise AssertionError(f"exit code {done.returncode}, expected {code}\n"
                                 f"{done.stdout.decode()}\n{done.stderr.decode()}")
        return events

    def app(self, name="app"):
        """The installed package's bytes; None if it is not installed."""
        path = self.folder / "apps" / name
        return path.read_bytes() if path.exists() else None

    def calls(self):
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def sources(self):
        folder = self.data / "diff-update-sources"
        return sorted(folder.iterdir()) if folder.exists() else []

    def state(self):
        return json.loads((self.data / "state.json").read_text())

    def leftovers(self):
        """Everything in the data folder that a finished run should not leave there."""
        return [str(p.relative_to(self.data)) for p in self.data.rglob("*")
                if p.is_file() and (p.parent.name in ("staging", "downloads")
                                    or ".kerf-" in p.name)]


def package_list(*packages):
    return json.dumps({"schema": "1", "packages": list(packages)})


def locations(*lists):
    return json.dumps({"schema": "1", "locations": list(lists)})


def event(events, name):
    """The only event of this name; None if there is none."""
    found = [e for e in events if e["event"] == name]
    assert len(found) <= 1, found
    return found[0] if found else None


class UpdaterTest(support.KerfTest):
    """A server for the class, a fresh folder for each test."""
    server = None

    @classmethod
    def setUpClass(cls):
        if NGINX is None:
            raise support.unittest.SkipTest("no nginx (Debian package nginx-light)")
        cls._class_folder = support.tempfile.TemporaryDirectory(prefix="kerf-nginx-")
        cls.server = Server(pathlib.Path(cls._class_folder.name))

    @classmethod
    def tearDownClass(cls):
        if cls.server is not None:
            cls.server.stop()
            cls._class_folder.cleanup()

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.server.root)
        self.server.root.mkdir()
        self.server.forget()

    def device(self, name="device", options=()):
        return Device(self.folder / name, ["--ca-file", self.server.certificate, *options])

    def card(self, package, *packages):
        """An SD card with package files (name -> bytes) and a list of `packages`."""
        card = self.folder / "card"
        shutil.rmtree(card, ignore_errors=True)
        card.mkdir()
        for name, content in package.items():
            (card / name).write_bytes(content)
        (card / "update-locations").write_text(locations("list.json"))
        (card / "list.json").write_text(package_list(*packages))
        return card

    def publish(self, *packages):
        """Puts update-locations and a list of `packages` on the server."""
        self.server.put("update-locations", locations("list.json"))
        self.server.put("list.json", package_list(*packages))


def main():
    global KERF
    KERF = os.path.abspath(sys.argv.pop(2))
    support.main()
