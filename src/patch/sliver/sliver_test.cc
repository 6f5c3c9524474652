// The parts of the format, and patches made by hand.
#include <gtest/gtest.h>

#include <numeric>

#include "base/test_bytes.h"
#include "mcu/cm/history.h"
#include "mcu/cm/map_section.h"
#include "mcu/cm/number_model.h"
#include "model/range_coder.h"
#include "patch/sliver/cover_map.h"
#include "patch/sliver/header.h"
#include "patch/sliver/sliver.h"

namespace kerf::sliver {
namespace {

constexpr Limits generous{std::uint64_t{1} << 32, std::uint64_t{1} << 32, 1};

Header example() {
  Header header;
  header.profile = 2;
  header.old_id = {1000, sha256(as_bytes("old"))};
  header.new_id = {200000, sha256(as_bytes("new"))};
  header.image = ImageKind::recognised;
  header.cover_count = 17;
  header.map_length = 5;
  header.window_lengths = {300, 2, 0};
  return header;
}

std::vector<std::uint8_t> with_sections(const Header& header) {
  auto bytes = encode_header(header);
  const auto sections = std::accumulate(header.window_lengths.begin(), header.window_lengths.end(),
                                        std::uint64_t{header.map_length});
  bytes.resize(bytes.size() + static_cast<std::size_t>(sections));
  return bytes;
}

TEST(SliverHeader, ComesBackAsItWas) {
  const Header header = example();
  const auto read = read_header(MemorySource(with_sections(header)), generous);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->profile, header.profile);
  EXPECT_EQ(read->old_id, header.old_id);
  EXPECT_EQ(read->new_id, header.new_id);
  EXPECT_EQ(read->parameters, header.parameters);
  EXPECT_EQ(read->image, header.image);
  EXPECT_EQ(read->cover_count, header.cover_count);
  EXPECT_EQ(read->map_length, header.map_length);
  EXPECT_EQ(read->window_lengths, header.window_lengths);
  EXPECT_EQ(read->length, encode_header(header).size());
  EXPECT_EQ(read->window_begin(1), 66667U);
  EXPECT_EQ(read->window_begin(3), 200000U);
}

TEST(SliverHeader, RefusesWhatIsOutOfBounds) {
  const auto refuses = [](auto change, Code code) {
    Header header = example();
    change(header);
    const auto read = read_header(MemorySource(with_sections(header)), generous);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), code) << read.error().text();
  };
  for (const auto& bound : Parameters::bounds) {
    refuses(
        [&](Header& h) { h.parameters.*bound.field = static_cast<std::uint8_t>(bound.most + 1); },
        Code::corrupt);
    if (bound.least > 0) {
      refuses(
          [&](Header& h) {
            h.parameters.*bound.field = static_cast<std::uint8_t>(bound.least - 1);
          },
          Code::corrupt);
    }
  }
  refuses([](Header& h) { h.new_id.size = std::uint64_t{1} << 31; }, Code::corrupt);
  refuses([](Header& h) { h.old_id.size = std::uint64_t{1} << 31; }, Code::corrupt);
  refuses([](Header& h) { h.image = static_cast<ImageKind>(3); }, Code::corrupt);
  refuses([](Header& h) { h.window_lengths.clear(); }, Code::corrupt);
  refuses([](Header& h) { h.window_lengths.assign(5, 1); }, Code::corrupt);
  refuses([](Header& h) { h.cover_count = 200001; }, Code::corrupt);
}

TEST(SliverHeader, NoticesDamageAndMissingSections) {
  const auto good = with_sections(example());
  for (std::size_t i = 0; i < encode_header(example()).size(); ++i) {
    auto bad = good;
    bad[i] ^= 4;
    EXPECT_FALSE(read_header(MemorySource(bad), generous)) << i;
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(read_header(MemorySource(Bytes(good).first(length)), generous)) << length;
  }
}

TEST(NumberModel, CodesAnyNumber) {
  std::vector<std::uint32_t> numbers{0, 1, 2, 3, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE};
  test::Random random(9);
  for (int i = 0; i < 3000; ++i) {
    numbers.push_back(static_cast<std::uint32_t>(random.next() >> 32) >> random.below(32) &
                      0xFFFFFFFE);
  }
  std::vector<std::uint8_t> bytes;
  model::RangeEncoder encoder(bytes);
  NumberModel writing;
  for (const std::uint32_t number : numbers) {
    writing.code(encoder, 3, number);
  }
  encoder.finish();
  model::RangeDecoder decoder(bytes.data(), bytes.size());
  NumberModel reading;
  for (const std::uint32_t number : numbers) {
    ASSERT_EQ(reading.code(decoder, 3, 0), number);
  }
}

