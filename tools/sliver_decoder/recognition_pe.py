"""PE images (chapter 6 of sliver-scanners.md)."""
from .image import Image, Region, Segment
from .scanner_numbers import NUMBERS

WIDE = {0x8664: (1, "x86"), 0xAA64: (3, "aarch64"), 0x5064: (6, "riscv")}
NARROW = {0x14C: (2, "x86"), 0x1C2: (4, "thumb"), 0x1C4: (4, "thumb")}


def recognise(old):
    """The image, or None."""
    def number(at, size):
        return int.from_bytes(old[at:at + size], "little")
    head = number(60, 4)
    if (old[:2] != b"MZ" or old[56:60] in (b"ARM\x64", b"RSC\x05")
            or old[head:head + 4] != b"PE\0\0" or head + 88 > len(old)):
        return None
    optional, wide = head + 24, number(head + 24, 2) == 0x20B
    machine, code = (WIDE if wide else NARROW).get(number(head + 4, 2), (0, None))
    if code is None:
        return None
    base = number(optional + 24, 8) if wide else number(optional + 28, 4)
    headers = min(number(optional + 60, 4), len(old))
    segments = [Segment(base, headers, 0, headers, 0)]
    regions = [Region(0, headers, base, NUMBERS["anchor"], 1, 0, 0)]
    table = optional + number(head + 20, 2)
    for i in range(min(24, number(head + 6, 2))):
        at = table + 40 * i
        if at + 40 > len(old):
            return None
        memory, address, size, offset = (number(at + place, 4) for place in (8, 12, 16, 20))
        flags, name = number(at + 36, 4), old[at:at + 8].rstrip(b"\0")
        if offset >= len(old):
            continue
        size, is_code = min(size, len(old) - offset), flags >> 29 & 1
        memory = max(memory, size)
        segments.append(Segment(base + address, memory, offset, size, is_code))
        scanner, aux = (code if is_code else "pointers" if flags >> 31 else "tables"), 0
        if name == b".pdata":
            scanner, aux = "offsets", base
        if size == 0 or any(offset < r.offset + r.size and r.offset < offset + size for r in regions):
            continue
        regions.append(Region(offset, size, base + address, NUMBERS[scanner], 1, aux, 0))
    if len(regions) == 1:
        return None
    regions = sorted((r for r in regions if r.size), key=lambda r: r.offset)
    return Image(machine, 8 if wide else 4, segments[:24], regions)
