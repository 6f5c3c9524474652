#!/usr/bin/env python3
"""Compiles the rooms that run on bare metal (refs, model, mcu) with the cross compilers of Debian,
alone: test_freestanding.py COMPILER FLAGS...

Exit 77 with a reason if the compiler is not there."""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("refs", "model", "mcu")
FLAGS = ["-std=c++20", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-Os", "-Wall", "-Wextra",
         "-Werror", "-fno-threadsafe-statics", "-S", "-o", "/dev/null", "-I", str(ROOT / "src")]


def main():
    compiler, *flags = sys.argv[1:]
    if not shutil.which(compiler):
        print(f"SKIP: {compiler} is not installed")
        return 77
    files = sorted(file for room in ROOMS for file in (ROOT / "src" / room).rglob("*.cc")
                   if not file.name.endswith(("_test.cc", "_fuzz.cc")))
    if not files:
        print("no file found: the rooms have moved")
        return 1
    bad = [file for file in files
           if subprocess.run([compiler, *FLAGS, *flags, str(file)]).returncode != 0]
    print(f"{compiler}: {len(files)} files, {len(bad)} do not compile alone")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
