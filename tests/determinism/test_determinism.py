#!/usr/bin/env python3
"""Builds the reader of sliver patches with one compiler for one CPU and applies the golden patches:
test_determinism.py [--qemu NAME] COMPILER FLAGS...

Every profile must give the bytes that MANIFEST states, whatever the compiler, its optimisation, the
width of its words and their byte order. With --qemu the program runs under qemu-NAME (static, without
OpenSSL and zstd: then profile `fast` must say that it cannot, and is not counted).

Exit 77 with a reason if the compiler or qemu is not there."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent / "src"
GOLDEN = SOURCE / "patch/sliver/testdata"
FLAGS = ["-std=c++20", "-D_FILE_OFFSET_BITS=64", "-I", str(SOURCE), "-Wall", "-Werror"]
FILES = ["base/result.cc", "base/bytes.cc", "base/hash.cc", "io/source.cc", "io/sink.cc",
         "io/block_cache.cc", "io/copy.cc", "io/hash_source.cc",
         "io/large_buffer.cc", "patch/identity.cc", "patch/bsdiff/trailer.cc"]
ROOMS = ["model", "refs", "mcu", "mcu/cm", "patch/sliver"]


def sources():
    yield HERE / "decode.cc"
    for name in FILES:
        yield SOURCE / name
    for room in ROOMS:
        for file in sorted((SOURCE / room).glob("*.cc")):
            if not re.search(r"(^write.*|_test|_fuzz|^test_.*)$", file.stem):
                yield file


def build(compiler, flags, foreign, folder):
    launcher = [shutil.which("ccache")] if shutil.which("ccache") else []
    flags = FLAGS + flags + (["-I", str(HERE)] if foreign else [])
    files = list(sources()) + [HERE / "no_zstd.cc" if foreign else SOURCE / "codec/zstd/unpack.cc"]

    def compiled(file):
        made = folder / (str(file.relative_to(HERE.parent.parent)).replace("/", "-") + ".o")
        subprocess.run([*launcher, compiler, *flags, "-c", str(file), "-o", str(made)], check=True)
        return str(made)

    jobs = int(os.environ.get("KERF_JOBS", "2"))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        objects = list(pool.map(compiled, files))
    program = folder / "decode"
    subprocess.run([compiler, *flags, *objects, "-o", str(program),
                    *(["-static"] if foreign else ["-lcrypto", "-lzstd"]), "-pthread"], check=True)
    return program


def main():
    arguments = sys.argv[1:]
    qemu = None
    if arguments[0] == "--qemu":
        qemu = f"qemu-{arguments[1]}"
        arguments = arguments[2:]
    compiler, *flags = arguments
    for tool in [compiler] + ([qemu] if qemu else []):
        if not shutil.which(tool):
            print(f"SKIP: {tool} is not installed")
            return 77
    expected = {}
    for line in (GOLDEN / "MANIFEST").read_text().splitlines():
        name, verdict, *digest = line.split()
        if verdict == "ok":
            expected[name] = digest[0]
    with tempfile.TemporaryDirectory() as folder:
        program = build(compiler, flags, qemu is not None, pathlib.Path(folder))
        run = subprocess.run([*([qemu] if qemu else []), str(program), str(GOLDEN / "old.bin"),
                              *[str(GOLDEN / name) for name in expected]],
                             check=True, capture_output=True, text=True)
    bad = 0
    answers = run.stdout.splitlines()
    if len(answers) != len(expected):
        sys.exit(f"{len(expected)} patches, {len(answers)} answers")
    for (name, digest), answer in zip(expected.items(), answers):
        if qemu and "fast" in name:
            verdict = "built without zstd" in answer
        else:
            verdict = answer == digest
        bad += not verdict
        print(f"{name}: {'as it should be' if verdict else 'WRONG'}: {answer}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
