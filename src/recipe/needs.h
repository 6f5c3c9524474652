// What a recipe takes on a device, so that it can be refused before it starts.
#pragma once

#include <cstdint>
#include <vector>

#include "recipe/recipe.h"

namespace kerf::recipe {

// Something that a build must have. Numbers are wire format: 1 to 15 the patch format of that
// number, 16 + n decoding codec n, 48 + n encoding with it; `version` is that of the library which
// the encoder is (0x050401 for 5.4.1), 0 for our own.
struct Capability {
  std::uint32_t number = 0;
  std::uint32_t version = 0;
  friend auto operator<=>(const Capability&, const Capability&) = default;
};

// "sliver", "decode xz", "encode xz 5.4.1".
std::string to_string(const Capability& capability);

struct Needs {
  std::vector<Capability> capabilities;  // sorted, each once
  std::uint64_t memory = 0;              // bytes at one time, beyond fixed buffers of about 1 MB
  std::uint64_t scratch = 0;             // bytes of values at one time, in memory or on disk
  std::uint64_t time = 0;                // nanoseconds of packing on a desktop core of 2020
};

// Of a sound recipe and its payload. Decoders are counted with `decoding` bytes of memory: what
// they take only the streams of the sources tell. Errors: those of readers and codecs.
Result<Needs> assess(const Recipe& recipe, const Source& payload, std::uint64_t decoding,
                     const Limits& limits);

// Code::unsupported names the capabilities that this build has not.
Status check_capabilities(std::span<const Capability> needed);

// For each value the last step that uses it (an index into steps); steps.size() for the target and
// for values that nobody uses.
std::vector<std::size_t> last_uses(const Recipe& recipe);

}  // namespace kerf::recipe
