// Profile `tiny`: the device's decoder as a device meets it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/test_bytes.h"
#include "diff/engine.h"
#include "diff/image/describe.h"
#include "mcu/crc32.h"
#include "mcu/tiny_decoder.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/test_program.h"
#include "patch/sliver/write_tiny.h"

namespace kerf::sliver {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;

Vector diff(const Vector& from, const Vector& to, unsigned window_bits = tiny_window_bits) {
  Description old_file;
  ImagePair images;
  WriteOptions options;
  if (describe_image(from, old_file)) {
    images = {old_file.image, describe_new_version(to, old_file), old_file.by_headers};
    options.images = &images;
  }
  const auto source = exec_engine().prepare(from, {{0, plenty, 0}, 1, nullptr});
  const auto script =
      (*source)->diff(to, writer().price_sets().front(), {{0, plenty, 0}, 1, nullptr});
  MemorySink patch(plenty);
  EXPECT_TRUE(write_tiny(from, to, *script, patch, options, window_bits));
  return std::move(patch).take();
}

// A device with two slots; what it is asked for must make sense.
class Device {
 public:
  explicit Device(const Vector& from) : from_(from) {
    port_.context = this;
    port_.accept = [](void* self, const kerf_tiny_info* told) {
      auto& device = *static_cast<Device*>(self);
      device.info = *told;
      return device.refuses ? 0 : 1;
    };
    port_.read_old = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
      const Vector& old = static_cast<Device*>(self)->from_;
      EXPECT_TRUE(offset <= old.size() && size <= old.size() - offset);
      std::copy_n(old.begin() + offset, size, out);
      return 1;
    };
    port_.read_new = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
      const Vector& fresh = static_cast<Device*>(self)->made;
      EXPECT_TRUE(offset <= fresh.size() && size <= fresh.size() - offset);
      std::copy_n(fresh.begin() + offset, size, out);
      return 1;
    };
    port_.write_new = [](void* self, std::uint32_t offset, const std::uint8_t* bytes,
                         std::uint32_t size) {
      auto& device = *static_cast<Device*>(self);
      EXPECT_EQ(offset, device.made.size());
      EXPECT_EQ(offset % 256, 0U);
      EXPECT_TRUE(size == 256 || offset + size == device.info.new_size);
      device.made.insert(device.made.end(), bytes, bytes + size);
      return 1;
    };
    start();
  }

  void start() { kerf_tiny_start(&state, &port_); }
  kerf_tiny_status push(Bytes bytes) { return kerf_tiny_push(&state, bytes.data(), bytes.size()); }
  // In pieces of `size`.
  kerf_tiny_status push(Bytes bytes, std::size_t size) {
    kerf_tiny_status status = KERF_TINY_MORE;
    while (!bytes.empty() && status == KERF_TINY_MORE) {
      const std::size_t count = std::min(size, bytes.size());
      status = push(bytes.first(count));
      bytes = bytes.subspan(count);
    }
    return status;
  }

  kerf_tiny state;
  kerf_tiny_info info{};
  Vector made;
  bool refuses = false;

 private:
  const Vector& from_;
  kerf_tiny_port port_{};
};

struct Example {
  Vector from = test_program::make(120, 0);
  Vector to = test_program::make(120, 3);
  Vector patch = diff(from, to, 12);
};

TEST(Tiny, AnyChunkingGivesTheSame) {
  const Example example;
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{64}, plenty}) {
    Device device(example.from);
    EXPECT_EQ(device.push(example.patch, static_cast<std::size_t>(size)), KERF_TINY_DONE);
    EXPECT_EQ(device.made, example.to);
  }
}

// A patch of the first release of the format: it must apply for ever.
TEST(Tiny, GoldenPatchApplies) {
  std::ifstream file(KERF_SLIVER_ROOM "/testdata/tiny/calls.patch", std::ios::binary);
  const Vector patch(std::istreambuf_iterator<char>(file), {});
  ASSERT_FALSE(patch.empty());
  const Vector from = test_program::make(120, 0);
  Device device(from);
  EXPECT_EQ(device.push(patch), KERF_TINY_DONE);
  EXPECT_EQ(device.made, test_program::make(120, 3));
}

TEST(Tiny, PredictsReferences) {
  const Example example;
  Device device(example.from);
  ASSERT_EQ(device.push(example.patch), KERF_TINY_DONE);
  EXPECT_GT(device.info.new_size / example.patch.size(), 10U) << example.patch.size();
}

