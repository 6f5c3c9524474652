"""Chapter 5 of sliver-scanners.md: relocations, symbols, unwind tables and other data."""
from .kinds import sext


def pointer(view, position, word):
    """A *pointer* of chapter 4.3."""
    if view.image.machine == 4 and word & 1 and view.to_code(word - 1):
        return view.absolute(position, "thumb_pointer", word - 1)
    return view.absolute(position, "absolute32", word)


def is_address(view, word):
    return word is not None and word >= 0x1000 and view.inside(word)


def words(view, size=4):
    """(position, word) at multiples of a size from the start of the region."""
    for position in view.records(size):
        word = view.word(position, size)
        if word is not None:
            yield position, word


def pointers(view):
    size = view.image.pointer
    for position in range(view.first(0, size), view.to, size):
        word = view.word(position, size)
        if is_address(view, word):
            yield (view.absolute(position, "absolute64", word) if size == 8
                   else pointer(view, position, word))


def symbol(view, position, index):
    """A reference to symbol number `index` of the region that aux is in."""
    aux, size = view.region.aux, 24 if view.image.pointer == 8 else 16
    if not index or not aux or index >= view.image.regions[view.region.aux_region].size // size:
        return
    yield view.field(position, "symbol64" if size == 24 else "symbol32", aux + size * index, aux,
                     "region", view.region.aux_region)


def value(view, position, word, name):
    """An address, 4 bytes; on ARM perhaps one of Thumb code."""
    field = pointer(view, position, word)
    return field if field.kind == 9 else view.absolute(position, name, word)


def rela(view):
    wide = view.image.pointer == 8
    size = 24 if wide else 12
    for position in view.records(size):
        offset = view.word(position, 8 if wide else 4)
        if offset is not None:
            yield view.absolute(position, "rela_offset64" if wide else "rela_offset32", offset)
        yield from symbol_of_relocation(view, position, wide, 12)
        addend = view.word(position + 16, 8) if wide else view.word(position + 8, 4)
        if addend and view.inside(addend):
            yield (view.absolute(position + 16, "rela_addend64", addend) if wide
                   else value(view, position + 8, addend, "rela_addend32"))


def symbol_of_relocation(view, position, wide, at):
    info = view.word(position + at, 4) if wide else view.word(position + 4, 4)
    if info is not None:
        yield from symbol(view, position + (at if wide else 4), info if wide else info >> 8)


def rel(view):
    wide = view.image.pointer == 8
    for position in view.records(16 if wide else 8):
        offset = view.word(position, 8 if wide else 4)
        if offset is not None:
            yield view.absolute(position, "rela_offset64" if wide else "rela_offset32", offset)
        yield from symbol_of_relocation(view, position, wide, 12)


def relr(view):
    size = view.image.pointer
    for position, word in words(view, size):
        if word & 1 == 0:
            yield view.absolute(position, "rela_offset64" if size == 8 else "rela_offset32", word)


def dynsym(view):
    wide, aux = view.image.pointer == 8, view.region.aux
    for position in view.records(24 if wide else 16):
        name = view.word(position, 4)
        if name and aux:
            yield view.field(position, "symbol_name32", aux + name, aux, "region",
                             view.region.aux_region)
        at, at_size, size = (8, 16, 8) if wide else (4, 8, 4)
        target = view.word(position + at, size)
        if target and view.inside(target):
            yield (view.absolute(position + at, "symbol_value64", target) if wide
                   else value(view, position + at, target, "symbol_value32"))
        length = view.word(position + at_size, size)
        if target is None or not length:
            continue
        start = target & ~1 if view.image.machine == 4 else target
        if view.inside(start + length):
            yield view.field(position + at_size, "size64" if wide else "size32", start + length,
                             start, "previous")


def buckets(view):
    aux, size = view.region.aux, 24 if view.image.pointer == 8 else 16
    for position, index in words(view):
        if index and aux and index < view.image.regions[view.region.aux_region].size // size:
            yield view.field(position, "bucket64" if size == 24 else "bucket32", aux + size * index,
                             aux, "region", view.region.aux_region)


