// liblzma's filter chains, from our params.
#pragma once

#include <lzma.h>

#include <array>

#include "codec/xz/encode.h"

namespace kerf {

// The encoder's options for an effort, dictionary (bytes) and contexts. Code::corrupt if a value is
// out of range.
Result<lzma_options_lzma> lzma_options_of(XzEffort effort, std::uint32_t dictionary,
                                          std::uint8_t contexts);

// Reads the three numbers of a version. Code::unsupported if it is not xz_version().
Status check_xz_version(ByteReader& in);

// A chain of at most three filters and LZMA2. Not copyable: it points into itself.
class XzFilters {
 public:
  XzFilters() = default;
  ~XzFilters();
  XzFilters(const XzFilters&) = delete;
  XzFilters& operator=(const XzFilters&) = delete;
  Status set(const XzParams& params);
  lzma_filter* chain() { return chain_.data(); }

 private:
  std::array<lzma_filter, LZMA_FILTERS_MAX + 1> chain_{};
  std::size_t foreign_ = 0;  // filters whose options liblzma has allocated
  lzma_options_lzma options_{};
};

// Runs a liblzma encoder that has been set up, with `packed` as its output.
class LzmaRun {
 public:
  LzmaRun() = default;
  ~LzmaRun() { lzma_end(&stream); }
  LzmaRun(const LzmaRun&) = delete;
  LzmaRun& operator=(const LzmaRun&) = delete;

  // `action` LZMA_RUN until `plain` is taken, or LZMA_FINISH until the end.
  Status feed(Bytes plain, lzma_action action, Sink& packed);

  lzma_stream stream = LZMA_STREAM_INIT;
};

}  // namespace kerf
