"""Chapter 4.6 of sliver-scanners.md."""
from .kinds import BY_NUMBER, NUMBER, bits, sext


def extracted(name, word, base):
    return BY_NUMBER[NUMBER[name]][2](word, base, 0)


def low_part(word):
    """(name of the kind, sum) of a word with a low part, or None."""
    opcode = word & 0x7F
    if opcode in (0x03, 0x07, 0x67) or opcode in (0x13, 0x1B) and bits(word, 12, 14) == 0:
        return "riscv_lo12i", sext(word >> 20, 12)
    if opcode in (0x23, 0x27):
        return "riscv_lo12s", sext(bits(word, 25, 31) << 5 | bits(word, 7, 11), 12)
    return None


class RiscV:
    def __init__(self, view):
        self.view, self.high = view, {}  # register -> (position, sum, was it an AUIPC)

    def scan(self):
        view, size = self.view, self.view.image.pointer
        position = view.first(512, 2)
        while (half := view.word(position, 2)) is not None and position < view.to:
            word = view.word(position, size)
            if view.image.plain and view.address(position) % size == 0 and word is not None \
                    and view.inside(word):
                yield view.absolute(position, "absolute64" if size == 8 else "absolute32", word)
                position += size
            elif half & 3 != 3:
                yield from self.compressed(position, half)
                position += 2
            else:
                word = view.word(position, 4)
                if word is None:
                    return
                fields = list(self.instruction(position, word))
                yield from fields
                position += 8 if fields and fields[0].width == 8 else 4

    def compressed(self, position, half):
        pc = self.view.address(position)
        is_jump = half & 0xE003 == 0xA001 or (half & 0xE003 == 0x2001 and self.view.image.pointer == 4)
        if not is_jump and half & 0xC003 != 0xC001:
            return
        name = "riscv_jump11" if is_jump else "riscv_branch8"
        target = extracted(name, half, pc)
        if self.view.to_code(target):
            yield self.view.relative(position, name, target, pc)

    def instruction(self, position, word):
        view, pc, opcode = self.view, self.view.address(position), word & 0x7F
        if opcode in (0x6F, 0x63):
            name = "riscv_jal" if opcode == 0x6F else "riscv_branch"
            target = extracted(name, word, pc)
            if view.to_code(target):
                yield view.relative(position, name, target, pc)
        elif opcode == 0x17 or opcode == 0x37 and view.image.plain:
            yield from self.upper(position, word, pc, opcode == 0x17)
        elif opcode != 0x37:
            yield from self.lower(position, word)

    def upper(self, position, word, pc, is_auipc):
        view, register = self.view, bits(word, 7, 11)
        if register == 0:
            return
        total = (sext(word & 0xFFFFF000, 32) + (pc if is_auipc else 0)) & view.image.mask
        self.high[register] = (position, total, is_auipc)
        if position < view.start:
            return
        found = self.find_low(position, register)
        if found is None or not view.inside(total + found[1]):
            return
        place, low, other = found
        target = total + low
        if is_auipc and place == position + 4 and other & 0x7F == 0x67 and position + 8 <= view.to:
            yield view.relative(position, "riscv_call", target, pc)
        elif is_auipc:
            yield view.relative(position, "riscv_hi20", target, pc)
        else:
            yield view.absolute(position, "riscv_lui", target)

    def find_low(self, position, register):
        place = position + 4
        while place <= position + 64 and (half := self.view.word(place, 2)) is not None:
            if half & 3 != 3:
                place += 2
                continue
            word = self.view.word(place, 4)
            if word is None:
                break
            low = low_part(word)
            if low is not None and bits(word, 15, 19) == register:
                return place, low[1], word
            if word & 0x7F in (0x17, 0x37) and bits(word, 7, 11) == register:
                break
            place += 4
        return None

    def lower(self, position, word):
        view, low, register = self.view, low_part(word), bits(word, 15, 19)
        if low is None:
            return
        at, total, is_auipc = self.high.get(register, (None, 0, False))
        if at is not None and position - at <= 512 and view.inside(total + low[1]):
            if is_auipc:
                yield view.relative(position, low[0], total + low[1], view.address(at))
            else:
                yield view.absolute(position, low[0], total + low[1])
        if low[0] == "riscv_lo12i" and bits(word, 7, 11) == register:
            self.high.pop(register, None)
