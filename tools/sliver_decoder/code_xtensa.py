"""Chapter 4.5 of sliver-scanners.md."""
from .kinds import BY_NUMBER, NUMBER, bits, swap
from .scan_data import is_address, pointer


def branch_name(bits45, bits67, bits1215):
    if bits45 == 3 and (bits67 == 0 or bits67 == 1 and bits1215 >= 2):
        return None
    return ("jump", "branch12", "branch8", "branch8")[bits45]


def name_of(word, big):
    if big:
        opcode, rest = bits(word, 4, 7), (bits(word, 2, 3), bits(word, 0, 1), bits(word, 8, 11))
    else:
        opcode, rest = bits(word, 0, 3), (bits(word, 4, 5), bits(word, 6, 7), bits(word, 12, 15))
    if opcode == 6:
        return opcode, branch_name(*rest)
    return opcode, {1: "l32r", 5: "call", 7: "branch8"}.get(opcode)


def scan_as(big):
    prefix = "xtensa_be_" if big else "xtensa_"

    def scan(view):
        position = view.first(64, 1)
        while (word := view.word(position, 3)) is not None and position < view.to:
            opcode, name = name_of(word, big)
            length = 2 if 8 <= opcode <= 13 else 3
            place = position + -view.address(position) % 4
            address = view.word(place, 4)
            if place < position + length and address is not None:
                address = swap(address, 4) if big else address
                if is_address(view, address):
                    yield (view.absolute(place, "absolute32_be", address) if big
                           else pointer(view, place, address))
                    position = place + 4
                    continue
            if name is not None:
                pc = view.address(position)
                target = BY_NUMBER[NUMBER[prefix + name]][2](word, pc, 0)
                if (view.inside if name == "l32r" else view.to_code)(target):
                    yield view.relative(position, prefix + name, target, pc)
            position += length
    return scan
