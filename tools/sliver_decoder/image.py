"""Chapters 1 and 2 of sliver-scanners.md: images, and the fields of a chunk."""
from collections import namedtuple

from . import kinds
from .errors import NotWritten, Refused
from .scanners import SCANNERS

Segment = namedtuple("Segment", "address memory offset size executable")
Region = namedtuple("Region", "offset size address scanner version aux aux_region")
NAMES = dict(enumerate(
    "x86 aarch64 a32 thumb xtensa riscv pointers rela rel relr dynsym eh_frame eh_frame_hdr exidx tables "
    "relative offsets btf go_functab go_functions go_data anchor xtensa_be buckets".split(), 1))
NUMBERS = {name: number for number, name in NAMES.items()}
ANCHOR_SCANNERS = {13, 17, 19, 21, 22}  # those of chapter 5.3 of sliver.md
MASK64 = (1 << 64) - 1


class Image:
    def __init__(self, machine, pointer, segments, regions):
        self.machine, self.pointer = machine, pointer
        self.segments, self.regions = segments, regions
        self.mask = 0xFFFFFFFF if pointer == 4 else MASK64
        self.plain = bool(segments) and all(s.address >= 0x10000 for s in segments)

    def address_of(self, offset):
        for s in self.segments:
            if 0 <= offset - s.offset < s.size:
                return (s.address + offset - s.offset) & MASK64
        return None

    def offset_of(self, address):
        for s in self.segments:
            if 0 <= address - s.address < s.size:
                return s.offset + address - s.address
        return None

    def contains(self, address):
        return any(0 <= address - s.address <= s.memory for s in self.segments)

    def executes(self, address):
        return any(s.executable and 0 <= address - s.address < s.size for s in self.segments)

    def check(self, size):
        """Refuses an image that is not valid for a file of this size."""
        if self.pointer not in (4, 8) or self.machine > 7:
            raise Refused(f"the image has machine {self.machine}, pointers of {self.pointer} bytes")
        if any(s.size > s.memory or s.executable > 1 for s in self.segments):
            raise Refused("a segment of the image has more bytes in the file than in memory")
        end = 0
        for number, r in enumerate(self.regions):
            if r.offset < end or r.offset + r.size > size or r.aux_region >= len(self.regions):
                raise Refused(f"region {number} of the image overlaps another or leaves the file: {r}")
            if r.scanner not in NAMES or r.version != 1:
                raise Refused(f"region {number}: no version {r.version} of scanner {r.scanner}")
            end = r.offset + r.size


Field = namedtuple("Field", "position kind width target base anchor region")


class View:
    """What a scanner sees: the window cut to its region [begin, end), and the chunk cut to it
    [start, to). Words are None where they are not there whole."""

    def __init__(self, old, image, region, number, begin, end, start, to):
        self.old, self.image, self.region, self.number = old, image, region, number
        self.begin, self.end, self.start, self.to = begin, end, start, to

    def word(self, position, size, order="little"):
        if position < self.begin or position + size > self.end:
            return None
        return int.from_bytes(self.old[position:position + size], order)

    def address(self, position):
        return (self.region.address + position - self.region.offset) & MASK64

    def first(self, lead, step):
        """`Start(lead, step)`."""
        position = max(self.begin, self.start - lead)
        return position + -self.address(position) % step

    def first_in_region(self, step):
        """`First(step)`."""
        return self.begin + (self.region.offset - self.begin) % step

    def records(self, size):
        """`Records(size)`."""
        first = self.start - (self.start - self.region.offset) % size
        return range(first, self.to, size)

    def inside(self, target):
        return self.image.contains(target & self.image.mask)

    def to_code(self, target):
        return self.image.executes(target & self.image.mask)

    def field(self, position, name, target, base, anchor, region=0):
        kind, mask = kinds.NUMBER[name], self.image.mask
        return Field(position, kind, kinds.width(kind), target & mask, base & mask, anchor, region)

    def relative(self, position, name, target, base):
        return self.field(position, name, target, base, "self")

    def absolute(self, position, name, target):
        return self.field(position, name, target, 0, "none")


class Fields:
    """The fields of the old file, by chunks, scanned when they are asked for."""

    def __init__(self, old, image, chunk_bits, before, after, capacity):
        self.old, self.image, self.bits, self.capacity = old, image, chunk_bits, capacity
        self.before, self.after, self.chunks = before, after, {}

    def scan(self, number):
        begin = number << self.bits
        end = min(len(self.old), (number + 1) << self.bits)
        fields, last = [], begin
        for index, region in enumerate(self.image.regions):
            start, to = max(begin, region.offset), min(end, region.offset + region.size)
            if start >= to:
                continue
            if region.scanner not in SCANNERS:
                raise NotWritten(f"scanner {NAMES[region.scanner]} is not written in this decoder")
            view = View(self.old, self.image, region, index,
                        max(begin - self.before, 0, region.offset),
                        min(end + self.after, len(self.old), region.offset + region.size), start, to)
            for field in SCANNERS[region.scanner](view):
                stop = field.position + field.width
                if start <= field.position >= last and stop <= to:
                    if len(fields) == self.capacity:
                        break
                    fields.append(field)
                    last = stop
        return fields

    def next(self, at, end):
        """The first field from `at` on that starts before `end`, or None."""
        while at < end:
            number = at >> self.bits
            if number not in self.chunks:
                self.chunks[number] = self.scan(number)
            for field in self.chunks[number]:
                if field.position >= at:
                    return field if field.position < end else None
            at = (number + 1) << self.bits
        return None
