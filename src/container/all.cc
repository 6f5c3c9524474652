#include <algorithm>
#include <array>

#include "container/ar/ar.h"
#include "container/container.h"
#include "container/cpio/cpio.h"
#include "container/elf/elf.h"
#include "container/esp32/esp32.h"
#include "container/ext4/ext4.h"
#include "container/stream/stream.h"
#include "container/tar/tar.h"
#include "container/zip/zip.h"

namespace kerf::container {

std::span<const Container* const> all_containers() {
  static const std::array<const Container*, 12> containers{
      &zip(), &tar(),         &cpio(),      &ar(),           &ext4(),        &esp32(),
      &elf(), &gzip_stream(), &xz_stream(), &bzip2_stream(), &lzma_stream(), &zlib_stream()};
  return containers;
}

Result<std::optional<Listing>> look_inside(const Source& file, const Limits& limits,
                                           std::vector<Error>* refused) {
  struct Bid {
    unsigned bits;
    const Container* container;
  };
  std::vector<Bid> bids;
  for (const Container* container : all_containers()) {
    TRY_ASSIGN(const unsigned bits, container->probe(file));
    if (bits > 0) {
      bids.push_back({bits, container});
    }
  }
  std::stable_sort(bids.begin(), bids.end(),
                   [](const Bid& a, const Bid& b) { return a.bits > b.bits; });
  for (const Bid& bid : bids) {
    auto entries = bid.container->entries(file, limits);
    if (entries) {
      TRY(check_tiles(*entries, file.size()));
      return Listing{bid.container, *std::move(entries)};
    }
    Error error = std::move(entries).error();
    if (error.code() == Code::io || error.code() == Code::cancelled || error.code() == Code::bug) {
      return error;
    }
    if (refused != nullptr) {
      refused->push_back(std::move(error).in(bid.container->name()));
    }
  }
  return std::optional<Listing>();
}

}  // namespace kerf::container
