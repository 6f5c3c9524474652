// What every reader of the table must do, whatever its format. The good patches are those of the
// formats' own testdata.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <sstream>

#include "io/file.h"
#include "patch/bsdiff/trailer.h"
#include "patch/patch.h"

namespace kerf {
namespace {

struct Example {
  std::string name;
  std::vector<std::uint8_t> old;
  std::vector<std::uint8_t> patch;
  std::string digest;
  bool states_its_end = true;  // else a part of it may be a whole patch
};

std::vector<std::uint8_t> load(const std::string& path) {
  const auto file = io::FileSource::open(path);
  EXPECT_TRUE(file) << file.error().text();
  return *read_all(*file, 1 << 24);
}

void add_bsdiffs(std::vector<Example>& examples) {
  const std::string folder = KERF_PATCH_ROOM "/bsdiff/testdata";
  std::ifstream manifest(folder + "/MANIFEST");
  for (std::string line; std::getline(manifest, line);) {
    std::istringstream words(line);
    std::string name;
    std::string expected;
    std::string digest;
    words >> name >> expected >> digest;
    if (expected == "ok") {
      examples.push_back({name, load(folder + "/old.bin"), load(folder + "/" + name), digest});
    }
  }
}

void add_vcdiffs(std::vector<Example>& examples) {
  std::vector<std::uint8_t> old(64);
  std::iota(old.begin(), old.end(), std::uint8_t{0});
  for (const auto& entry :
       std::filesystem::directory_iterator(KERF_PATCH_ROOM "/vcdiff/testdata/good")) {
    std::filesystem::path path = entry.path();
    if (path.extension() == ".vcdiff") {
      auto patch = load(path.string());
      const auto target = load(path.replace_extension(".target").string());
      examples.push_back(
          {entry.path().filename(), old, std::move(patch), to_hex(sha256(target)), false});
    }
  }
}

std::vector<Example> good_patches() {
  std::vector<Example> examples;
  add_bsdiffs(examples);
  const std::size_t bsdiffs = examples.size();
  add_vcdiffs(examples);
  EXPECT_GE(bsdiffs, 8U);
  EXPECT_GE(examples.size() - bsdiffs, 8U);
  return examples;
}

ApplyOptions generous() {
  return {.limits = {1 << 24, 64 << 20, 4}, .old_sha256 = {}, .new_sha256 = {}};
}

const PatchReader& reader_of(const Example& example) {
  const MemorySource patch(example.patch);
  const auto reader = find_reader(patch);
  EXPECT_TRUE(reader) << example.name;
  return **reader;
}

TEST(EveryReader, RefusesEveryPrefix) {
  for (const Example& example : good_patches()) {
    if (!example.states_its_end) {
      continue;  // vcdiff_test.cc knows which prefixes are whole
    }
    const auto trailer = bsdiff::find_trailer(MemorySource(example.patch));
    for (std::size_t length = 0; length < example.patch.size(); ++length) {
      if (*trailer && length == (**trailer).body.size) {
        continue;  // a patch whose trailer is gone is a patch without a trailer
      }
      const MemorySource patch(Bytes(example.patch).first(length));
      const MemorySource old(example.old);
      MemorySink out(1 << 24);
      EXPECT_FALSE(reader_of(example).apply(old, patch, out, generous()))
          << example.name << " cut to " << length;
    }
  }
}

// A source that fails its nth read.
class FailingSource final : public Source {
 public:
  FailingSource(Bytes bytes, std::size_t fail_at) : memory_(bytes), fail_at_(fail_at) {}
  std::uint64_t size() const override { return memory_.size(); }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    if (reads_++ == fail_at_) {
      return Error(Code::io, "injected");
    }
    return memory_.read_at(offset, out);
  }
  std::size_t reads() const { return reads_; }

 private:
  MemorySource memory_;
  std::size_t fail_at_;
  mutable std::size_t reads_ = 0;
};

TEST(EveryReader, PassesOnEveryReadError) {
  for (const Example& example : good_patches()) {
    for (const bool fail_patch : {true, false}) {
      for (std::size_t fail_at = 0;; ++fail_at) {
        const std::size_t never = std::numeric_limits<std::size_t>::max();
        const FailingSource patch(example.patch, fail_patch ? fail_at : never);
        const FailingSource old(example.old, fail_patch ? never : fail_at);
        MemorySink out(1 << 24);
        const auto status = reader_of(example).apply(old, patch, out, generous());
        if ((fail_patch ? patch : old).reads() <= fail_at) {
          EXPECT_TRUE(status) << example.name;
          EXPECT_EQ(to_hex(sha256(out.view())), example.digest) << example.name;
          break;
        }
        ASSERT_FALSE(status) << example.name << ", read " << fail_at;
        EXPECT_EQ(status.error().code(), Code::io) << example.name << ", read " << fail_at;
      }
    }
  }
}

TEST(EveryReader, KeepsToTheDeclaredAndThePermittedSize) {
  for (const Example& example : good_patches()) {
    const MemorySource patch(example.patch);
    const MemorySource old(example.old);
    const PatchReader& reader = reader_of(example);
    const auto info = reader.info(patch, generous().limits);
    ASSERT_TRUE(info) << example.name;
    ApplyOptions options = generous();
    options.limits.output = info->new_size;
    MemorySink exact(info->new_size);  // fails past it
    EXPECT_TRUE(reader.apply(old, patch, exact, options)) << example.name;
    if (info->new_size > 0) {
      options.limits.output = info->new_size - 1;
      MemorySink none(0);
      const auto status = reader.apply(old, patch, none, options);
      ASSERT_FALSE(status) << example.name;
      EXPECT_EQ(status.error().code(), Code::limit) << example.name;
      MemorySink full(info->new_size - 1);  // a sink's own error comes through
      EXPECT_FALSE(reader.apply(old, patch, full, generous())) << example.name;
    }
    if (info->memory <= 1) {
      continue;
    }
    options = generous();
    options.limits.memory = 1;
    MemorySink nothing(0);
    const auto status = reader.apply(old, patch, nothing, options);
    ASSERT_FALSE(status) << example.name;
    EXPECT_EQ(status.error().code(), Code::limit) << example.name;
  }
}

TEST(EveryReader, InfoAndApplyAgreeThatItIsGood) {
  for (const PatchReader* reader : all_readers()) {
    for (const Example& example : good_patches()) {
      const MemorySource patch(example.patch);
      const bool own = reader == &reader_of(example);
      EXPECT_EQ(reader->info(patch, generous().limits).has_value(), own) << example.name;
      EXPECT_EQ(reader->recognises(
                    Bytes(example.patch).first(std::min<std::size_t>(16, example.patch.size()))),
                own)
          << example.name;
    }
  }
}

}  // namespace
}  // namespace kerf
