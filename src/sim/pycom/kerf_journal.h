// Where our updater notes what it is about: the last sector of a slot. Records are appended and
// never rewritten, so that a power cut can spoil the newest one at most. Layout: docs/pycom.md.
#pragma once

#include <cstdint>
#include <optional>

#include "base/hash.h"
#include "base/result.h"
#include "sim/pycom/machine.h"

namespace kerf::pycom {

// A patch that waits behind the place of the new image in the same slot.
struct PendingPatch {
  std::uint32_t offset = 0;    // of the patch in the slot, a multiple of the sector size
  std::uint32_t size = 0;      // of the patch, trailer included
  std::uint32_t new_size = 0;  // of the image that it will make
  Sha256 sha256{};             // of the patch
};

// What the records of a slot say. Damaged ones are passed over.
struct JournalState {
  std::optional<PendingPatch> pending;  // and, if so:
  std::optional<Sha256> checked;        // a trial run against the running image gave this new image
  unsigned switches = 0;                // times that the new image was about to be started
  bool done = false;                    // it has been started
  bool refused = false;                 // the patch can never be applied
  bool waits() const { return pending && !done && !refused; }
};

// The journal of one slot. Borrows the machine; holds no state of its own. Errors are the flash's;
// Code::limit when the sector is full.
class Journal {
 public:
  Journal(Machine& machine, Slot slot)
      : machine_(machine),
        start_(machine.layout().slot_offset(slot) + machine.layout().slot_size -
               NorFlash::sector_size) {}

  Result<JournalState> read() const;
  // Makes the sector blank. A waiting patch is revoked first, so that a torn erase cannot leave
  // its record without the ones that ended it.
  Status clear();
  Status add_pending(const PendingPatch& pending);
  Status add_checked(const Sha256& new_image);
  Status add_switch();
  Status add_done();
  Status add_refused();

 private:
  Status append(std::uint32_t kind, const PendingPatch& pending);
  Machine& machine_;
  std::uint32_t start_;
};

}  // namespace kerf::pycom
