#!/usr/bin/env python3
"""Checks the size of each source file against the guideline, and that no file in git names a path
of one machine."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDELINE = {".h": 150, ".cc": 400, ".c": 400, ".py": 400}
EXCEPTIONS = ROOT / "tools/size_exceptions.txt"
# Written apart, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:ho" r"me|ro" r"ot|wo" r"rk|tmp/k" r"c)/")


def read_exceptions():
    lines = [l for l in EXCEPTIONS.read_text().splitlines() if l and not l.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def main():
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           cwd=ROOT, capture_output=True, text=True, check=True)
    exceptions = read_exceptions()
    faults = []
    count = 0
    for name in filter(None, names.stdout.split("\0")):
        path = ROOT / name
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" in data:
            continue  # test data
        count += 1
        lines = data.decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line):
                faults.append(f"{name}:{number}: names a path of one machine")
        most = GUIDELINE.get(path.suffix)
        if most is None:
            continue
        if len(lines) > most and name not in exceptions:
            faults.append(f"{name}: {len(lines)} lines, the guideline is {most}: split it, or give "
                          f"the reason in {EXCEPTIONS.relative_to(ROOT)}")
        elif len(lines) <= most and name in exceptions:
            faults.append(f"{name}: small enough now, take it out of {EXCEPTIONS.name}")
    faults += [f"{name}: named in {EXCEPTIONS.name}, but not there"
               for name in exceptions if not (ROOT / name).is_file()]
    print("\n".join(faults + [f"text: {count} files, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
