#include <zlib.h>

#include <cstdio>
#include <filesystem>

#include "container/test_examples.h"

namespace kerf::container::test {

namespace {

class Maker {
 public:
  Examples make_all() {
    make_tree();
    make_archives();
    make_images();
    make_streams();
    for (const std::string& tool : made_.missing) {
      std::printf("SKIP: no program %s: its examples are not tried\n", tool.c_str());
    }
    return std::move(made_);
  }

 private:
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
      made_.missing.push_back(tool);
      return;
    }
    std::filesystem::remove(folder_.file("out"));
    const bool made = run(folder_.path(), "PATH=$PATH:/usr/sbin:/sbin; " + command);
    EXPECT_TRUE(made) << command << "\n" << folder_.content("log");
    if (made) {
      made_.list.push_back({name, container, load(folder_.file("out")), std::move(members)});
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
    const std::string make_fs =
        "truncate -s 4M out; mkfs.ext4 -q -d tree -U 11111111-2222-3333-4444-555555555555 ";
    for (const std::string options :
         {"-t ext2", "-t ext3", "-t ext4", "-t ext4 -b 4096 -O ^has_journal",
          "-t ext4 -b 1024 -O 64bit,^resize_inode,meta_bg,^has_journal",
          "-t ext4 -b 1024 -O bigalloc,^has_journal", "-t ext4 -I 256 -O inline_data,^has_journal",
          "-t ext4 -b 1024 -g 256 -O ^has_journal"}) {
      std::string command = make_fs;
      command.append(options).append(" out");
      make("mkfs.ext4 " + options, "ext4", "mkfs.ext4", command, tree_);
      if (options.find("inline_data") != std::string::npos && !made_.list.empty()) {
        std::erase_if(made_.list.back().members,
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
    made_.list.push_back({"zlib", "zlib", packed, one});
  }

  io::TestFolder folder_;
  std::map<std::string, std::string> tree_;
  Examples made_;
};

}  // namespace

const Examples& examples() {
  static const Examples made = Maker().make_all();
  return made;
}

}  // namespace kerf::container::test
