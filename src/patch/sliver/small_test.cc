// Profile `small`: the device's decoder as a device meets it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/test_bytes.h"
#include "diff/engine.h"
#include "mcu/cm/interval_builder.h"
#include "mcu/kerf_mcu.h"
#include "mcu/sha256.h"
#include "mcu/small_header.h"
#include "patch/sliver/cover_map.h"
#include "patch/sliver/header.h"
#include "patch/sliver/sliver.h"
#include "patch/sliver/test_program.h"
#include "plan/choose.h"

namespace kerf::sliver {
namespace {

using Vector = std::vector<std::uint8_t>;

constexpr std::uint64_t plenty = std::uint64_t{1} << 30;

Vector diff(Bytes from, Bytes to, std::string_view profile = "small") {
  MemorySink patch(plenty);
  EXPECT_TRUE(plan::write_smallest(from, to, exec_engine(), writer(), {plenty, 1, nullptr, profile},
                                   patch));
  return std::move(patch).take();
}

// What it is asked for must make sense.
class Device {
 public:
  kerf_small_status apply(const Vector& from, const Vector& patch) {
    from_ = &from;
    patch_ = &patch;
    made.clear();
    kerf_small_port port{};
    port.context = this;
    port.accept = [](void* self, const kerf_small_info* told) {
      auto& device = *static_cast<Device*>(self);
      device.info = *told;
      return device.refuses ? 0 : 1;
    };
    port.read_patch = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
      auto& device = *static_cast<Device*>(self);
      return read(*device.patch_, offset, out, size) && device.reads-- != 0 ? 1 : 0;
    };
    port.read_old = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
      auto& device = *static_cast<Device*>(self);
      return read(*device.from_, offset, out, size) && device.reads-- != 0 ? 1 : 0;
    };
    port.write_new = [](void* self, std::uint32_t offset, const std::uint8_t* bytes,
                        std::uint32_t size) {
      auto& device = *static_cast<Device*>(self);
      EXPECT_EQ(offset, device.made.size());
      EXPECT_LE(offset + size, device.info.new_size);
      EXPECT_TRUE(size % 256 == 0 || offset + size == device.info.new_size);
      device.made.insert(device.made.end(), bytes, bytes + size);
      return device.reads-- != 0 ? 1 : 0;
    };
    return kerf_small_apply(state_.get(), &port, static_cast<std::uint32_t>(patch.size()));
  }

  Vector made;
  kerf_small_info info{};
  bool refuses = false;
  std::uint32_t reads = 0xFFFFFFFF;  // calls of the port that succeed

 private:
  static bool read(const Vector& file, std::uint32_t offset, std::uint8_t* out,
                   std::uint32_t size) {
    const bool inside = offset <= file.size() && size <= file.size() - offset;
    EXPECT_TRUE(inside) << offset << " + " << size;
    if (inside) {
      std::copy_n(file.begin() + offset, size, out);
    }
    return inside;
  }

  std::unique_ptr<kerf_small> state_ = std::make_unique<kerf_small>();
  const Vector* from_ = nullptr;
  const Vector* patch_ = nullptr;
};

void round_trip(const Vector& from, const Vector& to) {
  Device device;
  ASSERT_EQ(device.apply(from, diff(from, to)), KERF_SMALL_DONE);
  EXPECT_TRUE(device.made == to);
}

TEST(SliverSmall, TheDeviceMakesWhatTheHostWrote) {
  round_trip({}, {});
  round_trip({}, {1, 2});
  round_trip({1}, {});
  round_trip(test_program::make(600, 0), test_program::make(600, 3));
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    const Vector old = test::noise(seed * seed * 4001, seed, 1 + static_cast<unsigned>(seed) * 20);
    round_trip(old, test::edited(old, seed, static_cast<unsigned>(seed) * 9));
    round_trip(old, test::noise(seed * 3000, seed + 100, 90));
  }
}

