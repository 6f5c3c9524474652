#include "agent/lists/small_files.h"

#include "agent/result_codes.h"
#include "io/file.h"
#include "io/folder.h"

namespace kerf::agent {

namespace {

constexpr std::uint64_t most = std::uint64_t{16} << 20;

}  // namespace

bool is_url(const std::string& address) {
  return address.find("://") != std::string::npos;
}

Result<std::vector<std::uint8_t>> SmallFiles::read(const std::string& address) {
  TRY(io::make_directories(cache_));
  const std::string copy = cache_ + "/" + to_hex(sha256(as_bytes(address))).substr(0, 32);
  Fetcher& fetcher = is_url(address) ? *http_ : *folder_;
  Status fetched = fetcher.fetch(address, {{}, {}, most}, copy, nullptr);
  if (!fetched && (is_url(address) || !io::exists(copy) || io::exists(address))) {
    return std::move(fetched).error();
  }
  TRY_ASSIGN(const io::FileSource file, io::FileSource::open(copy));
  return read_all(file, most);
}

}  // namespace kerf::agent
