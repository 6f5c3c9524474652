#!/usr/bin/env python3
"""Checks every #include "room/..." under a source folder against the table of rooms in
docs/ARCHITECTURE.md: check_layers.py [--table FILE] [SOURCE_FOLDER]

Tests, fuzz targets and what they share (*_test.cc, *_fuzz.cc, test_*.h) may include any room: they are in no product.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Rooms that run on bare metal: no header of the library but these.
# The compilers' headers of vector instructions need no library either.
FREESTANDING = {"model": {"stdint.h", "stddef.h", "emmintrin.h", "arm_neon.h"},
                "refs": {"stdint.h", "stddef.h"}}


class Room:
    def __init__(self, cell):
        self.make = "(make)" in cell
        self.words = set()


def read_table(path):
    """Rooms with what each may include, from the rows '| `room/` ... | words | ... |'. A word is a
    room; `std` (nothing of ours); `patch-read`, `patch-write` (half of a room); `make` (all make
    rooms); `any`."""
    rooms = {}
    for line in path.read_text().splitlines():
        row = re.match(r"\| (`[a-z]+/`[^|]*)\| ([^|]*)\|", line)
        if row:
            words = set(row.group(2).replace("`", "").split())
            for name in re.findall(r"`([a-z]+)/`", row.group(1)):
                rooms[name] = Room(row.group(1))
                rooms[name].words = words
    known = set(rooms) | {"std", "make", "any", "patch-read", "patch-write"}
    for name, room in rooms.items():
        for word in room.words - known:
            sys.exit(f"{path}: room {name}: {word!r} in the second column is no room")
    if not rooms:
        sys.exit(f"{path}: no table of rooms found")
    return rooms


def is_writer(file):
    return file.name.startswith("write") or file.name == "all_writers.cc"


def allowed(rooms, room, included):
    """May a file of `room` include the header `included` (a path below the source folder)?"""
    words = rooms[room].words
    target = included.parts[0]
    half = "patch-write" if is_writer(included) else "patch-read"
    return (target == room or target in words or "any" in words
            or ("make" in words and rooms[target].make)
            or (target == "patch" and half in words))


def check_file(rooms, source, file):
    """Yields (line number, sentence) for each include that the table forbids."""
    inside = file.relative_to(source)
    room = inside.parts[0]
    if room not in rooms:
        yield 1, f"room {room}/ is not in the table"
        return
    if re.search(r"_(test|fuzz)\.cc$|^test_.*\.h$", file.name):
        return
    for number, line in enumerate(file.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)', line)
        if not found:
            continue
        quoted, name = found.group(1) == '"', pathlib.PurePosixPath(found.group(2))
        if not quoted:
            if room in FREESTANDING and str(name) not in FREESTANDING[room]:
                yield number, f"{room}/ is freestanding and may not include <{name}>"
        elif name.parts[0] not in rooms:
            yield number, f'"{name}" does not start with a room; write "room/.../file.h"'
        elif not allowed(rooms, room, name):
            yield number, f'{room}/ may not include "{name}"'
        elif room == "patch" and name.parts[0] == "patch" and is_writer(name) and \
                not is_writer(file):
            yield number, f'a reader may not include the make side\'s "{name}"'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=pathlib.Path, default=ROOT / "docs/ARCHITECTURE.md")
    parser.add_argument("source", nargs="?", type=pathlib.Path, default=ROOT / "src")
    options = parser.parse_args()
    rooms = read_table(options.table)
    files = sorted(f for f in options.source.rglob("*") if f.suffix in (".h", ".cc", ".c"))
    bad = 0
    for file in files:
        for number, sentence in check_file(rooms, options.source, file):
            print(f"{file}:{number}: {sentence}")
            bad += 1
    print(f"layers: {len(files)} files, {bad} forbidden includes")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
