// A key file in memory, for the loaders of this room.
#pragma once

#include <openssl/bio.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace kerf::trust {

// The bytes of a key file, wiped afterwards because it may be a private key. Movable.
class KeyFile {
 public:
  // Errors with the path: Code::io, Code::limit above 64 KiB.
  static Result<KeyFile> read(const std::string& path);
  KeyFile(KeyFile&&) = default;
  KeyFile& operator=(KeyFile&&) = delete;
  ~KeyFile();

  Bytes bytes() const { return bytes_; }
  bool holds(std::string_view text) const;
  // Borrows this object.
  std::unique_ptr<BIO, decltype(&BIO_free)> reader() const;

 private:
  explicit KeyFile(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  std::vector<std::uint8_t> bytes_;
};

// For OpenSSL's PEM readers instead of its own callback, which would ask at the terminal.
int no_passphrase(char*, int, int, void*);

}  // namespace kerf::trust
