#!/usr/bin/env python3
"""Makes patches in every format, applies and verifies each, and prints a table.

demo.py --kerf PROGRAM [OLD NEW]; without files, two versions of a Debian library that the configured
apt sources offer are downloaded."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import measure

# Libraries (and one program) that are large enough to be worth a patch and updated now and then.
CANDIDATES = ["libssl3", "libc6", "libgnutls30", "libsqlite3-0", "libxml2", "python3.11-minimal",
              "libcurl4", "libtiff6", "libexpat1", "libglib2.0-0", "libkrb5-3", "libperl5.36",
              "libpq5", "libpng16-16", "libsystemd0", "openssl", "libc-bin", "bash", "perl-base"]


def versions(package):
    """What the sources offer, newest first."""
    listed = subprocess.run(["apt-cache", "madison", package], capture_output=True, text=True)
    found = [line.split("|")[1].strip() for line in listed.stdout.splitlines()
             if line.count("|") >= 2 and "Sources" not in line.split("|")[2]]
    newest_first = []
    for version in found:
        at = 0
        while at < len(newest_first) and subprocess.run(
                ["dpkg", "--compare-versions", newest_first[at], "gt", version]).returncode == 0:
            at += 1
        if version not in newest_first:
            newest_first.insert(at, version)
    return newest_first


def unpack(package, version, folder):
    """Downloads and unpacks; None if the archive no longer has what its index names."""
    folder.mkdir()
    got = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "-o",
                          "Acquire::Retries=3", "download", f"{package}={version}"],
                         cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)
    debs = list(folder.glob("*.deb"))
    if got.returncode != 0 or not debs:
        return None
    subprocess.run(["dpkg-deb", "-x", str(debs[0]), str(folder / "tree")], check=True)
    return folder / "tree"


def elf_files(tree):
    """Path below `tree` -> size, for every ELF file."""
    sizes = {}
    for path in tree.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    sizes[str(path.relative_to(tree))] = path.stat().st_size
    return sizes


def debian_pair(scratch):
    offered = 0
    for package in CANDIDATES:
        found = versions(package)
        offered += bool(found)
        if len(found) < 2:
            continue
        new, old = found[:2]
        trees = [unpack(package, v, scratch / f"{package}-{i}") for i, v in enumerate((old, new))]
        if None in trees:
            print(f"{package}: {old} or {new} is listed, but cannot be downloaded")
            continue
        shared = elf_files(trees[0]).keys() & elf_files(trees[1]).keys()
        if shared:
            name = max(shared, key=lambda n: elf_files(trees[1])[n])
            print(f"{package} {old} -> {new}: {name}")
            return trees[0] / name, trees[1] / name
    print(f"The configured apt sources offer two versions of none of these packages "
          f"({offered} of {len(CANDIDATES)} are offered at all):\n  {' '.join(CANDIDATES)}\n"
          "Add the -updates and -security suites to the sources and run 'apt-get update', or name "
          "two files of your own:\n  ./run demo OLD NEW")
    return None


def show(old, new, kerf, scratch):
    new_size = os.path.getsize(new)
    print(f"old {os.path.getsize(old):,} bytes, new {new_size:,} bytes\n")
    heading = (f"{'format':28} {'patch bytes':>12} {'% of new':>9} {'seconds':>8} {'MiB':>7} "
               f"{'apply s':>8} {'MiB':>7}  verified")
    print(heading + "\n" + "-" * len(heading))
    good = True
    for tool in measure.our_formats(kerf) + measure.peers(kerf):
        got = measure.try_tool(tool, str(old), str(new), scratch, repeat=False)
        if got.verified.startswith("yes"):
            told = {"yes": "yes", "yes+cross": "yes, and by bspatch" if tool.ours else
                    "yes, and by kerf"}[got.verified]
            print(f"{tool.name:28} {got.patch_bytes:12,} {100 * got.patch_bytes / new_size:8.2f}% "
                  f"{got.diff.wall:8.2f} {got.diff.rss_kb / 1024:7.1f} "
                  f"{got.apply.wall:8.2f} {got.apply.rss_kb / 1024:7.1f}  {told}", flush=True)
        else:
            # A peer that gives up (memory, a cap) is its own affair, unless it disagrees with us.
            good = good and not tool.ours and not got.verified.startswith("cross")
            reason = re.sub(r"\s+", " ", got.verified)
            print(f"{tool.name:28} FAILED: {reason}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kerf", required=True)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kerf-demo-") as folder:
        scratch = pathlib.Path(folder)
        pair = options.files or debian_pair(scratch)
        if not pair:
            return 1
        return 0 if show(*pair, os.path.abspath(options.kerf), scratch) else 1


if __name__ == "__main__":
    sys.exit(main())
