#!/usr/bin/env python3
"""clang-tidy over every source of a build tree's compile_commands.json: run_tidy.py BUILD JOBS"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys


def tidy(build, source):
    done = subprocess.run(["clang-tidy-14", "-p", build, "--quiet", "--warnings-as-errors=*",
                           "--extra-arg=-Wno-unknown-warning-option", source],
                          capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, end="", flush=True)
    return done.returncode == 0


def main():
    build, jobs = sys.argv[1], int(sys.argv[2])
    root = pathlib.Path.cwd()
    sources = sorted({entry["file"] for entry in
                      json.loads(pathlib.Path(build, "compile_commands.json").read_text())
                      if pathlib.Path(entry["file"]).is_relative_to(root)})
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        good = list(pool.map(lambda source: tidy(build, source), sources))
    print(f"clang-tidy: {len(sources)} sources, {good.count(False)} with findings")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
