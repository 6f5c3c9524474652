// Download and bookkeeping; kerf_patcher.cc applies.
#include "sim/pycom/kerf_updater.h"

#include <algorithm>
#include <array>
#include <string>

#include "patch/bsdiff/bsdiff.h"
#include "sim/pycom/esp_image.h"

namespace kerf::pycom {

namespace {

constexpr std::size_t header_size = 32;
constexpr std::uint32_t smallest_sections = 3 * 14;  // three empty bzip2 streams

std::uint32_t to_sector_end(std::uint32_t size) {
  return (size + NorFlash::sector_size - 1) / NorFlash::sector_size * NorFlash::sector_size;
}

}  // namespace

bool KerfUpdater::fail(const Error& error) {
  machine_.print("Update refused: " + error.text());
  at_.failed = true;
  return false;
}

Status KerfUpdater::set_active(Slot slot, ImageStatus status, std::uint32_t size) {
  BootInfo info;
  TRY(machine_.read_boot_info(info));
  if (!info.valid()) {
    info = BootInfo();
  }
  info.previous_image = static_cast<std::uint32_t>(running_);
  info.active_image = static_cast<std::uint32_t>(slot);
  info.set(status);
  info.size = size;
  return machine_.write_boot_info(info);
}

bool KerfUpdater::ota_start() {
  at_ = KerfRegisters();
  if (Status begun = begin(); !begun) {
    return fail(begun.error());
  }
  at_.active = true;
  return true;
}

Status KerfUpdater::begin() {
  BootInfo info;
  TRY(machine_.read_boot_info(info));
  // An image that waits for its first start is given up before anything of it is overwritten.
  if (info.valid() && info.is(ImageStatus::check)) {
    const FlashSource factory(machine_, slot_start(Slot::factory), slot_size());
    if (!verify_esp_image(factory)) {
      return Error(Code::denied,
                   "an image waits for its first start and cannot be given up safely; restart the "
                   "device and download again");
    }
    TRY(set_active(running_, ImageStatus::ready, 0));
  }
  return Journal(machine_, target()).clear();
}

bool KerfUpdater::ota_write(Bytes bytes) {
  constexpr std::size_t most = NorFlash::sector_size;  // as in the fielded updater
  if (!at_.active || at_.failed || bytes.size() > most) {
    return false;
  }
  Status stored;
  if (at_.kind_known) {
    stored = store(bytes);
  } else {
    at_.head.insert(at_.head.end(), bytes.begin(), bytes.end());
    if (at_.head.size() < header_size) {
      return true;
    }
    stored = choose_place();
    if (stored) {
      stored = store(at_.head);
    }
  }
  return stored ? true : fail(stored.error());
}

Status KerfUpdater::choose_place() {
  at_.kind_known = true;
  at_.start = slot_start(target());
  at_.limit = slot_size();
  at_.is_patch = std::ranges::equal(
      Bytes(at_.head).first(std::min<std::size_t>(8, at_.head.size())), as_bytes("BSDIFF40"));
  if (!at_.is_patch) {
    return {};
  }
  const std::int64_t new_size = bsdiff::decode_offset(&at_.head[24]);
  const std::uint32_t room = slot_size() - NorFlash::sector_size;  // the last sector is the journal
  if (new_size <= 0 || new_size > static_cast<std::int64_t>(room)) {
    return Error(Code::limit, "the patch makes an image of " + std::to_string(new_size) +
                                  " bytes, 1 to " + std::to_string(room) + " fit")
        .at(24)
        .in("patch header");
  }
  at_.new_size = static_cast<std::uint32_t>(new_size);
  // Behind the place of the new image, so that both are there until the image is verified.
  at_.start += to_sector_end(at_.new_size);
  at_.limit = room - to_sector_end(at_.new_size);
  const std::int64_t control = bsdiff::decode_offset(&at_.head[8]);
  const std::int64_t diff = bsdiff::decode_offset(&at_.head[16]);
  const std::int64_t most = at_.limit;
  if (control < 0 || diff < 0 || control > most || diff > most - control ||
      control + diff + std::int64_t{header_size} > most) {
    return Error(Code::limit, "sections of " + std::to_string(control) + " and " +
                                  std::to_string(diff) + " bytes do not fit into the " +
                                  std::to_string(most) + " bytes behind the new image; " +
                                  "download the full image instead")
        .at(8)
        .in("patch header");
  }
  return {};
}

Status KerfUpdater::store(Bytes bytes) {
  if (bytes.size() > at_.limit - at_.received) {
    return Error(Code::limit, "the file is larger than the " + std::to_string(at_.limit) +
                                  " bytes that there are for it; " +
                                  (at_.is_patch ? "download the full image instead"
                                                : "it is no image for this board"));
  }
  std::array<std::uint8_t, NorFlash::sector_size> written{};
  while (!bytes.empty()) {
    const std::uint32_t address = at_.start + at_.received;
    const std::uint32_t within = address % NorFlash::sector_size;
    const std::size_t length = std::min<std::size_t>(bytes.size(), NorFlash::sector_size - within);
    if (within == 0) {
      TRY(machine_.flash.erase_sector(address));
    }
    TRY(machine_.flash.program(address, bytes.first(length)));
    const MutBytes back = MutBytes(written).first(length);
    TRY(machine_.flash.read(address, back));
    if (!std::ranges::equal(back, bytes.first(length))) {
      return Error(Code::io, "the flash does not hold what was written").at(address);
    }
    at_.received += static_cast<std::uint32_t>(length);
    bytes = bytes.subspan(length);
  }
  return {};
}

bool KerfUpdater::ota_finish() {
  if (!at_.active) {
    return !at_.failed;
  }
  at_.active = false;
  if (at_.failed) {
    return false;
  }
  if (!at_.kind_known) {
    return fail(Error(Code::truncated, "the file has only " + std::to_string(at_.head.size()) +
                                           " bytes, less than any patch or image"));
  }
  if (at_.is_patch && !diff_enabled_) {
    machine_.print(
        "Differential Update Image detected. This feature is disabled in the build. Enable "
        "DIFF_UPDATE_ENABLED in the build to use it.");
    at_.failed = true;
    return false;
  }
  const Status finished = at_.is_patch ? finish_patch() : finish_image();
  return finished ? true : fail(finished.error());
}

Status KerfUpdater::finish_patch() {
  const std::int64_t stated = bsdiff::decode_offset(&at_.head[8]) +
                              bsdiff::decode_offset(&at_.head[16]) + std::int64_t{header_size};
  if (at_.received < stated || at_.received < header_size + smallest_sections) {
    return Error(Code::truncated, "only " + std::to_string(at_.received) +
                                      " bytes of the patch have arrived; download it again");
  }
  PendingPatch patch;
  patch.offset = at_.start - slot_start(target());
  patch.size = at_.received;
  patch.new_size = at_.new_size;
  HashingSink hash(nullptr);
  std::array<std::uint8_t, 512> part{};
  for (std::uint32_t done = 0; done < patch.size;) {
    const MutBytes now =
        MutBytes(part).first(std::min<std::size_t>(part.size(), patch.size - done));
    TRY(machine_.flash.read(at_.start + done, now));
    TRY(hash.write(now));
    done += static_cast<std::uint32_t>(now.size());
  }
  patch.sha256 = hash.finish().sha256;
  TRY(examine(patch));
  TRY(Journal(machine_, target()).add_pending(patch));
  machine_.print("Differential Update Image detected. Restart the device to apply the patch.");
  return {};
}

Status KerfUpdater::finish_image() {
  const FlashSource stored(machine_, at_.start, at_.received);
  if (auto image = verify_esp_image(stored); !image) {
    return std::move(image).error().in("neither a patch nor a good image");
  }
  TRY(set_active(target(), ImageStatus::check, at_.received));
  machine_.print("Full Update Image detected. Restart the device to load the new firmware.");
  return {};
}

bool KerfUpdater::ota_verify() {
  if (at_.failed || at_.received == 0) {
    return false;
  }
  if (!at_.is_patch) {
    return verify_esp_image(FlashSource(machine_, at_.start, at_.received)).has_value();
  }
  const auto state = Journal(machine_, target()).read();
  return state && state->waits() && examine(*state->pending).has_value();
}

}  // namespace kerf::pycom