TEST(Tiny, ResumesAtEveryWindow) {
  const Example example;
  for (std::size_t cut = 0; cut < example.patch.size(); cut += 61) {
    Device device(example.from);
    ASSERT_EQ(device.push(Bytes(example.patch).first(cut)), KERF_TINY_MORE);
    std::uint32_t window = 0;
    std::uint32_t offset = 0;
    kerf_tiny_restart_point(&device.state, &window, &offset);
    // The power fails: what was written of an unfinished window is forgotten.
    device.made.resize(std::size_t{window} << 12);
    device.state = {};
    device.start();
    const std::size_t header = std::size_t{example.patch[10]} | std::size_t{example.patch[11]} << 8;
    if (window > 0) {
      ASSERT_EQ(device.push(Bytes(example.patch).first(header)), KERF_TINY_MORE);
      ASSERT_GE(kerf_tiny_resume(&device.state, window, offset), 0);
    } else {
      offset = 0;
    }
    ASSERT_EQ(device.push(Bytes(example.patch).subspan(offset)), KERF_TINY_DONE) << cut;
    ASSERT_EQ(device.made, example.to) << cut;
  }
}

TEST(Tiny, PrefixesAreNeverComplete) {
  const Example example;
  Device device(example.from);
  for (std::size_t i = 0; i + 1 < example.patch.size(); ++i) {
    ASSERT_EQ(device.push(Bytes(example.patch).subspan(i, 1)), KERF_TINY_MORE) << i;
  }
}

TEST(Tiny, BitFlipsAreFound) {
  const Example example;
  for (std::size_t i = 0; i < example.patch.size() * 8; ++i) {
    Vector patch = example.patch;
    patch[i / 8] = static_cast<std::uint8_t>(patch[i / 8] ^ 1U << i % 8);
    MemorySink made(plenty);
    const auto status =
        reader().apply(MemorySource(example.from), MemorySource(patch), made,
                       {.limits = {plenty, plenty, 1}, .old_sha256 = {}, .new_sha256 = {}});
    ASSERT_TRUE(!status || std::ranges::equal(made.view(), example.to)) << i;
  }
}

TEST(Tiny, NothingIsWrittenUnlessAccepted) {
  const Example example;
  Device device(example.from);
  device.refuses = true;
  EXPECT_EQ(device.push(example.patch), KERF_TINY_REFUSED);
  EXPECT_TRUE(device.made.empty());
  EXPECT_EQ(device.push(example.patch), KERF_TINY_REFUSED) << "and it stays so";
}

TEST(Tiny, BytesBehindTheEndAreRefused) {
  Example example;
  example.patch.push_back(0);
  Device device(example.from);
  EXPECT_EQ(device.push(example.patch), KERF_TINY_TRAILING);
}

void set_crc(Vector& patch) {
  const std::size_t length = std::size_t{patch[10]} | std::size_t{patch[11]} << 8;
  store_le32(&patch[length - 4],
             mcu::crc32_of(patch.data(), static_cast<std::uint32_t>(length - 4)));
}

TEST(Tiny, MoreMemoryThanThereIsIsRefused) {
  Example example;
  ASSERT_EQ(example.patch[12], 0xC0) << "8192 in two digits";
  example.patch[13] = 1;
  set_crc(example.patch);
  Device device(example.from);
  EXPECT_EQ(device.push(example.patch), KERF_TINY_MEMORY);
}

TEST(Tiny, UnknownVersionsAreUnsupported) {
  Example example;
  ++example.patch[9];
  Device device(example.from);
  EXPECT_EQ(device.push(example.patch), KERF_TINY_UNSUPPORTED);
}

TEST(Tiny, SmallAndOddFiles) {
  for (const unsigned size : {0U, 1U, 2U, 5U, 255U, 256U, 257U, 4095U, 4096U, 4097U, 20000U}) {
    const Vector from = test::noise(size, size + 1, 40);
    const Vector to = test::edited(from, 3, 20);
    for (const Vector& old : {from, Vector{}}) {
      const Vector patch = diff(old, to, 12);
      Device device(old);
      EXPECT_EQ(device.push(patch), KERF_TINY_DONE);
      EXPECT_EQ(device.made, to) << size;
    }
  }
}

}  // namespace
}  // namespace kerf::sliver
