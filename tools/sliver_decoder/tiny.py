"""Chapters 1, 3 and 4 of sliver-tiny.md: header, operations, covers."""
import hashlib
import zlib

from .errors import Refused
from .header import MARK, Cursor
from .image import Fields, Image, Region, Segment
from .models import MASK32
from .tiny_parts import MASK64, Coder, Guesser, group_of, step_of
from . import kinds

PROFILE = 5


class Reader(Cursor):
    def number(self, name, high=MASK64):
        value = 0
        for _ in range(10):
            byte = self.take(1)[0]
            value = value << 7 | byte & 127
            if byte < 128:
                break
        else:
            raise Refused(f"{name} before byte {self.at} has more than ten bytes")
        if value > high:
            raise Refused(f"{name} before byte {self.at} is {value}, above {high}")
        return value

    def change(self, name):
        n = self.number(name)
        return -(n + 1 >> 1) if n & 1 else n >> 1

    def word(self):
        return int.from_bytes(self.take(4), "little")


class Header:
    def __init__(self, old, patch):
        c = Reader(patch)
        if c.take(8) != MARK or c.byte("profile", 0, 255) != PROFILE:
            raise Refused("no sliver patch of profile tiny")
        c.byte("version", 1, 1)
        length = int.from_bytes(c.take(2), "little")
        c.number("memory")
        self.window_bits = c.byte("size of a window", 12, 31)
        self.reads_new = c.byte("matches with new", 0, 1)
        old_size, self.new_size = (c.number(n, (1 << 31) - 1) for n in ("old size", "new size"))
        old_sha, self.new_sha = c.take(32), c.take(32)
        if (len(old), hashlib.sha256(old).digest()) != (old_size, old_sha):
            raise Refused("the patch was made for another old file")
        machine, pointer = c.byte("machine", 0, 7), c.byte("pointer size", 4, 8)
        old_segments, regions, new_segments, breaks = (
            c.byte(n, 0, most) for n, most in (("old segments", 6), ("regions", 6), ("new segments", 6),
                                               ("breaks", 40)))
        segments = []
        for _ in range(old_segments):
            address, offset, size = (c.number(n) for n in ("address", "offset", "size"))
            memory = (size >> 1) + c.number("memory")
            segments.append(Segment(address, memory, offset, size >> 1, size & 1))
        found, end = [], 0
        for _ in range(regions):
            scanner, version = c.take(1)[0], c.take(1)[0]
            offset = end + c.number("offset")
            size, address = c.number("size"), c.number("address")
            end = offset + size
            found.append(Region(offset, size, address, scanner, version, 0, 0))
        self.image = Image(machine, pointer, segments, found)
        self.image.check(len(old))
        moved = []
        for i in range(new_segments):
            s = segments[i] if i < len(segments) else Segment(0, 0, 0, 0, 0)
            address = s.address + c.change("address") & MASK64
            offset, size = (value + c.change("change") & MASK32 for value in (s.offset, s.size))
            if offset + size > self.new_size:
                raise Refused(f"segment {i} of the new image leaves the new file")
            moved.append(Segment(address, size, offset, size, 0))
        self.new_image = Image(machine, pointer, moved, [])
        self.breaks, place, shift = [], 0, 0
        for _ in range(breaks):
            place, shift = place + c.number("break"), shift + c.change("shift") & MASK32
            self.breaks.append((place, shift))
        if c.word() != zlib.crc32(patch[:c.at - 4]) or c.at != length or length > 640:
            raise Refused("the header's checksum or length is wrong")
        self.rest = c


