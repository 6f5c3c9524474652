// Applies the patch that waits in the other slot: trial run, write, read back, switch.
#include <algorithm>
#include <array>
#include <string>

#include "base/extent.h"
#include "io/hash_source.h"
#include "patch/bsdiff/bsdiff.h"
#include "sim/pycom/esp_image.h"
#include "sim/pycom/kerf_updater.h"
#include "sim/pycom/patch_need.h"
#include "sim/pycom/psram.h"

namespace kerf::pycom {

namespace {

// The buffers of the reader, which its memory limit does not count.
constexpr std::uint64_t reader_buffers = 512U << 10;
// A new image that the bootloader refuses although it verified here is not tried for ever.
constexpr unsigned most_switches = 8;

// The stored patch: raw flash, not decrypted.
class RawSource final : public Source {
 public:
  RawSource(const Machine& machine, std::uint32_t offset, std::uint32_t size)
      : machine_(machine), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, MutBytes out) const override {
    if (!Extent{offset, out.size()}.within(size_)) {
      return Error(Code::truncated, "read past the end of the patch").at(offset);
    }
    return machine_.flash.read(offset_ + static_cast<std::uint32_t>(offset), out);
  }

 private:
  const Machine& machine_;
  std::uint32_t offset_;
  std::uint32_t size_;
};

// Looks at the new image as it would be written, and writes nothing.
class TrialSink final : public Sink {
 public:
  Status write(Bytes bytes) override {
    TRY(image_.write(bytes));
    return hash_.write(bytes);
  }
  // The identity of an image that the bootloader would accept.
  Result<BlobId> finish(bool hash_needed) {
    TRY_ASSIGN(const EspImage image, image_.finish());
    if (hash_needed && !image.hash) {
      return Error(Code::unsupported,
                   "neither does the new image carry its SHA-256 nor the patch a trailer: the "
                   "result could not be verified");
    }
    return hash_.finish();
  }

 private:
  EspImageParser image_;
  HashingSink hash_{nullptr};
};

// Writes the new image sector by sector. Sectors that are right already, from a run that lost its
// power, are left alone.
class SlotSink final : public Sink {
 public:
  SlotSink(Machine& machine, std::uint32_t start) : machine_(machine), at_(start) {}
  Status write(Bytes bytes) override {
    while (!bytes.empty()) {
      const std::size_t length = std::min(bytes.size(), sector_.size() - filled_);
      std::copy_n(bytes.begin(), length, sector_.begin() + static_cast<std::ptrdiff_t>(filled_));
      filled_ += length;
      bytes = bytes.subspan(length);
      if (filled_ == sector_.size()) {
        TRY(flush());
      }
    }
    return {};
  }
  Status finish() {
    if (filled_ == 0) {
      return {};
    }
    std::fill(sector_.begin() + static_cast<std::ptrdiff_t>(filled_), sector_.end(),
              std::uint8_t{0xFF});
    return flush();
  }

 private:
  Status flush() {
    constexpr std::uint32_t unit = 512;
    NorFlash::Sector present{};
    TRY(machine_.read_decrypted(at_, present));
    if (present != sector_) {
      TRY(machine_.flash.erase_sector(at_));
      for (std::uint32_t done = 0; done < sector_.size(); done += unit) {
        TRY(machine_.program_encrypted(at_ + done, Bytes(sector_).subspan(done, unit)));
      }
    }
    at_ += NorFlash::sector_size;
    filled_ = 0;
    return {};
  }
  Machine& machine_;
  std::uint32_t at_;
  NorFlash::Sector sector_{};
  std::size_t filled_ = 0;
};

}  // namespace

AtStart KerfUpdater::at_start() {
  // This firmware has started: whatever brought it here is finished.
  if (auto own = Journal(machine_, running_).read(); own && own->waits()) {
    if (!Journal(machine_, running_).add_done()) {
      return AtStart::run;  // tried again at the next start
    }
  }
  auto state = Journal(machine_, target()).read();
  if (!diff_enabled_ || !state || !state->waits()) {
    return AtStart::run;
  }
  machine_.print("Patching the binary...");
  const PendingPatch patch = *state->pending;
  if (Status applied = apply(patch, *state); !applied) {
    if (!machine_.flash.powered()) {
      return AtStart::run;
    }
    machine_.print("Update refused: " + applied.error().text());
    machine_.print("Patching FAILED. We will continue with the current firmware.");
    // Without this mark the same failure would be met at every start; with a full journal, it is.
    (void)Journal(machine_, target()).add_refused().has_value();
    return AtStart::run;
  }
  machine_.print("Patching SUCCESSFUL.");
  return AtStart::restart;
}

