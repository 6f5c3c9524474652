#include "trust/key_file.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "io/file.h"

namespace kerf::trust {

namespace {

constexpr std::uint64_t largest_key_file = 64 << 10;

}  // namespace

Result<KeyFile> KeyFile::read(const std::string& path) {
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(path));
  auto bytes = read_all(file, largest_key_file);
  if (!bytes) {
    return std::move(bytes).error().in(path);
  }
  return KeyFile(*std::move(bytes));
}

KeyFile::~KeyFile() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

bool KeyFile::holds(std::string_view text) const {
  const Bytes wanted = as_bytes(text);
  return std::search(bytes_.begin(), bytes_.end(), wanted.begin(), wanted.end()) != bytes_.end();
}

std::unique_ptr<BIO, decltype(&BIO_free)> KeyFile::reader() const {
  return {BIO_new_mem_buf(bytes_.data(), static_cast<int>(bytes_.size())), &BIO_free};
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace kerf::trust
