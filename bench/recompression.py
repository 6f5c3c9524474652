#!/usr/bin/env python3
"""Which compressed streams of a corpus can be made again, bit for bit:
recompression.py --streams build/tests/kerf_streams --corpus FOLDER [--only REGEX]

Looks into the files CATEGORY/PAIR/{old,new}: ZIP entries, gzip files, cpio and ar members, gzip
files inside the tar files of .deb packages, xz streams inside kernel images. Writes
bench/results/recompression.tsv: one row a producer (see the README beside this file), and prints
the times, which are not recorded.
"""
import argparse
import collections
import io
import lzma
import pathlib
import re
import statistics
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
XZ_MAGIC = b"\xfd7zXZ\0"


def zip_streams(path, data):
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.compress_type == zipfile.ZIP_DEFLATED:
                at = entry.header_offset
                name, extra = struct.unpack_from("<HH", data, at + 26)
                yield "deflate", at + 30 + name + extra, entry.compress_size


def ar_members(data):
    at = 8
    while at + 60 <= len(data):
        name = data[at:at + 16].decode("latin-1").strip().rstrip("/")
        size = int(data[at + 48:at + 58])
        yield name, at + 60, size
        at += 60 + size + size % 2


def cpio_members(data):
    at = 0
    while data[at:at + 6] in (b"070701", b"070702"):
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        name = data[at + 110:at + 109 + fields[11]].decode("latin-1")
        start = (at + 110 + fields[11] + 3) // 4 * 4
        if name == "TRAILER!!!":
            return
        yield name, start, fields[6]
        at = (start + fields[6] + 3) // 4 * 4


def xz_streams_inside(data):
    """Offsets of xz streams in an image: the magic also stands in decoders, so the checksum of the
    header decides."""
    for match in re.finditer(re.escape(XZ_MAGIC), data):
        at = match.start()
        head = data[at + 6:at + 8]
        if len(data) >= at + 12 and zlib.crc32(head) == struct.unpack_from("<I", data, at + 8)[0]:
            yield at


def gzip_files_in_tar(tar_bytes):
    with tarfile.open(fileobj=io.BytesIO(tar_bytes)) as archive:
        for member in archive:
            if member.isfile() and tar_bytes[member.offset_data:member.offset_data + 3] == b"\x1f\x8b\x08":
                yield member.offset_data, member.size


def streams(path, data, scratch):
    """(producer, codec, offset, length, path) of every stream that this script finds."""
    category = path.parent.parent.name
    if zipfile.is_zipfile(path):
        for codec, offset, length in zip_streams(path, data):
            yield f"{category}: zip entries", codec, offset, length, path
    elif data[:8] == b"!<arch>\n":
        for name, offset, length in ar_members(data):
            member = data[offset:offset + length]
            if member.startswith(XZ_MAGIC):
                yield f"{category}: {name} of .deb", "xz", offset, length, path
                content = lzma.decompress(member)
                if name.startswith("data.tar"):
                    nested = pathlib.Path(scratch) / f"{path.parent.name}-{path.name}.tar"
                    nested.write_bytes(content)
                    for at, size in gzip_files_in_tar(content):
                        yield f"{category}: .gz files inside .deb", "gzip", at, size, nested
    elif data[:6] in (b"070701", b"070702"):
        for name, offset, length in cpio_members(data):
            if data[offset:offset + 3] == b"\x1f\x8b\x08":
                yield f"{category}: .gz in SWU", "gzip", offset, length, path
    elif data[:3] == b"\x1f\x8b\x08":
        yield f"{category}: {path.parent.name.split('-')[0]} files", "gzip", 0, len(data), path
    elif category == "kernel":
        for offset in xz_streams_inside(data):
            yield "kernel: xz inside the image", "xz", offset, len(data) - offset, path


def measure(program, found):
    rows = []
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        last = None
        for producer, codec, offset, length, path in found:
            same = "-" if path == last else path
            last = path
            process.stdin.write(f"{codec} {offset} {length} {same}\n")
            process.stdin.flush()
            fields = process.stdout.readline().rstrip("\n").split("\t")
            rows.append((producer, fields))
        process.stdin.close()
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    parser.add_argument("--only", default=".")
    parser.add_argument("--results", type=pathlib.Path,
                        default=HERE / "results/recompression.tsv")
    args = parser.parse_args()

    by_producer = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(args.corpus.glob("*/*/*")):
            name = f"{path.parent.parent.name}/{path.parent.name}"
            if path.name not in ("old", "new") or not re.search(args.only, name):
                continue
            for producer, fields in measure(args.streams, streams(path, path.read_bytes(), scratch)):
                by_producer[producer].append(fields)
                if len(fields) < 9 or fields[3] != "exact":
                    print("not exact:", path, *fields)

    header = ("producer\tcodec\tstreams\texact\tpacked_bytes\texact_percent_of_bytes\tmedian_tried\t"
             "work_per_plain_byte\tparams_bytes\tencoders")
    # A run replaces the rows of the producers that it measured, and keeps the others.
    table = {}
    if args.results.exists():
        table = {line.split("\t")[0]: line for line in args.results.read_text().splitlines()[1:]}
    for producer, rows in sorted(by_producer.items()):
        good = [row for row in rows if len(row) >= 9 and row[3] == "exact"]
        packed = sum(int(row[1]) for row in rows)
        plain = sum(int(row[2]) for row in good)
        encoders = collections.Counter(row[9] for row in good)
        exact_bytes = sum(int(row[1]) for row in good)
        table[producer] = "\t".join([
            producer, rows[0][0], str(len(rows)), str(len(good)), str(packed),
            f"{100 * exact_bytes / max(packed, 1):.2f}",
            f"{statistics.median(int(row[5]) for row in good) if good else 0:g}",
            f"{sum(int(row[6]) for row in good) / max(plain, 1):.2f}",
            str(sum(int(row[4]) for row in good)),
            ", ".join(f"{name} ({count})" for name, count in encoders.most_common())])
        recover = sum(float(row[7]) for row in good)
        timed = [row for row in good if float(row[8]) > 0]
        encode = sum(float(row[8]) for row in timed)
        encoded = sum(int(row[2]) for row in timed)
        print(f"{producer}: {len(good)} of {len(rows)} exact; {plain / 1e6:.1f} MB plain, "
              f"recovery {1e3 * recover / max(plain, 1):.3f} s/MB, "
              f"encoding {encoded / max(encode, 0.001) / 1e3:.1f} MB/s", flush=True)
    args.results.write_text("\n".join([header, *(table[name] for name in sorted(table))]) + "\n")


if __name__ == "__main__":
    main()