def frame_record(view, position):
    """The size of a record of .eh_frame at a place; 0 if none can start there, None if too little of
    it is there to tell."""
    length = view.word(position, 4)
    if length is None:
        return None
    if not 12 <= length <= 4096 or length % 4:
        return 0
    back = view.word(position + 4, 4)
    if back:
        if back % 4 or back > position + 4 - view.region.offset:
            return 0
        start, count = view.word(position + 8, 4), view.word(position + 12, 4)
        if count is not None:
            if not view.to_code(view.address(position + 8) + sext(start, 32)) or count >= 1 << 24:
                return 0
    return length + 4


def records_follow(view, position, count, size_of):
    """Whether `count` records follow each other, or as many as there are in the window; at least one."""
    for number in range(count):
        size = size_of(view, position)
        if size is None:
            return number > 0
        if size == 0:
            return False
        position += size
    return True


def eh_frame(view):
    position = view.first_in_region(4)
    in_step = position == view.region.offset
    while position < view.to and view.word(position, 4) is not None:
        if not in_step and not records_follow(view, position, 3, frame_record):
            position += 4
            continue
        in_step = True
        size = frame_record(view, position)
        if not size:
            in_step = False
            position += 4
            continue
        yield from frame_fields(view, position, size)
        position += size


def frame_fields(view, position, size):
    back = view.word(position + 4, 4)
    if not back:
        return
    here = view.address(position + 4)
    yield view.relative(position + 4, "cie_distance32", here - back, here)
    start = view.word(position + 8, 4)
    if start is not None:
        here = view.address(position + 8)
        target = here + sext(start, 32)
        yield view.relative(position + 8, "unwind32", target, here)
        count = view.word(position + 12, 4)
        if count is not None:
            yield view.field(position + 12, "size32", target + count, target, "previous")
    if size >= 21 and view.word(position + 16, 1) == 4:
        word = view.word(position + 17, 4)
        here = view.address(position + 17)
        if word and view.inside(here + sext(word, 32)):
            yield view.relative(position + 17, "relative32", here + sext(word, 32), here)


def eh_frame_hdr(view):
    base = view.region.address
    for position, word in words(view):
        place = position - view.region.offset
        if place == 4:
            here = view.address(position)
            yield view.relative(position, "relative32", here + sext(word, 32), here)
        elif place >= 12:
            name = "unwind32" if (place - 12) // 4 % 2 == 0 else "relative32"
            yield view.field(position, name, base + sext(word, 32), base, "region", view.number)


def exidx(view):
    for position, word in words(view):
        second = (position - view.region.offset) // 4 % 2
        if second and (word == 1 or word >> 31):
            continue
        here = view.address(position)
        yield view.relative(position, "prel31", here + sext(word, 31), here)


def tables(view):
    size, position = view.image.pointer, view.first_in_region(4)
    while position < view.to:
        word = view.word(position, size)
        if word is not None and view.address(position) % size == 0 and word >= 0x10000 \
                and view.inside(word):
            yield view.absolute(position, "absolute64" if size == 8 else "absolute32", word)
            position += size
            continue
        base, entries = view.address(position), []
        while (word := view.word(position + 4 * len(entries), 4)) is not None \
                and view.to_code(base + sext(word, 32)):
            entries.append(base + sext(word, 32))
        if len(entries) >= 4:
            for i, target in enumerate(entries):
                yield view.relative(position + 4 * i, "switch32", target, base)
            position += 4 * len(entries)
        else:
            position += 4


def relative(view):
    for position, word in words(view):
        distance, here = sext(word, 32), view.address(position)
        if abs(distance) >= 4096 and word != 0xFFFF8000 and view.inside(here + distance):
            yield view.relative(position, "relative32", here + distance, here)


def offsets(view):
    aux = view.region.aux
    for position, word in words(view):
        if view.inside(aux + word):
            yield view.field(position, "offset32", aux + word, aux, "region", view.region.aux_region)
