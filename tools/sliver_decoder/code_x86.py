"""Chapter 4.1 of sliver-scanners.md."""
from .kinds import sext

MAP64 = """mmmmiIxxmmmmiIx0 mmmmiIxxmmmmiIxx mmmmiIpxmmmmiIpx mmmmiIpxmmmmiIpx pppppppppppppppp
................ xxVmppppIzib.... jjjjjjjjjjjjjjjj bzxbmmmmmmmmmmmm ..........x.....
oooo....iI...... iiiiiiiivvvvvvvv bbw.VVbze.w..ix. mmmmxxx.mmmmmmmm jjjjiiiiJJxj.... p.pp..tT......mm"""
MAP32 = """mmmmiI..mmmmiI.0 mmmmiI..mmmmiI.. mmmmiIp.mmmmiIp. mmmmiIp.mmmmiIp. ................
................ ..VmppppIzib.... jjjjjjjjjjjjjjjj bzbbmmmmmmmmmmmm ..........f.....
oooo....iI...... iiiiiiiivvvvvvvv bbw.VVbze.w..i.. mmmmii..mmmmmmmm jjjjiiiiJJfj.... p.pp..tT......mm"""
MAP0F = """mmmmx.....x.xm.b mmmmmmmmmmmmmmmm mmmmxxxxmmmmmmmm ......x.8xaxxxxx mmmmmmmmmmmmmmmm
mmmmmmmmmmmmmmmm mmmmmmmmmmmmmmmm bbbbmmm.mmxxmmmm JJJJJJJJJJJJJJJJ mmmmmmmmmmmmmmmm
...mbmxx...mbmmm mmmmmmmmmmbmmmmm mmbmbbbm........ mmmmmmmmmmmmmmmm mmmmmmmmmmmmmmmm mmmmmmmmmmmmmmmm"""
ONE = {True: "".join(MAP64.split()), False: "".join(MAP32.split())}
TWO = "".join(MAP0F.split())


class Undecoded(Exception):
    pass


class Instruction:
    """Decoded at a place: end, opcode (0F in bits 8..15), modrm, and the places and sizes of
    displacement and immediate, 0 where there is none."""

    def __init__(self, view, position, wide):
        self.view, self.start, self.at, self.wide = view, position, position, wide
        self.modrm, self.displacement, self.immediate = None, (0, 0), (0, 0)
        self.has66 = self.has67 = self.rex_w = False
        self.opcode = self.prefixes()
        letter = ONE[wide][self.opcode]
        if letter == "0":
            second = self.byte()
            self.opcode = 0x0F00 | second
            letter = TWO[second]
            if letter in "8a":
                self.byte()
                self.opcode = None  # none that is asked for
                letter = "m" if letter == "8" else "b"
        elif letter == "V":
            letter = self.vector()
        self.operands(letter)
        self.end = self.at

    def byte(self):
        if self.at - self.start == 15:
            raise Undecoded
        value = self.view.word(self.at, 1)
        if value is None:
            raise Undecoded
        self.at += 1
        return value

    def skip(self, size):
        at = self.at
        for _ in range(size):
            self.byte()
        return at, size

    def prefixes(self):
        rex = 0
        while ONE[self.wide][value := self.byte()] == "p":
            rex = value if value >> 4 == 4 else 0
            self.has66 |= value == 0x66
            self.has67 |= value == 0x67
        self.rex_w = bool(rex & 8)
        return value

    def vector(self):
        first = self.byte()
        if not self.wide and first < 0xC0:
            self.at -= 1
            return "m"
        table = {0xC5: 1, 0xC4: first & 31, 0x62: first & 7}[self.opcode]
        self.skip({0xC5: 0, 0xC4: 1, 0x62: 2}[self.opcode])
        second, self.opcode = self.byte(), None
        if table == 1:
            return TWO[second]
        if table not in (2, 3, 5, 6):
            raise Undecoded
        return "b" if table == 3 else "m"

    def operands(self, letter):
        if letter in "x08apV":
            raise Undecoded
        size32 = 2 if self.has66 and not self.rex_w else 4
        address = ((4 if self.has67 else 8) if self.wide else (2 if self.has67 else 4))
        relative = 4 if self.wide or not self.has66 else 2
        if letter in "mbztT":
            self.operand()
        if letter in "tT" and self.modrm >> 4 & 3:
            return
        sizes = {"b": 1, "z": size32, "t": 1, "T": size32, "i": 1, "I": size32, "w": 2, "j": 1,
                 "J": relative, "o": address, "v": 8 if self.rex_w else size32, "e": 3,
                 "f": size32 + 2}
        if letter in sizes:
            self.immediate = self.skip(sizes[letter])

    def operand(self):
        if not self.wide and self.has67:
            raise Undecoded
        self.modrm = self.byte()
        mode, base = self.modrm >> 6, self.modrm & 7
        if mode == 3:
            return
        if base == 4:
            base = 5 if self.byte() & 7 == 5 else 0
        if mode == 1:
            self.displacement = self.skip(1)
        elif mode == 2 or base == 5:
            self.displacement = self.skip(4)


def scan(view):
    position = view.first(256, 1)
    wide = view.image.pointer == 8
    while position < min(view.to, view.end):
        try:
            instruction = Instruction(view, position, wide)
        except Undecoded:
            position += 1
            continue
        position = instruction.end
        if position > view.start:
            yield from fields(view, instruction, wide)


def fields(view, instruction, wide):
    behind, plain = view.address(instruction.end), view.image.plain
    at, size = instruction.displacement
    if size == 4:
        value = sext(view.word(at, 4), 32)
        if wide and instruction.modrm & 0xC7 == 5:
            if view.inside(behind + value):
                name = "x86_lea" if instruction.opcode == 0x8D else "x86_rip"
                yield view.relative(at, name, behind + value, behind)
        elif plain and view.inside(value):
            yield view.absolute(at, "x86_address", value)
    at, size = instruction.immediate
    opcode = instruction.opcode or 0
    if size not in (1, 4, 8):
        return
    value = sext(view.word(at, size), 8 * size)
    name = {0xE8: "x86_call", 0xE9: "x86_jump"}.get(opcode)
    if 0x0F80 <= opcode <= 0x0F8F:
        name = "x86_branch"
    if 0x70 <= opcode <= 0x7F or opcode == 0xEB or 0xE0 <= opcode <= 0xE3:
        name = "x86_short"
    if name is not None:
        if view.to_code(behind + value):
            yield view.relative(at, name, behind + value, behind)
    elif size == 4:
        if plain and view.inside(value):
            yield view.absolute(at, "x86_address", value)
    elif size == 8 and view.inside(value):
        yield view.absolute(at, "absolute64", value)
