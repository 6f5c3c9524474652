// The small files of an update source (lists, signatures, keys), from a server or a folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/fetch.h"

namespace kerf::agent {

// Whether an address is a URL; otherwise it is a path of this machine.
bool is_url(const std::string& address);

// Not thread-safe. Borrows both fetchers.
class SmallFiles {
 public:
  // `cache`: a folder of copies. What comes from a folder of this machine is read from its copy
  // when the folder is gone: an SD card is pulled out after the first set-up. What comes from a
  // server is fetched each time.
  SmallFiles(std::string cache, Fetcher& http, Fetcher& folder)
      : cache_(std::move(cache)), http_(&http), folder_(&folder) {}

  // The file at `address`, at most 16 MiB. Errors: those of Fetcher::fetch.
  Result<std::vector<std::uint8_t>> read(const std::string& address);

 private:
  std::string cache_;
  Fetcher* http_;
  Fetcher* folder_;
};

}  // namespace kerf::agent
