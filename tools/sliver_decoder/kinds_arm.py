"""The kinds of A32, Thumb and Xtensa (chapter 3 of sliver-scanners.md). In a kind of Thumb with 4 bytes,
the first half is bits 0..15 of the word, the second one bits 16..31."""
from .kinds import add, bits, distance, near, scatter, sext, swap

PUT_CALL, TAKE_CALL = scatter([(2, 25, 0)])
PUT_BLX, TAKE_BLX = scatter([(2, 25, 0), (1, 1, 24)])


def place_a32(word, target, base):
    return (PUT_BLX if word >> 28 == 15 else PUT_CALL)(word, target - base)


def extract_a32(word, base, predicted):
    if bits(word, 25, 27) != 5:
        return None
    return base + sext((TAKE_BLX if word >> 28 == 15 else TAKE_CALL)(word), 26)


add([48, 49], "a32_call a32_jump", 4, place_a32, extract_a32)


def place_magnitude(word, d, at, sign_at):
    d = sext(d, 32)
    word = word & ~(4095 << at) | (abs(d) & 4095) << at
    if d:
        word = word & ~(1 << sign_at) | (1 if d > 0 else 0) << sign_at
    return word


def magnitude(word, at, sign_at):
    value = word >> at & 4095
    return value if word >> sign_at & 1 else -value


add([50], "a32_literal", 4, lambda w, t, b: place_magnitude(w, t - b, 0, 23),
    lambda w, b, p: (b + magnitude(w, 0, 23)
                     if bits(w, 16, 19) == 15 and bits(w, 25, 27) == 2 else None))


def halves(numbers, names, parts, mask, low, high):
    put, take = scatter(parts)
    low_name, high_name = names
    add(numbers[:1], low_name, 4, lambda w, t, b: put(w, t - b),
        lambda w, b, p: b + near(16, take(w), p - b) if w & mask == low else None)
    add(numbers[1:], high_name, 4, lambda w, t, b: put(w, t - b >> 16),
        lambda w, b, p: b + (take(w) << 16 | p - b & 0xFFFF) if w & mask == high else None)
    return take


TAKE_HALF = halves([51, 52], ("a32_movw", "a32_movt"), [(0, 11, 0), (12, 15, 16)], 0x0FF00000,
                   0x03000000, 0x03400000)


def rotated(value, by):
    """32 bits of a value, rotated to the left."""
    value &= 0xFFFFFFFF
    return (value << by | value >> 32 - by) & 0xFFFFFFFF


def place_adr(word, target, base):
    d = sext(target - base, 32)
    for rotation in range(16):
        immediate = rotated(abs(d), 2 * rotation)
        if immediate < 256:
            return word & ~0x1E00FFF | (2 if d < 0 else 4) << 21 | rotation << 8 | immediate
    return word


def adr_distance(word):
    value = rotated(word & 255, (32 - 2 * bits(word, 8, 11)) % 32)
    return value if bits(word, 21, 24) == 4 else -value


def extract_adr(word, base, predicted):
    if bits(word, 16, 19) != 15 or bits(word, 25, 27) != 1 or bits(word, 21, 24) not in (2, 4):
        return None
    return base + adr_distance(word)


add([53], "a32_adr", 4, place_adr, extract_adr)
add([54], "a32_plt_add", 4, lambda w, t, b: w & ~255 | bits(t - b, 12, 19),
    lambda w, b, p: (b + ((p - b) & ~0xFF000 | (w & 255) << 12)
                     if w & 0xFFFFF000 == 0xE28CC000 else None))
add([55], "a32_plt_load", 4, lambda w, t, b: w & ~4095 | t - b & 4095,
    lambda w, b, p: b + near(12, w & 4095, p - b) if w & 0xFFFFF000 == 0xE5BCF000 else None)

# Thumb.
PUT_T, TAKE_T = scatter([(12, 21, 0), (1, 11, 16)])


def thumb_base(word, base):
    return base & ~3 if word >> 16 & 0xD001 == 0xC000 else base