TEST(NumberModel, SignsFoldAndUnfold) {
  for (const std::uint32_t value : {0U, 1U, 0xFFFFFFFFU, 5U, 0x7FFFFFFFU, 0x80000001U}) {
    EXPECT_EQ(unfold_sign(fold_sign(value)), value);
  }
  EXPECT_EQ(fold_sign(0xFFFFFFFFU), 1U);
  EXPECT_EQ(fold_sign(1), 2U);
}

TEST(MapCodec, CoversAndAddressesComeBack) {
  std::vector<Cover> covers;
  test::Random random(4);
  std::uint32_t to = 0;
  for (int i = 0; i < 500; ++i) {
    to += static_cast<std::uint32_t>(random.below(100));
    const auto length = static_cast<std::uint32_t>(1 + random.below(3000));
    covers.push_back(
        {static_cast<std::uint32_t>(random.below(1 << 20)), to, length, random.below(4) == 0});
    to += length;
  }
  refs::Image image;
  image.machine = refs::Machine::arm;
  image.pointer_size = 4;
  image.map.count = 2;
  image.map.segments[0] = {0x08000000, 5000, 0, 4000, true};
  image.map.segments[1] = {0x20000000, 65536, 0, 0, false};
  image.region_count = 1;
  image.regions[0] = {0x08000000, 0, 0, 4000, refs::Scanner::thumb, 1, 0};
  refs::Destination destination;
  destination.map = image.map;
  destination.map.segments[0].address = 0x08000100;
  destination.map.segments[1].memory_size = ~std::uint64_t{0};

  std::vector<std::uint8_t> bytes;
  model::RangeEncoder encoder(bytes);
  MapCodec writing;
  auto copy = covers;
  writing.code_covers(encoder, copy.data(), 500);
  writing.code_image(encoder, image);
  writing.code_destination(encoder, image, destination);
  encoder.finish();

  model::RangeDecoder decoder(bytes.data(), bytes.size());
  MapCodec reading;
  std::vector<Cover> made(500);
  reading.code_covers(decoder, made.data(), 500);
  EXPECT_EQ(made, covers);
  EXPECT_EQ(MapCodec::check(made.data(), 500, 1 << 21, to), 500U);
  EXPECT_LT(MapCodec::check(made.data(), 500, 1 << 21, to - 1), 500U);
  EXPECT_LT(MapCodec::check(made.data(), 500, 1 << 19, to), 500U);
  refs::Image image_back;
  reading.code_image(decoder, image_back);
  EXPECT_EQ(image_back.machine, image.machine);
  EXPECT_EQ(image_back.map.segments[1].address, 0x20000000U);
  EXPECT_EQ(image_back.regions[0].size, 4000U);
  EXPECT_EQ(image_back.regions[0].scanner, refs::Scanner::thumb);
  refs::Destination back;
  reading.code_destination(decoder, image_back, back);
  EXPECT_EQ(back.map.segments[0].address, 0x08000100U);
  EXPECT_EQ(back.map.segments[1].memory_size, ~std::uint64_t{0});
}

TEST(CoverMap, AgreesWithTheDefinition) {
  test::Random random(12);
  for (int round = 0; round < 60; ++round) {
    const auto old_size = static_cast<std::uint32_t>(1 + random.below(9000));
    std::vector<Cover> covers;
    std::uint32_t to = 0;
    for (std::uint64_t i = random.below(30); i > 0; --i) {
      const auto from = static_cast<std::uint32_t>(random.below(old_size));
      const auto length = static_cast<std::uint32_t>(
          1 + random.below(std::min<std::uint64_t>(old_size - from, 1 + random.below(3000))));
      covers.push_back({from, to, length, false});
      to += length;
    }
    const OwnedCoverMap owned(covers, old_size);
    const CoverMap map = owned.view();
    for (std::uint32_t at = 0; at < old_size; ++at) {
      const Cover* longest = nullptr;
      for (const Cover& cover : covers) {
        const bool holds = at >= cover.from && at - cover.from < cover.length;
        if (holds && (longest == nullptr || cover.length > longest->length)) {
          longest = &cover;
        }
      }
      std::uint32_t moved = 0;
      const auto found = map.find(at, moved);
      ASSERT_EQ(found == CoverMap::Found::inside, longest != nullptr) << at;
      if (longest != nullptr) {
        ASSERT_EQ(moved, at - longest->from + longest->to) << at;
      }
    }
  }
}

TEST(History, CoarseNumbersGrowAndStayBelow32) {
  std::uint32_t last = 0;
  for (std::uint32_t number = 0; number < 100000; ++number) {
    const std::uint32_t now = coarse(number);
    ASSERT_GE(now, last);
    ASSERT_LE(now - last, 1U) << number;
    last = now;
  }
  EXPECT_EQ(coarse(0xFFFFFFFF), 31U);
}

}  // namespace
}  // namespace kerf::sliver