TEST(SliverSmall, LongCopiesPassThroughTheBuffer) {
  Vector old = test::noise(100'000, 3, 256);
  Vector fresh(old.begin() + 77, old.end());
  fresh.insert(fresh.end(), old.begin(), old.begin() + 30'001);
  fresh[50'000] ^= 1;
  round_trip(old, fresh);
}

// More covers than a device has room for become fewer.
TEST(SliverSmall, ManyMovesFitAllTheSame) {
  const Vector old = test::noise(400'000, 9, 256);
  Vector fresh;
  test::Random random(4);
  while (fresh.size() < 100'000) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(old.size() - 100));
    fresh.insert(fresh.end(), old.begin() + at,
                 old.begin() + at + 30 + static_cast<std::ptrdiff_t>(random.below(60)));
  }
  const Vector patch = diff(old, fresh);
  const auto header = read_header(MemorySource(patch), {plenty, plenty, 1});
  ASSERT_TRUE(header);
  EXPECT_LE(header->cover_count, mcu::most_small_covers);
  EXPECT_GT(header->cover_count, mcu::most_small_covers / 2);
  round_trip(old, fresh);
}

TEST(SliverSmall, OtherProfilesAreRefusedBeforeAnythingIsWritten) {
  const Vector old = test_program::make(100, 0);
  const Vector fresh = test_program::make(100, 3);
  for (const std::string_view profile : {"max", "standard"}) {
    Device device;
    EXPECT_EQ(device.apply(old, diff(old, fresh, profile)), KERF_SMALL_MEMORY) << profile;
    EXPECT_TRUE(device.made.empty());
  }
  for (const std::string_view profile : {"fast", "tiny"}) {
    Device device;
    EXPECT_EQ(device.apply(old, diff(old, fresh, profile)), KERF_SMALL_UNSUPPORTED) << profile;
  }
}

TEST(SliverSmall, EveryFailureOfThePortEndsIt) {
  const Vector old = test_program::make(60, 0);
  const Vector patch = diff(old, test_program::make(60, 3));
  Device device;
  device.refuses = true;
  EXPECT_EQ(device.apply(old, patch), KERF_SMALL_REFUSED);
  device.refuses = false;
  device.reads = 0xFFFFFFFF;
  ASSERT_EQ(device.apply(old, patch), KERF_SMALL_DONE);
  const std::uint32_t calls = 0xFFFFFFFF - device.reads;
  for (std::uint32_t good = 0; good < calls; ++good) {
    device.reads = good;
    EXPECT_EQ(device.apply(old, patch), KERF_SMALL_IO) << good;
  }
}

TEST(SliverSmall, EveryFlippedBitAndEveryPrefixIsRefusedOrHarmless) {
  const Vector old = test_program::make(30, 0);
  const Vector fresh = test_program::make(30, 3);
  const Vector patch = diff(old, fresh);
  Device device;
  for (std::size_t bit = 0; bit < patch.size() * 8; ++bit) {
    Vector damaged = patch;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    if (device.apply(old, damaged) == KERF_SMALL_DONE) {
      ASSERT_EQ(device.made, fresh) << "bit " << bit;
    }
  }
  for (std::size_t size = 0; size < patch.size(); ++size) {
    EXPECT_NE(
        device.apply(old, Vector(patch.begin(), patch.begin() + static_cast<std::ptrdiff_t>(size))),
        KERF_SMALL_DONE);
  }
}

TEST(SliverSmall, BothMakersOfCoverMapsAgree) {
  test::Random random(6);
  for (int round = 0; round < 50; ++round) {
    std::vector<Cover> covers;
    std::uint32_t to = 0;
    for (std::uint64_t i = random.below(60); i > 0; --i) {
      const auto length = static_cast<std::uint32_t>(1 + random.below(300));
      covers.push_back(
          {static_cast<std::uint32_t>(random.below(5000 - length)), to, length, false});
      to += length;
    }
    const OwnedCoverMap host(covers, 5000);
    std::vector<std::uint32_t> order(covers.size());
    std::vector<Interval> intervals(covers.size());
    CoverMap device;
    device.count = build_intervals(covers.data(), static_cast<std::uint32_t>(covers.size()),
                                   order.data(), intervals.data());
    device.intervals = intervals.data();
    ASSERT_LE(device.count, intervals.size());
    for (std::uint32_t position = 0; position < 5000; ++position) {
      std::uint32_t a = 0;
      std::uint32_t b = 0;
      ASSERT_EQ(host.view().find(position, a), device.find(position, b)) << position;
      ASSERT_EQ(a, b) << position;
    }
  }
}

TEST(SliverSmall, Sha256IsThatOfTheHost) {
  for (const std::size_t size : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 1000U}) {
    const Vector bytes = test::noise(size, size + 1, 256);
    mcu::Sha256 hash;
    hash.update(bytes.data(), size / 2);
    hash.update(bytes.data() + size / 2, size - size / 2);
    Sha256 digest{};
    hash.finish(digest.data());
    EXPECT_EQ(digest, sha256(bytes)) << size;
  }
}

}  // namespace
}  // namespace kerf::sliver