Status KerfUpdater::apply(const PendingPatch& patch, JournalState state) {
  Journal journal(machine_, target());
  if (!Extent{patch.offset, patch.size}.within(slot_size() - NorFlash::sector_size) ||
      patch.new_size > patch.offset) {
    return Error(Code::corrupt, "the journal names an impossible place").in("journal");
  }
  if (!state.checked) {
    TRY(examine(patch));
    Sha256 new_image{};
    TRY(trial(patch, new_image));
    TRY(journal.add_checked(new_image));
    state.checked = new_image;
  }
  if (!holds_image(patch.new_size, *state.checked)) {
    TRY(examine(patch));
    SlotSink slot(machine_, slot_start(target()));
    TRY(decode(patch, slot));
    TRY(slot.finish());
    if (!holds_image(patch.new_size, *state.checked)) {
      return Error(Code::mismatch, "the flash does not hold the image that was written");
    }
  }
  if (state.switches >= most_switches) {
    return Error(Code::denied, "the bootloader has refused the new image " +
                                   std::to_string(state.switches) + " times");
  }
  TRY(journal.add_switch());
  return set_active(target(), ImageStatus::check, patch.new_size);
}

Status KerfUpdater::examine(const PendingPatch& patch) const {
  const RawSource stored(machine_, slot_start(target()) + patch.offset, patch.size);
  TRY_ASSIGN(const BlobId id, identify(stored, nullptr));
  if (id.sha256 != patch.sha256) {
    return Error(Code::corrupt, "the stored patch is damaged; download it again");
  }
  TRY_ASSIGN(const std::optional<bsdiff::Trailer> trailer, bsdiff::find_trailer(stored));
  if (check_) {
    if (!trailer || !trailer->signature) {
      return Error(Code::denied, "the patch is not signed, and this device takes signed ones only");
    }
    TRY(check_(*trailer));
  }
  if (!trailer) {
    return {};
  }
  TRY(bsdiff::check_body(stored, *trailer));
  if (trailer->new_id.size != patch.new_size) {
    return Error(Code::corrupt, "trailer and header name different sizes of the new image");
  }
  if (trailer->old_id.size > slot_size()) {
    return Error(Code::mismatch, "the patch is for a firmware larger than a slot");
  }
  const FlashSource old(machine_, slot_start(running_),
                        static_cast<std::uint32_t>(trailer->old_id.size));
  TRY_ASSIGN(const BlobId old_id, identify(old, nullptr));
  if (old_id != trailer->old_id) {
    return Error(Code::mismatch, "the patch is for another firmware: the running one has SHA-256 " +
                                     to_hex(old_id.sha256) + ", the patch wants " +
                                     to_hex(trailer->old_id.sha256));
  }
  return {};
}

Status KerfUpdater::check_memory(const Source& patch) const {
  TRY_ASSIGN(const PatchNeed patch_need, examine_need(patch));
  std::uint64_t need = reader_buffers;
  for (const unsigned level : patch_need.levels) {
    need += fielded_stream + fielded_per_level * level;
  }
  machine_.psram_peak = need;
  if (need > machine_.hardware.psram) {
    return Error(Code::limit, "applying this patch takes " + std::to_string(need) +
                                  " bytes of PSRAM, the board has " +
                                  std::to_string(machine_.hardware.psram));
  }
  return {};
}

Status KerfUpdater::decode(const PendingPatch& patch, Sink& to) const {
  const RawSource stored(machine_, slot_start(target()) + patch.offset, patch.size);
  TRY(check_memory(stored));
  TRY_ASSIGN(const std::optional<bsdiff::Trailer> trailer, bsdiff::find_trailer(stored));
  const FlashSource old(machine_, slot_start(running_),
                        trailer ? static_cast<std::uint32_t>(trailer->old_id.size) : slot_size());
  ApplyOptions options{};
  options.limits = {patch.new_size, machine_.hardware.psram - reader_buffers, 1};
  options.allow_trailing = true;  // as the fielded updater
  return bsdiff::reader().apply(old, stored, to, options);
}

Status KerfUpdater::trial(const PendingPatch& patch, Sha256& new_image) const {
  TrialSink sink;
  TRY(decode(patch, sink));
  const RawSource stored(machine_, slot_start(target()) + patch.offset, patch.size);
  TRY_ASSIGN(const std::optional<bsdiff::Trailer> trailer, bsdiff::find_trailer(stored));
  TRY_ASSIGN(const BlobId id, sink.finish(!trailer));
  if (id.size != patch.new_size) {
    return Error(Code::corrupt, "the patch makes an image of another size than its header says");
  }
  new_image = id.sha256;
  return {};
}

bool KerfUpdater::holds_image(std::uint32_t size, const Sha256& sha256) const {
  const FlashSource stored(machine_, slot_start(target()), size);
  const auto id = identify(stored, nullptr);
  return id && id->sha256 == sha256 && verify_esp_image(stored);
}

}  // namespace kerf::pycom
