#!/usr/bin/env python3
"""Makes the first inputs of the fuzzers in this folder, by the programs that users have."""
import pathlib
import struct
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def make(name, command, tree):
    out = HERE / name
    out.parent.mkdir(exist_ok=True)
    out.unlink(missing_ok=True)
    subprocess.run(["bash", "-euc", command.replace("OUT", str(out))], cwd=tree, check=True,
                   capture_output=True, env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"})


def esp32(new):
    """An image of two segments with a valid checksum."""
    segments = [(0x3F400020, b"data of the first"), (0x40080000, b"code of the second")]
    image = struct.pack("<BBBBI", 0xE9, len(segments), 2, 2, 0x40080000)
    image += bytes(15) + b"\1" if new else b""
    total = 0xEF
    for address, data in segments:
        image += struct.pack("<II", address, len(data)) + data
        for byte in data:
            total ^= byte
    image += bytes(15 - len(image) % 16) + bytes([total])
    return image + bytes(32) if new else image


def main():
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        (tree / "lib").mkdir()
        (tree / "a").write_text("a small file\n")
        (tree / "lib" / "text").write_text("a file that is a little longer\n" * 40)
        (tree / ("n" * 60)).mkdir()
        (tree / ("n" * 60) / ("m" * 60)).write_text("long name\n")
        (tree / "link").symlink_to("a")
        for form in ("ustar", "gnu", "pax"):
            make(f"tar/{form}", f"tar --format={form} --mtime=@0 --sort=name -b1 -cf OUT *", tree)
        make("tar/sparse", "truncate -s 1M hole; echo x >> hole; tar --mtime=@0 -b1 -Scf OUT hole; "
             "rm hole", tree)
        for form in ("newc", "crc"):
            make(f"cpio/{form}", f"find . | sort | cpio -o -H {form} > OUT", tree)
        make("ar/gnu", "ar qcD OUT a lib/text n*/m*", tree)
        make("zip/plain", "zip -Xr OUT.zip . && mv OUT.zip OUT", tree)
        make("zip/pipe", "zip -Xr - . | cat > OUT", tree)
        make("zip/zip64", "zip -Xfzr OUT.zip a && mv OUT.zip OUT", tree)
        make("zip/comment", "echo words | zip -Xz0 OUT.zip a && mv OUT.zip OUT", tree)
        for form, options in {"ext2": "-t ext2 -b 1024 -I 128", "ext4": "-t ext4 -b 1024 -O ^has_journal",
                              "inline": "-t ext4 -b 1024 -O ^has_journal,inline_data -I 256",
                              "meta_bg": "-t ext4 -b 1024 -O ^has_journal,^resize_inode,meta_bg"}.items():
            make(f"ext4/{form}", f"truncate -s 96K OUT; mkfs.ext4 -q -N 32 -U clear -d . {options} OUT",
                 tree)
        make("stream/gzip", "gzip -nc lib/text > OUT; gzip -nc a >> OUT", tree)
        make("stream/xz", "xz -c lib/text > OUT; xz -c a >> OUT", tree)
        make("stream/bzip2", "bzip2 -c lib/text > OUT", tree)
        make("stream/lzma", "xz --format=lzma -c lib/text > OUT", tree)
        make("elf/object", "echo 'int f(int x) { return x + 1; }' > f.c; gcc -c f.c -o OUT; "
             "rm f.c", tree)
    (HERE / "esp32").mkdir(exist_ok=True)
    for name, new in {"esp32": True, "esp8266": False}.items():
        (HERE / "esp32" / name).write_bytes(esp32(new))


if __name__ == "__main__":
    main()
