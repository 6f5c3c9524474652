// The largest patch of profile `small` has room on a device: a test of the apply side alone, as the
// 32-bit preset runs it too, where pointers have the size that they have on a device.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/test_bytes.h"
#include "mcu/cm/map_section.h"
#include "mcu/kerf_mcu.h"
#include "mcu/small_header.h"
#include "model/range_coder.h"
#include "patch/sliver/header.h"
#include "patch/sliver/profile.h"
#include "patch/sliver/test_program.h"
#include "refs/recognise.h"

namespace kerf::sliver {
namespace {

using Vector = std::vector<std::uint8_t>;

// A patch with `count` covers, an interval for each, whose window is nonsense.
Vector make_patch(const Vector& old, std::uint32_t count, const Parameters& parameters) {
  std::vector<Cover> covers;
  std::uint32_t to = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    constexpr std::uint32_t length = 3;
    covers.push_back({i * 6, to, length, false});
    to += length;
  }
  Header header;
  header.profile = 3;
  header.old_id = {old.size(), sha256(old)};
  header.new_id = {to, {}};
  header.parameters = parameters;
  header.image = ImageKind::sent;
  header.cover_count = count;
  Vector map;
  model::RangeEncoder encoder(map);
  const auto codec = std::make_unique<MapCodec>();
  codec->code_covers(encoder, covers.data(), count);
  refs::Image image;
  refs::describe_raw(refs::Machine::aarch64, refs::Scanner::aarch64, 0x10000,
                     static_cast<std::uint32_t>(old.size()), 0, 0, image);
  codec->code_image(encoder, image);
  refs::Destination destination;
  destination.map = image.map;
  destination.map.segments[0].file_size = to;
  codec->code_destination(encoder, image, destination);
  encoder.finish();
  header.map_length = map.size();
  const Vector window = test::noise(100, 1, 256);
  header.window_lengths = {window.size()};
  Vector patch = encode_header(header);
  patch.insert(patch.end(), map.begin(), map.end());
  patch.insert(patch.end(), window.begin(), window.end());
  return patch;
}

kerf_small_status decode(const Vector& old, const Vector& patch) {
  struct Files {
    const Vector& old;
    const Vector& patch;
  } files{old, patch};
  kerf_small_port port{};
  port.context = &files;
  port.accept = [](void*, const kerf_small_info*) { return 1; };
  port.read_patch = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
    std::copy_n(static_cast<Files*>(self)->patch.data() + offset, size, out);
    return 1;
  };
  port.read_old = [](void* self, std::uint32_t offset, std::uint8_t* out, std::uint32_t size) {
    std::copy_n(static_cast<Files*>(self)->old.data() + offset, size, out);
    return 1;
  };
  port.write_new = [](void*, std::uint32_t, const std::uint8_t*, std::uint32_t) { return 1; };
  const auto state = std::make_unique<kerf_small>();
  return kerf_small_apply(state.get(), &port, static_cast<std::uint32_t>(patch.size()));
}

TEST(SliverSmallRoom, TheLargestPatchFits) {
  const Vector old = test_program::make(60, 0);
  const Parameters parameters = find_profile("small")->parameters;
  EXPECT_EQ(decode(old, make_patch(old, mcu::most_small_covers, parameters)), KERF_SMALL_MISMATCH);
  EXPECT_EQ(decode(old, make_patch(old, mcu::most_small_covers + 1, parameters)),
            KERF_SMALL_MEMORY);
  Parameters larger = parameters;
  ++larger.byte_bits;
  EXPECT_EQ(decode(old, make_patch(old, mcu::most_small_covers, larger)), KERF_SMALL_MEMORY);
}

TEST(SliverSmallRoom, StateIsWhatTheHeaderSays) {
  EXPECT_EQ(sizeof(kerf_small), KERF_SMALL_STATE + (sizeof(void*) > 4 ? 4096U : 0U));
}

}  // namespace
}  // namespace kerf::sliver
