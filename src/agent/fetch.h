// Getting files onto the device, from wherever an update source says they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/hash.h"
#include "base/observer.h"
#include "base/result.h"

namespace kerf::agent {

// What is known of a file before it arrives, and how large it may be.
struct Wanted {
  std::optional<std::uint64_t> size;
  std::optional<Sha256> sha256;
  std::uint64_t most = 0;  // bytes; a stated size above it is refused before anything is fetched
};

// Thread rule: one thread at a time.
struct Fetcher {
  virtual ~Fetcher() = default;
  // Puts the file at `address` under the name `to`, complete, checked against `wanted` and durable;
  // what `to` was before is replaced only then. A later call for the same address may go on where a
  // failed one stopped. Errors carry a ResultCode (2xxx, 7xxx). `observer` may be null.
  virtual Status fetch(const std::string& address, const Wanted& wanted, const std::string& to,
                       Observer* observer) = 0;
};

// Compares a complete file with what was wanted of it: download_wrong_size, download_too_large,
// download_wrong_hash. Reads the file only if a hash is known.
Status check_fetched(const std::string& path, const Wanted& wanted);

// Copies from folders of this machine (an SD card, a USB stick); an address is a path. The source
// may vanish in the middle: nothing is left under `to` then.
class FolderFetcher final : public Fetcher {
 public:
  Status fetch(const std::string& address, const Wanted& wanted, const std::string& to,
               Observer* observer) override;
};

}  // namespace kerf::agent
