// Our updater, for the same flash layout, the same bootloader and the same patches. A new image is
// started only after it has been read back and verified; until then the patch stays in flash, and
// no power cut leaves the device without an image to start. Design: docs/pycom.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "io/sink.h"
#include "patch/bsdiff/trailer.h"
#include "sim/pycom/kerf_journal.h"
#include "sim/pycom/machine.h"
#include "sim/pycom/updater.h"

namespace kerf::pycom {

// Checks the signature of a trailer against the keys that the owner of the device trusts.
using SignatureCheck = std::function<Status(const bsdiff::Trailer&)>;

// Variables of the updater: gone at each reset.
struct KerfRegisters {
  bool active = false;             // a download is going on
  bool failed = false;             // and has met an error: all but ota_start() fails
  std::vector<std::uint8_t> head;  // the first bytes, until the kind of the file is known
  bool kind_known = false;
  bool is_patch = false;
  std::uint32_t new_size = 0;  // as the header of a patch says
  std::uint32_t start = 0;     // flash address of the first byte of the file
  std::uint32_t limit = 0;     // bytes that may be written from there
  std::uint32_t received = 0;  // bytes written
};

class KerfUpdater final : public Updater {
 public:
  // `running` is the slot that this firmware was started from. `check` may be empty: unsigned
  // patches are accepted then. Borrows the first two.
  KerfUpdater(Machine& machine, KerfRegisters& registers, Slot running, bool diff_enabled,
              SignatureCheck check)
      : machine_(machine),
        at_(registers),
        running_(running),
        diff_enabled_(diff_enabled),
        check_(std::move(check)) {}

  AtStart at_start() override;
  bool ota_start() override;
  bool ota_write(Bytes bytes) override;
  bool ota_finish() override;
  // True if the file downloaded last can be used: an image that verifies, or a patch that is stored
  // undamaged and waits for the restart.
  bool ota_verify() override;

 private:
  Slot target() const { return other(running_); }
  std::uint32_t slot_start(Slot slot) const { return machine_.layout().slot_offset(slot); }
  std::uint32_t slot_size() const { return machine_.layout().slot_size; }

  Status begin();
  Status choose_place();
  Status store(Bytes bytes);
  Status finish_patch();
  Status finish_image();
  // Drops the download in progress and says why; false, for the caller to return.
  bool fail(const Error& error);

  // All that can be said of a stored patch without decoding it: trailer, signature, source.
  Status examine(const PendingPatch& patch) const;
  Status apply(const PendingPatch& patch, JournalState state);
  Status trial(const PendingPatch& patch, Sha256& new_image) const;
  Status decode(const PendingPatch& patch, Sink& to) const;
  Status check_memory(const Source& patch) const;
  // True if the slot holds the complete new image.
  bool holds_image(std::uint32_t size, const Sha256& sha256) const;
  // Tells the bootloader to start `slot`. Only to be called while the factory slot holds a good
  // image: a power cut in here makes the fielded bootloader start that one.
  Status set_active(Slot slot, ImageStatus status, std::uint32_t size);

  Machine& machine_;
  KerfRegisters& at_;
  Slot running_;
  bool diff_enabled_;
  SignatureCheck check_;
};

}  // namespace kerf::pycom
