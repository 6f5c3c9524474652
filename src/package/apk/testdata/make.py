#!/usr/bin/env python3
"""Writes the manifests and packages of the tests: make.py [FOLDER]. Each is made by hand here, by the
layout that the Android sources describe (ResourceTypes.h), because kerf only reads the format."""
import io
import pathlib
import struct
import sys
import zipfile

NONE = 0xFFFFFFFF
ANDROID = "http://schemas.android.com/apk/res/android"
CODE, NAME, MAJOR = 0x0101021B, 0x0101021C, 0x01010576


def chunk(kind, header, body):
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def pool(strings, utf8):
    data, offsets = b"", []
    for text in strings:
        offsets.append(len(data))
        if utf8:
            coded = text.encode()
            lengths = b""
            for n in (len(text), len(coded)):
                lengths += bytes([n]) if n < 0x80 else bytes([0x80 | n >> 8, n & 255])
            data += lengths + coded + b"\0"
        else:
            coded = text.encode("utf-16-le")
            data += struct.pack("<H", len(coded) // 2) + coded + b"\0\0"
    data += b"\0" * (-len(data) % 4)
    header = struct.pack("<IIIII", len(strings), 0, 0x100 if utf8 else 0, 28 + 4 * len(strings), 0)
    return chunk(1, header, b"".join(struct.pack("<I", o) for o in offsets) + data)


def element(name, attributes, count=None, size=20, start=20):
    body = struct.pack("<IIHHHHHH", NONE, name, start, size,
                       len(attributes) if count is None else count, 0, 0, 0)
    for space, key, kind, value in attributes:
        raw = value if kind == 3 else NONE
        body += struct.pack("<IIIHBBI", space, key, raw, 8, 0, kind, value)
    return chunk(0x102, struct.pack("<II", 1, NONE), body)


def manifest(utf8=True, package="org.example.app", code=(0x10, 42), major=None, version="1.2.3",
             names=True, first="manifest", parts=None, **tweaks):
    strings = ["versionCode", "versionName", "versionCodeMajor", "package", ANDROID, first, package or "",
               version or ""]
    if not names:  # as shrinking tools leave them
        strings[:3] = ["", "", ""]
    attributes = []
    if code:
        attributes.append((4, 0, *code))
    if version is not None:
        attributes.append((4, 1, 3, 7))
    if major is not None:
        attributes.append((4, 2, 0x10, major))
    if package is not None:
        attributes.append((NONE, 3, 3, 6))
    pieces = {"pool": pool(strings, utf8),
              "map": chunk(0x180, b"", struct.pack("<III", CODE, NAME, MAJOR)),
              "namespace": chunk(0x100, struct.pack("<II", 1, NONE), struct.pack("<II", 4, 4)),
              "element": element(5, attributes, **tweaks)}
    return chunk(3, b"", b"".join(pieces[p] for p in parts or pieces))


def patched(data, at, value):
    return data[:at] + value + data[at + len(value):]


GOOD = manifest()
MANIFESTS = {
    "good-utf8": GOOD,
    "good-utf16": manifest(utf8=False, version="1.2-\N{GREEK SMALL LETTER BETA}\N{GRINNING FACE}"),
    "good-no-names": manifest(names=False),
    "good-hexadecimal": manifest(code=(0x11, 0x80000001)),
    "good-major": manifest(major=3),
    "good-long-version": manifest(version="v" * 300),
    "bad-empty": b"",
    "bad-text": b"<?xml version='1.0'?><manifest package='org.example.app'/>",
    "bad-truncated": GOOD[:-10],
    "bad-no-package": manifest(package=None),
    "bad-package-name": manifest(package="../../evil"),
    "bad-no-code": manifest(code=None),
    "bad-code-reference": manifest(code=(1, 0x7F010000)),
    "bad-code-text": manifest(code=(3, 7)),
    "bad-other-element": manifest(first="application"),
    "bad-no-strings": manifest(parts=["map", "element"]),
    "bad-no-element": manifest(parts=["pool", "map"]),
    "bad-attribute-count": manifest(count=60000),
    "bad-attribute-size": manifest(size=4),
    "bad-attribute-start": manifest(start=65535),
    "bad-chunk-size-zero": patched(GOOD, 12, struct.pack("<I", 0)),
    "bad-chunk-size-huge": patched(GOOD, 12, struct.pack("<I", 0xFFFFFFFF)),
    "bad-string-count": patched(GOOD, 16, struct.pack("<I", 0x40000000)),
    "bad-strings-start": patched(GOOD, 28, struct.pack("<I", 0xFFFFFFF0)),
    "bad-string-offset": patched(GOOD, 36 + 4 * 5, struct.pack("<I", 0xFFFFFFF0)),
    "bad-long-string": manifest(package="a" * 5000, utf8=False),
}


def package(*entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data, method in entries:
            info = zipfile.ZipInfo(name, (1981, 1, 1, 1, 1, 2))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
CLASSES = ("classes.dex", b"dex\n035\0" + bytes(200), DEFLATED)
APK = package(CLASSES, ("AndroidManifest.xml", GOOD, DEFLATED), ("res/a", b"a", STORED))


def damaged(data):
    at = data.index(b"AndroidManifest.xml") + len("AndroidManifest.xml") + 40
    return patched(data, at, bytes([data[at] ^ 0x55]))


def two_manifests():
    twice = package(("AndroidManifest.xml", GOOD, DEFLATED), ("AndroidManifest.xmk", GOOD, DEFLATED))
    return twice.replace(b"AndroidManifest.xmk", b"AndroidManifest.xml")


def encrypted():
    at = APK.rindex(b"AndroidManifest.xml")  # in the central directory
    return patched(APK, at - 46 + 8, struct.pack("<H", 1))


PACKAGES = {
    "good-deflated": APK,
    "good-stored": package(("AndroidManifest.xml", GOOD, STORED)),
    "bad-no-manifest": package(CLASSES),
    "bad-two-manifests": two_manifests(),
    "bad-truncated": APK[:-30],
    "bad-damaged": damaged(APK),
    "bad-encrypted": encrypted(),
    "bad-empty": b"",
}


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for folder, files in (("manifest", MANIFESTS), ("package", PACKAGES)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (root / folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