def place_thumb(word, target, base):
    d = target - thumb_base(word, base)
    sign = d >> 24 & 1
    word = PUT_T(word, d) & ~(1 << 10 | 1 << 29 | 1 << 27)
    return (word | sign << 10 | (1 ^ d >> 23 & 1 ^ sign) << 29 | (1 ^ d >> 22 & 1 ^ sign) << 27)


def thumb_distance(word):
    sign = word >> 10 & 1
    d = TAKE_T(word) | sign << 24
    return sext(d | (1 ^ word >> 29 & 1 ^ sign) << 23 | (1 ^ word >> 27 & 1 ^ sign) << 22, 25)


def extract_thumb(word, base, predicted):
    second = word >> 16
    if word & 0xF800 != 0xF000 or not (second & 0xD000 in (0x9000, 0xD000) or
                                       second & 0xD001 == 0xC000):
        return None
    return thumb_base(word, base) + thumb_distance(word)


add([64, 65], "thumb_call thumb_jump", 4, place_thumb, extract_thumb)
distance([66], "thumb_branch", 4,
         [(20, 20, 10), (12, 17, 0), (18, 18, 29), (19, 19, 27), (1, 11, 16)], 21,
         lambda w: w & 0xF800 == 0xF000 and w >> 16 & 0xD000 == 0x8000)
distance([67], "thumb_branch8", 2, [(1, 8, 0)], 9, lambda w: w & 0xF000 == 0xD000)
distance([68], "thumb_jump11", 2, [(1, 11, 0)], 12, lambda w: w & 0xF800 == 0xE000)
distance([69], "thumb_cbz", 2, [(1, 5, 3), (6, 6, 9)], None, lambda w: w & 0xF500 == 0xB100)
for number, name, opcode in ((70, "thumb_literal8", 0x4800), (72, "thumb_adr8", 0xA000)):
    distance([number], name, 2, [(2, 9, 0)], None,
             lambda w, opcode=opcode: w & 0xF800 == opcode, lambda w, base: base & ~3)
add([71], "thumb_literal12", 4, lambda w, t, b: place_magnitude(w, t - (b & ~3), 16, 7),
    lambda w, b, p: (b & ~3) + magnitude(w, 16, 7) if w & 0xFF7F == 0xF85F else None)
TAKE_THUMB_HALF = halves([73, 74], ("thumb_movw", "thumb_movt"),
                         [(12, 15, 0), (11, 11, 10), (8, 10, 28), (0, 7, 16)], 0xFBF0, 0xF240, 0xF2C0)

# Xtensa. The big-endian kinds are the same with other places, in the word turned round.
L32R = 0x40000


def xtensa(number, name, big, parts, bits_, adjust, fits):
    turn = (lambda w: swap(w, 3)) if big else (lambda w: w)
    put, take = scatter(parts)
    low = parts[0][0]
    is_l32r = name.endswith("l32r")

    def place_it(word, target, base):
        return turn(put(turn(word), target - adjust(base)))

    def extract_it(word, base, predicted):
        word = turn(word)
        if not fits(word):
            return None
        if is_l32r:
            return adjust(base) - L32R + take(word)
        return adjust(base) + sext(take(word), bits_ + low)
    add([number], name, 3, place_it, extract_it)


for big in (False, True):
    prefix, first = ("xtensa_be_", 85) if big else ("xtensa_", 80)
    opcode = (lambda w: w >> 20 & 15) if big else (lambda w: w & 15)
    jump = (lambda w: w >> 20 & 15 == 6) if big else (lambda w: w & 63 == 6)
    for i, (name, size, low, adjust, fits) in enumerate((
            ("call", 18, 2, lambda b: (b & ~3) + 4, lambda w, opcode=opcode: opcode(w) == 5),
            ("jump", 18, 0, lambda b: b + 4, jump),
            ("l32r", 16, 2, lambda b: b + 3 & ~3, lambda w, opcode=opcode: opcode(w) == 1),
            ("branch8", 8, 0, lambda b: b + 4, lambda w: True),
            ("branch12", 12, 0, lambda b: b + 4, lambda w: True))):
        xtensa(first + i, prefix + name, big, [(low, low + size - 1, 0 if big else 24 - size)], size,
               adjust, fits)
