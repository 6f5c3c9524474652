#include "sim/pycom/layout.h"

#include <array>

namespace kerf::pycom {

namespace {

constexpr std::uint32_t kib = 1024;

constexpr std::array<Partition, 5> partitions_8mb{{{"nvs", 0x9000, 28 * kib},
                                                   {"factory", 0x10000, 1980 * kib},
                                                   {"otadata", 0x1FF000, 4 * kib},
                                                   {"ota_0", 0x210000, 1980 * kib},
                                                   {"config", 0x3FF000, 4 * kib}}};
constexpr std::array<Partition, 5> partitions_4mb{{{"nvs", 0x9000, 28 * kib},
                                                   {"factory", 0x10000, 1720 * kib},
                                                   {"otadata", 0x1BE000, 4 * kib},
                                                   {"ota_0", 0x1C0000, 1720 * kib},
                                                   {"config", 0x3FF000, 4 * kib}}};

constexpr Layout board_8mb{"8mb",    8192 * kib, 4096 * kib, 1980 * kib,    0x10000,
                           0x210000, 0x1FF000,   0x3FF000,   partitions_8mb};
constexpr Layout board_4mb{"4mb",    4096 * kib, 0,        1720 * kib,    0x10000,
                           0x1C0000, 0x1BE000,   0x3FF000, partitions_4mb};

static_assert(board_8mb.slot_size == 2'027'520 && board_4mb.slot_size == 1'761'280);

}  // namespace

std::string_view slot_name(Slot slot) {
  return slot == Slot::factory ? "factory" : "ota_0";
}

const Layout& layout_of(Board board) {
  return board == Board::flash_8mb ? board_8mb : board_4mb;
}

}  // namespace kerf::pycom
