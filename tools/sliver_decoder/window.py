"""Chapters 6 and 7 of sliver.md: a window, its history, covered bytes."""
from .literals import Literals
from .models import MASK32, ByteModel, FlagModel, hash32
from .prediction import Predictor


def coarse(n):
    if n < 16:
        return n
    return 12 + n // 4 if n < 32 else min(31, 14 + n.bit_length())


class History:
    def __init__(self):
        self.misses = self.run = self.previous_run = self.stretches = 0
        self.d1 = self.d2 = self.burst = 0
        self.by_lane = [0] * 4

    def good(self, n):
        if n:
            self.misses = (self.misses << n) & MASK32 if n < 32 else 0
            self.run = min(self.run + n, MASK32)
            self.burst = 0

    def miss(self, x, d):
        if self.misses & 1 == 0:
            self.previous_run = self.run
        self.misses = (self.misses << 1 | 1) & MASK32
        self.run = 0
        self.d1, self.d2 = d, self.d1
        self.by_lane[x % 4] = d
        self.burst = (self.burst << 8 | d) & MASK32


class Window:
    def __init__(self, job, number):
        h = job.header
        self.old, self.fields, self.covers = job.old, job.fields, job.covers
        self.begin, self.end = h.bounds[number]
        self.decoder = job.range_decoder(number)
        self.history = History()
        self.predictor = Predictor(job)
        slots, buckets = {}, {}
        flags = lambda salt, n: FlagModel(slots, h.flag_bits, salt, n, h.mixer_rate)
        octets = lambda salt, n: ByteModel(buckets, h.byte_bits, salt, n, h.mixer_rate)
        self.stretches, self.units, self.bytes = (
            flags(0x57A37C00, 6), flags(0x0A117000, 6), flags(0xB17E0000, 7))
        self.differences = octets(0xD1FF0000, 6)
        self.literals = Literals(job, self.begin, octets(0x11700000, 6))
        self.new = self.literals.new  # the window's bytes so far

    def made(self, d):
        return self.new[-d] if d <= len(self.new) else 0

    def old_byte(self, x):
        return self.old[x] if 0 <= x < len(self.old) else 0

    def old_number(self, *places):
        return sum(self.old_byte(x) << 8 * i for i, x in enumerate(places))

    def around(self, o):
        """`first` and `before` of 7.4."""
        return (self.old_number(o, o + 1, o + 2, o + 3),
                self.old_number(o - 1, o - 2, o - 3, o - 4))

    def decode(self):  # 6
        x = self.begin
        for cover in self.covers:
            if cover.to + cover.length <= self.begin:
                continue
            if x < self.end:
                self.literals.run(self.decoder, min(cover.to, self.end) - x)
                x = max(x, min(cover.to, self.end))
            if x >= self.end:
                break
            skipped = x - cover.to
            start = cover.start + skipped
            length = min(cover.length - skipped, self.end - x)
            if cover.exact:
                self.new += self.old[start:start + length]
                self.history.good(length)
            else:
                self.covered(start, x, length)
            self.literals.behind_cover(cover.start + cover.length)
            x += length
        self.literals.run(self.decoder, self.end - x)
        return bytes(self.new)

    def stretch_fields(self, start, length, level):  # 7.1
        end, fields, at = start + min(length, 64 << level), [], start
        while at < end and len(fields) < 128:
            field = self.fields.next(at, end)
            if field is None or field.position + field.width - start > length:
                break
            fields.append(field)
            at = field.position + field.width
            end = max(end, at)
        if len(fields) == 128 and at < end:
            end = at
        return fields, end - start

    def covered(self, start, x, length):  # 7
        level, previous = 0, None
        while length:
            fields, size = self.stretch_fields(start, length, level)
            expected, predictions, last = bytearray(self.old[start:start + size]), [], previous
            for field in fields:
                p = self.predictor.predict(field, x + field.position - start, last)
                predictions.append(p)
                place = field.position - start
                expected[place:place + field.width] = p.bytes[0]
                last = (field, p.targets[0])
            good = self.code_stretch(fields, predictions, level)
            self.history.stretches = (self.history.stretches << 1 | (0 if good else 1)) & MASK32
            if good:
                for field, p in zip(fields, predictions):
                    previous = (field, self.predictor.learn(p, p.bytes[0]))
                self.new += expected
                self.history.good(size)
                level = min(level + 1, 2)
            else:
                previous = self.units_of_stretch(fields, start, x, size, previous)
                level = 0
            start, x, length = start + size, x + size, length - size

    def units_of_stretch(self, fields, start, x, size, previous):  # 7.2, 4.
        at = start
        for field in fields + [None]:
            stop = start + size if field is None else field.position
            while at < stop:
                n = min(16, stop - at)
                self.unit(at, x + at - start, n, None)
                at += n
            if field is not None:
                p = self.predictor.predict(field, x + at - start, previous)
                self.unit(at, x + at - start, field.width, p)
                made = bytes(self.new[len(self.new) - field.width:])
                previous = (field, self.predictor.learn(p, made))
                at += field.width
        return previous

    def code_stretch(self, fields, predictions, level):  # 7.3
        lowest, weakest = 15, 0
        for field, p in zip(fields, predictions):
            if p.score < lowest:
                lowest, weakest = p.score, field.kind
        changed = sum(p.changed for p in predictions)
        run, past = coarse(self.history.run), self.history.stretches
        contexts = [
            hash32(1, past & 255 | level << 8),
            hash32(2, run | coarse(len(fields)) << 5 | level << 10),
            hash32(3, lowest | coarse(changed) << 4 | level << 9),
            hash32(4, lowest | run << 4 | (past & 15) << 9),
            hash32(5, weakest | lowest << 8 | (past & 3) << 12),
            hash32(6, coarse(changed) | coarse(self.history.previous_run) << 5 | (past & 7) << 10)]
        return self.stretches.code(self.decoder, contexts, 8 * level + (past & 7),
                                   2 * lowest + (1 if changed else 0), level)

    def unit(self, o, x, size, p):  # 7.4
        expected = self.old[o:o + size] if p is None else p.bytes[0]
        history = self.history
        run, misses = coarse(history.run), history.misses
        first, before = self.around(o)
        for rank in range(1 if p is None else len(p.bytes)):
            if p is None:
                sort = situation = size
                scores = agreement = 0
                content = hash32(first, self.old_number(*range(o + size - 4, o + size)))
            else:
                kind = p.field.kind
                sort = 256 | p.source | p.changed << 3 | rank << 4 | kind << 9
                situation = 17 + kind % 47
                scores = p.score | p.second_score << 4 | len(p.bytes) << 8
                agreement = p.agreement
                content = ((p.field.target & MASK32) * 0x9E3779B1) & MASK32
            contexts = [
                hash32(sort, run | (misses & 15) << 8),
                hash32(sort | 0x10000000, first & 255 | (before & 255) << 8),
                hash32(sort | 0x20000000, before & 0xFFFFFF),
                hash32(sort | 0x30000000, misses & 0xFFFF),
                hash32(sort | 0x40000000, content),
                hash32(sort | 0x50000000, agreement | scores << 8)]
            if not self.units.code(self.decoder, contexts, situation,
                                   run + (0 if p is None else 32), situation):
                continue
            if rank == 0:
                self.new += expected
                history.good(size)
            else:
                for i, byte in enumerate(p.bytes[rank]):
                    if byte == expected[i]:
                        history.good(1)
                    else:
                        history.miss(x + i, (byte - expected[i]) & 255)
                self.new += p.bytes[rank]
            return
        self.unit_bytes(o, x, size, p, expected)

    def unit_bytes(self, o, x, size, p, expected):  # 7.5
        second_bytes = p.bytes[1] if p is not None and len(p.bytes) > 1 else None
        missed, history = 0, self.history
        for i in range(size):
            first_guess = expected[i]
            second_guess = first_guess if second_bytes is None else second_bytes[i]
            if self.is_byte(o + i, x + i, i, size, p, first_guess, second_guess, missed):
                byte = first_guess
                history.good(1)
            else:
                d = self.difference(x + i, i, p, first_guess, second_guess, missed)
                byte = (first_guess + d) & 255
                history.miss(x + i, d)
                missed = 1
            self.new.append(byte)
            if second_bytes is not None and byte != second_bytes[i]:
                second_bytes = None

    def byte_sort(self, i, p, missed):
        if p is None:
            return missed
        return 2 + (min(i, 3) | p.changed << 2 | missed << 3 | p.source << 4 | p.field.kind << 7)

    def is_byte(self, o, x, i, size, p, first_guess, second_guess, missed):
        if i == size - 1 and not missed:
            return 0
        history = self.history
        run, misses = coarse(history.run), history.misses
        first, before = self.around(o)
        differs = 1 if first_guess != second_guess else 0
        sort = self.byte_sort(i, p, missed)
        contexts = [
            hash32(sort, run | (misses & 15) << 8),
            hash32(sort | 0x10000000, first & 255 | (before & 255) << 8),
            hash32(sort | 0x20000000, before & 0xFFFFFF),
            hash32(sort | 0x30000000, run | coarse(history.previous_run) << 5 | history.d1 << 10),
            hash32(sort | 0x40000000, i | size << 5 | differs << 10 | (misses & 3) << 11),
            hash32(sort | 0x50000000, misses & 255 | history.d1 << 8 | (before & 255) << 16),
            hash32(sort | 0x60000000, self.made(1) | (first & 255) << 8 | (misses & 3) << 16)]
        field = 0 if p is None else 1
        return self.bytes.code(self.decoder, contexts, misses & 7 | field << 3 | x % 4 << 4,
                               run + 32 * field, 1 + p.field.kind % 63 if field else 0)

    def difference(self, x, i, p, first_guess, second_guess, missed):  # 7.6
        history, lane = self.history, x % 4
        second = (second_guess - first_guess) & 255
        misses = history.misses
        m = misses & 15
        burst = history.burst if misses & 1 else 0
        contexts = [
            hash32(hash32(1, self.byte_sort(i, p, missed)), second),
            hash32(2, history.d1 | history.d2 << 8),
            hash32(3, history.by_lane[lane] | lane << 8),
            hash32(4, first_guess | self.made(1) << 8),
            hash32(5, self.made(1) | self.made(2) << 8 | m << 16),
            hash32(6, hash32(burst, m))]
        situation = misses & 3 if p is None else 4 + min(i, 3)
        b = 8 * coarse(history.run) + (misses & 7)
        if not second:
            return self.differences.code(self.decoder, contexts, situation, b)
        return self.differences.code(self.decoder, contexts, situation, b, second,
                                     min(i, 3) | missed << 2 | (p.second_score >> 2) << 3)
