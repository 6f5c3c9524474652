// ZIP packages and APKs: what is whole, what is safe to unpack.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <cerrno>
#include <string>
#include <vector>

#include "agent/archive/apk_signature.h"
#include "agent/archive/check.h"
#include "agent/archive/unpack.h"
#include "agent/archive/zip.h"
#include "agent/result_codes.h"
#include "base/bytes.h"
#include "io/file.h"
#include "io/folder.h"
#include "io/test_support.h"

namespace kerf::agent {
namespace {

using io::Faults;
using io::Op;
using io::TestFolder;

constexpr Limits limits{1 << 20, 1 << 20, 1};

struct Member {
  std::string name;
  std::string content;
  unsigned unix_mode = 0100644;
};

// A ZIP file made by libzip, as bytes.
std::string make_zip(const std::vector<Member>& members) {
  const TestFolder folder;
  const std::string path = folder.file("z");
  zip_t* archive = ::zip_open(path.c_str(), ZIP_CREATE, nullptr);
  for (const Member& member : members) {
    const auto add_file = [&] {  // takes the source over
      return ::zip_file_add(
          archive, member.name.c_str(),
          ::zip_source_buffer(archive, member.content.data(), member.content.size(), 0), 0);
    };
    const zip_int64_t index =
        member.name.ends_with('/') ? ::zip_dir_add(archive, member.name.c_str(), 0) : add_file();
    EXPECT_GE(index, 0) << member.name;
    ::zip_file_set_external_attributes(archive, static_cast<zip_uint64_t>(index), 0, ZIP_OPSYS_UNIX,
                                       member.unix_mode << 16);
  }
  EXPECT_EQ(::zip_close(archive), 0);
  return folder.content("z");
}

// Every occurrence, in local headers and in the directory.
std::string replaced(std::string text, const std::string& what, const std::string& by) {
  EXPECT_EQ(what.size(), by.size());
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    text.replace(at, what.size(), by);
  }
  return text;
}

Status unpack(const std::string& zip, const std::string& root) {
  return unpack_zip(MemorySource(as_bytes(zip)), root, limits, nullptr);
}

ResultCode why_not_unpacked(const std::string& zip) {
  const TestFolder folder;
  const Status status = unpack(zip, folder.file("root"));
  EXPECT_FALSE(status);
  EXPECT_FALSE(io::exists(folder.file("root"))) << "something was written";
  return status ? ResultCode::ok : code_of(status.error());
}

TEST(Unpack, FilesAndFolders) {
  const TestFolder folder;
  const std::string zip = make_zip({{"a/b/c.txt", std::string(100'000, 'c')},
                                    {"empty/", "", 0040755},
                                    {"d.txt", "new"},
                                    {"zero", ""}});
  const std::string root = folder.file("deep/root");
  ASSERT_TRUE(io::make_directories(root));
  folder.put("deep/root/d.txt", "old");
  const Status done = unpack(zip, root);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(folder.content("deep/root/a/b/c.txt"), std::string(100'000, 'c'));
  EXPECT_EQ(folder.content("deep/root/d.txt"), "new");
  EXPECT_TRUE(io::is_folder(root + "/empty"));
  EXPECT_TRUE(io::exists(root + "/zero"));
  ASSERT_TRUE(unpack(zip, root));  // once more, as after a power cut
}

TEST(Unpack, RefusesUnsafeNames) {
  for (const char* name :
       {"../x", "a/../x", "/etc/x", "a//x", "./x", "a/./x", "a\\x", "c:x", "a\nx", ".."}) {
    EXPECT_EQ(why_not_unpacked(make_zip({{"fine", "x"}, {name, "x"}})), ResultCode::zip_unsafe)
        << name;
  }
}

TEST(Unpack, RefusesLinksDevicesAndTwins) {
  EXPECT_EQ(why_not_unpacked(make_zip({{"link", "/etc", 0120777}})), ResultCode::zip_unsafe);
  EXPECT_EQ(why_not_unpacked(make_zip({{"device", "", 0060666}})), ResultCode::zip_unsafe);
  EXPECT_EQ(why_not_unpacked(make_zip({{"a", "1"}, {"A", "2"}})), ResultCode::zip_unsafe);
  EXPECT_EQ(why_not_unpacked(make_zip({{"a", "1"}, {"a/b", "2"}})), ResultCode::zip_unsafe);
  // libzip finds exact twins before we do.
  EXPECT_NE(why_not_unpacked(replaced(make_zip({{"na", "1"}, {"nb", "2"}}), "nb", "na")),
            ResultCode::ok);
}

TEST(Unpack, RefusesBombsAndDamage) {
  EXPECT_EQ(why_not_unpacked(make_zip({{"bomb", std::string((1 << 20) + 1, '0')}})),
            ResultCode::zip_unsafe);
  const std::string stored = make_zip({{"a", "some text"}});
  EXPECT_EQ(why_not_unpacked(replaced(stored, "some text", "same text")),
            ResultCode::target_damaged);
  EXPECT_EQ(why_not_unpacked(stored.substr(0, stored.size() - 1)), ResultCode::target_damaged);
  EXPECT_EQ(why_not_unpacked("no ZIP file"), ResultCode::target_damaged);
  EXPECT_EQ(why_not_unpacked(""), ResultCode::target_damaged);
  std::vector<Member> many;
  for (int i = 0; i < 3000; ++i) {
    many.push_back({std::to_string(i), ""});
  }
  EXPECT_EQ(why_not_unpacked(make_zip(many)), ResultCode::target_damaged);  // directory too large
}

TEST(Unpack, FollowsNoLinkBelowTheRoot) {
  const TestFolder folder;
  ASSERT_TRUE(io::make_directories(folder.file("root")));
  ASSERT_TRUE(io::make_directories(folder.file("elsewhere")));
  ASSERT_EQ(::symlink("../elsewhere", folder.file("root/a").c_str()), 0);
  const Status status = unpack(make_zip({{"a/x", "x"}}), folder.file("root"));
  ASSERT_FALSE(status);
  EXPECT_EQ(code_of(status.error()), ResultCode::unpack_failed) << status.error().text();
  EXPECT_FALSE(io::exists(folder.file("elsewhere/x")));
  // A link in the place of a file is replaced, not followed.
  folder.put("precious", "old");
  ASSERT_EQ(::symlink("../precious", folder.file("root/f").c_str()), 0);
  ASSERT_TRUE(unpack(make_zip({{"f", "new"}}), folder.file("root")));
  EXPECT_EQ(folder.content("precious"), "old");
}

TEST(Unpack, AFullDisk) {
  const TestFolder folder;
  const std::string zip = make_zip({{"a", "1"}});
  const Faults faults([](Op op, const std::string&) { return op == Op::write ? ENOSPC : 0; });
  EXPECT_EQ(code_of(unpack(zip, folder.path()).error()), ResultCode::no_space);
  EXPECT_EQ(folder.names(), std::set<std::string>{});
}

// --- APK -----------------------------------------------------------------------------------------

std::string le32(std::uint64_t value) {
  std::string text(4, '\0');
  for (unsigned i = 0; i < 4; ++i) {
    text[i] = static_cast<char>(value >> 8 * i);
  }
  return text;
}
std::string le64(std::uint64_t value) {
  return le32(value) + le32(value >> 32);
}
std::string sized(const std::string& text) {
  return le32(text.size()) + text;
}
std::string tagged(char tag, const std::string& text) {
  std::string whole(1, tag);
  return whole += text;
}
std::string hash(const std::string& text) {
  const Sha256 digest = sha256(as_bytes(text));
  return {digest.begin(), digest.end()};
}

// Puts this block of pairs before the central directory.
std::string with_pairs(const std::string& zip, const std::string& pairs) {
  const std::size_t end = zip.rfind("PK\5\6");
  const std::size_t start = load_le32(as_bytes(zip).data() + end + 16);
  const std::string size = le64(pairs.size() + 24);
  const std::string block = size + pairs + size + "APK Sig Block 42";
  std::string moved = zip.substr(end);
  moved.replace(16, 4, le32(start + block.size()));
  return zip.substr(0, start) + block + zip.substr(start, end - start) + moved;
}

std::string pair_of(std::uint32_t id, const std::string& value) {
  return le64(value.size() + 4) + le32(id) + value;
}

std::string scheme(std::uint32_t algorithm, const std::string& digest) {
  const std::string digests = sized(sized(le32(algorithm) + sized(digest)));
  const std::string signer = sized(digests + sized("") + sized("")) + sized("") + sized("");
  return sized(sized(signer));
}

// The digest of scheme v2; for files whose three parts are below 1 MiB each.
std::string contents_digest(const std::string& zip) {
  const std::size_t end = zip.rfind("PK\5\6");
  const std::size_t start = load_le32(as_bytes(zip).data() + end + 16);
  std::string all;
  for (const std::string& part :
       {zip.substr(0, start), zip.substr(start, end - start), zip.substr(end)}) {
    all += hash(tagged('\xa5', sized(part)));
  }
  return hash(tagged('\x5a', le32(3) + all));
}

std::string make_apk() {
  const std::string zip = make_zip({{"AndroidManifest.xml", "manifest"}, {"classes.dex", "code"}});
  return with_pairs(zip, pair_of(0x42726577, "padding") +
                             pair_of(0x7109871a, scheme(0x0103, contents_digest(zip))));
}

Result<Integrity> check(const std::string& package, const std::string& type) {
  return check_integrity(MemorySource(as_bytes(package)), type, limits);
}

TEST(ApkSignature, MatchesTheContents) {
  const std::string apk = make_apk();
  const auto found = check_apk_signature(MemorySource(as_bytes(apk)));
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, ApkSignature::matching);
  const auto checked = check(apk, "apk");
  ASSERT_TRUE(checked) << checked.error().text();
  EXPECT_EQ(*checked, Integrity::checked);
}

TEST(ApkSignature, NoticesEveryChangedByteOutsideOfTheBlock) {
  const std::string apk = make_apk();
  const std::size_t block = apk.find("padding") - 20;
  const std::size_t block_end = apk.find("APK Sig Block 42") + 16;
  for (std::size_t at = 0; at < apk.size(); ++at) {
    if (at == block) {
      at = block_end;
    }
    std::string changed = apk;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto checked = check(changed, "apk");
    EXPECT_FALSE(checked) << "byte " << at;
  }
}

TEST(ApkSignature, RefusesEveryTruncation) {
  const std::string apk = make_apk();
  for (std::size_t size = 0; size < apk.size(); ++size) {
    EXPECT_FALSE(check(apk.substr(0, size), "apk")) << size;
  }
}

TEST(ApkSignature, RefusesMalformedBlocks) {
  const std::string zip = make_zip({{"a", "b"}});
  const std::string good = scheme(0x0103, contents_digest(zip));
  const auto code = [&](const std::string& pairs) {
    const auto checked = check(with_pairs(zip, pairs), "apk");
    EXPECT_FALSE(checked);
    return checked ? ResultCode::ok : code_of(checked.error());
  };
  EXPECT_TRUE(check(with_pairs(zip, pair_of(0xf05368c0, good)), "apk"));
  EXPECT_EQ(code(""), ResultCode::target_unsigned);
  EXPECT_EQ(code(pair_of(0x7109871a, "")), ResultCode::target_unsigned);
  EXPECT_EQ(code(pair_of(0x7109871a, good.substr(0, good.size() - 1))),
            ResultCode::target_unsigned);
  EXPECT_EQ(code(le64(1 << 20) + "x"), ResultCode::target_unsigned);
  EXPECT_EQ(code(pair_of(0x7109871a, scheme(0x0421, "tree"))), ResultCode::target_unsigned);
  EXPECT_EQ(code(pair_of(0x7109871a, scheme(0x0103, "short"))), ResultCode::target_unsigned);
}

TEST(Check, SchemeV1AndUnsigned) {
  EXPECT_TRUE(check(make_zip({{"META-INF/MANIFEST.MF", "m"}, {"META-INF/A.SF", "s"}}), "apk"));
  const auto none = check(make_zip({{"classes.dex", "x"}}), "apk");
  ASSERT_FALSE(none);
  EXPECT_EQ(code_of(none.error()), ResultCode::target_unsigned);
}

TEST(Check, OtherTypes) {
  EXPECT_EQ(*check("just bytes", "ttpkg"), Integrity::unknown);
  EXPECT_EQ(*check(make_zip({{"a", "b"}}), "ttpkg"), Integrity::checked);
  EXPECT_EQ(code_of(check(make_zip({{"a", "b"}}).substr(0, 40), "ttpkg").error()),
            ResultCode::target_damaged);
  EXPECT_EQ(code_of(check("just bytes", "zip").error()), ResultCode::target_damaged);
}

}  // namespace
}  // namespace kerf::agent
