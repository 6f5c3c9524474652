"""Chapter 3 of sliver.md, and the trailer (chapter 5 of bsdiff.md), which is only checked."""
import hashlib

from .errors import NotWritten, Refused

PARAMETERS = [("flag_bits", 6, 24), ("byte_bits", 6, 24), ("learned_bits", 4, 24),
              ("index_bits", 0, 24), ("old_index_bits", 0, 24), ("mixer_rate", 1, 255),
              ("scan_slots", 1, 16), ("chunk_bits", 10, 20), ("before", 1, 64), ("after", 1, 16),
              ("image_kind", 0, 2)]
BIG = (1 << 31) - 1
MARK = b"KERFSLV1"


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if size > len(self.data) - self.at:
            raise Refused(f"the patch ends inside a field at byte {self.at}")
        self.at += size
        return self.data[self.at - size:self.at]

    def byte(self, name, low, high):
        at, value = self.at, self.take(1)[0]
        if not low <= value <= high:
            raise Refused(f"{name} at byte {at} is {value}, not {low} to {high}")
        return value

    def number(self, name, high):
        at, value, shift = self.at, 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
            if shift >= 70:
                raise Refused(f"{name} at byte {at} has more than 64 bits")
        if shift > 7 and byte == 0:
            raise Refused(f"{name} at byte {at} ends in a superfluous zero")
        if value > high:
            raise Refused(f"{name} at byte {at} is {value}, above {high}")
        return value


class Header:
    """The fields by their names, the map and the windows as bytes, [begin, end) of each window."""


def without_trailer(patch, old_size, old_sha, new_size, new_sha):
    """The end of the body; the trailer must agree with the header. A signature is not verified."""
    if patch[-8:] != b"1LRTFREK":
        return len(patch)
    size = int.from_bytes(patch[-12:-8], "little")
    if size not in (156, 228) or size > len(patch):
        raise Refused("the trailer has an unknown length")
    trailer = patch[-size:]
    body = patch[:-size]
    signed = int.from_bytes(trailer[12:16], "little")
    number = lambda at: int.from_bytes(trailer[at:at + 8], "little")
    if (trailer[:8] != b"KERFTRL1" or int.from_bytes(trailer[8:12], "little") != size
            or signed != (size == 228)
            or trailer[-20:-12] != hashlib.sha256(trailer[:-20]).digest()[:8]):
        raise Refused("the trailer is damaged")
    if number(16) != len(body) or trailer[24:56] != hashlib.sha256(body).digest():
        raise Refused("the trailer belongs to another patch")
    if (number(56), trailer[64:96], number(96), trailer[104:136]) != (
            old_size, old_sha, new_size, new_sha):
        raise Refused("trailer and header disagree about old or new")
    return len(body)


def read_header(patch):
    cursor = Cursor(patch)
    if cursor.take(8) != MARK:
        raise Refused("no sliver patch: the mark KERFSLV1 is missing at byte 0")
    h = Header()
    h.profile = cursor.byte("profile", 0, 255)
    if h.profile == 4:
        raise NotWritten("profile fast is not written in this decoder")
    h.old_size = cursor.number("old size", BIG)
    h.new_size = cursor.number("new size", BIG)
    h.old_sha, h.new_sha = cursor.take(32), cursor.take(32)
    for name, low, high in PARAMETERS:
        setattr(h, name, cursor.byte(name, low, high))
    h.covers = cursor.number("covers", h.new_size)
    map_size = cursor.number("length of the map", BIG)
    windows = cursor.number("windows", 1 + h.new_size // 65536)
    if windows == 0 and h.new_size:
        raise Refused("no windows, but new is not empty")
    sizes = [cursor.number("length of a window", BIG) for _ in range(windows)]
    checksum = hashlib.sha256(patch[:cursor.at]).digest()[:4]
    if cursor.take(4) != checksum:
        raise Refused("the header's checksum is wrong")
    h.map = cursor.take(map_size)
    h.windows = [cursor.take(size) for size in sizes]
    if cursor.at != without_trailer(patch, h.old_size, h.old_sha, h.new_size, h.new_sha):
        raise Refused(f"something follows the windows at byte {cursor.at}")
    step = -(-h.new_size // windows) if windows else 0
    h.bounds = [(min(h.new_size, i * step), min(h.new_size, (i + 1) * step)) for i in range(windows)]
    return h
