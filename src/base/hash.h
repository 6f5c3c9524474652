// SHA-256 (FIPS 180-4): the identity of every source and target.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf {

using Sha256 = std::array<std::uint8_t, 32>;

// Incremental hashing. Movable, not copyable; one thread at a time. Costs about 1 ns a byte where
// the CPU has SHA instructions, 3 ns elsewhere.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

  void update(Bytes bytes);
  // The hash of everything so far. The hasher is spent afterwards.
  Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256 sha256(Bytes bytes);

// Parses 64 hexadecimal digits. Code::corrupt otherwise, with the offset in `text`.
Result<Sha256> parse_sha256(std::string_view text);

// An artifact's identity.
struct BlobId {
  std::uint64_t size = 0;
  Sha256 sha256{};
  friend bool operator==(const BlobId&, const BlobId&) = default;
};

}  // namespace kerf
