"""Chapter 9 of sliver.md: new bytes that no cover holds."""
from .models import hash32


def spread(v, k):
    return ((v * 0x9E3779B97F4A7C15) & ((1 << 64) - 1)) >> (64 - k)


def string(data, x, n):
    return int.from_bytes(data[x - n:x], "big")


class OldIndex:
    def __init__(self, old, bits):
        self.bits, self.behind, self.next2, self.next3 = bits, {}, {}, {}
        if bits == 0:
            return
        for y in range(8, len(old)):
            self.behind[spread(string(old, y, 4), bits)] = y
            self.next2[string(old, y, 2)] = old[y]
            self.next3[spread(string(old, y, 3), bits)] = old[y]


class Literals:
    def __init__(self, job, begin, model):
        self.old, self.index, self.index_bits = job.old, job.old_index, job.header.index_bits
        self.begin, self.model = begin, model
        self.new = bytearray()
        self.behind = {}
        self.follows = None  # the old position of w, None: there was no cover

    def behind_cover(self, position):
        self.follows = position

    def equal(self, data, z, x):
        n = 0
        while n < min(32, z, x) and data[z - 1 - n] == self.new[x - 1 - n]:
            n += 1
        return n

    def find(self, x):
        candidates = []
        last = string(self.new, x, 4)
        if self.index_bits:
            candidates.append((self.new, self.behind.get(spread(last, self.index_bits), 0)))
        if self.index.bits:
            candidates.append((self.old, self.index.behind.get(spread(last, self.index.bits), 0)))
        best, match = 0, None
        for data, z in candidates:
            if z:
                length = self.equal(data, z, x)
                if length >= 4 and length > best:
                    best, match = length, (data, z)
        return best, match

    def run(self, decoder, count):
        length, match = 0, None
        new, old = self.new, self.old
        for _ in range(count):
            x = len(new)
            if x >= 8 and match is None:
                length, match = self.find(x)
            if match is not None and match[1] >= len(match[0]):
                length, match = 0, None
            e = -1 if match is None else match[0][match[1]]
            byte = self.byte(decoder, x, length, e)
            new.append(byte)
            if match is not None and byte == e:
                length, match = min(32, length + 1), (match[0], match[1] + 1)
            else:
                length, match = 0, None
            if self.index_bits and x >= 7:
                self.behind[spread(string(new, x + 1, 4), self.index_bits)] = x + 1
            if self.follows is not None:
                self.follows += 1

    def byte(self, decoder, x, length, e):
        new, index = self.new, self.index
        last = int.from_bytes(new[max(0, x - 4):], "big")
        f2 = f3 = 0
        if x >= 3 and index.bits:
            f2 = index.next2.get(string(new, x, 2), 0)
            f3 = index.next3.get(spread(string(new, x, 3), index.bits), 0)
        lane = (self.begin + x) % 4
        w = 256
        if self.follows is not None and self.follows < len(self.old):
            w = self.old[self.follows]
        t = min(length, 15)
        contexts = [
            hash32(1, last & 255),
            hash32(2, last & 0xFFFF),
            hash32(3, w | lane << 12),
            hash32(4, f2 | f3 << 8),
            hash32(5, e + 1 | t << 9),
            hash32(6, lane | last >> 24 << 8 | (last >> 8 & 255) << 16)]
        b = 4 * t + (2 if f2 == f3 else 0) + (1 if e >= 0 and e == f3 else 0)
        if e < 0:
            return self.model.code(decoder, contexts, 0, b)
        return self.model.code(decoder, contexts, 0, b, e, length)
