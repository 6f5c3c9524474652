// Makes a patch that a Pycom device can apply, and refuses to make one that it cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/output.h"
#include "base/observer.h"
#include "base/result.h"
#include "patch/bsdiff/bsdiff.h"
#include "sim/pycom/layout.h"
#include "sim/pycom/patch_need.h"
#include "trust/ed25519.h"

namespace kerf::diff_creator {

struct Options {
  std::string source_path;
  std::string target_path;
  std::string patch_path;
  pycom::Board board = pycom::Board::flash_8mb;
  bool force = false;             // write the patch although a device would not take it
  bool allow_any_target = false;  // the target need not be an ESP image
  bool trailer = false;
  std::string key_path;  // empty: unsigned
  Observer* observer = nullptr;
};

struct Created {
  std::uint64_t source_size = 0;
  std::uint64_t target_size = 0;
  std::uint64_t patch_size = 0;
  pycom::PatchNeed need;
  // PSRAM that the device model allocated at its peak; nothing if the model was not run.
  std::optional<std::uint64_t> measured_psram;
  // Why our own updater would refuse it; empty if it takes it.
  std::string kerf_updater_refuses;
  std::vector<std::string> notes;     // worth knowing
  std::vector<std::string> warnings;  // reasons to refuse that --force has set aside
};

// Replaces the file at patch_path, which must not be one of the inputs. On error nothing has
// changed there.
Result<Created> create(const Options& options);

}  // namespace kerf::diff_creator
