"""Chapter 6 of sliver-scanners.md: what the headers of the old file say. Here: ELF."""
from . import recognition_esp
from .errors import NotWritten, Refused
from .image import NUMBERS, Image, Region, Segment

MACHINES = {3: 2, 40: 4, 62: 1, 94: 5, 183: 3}  # e_machine -> machine
CODE = {1: "x86", 2: "x86", 3: "aarch64", 5: "xtensa", 6: "riscv", 7: "riscv"}
BY_TYPE = {3: "anchor", 4: "rela", 9: "rel", 11: "dynsym", 14: "pointers", 15: "pointers",
           16: "pointers", 19: "relr", 0x6FFFFFF6: "buckets"}


class Elf:
    def __init__(self, old):
        self.old, self.wide = old, old[4] == 2
        at = (lambda wide, narrow: wide if self.wide else narrow)
        machine = self.number(18, 2)
        if machine == 243:
            self.machine = 6 if self.wide else 7
        else:
            self.machine = MACHINES.get(machine, 0)
        self.pointer = 8 if self.wide else 4
        self.segments = []
        table, size, count = (self.number(at(32, 28), self.pointer), self.number(at(54, 42), 2),
                              self.number(at(56, 44), 2))
        for i in range(min(count, 512)):
            self.segment(table + i * size)
        table, size, count, names = (
            self.number(at(40, 32), self.pointer), self.number(at(58, 46), 2),
            self.number(at(60, 48), 2), self.number(at(62, 50), 2))
        self.sections = [self.section(table + i * size) for i in range(min(count, 512))]
        self.names = self.section(table + names * size)["offset"] if table else 0

    def number(self, at, size):
        if at + size > len(self.old):
            raise Refused(f"the old file's ELF headers end at byte {len(self.old)}, in a field at {at}")
        return int.from_bytes(self.old[at:at + size], "little")

    def segment(self, at):
        kind = self.number(at, 4)
        places = (4, 8, 16, 32, 40) if self.wide else (24, 4, 8, 16, 20)
        flags = self.number(at + places[0], 4)
        offset, address, size, memory = (self.number(at + p, self.pointer) for p in places[1:])
        wraps = address + memory >= 1 << 8 * self.pointer
        if kind != 1 or wraps or offset >= len(self.old):
            return
        memory = max(memory, size)
        size = min(size, len(self.old) - offset)
        self.segments.append(Segment(address, memory, offset, size, flags & 1))

    def section(self, at):
        names = ("flags", "address", "offset", "size")
        places = (8, 16, 24, 32) if self.wide else (8, 12, 16, 20)
        section = {name: self.number(at + p, self.pointer) for name, p in zip(names, places)}
        section["name"], section["type"] = self.number(at, 4), self.number(at + 4, 4)
        section["link"] = self.number(at + (40 if self.wide else 24), 4)
        return section

    def name(self, section):
        start = self.names + section["name"]
        end = self.old.find(b"\0", start)
        return self.old[start:end].decode("latin-1") if end >= 0 else ""

    def is_a32(self, offset, size):
        step, votes, all_samples = max(256, size // 16 // 4 * 4), 0, 0
        for sample in range(16):
            at = offset + sample * step
            if at + 256 > offset + size:
                break
            words = [self.number(at + 4 * i, 4) >> 28 for i in range(64)]
            votes += words.count(14)
            all_samples += 64
        return all_samples == 0 or 2 * votes > all_samples

    def code(self, offset, size):
        if self.machine == 4:
            return "a32" if self.is_a32(offset, size) else "thumb"
        return CODE.get(self.machine)

    def scanner(self, section, offset, size):
        kind, name = section["type"], self.name(section)
        if kind == 0x70000001:
            return {4: "exidx", 1: "eh_frame"}.get(self.machine)
        if kind in BY_TYPE:
            return BY_TYPE[kind]
        if kind != 1:
            return "pointers" if name == ".dynamic" else None
        if name in (".eh_frame", ".eh_frame_hdr"):
            return name[1:]
        if name == ".gopclntab":
            raise NotWritten("regions of .gopclntab are not written in this decoder")
        if section["flags"] & 4:
            return self.code(offset, size)
        return "pointers" if section["flags"] & 1 else "tables"

    def buckets(self, offset, size):
        """The buckets of a .gnu.hash, or None."""
        if size < 16:
            return None
        start = 16 + self.number(offset + 8, 4) * self.pointer
        length = 4 * self.number(offset, 4)
        return (start, length) if start + length <= size else None

    def regions(self):
        found = []
        for section in self.sections:
            offset, size, address = section["offset"], section["size"], section["address"]
            if not section["flags"] & 2 or section["type"] == 8 or offset >= len(self.old):
                continue
            size = min(size, len(self.old) - offset)
            scanner = self.scanner(section, offset, size)
            if scanner == "buckets":
                cut = self.buckets(offset, size)
                if cut is None:
                    continue
                offset, size, address = offset + cut[0], cut[1], address + cut[0]
            overlaps = any(offset < o + s and o < offset + size for o, s, *_ in found)
            if scanner is None or size == 0 or overlaps or len(found) == 64:
                continue
            found.append((offset, size, address, scanner, section))
        found.sort(key=lambda region: region[0])
        dynsym = next((s["address"] for s in self.sections if s["type"] == 11), 0)
        regions = []
        for offset, size, address, scanner, section in found:
            aux = 0
            if scanner in ("rela", "rel", "buckets"):
                aux = dynsym
            elif scanner == "dynsym" and section["link"] < len(self.sections):
                aux = self.sections[section["link"]]["address"]
            number = next((i for i, region in enumerate(found) if aux and region[2] == aux), None)
            regions.append(Region(offset, size, address, NUMBERS[scanner], 1,
                                  0 if number is None else aux, number or 0))
        if regions:
            return regions
        for s in self.segments:
            scanner = self.code(s.offset, s.size) if s.executable else "pointers"
            regions.append(Region(s.offset, s.size, s.address, NUMBERS[scanner], 1, 0, 0))
        return regions


def recognise(old):
    if old[:4] == b"\x7fELF" and len(old) > 52 and old[4] in (1, 2) and old[5] == 1:
        elf = Elf(old)
        return Image(elf.machine, elf.pointer, elf.segments[:24], elf.regions())
    image = recognition_esp.recognise(old) if old[:1] == b"\xe9" else None
    if image is None:
        raise NotWritten("this decoder recognises ELF and ESP images only")
    return image
