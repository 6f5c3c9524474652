"""ESP images (chapter 6 of sliver-scanners.md)."""
from .image import NUMBERS, Image, Region, Segment

XTENSA, RISCV32 = 5, 7


def read_segments(old, start, header):
    """(segments of an image at a place, where they end), or None if they do not fit."""
    if len(old) < start + header or old[start] != 0xE9 or not 1 <= old[start + 1] <= 16:
        return None
    segments, at = [], start + header
    for _ in range(old[start + 1]):
        if at + 8 > len(old):
            return None
        address, size = (int.from_bytes(old[at + i:at + i + 4], "little") for i in (0, 4))
        if not 0x3C000000 <= address < 0x60000000 or at + 8 + size > len(old):
            return None
        segments.append(Segment(address, size, at + 8, size, executable(address)))
        at += 8 + size
    return segments, at


def executable(address):
    return 1 if address >> 28 == 4 else 0


def of_8266(old):
    found = read_segments(old, 0, 8)
    if found is None:
        return None
    segments, end = found
    second = read_segments(old, 0x1000, 8) if end <= 0x1000 else None
    flash = end + 0xFFF & ~0xFFF
    if second is not None:
        segments += second[0]
    elif len(old) > flash:
        address = 0x40200000 + flash
        segments.append(Segment(address, len(old) - flash, flash, len(old) - flash, 1))
    return segments


def recognise(old):
    found, chip = read_segments(old, 0, 24), int.from_bytes(old[12:14], "little")
    if found is not None:
        segments, machine = found[0], XTENSA if chip in (0, 2, 9) else RISCV32
        ram = (0x3FFA0000, 0x60000) if chip in (0, 2) else (0x3FC80000, 0x80000)
    else:
        segments, machine, ram = of_8266(old), XTENSA, (0x3FFE8000, 0x18000)
        if segments is None:
            return None
    code = NUMBERS["xtensa" if machine == XTENSA else "riscv"]
    regions = [Region(s.offset, s.size, s.address, code if s.executable else NUMBERS["pointers"], 1, 0, 0)
               for s in segments if s.size]
    return Image(machine, 4, segments + [Segment(*ram, 0, 0, 0)], regions)
