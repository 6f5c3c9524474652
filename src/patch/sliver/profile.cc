#include "patch/sliver/profile.h"

#include <algorithm>
#include <array>

#include "patch/sliver/header.h"

namespace kerf::sliver {

namespace {

constexpr std::array all{
    Profile{"standard",
            2,
            {.flag_bits = 16,
             .byte_bits = 15,
             .learned_bits = 14,
             .index_bits = 14,
             .scan_slots = 16,
             .chunk_bits = 13},
            16,
            std::uint32_t{8} << 20},
    Profile{"max",
            1,
            {.flag_bits = 20,
             .byte_bits = 19,
             .learned_bits = 17,
             .index_bits = 18,
             .scan_slots = 16,
             .chunk_bits = 14},
            20,
            std::uint32_t{8} << 20},
    Profile{"small",
            3,
            {.flag_bits = 11,
             .byte_bits = 10,
             .learned_bits = 9,
             .index_bits = 0,
             .scan_slots = 1,
             .chunk_bits = 10,
             .before = 4},
            0,
            std::uint32_t{8} << 20},
    // No models: of the parameters those that have no use are the least.
    Profile{"fast",
            fast_profile,
            {.flag_bits = 6,
             .byte_bits = 6,
             .learned_bits = 15,
             .index_bits = 0,
             .scan_slots = 16,
             .chunk_bits = 10,
             .before = 1},
            0,
            std::uint32_t{8} << 20},
};

}  // namespace

std::span<const Profile> profiles() {
  return all;
}

const Profile* find_profile(std::string_view name) {
  const auto* found =
      std::ranges::find(all, name.empty() ? all.front().name : name, &Profile::name);
  return found == all.end() ? nullptr : &*found;
}

const Profile* find_profile(std::uint8_t number) {
  const auto* found = std::ranges::find(all, number, &Profile::number);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace kerf::sliver
