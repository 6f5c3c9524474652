"""Chapter 4 of sliver.md: range coder, counters, mixers, and the three kinds of models."""
MASK32 = 0xFFFFFFFF


class RangeDecoder:  # 4.1
    def __init__(self, data):
        self.data = data
        self.range = MASK32
        self.code = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
        self.next = 4

    def bit(self, p):
        bound = (self.range * p) >> 16
        if self.code < bound:
            self.range = bound
            bit = 1
        else:
            self.code -= bound
            self.range -= bound
            bit = 0
        while self.range < 1 << 24:
            byte = self.data[self.next] if self.next < len(self.data) else 0
            self.next += 1
            self.range <<= 8
            self.code = (self.code << 8 | byte) & MASK32
        return bit


def make_logistic():  # 4.2
    e, q = 1 << 32, []
    for _ in range(3072):
        q.append((1 << 63) // (((1 << 32) + e) >> 1))
        e = (e * 4278222818) >> 32
    up = [min(65535, (value + 32768) >> 16) for value in q]
    squash = [65536 - value for value in up[:0:-1]] + up
    high, x = [], 0
    for i in range(2048, 4096):
        while x < 2047 and q[x] < (2 * i + 1) << 19:
            x += 1
        high.append(x)
    return squash, [-value for value in high[::-1]] + high


SQUASH, STRETCH = make_logistic()  # SQUASH[x + 3071], STRETCH[p >> 4]
RATE = [655360 // (10 * n + 16) for n in range(1024)]  # 4.3
CONFIDENCE = [256 if n >= 12 else 2560 * n // (10 * n + 7) for n in range(128)]
FADE = [0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7]


def hash32(a, b):  # 4.4
    h = ((a * 0x9E3779B1) ^ ((b + 0x7F4A7C15) * 0x85EBCA6B)) & MASK32
    h ^= h >> 15
    h = (h * 0xC2B2AE35) & MASK32
    return h ^ h >> 13


def clip(x, low, high):
    return low if x < low else high if x > high else x


class Counter:  # 4.3
    __slots__ = ("q", "n", "limit")

    def __init__(self, p, n, limit):
        self.q, self.n, self.limit = 64 * p, n, limit

    def p(self):
        return self.q >> 6

    def learn(self, bit):
        goal = (1 << 22) - 1 if bit else 0
        self.q += ((goal - self.q) * RATE[self.n]) >> 16
        if self.n < self.limit:
            self.n += 1


class Slot:  # 4.3
    __slots__ = ("q", "n", "check")

    def __init__(self, check):
        self.q, self.n, self.check = 1 << 17, 0, check

    def learn(self, bit):
        goal = (1 << 18) - 1 if bit else 0
        self.q += ((goal - self.q) * (RATE[self.n] >> 4)) >> 12
        if self.n < 127:
            self.n += 1


def make_next_history():
    table = []
    for byte in range(256):
        zeros, ones = byte >> 4, byte & 15
        table.append((min(15, zeros + 1) << 4 | FADE[ones], FADE[zeros] << 4 | min(15, ones + 1)))
    return table


NEXT_HISTORY = make_next_history()


def history_map():
    counters = []
    for byte in range(256):
        zeros, ones = byte >> 4, byte & 15
        counters.append(Counter((10 * ones + 4) * 65535 // (10 * (zeros + ones) + 8), 6, 255))
    return counters


class Mixer:  # 4.5
    def __init__(self, sets, rate, least):
        self.a = [[3277] * 8 for _ in range(sets)]
        self.b = [[3277] * 8 for _ in range(sets)]
        self.rate, self.least = rate, least

    def code(self, decoder, inputs, a, b):
        """Decodes a bit under the probability that sets a and b give, and learns it."""
        chosen = self.a[a], self.b[b]
        dots = [clip(sum(w * x for w, x in zip(weights, inputs)) >> 14, -3071, 3071)
                for weights in chosen]
        p = clip(SQUASH[((dots[0] + dots[1]) >> 1) + 3071], self.least, 65536 - self.least)
        bit = decoder.bit(p)
        goal = 65536 if bit else 0
        for weights, dot in zip(chosen, dots):
            e = ((goal - SQUASH[dot + 3071]) * self.rate) >> 9
            for i, x in enumerate(inputs):
                if x:
                    weights[i] = clip(weights[i] + ((((x * 16 * e) >> 16) + 1) >> 1), -32768, 32767)
        return bit


class FlagModel:  # 4.6
    def __init__(self, slots, bits, salt, contexts, rate):
        self.slots, self.mask = slots, (1 << bits) - 1  # slots: shared by the flag models of a window
        self.salts = [(salt + i * 0x9E3779B1) & MASK32 for i in range(contexts)]
        self.usual = [[Counter(65472, 4, 1000) for _ in range(64)] for _ in range(contexts)]
        self.mixer = Mixer(64, rate, 4)

    def code(self, decoder, contexts, a, b, situation):
        hashes = [hash32(c, salt) for c, salt in zip(contexts, self.salts)]
        inputs = []
        for h, usual in zip(hashes, self.usual):
            slot = self.slots.get(h & self.mask)
            if slot is not None and slot.check == h >> 25:
                inputs.append((STRETCH[slot.q >> 6] * CONFIDENCE[slot.n]) >> 8)
            else:
                inputs.append(STRETCH[usual[situation].p() >> 4] >> 1)
        bit = self.mixer.code(decoder, inputs + [256], a, b)
        for h, usual in zip(hashes, self.usual):
            slot = self.slots.get(h & self.mask)
            if slot is None or slot.check != h >> 25:
                usual[situation].learn(bit)
                if bit:
                    continue
                slot = self.slots[h & self.mask] = Slot(h >> 25)
            slot.learn(bit)
        return bit


class ByteModel:  # 4.7
    def __init__(self, buckets, bits, salt, contexts, rate):
        self.buckets, self.mask = buckets, (1 << bits) - 1  # buckets: shared by the byte models
        self.salts = [(salt + i * 0x3D4D51CB) & MASK32 for i in range(contexts)]
        self.maps = [history_map() for _ in range(contexts)]
        self.trust = [Counter(32768, 1, 250) for _ in range(64)]
        self.mixer = Mixer(256, rate, 32)

    def find(self, context, salt):
        h = hash32(context, salt)
        check, place = h >> 24 | 1, h & self.mask
        both = [self.buckets.setdefault(p, bytearray(16)) for p in (place, place ^ 1)]
        for bucket in both:
            if bucket[0] == check:
                return bucket
        weights = [(bucket[1] >> 4) + (bucket[1] & 15) for bucket in both]
        bucket = both[1] if weights[1] < weights[0] else both[0]
        bucket[:] = bytes([check]) + bytes(15)  # in place: a context that has found it goes on with it
        return bucket

    def code(self, decoder, contexts, situation, b, expected=None, trust_class=0):
        made = 1
        for number in range(7, -1, -1):
            if number in (7, 3):
                before = made if number == 3 else 0
                buckets = [self.find(context, salt + before & MASK32)
                           for context, salt in zip(contexts, self.salts)]
                node = 1
            counters = [m[bucket[node]] for m, bucket in zip(self.maps, buckets)]
            inputs = [STRETCH[counter.q >> 10] if bucket[node] else 0
                      for counter, bucket in zip(counters, buckets)]
            foretold = None
            if expected is not None and (expected + 256) >> (number + 1) == made:
                foretold = expected >> number & 1
                trust = self.trust[trust_class]
                opinion = STRETCH[trust.p() >> 4]
                inputs.append(opinion if foretold else -opinion)
            else:
                inputs.append(0)
            inputs.append(256)
            x = made if number > 3 else before
            bit = self.mixer.code(decoder, inputs, 32 * situation + x, b)
            if foretold is not None:
                trust.learn(1 if bit == foretold else 0)
            for counter, bucket in zip(counters, buckets):
                counter.learn(bit)
                bucket[node] = NEXT_HISTORY[bucket[node]][bit]
            made = 2 * made + bit
            node = 2 * node + bit
        return made & 255


class NumberModel:  # 4.8
    def __init__(self):
        self.counters = {}

    def bit(self, decoder, *name):
        counter = self.counters.get(name)
        if counter is None:
            counter = self.counters[name] = Counter(32768, 0, 60)
        bit = decoder.bit(clip(counter.p(), 64, 65472))
        counter.learn(bit)
        return bit

    def number(self, decoder, context):
        length = 0
        while length < 31 and self.bit(decoder, context, "length", length):
            length += 1
        r = 1
        for d in range(length):
            name = ("high", length, r & 7) if d < 3 else ("low", length, length - 1 - d)
            r = 2 * r + self.bit(decoder, context, *name)
        return r - 1


def unfold(x):
    return x >> 1 if x & 1 == 0 else -(x >> 1) - 1
