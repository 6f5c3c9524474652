"""Chapters 4.3 and 4.4 of sliver-scanners.md."""
from .kinds import bits, place, sext
from .kinds_arm import (TAKE_HALF, TAKE_THUMB_HALF, adr_distance, extract_a32, extract_thumb,
                        magnitude)
from .kinds import BY_NUMBER, NUMBER
from .scan_data import is_address, pointer

FAR = 4104


def extracted(name, word, base):
    return BY_NUMBER[NUMBER[name]][2](word, base, 0)


def literal(view, position, word, add):
    """The field of a word that a load has marked, or None. add: address that an ADD of pc gives."""
    if add is not None:
        target = add + sext(word, 32)
        return view.field(position, "relative32", target, add, "mapped") if view.inside(target) else None
    return pointer(view, position, word) if is_address(view, word) else None


class A32:
    def __init__(self, view):
        self.view, self.marked, self.low = view, set(), {}

    def load(self, position, word):
        """(register, position of the literal) if the word is such a load."""
        if word is None or word & 0x0F7F0000 != 0x051F0000 or word >> 28 == 15:
            return None
        return bits(word, 12, 15), position + 8 + magnitude(word, 0, 23)

    def add_of(self, at):
        view = self.view
        for position in range(at - 4, max(view.begin, at - FAR) - 1, -4):
            load = self.load(position, view.word(position, 4))
            if load is None or load[1] != at:
                continue
            for add in range(position + 4, min(position + 84, at), 4):
                if view.word(add, 4) & 0x0FFFFFFF == 0x008F0000 | load[0] << 12 | load[0]:
                    return view.address(add) + 8
            return None
        return None

    def scan(self):
        view = self.view
        position = view.first(FAR, 4)
        while (word := view.word(position, 4)) is not None and position < view.to:
            if position in self.marked:
                field = literal(view, position, word, self.add_of(position))
                if field is not None:
                    yield field
            elif view.image.plain and word >> 28 != 14 and is_address(view, word):
                yield pointer(view, position, word)
            else:
                yield from self.instruction(position, word)
            position += 4

    def half(self, position, word):
        """(is it a MOVT, register, half)"""
        if word is not None and word >> 28 != 15 and word & 0x0FF00000 in (0x03000000, 0x03400000):
            return word >> 22 & 1, bits(word, 12, 15), TAKE_HALF(word)
        return None

    def instruction(self, position, word):
        view, base = self.view, self.view.address(position) + 8
        condition, load = word >> 28, self.load(position, word)
        half = self.half(position, word)
        if word & 0x0E000000 == 0x0A000000:
            target = extract_a32(word, base, 0)
            if view.to_code(target):
                is_call = condition == 15 or word >> 24 & 1
                yield view.relative(position, "a32_call" if is_call else "a32_jump", target, base)
        elif load is not None:
            target = base + magnitude(word, 0, 23)
            if 0 < load[1] - position <= FAR:
                self.marked.add(load[1])
            if view.inside(target):
                yield view.relative(position, "a32_literal", target, base)
        elif half is not None:
            yield from self.move(position, *half)
        elif word & 0xFFFFFF00 == 0xE28FC600 and self.is_plt(position):
            second, third = view.word(position + 4, 4), view.word(position + 8, 4)
            base += (word & 255) << 20
            target = base + ((second & 255) << 12) + (third & 4095)
            if view.inside(target):
                yield view.relative(position + 4, "a32_plt_add", target, base)
                yield view.relative(position + 8, "a32_plt_load", target, base)
        elif condition != 15 and word & 0x0FFF0000 in (0x028F0000, 0x024F0000):
            target = base + adr_distance(word)
            same = place(NUMBER["a32_adr"], word.to_bytes(4, "little"), target, base)
            if view.inside(target) and same == word.to_bytes(4, "little"):
                yield view.relative(position, "a32_adr", target, base)

    def is_plt(self, position):
        second, third = self.view.word(position + 4, 4), self.view.word(position + 8, 4)
        return (third is not None and second & 0xFFFFFF00 == 0xE28CCA00 and
                third & 0xFFFFF000 == 0xE5BCF000)

    def move(self, position, high, register, value):
        view = self.view
        if high:
            at, low = self.low.get(register, (None, 0))
            if at is not None and position - at <= 64 and view.inside(value << 16 | low):
                yield view.absolute(position, "a32_movt", value << 16 | low)
            return
        self.low[register] = (position, value)
        for i in range(1, 17):
            other = self.half(position + 4 * i, view.word(position + 4 * i, 4))
            if other is None or other[1] != register:
                continue
            if other[0] and view.inside(other[2] << 16 | value):
                yield view.absolute(position, "a32_movw", other[2] << 16 | value)
            return


