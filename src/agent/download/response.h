// What a server's header lines say that a download needs to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kerf::agent {

struct Response {
  unsigned status = 0;                       // 0: no status line yet
  std::optional<std::uint64_t> length;       // of this body
  std::optional<std::uint64_t> range_start;  // of a Content-Range
  std::optional<std::uint64_t> range_total;  // of a Content-Range; absent for "*"
  std::string strong_etag;                   // with its quotes; empty: none
  std::string last_modified;                 // empty: none

  // Takes one header line, with or without its line end. A status line begins a new response
  // (redirections, 100 Continue). What cannot be understood is passed over.
  void line(std::string_view text);
  // What If-Range can be asked with: the strong ETag, or else the date; empty: neither.
  const std::string& validator() const { return strong_etag.empty() ? last_modified : strong_etag; }
};

}  // namespace kerf::agent
