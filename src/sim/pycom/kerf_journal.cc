#include "sim/pycom/kerf_journal.h"

#include <algorithm>
#include <array>

namespace kerf::pycom {

namespace {

constexpr std::uint32_t record_size = 64;
constexpr std::uint32_t record_count = NorFlash::sector_size / record_size;
constexpr std::uint32_t record_magic = 0x4A46524B;  // "KRFJ"

enum Kind : std::uint32_t { pending = 1, checked = 2, switching = 3, done = 4, refused = 5 };

using Record = std::array<std::uint8_t, record_size>;
constexpr std::size_t crc_at = record_size - 4;

bool blank(const Record& record) {
  return std::ranges::all_of(record, [](std::uint8_t byte) { return byte == 0xFF; });
}

// The kind of a whole record, or 0.
std::uint32_t kind_of(const Record& record) {
  const bool whole = load_le32(record.data()) == record_magic &&
                     load_le32(&record[crc_at]) == rom_crc32(Bytes(record).first(crc_at));
  return whole ? load_le32(&record[4]) : 0;
}

PendingPatch fields_of(const Record& record) {
  PendingPatch fields;
  fields.offset = load_le32(&record[8]);
  fields.size = load_le32(&record[12]);
  fields.new_size = load_le32(&record[16]);
  std::copy_n(record.begin() + 20, fields.sha256.size(), fields.sha256.begin());
  return fields;
}

}  // namespace

Result<JournalState> Journal::read() const {
  JournalState state;
  for (std::uint32_t i = 0; i < record_count; ++i) {
    Record record{};
    TRY(machine_.flash.read(start_ + i * record_size, record));
    const std::uint32_t kind = kind_of(record);
    if (kind == pending) {
      state = JournalState();
      state.pending = fields_of(record);
    } else if (kind == checked) {
      state.checked = fields_of(record).sha256;
    } else if (kind == switching) {
      ++state.switches;
    } else if (kind == done) {
      state.done = true;
    } else if (kind == refused) {
      state.refused = true;
    }
  }
  return state;
}

Status Journal::clear() {
  for (std::uint32_t i = 0; i < record_count; ++i) {
    Record record{};
    TRY(machine_.flash.read(start_ + i * record_size, record));
    if (kind_of(record) == pending) {
      TRY(machine_.flash.program(start_ + i * record_size, Record{}));
    }
  }
  return machine_.flash.erase_sector(start_);
}

Status Journal::append(std::uint32_t kind, const PendingPatch& fields) {
  // Behind the last place that was ever written to, whole or torn.
  std::uint32_t place = record_count;
  while (place > 0) {
    Record record{};
    TRY(machine_.flash.read(start_ + (place - 1) * record_size, record));
    if (!blank(record)) {
      break;
    }
    --place;
  }
  if (place == record_count) {
    return Error(Code::limit, "the update journal is full").at(start_).in("flash");
  }
  Record record{};
  store_le32(record.data(), record_magic);
  store_le32(&record[4], kind);
  store_le32(&record[8], fields.offset);
  store_le32(&record[12], fields.size);
  store_le32(&record[16], fields.new_size);
  std::copy(fields.sha256.begin(), fields.sha256.end(), record.begin() + 20);
  store_le32(&record[crc_at], rom_crc32(Bytes(record).first(crc_at)));
  return machine_.flash.program(start_ + place * record_size, record);
}

Status Journal::add_pending(const PendingPatch& fields) {
  return append(pending, fields);
}

Status Journal::add_checked(const Sha256& new_image) {
  PendingPatch fields;
  fields.sha256 = new_image;
  return append(checked, fields);
}

Status Journal::add_switch() {
  return append(switching, {});
}
Status Journal::add_done() {
  return append(done, {});
}
Status Journal::add_refused() {
  return append(refused, {});
}

}  // namespace kerf::pycom
