"""Chapter 8 of sliver.md: what the new bytes of a field will be, and what is learned from them."""
from . import kinds
from .models import MASK32, hash32

MASK64 = (1 << 64) - 1
TARGETS, PAGES = 0x51C0FFEE, 0x0DDBA115
FIRST_SCORES = [2600, 2400, 1200, 1500, 600, 1000]


def sext32(value):
    return ((value & MASK32) ^ 0x80000000) - 0x80000000


class Prediction:
    """field, base, guesses {number: target}, bytes and targets of up to three predictions, and
    source, agreement, score, second_score and changed as the document has them."""


class Predictor:
    def __init__(self, job):
        self.old, self.image, self.new_image = job.old, job.image, job.new_image
        self.addresses, self.cover_map = job.addresses, job.cover_map
        self.mask = MASK32 if job.image.pointer == 4 else MASK64
        self.chunk_bits, self.bits = job.header.chunk_bits, job.header.learned_bits
        self.scores, self.shifts, self.table = {}, {}, {}

    def entry(self, key, salt):
        check = hash32(key & MASK32 ^ salt, key >> 32) | 1
        return (check >> 8) & (1 << self.bits) - 1, check

    def known(self, key, salt):
        number, check = self.entry(key, salt)
        found = self.table.get(number)
        return found[1] if found is not None and found[0] == check else None

    def move(self, address):
        """(new address, whether the cover map said inside), or None."""
        offset = self.image.offset_of(address)
        if offset is None:
            return None
        moved = self.cover_map.move(offset)
        if moved is None:
            return None
        address = self.new_image.address_of(moved[0])
        return None if address is None else (address & self.mask, moved[1])

    def base(self, field, x, previous):
        if field.anchor == "none":
            return 0
        if field.anchor == "self":
            a = self.image.address_of(field.position)
            b = self.new_image.address_of(x)
            return field.base if a is None or b is None else (b + field.base - a) & self.mask
        if field.anchor == "region":
            if field.region >= len(self.addresses):
                return field.base
            return self.addresses[field.region] & self.mask
        if (field.anchor == "previous" and previous is not None and
                previous[0].position >> self.chunk_bits == field.position >> self.chunk_bits):
            return previous[1]
        moved = self.move(field.base)
        return field.base if moved is None else moved[0]

    def guesses(self, field):
        target, guesses = field.target, {}
        learned, page = self.known(target, TARGETS), self.known(target >> 8, PAGES)
        if learned is not None:
            guesses[0] = target + sext32(learned)
        moved = self.move(target)
        if moved is not None:
            guesses[1 if moved[1] else 2] = moved[0]
        guesses[3] = target + self.shifts.get(field.kind, 0)
        guesses[4] = target
        if page is not None:
            guesses[5] = target + sext32(page)
        return {number: guess & self.mask for number, guess in guesses.items()}

    def predict(self, field, x, previous):
        """For a field that will stand at new position x, behind previous = (field, target) or None."""
        p = Prediction()
        p.field, p.base = field, self.base(field, x, previous)
        p.old = self.old[field.position:field.position + field.width]
        p.guesses, p.bytes, p.targets, ranks = self.guesses(field), [], [], []
        scores = self.scores.setdefault(field.kind, list(FIRST_SCORES))
        left = sorted(p.guesses, key=lambda number: (-scores[number], number))
        while left and len(p.bytes) < 3:
            first = left[0]
            target = p.guesses[first]
            agreeing = [number for number in left if p.guesses[number] == target]
            left = [number for number in left if p.guesses[number] != target]
            placed = kinds.place(field.kind, p.old, target, p.base)
            if not p.bytes:
                p.source, p.agreement = first, sum(1 << number for number in agreeing)
            if placed not in p.bytes:
                p.bytes.append(placed)
                p.targets.append(target)
                ranks.append(first)
        small = [min(15, scores[number] >> 8) for number in ranks]
        p.score, p.second_score = small[0], small[1] if len(small) > 1 else 0
        p.changed = 1 if p.bytes[0] != p.old else 0
        return p

    def learn(self, p, made):
        """Learns from the field's new bytes; its target."""
        field = p.field
        target = kinds.extract(field.kind, made, p.base, p.targets[0], self.mask)
        if target is None:
            return p.targets[0]
        scores = self.scores[field.kind]
        for number, guess in p.guesses.items():
            scores[number] += ((4096 if guess == target else 0) - scores[number]) >> 4
        shift = (target - field.target) & MASK64
        self.shifts[field.kind] = shift
        if shift & self.mask == sext32(shift) & self.mask:
            for key, salt in ((field.target, TARGETS), (field.target >> 8, PAGES)):
                number, check = self.entry(key, salt)
                self.table[number] = (check, shift & MASK32)
        return target
