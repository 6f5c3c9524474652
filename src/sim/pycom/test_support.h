// Images and patches made for the tests of this room and of tests/powercut.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "patch/bsdiff/bsdiff.h"
#include "patch/bsdiff/trailer.h"
#include "sim/pycom/device.h"

namespace kerf::pycom::testing {

using Buffer = std::vector<std::uint8_t>;

// A bootable image whose segments hold data derived from `seed`, about as compressible as code.
Buffer make_image(std::uint64_t seed, const std::vector<std::uint32_t>& segment_sizes,
                  bool with_hash = true);
// The same with `changes` bytes of segment data altered, scattered by `seed`, and a new checksum
// and hash. `grown_by` bytes (a multiple of 4) are added to the last segment.
Buffer modify_image(const Buffer& image, std::uint64_t seed, std::size_t changes,
                    std::uint32_t grown_by);

// What a patch is made of; every part can be made wrong.
struct PatchParts {
  std::vector<bsdiff::Control> controls;
  Buffer diff;
  Buffer extra;
  std::int64_t new_size = 0;
  std::array<int, 3> levels{1, 1, 1};
};
// The parts of a correct patch: the common length is added, the rest is extra, in several pieces
// with seeks that go nowhere.
PatchParts describe_patch(const Buffer& from, const Buffer& to);
Buffer make_patch(const PatchParts& parts);
inline Buffer make_patch(const Buffer& from, const Buffer& to) {
  return make_patch(describe_patch(from, to));
}
Buffer with_trailer(const Buffer& patch, const Buffer& from, const Buffer& to);
Buffer bzip2(Bytes plain, int level);

// A running board with `image` in the factory slot.
Device make_device(Mode mode, const Buffer& image, const Hardware& hardware = {});
// The same, but running from ota_0; factory holds `other`.
Device make_device_on_ota_0(Mode mode, const Buffer& image, const Buffer& other_image,
                            const Hardware& hardware = {});
// True if `slot` of the device starts with `image`.
bool holds(const Device& device, Slot slot, const Buffer& image);
// True if the device runs `image`.
bool runs(const Device& device, const Buffer& image);

}  // namespace kerf::pycom::testing