class TinyWindow:
    def __init__(self, header, fields, old, new, end, section):
        self.fields, self.old, self.new, self.end = fields, old, new, end
        self.reads_new, self.coder = header.reads_new, Coder(section)
        self.guesser = Guesser(old, header.image, header.new_image, header.breaks)
        self.old_next = self.old_shift = self.history = self.last = 0
        self.diagonals, self.new_distance = [0] * 4, 1

    def decode(self):  # 3
        context, coder = 0, self.coder
        while len(self.new) < self.end:
            if not coder.flag("is_match", context):
                self.new.append(coder.byte(("literal", self.last >> 4), "literal_low"))
                context = min(5, max(2, context + 1))
            elif coder.flag("is_cover", context):
                self.cover()
                context = 0
            else:
                self.match(context)
                context = 1
            self.last = self.new[-1]
        coder.finish()

    def distance(self, sign, name):
        backward = self.coder.flag("backward", sign)
        d = self.coder.coarse(name)
        return (self.old_next - d - 1 if backward else self.old_next + d) & MASK32

    def use(self, diagonal):
        kept = list(self.diagonals)
        kept.remove(diagonal) if diagonal in kept[:3] else kept.pop()
        self.diagonals = [diagonal] + kept

    def reach(self, start, length, size):
        if length > self.end - len(self.new) or start + length > size:
            raise Refused(f"an operation at {len(self.new)} leaves a file or its window")

    def match(self, context):
        coder, to = self.coder, len(self.new)
        from_old = coder.flag("from_old", min(context, 3))
        if from_old:
            if coder.flag("match_repeats", 0):
                start = to + self.old_shift & MASK32
            else:
                start = self.distance(1, "old_distance")
            self.old_shift = start - to & MASK32
        else:
            if not coder.flag("match_repeats", 1):
                self.new_distance = 1 + coder.coarse("new_distance")
            start = to - self.new_distance
            if start < 0 or not self.reads_new:
                raise Refused(f"a match at {to} with what is not there")
        length = 2 + coder.fine("match_length", from_old)
        self.reach(start, length, len(self.old) if from_old else MASK64)
        for i in range(length):
            self.new.append(self.old[start + i] if from_old else self.new[start + i])
        if from_old and length >= 32:
            self.old_next = start + length
            self.use(start - to & MASK32)

    def cover(self):
        coder, to, repeated = self.coder, len(self.new), 1
        if coder.flag("cover_repeats", 0):
            diagonal = self.diagonals[0]
        elif coder.flag("cover_repeats", 1):
            rank = 1
            while rank < 3 and coder.flag("cover_ranks", rank - 1):
                rank += 1
            diagonal = self.diagonals[rank]
        else:
            repeated = 0
            diagonal = self.distance(0, "cover_distance") - to & MASK32
        self.use(diagonal)
        start, length = to + diagonal & MASK32, 1 + coder.fine("cover_length", repeated)
        self.reach(start, length, len(self.old))
        stop = start + length
        while start < stop:
            start += self.unit(start, stop - start)
        self.old_next = stop

    def unit(self, p, left):  # 4
        chunk_end = (p >> 8) + 1 << 8
        field = self.fields.next(p, chunk_end)
        if field is not None and field.position == p:
            if field.width <= left:
                self.field(field)
                return field.width
            field = self.fields.next(p + 1, chunk_end)
        size = min(16, left, chunk_end - p, left if field is None else field.position - p)
        self.group(p, size)
        return size

    def group(self, p, size):
        coder, wrong = self.coder, 0
        if coder.flag("group_equal", (self.history & 7) + (8 if size >= 8 else 0)):
            self.new += self.old[p:p + size]
        else:
            for i in range(size):
                byte = self.old[p + i]
                if (i == size - 1 and wrong == 0) or not coder.flag(
                        "byte_equal", (i & 3) + 4 * min(wrong, 2) + 16 * (self.history & 1)):
                    byte = byte + coder.byte(("error_high", 0), "error_low") & 255
                    wrong += 1
                self.new.append(byte)
        self.history = (2 * self.history + (1 if wrong else 0)) & 255

    def field(self, field):
        coder, kind = self.coder, field.kind
        g, group = self.guesser.guess(field, len(self.new)), group_of(kind)
        made = g.first_bytes
        if not coder.flag("first_right", group, g.context):
            if g.second is not None and coder.flag("second_right", group, g.second_score >> 6):
                made = g.second_bytes
            elif coder.flag("numeric", group):
                backward = coder.flag("backward", 2)
                error = (coder.coarse("field_error") + 1) * step_of(kind)
                target = g.first + (-error if backward else error) & self.guesser.image.mask
                made = kinds.place(kind, g.old, target, g.base)
            else:
                made = self.field_bytes(g)
        self.new += made
        self.history = (2 * self.history + (1 if made != g.first_bytes else 0)) & 255
        self.guesser.learn(g, made)

    def field_bytes(self, g):
        made, wrong = bytearray(), 0
        for i, byte in enumerate(g.first_bytes):
            if not self.coder.flag("field_byte", (i & 3) + 4 * wrong):
                byte = byte + self.coder.byte(("error_high", 1), "error_low") & 255
                wrong = 1
            made.append(byte)
        return bytes(made)


def decode(old, patch):
    header, new = Header(old, patch), bytearray()
    rest = header.rest
    fields = Fields(old, header.image, 8, 320, 64, 48)
    while len(new) < header.new_size:
        begin, end = len(new), min(header.new_size, len(new) + (1 << header.window_bits))
        size, crc = rest.word(), rest.word()
        TinyWindow(header, fields, old, new, end, rest.take(size)).decode()
        if zlib.crc32(new[begin:]) != crc:
            raise Refused(f"the new bytes from {begin} to {end} are not what the patch promises")
    if rest.at != len(patch):
        raise Refused(f"something follows the windows at byte {rest.at}")
    if hashlib.sha256(new).digest() != header.new_sha:
        raise Refused("what came out is not the new file that the patch promises")
    return bytes(new)
