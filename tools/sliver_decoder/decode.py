"""The order of things: header, map, windows (chapters 2, 3, 5 and 6 of sliver.md)."""
import hashlib

from . import tiny
from .covers import CoverMap, MapReader, read_covers, read_destination, read_image
from .errors import Refused
from .header import MARK, read_header
from .image import Fields, Image
from .literals import OldIndex
from .models import RangeDecoder
from .recognition import recognise
from .window import Window


class Job:
    """What all windows share."""

    def __init__(self, old, patch):
        self.old, self.header = old, read_header(patch)
        h = self.header
        if (len(old), hashlib.sha256(old).digest()) != (h.old_size, h.old_sha):
            raise Refused("the patch was made for another old file")
        reader = MapReader(h.map)
        self.covers = read_covers(reader, h)
        if h.image_kind == 0:
            self.image = Image(0, 8, [], [])
        else:
            self.image = recognise(old) if h.image_kind == 1 else read_image(reader)
        self.image.check(len(old))
        self.new_image, self.addresses = read_destination(reader, self.image)
        self.cover_map = CoverMap(self.covers, len(old))
        self.fields = Fields(old, self.image, h.chunk_bits, 256 * h.before, 256 * h.after,
                             1 << h.chunk_bits - 1)
        self.old_index = OldIndex(old, h.old_index_bits)

    def range_decoder(self, window):
        return RangeDecoder(self.header.windows[window])


def decode(old, patch):
    """The new file; Refused or NotWritten if that cannot be made."""
    if patch[8:9] == bytes([tiny.PROFILE]) and patch[:8] == MARK:
        return tiny.decode(old, patch)
    job = Job(old, patch)
    new = b"".join(Window(job, i).decode() for i in range(len(job.header.windows)))
    if (len(new), hashlib.sha256(new).digest()) != (job.header.new_size, job.header.new_sha):
        raise Refused("what came out is not the new file that the patch promises")
    return new
