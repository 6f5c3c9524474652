"""Chapter 5 of sliver.md: covers, the image and the destination as the map tells them, the cover map."""
import bisect
import heapq
from collections import namedtuple

from .errors import Refused
from .image import ANCHOR_SCANNERS, Image, Region, Segment
from .models import MASK32, NumberModel, RangeDecoder, unfold

Cover = namedtuple("Cover", "start to length exact")  # start: `from` of the document
MASK64 = (1 << 64) - 1


class MapReader:
    def __init__(self, data):
        self.decoder, self.model = RangeDecoder(data), NumberModel()

    def number(self, context):
        return self.model.number(self.decoder, context)

    def small(self):
        return self.number(12) & 255

    def change(self, other):
        low, middle, high = (self.number(context) & 0xFFFFFF for context in (12, 13, 14))
        return (other + unfold((low | middle << 24 | high << 48) & MASK64)) & MASK64


def read_covers(reader, h):
    covers = []
    last, repeats = Cover(0, 0, 0, 0), 0
    for number in range(h.covers):
        exact = 1 if reader.number(0 + last.exact) else 0
        gap = reader.number(2 + last.exact + 2 * exact)
        move = unfold(reader.number(6 + (1 if gap == 0 else 0) + 2 * repeats))
        repeats = 1 if move == 0 else 0
        length = reader.number(10 + exact) + 1
        last = Cover(last.start + last.length + move, last.to + last.length + gap, length, exact)
        if (last.start < 0 or last.start + length > h.old_size or last.to + length > h.new_size):
            raise Refused(f"cover {number} leaves a file: {last}")
        covers.append(last)
    return covers


def read_segments(reader, old):
    count = reader.small()
    if count > 24:
        raise Refused(f"the map has {count} segments, at most 24 are allowed")
    segments = []
    for i in range(count):
        before = old[i] if i < len(old) else Segment(0, 0, 0, 0, 0)
        values = [reader.change(value) for value in before[:4]]
        segments.append(Segment(*values, reader.small()))
    return segments


def read_image(reader):
    machine, pointer = reader.small(), reader.small()
    segments = read_segments(reader, [])
    count = reader.small()
    if count > 64:
        raise Refused(f"the map has {count} regions, at most 64 are allowed")
    regions = []
    for _ in range(count):
        scanner, version, aux_region = (reader.small() for _ in range(3))
        offset, size, address, aux = (reader.change(0) for _ in range(4))
        regions.append(Region(offset & MASK32, size & MASK32, address, scanner, version, aux,
                              aux_region))
    return Image(machine, pointer, segments, regions)


def read_destination(reader, image):
    """The new file's segments and the new address of each region."""
    segments = read_segments(reader, image.segments)
    named = {region.aux_region for region in image.regions if region.aux}
    addresses = []
    for number, region in enumerate(image.regions):
        is_anchor = region.scanner in ANCHOR_SCANNERS or number in named
        addresses.append(reader.change(region.address) if is_anchor else 0)
    return Image(image.machine, image.pointer, segments, []), addresses


class CoverMap:  # 5.4
    def __init__(self, covers, old_size):
        starts = sorted((cover.start, -cover.length, number) for number, cover in enumerate(covers))
        ends = {cover.start + cover.length for cover in covers}
        places = sorted({start for start, _, _ in starts} | ends)
        self.intervals, held, next_start = [], [], 0
        for place, after in zip(places, places[1:] + [old_size]):
            while next_start < len(starts) and starts[next_start][0] <= place:
                heapq.heappush(held, starts[next_start][1:])
                next_start += 1
            while held and covers[held[0][1]].start + covers[held[0][1]].length <= place:
                heapq.heappop(held)
            if not held or after <= place:
                continue
            cover = covers[held[0][1]]
            shift = (cover.to - cover.start) & MASK32
            if self.intervals and self.intervals[-1][1:] == [place, shift]:
                self.intervals[-1][1] = after
            else:
                self.intervals.append([place, after, shift])
        self.begins = [begin for begin, _, _ in self.intervals]

    def move(self, x):
        """(the new position of an old one, whether it is inside), or None."""
        number = bisect.bisect_right(self.begins, x) - 1
        if number < 0:
            return None
        _, end, shift = self.intervals[number]
        return (x + shift) & MASK32, x < end
