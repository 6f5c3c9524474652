// Archives and images for the tests, made by the programs that users have.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/test_bytes.h"
#include "container/container.h"
#include "io/file.h"
#include "io/test_support.h"

namespace kerf::container::test {

constexpr Limits kLimits{std::uint64_t{1} << 30, std::uint64_t{64} << 20, 8};

using Vector = std::vector<std::uint8_t>;

struct Example {
  std::string name;
  std::string container;
  Vector bytes;
  // What its members hold, by path: packed ones unpacked. Of a compressed file: "".
  std::map<std::string, std::string> members;
};

// Runs `command` by a shell in `folder`.
inline bool run(const std::string& folder, const std::string& command) {
  return std::system(("cd '" + folder + "' && (" + command + ") >/dev/null 2>log").c_str()) == 0;
}

inline bool have(const std::string& tool) {
  return std::system(("PATH=$PATH:/usr/sbin:/sbin command -v " + tool + " >/dev/null").c_str()) ==
         0;
}

inline Vector load(const std::string& path) {
  const auto file = io::FileSource::open(path);
  EXPECT_TRUE(file) << file.error().text();
  auto bytes = read_all(*file, std::uint64_t{1} << 30);
  EXPECT_TRUE(bytes);
  return *std::move(bytes);
}

inline std::string text(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

// All that an entry holds, unpacked if it is packed.
inline std::string content(const Source& file, const Entry& entry) {
  Vector bytes(static_cast<std::size_t>(entry.size()));
  MutBytes left(bytes);
  for (const Extent& extent : entry.extents) {
    EXPECT_TRUE(file.read_at(extent.offset, left.first(static_cast<std::size_t>(extent.length))));
    left = left.subspan(static_cast<std::size_t>(extent.length));
  }
  if (!entry.packed) {
    return text(bytes);
  }
  MemorySink plain(kLimits.output);
  const auto decoded = find_codec(*entry.packed)->decode(MemorySource(bytes), plain, kLimits);
  EXPECT_TRUE(decoded) << decoded.error().text();
  EXPECT_EQ(decoded->packed, bytes.size());
  EXPECT_EQ(entry.unpacked_size.value_or(decoded->plain), decoded->plain);
  return text(plain.view());
}

class Examples {
 public:
  // Makes them once. Says loudly which programs are missing.
  static const Examples& all() {
    static const Examples examples;
    return examples;
  }
  const std::vector<Example>& list() const { return list_; }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  Examples() {
    make_tree();
    make_archives();
    make_images();
    make_streams();
    for (const std::string& tool : missing_) {
      std::printf("SKIP: no program %s: its examples are not tried\n", tool.c_str());
    }
  }

  void put(const std::string& name, std::string_view content) {
    std::filesystem::create_directories(
        std::filesystem::path(folder_.file("tree/" + name)).parent_path());
    folder_.put("tree/" + name, content);
    tree_[name] = content;
  }

  void make_tree() {
    std::filesystem::create_directory(folder_.file("tree"));
    put("a", "a small file\n");
    put("empty", "");
    put("lib/noise.bin", text(kerf::test::noise(9001, 1, 256)));
    put("lib/text.txt", text(kerf::test::noise(20000, 2, 7)));
    put("lib/exact block", std::string(4096, 'x'));
    put(std::string(80, 'd') + "/" + std::string(70, 'e') + "/a long path.txt", "deep");
    std::filesystem::create_directory(folder_.file("tree/no files"));
    std::filesystem::create_symlink("lib/noise.bin", folder_.file("tree/link"));
  }

  // `command` writes the file "out" in a folder with "tree".
  void make(const std::string& name, const std::string& container, const std::string& tool,
            const std::string& command, std::map<std::string, std::string> members) {
    if (!have(tool)) {
      missing_.push_back(tool);
      return;
    }
    std::filesystem::remove(folder_.file("out"));
    const bool made = run(folder_.path(), "PATH=$PATH:/usr/sbin:/sbin; " + command);
    EXPECT_TRUE(made) << command << "\n" << folder_.content("log");
    if (made) {
      list_.push_back({name, container, load(folder_.file("out")), std::move(members)});
    }
  }

  void make_archives() {
    std::map<std::string, std::string> short_ones = tree_;
    std::erase_if(short_ones, [](const auto& member) { return member.first.size() > 99; });
    make("tar, v7", "tar", "tar", "tar --format=v7 --sort=name -C tree -cf out --exclude='dd*' .",
         short_ones);
    for (const std::string format : {"ustar", "gnu", "pax"}) {
      make("tar, " + format, "tar", "tar",
           "tar --format=" + format + " --sort=name -C tree -cf out .", tree_);
    }
    for (const std::string format : {"newc", "crc"}) {
      make("cpio, " + format, "cpio", "cpio",
           "cd tree; find . | sort | cpio -o -H " + format + " > ../out", tree_);
    }
    make("two cpio archives", "cpio", "cpio",
         "cd tree; for f in a empty; do echo $f | cpio -o -H newc; done > ../out",
         {{"a", tree_["a"]}, {"empty", ""}});
    make("ar", "ar", "ar",
         "cd tree/lib; cp ../a 'a long name of a member'; ar qc ../../out *; rm 'a long'*",
         {{"noise.bin", tree_["lib/noise.bin"]},
          {"text.txt", tree_["lib/text.txt"]},
          {"exact block", tree_["lib/exact block"]},
          {"a long name of a member", tree_["a"]}});
    make("Debian package", "ar", "dpkg-deb",
         "mkdir -p deb/DEBIAN; printf 'Package: a\\nVersion: 1\\nArchitecture: all\\n"
         "Maintainer: nobody <n@example.org>\\nDescription: a\\n' > deb/DEBIAN/control; "
         "cp -r tree deb/usr; dpkg-deb --root-owner-group -b deb out",
         {{"debian-binary", "2.0\n"}});
    make("zip", "zip", "zip", "cd tree; zip -9Xr ../out.zip . && mv ../out.zip ../out", zipped());
    make("zip, stored", "zip", "zip", "cd tree; zip -0r ../out.zip . && mv ../out.zip ../out",
         zipped());
    make("zip with data descriptors", "zip", "zip",
         "cd tree; zip -fd -r ../out.zip . && mv ../out.zip ../out", zipped());
    make("zip to a pipe", "zip", "zip", "cd tree; zip -r - . | cat > ../out", zipped());
    make("zip64", "zip", "zip", "cd tree; zip -fz -r ../out.zip . && mv ../out.zip ../out",
         zipped());
    make("zip with a comment", "zip", "zip",
         "cd tree; echo hello | zip -z ../out.zip a && mv ../out.zip ../out", {{"a", tree_["a"]}});
    make("zip, bzip2", "zip", "zip",
         "cd tree; zip -Z bzip2 ../out.zip lib/* && mv ../out.zip ../out",
         {{"lib/text.txt", tree_["lib/text.txt"]}});
  }

  // zip stores links as files.
  std::map<std::string, std::string> zipped() {
    auto members = tree_;
    members["link"] = tree_["lib/noise.bin"];
    return members;
  }

  void make_images() {
    const std::string make_fs = "mkfs.ext4 -q -d tree -U 11111111-2222-3333-4444-555555555555 ";
    for (const std::string options :
         {"-t ext2", "-t ext3", "-t ext4", "-t ext4 -b 4096 -O ^has_journal",
          "-t ext4 -b 1024 -O 64bit,^resize_inode,meta_bg,^has_journal",
          "-t ext4 -b 1024 -O bigalloc,^has_journal", "-t ext4 -I 256 -O inline_data,^has_journal",
          "-t ext4 -b 1024 -g 256 -O ^has_journal"}) {
      make("mkfs.ext4 " + options, "ext4", "mkfs.ext4",
           "truncate -s 4M out; " + make_fs + options + " out", tree_);
      if (options.find("inline_data") != std::string::npos && !list_.empty()) {
        std::erase_if(list_.back().members,
                      [](const auto& member) { return member.second.size() < 160; });
      }
    }
  }

  void make_streams() {
    const std::map<std::string, std::string> one{{"", tree_["lib/text.txt"]}};
    const std::map<std::string, std::string> twice{
        {"", tree_["lib/text.txt"] + tree_["lib/text.txt"]}};
    const std::string input = " tree/lib/text.txt";
    make("gzip", "gzip", "gzip", "gzip -c" + input + " > out", one);
    make("gzip, two members", "gzip", "gzip", "(gzip -c" + input + "; gzip -nc" + input + ") > out",
         twice);
    make("gzip with padding", "gzip", "gzip", "gzip -c" + input + " > out; truncate -s %512 out",
         one);
    make("gzip with a tail", "gzip", "gzip", "(gzip -c" + input + "; echo a tail) > out",
         {{"", tree_["lib/text.txt"]}, {"appended data", "a tail\n"}});
    make("bzip2", "bzip2", "bzip2", "bzip2 -c" + input + " > out", one);
    make("xz", "xz", "xz", "xz -c" + input + " > out", one);
    make("xz, threads", "xz", "xz", "xz -T2 --block-size=8192 -c" + input + " > out", one);
    make("lzma", "lzma", "xz", "xz --format=lzma -c" + input + " > out", one);
    Vector packed(compressBound(20000));
    uLongf length = packed.size();
    const std::string& plain = tree_["lib/text.txt"];
    EXPECT_EQ(compress(packed.data(), &length, as_bytes(plain).data(), plain.size()), Z_OK);
    packed.resize(length);
    list_.push_back({"zlib", "zlib", packed, one});
  }

  io::TestFolder folder_;
  std::map<std::string, std::string> tree_;
  std::vector<Example> list_;
  std::vector<std::string> missing_;
};

}  // namespace kerf::container::test
