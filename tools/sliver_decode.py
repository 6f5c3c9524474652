#!/usr/bin/env python3
"""Applies a sliver patch, slowly: sliver_decode.py OLD PATCH -o NEW.

Written from docs/formats/sliver.md, sliver-scanners.md and sliver-tiny.md alone, to find out whether they say
everything. Use `kerf apply` for anything else. Exit code: 0 done, 1 the patch is refused, 2 wrong
usage, 3 the patch needs a part of the format that is not written here."""
import argparse
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sliver_decoder.decode import decode
from sliver_decoder.errors import NotWritten, Refused


def write(path, data):
    """All or nothing."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("patch", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if options.output.exists():
        parser.error(f"{options.output} is there already")
    try:
        write(options.output, decode(options.old.read_bytes(), options.patch.read_bytes()))
    except (Refused, OSError) as fault:
        print(f"{options.patch}: {fault}", file=sys.stderr)
        return 1
    except NotWritten as fault:
        print(f"{options.patch}: {fault}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
