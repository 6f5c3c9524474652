"""The scanners that this decoder has, by their numbers (chapter 1 of sliver-scanners.md)."""
from . import code_aarch64, code_x86, scan_data
from .code_arm import A32, Thumb
from .code_riscv import RiscV
from .code_xtensa import scan_as

SCANNERS = {
    1: code_x86.scan, 2: code_aarch64.scan, 3: lambda view: A32(view).scan(),
    4: lambda view: Thumb(view).scan(), 5: scan_as(False), 6: lambda view: RiscV(view).scan(),
    7: scan_data.pointers, 8: scan_data.rela, 9: scan_data.rel, 10: scan_data.relr,
    11: scan_data.dynsym, 12: scan_data.eh_frame, 13: scan_data.eh_frame_hdr, 14: scan_data.exidx,
    15: scan_data.tables, 16: scan_data.relative, 17: scan_data.offsets, 22: lambda view: (),
    23: scan_as(True), 24: scan_data.buckets}
