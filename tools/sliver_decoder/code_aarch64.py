"""Chapter 4.2 of sliver-scanners.md."""
from .kinds import bits, load_scale, sext


def low_part(word):
    """(what the word adds to the page in register rn, is it an ADD), or None."""
    if word & 0xFFC00000 == 0x91000000:
        return bits(word, 10, 21), True
    if word & 0x3B000000 == 0x39000000:
        offset = bits(word, 10, 21) << load_scale(word)
        return (offset, False) if offset < 4096 else None
    return None


def is_page(word):
    return word & 0x9F000000 == 0x90000000


def target_of_page(view, position, register, page):
    for i in range(1, 33):
        word = view.word(position + 4 * i, 4)
        if word is None:
            break
        low = low_part(word)
        if low is not None and bits(word, 5, 9) == register:
            return page + low[0]
        if is_page(word) and word & 31 == register:
            break
    return page


def scan(view):
    position, pages = view.first(1024, 4), {}  # register -> (position of its ADRP, page, known)
    while True:
        word = view.word(position, 4)
        if word is None:
            return
        pc = view.address(position)
        wide = view.word(position, 8) if view.image.plain and pc % 8 == 0 else None
        if wide is not None and view.inside(wide):
            yield view.absolute(position, "absolute64", wide)
            position += 8
            continue
        yield from instruction(view, position, pc, word, pages)
        position += 4


def instruction(view, position, pc, word, pages):
    if word & 0x7C000000 == 0x14000000:
        target = pc + sext(word << 2, 28)
        if view.to_code(target):
            yield view.relative(position, "a64_call" if word >> 31 else "a64_jump", target, pc)
    elif word & 0xFF000010 == 0x54000000 or word & 0x7E000000 == 0x34000000:
        target = pc + sext(bits(word, 5, 23) << 2, 21)
        if view.to_code(target):
            yield view.relative(position, "a64_branch", target, pc)
    elif word & 0x7E000000 == 0x36000000:
        target = pc + sext(bits(word, 5, 18) << 2, 16)
        if view.to_code(target):
            yield view.relative(position, "a64_test", target, pc)
    elif is_page(word):
        page = (pc & ~4095) + (sext(bits(word, 5, 23) << 2 | bits(word, 29, 30), 21) << 12)
        known = view.inside(page) or view.inside(page + 4095)
        pages[word & 31] = (position, page, known)
        if known and position >= view.start:
            target = target_of_page(view, position, word & 31, page)
            yield view.relative(position, "a64_page", target, pc)
    elif word & 0x9F000000 == 0x10000000:
        target = pc + sext(bits(word, 5, 23) << 2 | bits(word, 29, 30), 21)
        if view.inside(target):
            yield view.relative(position, "a64_adr", target, pc)
    elif word & 0x3B000000 == 0x18000000:
        target = pc + sext(bits(word, 5, 23) << 2, 21)
        if view.inside(target):
            yield view.relative(position, "a64_literal", target, pc)
    else:
        low = low_part(word)
        if low is None:
            return
        register = bits(word, 5, 9)
        at, page, known = pages.get(register, (0, 0, False))
        if known and position - at <= 1024:
            target = page + low[0]
            if view.inside(target):
                yield view.absolute(position, "a64_add" if low[1] else "a64_load", target)
        if low[1] and word & 31 == register:
            pages.pop(register, None)
