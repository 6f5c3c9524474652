"""The scanners of chapter 5 of sliver-scanners.md that read BTF and parts of .gopclntab."""
from .scanner_numbers import NUMBERS
from .scan_data import records_follow, words

ARRAY, STRUCT, UNION, ENUM, FUNC_PROTO, VAR, DATASEC, ENUM64 = 3, 4, 5, 6, 13, 14, 15, 19
HEADS_WITH_TYPE = {2, 8, 9, 10, 11, 12, 13, 14, 17, 18}
FIXED = {1: 4, ARRAY: 12, VAR: 4, 17: 4}  # bytes behind a head
MEMBER = {STRUCT: 12, UNION: 12, ENUM: 8, FUNC_PROTO: 8, DATASEC: 12, ENUM64: 12}
TYPES = 0x6000000060000000


def btf_size(view, position):
    name, info = view.word(position, 4), view.word(position + 4, 4)
    if info is None:
        return None
    kind = info >> 24 & 31
    strings = view.image.regions[view.region.aux_region].size if view.region.aux else 0
    if not 1 <= kind <= 19 or info & 0x60FF0000 or name >= strings:
        return 0
    return 12 + FIXED.get(kind, 0) + MEMBER.get(kind, 0) * (info & 0xFFFF)


def btf_places(position, kind, count):
    """(place, is it a name) of names and types of a record."""
    yield position, True
    if kind in HEADS_WITH_TYPE:
        yield position + 8, False
    if kind == ARRAY:
        yield position + 12, False
        yield position + 16, False
    for i in range(count if kind in MEMBER else 0):
        at = position + 12 + i * MEMBER[kind]
        if kind == DATASEC:
            yield at, False
            continue
        yield at, True
        if kind in (STRUCT, UNION, FUNC_PROTO):
            yield at + 4, False


def in_step(view, size_of, follow, fields):
    """Fields of records that follow each other; out of step, from a place where some do on."""
    position = view.first_in_region(4)
    steady = position == view.region.offset
    while position < view.to and view.word(position, 4) is not None:
        size = size_of(view, position)
        if not size or not steady and not follow(view, position):
            steady = False
            position += 4
            continue
        steady = True
        yield from fields(view, position, size)
        position += size


def btf_fields(view, position, size):
    aux, info = view.region.aux, view.word(position + 4, 4)
    for place, is_name in btf_places(position, info >> 24 & 31, info & 0xFFFF):
        word = view.word(place, 4)
        if word and is_name:
            yield view.field(place, "btf_name32", aux + word, aux, "region", view.region.aux_region)
        elif word:
            yield view.field(place, "btf_type32", TYPES + word, 0, "none")


def btf(view):
    return in_step(view, btf_size, lambda v, p: records_follow(v, p, 6, btf_size), btf_fields)


def from_region(view, position, number, word, name="go_offset32", scale=1):
    base = view.image.regions[number].address
    return view.field(position, name, base + scale * word, base, "region", number)


def go_functab(view):
    for position, word in words(view):
        first = (position - view.region.offset) // 4 % 2 == 0
        yield from_region(view, position, view.region.aux_region if first else view.number, word)


def go_size(view, position):
    regions, number = view.image.regions, view.number
    values = [view.word(position + 4 * i, 4) for i in range(11)]
    if values[10] is None:
        return None
    tables, data = values[7], values[10] >> 24
    limit = regions[number - 2].size
    if (tables > 32 or data > 32 or values[1] >= regions[number - 5].size
            or any(value >= limit for value in values[4:7])
            or not view.to_code(view.region.aux + values[0])):
        return 0
    size = 44 + 4 * (tables + data)
    return size + -size % view.image.pointer


def three_functions(view, position):
    """Whether three records follow each other (or as many as there are), with growing entries."""
    if not records_follow(view, position, 3, go_size):
        return False
    entries = []
    while len(entries) < 3 and (size := go_size(view, position)):
        entries.append(view.word(position, 4))
        position += size
    return all(a < b for a, b in zip(entries, entries[1:]))


def go_fields(view, position, size):
    number, regions = view.number, view.image.regions
    yield from_region(view, position, view.region.aux_region, view.word(position, 4))
    yield from_region(view, position + 4, number - 5, view.word(position + 4, 4))
    for place in (16, 20, 24):
        if word := view.word(position + place, 4):
            yield from_region(view, position + place, number - 2, word)
    unit = view.word(position + 32, 4)
    if unit != 0xFFFFFFFF:
        yield from_region(view, position + 32, number - 4, unit, "go_index32", 4)
    tables, data = view.word(position + 28, 4), view.word(position + 43, 1)
    has_data = number + 1 < len(regions) and regions[number + 1].scanner == NUMBERS["go_data"]
    for i in range(tables + data):
        word = view.word(position + 44 + 4 * i, 4)
        if i < tables and word:
            yield from_region(view, position + 44 + 4 * i, number - 2, word)
        elif i >= tables and has_data and word not in (None, 0xFFFFFFFF):
            yield from_region(view, position + 44 + 4 * i, number + 1, word)


def go_functions(view):
    regions, number = view.image.regions, view.number
    wanted = {number - 5: "anchor", number - 4: "offsets", number - 2: "anchor"}
    if number < 5 or any(regions[n].scanner != NUMBERS[name] for n, name in wanted.items()):
        return
    yield from in_step(view, go_size, three_functions, go_fields)


def go_data(view):
    position, number = view.first_in_region(4), view.number - 6
    while number >= 0 and position < view.to:
        first, name, third, fourth = (view.word(position + 4 * i, 4) for i in range(4))
        if (fourth is not None and first < 32 and 64 <= name < view.image.regions[number].size
                and third < 1 << 20 and fourth < 1 << 17):
            yield from_region(view, position + 4, number, name)
            position += 16
        else:
            position += 4
