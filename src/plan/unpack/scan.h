// Finds packed streams and members in the files of one layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/unpack/unpack.h"

namespace kerf::plan {

// A file that may be a container: part of a layer.
struct Region {
  Extent extent;
  std::string path;
};

struct Candidate {
  Extent packed;  // in the layer
  CodecId codec = CodecId::deflate;
  std::string path;
};

struct Scanned {
  std::vector<Candidate> candidates;  // in their order
  std::vector<Member> members;
};

// What the regions of a layer hold, archives in archives included. Errors: io, cancelled.
Result<Scanned> scan(Bytes layer, const std::vector<Region>& regions, const Limits& limits);

}  // namespace kerf::plan
