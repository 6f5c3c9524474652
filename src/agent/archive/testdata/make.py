#!/usr/bin/env python3
"""Makes the packages in package/: small, whole and damaged, for the fuzzer to start from."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "tests/cli"))

from updater_support import plain_zip, signed_apk  # noqa: E402

ZIP = plain_zip({"META-INF/MANIFEST.MF": b"m", "META-INF/A.SF": b"s", "a/b": b"text" * 20})
APK = signed_apk(plain_zip({"AndroidManifest.xml": b"x", "classes.dex": bytes(50)}))

for name, content in {
        "good-zip": ZIP, "good-signed": APK, "bad-truncated": APK[:-7],
        "bad-contents": APK.replace(b"classes", b"klasses"),
        "bad-block-size": APK.replace(b"APK Sig Block 42", b"APK Sig Block 43"),
        "bad-climbs": ZIP.replace(b"a/b", b"../"), "bad-empty": b""}.items():
    (HERE / "package" / name).write_bytes(content)
