#!/usr/bin/env python3
"""Makes the VCDIFF files of this folder: good/NAME.vcdiff with NAME.target, bad/NAME.vcdiff. The
old file of all of them is the 64 bytes 0 to 63."""
import lzma
import pathlib
import shutil
import zlib

HERE = pathlib.Path(__file__).resolve().parent
OLD = bytes(range(64))


def number(value):
    digits = [value & 127]
    while value := value >> 7:
        digits.append(value & 127 | 128)
    return bytes(reversed(digits))


def window(target_length, data=b"", codes=b"", addresses=b"", segment=None, indicator=None,
           delta=0, checksum=b"", encoding_extra=0, target_field=None):
    if indicator is None:
        indicator = 0 if segment is None else 1
    body = (target_field or number(target_length)) + bytes([delta])
    body += number(len(data)) + number(len(codes)) + number(len(addresses)) + checksum
    body += data + codes + addresses
    place = b"" if segment is None else number(segment[0]) + number(segment[1])
    return bytes([indicator]) + place + number(len(body) + encoding_extra) + body


def file(*windows, version=0, indicator=0, more=b""):
    return b"\xd6\xc3\xc4" + bytes([version, indicator]) + more + b"".join(windows)


def packed(plain):
    return number(len(plain)) + lzma.compress(plain, lzma.FORMAT_XZ, lzma.CHECK_NONE, preset=0)


def adler(data):
    return zlib.adler32(data).to_bytes(4, "big")


