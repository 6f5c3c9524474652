#!/usr/bin/env python3
"""clang-tidy over every source of a build tree's compile_commands.json: run_tidy.py BUILD JOBS

A clean source is remembered in BUILD/tidy by the hash of its preprocessed text, since clang-tidy
takes ten seconds for what the compiler does in one.
"""
import concurrent.futures
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys

TIDY = "clang-tidy-14"


def fingerprint(entry, salt):
    """Hash of all that clang-tidy would read, comments (NOLINT!) included, or None."""
    command = shlex.split(entry["command"])
    command = command[command.index(next(c for c in command if "++" in c)):]
    at = command.index("-o")
    del command[at:at + 2]
    done = subprocess.run(command + ["-E", "-C", "-o", "-"], cwd=entry["directory"],
                          capture_output=True)
    return hashlib.sha256(salt + done.stdout).hexdigest() if done.returncode == 0 else None


def tidy(build, entry, salt):
    key = fingerprint(entry, salt)
    mark = pathlib.Path(build, "tidy", key or "none")
    if key and mark.exists():
        return True
    done = subprocess.run([TIDY, "-p", build, "--quiet", "--extra-arg=-Wno-unknown-warning-option",
                           entry["file"]], capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, end="", flush=True)
    elif key:
        mark.touch()
    return done.returncode == 0


def main():
    build, jobs = sys.argv[1], int(sys.argv[2])
    pathlib.Path(build, "tidy").mkdir(exist_ok=True)
    salt = pathlib.Path(".clang-tidy").read_bytes() + \
        subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    entries = {e["file"]: e for e in
               json.loads(pathlib.Path(build, "compile_commands.json").read_text())
               if pathlib.Path(e["file"]).is_relative_to(pathlib.Path.cwd())}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        good = list(pool.map(lambda file: tidy(build, entries[file], salt), sorted(entries)))
    print(f"clang-tidy: {len(good)} sources, {good.count(False)} with findings")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
