"""The numbers of the scanners (chapter 1 of sliver-scanners.md)."""
NAMES = dict(enumerate(
    "x86 aarch64 a32 thumb xtensa riscv pointers rela rel relr dynsym eh_frame eh_frame_hdr exidx tables "
    "relative offsets btf go_functab go_functions go_data anchor xtensa_be buckets".split(), 1))
NUMBERS = {name: number for number, name in NAMES.items()}