class Thumb:
    def __init__(self, view):
        self.view, self.marked, self.low = view, set(), {}

    def size(self, half):
        return 4 if half >> 11 >= 0x1D else 2

    def load(self, position):
        """(register, position of the literal) if there is such a load."""
        view, half = self.view, self.view.word(position, 2)
        if half is None:
            return None
        place_ = position + 4 - view.address(position) % 4
        if half & 0xF800 == 0x4800:
            return bits(half, 8, 10), place_ + 4 * (half & 255)
        word = view.word(position, 4)
        if half & 0xFF7F == 0xF85F and word is not None:
            return word >> 28, place_ + magnitude(word, 16, 7)
        return None

    def add_of(self, at):
        view = self.view
        for position in range(at - 2, max(view.begin, at - FAR) - 1, -2):
            load = self.load(position)
            if load is None or load[1] != at:
                continue
            wanted = 0x4478 | load[0] & 7 | (load[0] & 8) << 4
            for add in range(position + 2, min(position + 82, at), 2):
                if view.word(add, 2) == wanted:
                    return view.address(add) + 4
            return None
        return None

    def scan(self):
        view = self.view
        position = view.first(FAR, 2)
        while (half := view.word(position, 2)) is not None and position < view.to:
            word = view.word(position, 4)
            if word is not None and view.address(position) % 4 == 0:
                if position in self.marked:
                    field = literal(view, position, word, self.add_of(position))
                    if field is not None:
                        yield field
                    position += 4
                    continue
                if view.image.plain and is_address(view, word):
                    yield pointer(view, position, word)
                    position += 4
                    continue
            if self.size(half) == 2:
                yield from self.short(position, half)
            elif word is None:
                return
            else:
                yield from self.long(position, half, word)
            load = self.load(position)
            if load is not None and view.address(load[1]) % 4 == 0 and 0 < load[1] - position <= FAR:
                self.marked.add(load[1])
            position += self.size(half)

    def short(self, position, half):
        view, base = self.view, self.view.address(position) + 4
        if half & 0xF000 == 0xD000 and bits(half, 8, 11) < 14:
            name, test = "thumb_branch8", view.to_code
        elif half & 0xF800 == 0xE000:
            name, test = "thumb_jump11", view.to_code
        elif half & 0xF500 == 0xB100:
            name, test = "thumb_cbz", view.to_code
        elif half & 0xF800 == 0xA000:
            name, test = "thumb_adr8", view.inside
        elif half & 0xF800 == 0x4800:
            name, test = "thumb_literal8", view.inside
        else:
            return
        target = extracted(name, half, base)
        if test(target):
            yield view.relative(position, name, target, base)

    def long(self, position, first, word):
        view, base, second = self.view, self.view.address(position) + 4, word >> 16
        half = self.half(word)
        if first & 0xF800 == 0xF000 and second >> 15:
            if second & 0xD000 == 0xD000 or second & 0xD001 == 0xC000:
                name, target = "thumb_call", extract_thumb(word, base, 0)
            elif second & 0xD000 == 0x9000:
                name, target = "thumb_jump", extract_thumb(word, base, 0)
            elif second & 0xD000 == 0x8000 and bits(first, 7, 9) != 7:
                name, target = "thumb_branch", extracted("thumb_branch", word, base)
            else:
                return
            if view.to_code(target):
                yield view.relative(position, name, target, base)
        elif half is not None:
            yield from self.move(position, *half)
        elif first & 0xFF7F == 0xF85F:
            target = extracted("thumb_literal12", word, base)
            if view.inside(target):
                yield view.relative(position, "thumb_literal12", target, base)

    def half(self, word):
        if word & 0xFBF0 in (0xF240, 0xF2C0) and word >> 31 == 0:
            return word >> 7 & 1, bits(word, 24, 27), TAKE_THUMB_HALF(word)
        return None

    def move(self, position, high, register, value):
        view = self.view
        if high:
            at, low = self.low.get(register, (None, 0))
            if at is not None and position - at <= 32 and view.inside(value << 16 | low):
                yield view.absolute(position, "thumb_movt", value << 16 | low)
            return
        self.low[register] = (position, value)
        other = position + 4
        while other <= position + 32 and (half := view.word(other, 2)) is not None:
            word = view.word(other, 4)
            found = self.half(word) if word is not None and self.size(half) == 4 else None
            if found is not None and found[1] == register:
                if found[0] and view.inside(found[2] << 16 | value):
                    yield view.absolute(position, "thumb_movw", found[2] << 16 | value)
                return
            other += self.size(half)
