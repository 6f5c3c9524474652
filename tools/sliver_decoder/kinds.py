"""Chapter 3 of sliver-scanners.md: kinds of fields, how a target becomes bytes, and back.

A kind is a pair of functions: place(old word, target, base) -> new word, and
extract(word, base, predicted) -> target, or None where the word is no longer such a field. Words are
little-endian numbers of the kind's width; targets are taken modulo the address mask by the callers."""
BY_NUMBER = {}  # number -> (width, place, extract)
NUMBER = {}  # name -> number


def add(numbers, names, width, place, extract):
    for number, name in zip(numbers, names.split()):
        BY_NUMBER[number] = (width, place, extract)
        NUMBER[name] = number


def width(kind):
    return BY_NUMBER[kind][0]


def place(kind, old, target, base):
    size, function, _ = BY_NUMBER[kind]
    word = function(int.from_bytes(old, "little"), target, base)
    return (word & (1 << 8 * size) - 1).to_bytes(size, "little")


def extract(kind, made, base, predicted, mask):
    target = BY_NUMBER[kind][2](int.from_bytes(made, "little"), base, predicted)
    return None if target is None else target & mask


def sext(value, bits):
    sign = 1 << bits - 1
    return ((value & 2 * sign - 1) ^ sign) - sign


def near(bits, found, predicted):
    """The number nearest to the predicted one with these lowest bits; of two equally near the lower."""
    size = 1 << bits
    middle = predicted - predicted % size + found % size
    return min((middle - size, middle, middle + size), key=lambda x: (abs(x - predicted), x))


def bits(word, low, high):
    return word >> low & (1 << high - low + 1) - 1


def scatter(parts):
    """parts: (low, high) of a number, lowest bit in a word. Functions that put the number's bits there,
    and take them out again; the number's other bits are 0."""
    def put(word, value):
        for low, high, at in parts:
            mask = (1 << high - low + 1) - 1
            word = word & ~(mask << at) | (value >> low & mask) << at
        return word

    def take(word):
        value = 0
        for low, high, at in parts:
            value |= (word >> at & (1 << high - low + 1) - 1) << low
        return value
    return put, take


def distance(numbers, names, size, parts, signed, matches=lambda word: True,
             adjust=lambda word, base: base):
    """Kinds that hold target - base' in pieces, where base' may follow from the word. signed: the
    number of bits of the distance with its sign, None if it has none."""
    put, take = scatter(parts)

    def place_it(word, target, base):
        return put(word, target - adjust(word, base))

    def extract_it(word, base, predicted):
        if not matches(word):
            return None
        d = take(word)
        return adjust(word, base) + (d if signed is None else sext(d, signed))
    add(numbers, names, size, place_it, extract_it)


def is_op(mask, value):
    return lambda word: word & mask == value


# Data.
distance([1, 12, 13, 17], "absolute32 rela_offset32 rela_addend32 symbol_value32", 4, [(0, 31, 0)],
         None)
distance([2, 10, 11, 16], "absolute64 rela_offset64 rela_addend64 symbol_value64", 8, [(0, 63, 0)],
         None)
distance([3, 14, 15], "relative32 switch32 unwind32", 4, [(0, 31, 0)], 32)
distance([4], "size32", 4, [(0, 31, 0)], None)
distance([5], "size64", 8, [(0, 63, 0)], None)
distance([6], "prel31", 4, [(0, 30, 0)], 31)
distance([19, 20, 22, 112], "offset32 btf_name32 symbol_name32 go_offset32", 4, [(0, 31, 0)], None)
distance([21], "btf_type32", 4, [(0, 31, 0)], None,
         adjust=lambda word, base: 0x6000000060000000)
