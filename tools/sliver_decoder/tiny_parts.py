"""Chapters 2 and 5 of sliver-tiny.md: the range coder with its models, and the guesses."""
from collections import defaultdict

from . import kinds
from .errors import Refused
from .models import MASK32

FLAG, TREE = 5, 4  # how slow an adaptive bit may become
MASK64 = (1 << 64) - 1


class Coder:
    def __init__(self, section):
        self.section, self.range, self.at = section, MASK32, 4
        self.code = int.from_bytes(section[:4].ljust(4, b"\0"), "big")
        self.bits = defaultdict(lambda: [2048, 0])

    def decide(self, p):
        bound = (self.range >> 12) * p
        bit = 1 if self.code < bound else 0
        if bit:
            self.range = bound
        else:
            self.code -= bound
            self.range -= bound
        while self.range < 1 << 24:
            byte = self.section[self.at] if self.at < len(self.section) else 0
            self.at += 1
            self.range, self.code = self.range << 8, (self.code << 8 | byte) & MASK32
        return bit

    def adaptive(self, limit, *name):
        state = self.bits[name]
        v, n = state
        bit = self.decide(min(max(v, 32), 4064))
        r = min(1 + (n + n // 2) // 4, limit)
        state[0] = v + ((4095 - v) >> r) if bit else v - (v >> r)
        state[1] = min(n + 1, 15)
        return bit

    def flag(self, *name):
        return self.adaptive(FLAG, *name)

    def tree(self, bits, *name):
        node = 1
        for _ in range(bits):
            node = 2 * node + self.adaptive(TREE, *name, node)
        return node - (1 << bits)

    def direct(self, bits):
        value = 0
        for _ in range(bits):
            value = 2 * value + self.decide(2048)
        return value

    def coarse(self, name):
        slot = self.tree(5, name)
        return slot if slot < 2 else (1 << slot - 1) + self.direct(slot - 1)

    def fine(self, *name):
        slot = self.tree(6, *name)
        if slot < 4:
            return slot
        e = slot // 2 - 1
        return (2 + (slot & 1) << e) + self.direct(e)

    def byte(self, high, low):
        half = self.tree(4, *high)
        return half << 4 | self.tree(4, low, half)

    def finish(self):
        if self.at < len(self.section):  # behind its end it reads zeros
            raise Refused(f"a section of {len(self.section)} bytes, of which {self.at} are used")


CALLS = {kinds.NUMBER[name] for name in
         "a64_call a32_call thumb_call thumb_jump xtensa_call riscv_jal riscv_call x86_call".split()}
LITERALS = {kinds.NUMBER[name] for name in
            "thumb_literal8 thumb_literal12 a32_literal xtensa_l32r a64_page a64_add riscv_hi20 "
            "riscv_lo12i riscv_lo12s".split()}
FOURS = {kinds.NUMBER[name] for name in
         "xtensa_call xtensa_l32r thumb_literal8 a64_call a64_jump a64_branch a64_test a32_call "
         "a32_jump".split()}
PAGES = 0x0DDBA115


def group_of(kind):
    return 2 if kind < 24 else 0 if kind in CALLS else 3 if kind in LITERALS else 1


def step_of(kind):
    return 4 if kind in FOURS else 2 if 64 <= kind <= 72 else 1


def sext32(value):
    return ((value & MASK32) ^ 0x80000000) - 0x80000000


class Guess:
    """field, base, first and second (targets; second may be None), their bytes and scores, targets by
    source, context."""


class Guesser:  # 5
    def __init__(self, old, image, new_image, breaks):
        self.old, self.image, self.new_image, self.breaks = old, image, new_image, breaks
        self.scores = defaultdict(lambda: [170, 150, 75, 80, 60, 120])
        self.shifts, self.table, self.previous = defaultdict(int), {}, None

    def entry(self, key, salt):
        h = ((key & MASK32 ^ salt ^ (key >> 32) * 0x85EBCA6B) * 0x9E3779B1) & MASK32
        h ^= h >> 15
        h = h * 0xC2B2AE35 & MASK32
        h ^= h >> 13
        return h % 64, h >> 16 | 1

    def known(self, key, salt):
        number, check = self.entry(key, salt)
        found = self.table.get(number)
        return found[1] if found is not None and found[0] == check else None

    def move(self, address):
        offset = self.image.offset_of(address)
        if offset is None:
            return None
        shift = None
        for place, value in self.breaks:
            if place <= offset:
                shift = value
        return None if shift is None else self.new_image.address_of(offset + shift & MASK32)

    def base(self, field, x):
        if field.anchor == "none":
            return 0
        if field.anchor == "self":
            a, b = self.image.address_of(field.position), self.new_image.address_of(x)
            return field.base if a is None or b is None else b + field.base - a & self.image.mask
        if field.anchor == "previous" and self.previous is not None:
            return self.previous
        moved = self.move(field.base)
        return field.base if moved is None else moved

    def guess(self, field, x):
        g = Guess()
        g.field, g.base, g.kind_class = field, self.base(field, x), field.kind & 15 | (
            16 if field.kind >= 32 else 0)
        g.old = self.old[field.position:field.position + field.width]
        target, scores = field.target, self.scores[g.kind_class]
        learned, page = self.known(target, 0), self.known(target >> 8, PAGES)
        sources = {0: None if learned is None else target + sext32(learned), 1: self.move(target),
                   2: None if page is None else target + sext32(page),
                   3: target + self.shifts[g.kind_class], 4: target, 5: target + g.base - field.base}
        g.targets = {n: t & self.image.mask for n, t in sources.items() if t is not None}
        order = sorted(g.targets, key=lambda n: (-scores[n], n))
        g.first, g.second = g.targets[order[0]], None
        g.first_bytes = kinds.place(field.kind, g.old, g.first, g.base)
        g.second_bytes, g.second_score = None, 0
        for n in order[1:]:
            placed = kinds.place(field.kind, g.old, g.targets[n], g.base)
            if g.targets[n] != g.first and placed != g.first_bytes:
                g.second, g.second_bytes, g.second_score = g.targets[n], placed, scores[n]
                break
        agreeing = sum(1 for t in g.targets.values() if t == g.first) - 1
        a = 3 if g.second is None else min(2, agreeing)
        g.context = 8 * (scores[order[0]] >> 6) + 2 * a + (1 if g.first_bytes != g.old else 0)
        return g

    def learn(self, g, made):
        target = kinds.extract(g.field.kind, made, g.base, g.first, self.image.mask)
        self.previous = g.first if target is None else target
        if target is None:
            return
        scores = self.scores[g.kind_class]
        right = {n: t == target for n, t in g.targets.items()}
        for n, is_right in right.items():
            scores[n] += (270 - scores[n]) // 16 if is_right else -((scores[n] + 15) // 16)
        old = g.field.target
        shift = target - old & MASK32
        self.shifts[g.kind_class] = sext32(shift)
        for key, salt, source in ((old, 0, 0), (old >> 8, PAGES, 2)):
            if not (right.get(1) and right.get(source, True)):
                number, check = self.entry(key, salt)
                self.table[number] = (check, shift)