ALL = (64, 0)
ADD2_COPY10 = dict(data=b"xy", codes=b"\x03\x1a", addresses=b"\x05", segment=ALL)
TARGET = b"xy" + OLD[5:15]
GOOD = {
    "nothing": (file(), b""),
    "empty-window": (file(window(0)), b""),
    "add-copy": (file(window(12, **ADD2_COPY10)), TARGET),
    "two-windows": (file(window(12, **ADD2_COPY10), window(3, data=b"abc", codes=b"\x04")),
                    TARGET + b"abc"),
    "pair": (file(window(6, data=b"xy", codes=bytes([163 + 3]), addresses=b"\x07", segment=ALL)),
             b"xy" + OLD[7:11]),
    "copy-add-pair": (file(window(5, data=b"x", codes=b"\xf7", addresses=b"\x07", segment=ALL)),
                      OLD[7:11] + b"x"),
    "run": (file(window(300, data=b"r", codes=b"\x00\x82\x2c")), b"r" * 300),
    "overlap": (file(window(22, data=b"ab", codes=b"\x03\x13\x14", addresses=b"\x00")),
                b"ab" * 11),
    # SELF 8, then HERE 4 back, NEAR slot 0 plus 3, SAME slot of address 8.
    "modes": (file(window(16, codes=bytes([20, 20 + 16, 20 + 32, 20 + 96]),
                          addresses=b"\x08\x04\x03\x08", segment=ALL)),
              OLD[8:12] + OLD[8:12] + OLD[11:15] + OLD[8:12]),
    "narrow-segment": (file(window(4, codes=b"\x14", addresses=b"\x01", segment=(10, 30))),
                       OLD[31:35]),
    "adler": (file(window(12, checksum=adler(TARGET), indicator=5, **ADD2_COPY10)), TARGET),
    "app-header": (file(window(12, **ADD2_COPY10), indicator=4, more=number(5) + b"hello"), TARGET),
    "from-target": (file(window(12, **ADD2_COPY10),
                         window(6, codes=b"\x16", addresses=b"\x01", segment=(8, 2), indicator=2)),
                    TARGET + TARGET[3:9]),
    "padded-number": (file(window(12, target_field=b"\x80\x0c", **ADD2_COPY10)), TARGET),
    "packed-data": (file(window(18, data=packed(b"fourteen letters!!"), codes=b"\x01\x12", delta=1),
                         indicator=1, more=b"\x02"), b"fourteen letters!!"),
    "sdch": (file(window(12, data=b"xy", codes=b"\x03\x1a", addresses=b"\x05", segment=ALL,
                         indicator=5, checksum=number(zlib.adler32(TARGET, 0))), version=0x53),
             TARGET),
    "interleaved": (file(window(12, codes=b"\x03xy\x1a\x05", segment=ALL), version=0x53), TARGET),
}
BAD = {
    "version": file(window(12, **ADD2_COPY10), version=1),
    "header-bits": file(window(12, **ADD2_COPY10), indicator=8),
    "code-table": file(window(12, **ADD2_COPY10), indicator=2, more=b"\x00"),
    "secondary-unknown": file(window(12, **ADD2_COPY10), indicator=1, more=b"\x07"),
    "secondary-djw": file(window(12, delta=1, **ADD2_COPY10), indicator=1, more=b"\x01"),
    "app-header-length": file(indicator=4, more=number(1 << 30) + b"x"),
    "both-segments": file(window(12, indicator=3, **ADD2_COPY10)),
    "segment-outside": file(window(12, data=b"xy", codes=b"\x03\x1a", addresses=b"\x05",
                                   segment=(64, 1))),
    "segment-wraps": file(window(12, data=b"xy", codes=b"\x03\x1a", addresses=b"\x05",
                                 segment=(64, (1 << 64) - 10))),
    "target-not-yet": file(window(4, codes=b"\x14", addresses=b"\x00", segment=(4, 0),
                                  indicator=2)),
    "encoding-long": file(window(12, encoding_extra=1, **ADD2_COPY10), b"\x00"),
    "encoding-short": file(window(12, encoding_extra=-1, **ADD2_COPY10)),
    "window-too-large": file(window((64 << 20) + 1, data=b"x",
                                    codes=b"\x00" + number((64 << 20) + 1))),
    "delta-without-secondary": file(window(12, delta=1, **ADD2_COPY10)),
    "number-too-long": file(window(12, target_field=b"\x80" * 10 + b"\x0c", **ADD2_COPY10)),
    "number-over-64-bits": file(window(12, target_field=b"\x83" + b"\xff" * 8 + b"\x7f",
                                       **ADD2_COPY10)),
    "address-at-here": file(window(12, data=b"xy", codes=b"\x03\x1a", addresses=b"\x42",
                                   segment=ALL)),
    "address-wraps": file(window(8, codes=b"\x14\x34",
                                 addresses=b"\x05" + number((1 << 64) - 3), segment=ALL)),
    "here-zero": file(window(4, codes=b"\x24", addresses=b"\x00", segment=ALL)),
    "over-the-border": file(window(10, codes=b"\x1a", addresses=b"\x3c", segment=ALL)),
    "past-the-window": file(window(4, codes=b"\x15", addresses=b"\x00", segment=ALL)),
    "short": file(window(13, **ADD2_COPY10)),
    "data-missing": file(window(3, data=b"xy", codes=b"\x04")),
    "data-left": file(window(1, data=b"xy", codes=b"\x02")),
    "addresses-left": file(window(1, data=b"x", codes=b"\x02", addresses=b"\x00")),
    "adler-wrong": file(window(12, checksum=b"\0\0\0\0", indicator=5, **ADD2_COPY10)),
    "trailing": file(window(12, **ADD2_COPY10)) + b"\x00",
    "empty-adds": file(window(1, data=b"x", codes=b"\x01\x00" * 6000 + b"\x02")),
    "packed-garbage": file(window(18, data=number(18) + b"\xfd7zXZ\0garbage!", codes=b"\x01\x12",
                                  delta=1), indicator=1, more=b"\x02"),
    "packed-says-more": file(window(18, data=number(1 << 31) + packed(b"x")[1:],
                                    codes=b"\x01\x12", delta=1), indicator=1, more=b"\x02"),
    "packed-holds-more": file(window(17, data=number(17) + packed(b"fourteen letters!!")[1:],
                                     codes=b"\x12", delta=1), indicator=1, more=b"\x02"),
}


def main():
    for name in ("good", "bad"):
        shutil.rmtree(HERE / name, ignore_errors=True)
        (HERE / name).mkdir()
    for name, (patch, target) in GOOD.items():
        (HERE / f"good/{name}.vcdiff").write_bytes(patch)
        (HERE / f"good/{name}.target").write_bytes(target)
    for name, patch in BAD.items():
        (HERE / f"bad/{name}.vcdiff").write_bytes(patch)


if __name__ == "__main__":
    main()