add([7], "symbol64", 4, lambda w, t, b: (t - b & (1 << 64) - 1) // 24, lambda w, b, p: b + 24 * w)
add([8], "symbol32", 4, lambda w, t, b: w & 0xFF | (t - b & 0xFFFFFFFF) // 16 << 8,
    lambda w, b, p: b + 16 * (w >> 8))
add([9], "thumb_pointer", 4, lambda w, t, b: t & ~1 | w & 1, lambda w, b, p: w & ~1)
add([18], "cie_distance32", 4, lambda w, t, b: b - t, lambda w, b, p: b - w)
add([114], "bucket64", 4, lambda w, t, b: (t - b & (1 << 64) - 1) // 24, lambda w, b, p: b + 24 * w)
add([115], "bucket32", 4, lambda w, t, b: (t - b & 0xFFFFFFFF) // 16, lambda w, b, p: b + 16 * w)
add([113], "go_index32", 4, lambda w, t, b: (t - b & (1 << 64) - 1) // 4, lambda w, b, p: b + 4 * w)


def swap(word, size):
    return int.from_bytes((word & (1 << 8 * size) - 1).to_bytes(size, "little"), "big")


add([23], "absolute32_be", 4, lambda w, t, b: swap(t, 4), lambda w, b, p: swap(w, 4))

# x86.
distance([24, 25, 26, 27, 28], "x86_call x86_jump x86_branch x86_rip x86_lea", 4, [(0, 31, 0)], 32)
distance([29], "x86_short", 1, [(0, 7, 0)], 8)
add([30], "x86_address", 4, lambda w, t, b: t, lambda w, b, p: sext(w, 32))

# AArch64.
distance([32], "a64_call", 4, [(2, 27, 0)], 28, is_op(0xFC000000, 0x94000000))
distance([33], "a64_jump", 4, [(2, 27, 0)], 28, is_op(0xFC000000, 0x14000000))
distance([34], "a64_branch", 4, [(2, 20, 5)], 21,
         lambda w: w & 0xFF000000 == 0x54000000 or w & 0x7E000000 == 0x34000000)
distance([35], "a64_test", 4, [(2, 15, 5)], 16, is_op(0x7E000000, 0x36000000))
distance([39], "a64_adr", 4, [(0, 1, 29), (2, 20, 5)], 21, is_op(0x9F000000, 0x10000000))
distance([40], "a64_literal", 4, [(2, 20, 5)], 21, is_op(0x3B000000, 0x18000000))
PUT_PAGE, TAKE_PAGE = scatter([(0, 1, 29), (2, 20, 5)])


def extract_page(word, base, predicted):
    if word & 0x9F000000 != 0x90000000:
        return None
    return ((base >> 12) + sext(TAKE_PAGE(word), 21) << 12) + (predicted & 4095)


add([36], "a64_page", 4, lambda w, t, b: PUT_PAGE(w, (t >> 12) - (b >> 12)), extract_page)


def load_scale(word):
    return 4 if word >> 23 & 1 and word >> 26 & 1 else word >> 30


def put_low(word, target, scale):
    return word & ~(4095 << 10) | (target & 4095) >> scale << 10


add([37], "a64_add", 4, lambda w, t, b: put_low(w, t, 0),
    lambda w, b, p: near(12, bits(w, 10, 21), p) if w & 0x7FC00000 == 0x11000000 else None)
add([38], "a64_load", 4, lambda w, t, b: put_low(w, t, load_scale(w)),
    lambda w, b, p: (near(12, bits(w, 10, 21) << load_scale(w), p)
                     if w & 0x3B000000 == 0x39000000 else None))

# RISC-V.
distance([96], "riscv_jal", 4, [(20, 20, 31), (1, 10, 21), (11, 11, 20), (12, 19, 12)], 21,
         is_op(0x7F, 0x6F))
distance([97], "riscv_branch", 4, [(12, 12, 31), (5, 10, 25), (1, 4, 8), (11, 11, 7)], 13,
         is_op(0x7F, 0x63))
distance([101], "riscv_jump11", 2,
         [(11, 11, 12), (4, 4, 11), (8, 9, 9), (10, 10, 8), (6, 6, 7), (7, 7, 6), (1, 3, 3), (5, 5, 2)],
         12, is_op(0x6003, 0x2001))
distance([102], "riscv_branch8", 2, [(8, 8, 12), (3, 4, 10), (6, 7, 5), (1, 2, 3), (5, 5, 2)], 9,
         is_op(0xC003, 0xC001))


def place_high20(word, target, base):
    return word & 0xFFF | (target - base + 0x800) & 0xFFFFF000


def extract_high20(opcode):
    return lambda w, b, p: (b + sext(w & 0xFFFFF000, 32) + sext(p - b, 12)
                            if w & 0x7F == opcode else None)


add([98], "riscv_hi20", 4, place_high20, extract_high20(0x17))
add([103], "riscv_lui", 4, place_high20, extract_high20(0x37))
PUT_STORE, TAKE_STORE = scatter([(5, 11, 25), (0, 4, 7)])
add([99], "riscv_lo12i", 4, lambda w, t, b: w & 0xFFFFF | (t - b & 0xFFF) << 20,
    lambda w, b, p: b + near(12, w >> 20, p - b))
add([100], "riscv_lo12s", 4, lambda w, t, b: PUT_STORE(w, t - b),
    lambda w, b, p: b + near(12, TAKE_STORE(w), p - b) if w & 0x7F in (0x23, 0x27) else None)


def place_pair(word, target, base):
    low = word & 0xFFFFFFFF
    return place_high20(low, target, base) | (word >> 32 & 0xFFFFF | (target - base & 0xFFF) << 20) << 32


def extract_pair(word, base, predicted):
    if word & 0x7F != 0x17 or word >> 32 & 0x7F != 0x67:
        return None
    return base + sext(word & 0xFFFFF000, 32) + sext(word >> 52, 12)


add([104], "riscv_call", 8, place_pair, extract_pair)
